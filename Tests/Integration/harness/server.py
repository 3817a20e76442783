"""A small HTTP/1.1 server in threads whose handlers own the socket, so that they can break every rule; TLS by openssl."""

import dataclasses
import pathlib
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Self


@dataclasses.dataclass
class Request:
    method: str
    path: str  # with the query
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: float = dataclasses.field(default_factory=time.monotonic)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Exchange:
    """One request and the connection to answer it on."""

    def __init__(self, server: "Server", connection: socket.socket, request: Request) -> None:
        self.server = server
        self.connection = connection
        self.request = request
        self.goes_on = True

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(self, code: int, headers: dict[str, str] | None = None, body: bytes = b"", length: int | None = None) -> None:
        """`length` lies about the body's."""
        lines = [f"HTTP/1.1 {code} Because", "Docker-Distribution-Api-Version: registry/2.0"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines.append(f"Content-Length: {len(body) if length is None else length}")
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if self.request.method == "HEAD" else body))
        if length is not None:
            self.goes_on = False

    def close(self) -> None:
        self.goes_on = False

    def reset(self) -> None:
        """RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.goes_on = False

    def stall(self) -> None:
        """Says nothing until the client leaves or the server ends."""
        self.goes_on = False
        self.connection.settimeout(0.05)
        while not self.server.stopping.is_set():
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return


class Server:
    """Listens on loopback, at a port that is free. Used with `with`, or start() and stop()."""

    def __init__(self, host: str = "127.0.0.1", tls: "Certificates | None" = None, port: int = 0) -> None:
        self.tls = tls
        self.context = tls.server_context() if tls else None
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server((host, port), backlog=128)
        self.host = f"{host}:{self._listener.getsockname()[1]}"
        self.url = f"{'https' if tls else 'http'}://{self.host}"

    def handle(self, exchange: Exchange) -> None:
        raise NotImplementedError

    def start(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(60)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            elif connection.recv(1, socket.MSG_PEEK) == b"\x16":
                raise ValueError("TLS spoken to a plain server")
            with connection, connection.makefile("rb") as lines:
                while (request := self._read(lines)) is not None:
                    with self._lock:
                        self.requests.append(request)
                    exchange = Exchange(self, connection, request)
                    self.handle(exchange)
                    if not exchange.goes_on or self.stopping.is_set():
                        return
        except (OSError, ValueError):  # the client left, or doesn't trust us, or didn't speak HTTP
            connection.close()

    @staticmethod
    def _read(lines: object) -> Request | None:
        first = lines.readline().decode("latin-1").split()
        if len(first) < 3:
            return None
        headers = {}
        while line := lines.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Request(first[0], first[1], headers, lines.read(int(headers.get("content-length", 0))))

    def count(self, *words: str) -> int:
        """Requests whose text (`GET /v2/...`) has every word."""
        return len(self.asked(*words))

    def asked(self, *words: str) -> list[Request]:
        with self._lock:
            return [request for request in self.requests if all(word in str(request) for word in words)]


class Handler(Server):
    """A server that is one function."""

    def __init__(
        self, function: Callable[[Exchange], None], host: str = "127.0.0.1", tls: "Certificates | None" = None, port: int = 0
    ) -> None:
        super().__init__(host, tls, port)
        self.handle = function  # type: ignore[method-assign]


NAMES = "IP:127.0.0.1,IP:127.0.0.2,DNS:localhost,DNS:registry.podrun.test"


class Certificates:
    """An authority and a certificate for the loopback addresses."""

    def __init__(self, directory: pathlib.Path, names: str = NAMES, days: int = 2) -> None:
        directory.mkdir(exist_ok=True)
        self.authority = directory / "ca.crt"
        self.certificate = directory / "server.crt"
        self.key = directory / "server.key"
        authority_key, request, extensions = directory / "ca.key", directory / "server.csr", directory / "extensions"
        extensions.write_text(f"subjectAltName={names}\n")

        def openssl(*arguments: object) -> None:
            subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, stdin=subprocess.DEVNULL)

        new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl("req", "-x509", *new_key, "-keyout", authority_key, "-out", self.authority, "-days", 2, "-subj", "/CN=test authority")
        openssl("req", *new_key, "-keyout", self.key, "-out", request, "-subj", "/CN=registry")
        openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", authority_key, "-CAcreateserial", "-days", days,
                "-extfile", extensions, "-out", self.certificate)  # fmt: skip

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))
