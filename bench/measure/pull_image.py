"""The image that pulls are measured with: 5 layers, about 250 MB of gzip, some 9000 files of mixed content, the same bytes every time."""

import hashlib
import io
import json
import pathlib
import random
import shutil
import tarfile
import zlib

from harness import paths

LAYOUT = paths.REPOSITORY / ".cache" / "bench-pull-image-2"
#: plain megabytes of each layer, bottom to top
SIZES_MB = (220, 130, 75, 35, 10)
MTIME = 1_700_000_000


def prepare() -> pathlib.Path:
    """The layout directory; made when it isn't there, which takes half a minute."""
    if not LAYOUT.exists():
        work = LAYOUT.with_suffix(".new")
        shutil.rmtree(work, ignore_errors=True)
        _write(work)
        work.rename(LAYOUT)
    return LAYOUT


class Content:
    """Files as images have them: text and code, binaries, and what is compressed already."""

    def __init__(self) -> None:
        self.random = random.Random(20_261_121)
        words = ["".join(self.random.choices("etaoinshrdlucmfwypvbgkjqxz", k=self.random.randint(2, 9))) for _ in range(4000)]
        self.text = " ".join(self.random.choices(words, weights=[1 / (rank + 3) for rank in range(4000)], k=1_000_000)).encode()
        self.half = bytes(value & 0x3F for value in range(256))

    def file(self) -> bytes:
        size = min(int(self.random.lognormvariate(9.2, 2.0)) + 50, 8 << 20)
        kind = self.random.random()
        if kind < 0.55:
            return b"".join(self._slice(min(65536, size - start)) for start in range(0, size, 65536))
        data = self.random.randbytes(size)
        if kind < 0.92:  # machine code compresses to a half: much of the same between bytes that are not
            code, same = data.translate(self.half), self.text[:9024]
            return b"".join(code[at : at + 40] + same[at % 9000 : at % 9000 + 24] for at in range(0, size, 64))[:size]
        return data

    def _slice(self, size: int) -> bytes:
        start = self.random.randrange(len(self.text) - size)
        return self.text[start : start + size]


class Gzip(io.RawIOBase):
    """A file that compresses and hashes what is written to it."""

    def __init__(self, path: pathlib.Path) -> None:
        self.file = path.open("wb")
        self.compressor = zlib.compressobj(6, zlib.DEFLATED, 31)
        self.plain, self.packed, self.size = hashlib.sha256(), hashlib.sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:  # type: ignore[no-untyped-def]
        self.plain.update(data)
        self._put(self.compressor.compress(data))
        return len(data)

    def finish(self) -> None:
        self._put(self.compressor.flush())
        self.file.close()

    def _put(self, data: bytes) -> None:
        self.packed.update(data)
        self.size += len(data)
        self.file.write(data)


def _layer(path: pathlib.Path, number: int, megabytes: int, content: Content) -> Gzip:
    out = Gzip(path)
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 16) as tar:
        total = count = 0
        while total < megabytes * 1_000_000:
            if count % 25 == 0:
                directory = f"usr/lib/layer{number}/d{count // 25:04}"
                info = tarfile.TarInfo(directory)
                info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o755, MTIME
                tar.addfile(info)
            data = content.file()
            info = tarfile.TarInfo(f"{directory}/file{count % 25}")
            info.size, info.mode, info.mtime = len(data), 0o755 if count % 5 == 0 else 0o644, MTIME
            tar.addfile(info, io.BytesIO(data))
            if count % 20 == 0:
                info = tarfile.TarInfo(f"{directory}/link{count % 25}")
                info.type, info.linkname, info.mode, info.mtime = tarfile.SYMTYPE, f"file{count % 25}", 0o777, MTIME
                tar.addfile(info)
            total += len(data)
            count += 1
    out.finish()
    return out


def _write(directory: pathlib.Path) -> None:
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    content = Content()
    layers, diff_ids = [], []
    for number, megabytes in enumerate(SIZES_MB):
        made = _layer(blobs / "layer", number, megabytes, content)
        (blobs / "layer").rename(blobs / made.packed.hexdigest())
        layers.append(_descriptor("layer.v1.tar+gzip", made.packed.hexdigest(), made.size))
        diff_ids.append(f"sha256:{made.plain.hexdigest()}")
    config = {
        "created": "2023-11-14T22:13:20Z",
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["/bin/true"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": _document(blobs, "config.v1+json", config),
        "layers": layers,
    }
    index = {"schemaVersion": 2, "manifests": [_document(blobs, "manifest.v1+json", manifest)]}
    (directory / "index.json").write_text(json.dumps(index))
    (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')


def _document(blobs: pathlib.Path, kind: str, value: object) -> dict[str, object]:
    data = json.dumps(value).encode()
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return _descriptor(kind, digest, len(data))


def _descriptor(kind: str, digest: str, size: int) -> dict[str, object]:
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": size}
