"""debug: an ephemeral container beside those of a running pod."""

import fcntl
import os
import pty
import re
import struct
import termios
from typing import Any

from harness.case import PodTestCase
from harness.manifest import IMAGE, container, pod
from harness.stream import SECONDS, Stream
from harness.waiting import wait_for


class Debug(PodTestCase):
    in_vm = False

    def setUp(self) -> None:
        super().setUp()
        app = container("app", "sh", "-c", "echo secret > /note; exec sleep 12345")
        self.running(pod("web", app, container("other", "sleep", "54321")))

    def debug(self, *arguments: str, name: str = "look", **options: Any) -> Any:
        return self.podrun.run("debug", "web", "--image", IMAGE, "-c", name, *arguments, **options)

    def status(self, name: str = "look") -> dict[str, Any]:
        statuses = self.podrun.pod("web")["status"].get("ephemeralContainerStatuses", [])
        return next((status for status in statuses if status["name"] == name), {"state": {}})

    def ended(self, name: str = "look") -> dict[str, Any]:
        return wait_for(lambda: self.status(name)["state"].get("terminated"), f"the end of {name}", SECONDS)

    def test_beside_the_others(self) -> None:
        """The pod's network, but processes and files of its own; runs once; the pod does not care how it ends."""
        before = self.podrun.pod("web")
        result = self.debug("--", "sh", "-c", "hostname; cat /proc/1/comm; test -e /note || echo no note; exit 5")
        self.assertEqual((0, "", ""), (result.code, result.out, result.err))
        end = self.ended()
        self.assertEqual((5, "Error"), (end["exitCode"], end["reason"]))
        self.assertEqual("web\nsh\nno note\n", self.podrun.ok("logs", "web", "-c", "look").out)
        after = self.podrun.pod("web")
        self.assertEqual("Running", after["status"]["phase"])
        self.assertEqual(before["status"]["containerStatuses"], after["status"]["containerStatuses"])
        self.assertEqual(0, self.status()["restartCount"])
        self.assertEqual(["look"], [one["name"] for one in after["spec"]["ephemeralContainers"]])
        self.assertEqual(2, after["metadata"]["generation"])
        described = self.podrun.ok("describe", "pod", "web").out
        self.assertRegex(described, r"(?s)Ephemeral Containers:\n  look:\n.*?Exit Code: +5\n")
        self.assertRegex(described, r"Normal +Started +\S+ +podrun\S* +spec\.ephemeralContainers\{look\}: Container started")

    def test_target(self) -> None:
        """Among the target's processes, with its files in reach."""
        script = "grep -a -c 12345 /proc/1/cmdline; cat /proc/1/root/note; ps | grep -c 54321"
        result = self.debug("--target", "app", "--", "sh", "-c", script)
        self.assertEqual(
            (0, 'Targeting container "app". If you don\'t see processes from this container it may be because the container '
                "runtime doesn't support this feature.\n"), (result.code, result.out))
        self.ended()
        # ps sees the grep that looks for it.
        self.assertEqual("1\nsecret\n", "".join(self.podrun.ok("logs", "web", "-c", "look").out.splitlines(True)[:2]))
        result = self.debug("--target", "nobody", name="second")
        self.assertEqual(1, result.code)
        self.assertIn('Pod "web" is invalid: spec.ephemeralContainers[1].targetContainerName: Not found: "nobody"', result.err)
        result = self.debug(name="app")
        self.assertIn('spec.ephemeralContainers[1].name: Duplicate value: "app"', result.err)

    def test_input(self) -> None:
        """-i attaches; exec and attach work on it while it runs; nobody notices an agent that comes and goes."""
        client = self.podrun.start(
            "debug", "web", "--image", IMAGE, "-i", "--", "sh", "-c", "echo up; while read line; do echo got $line; done",
            stdin=-1)
        out = Stream(client.stdout.fileno())
        name = re.search(rb"^Defaulting debug container name to (debugger-[a-z0-9]{5})\.\n", out.until(b".\n"))[1].decode()
        Stream(client.stderr.fileno()).until(b"If you don't see a command prompt, try pressing enter.\n")
        client.stdin.write(b"one\n")
        client.stdin.flush()
        out.until(b"got one\n")
        self.podrun.kill_agent()
        self.assertEqual("hello\n", self.podrun.exec("web", "echo", "hello", container=name).out)
        self.assertIn("running", self.status(name)["state"])
        self.podrun.ok("attach", "web", "-q", "-i", "-c", name, input="two\n")
        out.until(b"got two\n")
        client.kill()
        client.communicate()
        self.assertIn("running", self.status(name)["state"])

    def test_terminal(self) -> None:
        child, master = pty.fork()
        if child == 0:
            os.execv(self.podrun.binary, [
                str(self.podrun.binary), "debug", "-it", "web", "--image", IMAGE, "-c", "shell", "--target=app", "--", "sh"])
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 111, 0, 0))
        screen = Stream(master)
        screen.until(b"try pressing enter.\r\n")
        wait_for(lambda: not termios.tcgetattr(master)[3] & termios.ECHO, "a raw terminal", SECONDS)
        os.write(master, b"echo si''ze $(stty size); grep CapEff /proc/self/status\n")
        screen.until(b"size 33 111\r\n")
        # SYS_PTRACE, as kubectl's profile "general" has it.
        self.assertTrue(int(re.search(rb"CapEff:\s+(\w+)\r\n", screen.until(b"\r\n"))[1], 16) & 1 << 19)
        os.write(master, b"exit 3\n")
        screen.until(
            b"Session ended, the ephemeral container will not be restarted but may be reattached using 'podrun attach web -c "
            b"shell -n default -i -t' if it is still running\r\n")
        _, status = os.waitpid(child, 0)
        self.assertEqual(0, os.waitstatus_to_exitcode(status))
        os.close(master)
        self.assertEqual(3, self.ended("shell")["exitCode"])

    def test_copy(self) -> None:
        """The copy has its own life; its containers see each other's processes."""
        self.podrun.ok("debug", "web", "--copy-to", "try", "--image", IMAGE, "-c", "look", "--", "sh", "-c",
                       "until ps | grep -q '[s]leep 12345'; do :; done; exec sleep 6789")
        try_pod = self.podrun.wait_phase("try", "Running", seconds=SECONDS)
        self.assertEqual(["app", "other", "look"], [one["name"] for one in try_pod["spec"]["containers"]])
        wait_for(lambda: "sleep 6789" in self.podrun.exec("try", "ps", container="app").out, "the processes", SECONDS)
        result = self.podrun.run("debug", "web", "--copy-to", "try", "--image", IMAGE, "-c", "look")
        self.assertEqual((1, 'Error from server (AlreadyExists): pods "try" already exists\n'), (result.code, result.err))
        self.podrun.ok("debug", "try", "--copy-to", "second", "--replace", "-c", "app", "--", "sleep", "4711")
        wait_for(lambda: self.podrun.pod("try") is None, "the end of the first copy", SECONDS)
        self.assertEqual(["sleep", "4711"], self.podrun.pod("second")["spec"]["containers"][0]["command"])
        self.assertEqual("Running", self.podrun.pod("web")["status"]["phase"])

    def test_what_fails(self) -> None:
        result = self.podrun.run("debug", "nobody", "--image", IMAGE)
        self.assertEqual(1, result.code)
        self.assertIn('pods "nobody" not found', result.err)
        result = self.debug("--image-pull-policy=Never", "--attach", "--", "true", name="look")
        self.assertEqual(0, result.code, result)
        self.podrun.ok("debug", "web", "--image", "missing:1", "--image-pull-policy=Never", "-c", "gone")
        wait_for(lambda: self.status("gone")["state"].get("waiting", {}).get("reason") == "ErrImageNeverPull", "its reason", SECONDS)
        self.assertEqual("Running", self.podrun.pod("web")["status"]["phase"])
        self.podrun.ok("debug", "web", "--image", IMAGE, "-c", "bad", "--", "/no/such/program")
        self.assertEqual("StartError", self.ended("bad")["reason"])
