"""What applying a pod that is there does: in place what Kubernetes allows, in its words what it does not; by force anew."""

import json
from typing import Any

from harness import image
from harness.case import PodTestCase
from harness.manifest import container, pod, states, waiting_pod
from harness.podrun import text
from harness.waiting import wait_for


class Change(PodTestCase):
    in_vm = False

    def changed(self, manifest: dict[str, Any], *arguments: str, verb: str = "apply") -> str:
        """What the command says."""
        return self.podrun.ok(verb, *arguments, "-f", "-", input=text(manifest)).out

    def refused(self, manifest: dict[str, Any], *arguments: str, verb: str = "apply") -> str:
        result = self.podrun.run(verb, *arguments, "-f", "-", input=text(manifest))
        self.assertEqual(1, result.code, result)
        return result.err

    def container_id(self, name: str) -> str:
        return states(self.podrun.pod(name) or {})["app"]["containerID"]

    def test_labels_and_annotations(self) -> None:
        """Nothing restarts; what shows them follows, and an agent that comes later knows them."""
        items = [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]
        app = container("app", "/probe", "wait", volumeMounts=[{"name": "info", "mountPath": "/info"}])
        manifest = pod("labelled", app, metadata={"labels": {"v": "1"}}, volumes=[{"name": "info", "downwardAPI": {"items": items}}])
        before = self.running(manifest)
        self.assertEqual("pod/labelled unchanged\n", self.changed(manifest))
        manifest["metadata"] |= {"labels": {"v": "2"}, "annotations": {"note": "x"}}
        self.assertEqual("pod/labelled configured\n", self.changed(manifest))
        self.assertEqual("pod/labelled unchanged\n", self.changed(manifest))
        wait_for(lambda: self.podrun.exec("labelled", "cat", "/info/labels").out.strip() == 'v="2"', "new labels in the volume")
        self.podrun.kill_agent()
        self.assertEqual("pod/labelled configured\n", self.changed(manifest | {"metadata": manifest["metadata"] | {"labels": {"v": "3"}}}))
        self.assertEqual("pod/labelled configured\n", self.changed(manifest))
        after = self.podrun.pod("labelled") or {}
        self.assertEqual(({"v": "2"}, {"note": "x"}), (after["metadata"]["labels"], after["metadata"]["annotations"]))
        self.assertEqual(("1", "4"), (before["metadata"]["resourceVersion"], after["metadata"]["resourceVersion"]))
        self.assertEqual((1, 1), (after["metadata"]["generation"], after["status"]["observedGeneration"]))
        self.assertEqual(states(before)["app"]["containerID"], states(after)["app"]["containerID"])

    def test_what_can_not_change(self) -> None:
        manifest = waiting_pod("fixed")
        self.running(manifest)
        before = self.podrun.pod("fixed")
        other = waiting_pod("fixed", restartPolicy="Never")
        error = self.refused(other)
        self.assertIn('Error from server (Invalid): Pod "fixed" is invalid: spec: Forbidden: pod updates may not change fields other than', error)
        self.assertIn('- restartPolicy: "Always"\n+ restartPolicy: "Never"\n', error)
        self.refused(other, verb="replace")
        self.assertEqual(before, self.podrun.pod("fixed"))
        # A manifest of another version of the pod.
        self.assertIn("(Conflict): Operation cannot be fulfilled on pods", self.refused(manifest | {"metadata": {"name": "fixed", "resourceVersion": "7"}}))

    def test_by_force(self) -> None:
        self.running(waiting_pod("forced"))
        before = self.container_id("forced")
        other = waiting_pod("forced", restartPolicy="Never")
        self.assertEqual('pod "forced" deleted\npod/forced configured\n', self.changed(other, "--force", "--grace-period=1"))
        after = self.podrun.pod("forced") or {}
        self.assertEqual("Never", after["spec"]["restartPolicy"])
        self.assertNotEqual(before, states(after)["app"]["containerID"])
        # What needs no force is done in place.
        other["metadata"]["labels"] = {"a": "b"}
        self.assertEqual("pod/forced configured\n", self.changed(other, "--force"))
        self.assertEqual('pod "forced" deleted\npod/forced replaced\n', self.changed(other, "--force", "--grace-period=1", verb="replace"))
        self.assertNotEqual(states(after)["app"]["containerID"], self.container_id("forced"))

    def test_create_and_replace(self) -> None:
        """One wants an object that is new, the other one that is there."""
        manifest = waiting_pod("one")
        self.assertIn('(NotFound): error when replacing "stdin": pods "one" not found', self.refused(manifest, verb="replace"))
        self.assertEqual("pod/one created\n", self.changed(manifest, verb="create"))
        self.assertIn('(AlreadyExists): error when creating "stdin": pods "one" already exists', self.refused(manifest, verb="create"))
        manifest["metadata"]["labels"] = {"a": "b"}
        self.assertEqual("pod/one replaced\n", self.changed(manifest, verb="replace"))
        self.assertEqual({"a": "b"}, (self.podrun.pod("one") or {})["metadata"]["labels"])
        settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1"}}
        self.assertIn("(NotFound)", self.refused(settings, verb="replace"))
        self.assertEqual("configmap/settings created\n", self.changed(settings, verb="create"))
        self.assertIn("(AlreadyExists)", self.refused(settings, verb="create"))
        self.assertEqual("configmap/settings replaced\n", self.changed(settings | {"data": {"a": "2"}}, verb="replace"))

    def test_dry_run(self) -> None:
        manifest = waiting_pod("tried")
        settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1"}}
        for strategy, note in (("client", "(dry run)"), ("server", "(server dry run)")):
            self.stage = strategy
            self.assertEqual(f"pod/tried created {note}\n", self.changed(manifest, f"--dry-run={strategy}"))
            self.assertEqual(f"configmap/settings created {note}\n", self.changed(settings, f"--dry-run={strategy}"))
        self.assertIsNone(self.podrun.pod("tried"))
        self.running(manifest)
        before = self.podrun.pod("tried")
        manifest["metadata"]["labels"] = {"a": "b"}
        self.assertEqual("pod/tried configured (server dry run)\n", self.changed(manifest, "--dry-run=server"))
        self.refused(waiting_pod("tried", restartPolicy="Never"), "--dry-run=server")
        self.assertEqual("pod/tried replaced (dry run)\n", self.changed(manifest, "--dry-run=client", "--force", verb="replace"))
        self.assertEqual(json.dumps(before), json.dumps(self.podrun.pod("tried")))

    def test_image(self) -> None:
        """Ended with its grace and started from the new image, whatever the restartPolicy; the pod and its neighbours stay."""
        other = "podrun-test:other"
        self.podrun.ok("image", "load", str(image.layout("1")), "--name", other)
        manifest = pod("changing", container("app", "/probe", "wait"), container("side", "/probe", "wait"), restartPolicy="Never")
        before = self.running(manifest)
        manifest["spec"]["containers"][0]["image"] = other
        self.assertEqual("pod/changing configured\n", self.changed(manifest))
        after = wait_for(
            lambda: (now := self.podrun.pod("changing") or {}) and states(now)["app"]["restartCount"] == 1
            and "running" in states(now)["app"]["state"] and now, "a container of the new image",
        )  # fmt: skip
        self.assertEqual(other, states(after)["app"]["image"])
        self.assertEqual((2, 2), (after["metadata"]["generation"], after["status"]["observedGeneration"]))
        self.assertEqual(states(before)["side"], states(after)["side"])
        self.assertEqual(before["status"]["podIP"], after["status"]["podIP"])
        self.assertIn("Container app definition changed, will be restarted", self.podrun.ok("describe", "pod", "changing").out)
        self.podrun.delete("changing")
        self.podrun.ok("image", "rm", other)
