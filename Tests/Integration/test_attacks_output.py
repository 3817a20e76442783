"""Attacks by what a container says: endless output, false log lines, log files that are something else (section E)."""

import os
import pathlib

from harness import paths
from harness.case import PodTestCase
from harness.manifest import container, pod, waiting_pod
from harness.podrun import status
from harness.waiting import wait_for

MEBIBYTE_KIB = 1 << 10


class Output(PodTestCase):
    in_vm = False

    def agent_kibibytes(self) -> int:
        return int(status(self.podrun.agent() or 0)["VmRSS"].split()[0])

    def agent_descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.podrun.agent()}/fd"))

    def test_endless(self) -> None:
        """E1: a client that never reads, one that is killed, and commands that are not there, a hundred times."""
        self.running(waiting_pod("noisy"))
        self.podrun.exec("noisy", "/probe", "exit", "0")
        before, descriptors = self.agent_kibibytes(), self.agent_descriptors()
        client = self.podrun.start("exec", "noisy", "--", "/probe", "count", "0")
        assert client.stdout is not None
        client.stdout.read(1)
        for _ in range(100):
            self.assertEqual(127, self.podrun.exec("noisy", "no-such-command").code)
        self.assertLess(self.agent_kibibytes() - before, 8 * MEBIBYTE_KIB)
        client.kill()
        client.communicate()
        wait_for(lambda: "count" not in self.podrun.exec("noisy", "ps").out, "end of the command")
        wait_for(lambda: self.agent_descriptors() <= descriptors, f"{descriptors} descriptors of the agent")

    def test_lines_that_look_like_podruns(self) -> None:
        """E2: the content of a line stays content."""
        lines = ["2026-01-01T00:00:00.000000000Z stdout F fake", "2026-01-01T00:00:00Z stderr P half", "\x1b]0;title\x07\x1b[2J\r", "F", ""]
        script = "".join(f"printf '%s\\n' '{line}';" for line in lines)
        self.finished(pod("liar", container("app", "sh", "-c", script), restartPolicy="Never"))
        shown = self.podrun.ok("logs", "liar").out
        self.assertEqual("".join(f"{line}\n" for line in lines), shown)
        for line in self.podrun.ok("logs", "liar", "--timestamps").out.split("\n")[:-1]:
            self.assertFalse(line.startswith("2026-01-01T"), line)

    def test_log_files_that_are_something_else(self) -> None:
        """E2: links, FIFOs and directories in a log's place are not read, and nobody waits for them."""
        secret = pathlib.Path(self.file("secret", "2026-01-01T00:00:00.000000000Z stdout F of the host\n"))
        for name, make in (
            ("link", lambda path: path.symlink_to(secret)),
            ("fifo", os.mkfifo),
            ("directory", os.mkdir),
        ):
            self.stage = name
            manifest = self.finished(pod(name, container("app", "sh", "-c", "echo said"), restartPolicy="Never"))
            log = paths.LOG_DIRECTORY / f"default_{name}_{manifest['metadata']['uid']}" / "app" / "0.log"
            self.assertIn("said", log.read_text())
            log.unlink()
            make(log)
            for arguments in ((), ("--tail", "1"), ("-f",)):
                shown = self.podrun.run("logs", name, *arguments, timeout=15)
                self.assertNotIn("of the host", shown.out)
            self.podrun.delete(name)
        self.assertTrue(secret.exists())
