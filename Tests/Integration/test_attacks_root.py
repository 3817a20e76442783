"""Attacks on the root file system, the kernel's files and the host behind them (section B)."""

import contextlib
import json
import os
import pathlib
import signal
import stat
import subprocess
import unittest.mock
from typing import Any

from harness import paths
from harness.archive import Tar
from harness.evil import EvilCase
from harness.manifest import container, pod, waiting_pod
from harness.podrun import command_line, executable, processes, text
from harness.waiting import wait_for


class Roots(EvilCase):
    def test_kernel_directories(self) -> None:
        """B1, B2: /proc, /sys and /dev of the image are links to the host, dangling ones, loops, files, FIFOs."""
        canary = str(self.canary.path)
        for name in ("proc", "sys", "dev"):
            ways = {
                "host": lambda tar: tar.symlink(name, canary),
                "up": lambda tar: tar.symlink(name, f"../../../../..{canary}"),
                "root of pid 1": lambda tar: tar.symlink(name, f"/proc/1/root{canary}"),
                "dangling": lambda tar: tar.symlink(name, "nowhere"),
                "loop": lambda tar: tar.symlink(name, name),
                "inside": lambda tar: tar.symlink(name, "/tmp"),
                "file": lambda tar: tar.file(name, "x"),
                "fifo": lambda tar: tar.entry(name, kind="6"),
            }
            for way, add in ways.items():
                self.stage = f"/{name}: {way}"
                result = self.start(add(Tar().file(f".wh.{name}")))
                self.assertEqual(1, result.code, result)
                self.assertIn(f"/{name}", result.err)
                self.unchanged()

    def test_console(self) -> None:
        """B4: what the image has at /dev/console, and at devices that are made, is not seen."""
        for name in ("console", "null", "ptmx", "pts", "termination-log"):
            self.stage = name
            tar = Tar().directory("dev").symlink(f"dev/{name}", f"{self.canary.path}/secret")
            result = self.start(tar, tty=True)
            self.assertEqual(0, result.code, result)
            mounts = [line.split() for line in self.podrun.report(self.last)["mounts"]]
            console = [fields[fields.index("-") + 1] for fields in mounts if fields[4] == "/dev/console"]
            self.assertEqual(["devpts"], console)
            self.unchanged()

    def test_masks(self) -> None:
        """B3: a /dev/null of the image is nothing that masks are made of; each is a mount of its own, empty and not writable."""
        tar = Tar().directory("dev").symlink("dev/null", "/proc/sys/kernel/core_pattern")
        self.assertEqual(0, self.start(tar).code)
        targets = {line.split()[4] for line in self.podrun.report(self.last)["mounts"]}
        for path in ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/interrupts", "/proc/acpi", "/sys/firmware"):
            if not os.path.exists(path):
                continue
            self.stage = path
            self.assertIn(path, targets)
            seen = self.podrun.exec(self.last, "/probe", "touch", path)
            self.assertEqual("0 EROFS\n", seen.out)
        self.unchanged()

    def test_ways_out(self) -> None:
        """B16: chroot within a chroot, the roots and directories of all processes, the kernel's file handles."""
        for name, fields in (("plain", {}), ("shared", {"shareProcessNamespace": True})):
            self.stage = name
            self.finished(pod(name, container("app", "/probe", "escape", str(self.canary.path / "secret")), restartPolicy="Never", **fields))
            self.assertEqual(["tried"], self.podrun.ok("logs", name).out.splitlines())
        self.stage = "the attacker can see"
        volume = {"name": "host", "hostPath": {"path": "/"}}
        mount = [{"name": "host", "mountPath": "/host"}]
        app = container("app", "/probe", "escape", str(self.canary.path / "secret"), workingDir="/host", volumeMounts=mount)
        neighbour = container("neighbour", "/probe", "wait", workingDir="/host", volumeMounts=mount)
        self.podrun.apply(pod("control", neighbour, app, shareProcessNamespace=True, restartPolicy="Never", volumes=[volume]))
        wait_for(lambda: "tried" in self.podrun.run("logs", "control", "-c", "app").out, "escape")
        self.assertIn("found", self.podrun.ok("logs", "control", "-c", "app").out)
        self.unchanged()

    def test_read_only_is_read_only(self) -> None:
        """B17: remounted, bound again, reopened by descriptor."""
        volumes = [{"name": "s", "secret": {"secretName": "s"}}, {"name": "h", "hostPath": {"path": str(self.canary.path)}}]
        mounts = [{"name": "s", "mountPath": "/secret"}, {"name": "h", "mountPath": "/canary", "readOnly": True}]
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"key": "value"}}
        app = container("app", "/probe", "wait", volumeMounts=mounts, securityContext={"readOnlyRootFilesystem": True})
        self.podrun.apply(secret)
        self.running(pod("still", app, volumes=volumes))
        for path in ("/", "/secret", "/canary", "/etc/hosts", "/proc/sys", "/sys"):
            self.stage = path
            for command in (f"mount -o remount,rw {path}", f"mount -o remount,bind,rw {path}", f"mount --bind {path} {path}"):
                self.assertNotEqual(0, self.podrun.exec("still", "sh", "-c", command).code, command)
        for path in ("/x", "/secret/x", "/canary/x", "/etc/x", "/secret/key", "/canary/secret", "/etc/hosts"):
            self.stage = path
            written = self.podrun.exec("still", "sh", "-c", f"echo x >> {path}")
            self.assertNotEqual(0, written.code)
            self.assertIn("Read-only file system", written.err)
        again = self.podrun.exec("still", "sh", "-c", "exec 3</canary/secret; echo x >> /proc/self/fd/3")
        self.assertIn("Read-only file system", again.err)
        self.unchanged()

    def test_volumes_that_a_container_changed(self) -> None:
        """B12: a privileged container replaces what podrun will write to next by links to the host."""
        settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"key": "first"}}
        self.podrun.apply(settings)
        mounts = [{"name": "c", "mountPath": "/config"}]
        app = container("app", "/probe", "wait", volumeMounts=mounts, securityContext={"privileged": True})
        for target in ("..data", "key", "..data_tmp"):
            self.stage = target
            self.running(pod("changer", app, volumes=[{"name": "c", "configMap": {"name": "c"}}]))
            script = f"mount -o remount,bind,rw /config && cd /config && rm -f {target} && ln -s {self.canary.path} {target} && echo linked"
            self.assertEqual("linked\n", self.podrun.exec("changer", "sh", "-c", script).out)
            settings["data"] = {"key": f"after {target}", "secret": "overwritten", "new": "file"}
            self.podrun.apply(settings)
            try:
                wait_for(lambda: self.shows("changer", f"after {target}") or self.canary.before != self.canary.state(), "update", 2)
            except AssertionError:
                pass  # a volume that podrun will not touch any more is fine
            self.unchanged()
            self.podrun.delete("changer")
            self.unchanged()

    def shows(self, name: str, value: str) -> bool:
        return value in self.podrun.exec(name, "sh", "-c", "cat /config/key /config/..data/key 2>/dev/null").out

    def test_kernel_parameters(self) -> None:
        """B22: each is the pod's own, and the host's stay."""
        wanted = {
            "kernel.shm_rmid_forced": "1",
            "net.ipv4.ip_local_port_range": "20000\t30000",
            "net.ipv4.tcp_syncookies": "0",
            "net.ipv4.ping_group_range": "5\t6",
            "net.ipv4.ip_unprivileged_port_start": "1000",
            "net.ipv4.tcp_keepalive_time": "77",
            "net.ipv4.tcp_fin_timeout": "11",
            "net/ipv4/tcp_keepalive_intvl": "13",
            "net.ipv4.tcp_keepalive_probes": "3",
        }

        def current() -> dict[str, str]:
            return {name: (pathlib.Path("/proc/sys") / name.replace(".", "/")).read_text() for name in wanted}

        before = current()
        sysctls = [{"name": name, "value": value.replace("\t", " ")} for name, value in wanted.items()]
        self.running(waiting_pod("tuned", securityContext={"sysctls": sysctls}))
        self.running(waiting_pod("plain"))
        for name, value in wanted.items():
            self.stage = name
            path = f"/proc/sys/{name.replace('.', '/')}"
            self.assertEqual(f"{value}\n", self.podrun.exec("tuned", "cat", path).out)
            self.assertNotEqual(f"{value}\n", self.podrun.exec("plain", "cat", path).out)
        self.assertEqual(before, current())
        for name, value in (("kernel.core_pattern", "|/x"), ("kernel.msgmax", "1"), ("net/ipv4/ip_forward", "1")):
            self.stage = name
            words = f'forbidden sysctl: "{name.replace("/", ".")}" not allowlisted'
            self.rejected(waiting_pod("refused", securityContext={"sysctls": [{"name": name, "value": value}]}), "SysctlForbidden", words)
        self.stage = "two lines"
        context = {"sysctls": [{"name": "net.ipv4.tcp_fin_timeout", "value": "1\n2"}]}
        self.assertEqual(1, self.podrun.run("apply", "-", input=text(waiting_pod("refused", securityContext=context))).code)
        self.assertIsNone(self.podrun.pod("refused"))
        self.unchanged()

    def test_kernel_parameters_and_an_agent_that_dies(self) -> None:
        """B22: a pod that is stored and not yet refused is not started by the next agent."""
        before = pathlib.Path("/proc/sys/kernel/msgmax").read_text()
        if self.podrun.agent() is not None:
            self.podrun.ok("agent", "--stop")
        manifest = waiting_pod("refused", securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]})
        with unittest.mock.patch.dict(os.environ, {"PODRUN_FAILPOINT": "after-object:kill"}):
            self.podrun.run("apply", "-", input=text(manifest))
        (paths.RUN_DIRECTORY / "failpoint.after-object").unlink()
        status = wait_for(lambda: (self.podrun.pod("refused") or {}).get("status"), "the pod of the next agent")
        self.assertEqual(("Failed", "SysctlForbidden"), (status["phase"], status.get("reason")))
        self.assertEqual(before, pathlib.Path("/proc/sys/kernel/msgmax").read_text())
        # It may still be one that would die.
        self.podrun.ok("agent", "--stop")

    def test_false_proc(self) -> None:
        """B5: what a new process is given through /proc, it is given whatever two containers have mounted over theirs."""
        false = self.work / "false"
        names = [f"{task}/{name}" for task in ("self", "thread-self") for name in ("oom_score_adj", "setgroups", "attr/exec", "attr/apparmor/exec")]
        for name in names:
            (false / name).parent.mkdir(parents=True, exist_ok=True)
            (false / name).write_text("untouched")
        covered = "busybox mount --bind /false /proc && echo ready; exec /probe wait"
        mounts = [{"name": "false", "mountPath": "/false"}]
        liars = [container(name, "sh", "-c", covered, volumeMounts=mounts, securityContext={"privileged": True}) for name in ("one", "two")]
        self.running(pod("liars", *liars, volumes=[{"name": "false", "hostPath": {"path": str(false)}}]))
        for seconds, name in (("101", "one"), ("102", "two")):
            wait_for(lambda name=name: "ready" in self.podrun.ok("logs", "liars", "-c", name).out, f"false /proc of {name}")
            command = ["/probe", "slow-stop", seconds]
            client = self.podrun.start("exec", "liars", "-c", name, "--", *command)
            entered = wait_for(lambda command=command: next((pid for pid in processes() if command_line(pid) == command), None), "command")
            self.assertEqual("1000\n", pathlib.Path(f"/proc/{entered}/oom_score_adj").read_text())
            client.kill()
            client.communicate()
        self.assertEqual({"untouched"}, {(false / name).read_text() for name in names})
        self.unchanged()

    def test_numbers_of_processes_that_are_gone(self) -> None:
        """B25: others that have the numbers of a pod's processes, after a crash of all of them, live on."""
        last = pathlib.Path("/proc/sys/kernel/ns_last_pid")
        if not last.exists():
            self.skipTest("this kernel has no ns_last_pid (CONFIG_CHECKPOINT_RESTORE)")
        self.running(waiting_pod("crashed"))
        numbers = [pid for pid in processes() if executable(pid).startswith("/memfd:podrun") or command_line(pid)[:1] == ["/probe"]]
        self.assertGreaterEqual(len(numbers), 3)
        self.podrun.kill_agent()
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        for number in numbers:
            wait_for(lambda number=number: not pathlib.Path(f"/proc/{number}").exists(), f"end of process {number}")

        def taken(number: int) -> subprocess.Popen[bytes] | None:
            last.write_text(str(number - 1))
            other = subprocess.Popen(["sleep", "300"])
            self.addCleanup(other.wait)
            self.addCleanup(other.kill)
            return other if other.pid == number else None

        others = [wait_for(lambda number=number: taken(number), f"process {number} of somebody else") for number in numbers]
        self.podrun.wait_phase("crashed", "Running")
        self.podrun.delete("crashed")
        self.podrun.run("system", "check", "--repair")
        self.assertEqual([None] * len(others), [other.poll() for other in others])

    def test_keys(self) -> None:
        """B23: the host's keys and those of other containers are not found, also without the seccomp filter."""
        unconfined = {"seccompProfile": {"type": "Unconfined"}}
        self.running(pod("keys", container("one", "/probe", "wait"), container("two", "/probe", "wait"), securityContext=unconfined))
        self.running(waiting_pod("confined"))
        host = subprocess.run([str(paths.CACHE / "probe"), "keys", "add", "podrun-canary"], capture_output=True, text=True, check=True)
        self.assertEqual("added 1\n", host.stdout)
        for name in ("one", "two"):
            self.assertEqual("none\n", self.podrun.exec("keys", "/probe", "keys", "find", "podrun-canary", container=name).out)
        script = "/probe keys add of-one; /probe keys find of-one"
        self.assertEqual("added 1\nfound\n", self.podrun.exec("keys", "sh", "-c", script, container="one").out)
        self.assertEqual("none\n", self.podrun.exec("keys", "/probe", "keys", "find", "of-one", container="two").out)
        self.assertEqual("refused\n", self.podrun.exec("confined", "/probe", "keys", "find", "podrun-canary").out)

    def test_other_users_of_the_host(self) -> None:
        """B24: whatever the umask of who starts podrun, its files have the same modes, and nobody else can enter."""
        seen: dict[int, Any] = {}
        volumes = [{"name": "disk", "emptyDir": {}}, {"name": "config", "configMap": {"name": "c"}}, {"name": "secret", "secret": {"secretName": "s"}}]
        objects = (
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "b"}},
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}},
        )
        for mask in (0o000, 0o077):
            if self.podrun.agent() is not None:
                self.podrun.kill_agent()
            app = container("app", "/probe", "wait", volumeMounts=[{"name": volume["name"], "mountPath": f"/{volume['name']}"} for volume in volumes])
            manifest = pod("umask", app, volumes=volumes)
            self.podrun.ok("apply", "-", input=text(*objects, manifest), preexec_fn=lambda mask=mask: os.umask(mask))
            seen[mask] = {path: mode for root in self.roots() for path, mode in modes(root, self.podrun.pod("umask") or {}).items()}
            self.podrun.delete("umask")
        self.assertEqual(seen[0o000], seen[0o077])
        self.assertGreater(len(seen[0]), 20)

    def test_directories_that_were_not_there(self) -> None:
        """B24: what podrun makes itself nobody else can enter, but to see the names of logs (a kubelet's modes)."""
        if self.podrun.agent() is not None:
            self.podrun.ok("agent", "--stop")
        wanted = {"run": 0o700, "data": 0o700, "log": 0o755}
        roots = [f"--{name}-dir={self.directory}/{name}" for name in wanted]
        agent = self.podrun.start("agent", *roots, preexec_fn=lambda: os.umask(0))
        wait_for((self.directory / "run" / "agent.sock").exists, "socket of the agent")
        agent.terminate()
        agent.communicate(timeout=30)
        self.assertEqual(wanted, {name: stat.S_IMODE((self.directory / name).stat().st_mode) for name in wanted})

    def roots(self) -> tuple[pathlib.Path, ...]:
        return (paths.RUN_DIRECTORY, paths.DATA_DIRECTORY)


def modes(root: pathlib.Path, manifest: dict[str, Any]) -> dict[str, str]:
    """Of all files of the pod, its uid and other names of the moment replaced."""
    uid = manifest["metadata"]["uid"]
    found = {}
    for directory, directories, files in os.walk(root):
        for kept in ("images", "mountpoints", "trash", "spare-keeper"):
            if kept in directories:
                directories.remove(kept)
        for name in [*directories, *files]:
            path = os.path.join(directory, name)
            if "/..20" in path or "/shm/" in path:
                continue
            status = os.lstat(path)
            found[path.replace(uid, "<uid>")] = f"{status.st_mode:o} {status.st_uid}:{status.st_gid}"
    return found
