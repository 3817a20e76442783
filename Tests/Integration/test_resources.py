"""Requests and limits: in the cgroup files where the host has controllers, refused with the fix where it has not."""

import os
import pathlib
from typing import Any

from harness import paths
from harness.case import PodTestCase
from harness.manifest import container, pod, states, waiting_pod
from harness.podrun import text
from harness.waiting import wait_for

MEBIBYTE = 1 << 20


def resources(requests: dict[str, str] | None = None, limits: dict[str, str] | None = None) -> dict[str, Any]:
    return {"resources": {key: value for key, value in (("requests", requests), ("limits", limits)) if value}}


class Limits(PodTestCase):
    """Needs controllers: in the VM."""

    def setUp(self) -> None:
        super().setUp()
        self.needs_controllers("cpu", "memory", "pids")

    def cgroup(self, name: str) -> pathlib.Path:
        """The container's own cgroup: found by the host pid of its first process."""
        root = paths.cgroup_root()
        assert root is not None
        uid = (self.podrun.pod(name) or {})["metadata"]["uid"]
        leaves = [pathlib.Path(file).parent for file in map(str, root.rglob("cgroup.procs")) if uid in file or uid.replace("-", "_") in file]
        populated = [leaf for leaf in leaves if any("/probe" in self.command(pid) for pid in (leaf / "cgroup.procs").read_text().split())]
        self.assertEqual(1, len(populated), leaves)
        return populated[0]

    @staticmethod
    def command(pid: str) -> str:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text(errors="replace")

    def values(self, name: str, *files: str) -> list[str]:
        group = self.cgroup(name)
        return [(group / file).read_text().strip() for file in files]

    def test_files(self) -> None:
        app = container("app", "/probe", "wait", **resources({"cpu": "100m", "memory": "32Mi"}, {"cpu": "500m", "memory": "64Mi"}))
        self.running(pod("burstable", app))
        self.assertEqual(
            ["17", "50000 100000", str(64 * MEBIBYTE), "0", "1"],
            self.values("burstable", "cpu.weight", "cpu.max", "memory.max", "memory.swap.max", "memory.oom.group"),
        )
        group = self.cgroup("burstable").parent
        self.assertEqual([str(64 * MEBIBYTE), "50000 100000", "2048"],
                         [(group / file).read_text().strip() for file in ("memory.max", "cpu.max", "pids.max")])

    def test_quality_of_service(self) -> None:
        table = (
            ("guaranteed", resources(None, {"cpu": "100m", "memory": "64Mi"}), "Guaranteed", "-997"),
            ("burstable", resources({"memory": "64Mi"}), "Burstable", None),
            ("best-effort", {}, "BestEffort", "1000"),
        )
        for name, fields, quality, score in table:
            self.stage = name
            status = self.running(pod(name, container("app", "/probe", "wait", **fields)))["status"]
            self.assertEqual(quality, status["qosClass"])
            actual = self.podrun.report(name)["oom_score_adj"].strip()
            self.assertTrue(actual == score if score else 3 <= int(actual) <= 999, actual)

    def test_out_of_memory(self) -> None:
        """Whoever of the container is the victim: all of it dies, 137, OOMKilled; the pod's other container lives."""
        for name, amount in (("itself", 200 * MEBIBYTE), ("child", 200 * MEBIBYTE)):
            self.stage = name
            argument = f"+{amount}" if name == "child" else str(amount)
            hog = container("app", "/probe", "memory", argument, **resources(None, {"memory": "40Mi"}))
            self.podrun.apply(pod(name, hog, container("other", "/probe", "wait"), restartPolicy="Never"))
            wait_for(lambda name=name: "terminated" in states(self.podrun.pod(name) or {})["app"]["state"], "end of the memory hog", 60)
            entries = states(self.podrun.pod(name) or {})
            ended = entries["app"]["state"]["terminated"]
            self.assertEqual(("OOMKilled", 137), (ended["reason"], ended["exitCode"]))
            self.assertIn("running", entries["other"]["state"])

    def test_out_of_memory_is_restarted(self) -> None:
        hog = container("app", "/probe", "memory", str(200 * MEBIBYTE), **resources(None, {"memory": "40Mi"}))
        self.podrun.apply(pod("hog", hog))
        wait_for(lambda: states(self.podrun.pod("hog") or {})["app"]["restartCount"] >= 1, "restart", 60)
        self.assertEqual("OOMKilled", states(self.podrun.pod("hog") or {})["app"]["lastState"]["terminated"]["reason"])

    def test_limit_below_what_a_start_needs(self) -> None:
        result = self.podrun.run("apply", "-", input=text(pod("tiny", container("app", "/probe", "wait", **resources(None, {"memory": "16"})))))
        self.assertNotEqual(0, result.code)
        self.assertIn("memory", result.err)

    def test_processes_are_limited(self) -> None:
        """A fork bomb meets pids.max; others can still start and the bomb can be deleted."""
        self.running(pod("bomb", container("app", "/probe", "fork", "100000")))
        wait_for(lambda: "Resource temporarily unavailable" in self.podrun.ok("logs", "bomb").out, "limit on processes", 60)
        self.running(waiting_pod("neighbour"))
        self.podrun.delete("bomb")


class Admission(PodTestCase):
    """What all pods request together has to be there; limits don't count."""

    in_vm = False

    def test_more_than_there_is(self) -> None:
        capacity = 1000 * (os.cpu_count() or 1)
        self.running(pod("small", container("app", "/probe", "wait", **resources({"cpu": "100m"}))))
        large = pod("large", container("app", "/probe", "wait", **resources({"cpu": f"{capacity}m"})))
        result = self.podrun.run("apply", "-f", "-", input=text(large))
        message = f"Pod was rejected: Node didn't have enough resource: cpu, requested: {capacity}, used: 100, capacity: {capacity}"
        self.assertEqual(1, result.code, result)
        self.assertEqual("pod/large created\n", result.out)
        self.assertIn(f'pod "large": OutOfcpu: {message}\nThe pod stays, Failed, and is not tried again', result.err)
        self.assertRegex(self.podrun.ok("describe", "pod", "large").out, "Warning +OutOfcpu .*Node didn't have enough resource: cpu, requested")
        self.podrun.kill_agent()
        status = (self.podrun.pod("large") or {})["status"]
        self.assertEqual(("Failed", "OutOfcpu", message), (status["phase"], status["reason"], status["message"]))
        self.assertNotIn("containerStatuses", status)
        self.assertRegex(self.podrun.ok("get", "pods").out, "large +0/1 +OutOfcpu +0 ")
        # It does not count itself, and does not come back when there is room.
        self.running(pod("other", container("app", "/probe", "wait", **resources({"cpu": f"{capacity - 100}m"}))))
        self.podrun.delete("small", "other")
        self.assertEqual("Failed", (self.podrun.pod("large") or {})["status"]["phase"])
        self.podrun.delete("large")
        self.running(large)


class LimitsWithoutControllers(PodTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.needs_no_controllers("cpu", "memory")
        self.manifest = pod("limited", container("app", "/probe", "wait", **resources(None, {"cpu": "100m", "memory": "64Mi"})))

    def test_refused_with_the_fix(self) -> None:
        result = self.podrun.run("apply", "-", input=text(self.manifest))
        self.assertEqual(1, result.code)
        for word in ("cpu", "memory", "controller", "--without-enforcement"):
            self.assertIn(word, result.err)
        self.assertIsNone(self.podrun.pod("limited"), "nothing half-made")

    def test_without_enforcement(self) -> None:
        status = self.running(self.manifest, arguments=("--without-enforcement",))["status"]
        self.assertEqual("Guaranteed", status["qosClass"])
        description = self.podrun.ok("describe", "pod", "limited").out
        self.assertIn("Warning", description)
        self.assertRegex(description, "(?i)enforce")
