"""The pods of the tutorials, as their authors wrote them."""

import socket
import urllib.request
from typing import Any

from harness import paths
from harness.case import PodTestCase
from harness.manifest import states
from harness.waiting import wait_for


class Corpus(PodTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.needs_corpus_images()

    def run_file(self, file: str, name: str) -> dict[str, Any]:
        """Applies the file twice (the second changes nothing) and waits until every container runs."""
        path = str(paths.FIXTURES / "corpus" / f"{file}.yaml")
        self.assertIn(f"pod/{name} created", self.podrun.ok("apply", "-f", path).out)
        self.addCleanup(self.podrun.run, "delete", "-f", path, "--now")
        self.assertIn(f"pod/{name} unchanged", self.podrun.ok("apply", path).out)

        def ready() -> dict[str, Any] | None:
            pod = self.podrun.pod(name)
            entries = states(pod or {}).values()
            return pod if entries and all(entry.get("ready") for entry in entries) else None

        try:
            return wait_for(ready, f"ready pod {name!r}", 30)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.podrun.run('describe', 'pod', name)}") from None

    def page(self, pod: dict[str, Any], port: int = 80, path: str = "/") -> str:
        url = f"http://{pod['status']['podIP']}:{port}{path}"

        def fetched() -> str:
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:
                    return answer.read().decode(errors="replace")
            except OSError:
                return ""

        return wait_for(fetched, f"page at {url}")

    def test_counter_and_redis(self) -> None:
        """The app counts in the redis that it finds on localhost."""
        pod = self.run_file("counter-and-redis", "counter")
        self.assertEqual({"app", "db"}, set(states(pod)))

        def pong() -> bool:
            try:
                with socket.create_connection((pod["status"]["podIP"], 6379), timeout=2) as connection:
                    connection.sendall(b"PING\r\n")
                    return connection.recv(64).startswith((b"+PONG", b"-DENIED"))
            except OSError:
                return False

        wait_for(pong, "redis on the pod's address")

    def test_env_pod(self) -> None:
        """`env` ends at once and restartPolicy is Always: the first log line counts, then the back-off."""
        path = str(paths.FIXTURES / "corpus" / "env-pod.yaml")
        self.podrun.ok("apply", "-f", path)

        def printed() -> bool:
            result = self.podrun.run("logs", "env-pod", "--previous")
            return result.code == 0 and "ENV_VAR=test-value" in result.out.splitlines()

        wait_for(printed, "ENV_VAR in the log of the ended container")

        def backing_off() -> bool:
            waiting = states(self.podrun.pod("env-pod") or {})["env-container"]["state"].get("waiting", {})
            return waiting.get("reason") == "CrashLoopBackOff"

        wait_for(backing_off, "CrashLoopBackOff")
        self.assertIn("CrashLoopBackOff", self.podrun.ok("get", "pods").out)

    def test_simple_web(self) -> None:
        self.assertIn("<html", self.page(self.run_file("simple-web", "simple-web")).lower())

    def test_simple_web_resources(self) -> None:
        self.needs_controllers("cpu", "memory")
        pod = self.run_file("simple-web-resources", "simple-web")
        self.assertEqual("Burstable", pod["status"]["qosClass"])
        self.assertIn("<html", self.page(pod).lower())

    def test_adapter(self) -> None:
        """The adapter reads what the app writes into the shared volume, and can not write there."""
        pod = self.run_file("adapter", "legacy-app-with-adapter")
        self.assertTrue(self.page(pod, 9090, "/metrics"))
        written = self.podrun.exec("legacy-app-with-adapter", "sh", "-c", "echo x > /data/no", container="metrics-adapter")
        self.assertIn("Read-only file system", written.err)

    def test_adapter_metrics(self) -> None:
        self.run_file("adapter-metrics", "metrics-server")

    def test_sidecar_logs(self) -> None:
        self.assertIn("<html", self.page(self.run_file("sidecar-logs", "web-server")).lower())

    def test_ambassador_proxy(self) -> None:
        """The proxy on port 80 answers with what the app on localhost says."""
        self.assertTrue(self.page(self.run_file("ambassador-proxy", "web-server")))
