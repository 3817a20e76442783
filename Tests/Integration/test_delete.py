"""delete: grace, SIGTERM that is ignored, everything that a container can leave behind."""

import time

from harness import paths
from harness.case import PodTestCase, rounds
from harness.manifest import container, pod, states, waiting_pod
from harness.podrun import command_line, processes, text
from harness.waiting import wait_for


class Delete(PodTestCase):
    in_vm = frozenset(
        {
            "test_children_that_hide",
            "test_cycles",
            "test_during_start",
            "test_ignored_sigterm_is_followed_by_sigkill",
            "test_logs_and_directories_are_gone",
        }
    )
    timeout_seconds = 240

    def deletion_seconds(self, name: str, *arguments: str) -> float:
        result = self.podrun.ok("delete", "pod", name, *arguments)
        self.assertIn(name, result.out)
        self.assertIsNone(self.podrun.pod(name))
        return result.seconds

    def test_sigterm_first(self) -> None:
        """What ends on SIGTERM ends at once, long before its grace."""
        self.running(waiting_pod("polite", terminationGracePeriodSeconds=30))
        self.assertLess(self.deletion_seconds("polite"), 20)

    def test_grace_is_given(self) -> None:
        """A container that needs two seconds after SIGTERM gets them."""
        mounts = [{"name": "data", "mountPath": "/data"}]
        app = container("app", "sh", "-c", "trap 'sleep 1.5; echo ended; exit 0' TERM; echo up; while :; do sleep 0.02; done", volumeMounts=mounts)
        self.running(pod("slow", app, terminationGracePeriodSeconds=20, volumes=[{"name": "data", "emptyDir": {}}]))
        wait_for(lambda: self.podrun.ok("logs", "slow").out == "up\n", "trap")
        follower = self.podrun.start("logs", "-f", "slow")
        seconds = self.deletion_seconds("slow")
        out, _ = follower.communicate(timeout=60)
        self.assertEqual(b"up\nended\n", out)
        self.assertTrue(1.4 <= seconds < 15, seconds)

    def test_ignored_sigterm_is_followed_by_sigkill(self) -> None:
        self.running(pod("deaf", container("app", "/probe", "stubborn"), terminationGracePeriodSeconds=3))
        seconds = self.deletion_seconds("deaf")
        self.assertTrue(2.9 <= seconds < 20, seconds)

    def test_network_namespace_that_somebody_holds(self) -> None:
        """A shell of the host in there (nsenter, tcpdump) does not keep the pod."""
        self.running(waiting_pod("entered"))
        (pid,) = [pid for pid in processes() if command_line(pid) == ["/probe", "wait"]]
        with open(f"/proc/{pid}/ns/net", "rb"):
            self.assertLess(self.deletion_seconds("entered"), 20)

    def test_now(self) -> None:
        self.running(pod("deaf", container("app", "/probe", "stubborn"), terminationGracePeriodSeconds=60))
        self.assertLess(self.deletion_seconds("deaf", "--now"), 25)

    def test_grace_period_of_the_command(self) -> None:
        self.running(pod("deaf", container("app", "/probe", "stubborn"), terminationGracePeriodSeconds=60))
        seconds = self.deletion_seconds("deaf", "--grace-period=2")
        self.assertTrue(1.9 <= seconds < 25, seconds)

    def test_a_second_delete_shortens_the_first(self) -> None:
        self.running(pod("deaf", container("app", "/probe", "stubborn"), terminationGracePeriodSeconds=60))
        self.podrun.ok("delete", "pod", "deaf", "--wait=false")
        wait_for(lambda: "Terminating" in self.podrun.ok("get", "pods").out, "Terminating")
        self.assertLess(self.deletion_seconds("deaf", "--now"), 25)

    def test_stop_signal_of_the_image(self) -> None:
        """STOPSIGNAL SIGINT: the container leaves by its own trap, not by SIGKILL at the end of the grace."""
        now = self.running(pod("signal", container("app", image="podrun-test:stop-signal"), terminationGracePeriodSeconds=20))
        self.assertEqual("SIGINT", states(now)["app"]["stopSignal"])
        self.assertLess(self.deletion_seconds("signal"), 15)

    def test_children_that_hide(self) -> None:
        """200 deaf children in sessions of their own die with the pod: cgroup.kill finds them."""
        self.running(pod("forks", container("app", "/probe", "fork", "200"), shareProcessNamespace=True))
        wait_for(lambda: self.podrun.ok("logs", "forks").out == "forked\n", "children")
        self.assertLess(self.deletion_seconds("forks", "--now"), 25)

    def test_during_start(self) -> None:
        """Deleting a pod that an init container holds up; and one in back-off."""
        hold = container("hold", "/probe", "stubborn")
        self.podrun.ok("apply", "--wait=false", "-", input=text(pod("held", container("app"), initContainers=[hold])))
        wait_for(lambda: "running" in states(self.podrun.pod("held") or {}).get("hold", {}).get("state", {}), "init container")
        self.deletion_seconds("held", "--now")
        self.podrun.run("apply", "-", input=text(pod("crashing", container("app", "/probe", "exit", "1"))))
        self.deletion_seconds("crashing")

    def test_of_a_pod_with_a_missing_image(self) -> None:
        self.podrun.run("apply", "-", input=text(pod("missing", container("app", image="no-such-image:1"))))
        self.assertLess(self.deletion_seconds("missing"), 20)

    def test_names_that_do_not_exist(self) -> None:
        result = self.podrun.run("delete", "pod", "nobody")
        self.assertEqual((1, 'Error from server (NotFound): pods "nobody" not found\n'), (result.code, result.err))
        self.podrun.ok("delete", "pod", "nobody", "--ignore-not-found")

    def test_file_and_all(self) -> None:
        path = self.file("pods.yaml", text(waiting_pod("one"), waiting_pod("two")))
        self.podrun.ok("apply", path)
        self.podrun.ok("delete", "-f", path, "--now")
        self.assertEqual([], self.podrun.pods())
        self.podrun.ok("apply", path)
        self.podrun.ok("delete", "pods", "--all", "--now")
        self.assertEqual([], self.podrun.pods())

    def test_deletes_in_parallel_are_one(self) -> None:
        self.running(pod("deaf", container("app", "/probe", "stubborn"), terminationGracePeriodSeconds=2))
        begin = time.monotonic()
        clients = [self.podrun.start("delete", "pod", "deaf") for _ in range(10)]
        for client in clients:
            client.communicate()
        self.assertIn(0, [client.returncode for client in clients])
        self.assertLess(time.monotonic() - begin, 20)
        self.assertIsNone(self.podrun.pod("deaf"))

    def test_logs_and_directories_are_gone(self) -> None:
        self.running(waiting_pod("traces"))
        uid = (self.podrun.pod("traces") or {})["metadata"]["uid"]
        self.podrun.delete("traces")
        for root in (paths.RUN_DIRECTORY, paths.DATA_DIRECTORY, paths.LOG_DIRECTORY):
            left = [str(path) for path in root.rglob("*") if uid in str(path)]
            self.assertEqual([], left)

    def test_cycles(self) -> None:
        """apply + delete again and again: nothing is left, and the last ones are not slower than the first."""
        cycles = rounds("PODRUN_CYCLES", 20)
        manifest = pod("cycle", container("a", "/probe", "wait"), container("b", "/probe", "stubborn"))
        times = []
        for self.stage in range(cycles):
            begin = time.monotonic()
            self.podrun.apply(manifest)
            self.podrun.ok("delete", "pod", "cycle", "--grace-period=0", "--force")
            times.append(time.monotonic() - begin)
        third = max(1, cycles // 3)
        self.assertLess(sum(times[-third:]), 3 * sum(times[:third]) + 5)
