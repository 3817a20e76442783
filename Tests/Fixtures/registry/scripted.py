#!/usr/bin/env python3
"""A registry on loopback that behaves as the repository's name says. Prints its port; logs a JSON line for each request.

usage: scripted.py LOG          (ends with its stdin)
"""

import base64
import collections
import hashlib
import json
import socketserver
import sys
import threading

BLOB = bytes(i * 7 % 251 for i in range(300_000))
MANIFEST = b'{"schemaVersion":2}'
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
BASIC = "Basic " + base64.b64encode(b"user:s3cret").decode()
seen = collections.Counter()
lock = threading.Lock()


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while self.one():
            pass

    def one(self):
        line = self.rfile.readline(65536).decode("latin-1")
        if not line.startswith(("GET ", "HEAD ", "POST ")):
            if line:
                self.wfile.write(b"HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return False
        self.method, self.path, _ = line.split()
        self.headers = {}
        while (line := self.rfile.readline(65536).decode("latin-1").strip()):
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        self.host, port = self.headers["host"], str(self.server.server_address[1])
        self.here, self.elsewhere = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
        parts = self.path.partition("?")[0].split("/")
        name = parts[2] if parts[1] == "v2" else parts[1]
        self.kind = parts[3] if len(parts) > 3 else ""
        with lock:
            seen[name] += 1
            self.count = seen[name]
            with open(sys.argv[1], "a", encoding="utf-8") as log:
                print(json.dumps({"method": self.method, "path": self.path, "host": self.host, "body": body,
                                  "authorization": self.headers.get("authorization", ""),
                                  "range": self.headers.get("range", "")}), file=log)
        return getattr(self, "do_" + name)() is not False

    # Pieces

    def answer(self, status=200, body=b"", length=None, **headers):
        lines = [f"HTTP/1.1 {status} Words", f"Content-Length: {len(body) if length is None else length}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        if self.method != "HEAD":
            self.wfile.write(body)

    def rest(self, start):
        self.answer(206, BLOB[start:], Content_Range=f"bytes {start}-{len(BLOB) - 1}/{len(BLOB)}")

    def asked(self):
        return int(self.headers["range"][6:].split("-")[0]) if "range" in self.headers else 0

    def cut(self, body, length=len(BLOB)):
        self.answer(200, body, length=length)
        return False

    # Repositories

    def do_good(self):
        if self.kind == "manifests":
            self.answer(200, MANIFEST, Content_Type=MANIFEST_TYPE + "; charset=utf-8",
                        Docker_Content_Digest="sha256:" + hashlib.sha256(MANIFEST).hexdigest())
        else:
            self.answer(200, BLOB)

    def do_huge(self):
        self.answer(200, b" " * (5 << 20))

    def do_missing(self):
        self.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest \\u001b[31munknown"}]}')

    def do_elsewhere(self):
        if self.headers.get("authorization") != BASIC and self.host.startswith("127."):
            return self.answer(401, WWW_Authenticate='Basic realm="x"')
        if self.host.startswith("127."):
            return self.answer(307, Location=f"{self.elsewhere}{self.path}")
        self.answer(200, BLOB)

    def do_circle(self):
        self.answer(302, Location=self.path)

    def do_file(self):
        self.answer(302, Location="file:///etc/passwd")

    def do_metadata(self):
        self.answer(302, Location="http://169.254.169.254/latest/meta-data")

    def do_basic(self):
        if self.headers.get("authorization") != BASIC:
            return self.answer(401, b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}',
                               WWW_Authenticate='Basic realm="x"')
        self.do_good()

    def do_token(self):
        self.answer(200, json.dumps({"token": f"t{self.count}", "expires_in": 60}).encode())

    def do_bearer(self, realm=None):
        # Each token serves twice.
        token = self.headers.get("authorization", "").removeprefix("Bearer t")
        if not token.isdigit() or seen["bearer-" + token] >= 2:
            realm = realm or self.here + "/token"
            return self.answer(401, WWW_Authenticate=f'Bearer realm="{realm}",service="s",scope="repository:bearer:pull"')
        seen["bearer-" + token] += 1
        self.do_good()

    def do_stranger(self):
        self.do_bearer(self.elsewhere + "/token")

    def do_never(self):
        self.answer(401, WWW_Authenticate=f'Bearer realm="{self.here}/token",service="s"')

    def do_garbage(self):
        self.answer(401, WWW_Authenticate='Bearer realm="file:///etc/passwd",,,=",x')

    def do_badtoken(self):
        self.answer(200, b'{"token":"a\\r\\nX-Evil: 1"}')

    def do_evil(self):
        self.answer(401, WWW_Authenticate=f'Bearer realm="{self.here}/badtoken"')

    def do_resume(self):
        return self.cut(BLOB[:100_000]) if self.count == 1 else self.rest(self.asked())

    def do_norange(self):
        return self.cut(BLOB[:100_000]) if self.count == 1 else self.answer(200, BLOB)

    def do_otherrange(self):
        if self.count == 1:
            return self.cut(BLOB[:100_000])
        if "range" in self.headers:
            return self.answer(206, BLOB[5:], Content_Range=f"bytes 5-{len(BLOB) - 1}/{len(BLOB)}")
        self.answer(200, BLOB)

    def do_always(self):
        return self.cut(BLOB[:100])

    def do_flaky(self):
        if self.count <= 3:
            return self.answer([503, 429, 500][self.count - 1], Retry_After="0")
        self.do_good()

    def do_rate(self):
        self.answer(429, b"slow down", Retry_After="3600")

    def do_bomb(self):
        self.answer(200, b"", **{f"X-{i}": "y" * 1000 for i in range(100)})

    def do_longer(self):
        self.answer(200, BLOB + b"!")

    def do_endless(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                self.wfile.write(b"10000\r\n" + bytes(65536) + b"\r\n")
        except OSError:
            return False

    def do_complaint(self):
        self.wfile.write(b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                self.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        except OSError:
            return False

    def do_silent(self):
        self.rfile.read(1)
        return False


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
