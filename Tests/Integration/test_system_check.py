"""`podrun system check`: what is left of pods that are gone is found and removed, what lives is not touched."""

import json
import os
import shutil
import signal
from typing import Any

from harness import paths
from harness.case import PodTestCase
from harness.leaks import targets
from harness.manifest import container, pod
from harness.podrun import executable, processes, status


class SystemCheckTests(PodTestCase):
    in_vm = False

    def findings(self, *flags: str) -> list[dict[str, Any]]:
        return json.loads(self.podrun.run("system", "check", "-o", "json", *flags).out)

    def left(self, *flags: str) -> set[str]:
        return {f"{each['check']} {each['state']}" for each in self.findings(*flags) if each["check"].startswith("Left ")}

    def keeper(self, uid: str) -> int:
        for pid in processes():
            if executable(pid).startswith("/memfd:podrun-keeper") and any(uid in target for target in targets(pid)):
                return pid
        raise AssertionError(f"no keeper of {uid}")

    def test_leftovers_are_found_and_removed_and_a_living_pod_is_not(self) -> None:
        memory = [{"name": "memory", "emptyDir": {"medium": "Memory"}}]
        mounts = [{"name": "memory", "mountPath": "/memory"}]
        living = self.running(pod("living", container("app", "/probe", "wait")))
        gone = self.running(pod("gone", container("app", "/probe", "wait", volumeMounts=mounts), volumes=memory))
        uid = gone["metadata"]["uid"]
        started = self.podrun.exec("living", "cat", "/proc/1/stat").out.split()[21]
        self.assertEqual([], [each for each in self.findings() if each["check"].startswith("Left ")])

        # The pod is forgotten: its object is gone, and nobody was there to see it.
        self.podrun.ok("agent", "--stop")
        (paths.DATA_DIRECTORY / "objects" / "default_gone.json").unlink()
        os.chmod(paths.RUN_DIRECTORY, 0o755)
        keeper = self.keeper(uid)
        found = self.left()
        self.assertLessEqual({f"Left {kind} FAIL" for kind in ("keeper", "link", "directory")}, found)
        wrong = [each for each in self.findings() if each["check"] == "Directory" and each["state"] != "OK"]
        self.assertEqual([f"{paths.RUN_DIRECTORY} 0755, uid 0"], [each["found"] for each in wrong])
        self.assertEqual(1, self.podrun.run("system", "check").code)
        self.assertTrue(status(keeper), "a check without --repair touches nothing")

        self.assertEqual({each.replace("FAIL", "OK") for each in found}, self.left("--repair"))
        self.assertEqual([], [each for each in self.findings() if each["check"].startswith("Left ")])
        self.assertEqual(0o700, paths.RUN_DIRECTORY.stat().st_mode & 0o777)
        self.assertFalse((paths.RUN_DIRECTORY / "pods" / uid).exists())
        self.assertIsNone(self.podrun.pod("gone"))
        self.assertEqual(started, self.podrun.exec("living", "cat", "/proc/1/stat").out.split()[21])
        self.assertTrue((paths.RUN_DIRECTORY / "pods" / living["metadata"]["uid"]).exists())

    def test_what_a_killed_keeper_left(self) -> None:
        """Its containers live on without it; they and their cgroup go."""
        uid = self.running(pod("orphaned", container("app", "/probe", "wait")))["metadata"]["uid"]
        self.podrun.ok("agent", "--stop")
        os.kill(self.keeper(uid), signal.SIGKILL)
        (paths.DATA_DIRECTORY / "objects" / "default_orphaned.json").unlink()
        shutil.rmtree(paths.RUN_DIRECTORY / "pods" / uid, ignore_errors=True)
        self.assertIn("Left directory FAIL", self.left())
        self.assertIn("Left directory OK", self.left("--repair"))
        self.assertEqual(set(), self.left())

    def test_unreadable_objects_stop_a_repair(self) -> None:
        """Nobody knows which pods live then."""
        broken = paths.DATA_DIRECTORY / "objects" / "default_broken.json"
        stray = paths.DATA_DIRECTORY / "pods" / "11111111-2222-3333-4444-555555555555"
        stray.mkdir(parents=True)
        broken.write_text("{")
        self.assertEqual([("Leftovers", "FAIL")], [(each["check"], each["state"]) for each in self.findings("--repair") if each["check"].startswith("Left")])
        self.assertTrue(stray.exists())
        broken.unlink()
        self.assertEqual({"Left directory OK"}, self.left("--repair"))
        self.assertFalse(stray.exists())
