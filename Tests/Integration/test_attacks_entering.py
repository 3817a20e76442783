"""Attacks on whoever enters a container: by descriptors, directories, executables, terminals and sockets (section A, B21)."""

import contextlib
import json
import os
import pty
import select
import socket
import subprocess
import termios
import threading
from typing import Any

from harness import paths
from harness.archive import Tar
from harness.evil import EvilCase
from harness.manifest import container, pod
from harness.podrun import command_line, executable, processes
from harness.waiting import wait_for


#: Where a helper's descriptors would lead, if getcwd could say it.
HOST = ("/var", "/run", "/work", "/tmp/podrun")


def network_sockets(pid: int) -> set[str]:
    """The protocols of which a process has sockets, in its network namespace."""
    numbers, found = set(), set()
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            numbers.add(os.readlink(f"/proc/{pid}/fd/{descriptor}").removeprefix("socket:[").removesuffix("]"))
    for protocol in ("tcp", "tcp6", "udp", "udp6", "udplite", "raw", "raw6", "icmp", "packet"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/net/{protocol}", encoding="utf-8") as lines:
            if numbers & {line.split()[8 if protocol == "packet" else 9] for line in list(lines)[1:]}:
                found.add(protocol)
    return found


class Entering(EvilCase):
    def lines(self, name: str, which: str = "app") -> list[str]:
        return self.podrun.ok("logs", name, "-c", which).out.splitlines()

    def ready(self, name: str, which: str = "app") -> None:
        wait_for(lambda: "ready" in self.lines(name, which), f"attacker in {name}")

    def test_executables_of_helpers(self) -> None:
        """A1: the entry point and a script lead to whatever runs them, and somebody waits to overwrite that."""
        result = self.start(Tar(), command=("/proc/self/exe", "wait"))
        self.unchanged()
        if result.code == 0:
            self.assertNotIn("memfd", self.podrun.exec(self.last, "/probe", "report").out)
        tar = Tar().file("shell", "#!/proc/self/exe\n", mode=0o755).directory("tmp/out")
        self.assertEqual(0, self.start(tar, command=("/probe", "overwrite")).code)
        name = self.last
        self.ready(name)
        outside = self.work / "taken"
        for number in range(60):
            self.stage = f"round {number}"
            self.podrun.exec(name, "/shell" if number % 2 else "/proc/self/exe", "exit", "0")
            if number % 10 == 0:
                self.podrun.run("cp", f"{name}:/shell", str(outside))
        # The container's own files are its own.
        foreign = [line for line in self.lines(name) if line.startswith("writable") and line != "writable /probe"]
        self.assertEqual([], foreign)
        self.unchanged()

    def test_working_directories(self) -> None:
        """A2: descriptors that a helper may have left open, as the directory to start in, with more of them open outside."""
        numbers = range(3, 25)
        containers = [
            container(f"c{number}", "/probe", "report", workingDir=f"/proc/self/fd/{number}{up}")
            for number, up in [(number, "/../.." if number % 2 else "") for number in numbers]
        ]
        files = [os.open(self.canary.path, os.O_RDONLY | os.O_DIRECTORY) for _ in range(20)]
        self.podrun.run("apply", "-", input=json.dumps(pod("fds", *containers, restartPolicy="Never")), pass_fds=files)
        self.podrun.wait_phase("fds", "Failed", "Succeeded")
        for number in numbers:
            out = self.podrun.run("logs", "fds", "-c", f"c{number}").out
            if out.strip():
                self.in_container(json.loads(out))
        self.stage = "exec into a directory that is a link by now"
        self.assertEqual(0, self.start(Tar().directory("work"), workingDir="/work").code)
        for number in numbers:
            self.podrun.exec(self.last, "/probe", "relink", f"/proc/self/fd/{number}", "/work")
            seen = self.podrun.exec(self.last, "/probe", "report", pass_fds=files)
            if seen.code == 0:
                report = json.loads(seen.out)
                self.assertEqual({"0", "1", "2"}, set(report["descriptors"]))
                self.in_container(report)
        for file in files:
            os.close(file)
        self.unchanged()

    def in_container(self, report: dict[str, Any]) -> None:
        """Outside of its root a process has no working directory: getcwd fails, and the report says how."""
        self.assertTrue(report["directory"].startswith("/") and not report["directory"].startswith(HOST), report["directory"])

    def test_processes_that_join(self) -> None:
        """A3: a neighbour looks at every process in /proc while commands enter the pod. A process that really stands in a
        directory of the host shows that the neighbour can see."""
        secret = str(self.canary.path / "secret")
        watcher = container("watcher", "/probe", "watch", secret)
        app = container("app", "/probe", "wait")
        host = container("host", "/probe", "wait", workingDir="/host", volumeMounts=[{"name": "host", "mountPath": "/host"}])
        volume = {"name": "host", "hostPath": {"path": "/"}}
        for name, containers, fields in (
            ("joined", (watcher, app), {}),
            ("control", (watcher, app, host), {"volumes": [volume]}),
        ):
            self.stage = name
            self.running(pod(name, *containers, shareProcessNamespace=True, **fields))
            self.ready(name, "watcher")
            threads = [threading.Thread(target=self.enter, args=(name, 30)) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            found = {line for line in self.lines(name, "watcher") if line.startswith("found")}
            self.assertEqual(name == "control", bool(found), found)
            self.podrun.delete(name)
        self.unchanged()

    def enter(self, name: str, times: int) -> None:
        for _ in range(times):
            self.podrun.exec(name, "/probe", "exit", "0", container="app")

    def test_code_of_the_image(self) -> None:
        """A4, A5: what a helper might load or run lies in wait in the image: whoever opens a FIFO hangs, whoever runs a
        trap leaves a mark. The pod's variables ask for it, too."""
        tar = Tar().directory("marks").directory("bin").directory("lib").directory("usr").directory("tmp/in")
        for name in "sh tar xz gzip zstd nsenter cp cat ls mount runc pause podrun-copier".split():
            tar.file(f"bin/{name}", "#!/probe mark\n", mode=0o755)
        for name in ("etc/ld.so.preload", "etc/ld.so.cache", "etc/nsswitch.conf", "lib/libnss_files.so.2", "lib/libnss_compat.so.2", "evil.so",
                     "usr/locale-archive", "usr/gconv-modules", "etc/localtime", "etc/group"):  # fmt: skip
            tar.entry(name, kind="6", mode=0o666)
        variables = {
            "LD_PRELOAD": "/evil.so", "LD_LIBRARY_PATH": "/lib", "LD_AUDIT": "/evil.so", "GCONV_PATH": "/usr", "LOCPATH": "/usr",
            "MALLOC_TRACE": "/marks/malloc", "PODRUN": "/bin/sh", "PODRUN_KEEPER": "1", "PODRUN_FAILPOINT": "stateSaved:kill", "PATH": "/bin",
            "GLIBC_TUNABLES": "glibc.malloc.check=3", "TMPDIR": "/marks", "HOME": "/marks", "BASH_ENV": "/bin/sh", "IFS": "/",
        }  # fmt: skip
        agent = self.podrun.agent()
        result = self.start(tar, env=[{"name": name, "value": value} for name, value in variables.items()])
        self.assertEqual(0, result.code, result)
        self.assertEqual(0, self.podrun.exec(self.last, "/probe", "exit", "0").code)
        inward, outward = self.file("inward", "x\n"), self.directory / "outward"
        self.podrun.ok("cp", inward, f"{self.last}:/tmp/in/x")
        self.podrun.ok("cp", f"{self.last}:/tmp/in", str(outward))
        self.assertEqual("x\n", (outward / "x").read_text())
        self.podrun.ok("logs", self.last)
        self.podrun.ok("cp", f"{self.last}:/marks", str(self.directory / "marks"))
        self.assertEqual([], os.listdir(self.directory / "marks"))
        self.assertEqual(agent, self.podrun.agent())
        self.stage = "the traps work"
        self.podrun.exec(self.last, "tar")
        self.podrun.ok("cp", f"{self.last}:/marks", str(self.directory / "marks2"))
        self.assertEqual(["tar"], os.listdir(self.directory / "marks2"))

    def test_terminals(self) -> None:
        """A6: what a container types into its terminal does not reach the shell that podrun was started from."""
        self.running(pod("typist", container("app", "/probe", "wait")))
        for flags in ((), ("-i",), ("-i", "-t")):
            self.stage = f"exec {' '.join(flags)}"
            master, slave = pty.openpty()
            settings = termios.tcgetattr(slave)
            settings[3] &= ~(termios.ICANON | termios.ECHO)
            termios.tcsetattr(slave, termios.TCSANOW, settings)
            command = [str(self.podrun.binary), "exec", "typist", *flags, "--", "/probe", "push", "podrun-canary"]
            with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True) as client:
                client.wait(timeout=30)
            self.assertIn("pushed 1" if "-t" in flags else "pushed 0", os.read(master, 4096).decode())
            readable, _, _ = select.select([slave], [], [], 0)
            self.assertEqual([], readable, "something waits to be read by the caller's shell")
            os.close(master)
            os.close(slave)

    def test_ports(self) -> None:
        """E7: no process of podrun has a socket that packets come to, also for the host ports of a pod."""
        ports = [{"containerPort": 80, "hostPort": 10080}]
        self.running(pod("served", container("app", "/probe", "listen", "80", "hello", ports=ports)))
        own = [pid for pid in processes() if executable(pid) == str(self.podrun.binary) or executable(pid).startswith("/memfd:podrun")]
        self.assertGreaterEqual(len(own), 3)
        self.assertEqual({}, {" ".join(command_line(pid)): found for pid in own if (found := network_sockets(pid))})
        with socket.create_server(("127.0.0.1", 0)):
            self.assertEqual({"tcp"}, network_sockets(os.getpid()))

    def test_sockets(self) -> None:
        """B21: from the host's network no socket of podrun can be reached, and the agent does not talk to containers."""
        self.running(pod("victim", container("app", "/probe", "wait")))
        volume = {"name": "run", "hostPath": {"path": str(paths.RUN_DIRECTORY)}}
        app = container("app", "/probe", "sockets")
        control = socket.socket(socket.AF_UNIX)
        self.addCleanup(control.close)
        control.bind("\0canary-of-the-test")
        control.listen()
        self.finished(pod("caller", app, hostNetwork=True, restartPolicy="Never"))
        reached = [line for line in self.lines("caller") if line.startswith("reached")]
        self.assertEqual(["reached @canary-of-the-test"], [line for line in reached if "podrun" in line or "@" in line])
        self.stage = "with podrun's directory and its program"
        binary = {"name": "bin", "hostPath": {"path": str(self.podrun.binary.parent)}}
        mounts = [{"name": "run", "mountPath": str(paths.RUN_DIRECTORY)}, {"name": "bin", "mountPath": "/podrun"}]
        self.running(pod("root", container("app", "/probe", "wait", volumeMounts=mounts), hostPID=True, volumes=[volume, binary]))
        agent = self.podrun.agent()
        asked = self.podrun.exec("root", "/probe", "ask", str(paths.RUN_DIRECTORY / "agent.sock"))
        self.assertEqual("closed\n", asked.out, asked)
        self.assertEqual(agent, self.podrun.agent())
