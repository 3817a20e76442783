"""Pods and what is behind the host: a namespace that plays the rest of the world, with no route to the pods' addresses."""

import os
import socket
import subprocess
import sys

from harness.case import PodTestCase
from harness.manifest import container, pod, waiting_pod
from harness.waiting import wait_for

HOST, OUTSIDE = "192.0.2.1", "192.0.2.2"
#: Tells each client the address it came from.
MIRROR = """
import socket
server = socket.create_server(("192.0.2.2", 7000))
print("listening", flush=True)
while True:
    connection, peer = server.accept()
    connection.sendall(peer[0].encode())
    connection.close()
"""
#: One answer to one question, by UDP or TCP, or nothing.
QUESTION = """
import socket, sys
kind, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
client.settimeout(1)
try:
    client.connect((host, port))
    if kind == "udp":
        client.send(b"?")
    print(client.recv(100).decode(), end="")
except OSError:
    pass
"""


class Network(PodTestCase):
    def setUp(self) -> None:
        super().setUp()
        # `ip netns` makes it a shared mount.
        end = ["mount", "--make-private"] if os.path.ismount("/run/netns") else ["umount"]
        self.addCleanup(subprocess.run, [*end, "/run/netns"], check=True)
        self.ip("netns", "add", "outside")
        self.addCleanup(self.ip, "netns", "del", "outside")
        self.ip("link", "add", "world", "type", "veth", "peer", "name", "eth0", "netns", "outside")
        self.addCleanup(self.ip, "link", "del", "world")
        self.ip("address", "add", f"{HOST}/24", "dev", "world")
        self.ip("link", "set", "world", "up")
        self.ip("-n", "outside", "address", "add", f"{OUTSIDE}/24", "dev", "eth0")
        self.ip("-n", "outside", "link", "set", "eth0", "up")

    def test_leaves_by_the_address_of_the_host(self) -> None:
        mirror = subprocess.Popen(["ip", "netns", "exec", "outside", sys.executable, "-c", MIRROR], stdout=subprocess.PIPE)
        self.addCleanup(mirror.communicate)
        self.addCleanup(mirror.kill)
        assert mirror.stdout is not None
        self.assertEqual(b"listening\n", mirror.stdout.readline())
        self.running(waiting_pod("leaving"))
        wait_for(lambda: self.podrun.exec("leaving", "/probe", "connect", OUTSIDE, "7000").out == f"{HOST}\n", "answer from outside")

    def test_host_ports_from_outside(self) -> None:
        ports = [{"containerPort": 80, "hostPort": 18090}, {"containerPort": 53, "hostPort": 18053, "protocol": "UDP"}]
        self.running(
            pod(
                "published",
                container("tcp", "/probe", "listen", "80", "by TCP", ports=ports[:1]),
                container("udp", "/probe", "answer", "53", "by UDP", ports=ports[1:]),
            )
        )
        for kind, port, answer in (("tcp", 18090, "by TCP"), ("udp", 18053, "by UDP")):
            wait_for(lambda kind=kind, port=port, answer=answer: self.ask(kind, port) == answer, f"answer {answer}")
        # The same port by the other protocol leads nowhere.
        self.assertEqual(("", ""), (self.ask("udp", 18090), self.ask("tcp", 18053)))
        # From the host itself, by its outer address.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.connect((HOST, 18053))
            client.send(b"?")
            self.assertEqual(b"by UDP", client.recv(100))
        self.podrun.delete("published")
        self.assertEqual("", self.ask("tcp", 18090))

    def ask(self, kind: str, port: int) -> str:
        command = ["ip", "netns", "exec", "outside", sys.executable, "-c", QUESTION, kind, HOST, str(port)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def ip(self, *arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True)
