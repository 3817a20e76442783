"""Reading what a command shows, as it comes."""

import os
import select
import time

SECONDS = 60


class Stream:
    """What can be read of a descriptor, up to what is waited for."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.seen = b""

    def until(self, wanted: bytes) -> bytes:
        """Reads on; returns all that was read since the last call."""
        end = time.monotonic() + SECONDS
        while wanted not in self.seen:
            if time.monotonic() > end or not self.more(end - time.monotonic()):
                raise AssertionError(f"no {wanted!r} in {self.seen!r}")
        before, found, self.seen = self.seen.partition(wanted)
        return before + found

    def more(self, seconds: float) -> bool:
        if not select.select([self.descriptor], [], [], max(0, seconds))[0]:
            return False
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:  # a terminal whose other end is closed
            return False
        self.seen += data
        return bool(data)
