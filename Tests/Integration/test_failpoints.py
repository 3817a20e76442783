"""kill -9 of the agent at each step that it writes down or carries out: the outcome is the one without."""

import os
import re
from typing import Any

from harness import image, paths
from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.podrun import text
from harness.waiting import wait_for

OTHER = "podrun-test:other"
HOOK = {"preStop": {"exec": {"command": ["sh", "-c", "echo stop >> /data/hooks"]}}}
MOUNT = [{"name": "data", "mountPath": "/data"}]


class Failpoints(PodTestCase):
    in_vm = False

    timeout_seconds = 300

    def setUp(self) -> None:
        super().setUp()
        self.podrun.ok("image", "load", str(image.layout("1")), "--name", OTHER)
        self.addCleanup(self.podrun.run, "image", "rm", OTHER)

    def names(self) -> list[str]:
        """Every failpoint, from the error about one that is none."""
        roots = [f"--{root}-dir={self.directory}/{root}" for root in ("run", "data", "log")]
        result = self.podrun.run("agent", *roots, env={**os.environ, "PODRUN_FAILPOINT": "none:kill"})
        self.assertEqual(1, result.code, result)
        return re.findall(r"[a-z-]+", result.err.partition("with a NAME of")[2])

    def life(self, name: str, point: str | None, action: str = "kill") -> dict[str, Any]:
        """Made, one container started anew by its own end, one by a new image and resized, deleted; what was seen on the way."""
        environment = {**os.environ, "PODRUN_FAILPOINT": f"{point}:{action}"} if point else dict(os.environ)
        self.podrun.ok("agent", "--stop")
        once = "test -e /data/again && exec /probe wait; touch /data/again; exit 3"
        containers = [
            container("app", "/probe", "wait", volumeMounts=MOUNT, lifecycle=HOOK, resources={"requests": {"cpu": "10m"}}),
            container("again", "sh", "-c", once, volumeMounts=MOUNT),
        ]
        if "kill" in (point or ""):
            # Takes two seconds to be killed.
            containers.append(container("stubborn", "/probe", "stubborn"))
        manifest = pod(
            name, *containers, initContainers=[container("first", "/probe", "exit", "0")],
            volumes=[{"name": "data", "emptyDir": {}}], restartPolicy="OnFailure",
        )  # fmt: skip
        self.podrun.ok("apply", "-", input=text(manifest), env=environment)

        def running(restarts: dict[str, int]) -> dict[str, Any] | None:
            now = states(self.podrun.pod(name) or {})
            alive = all("running" in now.get(each, {"state": {}})["state"] for each in restarts)
            return now if alive and restarts == {each: now[each]["restartCount"] for each in restarts} else None

        wait_for(lambda: running({"app": 0, "again": 1}), f"the pod at {point}")
        manifest["spec"]["containers"][0] |= {"image": OTHER, "resources": {"requests": {"cpu": "20m"}}}
        self.podrun.ok("apply", "-", input=text(manifest), env=environment)
        now = wait_for(lambda: running({"app": 1, "again": 1}), f"the new image at {point}")
        seen = {
            "first": (now["first"]["restartCount"], now["first"]["state"]["terminated"]["exitCode"]),
            "again": now["again"]["lastState"]["terminated"]["exitCode"],
            "app": (now["app"]["image"], now["app"]["resources"]),
            "hooks": self.podrun.exec(name, "cat", "/data/hooks").out.splitlines()[:1],
        }
        self.podrun.ok("delete", "pod", name, "--grace-period=1", env=environment)
        wait_for(lambda: self.podrun.pod(name) is None, f"the end of the pod at {point}")
        return seen

    def test_killed_at_each(self) -> None:
        names = self.names()
        self.assertGreater(len(names), 20)
        expected = self.life("without", None)
        for number, point in enumerate(names):
            self.stage = point
            self.assertEqual(expected, self.life(f"killed-{number}", point))
            mark = paths.RUN_DIRECTORY / f"failpoint.{point}"
            self.assertTrue(mark.exists(), "the agent never came to it")
            mark.unlink()
        self.podrun.ok("agent", "--stop")

    def test_a_pod_that_can_not_be_saved(self) -> None:
        self.podrun.ok("agent", "--stop")
        environment = {**os.environ, "PODRUN_FAILPOINT": "before-object:error"}
        result = self.podrun.run("apply", "-", input=text(pod("unsaved", container("app", "/probe", "wait"))), env=environment)
        (paths.RUN_DIRECTORY / "failpoint.before-object").unlink()
        self.assertIn('(InternalError): save pod "unsaved"', result.err)
        self.assertIsNone(self.podrun.pod("unsaved"))
        self.podrun.ok("agent", "--stop")
