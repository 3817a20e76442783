"""PersistentVolumeClaims: directories of the host that outlive pods, go with their claim and no sooner, and get a pod's fsGroup."""

import io
import json
import os
import pathlib
import resource
from typing import Any

from harness import paths
from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.podrun import text

VOLUMES = paths.DATA_DIRECTORY / "volumes"


def claim(name: str, *modes: str, **spec: Any) -> dict[str, Any]:
    spec = {"accessModes": list(modes or ("ReadWriteOnce",)), "resources": {"requests": {"storage": "1Gi"}}, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def user(name: str, claim_name: str = "data", *command: str, read_only: bool = False, **spec: Any) -> dict[str, Any]:
    app = container("app", *(command or ("/probe", "wait")), volumeMounts=[{"name": "v", "mountPath": "/data"}])
    source = {"claimName": claim_name, **({"readOnly": True} if read_only else {})}
    return pod(name, app, volumes=[{"name": "v", "persistentVolumeClaim": source}], **spec)


class Claims(PodTestCase):
    in_vm = frozenset({"test_survives_its_pods"})

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.podrun.run, "delete", "pvc", "--all")
        self.addCleanup(self.podrun.run, "delete", "pod", "--all", "--now")

    def get(self, name: str = "data") -> dict[str, Any]:
        return json.loads(self.podrun.ok("get", "pvc", name, "-o", "json").out)

    def message(self, name: str) -> str:
        return self.podrun.ok("describe", "pod", name).out.partition("Events:")[2]

    def test_survives_its_pods(self) -> None:
        """A pod that comes first waits, the claim is bound when applied, its files are the next pod's, and go with the claim."""
        self.podrun.run("apply", "-f", self.file("pod.yaml", text(user("first"))))
        words = 'error processing PVC default/data: failed to fetch PVC from API server: persistentvolumeclaims "data" not found'
        self.assertIn(words, self.message("first"))
        self.assertEqual("Pending", (self.podrun.pod("first") or {})["status"]["phase"])
        self.podrun.apply(claim("data"))
        self.podrun.wait_phase("first", "Running", seconds=9)
        row = self.podrun.ok("get", "pvc", "data", "--no-headers").out.split()
        self.assertEqual(["data", "Bound", "pvc-" + self.get()["metadata"]["uid"], "1Gi", "RWO", "local", "<unset>"], row[:7])
        self.podrun.exec("first", "sh", "-c", "echo kept > /data/file; chmod 600 /data/file")
        self.podrun.delete("first")
        self.running(user("second", read_only=True))
        self.assertEqual("kept\n", self.podrun.exec("second", "cat", "/data/file").out)
        self.assertIn("Read-only", self.podrun.exec("second", "touch", "/data/no").err)
        self.assertEqual(0o40777, (VOLUMES / "default_data").stat().st_mode)
        self.podrun.delete("second")
        self.podrun.ok("delete", "pvc", "data")
        self.assertEqual([], os.listdir(VOLUMES))

    def test_in_use_is_not_deleted(self) -> None:
        self.podrun.apply(claim("data"))
        self.running(user("user"))
        self.assertIn('persistentvolumeclaim "data" deleted from default namespace', self.podrun.ok("delete", "pvc", "data", "--wait=false").out)
        self.assertEqual("Terminating", self.podrun.ok("get", "pvc", "data", "--no-headers").out.split()[1])
        self.assertEqual(["kubernetes.io/pvc-protection"], self.get()["metadata"]["finalizers"])
        self.assertEqual(0, self.podrun.exec("user", "touch", "/data/still").code)
        self.podrun.run("apply", "-f", self.file("late.yaml", text(user("late"))))
        self.assertIn("error processing PVC default/data: PVC is being deleted", self.message("late"))
        self.podrun.delete("late")
        waiting = self.podrun.start("delete", "pvc", "data")
        self.assertIn(b"deleted", (waiting.stdout or io.BytesIO()).readline())
        self.podrun.delete("user")
        self.assertEqual(0, waiting.wait(10))
        waiting.communicate()
        self.assertIn("NotFound", self.podrun.run("get", "pvc", "data").err)
        self.assertEqual([], os.listdir(VOLUMES))

    def test_what_can_not_be_bound(self) -> None:
        cases = {
            "fast": ({"storageClassName": "fast"}, 'storageclass.storage.k8s.io "fast" not found'),
            "none": ({"storageClassName": ""}, "no persistent volumes available for this claim and no storage class is set"),
        }
        for name, (spec, reason) in cases.items():
            self.podrun.apply(claim(name, **spec))
            self.podrun.run("apply", "-f", self.file("pod.yaml", text(user(f"user-{name}", name))))
            self.assertIn(f"PVC is not bound: {reason}", self.message(f"user-{name}"))
            self.assertEqual("Pending", self.get(name)["status"]["phase"])
        self.podrun.apply(claim("one", "ReadWriteOncePod"))
        self.running(user("holder", "one"))
        self.podrun.run("apply", "-f", self.file("pod.yaml", text(user("other", "one"))))
        self.assertIn("volume uses the ReadWriteOncePod access mode and is already in use by another pod", self.message("other"))

    def test_group_of_a_deep_tree(self) -> None:
        """Deeper than the worker may have descriptors."""
        self.podrun.apply(claim("data"))
        self.running(user("maker"))
        self.podrun.delete("maker")
        at = os.open(VOLUMES / "default_data", os.O_RDONLY)
        for _ in range(1000):
            os.mkdir("d", 0o700, dir_fd=at)
            below = os.open("d", os.O_RDONLY, dir_fd=at)
            os.close(at)
            at = below
        agent = self.podrun.agent() or 0
        limits = resource.prlimit(agent, resource.RLIMIT_NOFILE)
        resource.prlimit(agent, resource.RLIMIT_NOFILE, (256, limits[1]))
        self.addCleanup(resource.prlimit, agent, resource.RLIMIT_NOFILE, limits)
        self.running(user("deep", securityContext={"fsGroup": 5000}))
        about = os.fstat(at)
        os.close(at)
        self.assertEqual((5000, 0o2770), (about.st_gid, about.st_mode & 0o7777))

    def test_group(self) -> None:
        """fsGroup owns all that is there, links themselves and nothing behind them; OnRootMismatch looks at the root only."""
        self.podrun.apply(claim("data"))
        canary = pathlib.Path(self.file("canary", "canary"))
        canary.chmod(0o600)
        volume = VOLUMES / "default_data"
        self.running(user("maker"))
        self.podrun.delete("maker")
        (volume / "a" / "b").mkdir(parents=True, mode=0o700)
        (volume / "a" / "b" / "file").write_text("")
        (volume / "a" / "b" / "file").chmod(0o4600)
        (volume / "link").symlink_to(canary)
        context = {"runAsUser": 1000, "fsGroup": 5000, "fsGroupChangePolicy": "OnRootMismatch"}
        self.running(user("grouped", securityContext=context))
        found = {str(path.relative_to(volume)): (oct(path.lstat().st_mode & 0o7777), path.lstat().st_gid) for path in volume.rglob("*")}
        self.assertEqual(("0o2775", 5000), found["a"])
        self.assertEqual(("0o2770", 5000), found["a/b"])
        self.assertEqual(("0o4660", 5000), found["a/b/file"])
        self.assertEqual(5000, found["link"][1])
        self.assertEqual((0o42777, 5000), (volume.stat().st_mode, volume.stat().st_gid))
        self.assertEqual((0o100600, 0), (canary.stat().st_mode, canary.stat().st_gid))
        self.assertEqual(0, self.podrun.exec("grouped", "touch", "/data/a/b/new").code)
        self.podrun.delete("grouped")
        os.chown(volume / "a", 0, 0)
        self.running(user("again", securityContext=context))
        self.assertEqual(0, (volume / "a").stat().st_gid)
        self.podrun.delete("again")
        self.running(user("always", securityContext={**context, "fsGroupChangePolicy": "Always"}))
        self.assertEqual(5000, (volume / "a").stat().st_gid)
