"""What the containers of a pod share, and what two pods don't."""

import json
import os
import socket
import subprocess

from harness.case import PodTestCase
from harness.manifest import container, pod, states, waiting_pod
from harness.waiting import wait_for

SHARED = ("net", "ipc", "uts")
OWN = ("mnt", "pid", "cgroup")


def pair(name: str, **spec):
    return pod(name, container("a", "/probe", "wait"), container("b", "/probe", "wait"), **spec)


class Sharing(PodTestCase):
    in_vm = frozenset(
        {
            "test_localhost",
            "test_namespace_table",
            "test_process_namespace_shared_on_request",
            "test_pods_reach_each_other_and_the_host_reaches_them",
            "test_host_port",
        }
    )

    def test_namespace_table(self) -> None:
        """Equal inodes exactly where Kubernetes says so, over two containers, their execs, two pods and the host."""
        self.running(pair("one"))
        self.running(pair("two"))
        reports = {
            (pod_name, name): self.podrun.report(pod_name, name)["namespaces"] for pod_name in ("one", "two") for name in ("a", "b")
        }
        host = {kind: os.stat(f"/proc/self/ns/{kind}").st_ino for kind in (*SHARED, *OWN, "user", "time")}
        for kind in SHARED:
            self.assertEqual(reports["one", "a"][kind], reports["one", "b"][kind], kind)
            self.assertNotEqual(reports["one", "a"][kind], reports["two", "a"][kind], kind)
        for kind in OWN:
            self.assertEqual(4, len({report[kind] for report in reports.values()}), kind)
        for kind in (*SHARED, *OWN):
            self.assertNotIn(host[kind], {report[kind] for report in reports.values()}, kind)
        for kind in ("user", "time"):
            self.assertEqual({host[kind]}, {report[kind] for report in reports.values()}, kind)

    def test_localhost(self) -> None:
        self.running(pod("local", container("server", "/probe", "listen", "8080", "hello"), container("client", "/probe", "wait")))

        def answer() -> bool:
            return self.podrun.exec("local", "/probe", "connect", "127.0.0.1", "8080", container="client").out == "hello\n"

        wait_for(answer, "answer on localhost")

    def test_one_port_space(self) -> None:
        """The second listener on a port of the same pod fails; in another pod it doesn't."""
        listen = ("/probe", "listen", "8080", "x")
        self.podrun.apply(pod("both", container("a", *listen), container("b", *listen), restartPolicy="Never"))

        def one_ended() -> bool:
            return sum("terminated" in entry["state"] for entry in states(self.podrun.pod("both") or {}).values()) == 1

        wait_for(one_ended, "end of the second listener")
        self.running(pod("other", container("a", *listen)))

    def test_system_v_shared_memory(self) -> None:
        self.running(pair("ipc"))
        self.running(pair("stranger"))
        self.assertEqual(0, self.podrun.exec("ipc", "/probe", "shm", "put", "42", "seen by both", container="a").code)
        self.assertEqual("seen by both\n", self.podrun.exec("ipc", "/probe", "shm", "get", "42", container="b").out)
        result = self.podrun.exec("stranger", "/probe", "shm", "get", "42", container="a")
        self.assertEqual((1, "probe: shmget: No such file or directory\n"), (result.code, result.err))

    def test_dev_shm(self) -> None:
        self.running(pair("shm"))
        self.running(pair("stranger"))
        self.assertEqual(0, self.podrun.exec("shm", "sh", "-c", "echo shared > /dev/shm/file", container="a").code)
        self.assertEqual("shared\n", self.podrun.exec("shm", "cat", "/dev/shm/file", container="b").out)
        self.assertNotEqual(0, self.podrun.exec("stranger", "cat", "/dev/shm/file", container="a").code)

    def test_host_name(self) -> None:
        self.running(pair("named"))
        self.running(pair("renamed", hostname="other"))
        for pod_name, host_name in (("named", "named"), ("renamed", "other")):
            for name in ("a", "b"):
                report = self.podrun.report(pod_name, name)
                self.assertEqual((host_name, host_name + "\n"), (report["hostname"], report["hostname_file"]))

    def test_address_outlives_containers(self) -> None:
        """The IP is pause's: it stays when every app container is killed and started again."""
        before = self.running(pair("lasting"))
        address = before["status"]["podIP"]
        for name in ("a", "b"):
            self.podrun.exec("lasting", "kill", "-TERM", "1", container=name)

        def restarted() -> bool:
            entries = states(self.podrun.pod("lasting") or {}).values()
            return all(entry["restartCount"] == 1 and "running" in entry["state"] for entry in entries)

        wait_for(restarted, "restart of both containers", 30)
        self.assertEqual(address, (self.podrun.pod("lasting") or {})["status"]["podIP"])
        self.assertIn(address, self.podrun.report("lasting", "a")["hosts"])

    def test_pods_reach_each_other_and_the_host_reaches_them(self) -> None:
        server = self.running(pod("server", container("app", "/probe", "listen", "80", "from the pod")))
        self.running(waiting_pod("client"))
        address = server["status"]["podIP"]
        wait_for(lambda: self.podrun.exec("client", "/probe", "connect", address, "80").out == "from the pod\n", "answer to a pod")
        self.assertEqual("from the pod", self.connect(address, 80))

    def test_host_port(self) -> None:
        ports = [{"containerPort": 80, "hostPort": 18080}]
        manifest = pod("published", container("app", "/probe", "listen", "80", "published", ports=ports))
        address = self.running(manifest)["status"]["podIP"]
        wait_for(lambda: self.connect(address, 80) == "published", "answer on the pod's address")
        rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
        self.assertIn("18080", rules)
        # From another network namespace that is routed through this host: a second pod, to the host's bridge address.
        self.running(waiting_pod("client"))
        gateway = self.gateway("client")
        wait_for(lambda: self.podrun.exec("client", "/probe", "connect", gateway, "18080").out == "published\n", "answer on hostPort")
        self.podrun.delete("published")
        rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
        self.assertNotIn("18080", rules)

    def test_host_port_from_the_host_itself(self) -> None:
        ports = [{"containerPort": 80, "hostPort": 18081}]
        self.running(pod("published", container("app", "/probe", "listen", "80", "published", ports=ports)))
        self.running(waiting_pod("client"))
        wait_for(lambda: self.connect(self.gateway("client"), 18081) == "published", "answer on the host's address")

    def test_process_namespace_shared_on_request(self) -> None:
        self.running(pair("together", shareProcessNamespace=True))
        reports = [self.podrun.report("together", name) for name in ("a", "b")]
        self.assertEqual(reports[0]["namespaces"]["pid"], reports[1]["namespaces"]["pid"])
        first = self.podrun.exec("together", "cat", "/proc/1/cmdline", container="a").out
        self.assertIn("pause", first)

    # Helpers

    def connect(self, address: str, port: int) -> str:
        try:
            with socket.create_connection((address, port), timeout=2) as connection:
                return connection.recv(4096).decode()
        except OSError as error:
            return str(error)

    def gateway(self, pod_name: str) -> str:
        """The pod's default route, out of /proc/net/route (little-endian hexadecimal)."""
        for line in self.podrun.report(pod_name)["routes"][1:]:
            _, destination, gateway, *_ = line.split()
            if destination == "00000000":
                return ".".join(str(byte) for byte in reversed(bytes.fromhex(gateway)))
        self.fail("no default route: " + json.dumps(self.podrun.report(pod_name)["routes"]))
