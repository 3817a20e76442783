"""Liveness, readiness and startup probes, in each of their four ways."""

import json
import os
import signal
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.server import Certificates, Exchange, Server
from harness.waiting import stays, wait_for

#: So that a test takes seconds.
QUICK = {"periodSeconds": 1, "failureThreshold": 1}


def get(path: str, port: int | str = 8080, **fields: Any) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": port, **fields}, **QUICK}


class Probes(PodTestCase):
    in_vm = frozenset({"test_liveness_restarts", "test_command_is_killed_with_its_children", "test_http_answers"})

    def status(self, name: str, container_name: str = "app") -> dict[str, Any]:
        return states(self.podrun.pod(name) or {}).get(container_name, {})

    def is_ready(self, name: str, container_name: str = "app") -> bool:
        return self.status(name, container_name).get("ready", False)

    def conditions(self, name: str) -> dict[str, str]:
        return {entry["type"]: entry["status"] for entry in (self.podrun.pod(name) or {})["status"]["conditions"]}

    def described(self, name: str, *words: str) -> str:
        """The pod's description, once all words are in it."""

        def found() -> str:
            text = self.podrun.ok("describe", "pod", name).out
            return text if all(word in text for word in words) else ""

        try:
            return wait_for(found, f"{words} in the description of {name!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.podrun.run('describe', 'pod', name)}") from None

    def unhealthy(self, name: str, *words: str) -> None:
        self.described(name, "Unhealthy", *words)

    def test_liveness_restarts(self) -> None:
        """The corpus's fragments liveness-http and http-headers: the head is the kubelet's, and a failure restarts."""
        probe = get("/healthy", "http", httpHeaders=[{"name": "Custom-Header", "value": "Awesome"}])
        app = container(
            "app", "sh", "-c", "touch /tmp/healthy; exec /probe serve 8080", livenessProbe=probe,
            ports=[{"name": "http", "containerPort": 8080}],
        )  # fmt: skip
        started = self.running(pod("live", app))
        head = wait_for(lambda: self.podrun.ok("logs", "live").out.partition("GET ")[2], "a request")
        lines = set(head.split("\n \n")[0].split("\n"))
        self.assertTrue(head.startswith("/healthy HTTP/1.1"))
        host = f"{started['status']['podIP']}:8080"
        for line in (f"Host: {host}", "User-Agent: kube-probe/1.36", "Accept: */*", "Custom-Header: Awesome", "Connection: close"):
            self.assertIn(line, {line.strip() for line in lines})
        self.assertEqual(0, self.status("live")["restartCount"])
        self.assertEqual(0, self.podrun.exec("live", "rm", "/tmp/healthy").code)
        wait_for(lambda: self.status("live")["restartCount"] == 1, "a restart")
        self.described(
            "live", "Liveness probe failed: HTTP probe failed with statuscode: 500",
            "Container app failed liveness probe, will be restarted",
        )  # fmt: skip
        self.podrun.wait_phase("live", "Running")

    def test_readiness_by_command(self) -> None:
        """The corpus's fragment readiness-exec. Nothing is restarted; a new agent knows what the last one knew."""
        probe = {"exec": {"command": ["cat", "$(FILE)"]}, **QUICK}
        app = container("app", "/probe", "wait", readinessProbe=probe, env=[{"name": "FILE", "value": "/tmp/healthy"}])
        self.running(pod("ready", app))
        self.unhealthy("ready", "Readiness probe failed: cat: can't open '/tmp/healthy'")
        self.assertEqual("False", self.conditions("ready")["Ready"])
        self.assertIn("0/1", self.podrun.ok("get", "pods", "ready").out)
        self.podrun.exec("ready", "touch", "/tmp/healthy")
        wait_for(lambda: self.is_ready("ready"), "readiness")
        self.assertEqual(("True", "True"), (self.conditions("ready")["Ready"], self.conditions("ready")["ContainersReady"]))
        os.kill(self.podrun.agent() or 0, signal.SIGKILL)
        stays(lambda: self.is_ready("ready"), "readiness", 1.5)
        self.podrun.exec("ready", "rm", "/tmp/healthy")
        wait_for(lambda: not self.is_ready("ready"), "unreadiness")
        self.assertEqual(0, self.status("ready")["restartCount"])

    def test_startup_holds_the_others(self) -> None:
        """The corpus's fragment startup-tcp: liveness waits, however long the start takes."""
        app = container(
            "app", "sh", "-c", "trap exit TERM; until test -e /tmp/go; do sleep 0.05; done; exec /probe serve 8080",
            startupProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 1, "failureThreshold": 30},
            livenessProbe={"exec": {"command": ["test", "-e", "/tmp/go"]}, **QUICK},
        )  # fmt: skip
        self.podrun.ok("apply", "--wait=false", "-", input=json.dumps(pod("slow", app)))
        address = wait_for(lambda: (self.podrun.pod("slow") or {})["status"].get("podIP"), "address")
        self.unhealthy("slow", f"Startup probe failed: dial tcp {address}:8080: connect: connection refused")
        self.assertFalse(self.status("slow")["started"])
        self.assertFalse(self.is_ready("slow"))
        self.podrun.exec("slow", "touch", "/tmp/go")
        wait_for(lambda: self.status("slow")["started"] and self.is_ready("slow"), "start")
        self.assertEqual(0, self.status("slow")["restartCount"])
        self.podrun.exec("slow", "rm", "/tmp/go")
        wait_for(lambda: self.status("slow")["restartCount"] == 1, "a restart for liveness")

    def test_failed_probe_of_a_pod_that_is_not_restarted(self) -> None:
        app = container("app", "/probe", "wait", startupProbe={"exec": {"command": ["false"]}, **QUICK})
        self.podrun.ok("apply", "--wait=false", "-", input=json.dumps(pod("never", app, restartPolicy="Never")))
        failed = self.podrun.wait_phase("never", "Failed", "Succeeded")
        self.assertEqual(0, states(failed)["app"]["restartCount"])
        self.described("never", "Killing", "Container app failed startup probe")

    def test_command_is_killed_with_its_children(self) -> None:
        """At its timeout: also what has left its session. Nothing else of the container is."""
        script = "setsid sleep 1111 & sleep 2222 & echo x >> /tmp/runs; sleep 3333"
        probe = {"exec": {"command": ["sh", "-c", script]}, "periodSeconds": 3, "failureThreshold": 3}
        app = container("app", "/probe", "wait", readinessProbe=probe)
        self.running(pod("hung", app))
        self.podrun.exec("hung", "sh", "-c", "sleep 4444 > /dev/null 2>&1 &")
        self.unhealthy("hung", f'Readiness probe failed: command timed out: "sh -c {script}" timed out after 1s')
        wait_for(lambda: self.podrun.exec("hung", "cat", "/tmp/runs").out.count("x") >= 2, "a second run")

        def sleeps() -> list[str]:
            out = self.podrun.exec("hung", "ps").out
            return [number for number in ("1111", "2222", "3333", "4444") if number in out]

        wait_for(lambda: sleeps() == ["4444"], "end of the probe's children", 30)

    def test_output_is_capped(self) -> None:
        """1 KiB of it is told, which is what the API takes, and the command can write what it wants."""
        probe = {"exec": {"command": ["sh", "-c", "yes | head -c 1000000; exit 3"]}, **QUICK, "timeoutSeconds": 30}
        self.running(pod("loud", container("app", "/probe", "wait", readinessProbe=probe)))
        self.unhealthy("loud", "Readiness probe failed: y")
        events = json.loads(self.podrun.ok("get", "events", "--field-selector", "reason=Unhealthy", "-o", "json").out)["items"]
        told = next(event["message"] for event in events if event["involvedObject"]["name"] == "loud")
        self.assertEqual(1024, len(told))

    def test_http_answers(self) -> None:
        """A container for each way to ask a server; few in a pod, or its many events would be dropped, as in Kubernetes."""
        pods = {
            "answers": {
                "good": (get("/status/204"), None),
                "same-host": (get("/to//status/200"), None),
                "other-host": (get("/to/http://example.invalid/"), "Probe terminated redirects, Response body: moved"),
            },
            "errors": {
                "missing": (get("/status/404"), "HTTP probe failed with statuscode: 404"),
                "garbage": (get("/garbage"), "malformed HTTP response"),
                "closed": (get("/close"), "EOF"),
            },
            "silence": {
                "slow": (get("/slow/5"), "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"),
                "refused": (get("/", 8081), "8081: connect: connection refused"),
                "no-tls": (get("/", scheme="HTTPS"), "http: server gave HTTP response to HTTPS client"),
            },
        }
        for name, rows in pods.items():
            clients = [container(each, "/probe", "wait", readinessProbe=probe) for each, (probe, _) in rows.items()]
            self.podrun.apply(pod(name, container("app", "/probe", "serve", "8080"), *clients))
        for name, rows in pods.items():
            ready = name == "answers"
            wait_for(lambda: all(self.is_ready(name, each) == ready for each in rows), f"{name}: ready {ready}")  # noqa: B023
            self.described(name, *(words for _, words in rows.values() if words))

    def test_https(self) -> None:
        """No certificate is checked, and `host` is asked instead of the pod."""
        certificates = Certificates(self.directory)

        class Health(Server):
            def handle(self, exchange: Exchange) -> None:
                exchange.answer(200 if exchange.request.path == "/good" else 503, {}, b"")

        with Health(tls=certificates) as server:
            address, port = server.host.split(":")
            probe = get("/good", int(port), host=address, scheme="HTTPS")
            self.running(pod("secure", container("app", "/probe", "wait", readinessProbe=probe)))
            wait_for(lambda: self.is_ready("secure"), "readiness")

    def test_grpc(self) -> None:
        """The health protocol: SERVING is success, anything else is not."""
        servers = {"serving": ("5001", "1"), "not-serving": ("5002", "2"), "no-health": ("5003", "0", "12")}
        rows = {
            "serving": {"port": 5001, "service": "my.service"},
            "not-serving": {"port": 5002},
            "no-health": {"port": 5003},
            "nobody": {"port": 5004},
        }
        containers = [
            container(
                name, "/probe", *(["grpc", *servers[name]] if name in servers else ["wait"]),
                readinessProbe={"grpc": action, **QUICK},
            )
            for name, action in rows.items()
        ]  # fmt: skip
        self.podrun.apply(pod("grpc", *containers))
        wait_for(lambda: self.is_ready("grpc", "serving"), "readiness")
        self.assertIn('service "my.service"', self.podrun.ok("logs", "grpc", "-c", "serving").out)
        address = (self.podrun.pod("grpc") or {})["status"]["podIP"]
        self.unhealthy(
            "grpc", 'service unhealthy (responded with "NOT_SERVING")',
            "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): said so",
            f'timeout: failed to connect service "{address}:5004" within 1s: context deadline exceeded',
        )  # fmt: skip
        self.assertEqual(["serving"], [name for name in rows if self.is_ready("grpc", name)])
