"""The agent comes when it is needed, leaves when it is not, and lets nobody in but root."""

import json
import os
import pathlib
import shutil
import socket
import stat
import struct
import subprocess
from typing import Any

from harness import paths
from harness.case import PodTestCase
from harness.manifest import pod, container, waiting_pod
from harness.podrun import executable, processes, status, text
from harness.waiting import wait_for

SOCKET = paths.RUN_DIRECTORY / "agent.sock"
NOBODY = 65534


class Agent(PodTestCase):
    in_vm = frozenset({"test_comes_on_demand", "test_stop_leaves_pods_running", "test_the_last_to_leave_takes_all_with_it", "test_first_pod_leaves_only_what_is_meant_to_stay"})

    def end_agent(self) -> None:
        if self.podrun.agent() is not None:
            self.podrun.kill_agent()

    def test_comes_on_demand(self) -> None:
        """Ten commands at once and no agent: one is started, detached, and all are answered."""
        self.end_agent()
        clients = [self.podrun.start("get", "pods") for _ in range(10)]
        for client in clients:
            _, error = client.communicate(timeout=60)
            self.assertEqual(0, client.returncode, error)
        agent = self.podrun.agent()
        assert agent is not None
        self.assertNotEqual(os.getsid(0), os.getsid(agent))
        self.assertNotIn(os.getpid(), {int(status(agent)["PPid"])})
        self.assertEqual("/", os.readlink(f"/proc/{agent}/cwd"))

    def answers(self) -> bool:
        """A socket that is there may be the last agent's, which was killed."""
        with socket.socket(socket.AF_UNIX) as connection:
            return connection.connect_ex(str(SOCKET)) == 0

    def test_commands_while_an_agent_starts(self) -> None:
        """systemd's agent has the lock and does not listen yet: a command waits for it."""
        for self.stage in range(10):
            self.end_agent()
            agent = subprocess.Popen([str(self.podrun.binary), "agent"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                self.podrun.pods()
            finally:
                agent.kill()
                agent.wait()

    def test_leaves_when_idle(self) -> None:
        self.end_agent()
        agent = subprocess.Popen([str(self.podrun.binary), "agent", "--idle-timeout", "1"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            wait_for(self.answers, "agent that answers")
            self.running(waiting_pod("busy"))
            with self.assertRaises(subprocess.TimeoutExpired):
                agent.wait(2.5)
            self.podrun.delete("busy")
            self.assertEqual(0, agent.wait(5))
        finally:
            agent.kill()
            agent.communicate()

    def test_stays_alone(self) -> None:
        """A second agent is refused in words; the first goes on."""
        self.podrun.pods()
        result = self.podrun.run("agent")
        self.assertEqual(1, result.code)
        self.assertRegex(result.err, "(?i)already|another")
        self.podrun.pods()

    def test_stop_leaves_pods_running(self) -> None:
        before = self.running(waiting_pod("staying"))
        self.podrun.ok("agent", "--stop")
        self.assertIsNone(self.podrun.agent())
        after = self.podrun.pod("staying") or {}
        self.assertEqual(before["status"]["containerStatuses"][0]["containerID"], after["status"]["containerStatuses"][0]["containerID"])

    def test_the_last_to_leave_takes_all_with_it(self) -> None:
        """Without pods the bridge, the tables and the spare keeper go with the agent, before `--stop` ends."""
        self.running(waiting_pod("last"))
        self.podrun.delete("last")
        self.podrun.ok("agent", "--stop")
        self.assertIsNone(self.podrun.agent())
        self.assertNotIn("podrun0", pathlib.Path("/proc/net/dev").read_text())
        self.assertFalse((paths.RUN_DIRECTORY / "spare-keeper").exists())
        self.assertEqual([], [pid for pid in processes() if executable(pid).startswith("/memfd:podrun-keeper")])

    def test_modes(self) -> None:
        """Nothing of it can be read by others, whatever the mask of the caller."""
        self.end_agent()
        self.podrun.ok("apply", "-", input=text(waiting_pod("private")), preexec_fn=lambda: os.umask(0))
        self.assertEqual(0o600, stat.S_IMODE(SOCKET.stat().st_mode))
        for file in paths.LOG_DIRECTORY.rglob("*.log"):
            self.assertEqual(0, stat.S_IMODE(file.stat().st_mode) & 0o027, file)

    def test_root_only(self) -> None:
        self.podrun.pods()
        readable = self.directory / "podrun"
        shutil.copy(self.podrun.binary, readable)
        self.directory.chmod(0o755)
        for arguments in (["get", "pods"], ["apply", "-"]):
            result = subprocess.run([str(readable), *arguments], user=NOBODY, group=NOBODY, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            self.assertEqual(1, result.returncode)
            self.assertIn("root", result.stderr)

    def test_socket_survives_rubbish(self) -> None:
        """Huge lengths, half frames, wrong JSON, many silent connections: the next command is answered at once."""
        self.podrun.pods()
        agent = self.podrun.agent()
        frames = (
            b"", b"\0", struct.pack("<I", 0), struct.pack("<I", 0xFFFFFFFF), struct.pack("<I", 1 << 30) + b"x" * 4096,
            struct.pack("<I", 100) + b"{", struct.pack("<I", 4) + b"nope", struct.pack("<I", 2) + b"{}",
            struct.pack("<I", 27) + b'{"version":99,"verb":"get"}', b"GET / HTTP/1.1\r\n\r\n", os.urandom(5000),
        )
        connections = []
        for frame in frames * 5:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(SOCKET))
            try:
                connection.sendall(frame)
            except OSError:
                pass  # refused in the middle is an answer
            connections.append(connection)
        self.assertLess(self.podrun.ok("get", "pods").seconds, 8)
        for connection in connections:
            connection.close()
        self.assertEqual(agent, self.podrun.agent())

    def ask(self, request: dict[str, Any]) -> bytes:
        """The frames that answer a request, until the agent closes the connection."""
        payload = json.dumps(request).encode()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(SOCKET))
            connection.sendall(struct.pack("<I", len(payload)) + payload)
            return b"".join(iter(lambda: connection.recv(1 << 16), b""))

    def test_command_of_another_version(self) -> None:
        """It is told so, even when it asks for what this agent never heard of, and can end the agent."""
        self.podrun.pods()
        agent = self.podrun.agent()
        for verb in ("get", "teleport"):
            answer = self.ask({"version": 99, "verb": verb}).decode()
            self.assertIn("this command speaks control protocol 99, the running agent", answer)
            self.assertIn("podrun agent --stop", answer)
        self.assertEqual(agent, self.podrun.agent())
        self.assertEqual(b"", self.ask({"version": 99, "verb": "shutdown"}))
        self.podrun.pods()
        self.assertNotEqual(agent, self.podrun.agent())

    def test_unit_file(self) -> None:
        units = list(paths.REPOSITORY.rglob("podrun*.service"))
        units = [unit for unit in units if ".build" not in unit.parts]
        self.assertTrue(units, "no systemd unit in the repository")
        if shutil.which("systemd-analyze") is None:
            self.skipTest("no systemd-analyze here")
        for unit in units:
            copy = self.directory / unit.name
            copy.write_text(unit.read_text().replace("/usr/local/bin/podrun", str(self.podrun.binary)))
            result = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
            self.assertEqual((0, ""), (result.returncode, result.stderr))

    def test_tells_systemd_when_it_answers(self) -> None:
        """Type=notify: what starts after the unit finds an agent that answers; nobody below inherits the socket."""
        self.end_agent()
        path = self.directory / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(path))
            manager.settimeout(20)
            agent = self.podrun.start("agent", env={**os.environ, "NOTIFY_SOCKET": str(path)})
            self.assertEqual(b"READY=1", manager.recv(100))
        self.assertTrue(self.answers())
        self.assertEqual(agent.pid, self.podrun.agent())
        self.podrun.ok("agent", "--stop")
        self.assertEqual(0, agent.wait(20))

    def test_first_pod_leaves_only_what_is_meant_to_stay(self) -> None:
        """After the last pod: the bridge and the table may stay, empty; the directories hold no pod."""
        self.running(pod("last", container("app", "/probe", "listen", "80", "x", ports=[{"containerPort": 80, "hostPort": 18082}])))
        self.podrun.delete("last")
        links = {line.partition(":")[0].strip() for line in pathlib.Path("/proc/net/dev").read_text().splitlines() if ":" in line}
        self.assertEqual(set(), {link for link in links if "veth" in link or link.startswith("pod") and link != "podrun0"})
        for directory in (paths.RUN_DIRECTORY / "pods", paths.DATA_DIRECTORY / "pods"):
            self.assertEqual([], list(directory.iterdir()) if directory.exists() else [])

    def test_fifty_pods(self) -> None:
        names = [f"many-{number}" for number in range(50)]
        self.podrun.apply(*(waiting_pod(name) for name in names))
        pods = self.podrun.pods()
        self.assertEqual(set(names), {each["metadata"]["name"] for each in pods})
        self.assertEqual(50, len({each["status"]["podIP"] for each in pods}))
        wait_for(lambda: all(each["status"]["phase"] == "Running" for each in self.podrun.pods()), "50 running pods")
        self.podrun.ok("delete", "pods", "--all", "--now")
        self.assertEqual([], self.podrun.pods())
