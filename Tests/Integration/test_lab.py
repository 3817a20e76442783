"""podrun lab: what it shows is real, fits a terminal, and nothing of it is left."""

import os
import pty
import re
import select
import signal
import subprocess

from harness.case import PodTestCase
from harness.manifest import waiting_pod
from harness.podrun import text
from harness.waiting import wait_for

STEPS = 10


def steps(text: str) -> dict[int, str]:
    """By number, what is printed below the heading of each step."""
    parts = re.split(r"^── (\d+)/\d+ ", text, flags=re.MULTILINE)
    return {int(number): body for number, body in zip(parts[1::2], parts[2::2])}


def inodes(step: str, kind: str) -> list[str]:
    """The row of a kind of namespace: host, pause, one, two."""
    row = re.search(rf"^ +{kind} +([\d ●○]+)$", step, re.MULTILINE)
    assert row, step
    return re.findall(r"\d+", row[1])


class Lab(PodTestCase):
    in_vm = frozenset({"test_pause", "test_limits", "test_trace"})

    def test_pause(self) -> None:
        """The walk without anybody there: who shares what, what survives what."""
        result = self.podrun.ok("lab", "pause", "--yes")
        if "PODRUN_VM" not in os.environ:
            self.assertLess(result.seconds, 30)
        self.assertEqual([], [line for line in result.out.splitlines() if len(line) > 80])
        self.assertNotIn("\x1b", result.out)
        self.assertNotRegex(result.out, r"(?m) +$")
        step = steps(result.out)
        self.assertEqual(list(range(1, STEPS + 1)), list(step))
        for kind in ("net", "ipc", "uts"):
            host, pause, one, two = inodes(step[4], kind)
            self.assertEqual({pause}, {one, two}, step[4])
            self.assertNotEqual(host, pause)
        for kind in ("pid", "mnt"):
            self.assertEqual(4, len(set(inodes(step[4], kind))), step[4])
        self.assertIn('"hello from one"', step[5])
        self.assertEqual(1, len(set(re.findall(r"device .* inode \d+", step[6]))), step[6])
        self.assertEqual(2, step[6].count("by one"))
        self.assertRegex(step[7], r"pid of one .* new\n.*pid of two .* stays\n.*pid of pause .* stays")
        self.assertRegex(step[7], r"IP \(fib_trie\) +(10\.85\.\d+\.\d+) +\1 +stays")
        self.assertRegex(step[8], r"pid of pause .* new\n.*pid of two .* new\n")
        self.assertRegex(step[8], r"ipc namespace .* new\n.*uts namespace .* new\n")
        self.assertIn("1 pause, 2 exhibit", step[9])
        self.assertRegex(step[10], r"before, 0 now")
        self.assertEqual([], self.podrun.pods())

    def test_trace(self) -> None:
        """Every step of pause and of the container, in order, between the request and the answer."""
        manifest = self.file("pod.json", text(waiting_pod("traced")))
        result = self.podrun.ok("lab", "trace", manifest)
        self.assertEqual([], [line for line in result.out.splitlines() if len(line) > 80])
        lanes = re.findall(r"(?m)^(\w+)$", result.out)
        self.assertEqual({"podrun", "agent", "keeper", "pause", "app"}, set(lanes))
        begins: dict[str, list[int]] = {lane: [] for lane in lanes}
        lane = ""
        for line in result.out.splitlines()[3:]:
            if line in begins:
                lane = line
            else:
                begins[lane].append(int(line.split()[0]))
        for lane, times in begins.items():
            self.assertEqual(sorted(times), times, lane)
        self.assertLess(begins["pause"][-1], begins["app"][0])
        for step in ("make cgroups", "write state.json", "setns", "pivot", "seccomp", "exec ["):
            self.assertIn(step, result.out)
        self.assertIsNone(self.podrun.pod("traced"))

    def test_trace_keeps_the_pod_if_asked_and_needs_a_new_one(self) -> None:
        manifest = self.file("pod.json", text(waiting_pod("traced")))
        self.podrun.ok("lab", "trace", "--keep", manifest)
        self.assertIsNotNone(self.podrun.pod("traced"))
        again = self.podrun.run("lab", "trace", manifest)
        self.assertEqual(1, again.code)
        self.assertIn("AlreadyExists", again.err)
        self.assertIsNotNone(self.podrun.pod("traced"))

    def test_probes(self) -> None:
        """The pod's readiness follows the file; the container is not restarted."""
        result = self.podrun.ok("lab", "probes", "--yes")
        self.assertEqual([], [line for line in result.out.splitlines() if len(line) > 80])
        step = steps(result.out)
        self.assertRegex(step[1], r"(?m)pod Ready +▁+$")
        self.assertRegex(step[2], r"(?m)file /ready +▁+█+$\n +pod Ready +▁+█+$\n +Ready is true \d+ ms after")
        self.assertRegex(step[3], r"(?m)file /ready +█+▁+$\n +pod Ready +█+▁+$\n +Ready is false \d+ ms after")
        self.assertRegex(step[4], r"tick (\d+) +at first\n.*tick \1 +now")
        self.assertIn("Unhealthy: Readiness probe failed: /ready: No such", step[4])

    def test_limits(self) -> None:
        """The limited container gets its fifth of a processor, the eater is killed at its limit."""
        self.needs_controllers("cpu", "memory")
        result = self.podrun.ok("lab", "limits", "--yes")
        self.assertEqual([], [line for line in result.out.splitlines() if len(line) > 80])
        step = steps(result.out)
        self.assertRegex(step[1], r"limited +20000 100000 +[1-9]\d* +[1-9]")
        self.assertRegex(step[1], r"free +max 100000 +0 +0")
        self.assertRegex(step[2], r"memory\.max +33554432\n +memory\.events +oom_kill [1-9]")
        self.assertIn("OOMKilled, exit code 137", step[2])

    def test_limits_without_controllers(self) -> None:
        """It says what is missing and how to get it."""
        self.needs_no_controllers("cpu", "memory")
        result = self.podrun.run("lab", "limits", "--yes")
        self.assertEqual((1, ""), (result.code, result.out))
        self.assertRegex(result.err, r"this host lacks .*cpu, memory\n.*to get it: boot with ")

    def terminal(self, **environment: str) -> tuple[subprocess.Popen[bytes], int]:
        """The lab on a terminal of its own, at the end of its first step."""
        master, slave = pty.openpty()
        lab = subprocess.Popen(
            [str(self.podrun.binary), "lab", "pause"], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "xterm", **environment},
        )
        os.close(slave)
        self.addCleanup(os.close, master)
        self.addCleanup(lab.kill)
        return lab, master

    def read_until(self, master: int, text: str) -> str:
        seen = ""
        while text not in seen:
            seen += os.read(master, 4096).decode()
        return seen

    def test_waits_for_enter_and_leaves_nothing_after_a_signal(self) -> None:
        lab, master = self.terminal()
        first = self.read_until(master, "Enter: next step")
        self.assertIn("\x1b[1m 1/10", first)
        self.assertNotIn("2/10", first)
        self.assertFalse(select.select([master], [], [], 0.5)[0], "it goes on without Enter")
        os.write(master, b"\n")
        self.assertIn(" 2/10", self.read_until(master, "Enter: next step"))
        self.assertEqual(1, len(self.podrun.pods()))
        lab.send_signal(signal.SIGINT)
        self.assertEqual(130, lab.wait(20))
        self.assertEqual([], self.podrun.pods())

    def test_ends_by_q_and_has_no_colours(self) -> None:
        lab, master = self.terminal(NO_COLOR="1")
        self.assertNotIn("\x1b", self.read_until(master, "Enter: next step"))
        os.write(master, b"q\n")
        self.assertEqual(0, lab.wait(20))
        self.assertEqual([], self.podrun.pods())

    def test_pods_of_a_killed_lab_go_with_the_next(self) -> None:
        lab, master = self.terminal()
        self.read_until(master, "Enter: next step")
        lab.kill()
        lab.wait(20)
        self.assertEqual(1, len(self.podrun.pods()))
        other, master = self.terminal()
        self.read_until(master, "Enter: next step")
        self.assertEqual(1, len(self.podrun.pods()))
        os.write(master, b"q\n")
        self.assertEqual(0, other.wait(20))
        wait_for(lambda: not self.podrun.pods(), "no pods")
