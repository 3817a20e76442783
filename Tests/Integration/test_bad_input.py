"""Bad input: one clear error, the documented exit code, and nothing half-made."""

import json
import socket
import subprocess
from typing import Any

from harness import paths
from harness.case import PodTestCase
from harness.manifest import container, pod, states, waiting_pod
from harness.podrun import Result, text
from harness.waiting import wait_for

USAGE, FAILURE = 2, 1


class BadInput(PodTestCase):
    in_vm = False

    def refused(self, result: Result, code: int, *words: str) -> None:
        """Ended quickly, said why in few lines on stderr only, made no pod."""
        self.assertEqual(code, result.code, result)
        self.assertEqual("", result.out)
        for word in words:
            self.assertIn(word, result.err)
        self.assertLess(len(result.err), 4000)
        self.assertLess(result.seconds, 20)
        self.assertNotRegex(result.err, r"(?i)fatal error|stack dump|\.swift:\d")
        self.assertEqual([], self.podrun.pods())

    def apply(self, contents: str | bytes) -> Result:
        self.path = self.file("bad.yaml", contents)
        return self.podrun.run("apply", "-f", self.path)

    def test_usage(self) -> None:
        table = (
            (("aply",), 'unknown command "aply"'),
            (("apply", "--no-such-flag", "x"), "unknown flag: --no-such-flag"),
            (("apply",), ""),
            (("delete", "pod"), ""),
            (("get", "cheese"), "cheese"),
            (("exec", "web"), ""),
            (("logs",), ""),
            (("get", "pods", "-o", "xml"), "xml"),
            (("delete", "pod", "x", "--grace-period=soon"), "soon"),
        )
        for arguments, words in table:
            self.stage = " ".join(arguments)
            self.refused(self.podrun.run(*arguments), USAGE, "error: ", words)

    def test_files(self) -> None:
        self.refused(self.podrun.run("apply", "-f", "/no/such/file.yaml"), FAILURE, 'the path "/no/such/file.yaml" does not exist')
        self.refused(self.podrun.run("apply", "-f", str(self.directory)), FAILURE, str(self.directory))
        self.refused(self.podrun.run("apply", "-", input=""), FAILURE, "no objects passed to apply")
        self.refused(self.apply("# only a comment\n"), FAILURE, "no objects passed to apply")

    def test_not_yaml(self) -> None:
        table = (
            ("tabs", "apiVersion: v1\nkind: Pod\nspec:\n\tcontainers: []\n", ("bad.yaml:4", "cannot start any token")),
            ("quote", 'apiVersion: v1\nkind: "Pod\n', ("bad.yaml:",)),
            ("alias", "apiVersion: *v1\n", ("bad.yaml:1", "anchor 'v1'")),
            ("not UTF-8", b"apiVersion: v1\nkind: \xff\xfe\n", ("bad.yaml",)),
            ("binary", bytes(range(256)) * 100, ("bad.yaml",)),
            ("scalar", "just words\n", ("bad.yaml",)),
            ("duplicate", "apiVersion: v1\nkind: Pod\nkind: Pod\n", ("bad.yaml:3", "kind")),
        )
        for name, contents, words in table:
            self.stage = name
            self.refused(self.apply(contents), FAILURE, *words)

    def test_bombs(self) -> None:
        aliases = ["a: &a [x,x,x,x,x,x,x,x,x]"]
        for last, this in zip("abcdefghi", "bcdefghij"):
            aliases.append(f"{this}: &{this} [{','.join([f'*{last}'] * 9)}]")
        self.refused(self.apply("\n".join(aliases)), FAILURE, "bad.yaml")
        self.refused(self.apply("[" * 100_000), FAILURE, "bad.yaml")
        big = text(waiting_pod("big")) + "\n#" + "x" * (5 << 20)
        self.refused(self.apply(big), FAILURE, "bad.yaml", "over the limit of 3145728 bytes")

    def test_objects(self) -> None:
        good = waiting_pod("good")

        def changed(**spec: Any) -> str:
            return json.dumps({**good, "spec": {**good["spec"], **spec}})

        def of(**fields: Any) -> str:
            return changed(containers=[{**good["spec"]["containers"][0], **fields}])

        table = (
            ("kind", json.dumps({**good, "kind": "Deployment", "apiVersion": "apps/v1"}), ("Deployment",)),
            ("unknown kind", json.dumps({**good, "kind": "Cheese"}), ("Cheese",)),
            ("no kind", json.dumps({"apiVersion": "v1"}), ("Object 'Kind' is missing",)),
            ("path in the name", json.dumps({**good, "metadata": {"name": "../../etc"}}), ("metadata.name", '"../../etc"', "RFC 1123")),
            ("path in the namespace", json.dumps({**good, "metadata": {"name": "x", "namespace": "../x"}}), ("metadata.namespace",)),
            ("number as name", json.dumps({**good, "metadata": {"name": 123}}), ("metadata.name", "number", "string")),
            ("no containers", changed(containers=[]), ("spec.containers: Required value",)),
            ("unknown field", changed(containerz=[]), ("unknown field", "containerz")),
            ("unknown field deep", of(imag="x"), ("unknown field", "imag")),
            ("list as map", changed(containers={"name": "x"}), ("containers",)),
            ("string as list", of(command="sleep 1"), ("command",)),
            ("policy", changed(restartPolicy="always"), ('spec.restartPolicy: Unsupported value: "always"',)),
            ("quantity", of(resources={"limits": {"memory": "lots"}}), ("memory",)),
            ("container name", of(name="A_b"), ("spec.containers[0].name", "RFC 1123")),
            ("mount without volume", of(volumeMounts=[{"name": "gone", "mountPath": "/x"}]), ("volumeMounts[0].name", "gone")),
            ("port", of(ports=[{"containerPort": 70000}]), ("containerPort", "70000")),
            ("relative directory", of(workingDir="here"), ("workingDir",)),
            ("unknown capability", of(securityContext={"capabilities": {"add": ["SYS_CHEESE"]}}), ("SYS_CHEESE",)),
            ("NUL in command", of(command=["/probe\0x"]), ("command",)),
            ("text as boolean", changed(hostNetwork="yes"), ("hostNetwork",)),
            ("not supported", changed(nodeName="elsewhere", runtimeClassName="some"), ("runtimeClassName", "not supported yet")),
        )
        for name, contents, words in table:
            self.stage = name
            self.refused(self.apply(contents), FAILURE, *words)

    def test_every_error_at_once(self) -> None:
        manifest = waiting_pod("Bad_Name", restartPolicy="sometimes")
        manifest["spec"]["containers"][0]["imagePullPolicy"] = "never"
        self.refused(self.apply(json.dumps(manifest)), FAILURE, "metadata.name", "spec.restartPolicy", "imagePullPolicy")

    def test_one_bad_document_stops_all(self) -> None:
        """Nothing of a file is started when one of its documents is wrong."""
        self.refused(self.apply(text(waiting_pod("good"), {**waiting_pod("bad"), "kind": "Cheese"})), FAILURE, "Cheese")

    def test_the_same_object_twice(self) -> None:
        """Which of the two would be meant? Another namespace makes it another object."""
        one, other = waiting_pod("one"), waiting_pod("one")
        files = [self.file(f"{number}.json", json.dumps(manifest)) for number, manifest in enumerate((one, other))]
        result = self.podrun.run("apply", *files)
        self.refused(result, FAILURE, f'{files[1]}:1:50: metadata.name: Duplicate value: "one": the same object is given at {files[0]}:1:50')
        other["metadata"]["namespace"] = "elsewhere"
        self.podrun.apply(one, other)

    def test_names_on_the_command_line(self) -> None:
        for name in ("../../etc", "a/b/c", "", "x" * 4096, "A_b", "."):
            self.stage = name
            for arguments in (("get", "pod", name), ("logs", name), ("exec", name, "--", "true"), ("delete", "pod", name, "--now")):
                result = self.podrun.run(*arguments)
                self.assertIn(result.code, (FAILURE, USAGE), result)
                self.assertTrue(result.err.startswith(("error: ", "Error from server ")), result)

    def test_port_in_use(self) -> None:
        """By a process of the host, and by another pod."""
        def published(name: str, port: int) -> dict[str, Any]:
            return pod(name, container("app", "/probe", "wait", ports=[{"containerPort": 80, "hostPort": port}]))

        self.running(published("first", 18090))
        result = self.podrun.run("apply", "-", input=text(published("second", 18090)))
        self.assertEqual(FAILURE, result.code, result)
        self.assertIn("18090", result.err)
        self.podrun.ok("delete", "pods", "--all", "--now")
        with socket.create_server(("0.0.0.0", 18091)):
            result = self.podrun.run("apply", "-", input=text(published("third", 18091)))
            self.assertEqual(FAILURE, result.code, result)
            self.assertIn("18091", result.err)

    def test_non_root(self) -> None:
        """runAsNonRoot: an image that runs as root, by number and by name, is not started."""
        table = (
            ("by-default", "podrun-test:1", "container has runAsNonRoot and image will run as root"),
            ("by-name", "podrun-test:named-user", "container has runAsNonRoot and image has non-numeric user"),
        )
        for name, image, words in table:
            self.stage = name
            app = container("app", "/probe", "wait", image=image)
            result = self.podrun.run("apply", "-", input=text(pod(name, app, securityContext={"runAsNonRoot": True})))
            self.assertEqual(FAILURE, result.code, result)
            self.assertIn(words, result.err)
            waiting = states(self.podrun.pod(name) or {})["app"]["state"]["waiting"]
            self.assertEqual("CreateContainerConfigError", waiting["reason"])

    def test_image_without_a_command(self) -> None:
        result = self.podrun.run("apply", "-", input=text(pod("empty", container("app", image="podrun-test:no-command"))))
        self.assertEqual(FAILURE, result.code, result)
        self.assertRegex(result.err, "(?i)no command")

    def test_invalid_image_name(self) -> None:
        result = self.podrun.run("apply", "-", input=text(pod("upper", container("app", image="Busybox:1"))))
        self.assertEqual(FAILURE, result.code, result)
        self.assertIn("must be lowercase", result.err)
        wait_for(lambda: states(self.podrun.pod("upper") or {})["app"]["state"]["waiting"]["reason"] == "InvalidImageName", "InvalidImageName")

    def test_host_without_cgroup_v2(self) -> None:
        """One error that says what is missing and how to get it; nothing is started."""
        root = paths.cgroup_root()
        places = [f"--{kind}-dir={self.directory}/{kind}" for kind in ("run", "data", "log")]
        binary = str(self.podrun.binary)
        path = self.file("pod.json", text(waiting_pod("homeless")))

        def without_cgroups(*arguments: str) -> "subprocess.CompletedProcess[str]":
            script = f'umount {root} && exec "$@"'
            command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", binary, *arguments, *places]
            return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30, check=False)

        self.addCleanup(self.podrun.run, "agent", "--stop", *places)
        try:
            result = without_cgroups("apply", path)
            self.assertEqual((FAILURE, ""), (result.returncode, result.stdout), result.stderr)
            self.assertRegex(result.stderr, "(?i)cgroup (v2|2)|cgroup2")
            info = without_cgroups("system", "info")
            self.assertEqual(FAILURE, info.returncode, info.stdout)
            self.assertRegex(info.stdout, "(?i)cgroup.*missing|missing.*cgroup")
        finally:
            self.podrun.run("delete", "pods", "--all", "--now", *places)

    def test_plan_touches_nothing(self) -> None:
        path = self.file("plan.yaml", text(waiting_pod("planned")))
        result = self.podrun.ok("plan", path)
        self.assertIn("mount", result.out)
        self.assertEqual([], self.podrun.pods())

    def test_image_load(self) -> None:
        for name, contents in (("empty.tar", b""), ("noise.tar", bytes(range(256)) * 64)):
            self.stage = name
            path = self.file(name, contents)
            self.refused(self.podrun.run("image", "load", path), FAILURE, path)
        self.refused(self.podrun.run("image", "load", "/no/such/image"), FAILURE, "/no/such/image")
        self.refused(self.podrun.run("image", "load", str(self.directory)), FAILURE, str(self.directory))

    def test_image_in_use(self) -> None:
        self.running(waiting_pod("user"))
        result = self.podrun.run("image", "rm", "podrun-test:1")
        self.assertEqual(FAILURE, result.code, result)
        self.assertIn("user", result.err)
