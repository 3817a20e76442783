"""Requests and limits: in the cgroup files where the host has controllers, refused with the fix where it has not."""

import math
import os
import pathlib
import time
from typing import Any

from harness import image, paths
from harness.case import PodTestCase, forget_images
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


def milli(quantity: str) -> int:
    return int(quantity[:-1]) if quantity.endswith("m") else round(float(quantity) * 1000)


def size(quantity: str) -> int:
    return int(quantity.removesuffix("Mi")) * MEBIBYTE


def pod_weight(milli_cpu: int) -> str:
    """The kubelet's formula, of pods and classes."""
    return str(1 + (max(2, milli_cpu * 1024 // 1000) - 2) * 9999 // 262142)


def container_weight(milli_cpu: int) -> str:
    """runc's formula."""
    shares = max(2, milli_cpu * 1024 // 1000)
    exponent = (math.log2(shares) ** 2 + 125 * math.log2(shares)) / 612 - 7 / 34
    return "1" if shares == 2 else str(math.ceil(10**exponent))


class CorpusCgroups(PodTestCase):
    """The tutorials' pods, under images that only wait: every file holds the kubelet's value."""

    PODS = {"guaranteed-pod": "qos-classes", "burstable-pod": "qos-classes", "besteffort-pod": "qos-classes", "nginx-pod": "nginx-limits",
            "optimized-pod": "resource-optimized", "secure-pod": "security-contexts"}  # fmt: skip

    def setUp(self) -> None:
        super().setUp()
        self.needs_controllers("cpu", "memory", "pids")
        self.addCleanup(forget_images)
        for name in ("nginx:latest", "nginx:1.14.2", "nginx:alpine", "myapp:1.0", "system-monitor:1.0"):
            self.podrun.ok("image", "load", str(image.layout("1")), "--name", name)

    def expected(self, manifest: dict[str, Any]) -> dict[str, str]:
        """By path below the pod's cgroup; all of these pods have one container."""
        (only,) = manifest["spec"]["containers"]
        limits, requests = (only.get("resources", {}).get(key, {}) for key in ("limits", "requests"))
        cpu = f"{milli(limits['cpu']) * 100} 100000" if "cpu" in limits else "max 100000"
        memory = str(size(limits["memory"])) if "memory" in limits else "max"
        request = milli(requests.get("cpu", "0"))
        return {
            "cpu.weight": pod_weight(request), "cpu.max": cpu, "memory.max": memory, "pids.max": "2048",
            "pause/cpu.weight": "1",
            f"{only['name']}/cpu.weight": container_weight(request), f"{only['name']}/cpu.max": cpu,
            f"{only['name']}/memory.max": memory, f"{only['name']}/memory.swap.max": "0", f"{only['name']}/memory.oom.group": "1",
            f"{only['name']}/memory.high": "max", f"{only['name']}/memory.min": "0", f"{only['name']}/memory.low": "0",
        }  # fmt: skip

    def test_every_file(self) -> None:
        root = paths.cgroup_root()
        assert root is not None
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        for file in sorted(set(self.PODS.values())):
            path = str(paths.FIXTURES / "corpus" / f"{file}.yaml")
            self.addCleanup(self.podrun.run, "delete", "-f", path, "--now")
            self.podrun.ok("apply", "--wait=false", "-f", path)
        burstable = 0
        for name, file in self.PODS.items():
            self.stage = f"{file}: {name}"
            manifest = self.podrun.wait_phase(name, "Running")
            quality = manifest["status"]["qosClass"]
            (group,) = (path for path in root.rglob(f"pod{manifest['metadata']['uid']}") if path.is_dir())
            parent = {"Guaranteed": "podrun", "Burstable": "burstable", "BestEffort": "besteffort"}[quality]
            self.assertEqual(parent, group.parent.name)
            expected = self.expected(manifest)
            actual = {each: (group / each).read_text().strip() for each in expected if (group / each).exists() or "swap" not in each}
            self.assertEqual({key: value for key, value in expected.items() if key in actual}, actual)
            (only,) = manifest["spec"]["containers"]
            requests = only.get("resources", {}).get("requests", {})
            if quality == "Burstable":
                burstable += milli(requests.get("cpu", "0"))
            score = {"Guaranteed": -997, "BestEffort": 1000}.get(quality, 1000 - 1000 * size(requests.get("memory", "0Mi")) // memory)
            pid = (group / only["name"] / "cgroup.procs").read_text().split()[0]
            self.assertEqual(score, int(pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text()))
        (tree,) = (path for path in root.rglob("burstable") if path.parent.name == "podrun")
        wait_for(lambda: (tree / "cpu.weight").read_text().strip() == pod_weight(burstable), "the weight of the burstable pods", 60)
        self.assertEqual("1", (tree.parent / "besteffort" / "cpu.weight").read_text().strip())

    def test_pod_level(self) -> None:
        """One limit for all containers together, which is also that of a container without its own."""
        spec = {"resources": {"limits": {"cpu": "500m", "memory": "64Mi"}, "requests": {"cpu": "200m"}}}
        containers = [container("app", "/probe", "wait"), container("side", "/probe", "wait", **resources({"cpu": "100m"}, {"memory": "16Mi"}))]
        manifest = self.running(pod("whole", *containers, **spec))
        self.assertEqual("Burstable", manifest["status"]["qosClass"])
        root = paths.cgroup_root()
        assert root is not None
        (group,) = (path for path in root.rglob(f"pod{manifest['metadata']['uid']}") if path.is_dir())
        expected = {
            "cpu.weight": pod_weight(200), "cpu.max": "50000 100000", "memory.max": str(64 * MEBIBYTE),
            "app/cpu.weight": container_weight(500), "app/cpu.max": "50000 100000", "app/memory.max": str(64 * MEBIBYTE),
            "side/cpu.weight": container_weight(100), "side/memory.max": str(16 * MEBIBYTE),
        }  # fmt: skip
        self.assertEqual(expected, {each: (group / each).read_text().strip() for each in expected})


class Shares(PodTestCase):
    """What a limit, and requests on a busy core, come to. The guest's clock measures both, so emulation changes nothing."""

    def setUp(self) -> None:
        super().setUp()
        self.needs_controllers("cpu")

    def burning(self, name: str, **fields: Any) -> pathlib.Path:
        manifest = self.running(pod(name, container("app", "/probe", "spin", **fields)))
        root = paths.cgroup_root()
        assert root is not None
        (group,) = root.rglob(f"pod{manifest['metadata']['uid']}/app")
        for pid in (group / "cgroup.procs").read_text().split():
            os.sched_setaffinity(int(pid), {0})
        return group

    @staticmethod
    def used(*groups: pathlib.Path) -> list[float]:
        """Of one core, while six seconds pass: sixty periods of a limit."""

        def now() -> list[int]:
            return [int((group / "cpu.stat").read_text().split()[1]) for group in groups]

        start, before = time.monotonic(), now()
        time.sleep(6)  # Nothing is awaited: this is what is measured.
        after, end = now(), time.monotonic()
        return [(b - a) / 1e6 / (end - start) for a, b in zip(before, after, strict=True)]

    def test_limit(self) -> None:
        (share,) = self.used(self.burning("tenth", **resources(None, {"cpu": "0.1"})))
        self.assertTrue(0.09 <= share <= 0.11, share)

    def test_requests(self) -> None:
        one, three = self.used(*(self.burning(f"p{part}", **resources({"cpu": f"{part}m"})) for part in (250, 750)))
        self.assertTrue(2.7 <= three / one <= 3.3, (one, three))


class HugePages(PodTestCase):
    """In the VM only: the whole host keeps more huge pages meanwhile."""

    pages = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")

    def setUp(self) -> None:
        super().setUp()
        self.needs_controllers("hugetlb", "memory")
        if "PODRUN_VM" not in os.environ:
            self.skipTest("a host's huge pages are not for tests to change")

    def test_pages(self) -> None:
        before = self.pages.read_text()
        self.addCleanup(self.restart_agent)
        self.addCleanup(self.pages.write_text, before)
        self.pages.write_text("4")
        if self.pages.read_text().strip() != "4":
            self.skipTest("the host has no four huge pages left")
        # What the host has is read when an agent starts.
        self.restart_agent()
        limits = {"hugepages-2Mi": "4Mi", "memory": "32Mi"}
        mount = {"volumeMounts": [{"name": "pages", "mountPath": "/pages"}]}
        volumes = [{"name": "pages", "emptyDir": {"medium": "HugePages"}}]
        manifest = self.running(pod("large", container("app", "/probe", "wait", **resources(None, limits), **mount), volumes=volumes))
        root = paths.cgroup_root()
        assert root is not None
        (group,) = (path for path in root.rglob(f"pod{manifest['metadata']['uid']}") if path.is_dir())
        self.assertEqual([str(4 * MEBIBYTE)] * 2, [(group / each / "hugetlb.2MB.max").read_text().strip() for each in (".", "app")])
        self.assertRegex(self.podrun.exec("large", "cat", "/proc/mounts").out, r"/pages hugetlbfs .*pagesize=2M")
        more = pod("more", container("app", "/probe", "wait", **resources(None, {"hugepages-2Mi": "6Mi", "memory": "32Mi"})))
        result = self.podrun.run("apply", "-f", "-", input=text(more))
        self.assertIn("OutOfhugepages-2Mi: Pod was rejected: Node didn't have enough resource: hugepages-2Mi, requested: 6291456, used: 4194304, "
                      "capacity: 8388608", result.err)  # fmt: skip
        self.podrun.delete("large", "more")

    def restart_agent(self) -> None:
        self.podrun.ok("agent", "--stop")


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
        large["metadata"]["name"] = "foreground"
        result = self.podrun.run("run", "-f", "-", input=text(large))
        self.assertEqual((1, f'pod "foreground": OutOfcpu: {message}\n'), (result.code, result.err))
        self.assertIsNone(self.podrun.pod("foreground"))
        large["metadata"]["name"] = "large"
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


class Usage(PodTestCase):
    """podrun top: what is measured is compared with what is known to be used."""

    in_vm = frozenset({"test_pods"})

    def rows(self, *arguments: str) -> list[list[str]]:
        return [line.split() for line in self.podrun.ok("top", *arguments).out.splitlines()]

    def test_pods(self) -> None:
        self.running(pod("busy", container("hog", "/probe", "memory", f"+{40 * MEBIBYTE}"), container("burn", "/probe", "spin")))
        self.running(waiting_pod("idle"))
        wait_for(lambda: int(self.rows("pod", "busy", "--no-headers")[0][2].removesuffix("Mi")) >= 40, "memory of the hog", 60)
        rows = self.rows("pod", "--sort-by=cpu")
        self.assertEqual(["NAME", "CPU(cores)", "MEMORY(bytes)"], rows[0])
        self.assertEqual(["busy", "idle"], [row[0] for row in rows[1:]])
        self.assertGreater(int(rows[1][1].removesuffix("m")), 5 * int(rows[2][1].removesuffix("m")))
        parts = {row[1]: row for row in self.rows("pods", "busy", "--containers", "--no-headers")}
        self.assertEqual({"hog", "burn"}, set(parts))
        self.assertLess(int(parts["burn"][3].removesuffix("Mi")), 20)
        if pathlib.Path("/proc/pressure/cpu").exists():
            self.assertRegex(self.rows("pod", "busy", "-o", "wide")[1][3], r"^[0-9.]+%$")
        node = self.rows("node")
        self.assertEqual(["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"], node[0])
        self.assertEqual((self.podrun.pod("idle") or {})["spec"]["nodeName"], node[1][0])

    def test_nothing_to_show(self) -> None:
        self.assertEqual("No resources found in default namespace.\n", self.podrun.ok("top", "pod").err)
        self.assertIn('pods "web" not found', self.podrun.run("top", "pod", "web").err)
        self.finished(pod("done", container("app", "/probe", "exit", "0"), restartPolicy="Never"))
        self.assertIn('pod "done" has no container that runs', self.podrun.run("top", "pod", "done").err)


class SetResources(PodTestCase):
    in_vm = False

    def test_one_container(self) -> None:
        self.running(pod("web", container("app", "/probe", "wait", **resources({"cpu": "50m"})), container("side", "/probe", "wait")))
        before = states(self.podrun.pod("web") or {})
        result = self.podrun.ok("set", "resources", "pod/web", "-c", "app", "--requests=cpu=60m")
        self.assertEqual("pod/web resource requirements updated\n", result.out)
        wait_for(lambda: states(self.podrun.pod("web") or {})["app"].get("resources") == {"requests": {"cpu": "60m"}}, "the new request", 60)
        now = states(self.podrun.pod("web") or {})
        self.assertEqual([before[name]["containerID"] for name in before], [now[name]["containerID"] for name in before])
        again = self.podrun.ok("set", "resources", "pod/web", "-c", "app", "--requests=cpu=60m")
        self.assertEqual(("", "info: pods/web was not changed\n"), (again.out, again.err))
        result = self.podrun.ok("set", "resources", "pod", "web", "--requests=cpu=9000")
        self.assertIn("Warning: resize Infeasible: Node didn't have enough capacity: cpu", result.err)

    def test_refused(self) -> None:
        self.running(pod("web", container("app", "/probe", "wait", **resources({"cpu": "50m"}))))
        for arguments, message in (
            (("-c", "nobody", "--requests=cpu=1"), "unable to find container named nobody"),
            (("--limits=cpu=20m",), 'must be less than or equal to cpu limit of 20m'),
            (("--requests=gpu=1",), "must be a standard resource for containers"),
        ):
            self.stage = str(arguments)
            result = self.podrun.run("set", "resources", "pod", "web", *arguments)
            self.assertEqual((1, True), (result.code, message in result.err), result)
        self.assertEqual({"requests": {"cpu": "50m"}}, (self.podrun.pod("web") or {})["spec"]["containers"][0]["resources"])


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
