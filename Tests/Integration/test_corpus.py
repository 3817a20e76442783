"""The pods of the tutorials, as their authors wrote them."""

import os
import pathlib
import socket
import subprocess
import textwrap
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

from harness import isolation, paths
from harness.case import PodTestCase
from harness.manifest import states
from harness.names import NameServer
from harness.server import Certificates, Exchange, Handler
from harness.waiting import wait_for

#: Of the host, where the tests play what a cluster would have as Services.
SERVICES = "192.0.2.53"
CONFIGURATION = b'{"from": "config-server"}'


class CorpusCase(PodTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.needs_corpus_images()

    def run_file(self, file: str, name: str) -> dict[str, Any]:
        """Applies the file twice (the second changes nothing) and waits until every container runs."""
        path = str(paths.FIXTURES / "corpus" / f"{file}.yaml")
        self.assertIn(f"pod/{name} created", self.podrun.ok("apply", "-f", path).out)
        self.addCleanup(self.podrun.run, "delete", "-f", path, "--now")
        self.assertIn(f"pod/{name} unchanged", self.podrun.ok("apply", path).out)

        return self.ready(name)

    def ready(self, name: str) -> dict[str, Any]:
        """The pod, once every container runs."""

        def ready() -> dict[str, Any] | None:
            pod = self.podrun.pod(name)
            entries = states(pod or {}).values()
            return pod if entries and all(entry.get("ready") for entry in entries) else None

        try:
            return wait_for(ready, f"ready pod {name!r}")
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

    def logged(self, pod: str, container: str, words: str) -> None:
        wait_for(lambda: words in self.podrun.ok("logs", pod, "-c", container).out, f"{words!r} in the log of {container!r}")


class Corpus(CorpusCase):
    in_vm = frozenset({"test_counter_and_redis", "test_simple_web_resources", "test_adapter", "test_ambassador_with_configmap"})

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

    def both_orders(self, file: str, *names: str) -> Iterator[list[dict[str, Any]]]:
        """The pods of a file that refer to ConfigMaps and Secrets, ready: with the objects there before them, and after."""
        path = str(paths.FIXTURES / "corpus" / f"{file}.yaml")
        objects = str(paths.FIXTURES / "corpus" / "objects.yaml")
        arguments = ("delete", "-f", path, "-f", objects, "--now", "--ignore-not-found")
        self.addCleanup(self.podrun.run, *arguments)
        for order in ((objects, path), (path, objects)):
            self.stage = " ".join(order)
            for applied in order:
                self.podrun.ok("apply", "--wait=false", applied)
            yield [self.ready(name) for name in names]
            self.podrun.ok(*arguments)

    def test_ambassador_with_configmap(self) -> None:
        for (pod,) in self.both_orders("ambassador-with-configmap", "app-with-ambassador"):
            self.assertIn("no healthy upstream", self.page(pod, 3306))

    def test_secrets(self) -> None:
        for _ in self.both_orders("secrets", "app-with-secrets"):
            script = "env | grep ^DATABASE | sort; stat -L -c '%a %n' /etc/ssl/certs/* /etc/secrets/*; cat /etc/secrets/token"
            self.assertEqual(
                "DATABASE_HOST=mysql.database.svc.cluster.local\nDATABASE_PASSWORD=secret-password\nDATABASE_USER=admin\n"
                "400 /etc/ssl/certs/tls.crt\n400 /etc/ssl/certs/tls.key\n400 /etc/secrets/token\ntoken",
                self.podrun.exec("app-with-secrets", "sh", "-c", script).out,
            )

    def test_structured_logging(self) -> None:
        for (pod,) in self.both_orders("structured-logging", "structured-logging-pod"):
            self.page(pod, 8080)
            self.logged("structured-logging-pod", "log-processor", '"level":"info"')

    def test_sidecar_and_monitoring(self) -> None:
        for app, monitored in self.both_orders("sidecar-and-monitoring", "app-with-sidecar", "app-with-monitoring"):
            self.page(app, 8080)
            self.logged("app-with-sidecar", "log-collector", "/var/log/app/app.log: ")
            self.assertIn("node_memory_MemTotal_bytes", self.page(monitored, 9100, "/metrics"))

    def test_example_of_objects(self) -> None:
        """examples/configuration.yaml; its page changes while it runs."""
        path = paths.REPOSITORY / "examples" / "configuration.yaml"
        self.addCleanup(self.podrun.run, "delete", "-f", str(path), "--now")
        self.podrun.ok("apply", str(path))
        pod = self.ready("configured")
        self.assertIn("From a ConfigMap", self.page(pod))
        script = 'echo "$PASSWORD" $(cat /etc/about/name /etc/about/password)'
        self.assertEqual("change-me configuredchange-me\n", self.podrun.exec("configured", "sh", "-c", script).out)
        changed = path.read_text().replace("From a ConfigMap", "Changed")
        self.assertIn("configmap/page configured\n", self.podrun.ok("apply", "-", input=changed).out)
        self.assertIn("Changed", self.page(pod))

    def test_web_with_sidecar(self) -> None:
        for (pod,) in self.both_orders("web-with-sidecar", "web-with-sidecar"):
            self.assertIn("<html", self.page(pod).lower())
            self.logged("web-with-sidecar", "log-collector", "/var/log/nginx/access.log: ")

    def fragment(self, name: str, indentation: int) -> str:
        text = (paths.FIXTURES / "corpus" / f"fragment-{name}.yaml").read_text()
        return textwrap.indent(text, " " * indentation)

    def test_probes(self) -> None:
        """Pods and fragments with probes, all at once: each Ready when its author's probes find what they ask for."""
        whole = f"""
apiVersion: v1
kind: Pod
metadata: {{name: fragments}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: app
    image: myapp:1.0
{self.fragment("startup-tcp", 4)}
{self.fragment("liveness-http", 4)}
{self.fragment("readiness-exec", 4)}
  - name: headers
    image: podrun-test:1
    readinessProbe:
{self.fragment("http-headers", 6)}
"""
        names = {"web-server": "web-server-single", "optimized-pod": "resource-optimized", "metrics-enabled-pod": "metrics"}
        files = [str(paths.FIXTURES / "corpus" / f"{file}.yaml") for file in ("objects", *names.values())]
        files.append(self.file("fragments.yaml", whole))
        arguments = [word for file in files for word in ("-f", file)]
        self.addCleanup(self.podrun.run, "delete", *arguments, "--now", "--ignore-not-found")
        # Their limits, where this host can hold them to.
        enforcement = [] if {"cpu", "memory"} <= paths.controllers() else ["--without-enforcement"]
        self.podrun.ok("apply", "--wait=false", *enforcement, *arguments)
        for name in (*names, "fragments"):
            self.podrun.wait_phase(name, "Running")
        self.assertFalse(any(entry["ready"] for entry in states(self.podrun.pod("web-server") or {}).values()))
        # What the makers of these images would have seen to.
        self.podrun.ok("exec", "web-server", "--", "touch", "/usr/share/nginx/html/health", "/usr/share/nginx/html/ready")
        self.podrun.ok("exec", "fragments", "-c", "app", "--", "touch", "/tmp/healthy")
        for name in (*names, "fragments"):
            pod = self.ready(name)
            self.assertEqual(0, sum(entry["restartCount"] for entry in states(pod).values()))

    def test_graceful_shutdown(self) -> None:
        """No new connections, but the request under way is answered; the hook's sleep is waited for, inside of the 60 seconds."""
        name = "graceful-shutdown-pod"
        address = (self.run_file("graceful-shutdown", name)["status"]["podIP"], 80)
        with socket.create_connection(address, timeout=10) as connection:
            # The server has taken the connection, then the beginning of a request.
            connection.sendall(b"HEAD / HTTP/1.1\r\nHost: web\r\n\r\n")
            self.assertIn(b" 200 OK\r\n", connection.recv(4096))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: web\r\n")
            self.podrun.ok("delete", "pod", name, "--wait=false")

            def refused() -> bool:
                try:
                    socket.create_connection(address, timeout=2).close()
                except ConnectionRefusedError:
                    return True
                return False

            def hook() -> bool:
                return " sleep 10" in self.podrun.exec(name, "ps").out

            wait_for(refused, "end of new connections")
            wait_for(hook, "the hook's sleep")
            self.assertEqual("Terminating", self.podrun.ok("get", "pods", name, "--no-headers").out.split()[2])
            wait_for(lambda: not hook(), "the hook's end")
            self.assertIn("running", states(self.podrun.pod(name) or {})["web-server"]["state"])
            connection.sendall(b"\r\n")
            answer = b""
            while data := connection.recv(4096):
                answer += data
        self.assertIn(b" 200 OK\r\n", answer)
        self.assertIn(b"<html", answer.lower())
        wait_for(lambda: self.podrun.pod(name) is None, "the pod's end")


class Services(CorpusCase):
    """Pods that wait for what a cluster's Services lead to. One host has none: a name server and servers of the test's play
    them, and the pods are as their authors wrote them."""

    in_vm = False

    def setUp(self) -> None:
        super().setUp()
        if isolation.INSIDE not in os.environ:
            self.skipTest("would give the host another name server")
        subprocess.run(["ip", "address", "add", f"{SERVICES}/32", "dev", "lo"], check=True)
        self.addCleanup(subprocess.run, ["ip", "address", "del", f"{SERVICES}/32", "dev", "lo"], check=True)
        # An agent reads the file when it starts.
        self.addCleanup(self.podrun.ok, "agent", "--stop")
        resolver = pathlib.Path("/etc/resolv.conf")
        self.addCleanup(resolver.write_bytes, resolver.read_bytes())
        resolver.write_text(f"nameserver {SERVICES}\n")
        self.podrun.ok("agent", "--stop")
        self.names = self.enterContext(NameServer(SERVICES))
        self.is_answering = threading.Event()
        self.addCleanup(self.is_answering.set)

    def configuration(self, exchange: Exchange) -> None:
        """Answers when it may."""
        self.is_answering.wait(30)
        exchange.answer(200, {}, CONFIGURATION)

    def is_at(self, name: str, status: str) -> None:
        wait_for(lambda: self.podrun.ok("get", "pods", name, "--no-headers").out.split()[1:3] == ["0/1", status], f"STATUS {status}")

    def apply(self, file: str) -> None:
        path = str(paths.FIXTURES / "corpus" / f"{file}.yaml")
        self.addCleanup(self.podrun.run, "delete", "-f", path, "--now")
        self.podrun.ok("apply", path)

    def test_init_containers(self) -> None:
        """One after the other: the name of the database comes up, then the configuration, then the migrations are done."""
        name, database = "app-with-init", "mysql.database.svc.cluster.local"
        self.podrun.ok("apply", str(paths.FIXTURES / "corpus" / "objects.yaml"))
        self.enterContext(Handler(self.configuration, SERVICES, port=80))
        self.enterContext(socket.create_server((SERVICES, 3306)))
        self.names.known["config-server.config.svc.cluster.local"] = SERVICES
        self.apply("init-containers")
        self.logged(name, "wait-for-db", "Database not ready, waiting...")
        self.is_at(name, "Init:0/3")
        self.names.known[database] = SERVICES
        self.is_at(name, "Init:1/3")
        self.logged(name, "wait-for-db", "Database is ready!")
        self.is_answering.set()
        entries = states(self.ready(name))
        self.assertEqual({0}, {entry["restartCount"] for entry in entries.values()})
        self.logged(name, "download-config", "Configuration downloaded")
        self.assertEqual("1/u create_users (0s)\n", self.podrun.ok("logs", name, "-c", "db-migration").out)
        self.assertEqual(CONFIGURATION.decode(), self.podrun.exec(name, "cat", "/etc/config/app-config.json").out)
        self.assertIn("Read-only file system", self.podrun.exec(name, "touch", "/etc/config/no").err)

    def test_web_with_init(self) -> None:
        """Waits until the database listens; then the configuration is fetched, and shown to the app."""
        name = "web-with-init"
        certificates = Certificates(self.directory / "tls", "DNS:config-server")
        self.enterContext(Handler(self.configuration, SERVICES, certificates, port=443))
        self.names.known |= {"database-service": SERVICES, "config-server": SERVICES}
        self.apply("web-with-init")
        self.logged(name, "wait-for-db", "Waiting for database...")
        self.is_at(name, "Init:0/2")
        self.enterContext(socket.create_server((SERVICES, 5432)))
        self.is_at(name, "Init:1/2")
        self.is_answering.set()
        self.ready(name)
        self.assertTrue(self.podrun.ok("logs", name, "-c", "wait-for-db").out.endswith("Database is ready!\n"))
        self.assertEqual(CONFIGURATION.decode(), self.podrun.exec(name, "cat", "/app/config/app-config.json").out)
