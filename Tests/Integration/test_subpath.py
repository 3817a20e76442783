"""subPath and subPathExpr, read-only mounts and propagation: a container sees the part of a volume it asks for, and
nothing of the host, whatever it put in the volume before."""

import os
import subprocess
import time
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.podrun import text
from harness.waiting import wait_for


def mount(path: str, name: str = "data", **fields: Any) -> dict[str, Any]:
    return {"name": name, "mountPath": path, **fields}


def empty(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "emptyDir": {}} for name in names]


def host(path: object, name: str = "data") -> list[dict[str, Any]]:
    return [{"name": name, "hostPath": {"path": str(path)}}]


class SubPath(PodTestCase):
    in_vm = frozenset({"test_what_is_there_and_what_is_made", "test_wrong_ones_wait_as_with_a_kubelet"})

    def test_what_is_there_and_what_is_made(self) -> None:
        """Directories, files and sockets; what is missing becomes a directory with the volume's mode and owner."""
        volume = self.directory / "volume"
        (volume / "there").mkdir(parents=True)
        (volume / "there" / "file").write_text("content\n")
        (volume / "link").symlink_to("there/file")
        os.chown(volume, 1000, 3000)
        volume.chmod(0o2770)
        mounts = [
            mount("/directory", subPath="there"),
            mount("/file", subPath="there/file"),
            mount("/linked", subPath="link"),
            mount("/made", subPath="a/./b/"),
            mount("/named", subPathExpr="logs/$(POD_NAME)", readOnly=True),
        ]
        name = {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
        app = container("app", "/probe", "wait", volumeMounts=mounts, env=[name])
        self.running(pod("parts", app, volumes=host(volume)))
        result = self.podrun.exec("parts", "sh", "-c", "cat /directory/file /file /linked; echo new > /made/mark; touch /named/no")
        self.assertEqual("content\n" * 3, result.out)
        self.assertIn("Read-only file system", result.err)
        self.assertEqual("new\n", (volume / "a" / "b" / "mark").read_text())
        for made in ("a", "a/b", "logs", "logs/parts"):
            about = (volume / made).stat()
            self.assertEqual((0o42770, 1000, 3000), (about.st_mode, about.st_uid, about.st_gid), made)

    def test_wrong_ones_wait_as_with_a_kubelet(self) -> None:
        """CreateContainerConfigError in the kubelet's words, nothing of the host in them, tried again by itself."""
        setup = container("setup", "sh", "-c", "ln -s / /v/root; ln -s ../../../../etc /v/up; mkdir /v/a; ln -s /etc/passwd /v/a/file; "
                          "ln -s /nowhere /v/dangling; ln -s loop /v/loop; echo > /v/plain",
                          volumeMounts=[mount("/v")])
        cases = ("root", "root/etc", "up", "a/file", "dangling", "dangling/below", "loop", "plain/below", "x" * 300)
        containers = [
            container(f"c{number}", "/probe", "wait", volumeMounts=[mount("/in", subPath=path)]) for number, path in enumerate(cases)
        ]
        containers.append(container("expr", "/probe", "wait", volumeMounts=[mount("/in", subPathExpr="x/$(MISSING)/$(GONE)")]))
        up = [{"name": "UP", "value": "../.."}]
        containers.append(container("up", "/probe", "wait", volumeMounts=[mount("/in", subPathExpr="a/$(UP)")], env=up))
        absolute = [{"name": "ROOT", "value": "/etc"}]
        containers.append(container("abs", "/probe", "wait", volumeMounts=[mount("/in", subPathExpr="$(ROOT)")], env=absolute))
        self.podrun.run("apply", "-f", self.file("pod.yaml", text(pod("wrong", *containers, initContainers=[setup], volumes=empty("data")))))
        expected = {f"c{number}": f'failed to prepare subPath for volumeMount "data" of container "c{number}"' for number in range(len(cases))}
        expected["expr"] = "missing value for GONE, MISSING"
        expected["up"] = "unable to provision SubPath `a/../..`: must not contain '..'"
        expected["abs"] = "error SubPath `/etc` must not be an absolute path"

        def waiting() -> dict[str, Any]:
            return {name: state["state"].get("waiting", {}) for name, state in states(self.podrun.pod("wrong") or {}).items() if name in expected}

        wait_for(lambda: {name: state.get("message") for name, state in waiting().items()} == expected, f"{expected}: {waiting()}")
        self.assertEqual({"CreateContainerConfigError"}, {state["reason"] for state in waiting().values()})
        self.assertFalse(os.path.lexists("/nowhere"))

    def test_race(self) -> None:
        """A link swapped with a directory all the time (B11): the mount is the volume's directory or fails, and is never the host's."""
        volume = self.directory / "volume"
        (volume / "x" / "etc").mkdir(parents=True)
        (volume / "x" / "etc" / "mark").write_text("volume")
        (volume / "y").symlink_to("/")
        swapper = self.file("swap.py", SWAPPER)
        swap = subprocess.Popen(["python3", swapper, str(volume / "x"), str(volume / "y")])
        self.addCleanup(swap.wait)
        self.addCleanup(swap.kill)
        seen = {"volume": 0, "refused": 0}
        deadline = time.monotonic() + (60 if "PODRUN_LONG" in os.environ else 0)
        number = 0
        while number < 12 or time.monotonic() < deadline:
            number += 1
            part = {"subPath": "x/etc"} if number % 2 else {"subPathExpr": "x/$(PART)"}
            env = [{"name": "PART", "value": "etc"}]
            look = container("app", "sh", "-c", "cat /m/mark; test ! -e /m/passwd", volumeMounts=[mount("/m", **part)], env=env)
            name = f"race-{number}"
            self.podrun.run("apply", "-f", self.file("pod.yaml", text(pod(name, look, volumes=host(volume), restartPolicy="Never"))))
            status = states(self.podrun.pod(name) or {})["app"]["state"]
            if "waiting" in status and status["waiting"]["reason"] == "CreateContainerConfigError":
                seen["refused"] += 1
            else:
                done = self.podrun.wait_phase(name, "Succeeded", "Failed")
                self.assertEqual(0, states(done)["app"]["state"]["terminated"]["exitCode"])
                seen["volume"] += 1
            self.podrun.delete(name)
        self.assertGreater(seen["refused"], 0, seen)
        self.assertGreater(seen["volume"], 0, seen)


class MountPoints(PodTestCase):
    def test_race(self) -> None:
        """Mount points below a link that is swapped with a directory all the time (B6, B7): nothing is made or mounted on the host."""
        canary = self.directory / "canary"
        canary.mkdir()
        volume = self.directory / "volume"
        (volume / "x").mkdir(parents=True)
        (volume / "y").symlink_to(canary)
        swap = subprocess.Popen(["python3", self.file("swap.py", SWAPPER), str(volume / "x"), str(volume / "y")])
        self.addCleanup(swap.wait)
        self.addCleanup(swap.kill)
        mounts = [mount("/v"), *(mount(f"/v/x/new/{number}", "empty") for number in range(20))]
        for number in range(8):
            app = container("app", "/probe", "exit", "0", volumeMounts=mounts)
            manifest = pod(f"race-{number}", app, volumes=[*host(volume), *empty("empty")], restartPolicy="Never")
            self.podrun.run("apply", "-f", self.file("pod.yaml", text(manifest)))
            self.podrun.wait_phase(f"race-{number}", "Succeeded", "Failed")
        self.assertEqual([], os.listdir(canary))
        self.assertNotIn(str(self.directory), "".join(open("/proc/self/mountinfo").readlines()))

    def test_race_for_the_kernels_files(self) -> None:
        """A link into /proc swapped with a directory all the time (B5): the volume is at the directory, or the start fails."""
        volume = self.directory / "volume"
        (volume / "x").mkdir(parents=True)
        (volume / "y").symlink_to("/proc/self/attr")
        swap = subprocess.Popen(["python3", self.file("swap.py", SWAPPER), str(volume / "x"), str(volume / "y")])
        self.addCleanup(swap.wait)
        self.addCleanup(swap.kill)
        seen = {"volume": 0, "refused": 0}
        deadline = time.monotonic() + (60 if "PODRUN_LONG" in os.environ else 0)
        number = 0
        while number < 8 or time.monotonic() < deadline or (0 in seen.values() and number < 100):
            number += 1
            look = container("app", "sh", "-c", "cut -d' ' -f5 /proc/self/mountinfo", volumeMounts=[mount("/v"), mount("/v/x", "empty")])
            manifest = pod(f"race-{number}", look, volumes=[*host(volume), *empty("empty")], restartPolicy="Never")
            started = self.podrun.run("apply", "-f", self.file("pod.yaml", text(manifest))).code == 0
            if started:
                self.podrun.wait_phase(f"race-{number}", "Succeeded", "Failed")
                # By either name: they are swapped on.
                found = [at for at in self.podrun.ok("logs", f"race-{number}").out.split() if at.startswith(("/v/", "/proc/self", "/proc/1"))]
                self.assertIn(found, (["/v/x"], ["/v/y"]))
            seen["volume" if started else "refused"] += 1
            self.podrun.delete(f"race-{number}")
        self.assertNotIn(0, seen.values(), seen)


SWAPPER = """
import ctypes, sys
libc = ctypes.CDLL(None)
first, second = (name.encode() for name in sys.argv[1:])
while True:
    libc.renameat2(-100, first, -100, second, 2)
"""


class Propagation(PodTestCase):
    def mounted(self, path: str) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "none", path], check=True)
        self.addCleanup(subprocess.run, ["umount", path], check=False)

    def test_host_to_container(self) -> None:
        """A later mount of the host shows where HostToContainer was asked for, and only there; none of a container's shows outside."""
        shared = self.directory / "shared"
        (shared / "later").mkdir(parents=True)
        self.mounted(str(shared))
        subprocess.run(["mount", "--make-shared", str(shared)], check=True)
        (shared / "later").mkdir()
        closed = container("closed", "/probe", "wait", volumeMounts=[mount("/data")])
        open_ = container("open", "/probe", "wait", volumeMounts=[mount("/data", mountPropagation="HostToContainer")])
        self.running(pod("propagation", closed, open_, volumes=host(shared)))
        self.mounted(str(shared / "later"))
        (shared / "later" / "file").write_text("later")
        self.assertEqual("later", self.podrun.exec("propagation", "cat", "/data/later/file", container="open").out)
        self.assertEqual("", self.podrun.exec("propagation", "cat", "/data/later/file", container="closed").out)

    def test_read_only_and_its_submounts(self) -> None:
        volume = self.directory / "volume"
        (volume / "inner").mkdir(parents=True)
        self.mounted(str(volume / "inner"))
        modes = {"plain": {}, "disabled": {"recursiveReadOnly": "Disabled"}, "possible": {"recursiveReadOnly": "IfPossible"},
                 "enabled": {"recursiveReadOnly": "Enabled"}}
        app = container("app", "/probe", "wait", volumeMounts=[mount(f"/{name}", readOnly=True, **fields) for name, fields in modes.items()])
        self.running(pod("recursive", app, volumes=host(volume)))
        writable = {}
        for name in modes:
            self.assertIn("Read-only", self.podrun.exec("recursive", "touch", f"/{name}/file").err)
            writable[name] = self.podrun.exec("recursive", "touch", f"/{name}/inner/file").code == 0
        self.assertEqual({"plain": True, "disabled": True, "possible": False, "enabled": False}, writable)
        shown = {entry["mountPath"]: entry for entry in states(self.podrun.pod("recursive") or {})["app"]["volumeMounts"]}
        self.assertEqual("Disabled", shown["/plain"]["recursiveReadOnly"])
        self.assertEqual({"name": "data", "mountPath": "/possible", "readOnly": True, "recursiveReadOnly": "Enabled"}, shown["/possible"])

    def test_many_mounts(self) -> None:
        app = container("app", "/probe", "wait", volumeMounts=[mount(f"/m/{n}", subPath=f"s/{n}") for n in range(100)])
        self.running(pod("many", app, volumes=empty("data")))
        self.assertEqual("100\n", self.podrun.exec("many", "sh", "-c", "ls /m | wc -l").out)
