"""restartPolicy, back-off, exit codes, phases, init containers."""

import json
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod, states, waiting_pod
from harness.podrun import text
from harness.waiting import stays, wait_for


class Lifecycle(PodTestCase):
    in_vm = frozenset({"test_exit_codes_reasons_and_phases", "test_missing_command", "test_init_containers_run_in_order", "test_many_apply_the_same_at_once"})

    def ended(self, name: str, container_name: str = "app") -> dict[str, Any]:
        return states(self.podrun.pod(name) or {})[container_name]["state"]["terminated"]

    def restarts(self, name: str) -> int:
        return states(self.podrun.pod(name) or {}).get("app", {}).get("restartCount", 0)

    def told(self, name: str, reason: str) -> int:
        """How often an event came up."""
        selector = f"--field-selector=involvedObject.name={name},reason={reason}"
        return sum(event["count"] for event in json.loads(self.podrun.ok("get", "events", selector, "-o", "json").out)["items"])

    def test_exit_codes_reasons_and_phases(self) -> None:
        table = (
            ("success", ("exit", "0"), 0, "Completed", "Succeeded"),
            ("failure", ("exit", "42"), 42, "Error", "Failed"),
            ("signal", ("crash",), 132, "Error", "Failed"),
        )
        for name, arguments, code, reason, phase in table:
            self.stage = name
            status = self.finished(pod(name, container("app", "/probe", *arguments), restartPolicy="Never"))["status"]
            ended = states({"status": status})["app"]["state"]["terminated"]
            self.assertEqual((code, reason, phase), (ended["exitCode"], ended["reason"], status["phase"]))
            self.assertLessEqual(ended["startedAt"], ended["finishedAt"])
            self.assertEqual(0, states({"status": status})["app"]["restartCount"])

    def test_phase_of_two_containers(self) -> None:
        """Failed when one of two failed and Never; Running while one runs."""
        two = pod("two", container("good", "/probe", "exit", "0"), container("bad", "/probe", "exit", "3"), restartPolicy="Never")
        self.assertEqual("Failed", self.finished(two)["status"]["phase"])
        mixed = pod("mixed", container("app", "/probe", "wait"), container("done", "/probe", "exit", "0"), restartPolicy="Never")
        self.running(mixed)
        wait_for(lambda: "terminated" in states(self.podrun.pod("mixed") or {})["done"]["state"], "end of one container")
        self.assertEqual("Running", (self.podrun.pod("mixed") or {})["status"]["phase"])
        row = self.podrun.ok("get", "pods", "mixed", "--no-headers").out.split()
        self.assertEqual(["mixed", "1/2"], row[:2])

    def test_on_failure_restarts_until_success(self) -> None:
        """Exits 1 and then 0: one restart, then Succeeded."""
        command = "test -e /data/second && exit 0; touch /data/second; exit 1"
        app = container("app", "sh", "-c", command, volumeMounts=[{"name": "data", "mountPath": "/data"}])
        done = self.finished(pod("retry", app, restartPolicy="OnFailure", volumes=[{"name": "data", "emptyDir": {}}]))
        self.assertEqual(("Succeeded", 1), (done["status"]["phase"], states(done)["app"]["restartCount"]))
        self.assertEqual(1, states(done)["app"]["lastState"]["terminated"]["exitCode"])

    def test_never_is_not_restarted(self) -> None:
        self.finished(pod("never", container("app", "/probe", "exit", "5"), restartPolicy="Never"))
        stays(lambda: self.restarts("never") == 0, "no restart", 1)

    def test_always_backs_off(self) -> None:
        """The first restart comes at once, the second after 10 s, and the waiting is shown with the kubelet's words."""
        self.podrun.apply(pod("crashing", container("app", "/probe", "exit", "0")))

        def waiting() -> dict[str, Any]:
            return states(self.podrun.pod("crashing") or {})["app"]["state"].get("waiting", {})

        wait_for(lambda: self.restarts("crashing") == 1 and waiting(), "back-off after the first restart")
        uid = (self.podrun.pod("crashing") or {})["metadata"]["uid"]
        self.assertEqual("CrashLoopBackOff", waiting()["reason"])
        self.assertEqual(f"back-off 10s restarting failed container=app pod=crashing_default({uid})", waiting()["message"])
        self.assertEqual("Running", (self.podrun.pod("crashing") or {})["status"]["phase"])
        self.assertIn("CrashLoopBackOff", self.podrun.ok("get", "pods").out)
        stays(lambda: self.restarts("crashing") == 1, "no restart before 10 s", 5)
        wait_for(lambda: self.restarts("crashing") == 2, "second restart")
        wait_for(lambda: "back-off 20s" in waiting().get("message", ""), "doubled back-off")
        self.assertIn("BackOff", self.podrun.ok("describe", "pod", "crashing").out)
        before = self.told("crashing", "BackOff")
        wait_for(lambda: self.told("crashing", "BackOff") > before, "the event again", 18)
        self.assertEqual(2, self.restarts("crashing"))

    def test_missing_command(self) -> None:
        """StartError with code 128 and runc's words; nothing of the container is left."""
        result = self.podrun.run("apply", "-", input=text(pod("typo", container("app", "no-such-program"), restartPolicy="Never")))
        self.assertEqual(1, result.code)
        self.assertIn('exec: "no-such-program": executable file not found in $PATH', result.err)
        self.podrun.wait_phase("typo", "Failed")
        ended = self.ended("typo")
        self.assertEqual((128, "StartError"), (ended["exitCode"], ended["reason"]))
        self.assertIn("executable file not found in $PATH", ended["message"])

    def test_command_that_is_no_program(self) -> None:
        result = self.podrun.run("apply", "-", input=text(pod("data", container("app", "/etc/not-executable"), restartPolicy="Never")))
        self.assertEqual(1, result.code)
        self.assertIn("permission denied", result.err)

    def test_init_containers_run_in_order(self) -> None:
        mounts = [{"name": "data", "mountPath": "/data"}]
        steps = [container(name, "sh", "-c", f"echo {name} >> /data/order", volumeMounts=mounts) for name in ("one", "two", "three")]
        app = container("app", "sh", "-c", "cat /data/order; exec /probe wait", volumeMounts=mounts)
        self.running(pod("ordered", app, initContainers=steps, volumes=[{"name": "data", "emptyDir": {}}]))
        wait_for(lambda: self.podrun.ok("logs", "ordered").out.startswith("one\ntwo\nthree\n"), "steps in order")
        entries = states(self.podrun.pod("ordered") or {})
        finished = [entries[name]["state"]["terminated"] for name in ("one", "two", "three")]
        self.assertEqual([0] * 3, [each["exitCode"] for each in finished])

    def test_init_status_column(self) -> None:
        mounts = [{"name": "data", "mountPath": "/data"}]
        gate = "until test -e /data/go; do sleep 0.02; done"
        steps = [container(name, "sh", "-c", gate, volumeMounts=mounts) for name in ("one",)]
        volumes = [{"name": "data", "emptyDir": {}}]
        manifest = pod("gated", container("app", "/probe", "wait", volumeMounts=mounts), initContainers=steps, volumes=volumes)
        self.podrun.ok("apply", "--wait=false", "-", input=text(manifest))
        wait_for(lambda: "Init:0/1" in self.podrun.ok("get", "pods").out, "Init:0/1")
        self.assertEqual("Pending", (self.podrun.pod("gated") or {})["status"]["phase"])
        self.assertEqual("PodInitializing", states(self.podrun.pod("gated") or {})["app"]["state"]["waiting"]["reason"])
        self.assertEqual(0, self.podrun.exec("gated", "touch", "/data/go", container="one").code)
        self.podrun.wait_phase("gated", "Running")

    def test_failed_init_container(self) -> None:
        """Never: the pod fails and the app never starts. Always: it is tried again."""
        step = container("step", "/probe", "exit", "9")
        self.podrun.run("apply", "-", input=text(pod("failing", container("app"), initContainers=[step], restartPolicy="Never")))
        failed = self.podrun.wait_phase("failing", "Failed")
        self.assertEqual(9, states(failed)["step"]["state"]["terminated"]["exitCode"])
        self.assertNotIn("terminated", states(failed)["app"]["state"])
        self.assertIn("Init:Error", self.podrun.ok("get", "pods", "failing").out)
        self.podrun.run("apply", "--wait=false", "-", input=text(pod("again", container("app"), initContainers=[step])))
        wait_for(lambda: states(self.podrun.pod("again") or {}).get("step", {}).get("restartCount", 0) >= 1, "second try")
        self.assertEqual("Pending", (self.podrun.pod("again") or {})["status"]["phase"])

    def test_missing_image(self) -> None:
        for policy, reasons in (("Never", {"ErrImageNeverPull"}), ("IfNotPresent", {"ErrImagePull", "ImagePullBackOff"})):
            self.stage = policy
            name = f"missing-{policy.lower()}"
            app = container("app", image="no-such-image:1", imagePullPolicy=policy)
            result = self.podrun.run("apply", "-", input=text(pod(name, app)))
            self.assertEqual(1, result.code)
            self.assertIn("no-such-image:1", result.err)

            def reason(name: str = name) -> str:
                return states(self.podrun.pod(name) or {}).get("app", {}).get("state", {}).get("waiting", {}).get("reason", "")

            wait_for(lambda: reason() in reasons, f"one of {reasons}")
            self.assertEqual("Pending", (self.podrun.pod(name) or {})["status"]["phase"])

    def test_apply_is_idempotent(self) -> None:
        first = self.running(waiting_pod("same"))
        result = self.podrun.apply(waiting_pod("same"))
        self.assertEqual("pod/same unchanged\n", result.out)
        second = self.podrun.pod("same") or {}
        self.assertEqual(first["metadata"]["uid"], second["metadata"]["uid"])

    def test_many_apply_the_same_at_once(self) -> None:
        path = self.file("same.json", text(waiting_pod("same")))
        clients = [self.podrun.start("apply", path) for _ in range(16)]
        said = []
        for client in clients:
            out, error = client.communicate(timeout=60)
            self.assertEqual(0, client.returncode, error)
            said.append(out)
        self.assertEqual((1, 15), (said.count(b"pod/same created\n"), said.count(b"pod/same unchanged\n")))
        self.assertEqual(1, len(self.podrun.pods()))

    def test_apply_and_delete_mixed(self) -> None:
        """Whoever is last wins; the pod is there whole or not at all."""
        path = self.file("mixed.json", text(waiting_pod("mixed")))
        clients = []
        for _ in range(12):
            clients.append(self.podrun.start("apply", path))
            clients.append(self.podrun.start("delete", "pod", "mixed", "--now", "--ignore-not-found"))
        for client in clients:
            client.communicate(timeout=60)
            self.assertIn(client.returncode, (0, 1))
        self.podrun.apply(waiting_pod("mixed"))
        self.podrun.wait_phase("mixed", "Running")

    def test_conditions(self) -> None:
        status = self.running(waiting_pod("conditions"))["status"]
        conditions = {entry["type"]: entry["status"] for entry in status["conditions"]}
        for kind in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"):
            self.assertEqual("True", conditions.get(kind), kind)

    def test_several_documents_and_a_directory(self) -> None:
        self.file("a.yaml", text(waiting_pod("a1"), waiting_pod("a2")))
        self.file("b.json", json.dumps(waiting_pod("b")))
        self.file("ignored.txt", "not: [a manifest")
        result = self.podrun.ok("apply", "-f", str(self.directory))
        self.assertEqual({"pod/a1 created", "pod/a2 created", "pod/b created"}, set(result.out.splitlines()))
        self.assertEqual({"pod/a1", "pod/a2", "pod/b"}, set(self.podrun.ok("get", "pods", "-o", "name").out.splitlines()))

    def test_namespaces_divide_names(self) -> None:
        for namespace in ("blue", "green"):
            self.podrun.ok("apply", "-n", namespace, "-", input=text(waiting_pod("same")))
        self.assertIsNone(self.podrun.pod("same"))
        uids = {(self.podrun.pod("same", namespace) or {})["metadata"]["uid"] for namespace in ("blue", "green")}
        self.assertEqual(2, len(uids))
        self.podrun.ok("delete", "pod", "same", "-n", "blue", "--now")
        self.assertIsNotNone(self.podrun.pod("same", "green"))

    def test_watch(self) -> None:
        watcher = self.podrun.start("get", "pods", "-w", "-o", "name")
        try:
            self.running(waiting_pod("watched"))
            assert watcher.stdout is not None
            self.assertEqual(b"pod/watched\n", watcher.stdout.readline())
        finally:
            watcher.kill()
            watcher.communicate()

    def test_host_name_too_long_is_cut(self) -> None:
        name = "x" * 62 + "-" + "y" * 20
        self.running(waiting_pod(name))
        self.assertEqual("x" * 62, self.podrun.report(name)["hostname"])
