"""A registry in a few lines that serves what it is given, and misbehaves where a test tells it to.

    registry.on("GET .*/blobs/", reset(at=1000), status(500))    the next two such requests; later ones are served well
    registry.always("GET .*/manifests/", stall())                every one
"""

import dataclasses
import re
import time
from collections.abc import Callable
from typing import Any

from .oci import Image, Index
from .server import Certificates, Exchange, Server

Answer = Callable[[Exchange], None]


@dataclasses.dataclass
class Rule:
    pattern: re.Pattern[str]
    answers: list[Answer]
    is_endless: bool


class ScriptedRegistry(Server):
    def __init__(self, host: str = "127.0.0.1", tls: Certificates | None = None) -> None:
        super().__init__(host, tls)
        self.manifests: dict[tuple[str, str], tuple[bytes, str]] = {}  # (repository, tag or digest) -> bytes, media type
        self.blobs: dict[str, bytes] = {}
        self.rules: list[Rule] = []

    def add(self, repository: str, image: Image | Index, tag: str = "1") -> str:
        """The reference to pull it by."""
        for each in [image, *(image.images if isinstance(image, Index) else [])]:
            self.manifests[repository, each.digest] = (each.manifest, each.media_type)
            if isinstance(each, Image):
                self.blobs |= each.blobs
        self.manifests[repository, tag] = (image.manifest, image.media_type)
        return f"{self.host}/{repository}:{tag}"

    def on(self, pattern: str, *answers: Answer) -> None:
        self.rules.append(Rule(re.compile(pattern), list(answers), False))

    def always(self, pattern: str, answer: Answer) -> None:
        self.rules.append(Rule(re.compile(pattern), [answer], True))

    def fetches(self, digest: str) -> int:
        """How often somebody asked for a blob."""
        return self.count("GET ", "/blobs/", digest)

    def handle(self, exchange: Exchange) -> None:
        with self._lock:
            rule = next((rule for rule in self.rules if rule.answers and rule.pattern.search(str(exchange.request))), None)
            answer = self.serve if rule is None else rule.answers[0] if rule.is_endless else rule.answers.pop(0)
        answer(exchange)

    def body(self, exchange: Exchange) -> tuple[bytes, str] | None:
        """What is at the path, and its media type."""
        match = re.fullmatch(r"/v2/(.+)/(manifests|blobs)/([^/?]+)", exchange.request.path)
        if match is None:
            return None
        repository, kind, name = match.groups()
        if kind == "manifests":
            return self.manifests.get((repository, name))
        blob = self.blobs.get(name)
        return None if blob is None else (blob, "application/octet-stream")

    def serve(self, exchange: Exchange) -> None:
        """As a registry should."""
        if exchange.request.path.rstrip("/") == "/v2":
            return exchange.answer(200, {"Content-Type": "application/json"}, b"{}")
        found = self.body(exchange)
        if found is None:
            kind = "MANIFEST_UNKNOWN" if "/manifests/" in exchange.request.path else "BLOB_UNKNOWN"
            error = b'{"errors":[{"code":"%s","message":"not known"}]}' % kind.encode()
            return exchange.answer(404, {"Content-Type": "application/json"}, error)
        body, media_type = found
        headers = {"Content-Type": media_type}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", exchange.request.headers.get("range", ""))
        if asked is None or "/blobs/" not in exchange.request.path:
            return exchange.answer(200, headers, body)
        first = int(asked[1])
        if first >= len(body):
            return exchange.answer(416, {"Content-Range": f"bytes */{len(body)}"})
        end = min(int(asked[2]) + 1, len(body)) if asked[2] else len(body)
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{len(body)}"
        exchange.answer(206, headers, body[first:end])


# Answers. Where one needs the right body, it takes the registry's.


def _served(exchange: Exchange) -> bytes:
    registry = exchange.server
    assert isinstance(registry, ScriptedRegistry)
    found = registry.body(exchange)
    assert found is not None, exchange.request
    asked = re.fullmatch(r"bytes=(\d+)-\d*", exchange.request.headers.get("range", ""))
    return found[0][int(asked[1]) if asked else 0 :]


def _begin(exchange: Exchange, send: int) -> None:
    """A right header and the first `send` bytes of the (rest of the) body."""
    body = _served(exchange)
    total = len(body)
    headers = {"Content-Type": "application/octet-stream"}
    code = 200
    if asked := re.fullmatch(r"bytes=(\d+)-\d*", exchange.request.headers.get("range", "")):
        first = int(asked[1])
        code, headers["Content-Range"] = 206, f"bytes {first}-{first + total - 1}/{first + total}"
    exchange.answer(code, headers, body[:send], length=total)


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    """`Retry_After="1"` becomes a Retry-After header."""
    return lambda exchange: exchange.answer(code, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def reset(at: int = 0) -> Answer:
    def run(exchange: Exchange) -> None:
        if at:
            _begin(exchange, at)
        exchange.reset()

    return run


def cut(at: int) -> Answer:
    """The connection's orderly end before the body's."""
    return lambda exchange: (_begin(exchange, at), exchange.close())[1]


def stall(at: int = -1) -> Answer:
    """Goes silent, at first or in the body."""

    def run(exchange: Exchange) -> None:
        if at >= 0:
            _begin(exchange, at)
        exchange.stall()

    return run


def trickle(seconds: float = 0.2) -> Answer:
    """One byte each so many seconds: never silent for long, never done."""

    def run(exchange: Exchange) -> None:
        _begin(exchange, 0)
        while not exchange.server.stopping.wait(seconds):
            exchange.send(b"x")

    return run


def slow(bytes_per_second: int) -> Answer:
    """The right body, slowly."""

    def run(exchange: Exchange) -> None:
        body = _served(exchange)
        _begin(exchange, 0)
        step = max(1, bytes_per_second // 50)
        for at in range(0, len(body), step):
            exchange.send(body[at : at + step])
            if exchange.server.stopping.wait(0.02):
                return

    return run


def endless(content_length: int | None = None, block: bytes = bytes(1 << 16)) -> Answer:
    """A body without an end: chunked, or with a Content-Length of its own."""

    def run(exchange: Exchange) -> None:
        how = "Transfer-Encoding: chunked" if content_length is None else f"Content-Length: {content_length}"
        exchange.send(f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n{how}\r\n\r\n".encode())
        exchange.close()
        data = block if content_length is not None else b"%x\r\n" % len(block) + block + b"\r\n"
        while not exchange.server.stopping.is_set():
            exchange.send(data)

    return run


def instead(body: bytes, **headers: str) -> Answer:
    """Another body, with its right length."""
    return status(200, body, **{"Content_Type": "application/octet-stream", **headers})


def declared(length: int) -> Answer:
    """The right body under a wrong Content-Length."""

    def run(exchange: Exchange) -> None:
        exchange.answer(200, {"Content-Type": "application/octet-stream"}, _served(exchange), length=length)

    return run


def redirect(to: str, code: int = 307) -> Answer:
    """`{path}` in `to` stands for the path asked for."""
    return lambda exchange: exchange.answer(code, {"Location": to.replace("{path}", exchange.request.path)})


def challenge(value: str, code: int = 401) -> Answer:
    return status(code, b'{"errors":[{"code":"UNAUTHORIZED"}]}', WWW_Authenticate=value)


def unless_authorized(realm: str, scheme: str = "Bearer ", more: str = ',service="test"') -> Answer:
    """401 with a challenge until the request carries any credentials of that scheme."""

    def run(exchange: Exchange) -> None:
        registry = exchange.server
        assert isinstance(registry, ScriptedRegistry)
        if exchange.request.headers.get("authorization", "").startswith(scheme):
            registry.serve(exchange)
        else:
            challenge(f'{scheme.strip()} realm="{realm}"{more}')(exchange)

    return run


def header_bomb(count: int = 10_000, size: int = 1000) -> Answer:
    def run(exchange: Exchange) -> None:
        exchange.close()
        exchange.send(b"HTTP/1.1 200 OK\r\n")
        line = b"X-Bomb: " + b"x" * size + b"\r\n"
        for _ in range(count):
            exchange.send(line)
        exchange.send(b"Content-Length: 2\r\n\r\n{}")

    return run


def raw(data: bytes) -> Answer:
    """Bytes as they are, then the end."""
    return lambda exchange: (exchange.send(data), exchange.close())[1]


def after(seconds: float, then: Answer) -> Answer:
    return lambda exchange: (time.sleep(seconds), then(exchange))[1]


def credentials_in(requests: list[Any]) -> list[str]:
    """The requests that carry something secret."""
    return [f"{request}: {request.headers['authorization']}" for request in requests if "authorization" in request.headers]
