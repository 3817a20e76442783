"""What a container does after its start and before its end: postStart, preStop, and the signal it is stopped with."""

import json
import os
import signal
import time
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.server import Exchange, Server
from harness.waiting import wait_for

ENDS = "trap 'echo term >> /data/order; exit 0' TERM; while :; do sleep 0.05; done"


class Asked(Server):
    """Answers everything with an error, which no hook minds."""

    def handle(self, exchange: Exchange) -> None:
        exchange.answer(503, {}, b"")


class Hooks(PodTestCase):
    in_vm = frozenset({"test_post_start_holds_the_next_container", "test_agent_dies_during_pre_stop"})

    def shared(self, name: str, *containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
        """A pod whose containers write to /data/order, which outlives them."""
        for each in containers:
            each["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        os.chmod(self.directory, 0o777)
        return pod(name, *containers, volumes=[{"name": "data", "hostPath": {"path": str(self.directory)}}], **spec)

    def order(self) -> list[str]:
        path = self.directory / "order"
        return path.read_text().split() if path.exists() else []

    def test_post_start_holds_the_next_container(self) -> None:
        hook = {"exec": {"command": ["sh", "-c", "sleep 0.5; echo hook >> /data/order"]}}
        first = container("first", "/probe", "wait", lifecycle={"postStart": hook})
        second = container("second", "sh", "-c", "echo second >> /data/order; exec /probe wait")
        self.running(self.shared("ordered", first, second))
        wait_for(lambda: len(self.order()) == 2, "both lines")
        self.assertEqual(["hook", "second"], self.order())

    def test_failed_post_start(self) -> None:
        """The container is killed; the event doesn't tell what the hook wrote, the state does."""
        hook = {"exec": {"command": ["sh", "-c", "echo why; exit 3"]}}
        app = container("app", "/probe", "wait", lifecycle={"postStart": hook})
        self.podrun.ok("apply", "--wait=false", "-", input=json.dumps(pod("failing", app)))

        def waiting() -> dict[str, Any]:
            return states(self.podrun.pod("failing") or {}).get("app", {}).get("state", {}).get("waiting", {})

        wait_for(lambda: states(self.podrun.pod("failing") or {})["app"]["restartCount"] > 0, "a restart")
        text = wait_for(lambda: self.podrun.ok("describe", "pod", "failing").out, "description")
        self.assertIn("FailedPostStartHook", text)
        self.assertIn("PostStartHook failed", text)
        self.assertNotIn("why", text.partition("Events:")[2])

    def test_pre_stop_runs_before_the_signal(self) -> None:
        hook = {"exec": {"command": ["sh", "-c", "echo pre >> /data/order; sleep 1; echo done >> /data/order"]}}
        app = container("app", "sh", "-c", ENDS, lifecycle={"preStop": hook})
        self.running(self.shared("graceful", app, terminationGracePeriodSeconds=20))
        self.podrun.ok("delete", "pod", "graceful")
        self.assertEqual(["pre", "done", "term"], self.order())

    def test_agent_dies_during_pre_stop(self) -> None:
        """The hook is run again, and what is left of the first time ends before."""
        long_at_first = "echo pre >> /data/order; test -e /data/first || { touch /data/first; sleep 25; }; echo done >> /data/order"
        hook = {"exec": {"command": ["sh", "-c", long_at_first]}}
        app = container("app", "sh", "-c", ENDS, lifecycle={"preStop": hook})
        self.running(self.shared("again", app, terminationGracePeriodSeconds=30))
        self.podrun.ok("delete", "pod", "again", "--wait=false")
        wait_for(lambda: self.order() == ["pre"], "the hook")
        os.kill(self.podrun.agent() or 0, signal.SIGKILL)
        wait_for(lambda: self.podrun.pod("again") is None, "the pod's end", 30)
        self.assertEqual(["pre", "pre", "done", "term"], self.order())

    def test_pre_stop_ends_with_the_grace_period(self) -> None:
        hook = {"exec": {"command": ["sh", "-c", "echo pre >> /data/order; sleep 1000"]}}
        app = container("app", "sh", "-c", ENDS, lifecycle={"preStop": hook})
        self.running(self.shared("endless", app, terminationGracePeriodSeconds=2))
        self.podrun.ok("delete", "pod", "endless")
        self.assertEqual(["pre"], self.order()[:1])

    def test_failed_pre_stop_is_an_event_only(self) -> None:
        app = container("app", "sh", "-c", ENDS, lifecycle={"preStop": {"exec": {"command": ["false"]}}})
        watcher = self.running(self.shared("careless", app, terminationGracePeriodSeconds=20))
        self.assertEqual("Running", watcher["status"]["phase"])
        self.podrun.ok("delete", "pod", "careless")
        self.assertEqual(["term"], self.order())
        selector = "--field-selector=involvedObject.name=careless,reason=FailedPreStopHook"
        told = self.podrun.ok("get", "events", selector, "--no-headers").out
        self.assertRegex(told, r"^\S+ +Warning +FailedPreStopHook +pod/careless +PreStopHook failed\n$")

    def test_requests(self) -> None:
        """Any answer will do; TLS that a server doesn't speak is given up."""
        with Asked() as server:
            address, port = server.host.split(":")
            hooks = {
                when: {"httpGet": {"path": f"/{when}?x=1", "host": address, "port": int(port)}} for when in ("postStart", "preStop")
            }
            self.running(pod("asking", container("app", "/probe", "wait", lifecycle=hooks)))
            self.podrun.ok("delete", "pod", "asking")
            self.assertEqual(["/postStart?x=1", "/preStop?x=1"], [request.path for request in server.requests])
            self.assertEqual({"kube-lifecycle/1.36"}, {request.headers["user-agent"] for request in server.requests})

    def test_fallback_from_https(self) -> None:
        hook = {"httpGet": {"path": "/status/500", "port": 8080, "scheme": "HTTPS"}}
        server = container("server", "/probe", "serve", "8080")
        app = container("app", "/probe", "wait", lifecycle={"postStart": hook})
        address = self.running(pod("plain", server, app))["status"]["podIP"]
        wait_for(
            lambda: f"request to HTTPS lifecycle hook {address}:8080 got HTTP response, retry with HTTP succeeded"
            in self.podrun.ok("describe", "pod", "plain").out,
            "LifecycleHTTPFallback",
        )

    def test_sleep(self) -> None:
        hook = {"sleep": {"seconds": 2}}
        self.running(pod("sleepy", container("app", "/probe", "wait", lifecycle={"preStop": hook}), terminationGracePeriodSeconds=20))
        begin = time.monotonic()
        self.podrun.ok("delete", "pod", "sleepy")
        self.assertGreaterEqual(time.monotonic() - begin, 2)

    def test_tcp_hook_fails_as_in_kubernetes(self) -> None:
        hook = {"tcpSocket": {"port": 80}}
        app = container("app", "/probe", "wait", lifecycle={"postStart": hook})
        self.podrun.run("apply", "--wait=false", "-", input=json.dumps(pod("tcp", app, restartPolicy="Never")))
        self.podrun.wait_phase("tcp", "Failed", "Succeeded")
        self.assertIn("FailedPostStartHook", self.podrun.ok("describe", "pod", "tcp").out)

    def test_stop_signal(self) -> None:
        script = "trap 'echo usr1 >> /data/order; exit 0' USR1; trap 'echo term >> /data/order; exit 0' TERM; while :; do sleep 0.05; done"
        app = container("app", "sh", "-c", script, lifecycle={"stopSignal": "SIGUSR1"})
        now = self.running(self.shared("signalled", app, os={"name": "linux"}, terminationGracePeriodSeconds=20))
        self.assertEqual("SIGUSR1", states(now)["app"]["stopSignal"])
        self.podrun.ok("delete", "pod", "signalled")
        self.assertEqual(["usr1"], self.order())
