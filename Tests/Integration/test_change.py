"""What applying a pod that is there does: in place what Kubernetes allows, in its words what it does not; by force anew."""

import json
import os
import pathlib
from typing import Any

from harness import image, paths
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

    def test_set_image(self) -> None:
        self.running(waiting_pod("imaged"))
        image = (self.podrun.pod("imaged") or {})["spec"]["containers"][0]["image"]
        result = self.podrun.run("set", "image", "pod/imaged", "side=x")
        self.assertEqual((1, 'error: unable to find container named "side"\n'), (result.code, result.err))
        self.assertEqual("", self.podrun.ok("set", "image", "po", "imaged", f"app={image}").out, "it has that image")
        self.assertEqual("pod/imaged image updated (dry run)\n", self.podrun.ok("set", "image", "po", "imaged", "*=other", "--dry-run=client").out)
        self.assertEqual("pod/imaged image updated\n", self.podrun.ok("set", "image", "po", "imaged", "*=localhost/none:1").out)
        self.assertEqual("localhost/none:1", (self.podrun.pod("imaged") or {})["spec"]["containers"][0]["image"])

    def test_by_force(self) -> None:
        self.running(waiting_pod("forced"))
        before = self.container_id("forced")
        other = waiting_pod("forced", restartPolicy="Never")
        self.assertEqual('pod/forced configured\n', self.changed(other, "--force", "--grace-period=1"))
        after = self.podrun.pod("forced") or {}
        self.assertEqual("Never", after["spec"]["restartPolicy"])
        self.assertNotEqual(before, states(after)["app"]["containerID"])
        # What needs no force is done in place.
        other["metadata"]["labels"] = {"a": "b"}
        self.assertEqual("pod/forced configured\n", self.changed(other, "--force"))
        self.assertEqual('pod "forced" deleted from default namespace\npod/forced replaced\n', self.changed(other, "--force", "--grace-period=1", verb="replace"))
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


class Resize(PodTestCase):
    """cpu and memory of a pod that runs."""

    in_vm = frozenset(
        {"test_limits_in_place", "test_limit_below_what_is_used", "test_limit_by_restart", "test_agent_killed_before_the_write"}
    )

    def sized(self, name: str, *command: str, policy: tuple[str, ...] = (), **resources: dict[str, str]) -> dict[str, Any]:
        """Two containers, of which `app` is to be resized."""
        app = container(
            "app", *(command or ("/probe", "wait")), resources=resources,
            resizePolicy=[{"resourceName": each, "restartPolicy": "RestartContainer"} for each in policy],
        )  # fmt: skip
        return pod(name, app, container("side", "/probe", "wait", resources=resources))

    def resized(self, manifest: dict[str, Any], **options: Any) -> Any:
        manifest = json.loads(json.dumps(manifest))
        resources = options.pop("resources")
        manifest["spec"]["containers"][0]["resources"] = resources
        result = self.podrun.ok("apply", "-f", "-", input=text(manifest), **options)
        self.assertEqual(f"pod/{manifest['metadata']['name']} configured\n", result.out)
        return result

    def conditions(self, name: str) -> dict[str, dict[str, Any]]:
        """Those of resizes."""
        now = (self.podrun.pod(name) or {})["status"]["conditions"]
        return {each["type"]: each for each in now if each["type"].startswith("PodResize")}

    def done(self, name: str, resources: dict[str, Any], restarts: int = 0) -> dict[str, Any]:
        """Waits until app runs with these and nothing goes on any more."""

        def is_done() -> dict[str, Any] | None:
            now = self.podrun.pod(name) or {}
            app = states(now)["app"]
            has = "running" in app["state"] and app["restartCount"] == restarts and app.get("resources") == resources
            return now if has and not self.conditions(name) else None

        now = wait_for(is_done, f"{name} with {resources}", 60)
        self.assertEqual(resources["requests"], states(now)["app"]["allocatedResources"])
        return now

    def group(self, name: str) -> pathlib.Path:
        """The pod's cgroup."""
        root = paths.cgroup_root()
        assert root is not None
        uid = (self.podrun.pod(name) or {})["metadata"]["uid"]
        return next(path for path in root.rglob(f"pod{uid}") if path.is_dir())

    def files(self, name: str) -> dict[str, str]:
        group = self.group(name)
        names = ("memory.max", "cpu.max", "app/memory.max", "app/cpu.max", "app/cpu.weight")
        return {each: (group / each).read_text().strip() for each in names}

    def test_requests_in_place(self) -> None:
        """No restart; what other pods ask for counts, and a pod that waits for it gets it when they are gone."""
        manifest = self.sized("asking", requests={"cpu": "100m"})
        before = states(self.running(manifest))
        self.assertEqual(({"requests": {"cpu": "100m"}}, {"cpu": "100m"}), (before["app"]["resources"], before["app"]["allocatedResources"]))
        self.resized(manifest, resources={"requests": {"cpu": "200m"}})
        now = self.done("asking", {"requests": {"cpu": "200m"}})
        self.assertEqual((2, 2), (now["metadata"]["generation"], now["status"]["observedGeneration"]))
        self.assertEqual(before["app"]["containerID"], states(now)["app"]["containerID"])
        self.assertEqual(before["side"], states(now)["side"])
        events = self.podrun.ok("get", "events", "--field-selector=involvedObject.name=asking").out
        self.assertRegex(events, r'ResizeStarted +pod/asking +Pod resize started: {"containers":\[{"name":"app","resources":{"requests":{"cpu":"200m"}}}')
        self.assertRegex(events, r'ResizeCompleted +pod/asking +Pod resize completed: {.*"generation":2}')

        self.assertIn("resize Infeasible: Node didn't have enough capacity: cpu, requested: ", self.resized(manifest, resources={"requests": {"cpu": "9000"}}).err)
        pending = self.conditions("asking")["PodResizePending"]
        self.assertEqual(("True", "Infeasible", 3), (pending["status"], pending["reason"], pending["observedGeneration"]))
        now = self.podrun.pod("asking") or {}
        self.assertEqual("9000", now["spec"]["containers"][0]["resources"]["requests"]["cpu"].replace("9k", "9000"))
        self.assertEqual({"requests": {"cpu": "200m"}}, states(now)["app"]["resources"])

        rest = 1000 * (os.cpu_count() or 1) - 350
        self.running(pod("greedy", container("app", "/probe", "wait", resources={"requests": {"cpu": f"{rest}m"}})))
        self.resized(manifest, resources={"requests": {"cpu": "300m"}})
        self.assertEqual("Deferred", self.conditions("asking")["PodResizePending"]["reason"])
        self.podrun.kill_agent()
        self.assertEqual("Deferred", self.conditions("asking")["PodResizePending"]["reason"])
        self.podrun.delete("greedy")
        self.done("asking", {"requests": {"cpu": "300m"}})

    def test_requests_by_restart(self) -> None:
        manifest = self.sized("restarting", policy=("memory",), requests={"memory": "16Mi", "cpu": "10m"})
        before = states(self.running(manifest))
        self.resized(manifest, resources={"requests": {"memory": "16Mi", "cpu": "20m"}})
        self.done("restarting", {"requests": {"cpu": "20m", "memory": "16Mi"}})
        self.resized(manifest, resources={"requests": {"memory": "24Mi", "cpu": "20m"}})
        now = self.done("restarting", {"requests": {"cpu": "20m", "memory": "24Mi"}}, restarts=1)
        self.assertEqual(0, states(now)["app"]["lastState"]["terminated"]["exitCode"])
        self.assertEqual(before["side"], states(now)["side"])
        self.assertIn("Container app resize requires restart", self.podrun.ok("describe", "pod", "restarting").out)

    def test_limits_without_controllers(self) -> None:
        """As at the first apply: refused, unless the user does without."""
        self.needs_no_controllers("cpu", "memory")
        manifest = self.sized("loose", requests={"memory": "16Mi"})
        self.running(manifest)
        before = self.podrun.pod("loose")
        wanted = {"limits": {"memory": "32Mi"}, "requests": {"memory": "16Mi"}}
        manifest["spec"]["containers"][0]["resources"] = wanted
        result = self.podrun.run("apply", "-f", "-", input=text(manifest))
        self.assertEqual((1, True), (result.code, "--without-enforcement" in result.err), result)
        self.assertEqual(before, self.podrun.pod("loose"))
        self.podrun.ok("apply", "--without-enforcement", "-f", "-", input=text(manifest))
        self.done("loose", wanted)

    def test_limits_in_place(self) -> None:
        """The container's and the pod's files; nothing restarts."""
        self.needs_controllers("cpu", "memory")
        manifest = self.sized("limited", limits={"cpu": "200m", "memory": "64Mi"}, requests={"cpu": "100m", "memory": "32Mi"})
        before = states(self.running(manifest))
        for cpu, memory in ((500, 128), (100, 32)):
            self.stage = f"{cpu}m"
            wanted = {"limits": {"cpu": f"{cpu}m", "memory": f"{memory}Mi"}, "requests": {"cpu": "100m", "memory": "32Mi"}}
            self.resized(manifest, resources=wanted)
            now = self.done("limited", wanted)
            self.assertEqual(
                {
                    "memory.max": str((64 + memory) << 20), "cpu.max": f"{(200 + cpu) * 100} 100000",
                    "app/memory.max": str(memory << 20), "app/cpu.max": f"{cpu * 100} 100000", "app/cpu.weight": "17",
                },
                self.files("limited"),
            )  # fmt: skip
            self.assertEqual(before["app"]["containerID"], states(now)["app"]["containerID"])
        self.resized(manifest, resources={"limits": {"cpu": "1", "memory": "32Mi"}, "requests": {"cpu": "1", "memory": "32Mi"}})
        self.assertEqual("100", self.files("limited")["app/cpu.weight"])
        # 1100m of this pod's are 43 of 10000, and the class has all that its pods ask for.
        self.assertEqual("43", (self.group("limited") / "cpu.weight").read_text().strip())
        wait_for(lambda: (self.group("limited").parent / "cpu.weight").read_text().strip() == "43", "the weight of the class")

    def test_limit_below_what_is_used(self) -> None:
        """Refused, and told; the container goes on with what it had until the wish can be granted."""
        self.needs_controllers("cpu", "memory")
        manifest = self.sized("full", "/probe", "memory", str(40 << 20), limits={"memory": "96Mi"}, requests={"memory": "16Mi"})
        self.running(manifest)
        used = self.group("full") / "app" / "memory.current"
        wait_for(lambda: int(used.read_text()) > 40 << 20, "the memory to be used", 60)
        error = self.resized(manifest, resources={"limits": {"memory": "24Mi"}, "requests": {"memory": "16Mi"}}).err
        words = r'cannot decrease memory limits: attempting to set container "app" memory limit \(25165824\) below current usage \(\d+\)'
        self.assertRegex(error, words)
        now = self.podrun.pod("full") or {}
        condition = self.conditions("full")["PodResizeInProgress"]
        self.assertEqual(("True", "Error", 2), (condition["status"], condition["reason"], condition["observedGeneration"]))
        self.assertRegex(condition["message"], words)
        self.assertEqual("96Mi", states(now)["app"]["resources"]["limits"]["memory"])
        self.assertEqual((str(96 << 20), str(192 << 20)), (self.files("full")["app/memory.max"], self.files("full")["memory.max"]))
        self.assertIn("ResizeError", self.podrun.ok("describe", "pod", "full").out)
        self.resized(manifest, resources={"limits": {"memory": "80Mi"}, "requests": {"memory": "16Mi"}})
        self.done("full", {"limits": {"memory": "80Mi"}, "requests": {"memory": "16Mi"}})
        self.assertEqual((str(80 << 20), str(176 << 20)), (self.files("full")["app/memory.max"], self.files("full")["memory.max"]))

    def test_limit_by_restart(self) -> None:
        """Below what is used, too: the instance that uses it is gone then."""
        self.needs_controllers("cpu", "memory")
        manifest = self.sized("anew", policy=("memory",), limits={"memory": "96Mi"}, requests={"memory": "16Mi"})
        self.running(manifest)
        self.resized(manifest, resources={"limits": {"memory": "32Mi"}, "requests": {"memory": "16Mi"}})
        self.done("anew", {"limits": {"memory": "32Mi"}, "requests": {"memory": "16Mi"}}, restarts=1)
        self.assertEqual((str(32 << 20), str(128 << 20)), (self.files("anew")["app/memory.max"], self.files("anew")["memory.max"]))

    def test_agent_killed_before_the_write(self) -> None:
        self.needs_controllers("cpu", "memory")
        mark = paths.RUN_DIRECTORY / "failpoint.before-resize-cgroups"

        def disarm() -> None:
            self.podrun.ok("delete", "pod", "killed", "--now", "--ignore-not-found")
            self.podrun.ok("agent", "--stop")
            mark.unlink(missing_ok=True)

        self.podrun.ok("agent", "--stop")
        self.addCleanup(disarm)
        environment = {**os.environ, "PODRUN_FAILPOINT": "before-resize-cgroups:kill"}
        manifest = self.sized("killed", limits={"memory": "64Mi"}, requests={"memory": "16Mi"})
        self.podrun.ok("apply", "-f", "-", input=text(manifest), env=environment)
        before = states(self.podrun.wait_phase("killed", "Running"))
        changed = json.loads(json.dumps(manifest))
        changed["spec"]["containers"][0]["resources"]["limits"]["memory"] = "128Mi"
        self.podrun.run("apply", "-f", "-", input=text(changed), env=environment)
        now = self.done("killed", {"limits": {"memory": "128Mi"}, "requests": {"memory": "16Mi"}})
        self.assertTrue(mark.exists(), "the agent never came to it")
        self.assertEqual(before["app"]["containerID"], states(now)["app"]["containerID"])
        self.assertEqual((str(128 << 20), str(192 << 20)), (self.files("killed")["app/memory.max"], self.files("killed")["memory.max"]))
