"""Layers byte by byte: tar archives as no archiver would write them, gzip and zstd streams, bombs."""

import hashlib
import itertools
import zlib
from collections.abc import Iterator

BLOCK = 512
MODIFIED = 1_000_000_000


class Tar:
    """Appends entries; nothing is checked or cleaned up. Every method gives the archive back, to be chained."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def entry(
        self, name: str | bytes, data: bytes = b"", *, kind: str = "0", mode: int = 0o644, uid: int = 0, gid: int = 0,
        size: int | None = None, modified: int = MODIFIED, link: str = "", major: int = 0, minor: int = 0,
    ) -> "Tar":  # fmt: skip
        block = bytearray(BLOCK)

        def put(offset: int, width: int, text: bytes) -> None:
            block[offset : offset + min(width, len(text))] = text[:width]

        def number(offset: int, width: int, value: int) -> None:
            if 0 <= value < 1 << 3 * (width - 1):
                put(offset, width, b"%0*o" % (width - 1, value))
            else:  # GNU: base 256, two's complement
                put(offset, width, value.to_bytes(width, "big", signed=True))
                block[offset] |= 0x80

        put(0, 100, name if isinstance(name, bytes) else name.encode())
        number(100, 8, mode)
        number(108, 8, uid)
        number(116, 8, gid)
        number(124, 12, len(data) if size is None else size)
        number(136, 12, modified)
        put(156, 1, kind.encode())
        put(157, 100, link.encode())
        put(257, 8, b"ustar\x0000")
        number(329, 8, major)
        number(337, 8, minor)
        put(148, 8, b" " * 8)
        put(148, 8, b"%06o\0 " % sum(block))
        self.parts += [bytes(block), data, bytes(-len(data) % BLOCK)]
        return self

    def file(self, name: str | bytes, data: bytes | str = b"", **fields: int) -> "Tar":
        return self.entry(name, data.encode() if isinstance(data, str) else data, **fields)

    def directory(self, name: str, mode: int = 0o755, **fields: int) -> "Tar":
        return self.entry(name, kind="5", mode=mode, **fields)

    def symlink(self, name: str, target: str) -> "Tar":
        return self.entry(name, kind="2", mode=0o777, link=target)

    def hardlink(self, name: str, target: str) -> "Tar":
        return self.entry(name, kind="1", link=target)

    def device(self, name: str, major: int, minor: int, kind: str = "3") -> "Tar":
        return self.entry(name, kind=kind, major=major, minor=minor)

    def pax(self, **records: str | bytes) -> "Tar":
        """A header for the next entry; `__` in a keyword stands for the dot."""
        data = b""
        for key, value in records.items():
            body = b" %s=%s\n" % (key.replace("__", ".").encode(), value if isinstance(value, bytes) else value.encode())
            length = next(size for size in itertools.count(len(body) + 1) if size == len(body) + len(str(size)))
            data += str(length).encode() + body
        return self.entry("PaxHeaders/x", data, kind="x")

    def bytes(self) -> bytes:
        return b"".join(self.parts) + bytes(2 * BLOCK)


def gzip(plain: bytes, level: int = 1) -> bytes:
    """The same bytes every time: no name, no time."""
    packer = zlib.compressobj(level, wbits=31)
    return packer.compress(plain) + packer.flush()


def zstd(plain: bytes, window_log: int = 20) -> bytes:
    """One frame: runs of one byte as such, everything else as it is. Python 3.11 has no zstd, and no test needs a ratio."""
    return b"".join(_zstd_frame((plain[at : at + ZSTD_BLOCK] for at in range(0, len(plain), ZSTD_BLOCK)), window_log))


ZSTD_BLOCK = 128 << 10


def _zstd_frame(blocks: Iterator[bytes], window_log: int) -> Iterator[bytes]:
    yield b"\x28\xb5\x2f\xfd\x00" + bytes([(window_log - 10) << 3])
    for block in blocks:
        if len(block) > 1 and block.count(block[:1]) == len(block):
            yield (len(block) << 3 | 1 << 1).to_bytes(3, "little") + block[:1]
        else:
            yield (len(block) << 3).to_bytes(3, "little") + block
    yield (1).to_bytes(3, "little")


ZEROS = bytes(16 << 20)


def zeros_file(name: str, gibibytes: int) -> tuple[bytes, int]:
    """A tar header for a file of zeros, and how many zeros follow (up to the archive's end)."""
    size = gibibytes << 30
    return Tar().entry(name, size=size).parts[0], size + 2 * BLOCK


def gzip_bomb(gibibytes: int) -> bytes:
    """A gzip stream of one file of zeros, about a thousandth of its size. The CRC at its end is wrong: nobody gets there."""
    header, zeros = zeros_file("zeros", gibibytes)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(header) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunk = packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + start + chunk * (zeros // len(ZEROS) + 1) + b"\x03\0" + bytes(8)


def zstd_bomb(gibibytes: int, window_log: int = 20) -> bytes:
    """A zstd frame of one file of zeros: four bytes for each 128 KiB."""
    header, zeros = zeros_file("zeros", gibibytes)
    frame = b"".join(_zstd_frame(iter([header]), window_log))[:-3]
    return frame + ((ZSTD_BLOCK << 3 | 1 << 1).to_bytes(3, "little") + b"\0") * (zeros // ZSTD_BLOCK + 1) + (1).to_bytes(3, "little")


def noise(size: int, seed: str) -> bytes:
    """Bytes that no compressor makes smaller; the same for the same seed."""
    return hashlib.shake_128(seed.encode()).digest(size)
