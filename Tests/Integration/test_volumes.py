"""emptyDir: shared, sized, writable by anybody, read-only where asked for. hostPath: what its types make and refuse."""

import socket
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.podrun import text
from harness.waiting import wait_for

MEBIBYTE = 1 << 20


def mount(path: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"name": "data", "mountPath": path, **fields}]


def volumes(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "data", "emptyDir": fields}]


class Volumes(PodTestCase):
    in_vm = frozenset(
        {
            "test_ephemeral_storage",
            "test_file_system",
            "test_group",
            "test_shared",
            "test_size_limit_of_disk",
            "test_size_limit_of_memory",
        }
    )

    def two(self, name: str, **fields: Any) -> None:
        """A writer, and a reader that may only read."""
        writer = container("writer", "/probe", "wait", volumeMounts=mount("/data"))
        reader = container("reader", "/probe", "wait", volumeMounts=mount("/seen", readOnly=True))
        self.running(pod(name, writer, reader, volumes=volumes(**fields)))

    def test_shared(self) -> None:
        for name, fields in (("disk", {}), ("memory", {"medium": "Memory"})):
            self.stage = name
            self.two(name, **fields)
            self.assertEqual(0, self.podrun.exec(name, "sh", "-c", "echo shared > /data/file", container="writer").code)
            self.assertEqual("shared\n", self.podrun.exec(name, "cat", "/seen/file", container="reader").out)
            result = self.podrun.exec(name, "touch", "/seen/no", container="reader")
            self.assertIn("Read-only file system", result.err)
            self.assertEqual("777\n", self.podrun.exec(name, "stat", "-c", "%a", "/data", container="writer").out)

    def test_file_system(self) -> None:
        self.two("memory", medium="Memory")
        self.two("disk")
        kinds = {}
        for name in ("memory", "disk"):
            report = self.podrun.report(name, "writer")
            line = next(line for line in report["mounts"] if line.split()[4] == "/data")
            kinds[name] = line.partition(" - ")[2].split()[0]
        self.assertEqual("tmpfs", kinds["memory"])
        self.assertNotIn(kinds["disk"], ("tmpfs", "overlay"))

    def test_group(self) -> None:
        """fsGroup owns a volume's root and, by the setgid bit, what is made in it."""
        for name, fields in (("disk", {}), ("memory", {"medium": "Memory"})):
            self.stage = name
            context = {"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 5000}
            app = container("app", "/probe", "wait", volumeMounts=mount("/data"))
            self.running(pod(name, app, volumes=volumes(**fields), securityContext=context))
            result = self.podrun.exec(name, "sh", "-c", "touch /data/file; stat -c '%a %u:%g' /data; stat -c %u:%g /data/file")
            self.assertEqual("2777 0:5000\n1000:5000\n", result.out)

    def test_size_limit_of_memory(self) -> None:
        self.two("sized", medium="Memory", sizeLimit="4Mi")
        write = "dd if=/dev/zero of=/data/file bs=1048576 count={}"
        self.assertEqual(0, self.podrun.exec("sized", "sh", "-c", write.format(4), container="writer").code)
        result = self.podrun.exec("sized", "sh", "-c", write.format(5), container="writer")
        self.assertIn("No space left on device", result.err)

    def test_size_limit_of_disk(self) -> None:
        """The pod is evicted as by a kubelet: stopped, Failed, and there to be looked at; one that stays below goes on."""
        write = "dd if=/dev/zero of=/data/file bs=1048576 count={} && sync; trap '' TERM; exec /probe wait"
        for name, count in (("within", 1), ("beyond", 3)):
            app = container("app", "sh", "-c", write.format(count), volumeMounts=mount("/data"))
            self.podrun.apply(pod(name, app, volumes=volumes(sizeLimit="2Mi")))
        evicted = self.podrun.wait_phase("beyond", "Failed")
        message = 'Usage of EmptyDir volume "data" exceeds the limit "2Mi".'
        self.assertEqual(("Evicted", message), (evicted["status"]["reason"], evicted["status"]["message"]))
        self.assertIn("terminated", states(evicted)["app"]["state"])
        self.assertRegex(self.podrun.ok("describe", "pod", "beyond").out, f"Warning +Evicted .*{message}")
        self.assertEqual("Running", (self.podrun.pod("within") or {})["status"]["phase"])

    def test_ephemeral_storage(self) -> None:
        """What a container writes to its root, logs and volumes counts, as for a kubelet; limits that are kept change nothing."""
        write = "dd if=/dev/zero of={} bs=1048576 count=3; exec /probe wait"
        limit = {"limits": {"ephemeral-storage": "2Mi"}}
        volume = "Pod ephemeral local storage usage exceeds the total limit of containers 2Mi."
        own = 'Container app exceeded its local ephemeral storage limit "2Mi".'
        log = "head -c 3145728 /dev/zero | tr '\\0' x; exec /probe wait"
        cases = {"root": (write.format("/root/file"), own), "volume": (write.format("/data/file"), volume), "log": (log, own)}
        cases["within"] = (write.format("/data/file").replace("count=3", "count=1"), "")
        for name, (script, _) in cases.items():
            app = container("app", "sh", "-c", script, volumeMounts=mount("/data"), resources=limit)
            # Only this one's limit is the pod's sum, so the others get room beside it.
            rest = [] if name in ("volume", "within") else [container("rest", "/probe", "wait", resources={"limits": {"ephemeral-storage": "9Mi"}})]
            self.podrun.apply(pod(name, app, *rest, volumes=volumes()))
        for name, (_, message) in cases.items():
            if message:
                evicted = self.podrun.wait_phase(name, "Failed")
                self.assertEqual(("Evicted", message), (evicted["status"]["reason"], evicted["status"]["message"]))
        self.assertEqual("Running", (self.podrun.pod("within") or {})["status"]["phase"])

    def test_survives_container_restarts_not_the_pod(self) -> None:
        app = container("app", "sh", "-c", "/probe restart /data/starts; exec /probe wait", volumeMounts=mount("/data"))
        for name, fields in (("disk", {}), ("memory", {"medium": "Memory"})):
            self.stage = name
            manifest = pod(name, app, volumes=volumes(**fields))
            self.running(manifest)
            wait_for(lambda name=name: self.podrun.ok("logs", name).out == "start 1\nwaiting\n", "first start")
            self.podrun.exec(name, "kill", "-TERM", "1")
            wait_for(lambda name=name: self.podrun.run("logs", name).out == "start 2\nwaiting\n", "second start", 20)
            self.podrun.delete(name)
            self.running(manifest)
            wait_for(lambda name=name: self.podrun.run("logs", name).out == "start 1\nwaiting\n", "start of a new pod")

    def test_root_file_system_is_new_for_each_instance(self) -> None:
        app = container("app", "sh", "-c", "test -e /mark && echo old || echo new; touch /mark; exec /probe wait")
        self.running(pod("fresh", app))
        wait_for(lambda: self.podrun.run("logs", "fresh").out == "new\nwaiting\n", "first start")
        self.podrun.exec("fresh", "kill", "-TERM", "1")
        wait_for(lambda: states(self.podrun.pod("fresh") or {})["app"]["restartCount"] == 1, "restart")
        wait_for(lambda: self.podrun.run("logs", "fresh").out == "new\nwaiting\n", "second start")

    def test_links_out_of_a_volume_lead_nowhere(self) -> None:
        """A volume mounted over a path that is a symbolic link in the root: resolved inside the root, never on the host."""
        writer = container("app", "sh", "-c", "ls /data; exec /probe wait", volumeMounts=mount("/data"))
        step = container("step", "sh", "-c", "ln -s /etc /data/link", volumeMounts=mount("/data"))
        inner = container("inner", "/probe", "wait", volumeMounts=[*mount("/data"), *mount("/data/link/below")])
        self.running(pod("links", writer, inner, initContainers=[step], volumes=volumes()))
        self.assertEqual(0, self.podrun.exec("links", "ls", "/etc/below", container="inner").code)

    def test_termination_message(self) -> None:
        command = "printf 'last words' > /dev/termination-log; exit 1"
        done = self.finished(pod("words", container("app", "sh", "-c", command), restartPolicy="Never"))
        self.assertEqual("last words", states(done)["app"]["state"]["terminated"]["message"])

    def test_termination_message_from_the_log(self) -> None:
        app = container("app", "sh", "-c", "echo why; exit 1", terminationMessagePolicy="FallbackToLogsOnError")
        done = self.finished(pod("fallback", app, restartPolicy="Never"))
        self.assertEqual("why\n", states(done)["app"]["state"]["terminated"]["message"])


class HostPaths(PodTestCase):
    in_vm = frozenset({"test_what_is_made"})

    def of(self, name: str, path: str, kind: str | None) -> dict[str, Any]:
        app = container("app", "/probe", "wait", volumeMounts=mount("/data"))
        source = {"path": path} if kind is None else {"path": path, "type": kind}
        return pod(name, app, volumes=[{"name": "data", "hostPath": source}])

    def test_what_is_made(self) -> None:
        for number, (kind, mode) in enumerate(((None, 0o40755), ("DirectoryOrCreate", 0o40755), ("FileOrCreate", 0o100644))):
            self.stage = str(kind)
            path = self.directory / f"parent{number}" / "made"
            if kind == "FileOrCreate":
                path.parent.mkdir()
            self.running(self.of(f"made-{number}", str(path), kind))
            about = path.stat()
            self.assertEqual((mode, 0, 0), (about.st_mode, about.st_uid, about.st_gid))
            self.assertEqual(0o755, path.parent.stat().st_mode & 0o777)

    def test_what_is_there_stays_as_it_is(self) -> None:
        path = self.directory / "kept"
        path.mkdir(mode=0o700)
        self.running(self.of("kept", str(path), "DirectoryOrCreate"))
        self.assertEqual(0o40700, path.stat().st_mode)

    def test_what_is_refused(self) -> None:
        """An event FailedMount, containers that wait, nothing made; and it starts once the path is right."""
        file = self.file("file", "")
        absent = str(self.directory / "absent")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(self.directory / "socket"))
        self.running(self.of("socket", str(self.directory / "socket"), "Socket"))
        cases = (
            ("Directory", file, "a directory"), ("DirectoryOrCreate", file, "a directory"), ("File", absent, "a file"),
            ("File", str(self.directory), "a file"), ("Socket", file, "a socket file"),
            ("CharDevice", file, "a character device"), ("BlockDevice", "/dev/null", "a block device"),
        )
        for number, (kind, path, wanted) in enumerate(cases):
            self.stage = f"{kind} {path}"
            name = f"refused-{number}"
            result = self.podrun.run("apply", "-f", self.file("pod.yaml", text(self.of(name, path, kind))))
            message = f'MountVolume.SetUp failed for volume "data" : hostPath type check failed: {path} is not {wanted}'
            self.assertIn(message, result.out + result.err)
            seen = self.podrun.pod(name) or {}
            self.assertEqual("Pending", seen["status"]["phase"])
            self.assertEqual("ContainerCreating", states(seen)["app"]["state"]["waiting"]["reason"])
            described = self.podrun.ok("describe", "pod", name).out
            self.assertRegex(described, f"Warning +FailedMount .*{wanted}")
        self.assertFalse((self.directory / "absent").exists())
        (self.directory / "absent").write_text("")
        self.podrun.wait_phase("refused-2", "Running")
