"""exec: codes, streams, terminals, and that nothing of it stays."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import time

from harness.case import PodTestCase
from harness.manifest import container, pod, waiting_pod
from harness.stream import Stream
from harness.waiting import wait_for


class Exec(PodTestCase):
    in_vm = frozenset({"test_exit_codes", "test_terminal", "test_killed_client_ends_the_command", "test_background_child_does_not_hold_exec"})

    def setUp(self) -> None:
        super().setUp()
        self.running(pod("target", container("app", "/probe", "wait"), container("other", "/probe", "wait")))

    def test_exit_codes(self) -> None:
        for command, code in (("true", 0), ("exit 3", 3), ("exit 255", 255), ("kill -KILL $$", 137), ("kill -TERM $$", 143)):
            self.stage = command
            self.assertEqual(code, self.podrun.exec("target", "sh", "-c", command).code)

    def test_streams_are_apart(self) -> None:
        result = self.podrun.exec("target", "sh", "-c", "echo out; echo err >&2")
        self.assertEqual(("out\n", "err\n"), (result.out, result.err.replace('Defaulted container "app" out of: app, other\n', "")))

    def test_container_is_chosen(self) -> None:
        for name in ("app", "other"):
            self.podrun.exec("target", "sh", "-c", f"echo {name} > /name", container=name)
        for name in ("app", "other"):
            self.assertEqual(f"{name}\n", self.podrun.exec("target", "cat", "/name", container=name).out)

    def test_stdin(self) -> None:
        contents = os.urandom(3 << 20)
        result = subprocess.run(
            [str(self.podrun.binary), "exec", "-i", "target", "-c", "app", "--", "cat"],
            input=contents, capture_output=True, timeout=60, check=False,
        )
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertEqual(contents, result.stdout)

    def test_without_i_stdin_is_empty(self) -> None:
        self.assertEqual("", self.podrun.exec("target", "cat", input="not for the container").out)

    def test_terminal(self) -> None:
        """A shell on a terminal: it is one, it has our size, what is typed arrives, its exit code comes back."""
        child, master = pty.fork()
        if child == 0:
            os.execv(self.podrun.binary, [str(self.podrun.binary), "exec", "-it", "target", "-c", "app", "--", "sh"])
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 111, 0, 0))
        screen = Stream(master)
        os.write(master, b"tty; echo si''ze $(stty size) TERM=$TERM\n")
        self.assertIn(b"/dev/", screen.until(b"size 33 111 TERM=xterm"))
        os.write(master, b"exit 7\n")
        _, status = os.waitpid(child, 0)
        os.close(master)
        self.assertEqual(7, os.waitstatus_to_exitcode(status))

    def test_missing_command(self) -> None:
        result = self.podrun.exec("target", "no-such-program")
        self.assertIn(result.code, (1, 126, 127))
        self.assertIn('exec: "no-such-program": executable file not found in $PATH', result.err)

    def test_missing_pod_and_container(self) -> None:
        result = self.podrun.exec("nobody", "true")
        self.assertEqual((1, True), (result.code, 'pods "nobody" not found' in result.err), result)
        result = self.podrun.exec("target", "true", container="nothing")
        self.assertEqual(1, result.code)
        self.assertIn("nothing", result.err)

    def test_ended_container(self) -> None:
        self.finished(pod("ended", container("app", "/probe", "exit", "0"), restartPolicy="Never"))
        result = self.podrun.exec("ended", "true")
        self.assertEqual(1, result.code)
        self.assertIn("not running", result.err.lower().replace("cannot exec into a container in a completed pod", "not running"))

    def test_background_child_does_not_hold_exec(self) -> None:
        result = self.podrun.exec("target", "sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo started")
        self.assertEqual((0, "started\n"), (result.code, result.out))
        self.assertLess(result.seconds, 10)

    def test_killed_client_ends_the_command(self) -> None:
        client = self.podrun.start("exec", "target", "-c", "app", "--", "sh", "-c", "echo started; exec sleep 12345")
        assert client.stdout is not None
        self.assertEqual(b"started\n", client.stdout.readline())
        client.kill()
        client.communicate()
        wait_for(lambda: "12345" not in self.podrun.exec("target", "ps", container="app").out, "end of the exec'd command")

    def test_many_at_once(self) -> None:
        """100 in parallel: every code comes back to the one who asked."""
        clients = [self.podrun.start("exec", "target", "-c", "app", "--", "/probe", "exit", str(code)) for code in range(100)]
        codes = []
        for client in clients:
            client.communicate()
            codes.append(client.returncode)
        self.assertEqual(list(range(100)), codes)

    def test_output_of_a_slow_reader(self) -> None:
        """The command waits for its reader, nothing is dropped and the agent does not grow."""
        client = self.podrun.start("exec", "target", "-c", "app", "--", "/probe", "count", "0", "200000")
        time.sleep(0.2)
        out, _ = client.communicate()
        self.assertEqual(200000, len(out.splitlines()))


class ExecInOneContainer(PodTestCase):
    def test_default_container(self) -> None:
        self.running(waiting_pod("single"))
        result = self.podrun.exec("single", "sh", "-c", "echo quiet")
        self.assertEqual(("quiet\n", ""), (result.out, result.err))
