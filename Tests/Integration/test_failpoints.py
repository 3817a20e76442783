"""kill -9 of the agent at each step that it writes down or carries out: the outcome is the one without."""

import os
import re
import unittest.mock
from typing import Any

from harness import image, paths
from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.podrun import text
from harness.waiting import wait_for

OTHER = "podrun-test:other"
MOUNT = [{"name": "data", "mountPath": "/data"}]
#: Sick until its liveness probe has had it stopped: the preStop hook heals it.
SICK = "test -e /data/hooks || touch /data/sick; exec /probe wait"
HOOK = {"preStop": {"exec": {"command": ["sh", "-c", "echo stop >> /data/hooks; rm -f /data/sick"]}}}
LIVENESS = {"exec": {"command": ["test", "!", "-e", "/data/sick"]}, "periodSeconds": 1, "failureThreshold": 1}
ONCE = "test -e /data/again && exec /probe wait; touch /data/again; exit 3"
#: Lives in which the agent is killed; each time at several points, one after the other.
LIVES = 12


def cpu(request: str) -> dict[str, Any]:
    return {"requests": {"cpu": request}}


class Failpoints(PodTestCase):
    in_vm = False

    timeout_seconds = 300

    def setUp(self) -> None:
        super().setUp()
        self.podrun.ok("image", "load", str(image.layout("1")), "--name", OTHER)
        self.addCleanup(self.podrun.run, "image", "rm", OTHER)
        self.addCleanup(self.forget_failpoints)

    def forget_failpoints(self) -> None:
        for mark in paths.RUN_DIRECTORY.glob("failpoint.*"):
            mark.unlink()

    def names(self) -> list[str]:
        """Every failpoint, from the error about one that is none."""
        roots = [f"--{root}-dir={self.directory}/{root}" for root in ("run", "data", "log")]
        result = self.podrun.run("agent", *roots, env={**os.environ, "PODRUN_FAILPOINT": "none:kill"})
        self.assertEqual(1, result.code, result)
        return re.findall(r"[a-z-]+", result.err.partition("with a NAME of")[2])

    def life(self, name: str, points: list[str]) -> dict[str, Any]:
        """Made, one container started anew by its own end, one by its liveness probe and by a new image, resized, deleted;
        what was seen on the way."""
        self.podrun.ok("agent", "--stop")
        containers = [
            container("app", "sh", "-c", SICK, volumeMounts=MOUNT, lifecycle=HOOK, livenessProbe=LIVENESS, resources=cpu("10m")),
            container("again", "sh", "-c", ONCE, volumeMounts=MOUNT),
        ]
        if any("kill" in point for point in points):
            # Takes two seconds to be killed.
            containers.append(container("stubborn", "/probe", "stubborn"))
        steps = [container("proxy", "/probe", "wait", restartPolicy="Always"), container("first", "/probe", "exit", "0")]
        volumes = [{"name": "data", "emptyDir": {}}]
        # The hook's time goes on while no agent lives.
        manifest = pod(name, *containers, initContainers=steps, volumes=volumes, restartPolicy="OnFailure", terminationGracePeriodSeconds=20)
        self.podrun.apply(manifest)

        def running(restarts: dict[str, int]) -> dict[str, Any] | None:
            now = states(self.podrun.pod(name) or {})
            alive = all("running" in now.get(each, {"state": {}})["state"] for each in restarts)
            return now if alive and restarts == {each: now[each]["restartCount"] for each in restarts} else None

        wait_for(lambda: running({"app": 1, "again": 1, "proxy": 0}), f"the pod at {points}")
        manifest["spec"]["containers"][0] |= {"image": OTHER, "resources": cpu("20m")}
        self.podrun.apply(manifest)
        now = wait_for(lambda: running({"app": 2, "again": 1, "proxy": 0}), f"the new image at {points}")
        hooks = self.podrun.exec(name, "cat", "/data/hooks", container="again").out.splitlines()
        self.assertGreaterEqual(len(hooks), 2, self.podrun.ok("describe", "pod", name).out)
        seen = {
            "restarts": {each: entry["restartCount"] for each, entry in now.items() if each != "stubborn"},
            "first": now["first"]["state"]["terminated"]["exitCode"],
            "ends": {each: now[each]["lastState"]["terminated"]["exitCode"] for each in ("app", "again")},
            "app": (now["app"]["image"], now["app"]["resources"]),
            "conditions": {entry["type"]: entry["status"] for entry in (self.podrun.pod(name) or {})["status"]["conditions"]},
        }
        self.podrun.ok("delete", "pod", name, "--grace-period=1")
        wait_for(lambda: self.podrun.pod(name) is None, f"the end of the pod at {points}")
        return seen

    def test_killed_at_each(self) -> None:
        names = self.names()
        self.assertGreater(len(names), 20)
        expected = self.life("without", [])
        for number in range(LIVES):
            points = names[number::LIVES]
            self.stage = " ".join(points)
            # Of whatever command starts the next agent.
            with unittest.mock.patch.dict(os.environ, PODRUN_FAILPOINT=",".join(f"{point}:kill" for point in points)):
                self.assertEqual(expected, self.life(f"killed-{number}", points))
            for point in points:
                self.assertTrue((paths.RUN_DIRECTORY / f"failpoint.{point}").exists(), f"no agent came to {point}")
            self.forget_failpoints()
        self.podrun.ok("agent", "--stop")

    def test_a_pod_that_can_not_be_saved(self) -> None:
        self.podrun.ok("agent", "--stop")
        before = set(paths.RUN_DIRECTORY.glob("pods/*"))
        environment = {**os.environ, "PODRUN_FAILPOINT": "before-object:error"}
        result = self.podrun.run("apply", "-", input=text(pod("unsaved", container("app", "/probe", "wait"))), env=environment)
        self.assertIn('(InternalError): save pod "unsaved"', result.err)
        self.assertIsNone(self.podrun.pod("unsaved"))
        self.assertEqual(before, set(paths.RUN_DIRECTORY.glob("pods/*")))
        self.podrun.ok("agent", "--stop")
