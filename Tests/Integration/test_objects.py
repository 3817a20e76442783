"""ConfigMaps, Secrets and claims: what apply, get, describe and delete say, what is kept where, and what is refused."""

import base64
import json
import os
import pathlib
import stat
import subprocess
from typing import Any

from harness import paths
from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.podrun import Result, command_line, processes, text

FAILURE = 1


def config_map(name: str, data: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data or {}, **fields}


def secret(name: str, data: dict[str, bytes] | None = None, **fields: Any) -> dict[str, Any]:
    encoded = {key: base64.b64encode(value).decode() for key, value in (data or {}).items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded, **fields}


def claim(name: str, size: str = "1Gi", **spec: Any) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


class Objects(PodTestCase):
    in_vm = False

    def apply(self, *manifests: dict[str, Any], arguments: tuple[str, ...] = ()) -> Result:
        return self.podrun.run("apply", *arguments, "-", input=text(*manifests))

    def get(self, kind: str, name: str) -> dict[str, Any]:
        return json.loads(self.podrun.ok("get", kind, name, "-o", "json").out)

    def test_life(self) -> None:
        """created, unchanged, configured; found under every name of its kind; gone."""
        objects = {
            "configmap": config_map("settings", {"a": "1"}),
            "secret": secret("settings", {"a": b"1"}),
            "persistentvolumeclaim": claim("settings"),
        }
        words = {"configmap": "cm", "secret": "secrets", "persistentvolumeclaim": "pvc"}
        for kind, manifest in objects.items():
            self.stage = kind
            self.assertEqual(f"{kind}/settings created\n", self.apply(manifest).out)
            uid = self.get(kind, "settings")["metadata"]["uid"]
            self.assertEqual(f"{kind}/settings unchanged\n", self.apply(manifest).out)
            labelled = {**manifest, "metadata": {"name": "settings", "labels": {"tier": "x"}}}
            self.assertEqual(f"{kind}/settings configured\n", self.apply(labelled).out)
            self.assertEqual(uid, self.get(kind, "settings")["metadata"]["uid"])
            self.assertEqual(f"{kind}/settings\n", self.podrun.ok("get", words[kind], "-o", "name").out)
            self.assertIn("tier=x", self.podrun.ok("describe", words[kind], "settings").out)
            self.assertEqual(f'{kind} "settings" deleted from default namespace\n', self.podrun.ok("delete", f"{kind}/settings").out)
            result = self.podrun.run("get", kind, "settings")
            self.assertEqual((FAILURE, f'Error from server (NotFound): {kind}s "settings" not found\n'), (result.code, result.err))
            result = self.podrun.run("delete", kind, "settings")
            self.assertEqual((FAILURE, f'Error from server (NotFound): {kind}s "settings" not found\n'), (result.code, result.err))
            self.assertEqual(0, self.podrun.run("delete", kind, "settings", "--ignore-not-found").code)
            result = self.podrun.ok("get", words[kind])
            self.assertEqual(("", "No resources found in default namespace.\n"), (result.out, result.err))

    def test_tables(self) -> None:
        self.apply(
            config_map("first", {"a": "1", "b": "2"}, binaryData={"c": "AA=="}),
            secret("token", {"a": b"1"}),
            claim("data"),
            claim("elsewhere", storageClassName="fast"),
        )
        self.apply(config_map("second"), arguments=("-n", "other"))
        out = self.podrun.ok("get", "cm", "-A").out
        self.assertRegex(out, r"^NAMESPACE   NAME     DATA   AGE\ndefault     first    3      \d+s\nother       second   0      \d+s\n$")
        self.assertRegex(self.podrun.ok("get", "secrets").out, r"^NAME    TYPE     DATA   AGE\ntoken   Opaque   1      \d+s\n$")
        lines = self.podrun.ok("get", "pvc", "-o", "wide").out.splitlines()
        header = "NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE VOLUMEMODE"
        self.assertEqual(header.split(), lines[0].split())
        volume = f"pvc-{self.get('pvc', 'data')['metadata']['uid']}"
        self.assertEqual(["data", "Bound", volume, "1Gi", "RWO", "local", "<unset>"], lines[1].split()[:7])
        self.assertEqual(["elsewhere", "Pending", "fast", "<unset>"], lines[2].split()[:4])

    def test_files(self) -> None:
        """`delete -f` and `apply -f` of many kinds; what pods refer to is applied before them."""
        path = self.file("all.yaml", text(config_map("last"), claim("data"), secret("first")))
        self.assertEqual(
            "secret/first created\nconfigmap/last created\npersistentvolumeclaim/data created\n", self.podrun.ok("apply", path).out
        )
        result = self.podrun.ok("delete", "-f", path)
        self.assertEqual(
            [f"{what} deleted from default namespace" for what in ('configmap "last"', 'persistentvolumeclaim "data"', 'secret "first"')],
            result.out.splitlines(),
        )

    def test_where_they_are(self) -> None:
        """ConfigMaps survive with the data directory; Secrets are only on a tmpfs, for root alone, and survive the agent."""
        result = self.apply(config_map("kept", {"key": "value"}), secret("hidden", {"key": b"value"}))
        self.assertEqual(0, result.code, result)
        self.podrun.kill_agent()
        self.assertEqual({"key": "value"}, self.get("cm", "kept")["data"])
        self.assertEqual({"key": "dmFsdWU="}, self.get("secret", "hidden")["data"])
        stored = [path for path in paths.DATA_DIRECTORY.rglob("*kept*") if path.is_file()]
        self.assertEqual(1, len(stored))
        hidden = [path for path in paths.RUN_DIRECTORY.rglob("*hidden*") if path.is_file()]
        self.assertEqual([pathlib.Path(paths.RUN_DIRECTORY / "memory/secrets")], [path.parent for path in hidden])
        self.assertEqual(0o600, stat.S_IMODE(hidden[0].stat().st_mode))
        self.assertEqual(0o700, stat.S_IMODE((paths.RUN_DIRECTORY / "memory").stat().st_mode))
        self.assertEqual([], [path for path in paths.DATA_DIRECTORY.rglob("*hidden*")])

    def test_large(self) -> None:
        """A ConfigMap of the largest size, however its bytes are written; many of them in one list; many keys."""
        manifest = config_map("large", {"text": "\x01" * 400_000 + "x" * ((1 << 20) - 400_000)})
        self.assertEqual("configmap/large created\n", self.apply(manifest).out)
        self.assertEqual(manifest["data"], self.get("cm", "large")["data"])
        keys = {f"key-{number}": f"value {number}" for number in range(1000)}
        result = self.apply(config_map("many", keys))
        self.assertEqual("configmap/many created\n", result.out)
        self.assertLess(result.seconds, 15)
        self.assertEqual(keys, self.get("cm", "many")["data"])
        self.podrun.ok("delete", "cm", "--all")

    def test_create(self) -> None:
        """From values, files, directories, pipes and env files; as a manifest; what exists is not touched."""
        (self.directory / "many").mkdir()
        (self.directory / "many/page.html").write_text("<p>\n")
        (self.directory / "many/logo.png").write_bytes(b"\x89PNG\xff")
        (self.directory / "many/link").symlink_to("page.html")
        lines = self.file("lines.env", "# a comment\n\nA=1=2\n  B='quoted'\nHOME\n")
        result = self.podrun.ok("create", "configmap", "site", f"--from-file={self.directory}/many", "--from-literal=color='blue'")
        self.assertEqual("configmap/site created\n", result.out)
        stored = self.get("cm", "site")
        self.assertEqual({"page.html": "<p>\n", "color": "blue"}, stored["data"])
        self.assertEqual({"logo.png": base64.b64encode(b"\x89PNG\xff").decode()}, stored["binaryData"])
        self.podrun.ok("create", "cm", "lines", f"--from-env-file={lines}")
        self.assertEqual({"A": "1=2", "B": "'quoted'", "HOME": os.environ["HOME"]}, self.get("cm", "lines")["data"])
        result = self.podrun.run("create", "cm", "site")
        self.assertEqual((FAILURE, 'error: failed to create configmap: configmaps "site" already exists\n'), (result.code, result.err))
        self.podrun.ok("create", "secret", "generic", "piped", "--type=example.com/own", "--from-file=key=/proc/self/fd/0", input="value")
        piped = self.get("secret", "piped")
        self.assertEqual(({"key": "dmFsdWU="}, "example.com/own"), (piped["data"], piped["type"]))
        result = self.podrun.run("create", "secret", "generic", "piped")
        self.assertEqual('error: failed to create secret secrets "piped" already exists\n', result.err)
        self.podrun.ok(
            "create", "secret", "docker-registry", "pull", "--docker-server=r.test", "--docker-username=me", "--docker-password=pw"
        )
        document = json.loads(base64.b64decode(self.get("secret", "pull")["data"][".dockerconfigjson"]))
        self.assertEqual({"auths": {"r.test": {"username": "me", "password": "pw", "auth": "bWU6cHc="}}}, document)
        key = self.file("tls.key", "-----BEGIN PRIVATE KEY-----\n")
        certificate = self.file("tls.crt", "-----BEGIN CERTIFICATE-----\n")
        self.podrun.ok("create", "secret", "tls", "served", f"--cert={certificate}", f"--key={key}")
        self.assertEqual("kubernetes.io/tls", self.get("secret", "served")["type"])

    def test_create_as_manifest(self) -> None:
        result = self.podrun.ok("create", "cm", "plain", "--from-literal=a=1", "--dry-run=client", "-o", "yaml")
        self.assertEqual("apiVersion: v1\ndata:\n  a: \"1\"\nkind: ConfigMap\nmetadata:\n  name: plain\n", result.out)
        self.assertEqual("secret/x created (dry run)\n", self.podrun.ok("create", "secret", "generic", "x", "--dry-run=client").out)
        self.assertEqual("configmap/plain created\n", self.podrun.ok("apply", "-", input=result.out).out)

    def test_create_refuses(self) -> None:
        table = (
            (("cm", "x", "--from-literal=a"), "invalid literal source a, expected key=value"),
            (("secret", "generic", "x", "--from-literal=hunter2"), "invalid literal source, expected key=value"),
            (("cm", "x", "--from-literal=a/b=1"), '"a/b" is not a valid key name for a ConfigMap: a valid config key must'),
            (("cm", "x", "--from-literal=a=1", "--from-literal=a=2"), 'cannot add key "a", another key by that name already exists in Data'),
            (("secret", "generic", "x", "--from-literal=a=1", "--from-literal=a=2"), "cannot add key a, another key by that name"),
            (("cm", "x", "--from-file=/no/such"), "error reading /no/such: no such file or directory"),
            (("cm", "x", "--from-file=a=b=c"), "key names or file paths cannot contain '='"),
            (("cm", "x", f"--from-file=k={self.directory}"), "cannot give a key name for a directory path"),
            (("cm", "x", "--from-env-file=/dev/null", "--from-literal=a=1"), "from-env-file cannot be combined with from-file or from-literal"),
            (("cm",), "exactly one NAME is required, got 0"),
            (("cm", "X"), 'failed to create configmap: ConfigMap "X" is invalid: metadata.name: Invalid value: "X"'),
            (("secret", "generic", "x", "--type=kubernetes.io/tls"), 'failed to create secret Secret "x" is invalid: data[tls.crt]: Required'),
            (("secret", "tls", "x", "--cert=/dev/null", "--key=/dev/null"), "failed to find any PEM data in certificate input"),
            (("secret", "docker-registry", "x", "--docker-username=me"), "either --from-file or the combination of --docker-username"),
        )
        for arguments, words in table:
            self.stage = " ".join(arguments)
            result = self.podrun.run("create", *arguments)
            self.assertIn(result.code, (1, 2), result)
            self.assertIn(words, result.err)
            self.assertNotIn("hunter2", result.err)
        self.assertEqual("", self.podrun.ok("get", "cm", "-o", "name").out)

    def test_updates_that_are_refused(self) -> None:
        self.apply(
            config_map("fixed", {"a": "1"}, immutable=True),
            secret("fixed", {"a": b"1"}, immutable=True),
            secret("typed"),
            claim("small"),
            config_map("versioned"),
        )
        old = self.get("cm", "versioned")
        self.assertEqual(0, self.apply(config_map("versioned", {"a": "1"})).code)
        same = "field is immutable when `immutable` is set"
        invalid = 'Error from server (Invalid): {} is invalid: {}\n'
        grown = claim("small", accessModes=["ReadWriteMany"])
        table = (
            (config_map("fixed", {"a": "2"}, immutable=True), invalid.format('ConfigMap "fixed"', f"data: Forbidden: {same}")),
            (config_map("fixed", {"a": "1"}), invalid.format('ConfigMap "fixed"', f"immutable: Forbidden: {same}")),
            (secret("fixed", {"a": b"2"}, immutable=True), invalid.format('Secret "fixed"', f"data: Forbidden: {same}")),
            (secret("typed", type="x.y/z"), invalid.format('Secret "typed"', 'type: Invalid value: "x.y/z": field is immutable')),
            (grown, "spec: Forbidden: spec is immutable after creation except resources.requests"),
            (claim("small", "1Mi"), "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"),
            (old, 'Error from server (Conflict): Operation cannot be fulfilled on configmaps "versioned": the object has been modified'),
        )
        for manifest, words in table:
            self.stage = words
            result = self.apply(manifest)
            self.assertEqual(FAILURE, result.code, result)
            self.assertIn(words, result.err)
        result = self.apply(claim("small", "2Gi"))
        self.assertEqual("persistentvolumeclaim/small configured\n", result.out, result)

    def test_describe(self) -> None:
        self.apply(config_map("page", {"text": "one\ntwo"}, binaryData={"raw": "AAA="}), secret("token", {"password": b"hunter2", "b": b""}))
        head = "Name:         {}\nNamespace:    default\nLabels:       <none>\nAnnotations:  <none>\n\n"
        shown = "Data\n====\ntext:\n----\none\ntwo\n\n\nBinaryData\n====\nraw: 2 bytes\n\nEvents:  <none>\n"
        self.assertEqual(head.format("page") + shown, self.podrun.ok("describe", "cm", "page").out)
        shown = "Type:  Opaque\n\nData\n====\nb:         0 bytes\npassword:  7 bytes\n"
        self.assertEqual(head.format("token") + shown, self.podrun.ok("describe", "secret", "token").out)

    def test_directory_on_disk(self) -> None:
        """Where /run is no tmpfs, the agent mounts one for Secrets; it stays, with them, when the agent leaves."""
        if subprocess.run(["stat", "-fc", "%T", str(self.directory)], capture_output=True, text=True).stdout == "tmpfs\n":
            self.skipTest("the tests' directory is on a tmpfs")
        places = [f"--{kind}-dir={self.directory}/{kind}" for kind in ("run", "data", "log")]
        memory = self.directory / "run/memory"
        self.addCleanup(subprocess.run, ["umount", "--quiet", str(memory)], check=False)
        self.addCleanup(self.podrun.run, "agent", "--stop", *places)
        for _ in range(2):
            self.podrun.ok("apply", "-", *places, input=text(secret("hidden", {"key": b"value"})))
            self.assertEqual("tmpfs\n", subprocess.run(["stat", "-fc", "%T", str(memory)], capture_output=True, text=True).stdout)
            self.podrun.ok("agent", "--stop", *places)
        self.assertEqual("secret/hidden\n", self.podrun.ok("get", "secrets", "-o", "name", *places).out)

        def mounts() -> int:
            return pathlib.Path("/proc/self/mountinfo").read_text().count(f" {memory} ")

        self.assertEqual(1, mounts())
        self.podrun.ok("delete", "secrets", "--all", *places)
        self.podrun.ok("agent", "--stop", *places)
        self.assertEqual(0, mounts())
        self.assertEqual([], list(memory.iterdir()))

    def test_writers_at_once(self) -> None:
        """Nothing is lost or torn when many change one object."""
        count = 12
        self.apply(config_map("shared", {"writer": "none"}))
        paths = [self.file(f"{number}.json", text(config_map("shared", {"writer": str(number)}))) for number in range(count)]
        for process in [self.podrun.start("apply", path) for path in paths]:
            out, err = process.communicate(timeout=60)
            self.assertEqual((0, b"configmap/shared configured\n"), (process.returncode, out), err)
        stored = self.get("cm", "shared")
        self.assertEqual(str(count + 1), stored["metadata"]["resourceVersion"])
        self.assertIn(stored["data"]["writer"], [str(number) for number in range(count)])

    def test_full_disk(self) -> None:
        """What can't be written is not said to be there, and what was there stays."""
        self.apply(config_map("small", {"a": "1"}))
        home = paths.DATA_DIRECTORY / "objects/configmaps"
        kept = {path.name: path.read_bytes() for path in home.iterdir()}
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(home)], check=True)
        try:
            for name, contents in kept.items():
                (home / name).write_bytes(contents)
            result = self.apply(config_map("small", {"a": "x" * 200_000}))
            self.assertEqual(FAILURE, result.code, result)
            self.assertIn("Error from server (InternalError): save configmap/small: ", result.err)
            self.assertIn("no space left on device", result.err.lower())
            self.assertEqual({"a": "1"}, self.get("cm", "small")["data"])
            self.assertEqual(kept, {path.name: path.read_bytes() for path in home.iterdir()})
        finally:
            subprocess.run(["umount", str(home)], check=True)

    def test_longest_names(self) -> None:
        name, namespace = f"{'n' * 126}.{'m' * 126}", "s" * 63
        self.apply(config_map(name), secret(name), arguments=("-n", namespace))
        self.podrun.kill_agent()
        for kind in ("configmap", "secret"):
            self.assertEqual(f"{kind}/{name}\n", self.podrun.ok("get", kind, "-n", namespace, "-o", "name").out)


class Canary(PodTestCase):
    """Attack E8: a value of a Secret is nowhere but in memory, and said nowhere."""

    VALUE = "canary-9f3c1e7ab2d84650-canary-xyz"

    def traces(self) -> list[str]:
        """Every place on this host, outside the tmpfs that Secrets are meant to be on, that holds the value or its base64."""
        needles = [self.VALUE.encode(), base64.b64encode(self.VALUE.encode())[:-4]]
        passed_over = (paths.RUN_DIRECTORY / "memory", paths.DATA_DIRECTORY / "images")
        found = []
        for root in (paths.DATA_DIRECTORY, paths.RUN_DIRECTORY, paths.LOG_DIRECTORY):
            for directory, directories, files in os.walk(root):
                directories[:] = [name for name in directories if pathlib.Path(directory, name) not in passed_over]
                for name in files:
                    path = pathlib.Path(directory, name)
                    if path.is_file() and not path.is_symlink() and any(needle in path.read_bytes() for needle in needles):
                        found.append(str(path))
        for pid in processes():
            if any(needle in "\0".join(command_line(pid)).encode() for needle in needles):
                found.append(f"argv of {pid}")
        return found

    def test_secret_in_the_open(self) -> None:
        document = secret("canary", {"key": self.VALUE.encode()})
        written = text({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "written"}, "stringData": {"key": self.VALUE}})
        said = []

        def run(*arguments: str, **options: Any) -> Result:
            result = self.podrun.run(*arguments, **options)
            said.append(f"{result.out}{result.err}")
            return result

        self.assertEqual(0, run("apply", "-", input=text(document)).code)
        self.assertEqual(0, run("apply", "-", input=written).code)
        path = self.file("value", self.VALUE)
        self.assertEqual(0, run("create", "secret", "generic", "made", f"--from-file=key={path}").code)
        # What is wrong with it is said without it.
        for broken in (
            written.replace('"key": ', '"key/": '),
            written.replace('"stringData"', '"data"'),
            written.replace('{"key": ', '{"key": [').replace(f'{self.VALUE}"', f'{self.VALUE}"]'),
            written.replace('"written"', '"written_"'),
            written[:-4],
            json.dumps({**json.loads(written), "type": "kubernetes.io/dockercfg", "stringData": {".dockercfg": self.VALUE}}),
        ):
            result = run("apply", "-", input=broken)
            self.assertEqual(FAILURE, result.code, result)
        run("create", "secret", "generic", "made", f"--from-file=key/x={path}")
        # A pod that uses it, and one that can't.
        env = [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "canary", "key": "key"}}}]
        volumes = [{"name": "v", "secret": {"secretName": "canary"}}]
        mounts = [{"name": "v", "mountPath": "/v"}]
        users = (
            pod("user", container("app", "/probe", "wait", env=env, volumeMounts=mounts), volumes=volumes),
            pod("failing", container("app", "/no/such $(KEY)", env=env), restartPolicy="Never"),
        )
        for user in users:
            run("apply", "-", input=text(user))
        self.assertEqual(self.VALUE, self.podrun.exec("user", "cat", "/v/key").out)
        run("plan", self.file("plan.json", text(*users) + "\n---\n" + written.replace("written", "canary")))
        run("get", "secrets", "-o", "wide")
        run("get", "pods", "-A", "-o", "yaml")
        for name in ("user", "failing"):
            run("describe", "pod", name)
        run("describe", "secrets")
        self.assertEqual([], [line for line in said if self.VALUE in line])
        self.assertEqual([], self.traces())
        self.podrun.kill_agent()
        self.podrun.ok("get", "pods")
        self.assertEqual([], self.traces())
