"""kill -9 of podrun's own processes at random moments: containers go on, nothing is lost, nothing is left."""

import contextlib
import os
import random
import signal
import time
from datetime import datetime, timezone
from typing import Any

from harness import paths
from harness.case import PodTestCase, rounds
from harness.manifest import container, pod, states, waiting_pod
from harness.podrun import alive, command_line, executable, is_spare_keeper, processes, text
from harness.waiting import wait_for

KILLS = rounds("PODRUN_KILLS", 6)
COUNTERS = ("a", "b", "c")


def counting_pod(name: str, delay_microseconds: int = 10000) -> dict[str, Any]:
    return pod(name, *(container(each, "/probe", "count", str(delay_microseconds)) for each in COUNTERS))


def container_ids(pod_object: dict[str, Any] | None) -> dict[str, tuple[str, int]]:
    return {name: (entry.get("containerID", ""), entry["restartCount"]) for name, entry in states(pod_object or {}).items()}


class Crashes(PodTestCase):
    in_vm = frozenset({"test_agent", "test_agent_during_apply", "test_all_at_once", "test_keeper"})
    timeout_seconds = 600

    def setUp(self) -> None:
        super().setUp()
        self.seed = int(os.environ.get("PODRUN_SEED", random.randrange(1 << 30)))
        self.random = random.Random(self.seed)
        self.stage = f"PODRUN_SEED={self.seed}"

    def counters(self, name: str) -> dict[str, list[int]]:
        return {each: [int(line) for line in self.podrun.ok("logs", name, "-c", each).out.split()] for each in COUNTERS}

    def assert_continuous(self, name: str) -> None:
        for each, numbers in self.counters(name).items():
            self.assertGreater(len(numbers), 10)
            missing = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
            self.assertEqual([], missing, f"lines of {each} lost")
            self.assertEqual(list(range(1, len(numbers) + 1)), numbers, f"lines of {each} doubled or out of order")

    def keepers(self) -> list[int]:
        return [pid for pid in processes() if executable(pid).startswith("/memfd:podrun-keeper") and not is_spare_keeper(pid)]

    def test_agent(self) -> None:
        """Three counters run through kill after kill: same containers, no restart, every number once."""
        self.running(counting_pod("counting"))
        before = container_ids(self.podrun.pod("counting"))
        uid = (self.podrun.pod("counting") or {})["metadata"]["uid"]
        for number in range(KILLS):
            self.stage = f"PODRUN_SEED={self.seed} kill {number}"
            time.sleep(self.random.random() * 0.1)
            self.podrun.kill_agent()
            if self.random.random() < 0.5:
                time.sleep(self.random.random() * 0.1)
            begin = time.monotonic()
            after = self.podrun.pod("counting") or {}
            self.assertLess(time.monotonic() - begin, 20)
            self.assertEqual((uid, "Running"), (after["metadata"]["uid"], after["status"]["phase"]))
            self.assertEqual(before, container_ids(after))
        self.assert_continuous("counting")

    def test_exit_without_an_agent(self) -> None:
        """A container that ends while no agent lives is shown with its true code and time."""
        command = "until test -e /go; do sleep 0.02; done; exit 37"
        self.running(pod("orphan", container("app", "sh", "-c", command), restartPolicy="Never"))
        (shell,) = [pid for pid in processes() if command_line(pid)[-1:] == [command]]
        self.podrun.kill_agent()
        told = datetime.now(timezone.utc).replace(microsecond=0)
        open(f"/proc/{shell}/root/go", "w", encoding="ascii").close()
        wait_for(lambda: not alive(shell), "end of the container")
        ended = datetime.now(timezone.utc)
        time.sleep(1.2)  # the time that must not be taken for the container's end
        done = self.podrun.wait_phase("orphan", "Failed")
        terminated = states(done)["app"]["state"]["terminated"]
        self.assertEqual((37, "Error"), (terminated["exitCode"], terminated["reason"]))
        finished = datetime.fromisoformat(terminated["finishedAt"].replace("Z", "+00:00"))
        self.assertTrue(told <= finished <= ended, (told, finished, ended))

    def test_restart_count_and_back_off_survive(self) -> None:
        self.podrun.apply(pod("crashing", container("app", "/probe", "exit", "4")))

        def entry() -> dict[str, Any]:
            return states(self.podrun.pod("crashing") or {})["app"]

        wait_for(lambda: entry()["restartCount"] == 1 and "waiting" in entry()["state"], "back-off")
        last = entry()["lastState"]["terminated"]
        for _ in range(3):
            self.podrun.kill_agent()
            after = entry()
            ended = datetime.fromisoformat(last["finishedAt"].replace("Z", "+00:00"))
            if (datetime.now(timezone.utc) - ended).total_seconds() < 10:  # on a slow machine they may be over
                self.assertEqual((1, last), (after["restartCount"], after["lastState"]["terminated"]))
        wait_for(lambda: entry()["restartCount"] == 2, "second restart")
        wait_for(lambda: "back-off 20s" in entry()["state"].get("waiting", {}).get("message", ""), "doubled back-off")

    def test_agent_during_apply(self) -> None:
        """Killed at any moment of an apply: the next apply ends well with one pod, and delete leaves nothing."""
        manifest = pod("half", container("a", "/probe", "wait"), container("b", "/probe", "wait"))
        self.podrun.pods()  # an agent runs
        for number in range(KILLS):
            self.stage = f"PODRUN_SEED={self.seed} kill {number}"
            client = self.podrun.start("apply", "-", stdin=open(self.file("half.json", text(manifest)), "rb"))
            time.sleep(self.random.random() * 0.03)
            agent = self.podrun.agent()
            if agent is not None:
                os.kill(agent, signal.SIGKILL)
            client.communicate(timeout=60)
            self.podrun.apply(manifest)
            wait_for(lambda: self.all_run("half"), "both containers")
            self.assertEqual(1, len(self.podrun.pods()))
            self.assertEqual([0, 0], [entry["restartCount"] for entry in states(self.podrun.pod("half") or {}).values()])
            self.assertEqual(1, len(self.keepers()))
            self.podrun.delete("half")

    def all_run(self, name: str) -> bool:
        entries = states(self.podrun.pod(name) or {}).values()
        return bool(entries) and all("running" in entry["state"] for entry in entries)

    def test_agent_during_delete(self) -> None:
        manifest = pod("going", container("a", "/probe", "wait"), container("b", "/probe", "stubborn"))
        for number in range(KILLS):
            self.stage = f"PODRUN_SEED={self.seed} kill {number}"
            self.running(manifest)
            client = self.podrun.start("delete", "pod", "going", "--now")
            time.sleep(self.random.random() * 0.03)
            agent = self.podrun.agent()
            if agent is not None:
                os.kill(agent, signal.SIGKILL)
            client.communicate(timeout=60)
            self.podrun.ok("delete", "pod", "going", "--now", "--ignore-not-found")
            self.assertIsNone(self.podrun.pod("going"))

    def test_command_line(self) -> None:
        """The command is killed while it applies, execs, follows logs, deletes: the same command again ends well."""
        manifest = text(counting_pod("target"))
        for number in range(KILLS):
            self.stage = f"PODRUN_SEED={self.seed} kill {number}"
            for arguments in (("apply", "-"), ("exec", "target", "-c", "a", "--", "/probe", "exit", "0"), ("logs", "-f", "target", "-c", "a"),
                              ("delete", "pod", "target", "--now", "--ignore-not-found")):
                client = self.podrun.start(*arguments, stdin=open(self.file("target.json", manifest), "rb"))
                time.sleep(self.random.random() * 0.02)
                client.kill()
                client.communicate()
                if arguments[0] == "apply":
                    self.podrun.ok("apply", "-", input=manifest)
                elif arguments[0] != "logs":
                    self.podrun.ok(*arguments)
        self.assertEqual([], self.podrun.pods())

    def test_keeper(self) -> None:
        """Without its keeper a pod is not left half alive: it is made anew within 10 s, containers die with the keeper."""
        self.running(counting_pod("headless"))
        (keeper,) = self.keepers()
        probes = [pid for pid in processes() if command_line(pid)[:2] == ["/probe", "count"]]
        self.assertEqual(len(COUNTERS), len(probes))
        os.kill(keeper, signal.SIGKILL)
        wait_for(lambda: not any(alive(pid) for pid in probes), "end of the containers")

        def renewed() -> bool:
            return self.all_run("headless") and all(pid != keeper for pid in self.keepers())

        wait_for(renewed, "pod with a new keeper")
        self.assertTrue(all(entry["restartCount"] == 1 for entry in states(self.podrun.pod("headless") or {}).values()))

    def test_keeper_at_any_moment(self) -> None:
        """Its keeper or the spare one, while a pod is made, runs or goes: the pod comes up, and goes without a trace."""
        manifest = pod("headless", container("a", "/probe", "wait"), container("b", "/probe", "wait"))
        for number in range(KILLS):
            self.stage = f"PODRUN_SEED={self.seed} kill {number}"
            client = self.podrun.start("apply", "-", stdin=open(self.file("headless.json", text(manifest)), "rb"))
            time.sleep(self.random.random() * 0.03)
            self.kill_a_keeper()
            client.communicate(timeout=60)
            wait_for(lambda: self.all_run("headless"), "both containers")
            client = self.podrun.start("delete", "pod", "headless", "--now")
            time.sleep(self.random.random() * 0.03)
            self.kill_a_keeper()
            client.communicate(timeout=60)
            self.assertEqual([], self.podrun.pods())

    def kill_a_keeper(self) -> None:
        keepers = [pid for pid in processes() if executable(pid).startswith("/memfd:podrun-keeper")]
        if keepers:
            os.kill(self.random.choice(keepers), signal.SIGKILL)

    def test_keeper_of_a_pod_that_never_restarts(self) -> None:
        self.running(pod("once", container("app", "/probe", "wait"), restartPolicy="Never"))
        (keeper,) = self.keepers()
        os.kill(keeper, signal.SIGKILL)
        failed = self.podrun.wait_phase("once", "Failed")
        self.assertEqual(137, states(failed)["app"]["state"]["terminated"]["exitCode"])

    def test_pause(self) -> None:
        """Without pause the pod's namespaces would be lost: the pod is made anew."""
        self.running(waiting_pod("sleepless"))
        pause = [pid for pid in processes() if "pause" in executable(pid) or command_line(pid)[:1] == ["/pause"]]
        self.assertEqual(1, len(pause))
        os.kill(pause[0], signal.SIGKILL)

        def renewed() -> bool:
            now = [pid for pid in processes() if "pause" in executable(pid) or command_line(pid)[:1] == ["/pause"]]
            return bool(now) and now != pause and self.all_run("sleepless")

        wait_for(renewed, "pod with a new pause")

    def test_all_at_once(self) -> None:
        """agent, keepers and pauses: every pod comes back or is cleaned."""
        for name in ("one", "two"):
            self.running(waiting_pod(name))
        agent = self.podrun.agent()
        assert agent is not None
        for pid in [agent, *(pid for pid in processes() if executable(pid).startswith("/memfd:"))]:
            # A keeper that waits for a pod ends with its agent.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for name in ("one", "two"):
            wait_for(lambda name=name: self.all_run(name), f"pod {name!r} running again")

    def test_state_that_can_not_be_read(self) -> None:
        """What lives of the pod, keeper and all, is ended, and the pod begins again: nothing of it is left twice."""
        self.running(waiting_pod("unread"))
        before = self.podrun.pod("unread") or {}
        (former,) = self.keepers()
        agent = self.podrun.agent()
        assert agent is not None
        os.kill(agent, signal.SIGSTOP)
        (paths.RUN_DIRECTORY / "pods" / before["metadata"]["uid"] / "state.json").write_text('{"version":1')
        os.kill(agent, signal.SIGKILL)
        wait_for(lambda: self.all_run("unread") and container_ids(self.podrun.pod("unread")) != container_ids(before), "a new container")
        (keeper,) = self.keepers()
        self.assertNotEqual(former, keeper)

    def test_agent_that_is_stopped(self) -> None:
        """SIGSTOP for a while: containers and their logs go on, nothing is restarted afterwards."""
        self.running(counting_pod("steady"))
        before = container_ids(self.podrun.pod("steady"))
        agent = self.podrun.agent()
        assert agent is not None
        os.kill(agent, signal.SIGSTOP)
        time.sleep(2)
        os.kill(agent, signal.SIGCONT)
        self.assertEqual(before, container_ids(self.podrun.pod("steady")))
        self.assert_continuous("steady")
