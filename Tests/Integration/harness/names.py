"""A name server, as a cluster has one: it answers for the names that it was told, and says of every other that there is none."""

import contextlib
import socket
import struct
import threading
from typing import Self

TYPE_A = 1
NO_SUCH_NAME = 3
TTL_SECONDS = 1


class NameServer:
    """Listens on port 53 of `address` by UDP, used with `with`. `known`: name -> IPv4 address."""

    def __init__(self, address: str) -> None:
        self.known: dict[str, str] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # Wakes the thread, although there is nothing to shut down.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                question, client = self._socket.recvfrom(512)
                if not question:
                    return
                self._socket.sendto(self.answer(question), client)
            except OSError:
                return

    def answer(self, message: bytes) -> bytes:
        labels, at = [], 12
        while size := message[at]:
            labels.append(message[at + 1 : at + 1 + size].decode("latin-1"))
            at += 1 + size
        question = message[12 : at + 5]
        (kind,) = struct.unpack("!H", question[-4:-2])
        address = self.known.get(".".join(labels).lower())
        records = b""
        if address and kind == TYPE_A:
            # The name is the question's, by a pointer to it.
            records = struct.pack("!HHHIH", 0xC00C, TYPE_A, 1, TTL_SECONDS, 4) + socket.inet_aton(address)
        flags = 0x8580 | (0 if address else NO_SUCH_NAME)
        return message[:2] + struct.pack("!HHHHH", flags, 1, 1 if records else 0, 0, 0) + question + records
