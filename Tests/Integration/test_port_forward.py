"""podrun port-forward: what kubectl prints, bytes both ways, many clients, and the end with the pod."""

import os
import re
import selectors
import signal
import socket
import subprocess
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.waiting import wait_for

ECHO = ("nc", "-ll", "-p", "7777", "-e", "cat")


class PortForward(PodTestCase):
    in_vm = False

    def forward(self, *arguments: str) -> subprocess.Popen[bytes]:
        process = self.podrun.start("port-forward", *arguments)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def line(self, process: subprocess.Popen[bytes], stream: str = "stdout", seconds: float = 30) -> str:
        """The next line; the command's output is not buffered by us, so select tells the truth."""
        pipe: Any = getattr(process, stream)
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                self.assertTrue(selector.select(seconds), f"no line within {seconds} s, only {line!r}")
                byte = os.read(pipe.fileno(), 1)
                self.assertTrue(byte, f"ended: {line!r}")
                line += byte
        return line.decode().rstrip("\n")

    def local_port(self, process: subprocess.Popen[bytes], remote: int) -> int:
        """Of the first line, for IPv4; a line for IPv6 may follow."""
        found = re.fullmatch(rf"Forwarding from 127\.0\.0\.1:(\d+) -> {remote}", line := self.line(process))
        self.assertIsNotNone(found, line)
        return int(found[1]) if found else 0

    def echo(self, port: int, data: bytes) -> bytes:
        """Reads nothing before no more can be written: every buffer on the way, and back, is full then."""
        rest, answer = memoryview(data), bytearray()
        with socket.create_connection(("127.0.0.1", port), 30) as client, selectors.DefaultSelector() as selector:
            client.settimeout(30)
            selector.register(client, selectors.EVENT_WRITE)
            while rest and selector.select(0.5):
                rest = rest[client.send(rest[: 1 << 16]) :]
            selector.modify(client, selectors.EVENT_READ | selectors.EVENT_WRITE)
            while True:
                for _, events in selector.select(30):
                    if events & selectors.EVENT_READ:
                        part = client.recv(1 << 16)
                        if not part:
                            return bytes(answer)
                        answer += part
                    if events & selectors.EVENT_WRITE:
                        rest = rest[client.send(rest[: 1 << 16]) :]
                        if not rest:
                            client.shutdown(socket.SHUT_WR)
                            selector.modify(client, selectors.EVENT_READ)

    def answers(self, port: int) -> bool:
        try:
            return self.echo(port, b"up?") == b"up?"
        except ConnectionError:  # nobody listens yet
            return False

    def test_many_clients(self) -> None:
        """Also that the end of one direction is passed on: cat ends only then, and what it said arrives whole."""
        ports = [{"containerPort": 7777, "name": "echo"}]
        self.running(pod("web", container("app", *ECHO, ports=ports)))
        process = self.forward("pod/web", ":echo")
        port = self.local_port(process, 7777)
        wait_for(lambda: self.answers(port), "the echo")
        clients = [socket.create_connection(("127.0.0.1", port), 30) for _ in range(20)]
        for number, client in enumerate(clients):
            client.settimeout(30)
            client.sendall(b"%d" % number)
        for number, client in reversed(list(enumerate(clients))):
            self.assertEqual(b"%d" % number, client.recv(10))
            client.close()
        data = os.urandom(16 << 20)
        self.assertTrue(self.echo(port, data) == data)
        lines = [self.line(process) for _ in range(2)]
        self.assertIn(f"Handling connection for {port}", lines)
        process.send_signal(signal.SIGINT)
        self.assertEqual(0, process.wait(30))

    def test_end_of_the_pod_and_refusals(self) -> None:
        self.running(pod("web", container("app", "/probe", "wait")))
        process = self.forward("web", ":80")
        port = self.local_port(process, 80)
        with socket.create_connection(("127.0.0.1", port), 30) as client:
            client.settimeout(30)
            self.assertEqual(b"", client.recv(1), "nobody listens in the pod")
        words = f"an error occurred forwarding {port} -> 80: failed to connect to localhost:80 inside the pod: connection refused"
        self.assertEqual(f"error: {words}", self.line(process, "stderr"))
        busy = self.podrun.run("port-forward", "web", f"{port}:80", "--address", "127.0.0.1")
        self.assertEqual((1, ""), (busy.code, busy.out))
        self.assertRegex(
            busy.err,
            rf"^Unable to listen on port {port}: Listeners failed to create with the following errors: \[unable to create listener: "
            rf".*127.0.0.1:{port}.*: address already in use\]\nerror: unable to listen on any of the requested ports: \[{{{port} 80}}\]\n$",
        )
        self.podrun.delete("web")
        self.assertEqual("error: lost connection to pod", self.line(process, "stderr"))
        self.assertEqual(1, process.wait(30))
        self.podrun.apply(pod("done", container("app", "true"), restartPolicy="Never"))
        self.podrun.wait_phase("done", "Succeeded")
        for arguments, words in (
            (("done", "80"), "error: unable to forward port because pod is not running. Current status=Succeeded\n"),
            (("nobody", "80"), 'Error from server (NotFound): pods "nobody" not found\n'),
        ):
            result = self.podrun.run("port-forward", *arguments)
            self.assertEqual((1, words), (result.code, result.err))
