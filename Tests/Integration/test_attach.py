"""attach: a container's output as it comes, its input, its terminal; and that it never waits for us."""

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator

from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.stream import SECONDS, Stream
from harness.waiting import wait_for


class Attach(PodTestCase):
    in_vm = False

    @contextlib.contextmanager
    def attached(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        client = self.podrun.start("attach", *arguments, stdin=subprocess.PIPE)
        try:
            yield client
        finally:
            client.kill()
            client.communicate()

    def logged(self, name: str, wanted: str) -> None:
        wait_for(lambda: wanted in self.podrun.ok("logs", name).out, f"{wanted!r} in the log", SECONDS)

    def test_output(self) -> None:
        """From now on, unfinished lines too, both streams; ends with the container, but not with its code."""
        script = "echo before; read a; printf 'name: '; read a; echo oops >&2; exit 3"
        self.running(pod("talker", container("app", "sh", "-c", script, stdin=True), restartPolicy="Never"))
        self.logged("talker", "before")
        with self.attached("talker", "-i", "-q") as client:
            out, err = Stream(client.stdout.fileno()), Stream(client.stderr.fileno())
            client.stdin.write(b"go\n")
            client.stdin.flush()
            self.assertEqual(b"name: ", out.until(b"name: "))
            self.assertNotIn("name", self.podrun.ok("logs", "talker").out)
            client.stdin.write(b"go\n")
            client.stdin.flush()
            self.assertEqual(b"oops\n", err.until(b"oops\n"))
            self.assertEqual(0, client.wait(SECONDS))
        self.podrun.wait_phase("talker", "Failed")
        result = self.podrun.run("attach", "talker")
        self.assertEqual((1, "error: cannot attach a container in a completed pod; current phase is Failed\n"),
                         (result.code, result.err))

    def test_input_stays_open(self) -> None:
        """Each client's input reaches the container, which does not see where one ends and the next begins."""
        self.running(pod("reader", container("app", "sh", "-c", "while read line; do echo got $line; done; echo end", stdin=True)))
        for word in ("one", "two"):
            result = self.podrun.ok("attach", "-q", "-i", "reader", input=word + "\n")
            self.assertEqual("", result.err)
            self.logged("reader", f"got {word}")
        self.assertNotIn("end", self.podrun.ok("logs", "reader").out)

    def test_input_ends_once(self) -> None:
        """stdinOnce: the end of the first client's input is the end of the container's; its output comes to the end."""
        once = container("app", "sh", "-c", "wc -c; echo end", stdin=True, stdinOnce=True)
        self.running(pod("once", once, restartPolicy="Never"))
        data = b"x" * 300_000
        result = self.podrun.ok("attach", "-q", "-i", "once", input=data)
        self.assertEqual("300000\nend\n", result.out.lstrip())
        self.podrun.wait_phase("once", "Succeeded")

    def test_without_stdin(self) -> None:
        self.running(pod("silent", container("app", "sh", "-c", "readlink /proc/self/fd/0; exec sleep 1000")))
        self.logged("silent", "/dev/null")
        with self.attached("silent", "-i", "-t") as client:
            err = Stream(client.stderr.fileno())
            err.until(b"has no stdin")
            client.send_signal(signal.SIGINT)
            self.assertEqual(-signal.SIGINT, client.wait(SECONDS))
        self.assertEqual("Running", self.podrun.pod("silent")["status"]["phase"])

    def test_what_can_not_be_attached_to(self) -> None:
        result = self.podrun.run("attach", "nobody")
        self.assertEqual((1, 'Error from server (NotFound): pods "nobody" not found\n'), (result.code, result.err))
        self.running(pod("two", container("app", "/probe", "wait"), container("other", "/probe", "wait")))
        result = self.podrun.run("attach", "two", "-c", "third")
        self.assertEqual((1, "error: cannot attach to the container: container third not found in pod two\n"),
                         (result.code, result.err))
        with self.attached("two", "-t") as client:
            err = Stream(client.stderr.fileno())
            self.assertIn(b'Defaulted container "app" out of: app, other\n', err.until(b"other\n"))

    def test_agent_comes_and_goes(self) -> None:
        """Only the client and the pod's keeper are in it."""
        self.running(pod("echo", container("app", "cat", stdin=True)))
        with self.attached("echo", "-i") as client:
            out = Stream(client.stdout.fileno())
            for word in (b"before\n", b"without\n", b"after\n"):
                client.stdin.write(word)
                client.stdin.flush()
                out.until(word)
                if word == b"before\n":
                    self.podrun.kill_agent()
                if word == b"without\n":
                    self.podrun.ok("get", "pods")
            self.assertIsNone(client.poll())
            with self.attached("echo", "-i") as second:
                second.stdin.write(b"second\n")
                second.stdin.flush()
                out.until(b"second\n")
                Stream(second.stdout.fileno()).until(b"second\n")

    def test_client_that_does_not_read(self) -> None:
        """The container runs to its end, with a log that is whole, and the client says that it missed something."""
        script = "read a; head -c 60000000 /dev/zero | tr '\\0' x; echo end"
        self.running(pod("flood", container("app", "sh", "-c", script, stdin=True), restartPolicy="Never"))
        with self.attached("flood", "-i") as client:
            # It has asked by the time that its input is read.
            client.stdin.write(b"go\n")
            client.stdin.flush()
            Stream(client.stdout.fileno()).until(b"x")
            client.send_signal(signal.SIGSTOP)
            self.podrun.wait_phase("flood", "Succeeded", seconds=SECONDS)
            client.send_signal(signal.SIGCONT)
            out, err = client.communicate(timeout=SECONDS)
            self.assertEqual(1, client.returncode)
            self.assertIn(b"was lost before its end", err)
            self.assertLess(len(out), 60_000_000)

    def test_reader_that_is_slow(self) -> None:
        """What is read at last is all of it: the command takes more than its reader does."""
        script = "read a; head -c 20000000 /dev/zero | tr '\\0' x; echo end"
        self.running(pod("slow", container("app", "sh", "-c", script, stdin=True), restartPolicy="Never"))
        with self.attached("slow", "-i") as client:
            client.stdin.write(b"go\n")
            client.stdin.flush()
            self.podrun.wait_phase("slow", "Succeeded", seconds=SECONDS)
            out, _ = client.communicate(timeout=SECONDS)
            self.assertEqual((20_000_004, b"end\n", 0), (len(out), out[-4:], client.returncode))

    def test_terminal(self) -> None:
        """It has our size, Ctrl-C is the container's, what is typed is not echoed twice, our terminal is put back."""
        script = "trap 'echo interrupted; exit 4' INT; stty -echo; while read line; do echo got $line $(stty size); done"
        self.running(pod("shell", container("app", "sh", "-c", script, stdin=True, tty=True)))
        child, master = pty.fork()
        if child == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 22, 70, 0, 0))
            os.execv(self.podrun.binary, [str(self.podrun.binary), "attach", "-it", "shell"])
        screen = Stream(master)
        self.assertTrue(termios.tcgetattr(master)[3] & termios.ECHO)
        self.assertEqual(
            b"All commands and output from this session will be recorded in container logs, including credentials and "
            b"sensitive information passed through the command prompt.\r\n"
            b"If you don't see a command prompt, try pressing enter.\r\n", screen.until(b"enter.\r\n"))
        wait_for(lambda: not termios.tcgetattr(master)[3] & termios.ECHO, "a raw terminal", SECONDS)

        def answer() -> bytes:
            os.write(master, b"x\n")
            return screen.until(b"\r\n")

        wait_for(lambda: answer() == b"got x 22 70\r\n", "the terminal's size", SECONDS)
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 111, 0, 0))
        wait_for(lambda: answer() == b"got x 33 111\r\n", "its new size", SECONDS)
        os.write(master, b"\x03")
        screen.until(b"interrupted\r\n")
        screen.until(b"Session ended, resume using 'podrun attach shell -c app -n default -i -t' command when the pod is running\r\n")
        _, status = os.waitpid(child, 0)
        self.assertEqual(0, os.waitstatus_to_exitcode(status))
        self.assertTrue(termios.tcgetattr(master)[3] & termios.ECHO, "the terminal was put back")
        os.close(master)
        wait_for(lambda: "got x 33 111\r\n" in self.podrun.run("logs", "--previous", "shell").out, "the log", SECONDS)

    def test_terminal_of_the_container_only(self) -> None:
        """Input that is no terminal is passed on as it is."""
        self.running(pod("half", container("app", "sh", "-c", "stty -echo; while read line; do echo got $line; done", stdin=True, tty=True)))
        with self.attached("half", "-it") as client:
            Stream(client.stderr.fileno()).until(b"Unable to use a TTY - input is not a terminal or the right kind of file\n")
            client.stdin.write(b"hello\n")
            client.stdin.flush()
            Stream(client.stdout.fileno()).until(b"got hello\r\n")
