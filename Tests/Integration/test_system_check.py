"""`podrun system check`: what is left of pods that are gone is found and removed, what lives is not touched."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
from typing import Any

from harness import paths
from harness.case import PodTestCase
from harness.leaks import targets
from harness.manifest import container, pod
from harness.podrun import executable, processes, status
from harness.waiting import wait_for

GONE = "11111111-2222-3333-4444-555555555555"
#: What a host may have of its own: kernel features, controllers.
OURS = ("Bridge", "Setting", "Link", "Address", "Addresses", "Firewall", "Left image files", "Half a layer", "Image", "Pods' network", "Image store")


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

    # The pods' network and the image store

    def damages(self, *flags: str) -> list[str]:
        """What of these is wrong; with --repair what was and is no more."""
        wanted = "repaired" if flags else "podrun system check --repair"
        found = [each for each in self.findings(*flags) if each["check"] in OURS]
        if not flags:
            self.assertEqual({"FAIL" if each["fix"] else "OK" for each in found}, {each["state"] for each in found}, found)
        return [f"{each['check']}: {each['found']}" for each in found if each["fix"] == wanted]

    def assert_mended(self, *told: str) -> None:
        """All of it is told, then repaired, then nothing is told."""
        found = self.damages()
        for each in told:
            self.assertTrue([line for line in found if each in line], (each, found))
        self.assertEqual(found, self.damages("--repair"))
        self.assertEqual([], self.damages())

    def nft(self, *arguments: str) -> None:
        subprocess.run(["nft", " ".join(arguments)], check=True)

    def reach(self, address: str, port: str = "80") -> None:
        """From one pod to another: by the bridge and its filter, or by a port of the host."""
        wait_for(lambda: self.podrun.exec("asking", "/probe", "connect", address, port).out == "here\n", f"answer of {address}")

    def test_network_of_pods(self) -> None:
        """Beside a running agent, which then goes on as if nothing had been."""
        ports = [{"containerPort": 80, "hostPort": 18123}]
        self.running(pod("served", container("app", "/probe", "listen", "80", "here", ports=ports)))
        self.running(pod("asking", container("app", "/probe", "wait")))
        self.assertEqual([], self.damages())
        served, asking = ((self.podrun.pod(name) or {}) for name in ("served", "asking"))
        address = served["status"]["podIP"]
        self.reach(address)

        # Elements of a pod that is gone, and one that is missing.
        stray = '"pr-000000000000" . 10.85.9.9 . 0a:58:0a:55:09:09'
        self.nft("add element bridge podrun pods {", stray, "}")
        self.nft("add element ip podrun ports { tcp . 999 : 10.85.9.9 . 80 }")
        self.nft("delete element ip podrun ports { tcp . 18123 }")
        self.assert_mended(f"of no pod: bridge podrun pods {{ {stray} }}", "tcp . 999", "missing: ip podrun ports { tcp . 18123")
        self.reach("10.85.0.1", "18123")

        # Rules, then everything.
        self.nft("flush chain bridge podrun spoofing")
        self.assert_mended("Firewall: tables, chains or rules")
        self.nft("delete table ip podrun; delete table bridge podrun")
        subprocess.run(["ip", "link", "del", "podrun0"], check=True)
        self.assertIn("Bridge: podrun0 is missing", self.damages())
        self.damages("--repair")
        self.assert_mended()
        self.reach(address)
        self.reach("10.85.0.1", "18123")

        # Settings.
        for name, value in (("ip_forward", "0"), ("conf/podrun0/route_localnet", "1")):
            pathlib.Path("/proc/sys/net/ipv4", name).write_text(value)
        self.assert_mended("net/ipv4/ip_forward is 0, not 1", "net/ipv4/conf/podrun0/route_localnet is 1, not 0")

        # Addresses: one of a pod that is gone, one that is free though a pod has it.
        leases = paths.RUN_DIRECTORY / "network/leases"
        lines = leases.read_text().splitlines()
        kept = [line for line in lines if served["metadata"]["uid"] not in line]
        leases.write_text("\n".join([*kept, f"10.85.77.7 {GONE}"]) + "\n")
        self.assert_mended(f"10.85.77.7 is held by pod {GONE}, which is gone", f"{address} of pod default/served is free for others")
        leases.write_text("rubbish\n")
        self.assert_mended("line 1 is malformed")
        self.assertIn(f"{address} {served['metadata']['uid']}", leases.read_text())

        # The agent never saw any of it.
        self.running(pod("later", container("app", "/probe", "listen", "80", "here")))
        self.reach((self.podrun.pod("later") or {})["status"]["podIP"])
        self.assertEqual(served["status"]["containerStatuses"], (self.podrun.pod("served") or {})["status"]["containerStatuses"])
        self.assertEqual(asking["status"]["podIP"], (self.podrun.pod("asking") or {})["status"]["podIP"])

    def test_two_pods_with_one_address(self) -> None:
        """Nobody can say whose it is: it is told, and what to do."""
        uids = [self.running(pod(name, container("app", "/probe", "wait")))["metadata"]["uid"] for name in ("first", "second")]
        self.podrun.ok("agent", "--stop")
        states = [paths.RUN_DIRECTORY / "pods" / uid / "state.json" for uid in uids]
        own = states[1].read_text()
        address, other = (json.loads(state.read_text())["machine"]["podIP"] for state in states)
        states[1].write_text(own.replace(other, address))
        found = [each for each in self.findings("--repair") if each["check"] == "Address"]
        states[1].write_text(own)
        self.assertEqual(
            [{"check": "Address", "state": "FAIL", "found": f"{address} is that of pods default/first and default/second"}],
            [{key: each[key] for key in ("check", "state", "found")} for each in found if "that of" in each["found"]], found,
        )
        self.assertIn("podrun delete pod second -n default", next(each["fix"] for each in found if "that of" in each["found"]))
        # What is not its own went, and comes back.
        self.damages("--repair")
        self.assertEqual([], self.damages())

    def test_image_store(self) -> None:
        """What a killed load left is removed; an image that lacks a layer is named, and nothing of it is touched."""
        self.assertEqual([], self.damages())
        store = paths.DATA_DIRECTORY / "images"
        staging, half, record = store / "staging/load.AAAAAA", store / "layers/0123456789abcdef01234567", store / "layers/abc.json"
        # The store is every test's: whatever fails, it is left as it was.
        for directory in (staging, half):
            self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
            (directory / "root").mkdir(parents=True)
        self.addCleanup(record.unlink, missing_ok=True)
        record.write_text("{}")
        self.assert_mended(f"Left image files: {staging}", f"Half a layer: {half}", "Half a layer: " + str(record)[: -len(".json")])
        self.assertEqual([False] * 3, [path.exists() for path in (staging, half, record)])

        layer = next(path for path in (store / "layers").iterdir() if path.is_dir())
        hidden = store / "hidden"
        layer.rename(hidden)
        try:
            found = [each for each in self.findings("--repair") if each["check"] == "Image"]
        finally:
            hidden.rename(layer)
        self.assertTrue(found)
        self.assertTrue(all(each["state"] == "FAIL" and layer.name in each["found"] for each in found), found)
        for each in found:
            self.assertIn(f"podrun image rm {each['found'].split(': layer')[0]}, then pull", each["fix"])
        self.assertEqual([], self.damages())
