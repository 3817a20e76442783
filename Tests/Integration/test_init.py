"""Sidecars, restart rules of one container, deadlines, readiness gates."""

from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.podrun import text
from harness.waiting import wait_for

DATA = [{"name": "data", "mountPath": "/data"}]
VOLUMES = [{"name": "data", "emptyDir": {}}]
#: Ends once, then stays.
TWICE = "test -e /data/second && exec /probe wait; touch /data/second; exit 0"


class Init(PodTestCase):
    in_vm = False

    def condition(self, name: str, kind: str) -> dict[str, Any]:
        conditions = (self.podrun.pod(name) or {})["status"]["conditions"]
        return next((entry for entry in conditions if entry["type"] == kind), {})

    def row(self, name: str) -> list[str]:
        return self.podrun.ok("get", "pods", name, "--no-headers").out.split()

    def test_a_sidecar_runs_beside(self) -> None:
        """It starts before the later init container, runs on, comes back whatever its exit code, and is ended by the end of
        the last regular container."""
        sidecar = container("proxy", "sh", "-c", TWICE, restartPolicy="Always", volumeMounts=DATA)
        step = container("step", "sh", "-c", "until test -e /data/second; do sleep 0.02; done", volumeMounts=DATA)
        gate = "until test -e /data/go; do sleep 0.02; done"
        app = container("app", "sh", "-c", gate, volumeMounts=DATA)
        manifest = pod("beside", app, initContainers=[sidecar, step], volumes=VOLUMES, restartPolicy="Never")
        self.podrun.apply(manifest)
        self.podrun.wait_phase("beside", "Running")
        wait_for(lambda: self.row("beside")[1:3] == ["2/2", "Running"], "READY 2/2")
        proxy = states(self.podrun.pod("beside") or {})["proxy"]
        self.assertEqual((True, True, 1), (proxy["started"], proxy["ready"], proxy["restartCount"]))
        self.assertEqual(0, self.podrun.exec("beside", "touch", "/data/go", container="app").code)
        done = self.podrun.wait_phase("beside", "Succeeded")
        self.assertIn("terminated", states(done)["proxy"]["state"])
        self.assertEqual("Completed", self.row("beside")[2])

    def test_a_restart_rule(self) -> None:
        """Exit code 42 starts the container anew although nothing restarts in this pod."""
        rules = [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]
        command = "test -e /data/second && exit 0; touch /data/second; exit 42"
        app = container("app", "sh", "-c", command, volumeMounts=DATA, restartPolicy="Never", restartPolicyRules=rules)
        done = self.finished(pod("ruled", app, restartPolicy="Never", volumes=VOLUMES))
        self.assertEqual(("Succeeded", 1), (done["status"]["phase"], states(done)["app"]["restartCount"]))

    def test_a_rule_restarts_all(self) -> None:
        """Everything starts anew in the same sandbox, init containers too."""
        rules = [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [88]}}]
        step = container("step", "sh", "-c", "echo step >> /data/steps", volumeMounts=DATA)
        command = "test -e /data/second && exec /probe wait; touch /data/second; exit 88"
        app = container("app", "sh", "-c", command, volumeMounts=DATA, restartPolicy="Never", restartPolicyRules=rules)
        log = container("log", "/probe", "wait", volumeMounts=DATA)
        manifest = pod("all", app, log, initContainers=[step], restartPolicy="Never", volumes=VOLUMES)
        self.podrun.apply(manifest)

        def again() -> bool:
            entries = states(self.podrun.pod("all") or {})
            return all(entry["restartCount"] == 1 for entry in entries.values()) and all(
                "running" in entries[name]["state"] for name in ("app", "log")
            )

        wait_for(again, "a second instance of each")
        self.assertEqual("step\nstep\n", self.podrun.exec("all", "cat", "/data/steps", container="log").out)
        self.assertEqual("False", self.condition("all", "AllContainersRestarting")["status"])

    def test_rules_need_a_policy(self) -> None:
        rules = [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]
        result = self.podrun.run("apply", "-", input=text(pod("bad", container("app", restartPolicyRules=rules))))
        self.assertEqual(1, result.code)
        self.assertIn("must specify restartPolicy when restart rules are used", result.err)

    def test_the_deadline(self) -> None:
        """Failed with the kubelet's words, and nothing of it runs."""
        self.podrun.apply(pod("late", container("app", "/probe", "wait"), activeDeadlineSeconds=1))
        status = self.podrun.wait_phase("late", "Failed")["status"]
        words = "Pod was active on the node longer than the specified deadline"
        self.assertEqual(("DeadlineExceeded", words), (status["reason"], status["message"]))
        self.assertIn("terminated", states({"status": status})["app"]["state"])
        self.assertIn(words, self.podrun.ok("describe", "pod", "late").out)

    def test_a_readiness_gate(self) -> None:
        gates = [{"conditionType": "example.com/served"}]
        self.podrun.apply(pod("gated", container("app", "/probe", "wait"), readinessGates=gates))
        self.podrun.wait_phase("gated", "Running")
        ready = self.condition("gated", "Ready")
        self.assertEqual(("False", "ReadinessGatesNotReady"), (ready["status"], ready["reason"]))
        self.assertEqual("True", self.condition("gated", "ContainersReady")["status"])
