"""Debian's docker-registry on loopback, plain or with TLS, with passwords or tokens; and a client that fills it."""

import base64
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
from typing import Any, Self

from .oci import Image, Index
from .server import Certificates, Exchange, Server
from .waiting import wait_for

BINARY = "docker-registry"
USER, PASSWORD = "tester", "s3cret-of-the-tests"
#: bcrypt of PASSWORD, as the registry wants it; there is no bcrypt in Python's library.
PASSWORD_HASH = "$2b$04$lZZjjA6I8fXCaq/w4kK/VevoopOhtlYeZ3pYc1viKZOpkXdplck4m"


def is_installed() -> bool:
    return shutil.which(BINARY) is not None and shutil.which("openssl") is not None


class TokenServer(Server):
    """Gives whoever knows the password a token for everything asked for, signed with a key of its own (RS256)."""

    def __init__(self, directory: pathlib.Path, tls: Certificates) -> None:
        super().__init__("127.0.0.1", tls)
        self.key, self.certificate = directory / "token.key", directory / "token.crt"
        self.lifetime_seconds = 300
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(self.key), "-out", str(self.certificate)]
        subprocess.run([*command, "-days", "2", "-subj", "/CN=tokens"], check=True, capture_output=True)

    def handle(self, exchange: Exchange) -> None:
        request = exchange.request
        authorization = request.headers.get("authorization", "")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query)
        if request.method == "POST":  # OAuth2, for identity tokens
            query = urllib.parse.parse_qs(request.body.decode())
            is_known = query.get("refresh_token") == [PASSWORD] or query.get("password") == [PASSWORD]
        else:
            is_known = authorization == basic(USER, PASSWORD)
        if not is_known:
            return exchange.answer(401, {"WWW-Authenticate": 'Basic realm="tokens"'}, b'{"errors":[{"code":"UNAUTHORIZED"}]}')
        scopes = " ".join(query.get("scope", []))
        token = self.token(scopes)
        body = {"token": token, "access_token": token, "expires_in": self.lifetime_seconds}
        exchange.answer(200, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def token(self, scopes: str) -> str:
        access = []
        for scope in scopes.split():
            kind, name, actions = scope.rsplit(":", 2) if scope.count(":") == 2 else (*scope.split(":", 1), "")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        chain = [base64.b64encode(_der(self.certificate)).decode()]
        claims = {
            "iss": "tests", "sub": USER, "aud": "registry", "iat": now, "nbf": now - 10, "exp": now + self.lifetime_seconds,
            "jti": os.urandom(8).hex(), "access": access,
        }  # fmt: skip
        parts = [_base64url(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "RS256", "x5c": chain}, claims)]
        signing = ["openssl", "dgst", "-sha256", "-sign", str(self.key)]
        signature = subprocess.run(signing, input=".".join(parts).encode(), capture_output=True, check=True).stdout
        return ".".join([*parts, _base64url(signature)])


class DebianRegistry:
    """auth: "" or "basic" or "token" (with `tokens`)."""

    def __init__(
        self, directory: pathlib.Path, tls: Certificates | None = None, auth: str = "", tokens: TokenServer | None = None
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory, self.tls, self.auth, self.tokens = directory, tls, auth, tokens
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.host = f"127.0.0.1:{free.getsockname()[1]}"
        config: dict[str, Any] = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": False}},
            "storage": {"filesystem": {"rootdirectory": str(directory / "data")}, "delete": {"enabled": True}},
            "http": {"addr": self.host},
        }
        if tls:
            config["http"]["tls"] = {"certificate": str(tls.certificate), "key": str(tls.key)}
        if auth == "basic":
            (directory / "htpasswd").write_text(f"{USER}:{PASSWORD_HASH}\n")
            config["auth"] = {"htpasswd": {"realm": "tests", "path": str(directory / "htpasswd")}}
        elif tokens:
            config["auth"] = {
                "token": {
                    "realm": tokens.url + "/token", "service": "registry", "issuer": "tests", "rootcertbundle": str(tokens.certificate),
                }
            }  # fmt: skip
        (directory / "config.yml").write_text(json.dumps(config))

    def start(self) -> Self:
        self.log = open(self.directory / "log", "wb")
        command = [BINARY, "serve", str(self.directory / "config.yml")]
        environment = {"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none"}
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, env=environment)
        try:
            wait_for(self._answers, f"docker-registry at {self.host}", 60)
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}\n{(self.directory / 'log').read_text(errors='replace')}") from None
        return self

    def stop(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"docker-registry ended with {self.process.returncode}")
        try:
            return self._request("GET", "/v2/", authorized=False)[0] in (200, 401)
        except OSError:
            return False

    # The access log

    def mark(self) -> int:
        """A place in the log, for `accesses`."""
        return (self.directory / "log").stat().st_size

    def accesses(self, *words: str, since: int = 0) -> list[str]:
        """`GET /v2/... HTTP/1.1" 200` of podrun and whoever else, in order."""
        lines = (self.directory / "log").read_bytes()[since:].decode(errors="replace").splitlines()
        found = [line.partition('] "')[2] for line in lines if '] "' in line]
        return [line for line in found if all(word in line for word in words)]

    def fetches(self, digest: str, since: int = 0) -> int:
        """How often a blob was asked for."""
        return len([line for line in self.accesses(f"/blobs/{digest}", since=since) if line.startswith("GET ")])

    # Pushing

    def push(self, repository: str, image: Image | Index, tag: str = "1") -> str:
        """The reference to pull it by."""
        if isinstance(image, Index):
            for each in image.images:
                self.push(repository, each, each.digest)
        else:
            for digest, blob in image.blobs.items():
                self._push_blob(repository, digest, blob)
        path = f"/v2/{repository}/manifests/{tag}"
        code, _, body = self._request("PUT", path, image.manifest, {"Content-Type": image.media_type}, repository)
        assert code == 201, (code, body)
        return f"{self.host}/{repository}:{tag}"

    def _push_blob(self, repository: str, digest: str, blob: bytes) -> None:
        if self._request("HEAD", f"/v2/{repository}/blobs/{digest}", repository=repository)[0] == 200:
            return
        code, headers, body = self._request("POST", f"/v2/{repository}/blobs/uploads/", repository=repository)
        assert code == 202, (code, body)
        upload = urllib.parse.urlsplit(headers["Location"])
        path = f"{upload.path}?{upload.query}&digest={urllib.parse.quote(digest)}"
        code, _, body = self._request("PUT", path, blob, {"Content-Type": "application/octet-stream"}, repository)
        assert code == 201, (code, body)

    def _request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, repository: str = "", authorized: bool = True
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        headers = dict(headers or {})
        if authorized and self.auth == "basic":
            headers["Authorization"] = basic(USER, PASSWORD)
        elif authorized and self.tokens:
            headers["Authorization"] = "Bearer " + self.tokens.token(f"repository:{repository}:pull,push")
        if self.tls:
            connection = http.client.HTTPSConnection(self.host, timeout=60, context=self.tls.client_context())
        else:
            connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _der(certificate: pathlib.Path) -> bytes:
    body = certificate.read_text().partition("-----BEGIN CERTIFICATE-----")[2].partition("-----END")[0]
    return base64.b64decode(body)
