"""What a container writes is what `logs` prints: all of it, once, in order."""

import re

from harness import paths
from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.waiting import wait_for

CRI_LINE = re.compile(rb"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d) (stdout|stderr) [PF] ")
PART = 16384


class Logs(PodTestCase):
    in_vm = frozenset({"test_both_streams", "test_long_lines_come_back_whole", "test_a_background_child_does_not_hold_the_end_up"})

    timeout_seconds = 400  # software emulation is ten times slower

    def log_file(self, name: str, attempt: int = 0) -> bytes:
        uid = (self.podrun.pod(name) or {})["metadata"]["uid"]
        return (paths.LOG_DIRECTORY / f"default_{name}_{uid}" / "app" / f"{attempt}.log").read_bytes()

    def test_both_streams(self) -> None:
        command = "echo out; echo err >&2; printf unfinished"
        self.finished(pod("streams", container("app", "sh", "-c", command), restartPolicy="Never"))
        self.assertEqual({"out", "err", "unfinished"}, set(self.podrun.ok("logs", "streams").out.split()))
        lines = self.log_file("streams").splitlines()
        self.assertEqual(3, len(lines))
        for line in lines:
            self.assertRegex(line, CRI_LINE)
        self.assertTrue(any(line.endswith(b" stderr F err") for line in lines))
        # No newline was written: the part stays a part.
        self.assertTrue(any(line.endswith(b" stdout P unfinished") or line.endswith(b" stdout F unfinished") for line in lines))

    def test_long_lines_come_back_whole(self) -> None:
        lengths = (0, 1, PART - 1, PART, PART + 1, 3 * PART, 1 << 20)
        command = container("app", "/probe", "lines", *map(str, lengths))
        self.finished(pod("long", command, restartPolicy="Never"))
        lines = self.podrun.ok("logs", "long").out.split("\n")
        self.assertEqual([*lengths, 0], [len(line) for line in lines])
        for line in self.log_file("long").splitlines():
            self.assertLessEqual(len(line.split(b" ", 3)[3]), PART)

    def test_bytes_are_kept(self) -> None:
        command = r"printf 'a\000b\377\r\033[31mred\n2026-01-01T00:00:00Z stdout F fake\n'"
        self.finished(pod("bytes", container("app", "sh", "-c", command), restartPolicy="Never"))
        expected = "a\0b\udcff\r\033[31mred\n2026-01-01T00:00:00Z stdout F fake\n"
        self.assertEqual(expected, self.podrun.ok("logs", "bytes").out)

    def test_tail(self) -> None:
        self.finished(pod("tail", container("app", "/probe", "count", "0", "1000"), restartPolicy="Never"))
        self.assertEqual("998\n999\n1000\n", self.podrun.ok("logs", "tail", "--tail", "3").out)
        self.assertEqual("", self.podrun.ok("logs", "tail", "--tail=0").out)
        self.assertEqual(1000, len(self.podrun.ok("logs", "tail").out.splitlines()))

    def test_timestamps(self) -> None:
        self.finished(pod("times", container("app", "/probe", "count", "0", "3"), restartPolicy="Never"))
        for line in self.podrun.ok("logs", "times", "--timestamps").out.splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d) \d$")

    def test_follow_ends_with_the_container(self) -> None:
        """Every number once, from the first to the last, although reading begins in the middle."""
        self.running(pod("follow", container("app", "/probe", "count", "1000", "1500"), restartPolicy="Never"))
        result = self.podrun.ok("logs", "-f", "follow")
        self.assertEqual([str(number) for number in range(1, 1501)], result.out.splitlines())

    def test_follow_that_is_interrupted(self) -> None:
        self.running(pod("endless", container("app", "/probe", "count", "1000")))
        follower = self.podrun.start("logs", "-f", "endless")
        assert follower.stdout is not None
        self.assertEqual(b"1\n", follower.stdout.readline())
        follower.kill()
        follower.communicate()
        self.assertEqual("Running", (self.podrun.pod("endless") or {})["status"]["phase"])

    def test_follow_through_rotation(self) -> None:
        """Twice the rotation's 10 MiB at full speed: what is followed is complete although files are rotated under it; 5 files at most stay."""
        last = 500_000
        self.podrun.apply(pod("rotating", container("app", "/probe", "count", "0", str(last)), restartPolicy="Never"))
        out = self.podrun.ok("logs", "-f", "rotating", timeout=300).out.split("\n")
        self.assertEqual("", out.pop())
        self.assertEqual((last, str(last)), (len(out), out[-1]))
        self.assertEqual(out, [str(number) for number in range(1, last + 1)])
        uid = (self.podrun.pod("rotating") or {})["metadata"]["uid"]
        files = list((paths.LOG_DIRECTORY / f"default_rotating_{uid}" / "app").iterdir())
        self.assertGreater(len(files), 1)
        self.assertLessEqual(len(files), 5)
        for file in files:
            self.assertLessEqual(file.stat().st_size, (10 << 20) + 2 * PART)

    def test_previous(self) -> None:
        mounts = [{"name": "data", "mountPath": "/data"}]
        app = container("app", "sh", "-c", "/probe restart /data/count; exec sleep 0.1", volumeMounts=mounts)
        self.podrun.apply(pod("previous", app, volumes=[{"name": "data", "emptyDir": {}}]))
        wait_for(lambda: self.podrun.run("logs", "--previous", "previous").out == "start 1\n", "log of the first instance")
        wait_for(lambda: self.podrun.run("logs", "previous").out == "start 2\n", "log of the second instance")

    def test_previous_without_a_restart(self) -> None:
        self.running(pod("only", container("app", "/probe", "wait")))
        result = self.podrun.run("logs", "--previous", "only")
        self.assertEqual(1, result.code)
        self.assertIn('previous terminated container "app" in pod "only" not found', result.err)

    def test_unknown_container(self) -> None:
        self.running(pod("known", container("app", "/probe", "wait")))
        result = self.podrun.run("logs", "known", "-c", "ap")
        self.assertEqual(1, result.code)
        self.assertIn("container ap is not valid for pod known", result.err)

    def test_two_containers(self) -> None:
        self.finished(pod("two", container("a", "echo", "from a"), container("b", "echo", "from b"), restartPolicy="Never"))
        self.assertEqual("from b\n", self.podrun.ok("logs", "two", "-c", "b").out)
        self.assertEqual("from a\n", self.podrun.ok("logs", "two").out)
        self.assertEqual({"from a", "from b"}, set(self.podrun.ok("logs", "two", "--all-containers").out.splitlines()))
        counting = [container(name, "seq", "20") for name in ("a", "b")]
        self.finished(pod("counting", *counting, restartPolicy="Never"))
        self.assertEqual(40, len(self.podrun.ok("logs", "-f", "counting", "--all-containers").out.splitlines()), "only -l ends at ten")

    def test_a_background_child_does_not_hold_the_end_up(self) -> None:
        """The container is over when its pid 1 is, whoever still has its stdout."""
        command = "setsid sleep 1000 & echo done"
        done = self.finished(pod("child", container("app", "sh", "-c", command), restartPolicy="Never"))
        self.assertEqual(0, states(done)["app"]["state"]["terminated"]["exitCode"])
        self.assertEqual("done\n", self.podrun.ok("logs", "child").out)
