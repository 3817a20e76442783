"""A pod that takes what it can get: another pod's probes come in time, commands are answered, and the agent does not grow."""

import os
import time
from collections.abc import Callable
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.podrun import status, text
from harness.server import Exchange, Server
from harness.waiting import wait_for

#: What a quiet host needs for `podrun get`, seconds. Where it takes longer everything may take longer.
QUIET = 0.05
#: The bars, seconds: probes' lateness at the 99th percentile, and an answer to `podrun get`.
PROBE, ANSWER = 0.5, 2.0
#: Natively somebody else may use the processors, too.
LEAST_SLOWNESS = 1.0 if "PODRUN_VM" in os.environ else 4.0
#: Containers of the victim; each is probed once a second in two ways.
PROBED = 5

FORK_BOMB = "bomb() { bomb | bomb & }; bomb 2>/dev/null; while :; do bomb 2>/dev/null; done"
MEMORY_HOG = "while :; do /probe memory +1000000000; done"


class HostilePods(PodTestCase):
    in_vm = frozenset({"test_everything_at_once"})
    timeout_seconds = 600

    def test_log_and_descriptor_floods(self) -> None:
        """What needs no controllers to be held: two containers that write without end, two that open files without end."""
        flood = "yes this is the same line again and again"
        limited = "ulimit -n 65536; exec /probe descriptors"
        self.attack(
            lambda: self.said("log") and int(self.said("files") or 0) > 1000,
            container("log", "sh", "-c", flood), container("errors", "sh", "-c", f"{flood} >&2"),
            container("files", "sh", "-c", limited), container("more-files", "sh", "-c", limited),
        )  # fmt: skip

    def test_everything_at_once(self) -> None:
        """A fork bomb, a memory hog, a log flood and a flood of files, each in a container of one pod."""
        self.needs_controllers("cpu", "memory", "pids")
        limits = {"resources": {"limits": {"memory": "128Mi"}}}
        self.attack(
            lambda: bool(self.said("log")),
            container("forks", "sh", "-c", FORK_BOMB, **limits), container("memory", "sh", "-c", MEMORY_HOG, **limits),
            container("log", "sh", "-c", "yes this is the same line again and again", **limits),
            container("files", "/probe", "descriptors", **limits),
        )  # fmt: skip

    def said(self, name: str) -> str:
        return self.podrun.run("logs", "hostile", "-c", name, "--tail=1").out

    def attack(self, has_begun: Callable[[], bool], *attackers: dict[str, Any]) -> None:
        """Measures a quiet host, then one with these containers, and compares."""
        with Watch() as server:
            address, port = server.host.split(":")

            def probe(path: str) -> dict[str, Any]:
                action = {"httpGet": {"host": address, "port": int(port), "path": path}}
                return {**action, "periodSeconds": 1, "failureThreshold": 1000, "timeoutSeconds": 30}

            names = [f"app{number}" for number in range(PROBED)]
            victims = [
                container(
                    name, "/probe", "wait", readinessProbe=probe(f"/ready/{name}"), livenessProbe=probe(f"/live/{name}"),
                    resources={"requests": {"cpu": "100m", "memory": "16Mi"}},
                )
                for name in names
            ]  # fmt: skip
            self.running(pod("victim", *victims))
            wait_for(lambda: all(self.ready("victim", name) for name in names), "readiness")
            quiet, quiet_answer = self.measure(server, 3)
            agent = self.podrun.agent() or 0
            before = int(status(agent)["VmRSS"].split()[0])
            self.podrun.ok("apply", "--wait=false", "-f", self.file("hostile.json", text(pod("hostile", *attackers))))
            wait_for(has_begun, "attack", 120)
            late, answer = self.measure(server, 6)
            slowness = max(LEAST_SLOWNESS, quiet_answer / QUIET)
            figures = f"probes late by {quiet:.3f} s, then {late:.3f} s; get {quiet_answer:.3f} s, then {answer:.3f} s"
            print(f"     {figures}", flush=True)
            self.assertLess(late - quiet, PROBE * slowness, figures)
            self.assertLess(answer, ANSWER * slowness, figures)
            self.assertTrue(all(self.ready("victim", name) for name in names))
            self.assertEqual({0}, {entry["restartCount"] for entry in states(self.podrun.pod("victim") or {}).values()})
            self.assertEqual(agent, self.podrun.agent(), "the agent died")
            self.assertLess(int(status(agent)["VmRSS"].split()[0]) - before, 8 << 10)
            self.podrun.ok("exec", "victim", "-c", names[0], "--", "/probe", "exit", "0")
            self.podrun.delete("hostile")

    def measure(self, server: "Watch", seconds: int) -> tuple[float, float]:
        """For so long: how late the latest of a hundred probes is, and how long the longest `podrun get` takes."""
        begin, end = time.monotonic(), time.monotonic() + seconds
        longest = 0.0
        while time.monotonic() < end:
            longest = max(longest, self.podrun.ok("get", "pods").seconds)
        return server.lateness(begin, time.monotonic()), longest

    def ready(self, name: str, which: str) -> bool:
        return states(self.podrun.pod(name) or {}).get(which, {}).get("ready", False)


class Watch(Server):
    """Answers probes that come once a second, and notes when."""

    def __init__(self) -> None:
        super().__init__()
        self.times: dict[str, list[float]] = {}

    def handle(self, exchange: Exchange) -> None:
        self.times.setdefault(exchange.request.path, []).append(time.monotonic())
        exchange.answer(200, {}, b"")

    def lateness(self, begin: float, end: float) -> float:
        """The 99th percentile of how much longer than a second it took from one probe to the next; a probe that has still not
        come counts, too."""
        late = []
        for times in list(self.times.values()):
            seen = [at for at in times if at < begin][-1:] + [at for at in times if begin <= at <= end]
            late += [after - before - 1 for before, after in zip(seen, seen[1:])]
            late.append(end - (seen[-1] if seen else begin) - 1)
        return max(0.0, sorted(late)[int(0.99 * (len(late) - 1))])
