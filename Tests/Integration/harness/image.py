"""The images of the tests, as OCI layouts: busybox and the probe in two layers, with differing image configs."""

import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
from typing import Any

from . import paths

REPOSITORY = "podrun-test"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
APPLETS = (
    "sh cat true false sleep echo env ls id touch rm mkdir ps kill date hostname nc wget stty tty dd head tail seq yes test "
    "grep mount umount setsid nohup printf wc stat chmod ln readlink sync uname ping mktemp vi"
).split()
PASSWD = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:app:/home/app:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n"
GROUP = "root:x:0:\napp:x:1001:\nextra:x:2000:app\nnogroup:x:65534:\n"

#: tag -> the image config's "config"
CONFIGS: dict[str, dict[str, Any]] = {
    "1": {"Cmd": ["/probe", "wait"]},
    "user": {
        "User": "app",
        "WorkingDir": "/work/made",
        "Env": ["COLOR=image", "PATH=/bin:/opt/bin"],
        "Entrypoint": ["/probe"],
        "Cmd": ["report"],
    },
    "stop-signal": {"StopSignal": "SIGINT", "Cmd": ["/bin/sh", "-c", "trap 'exit 9' INT; while :; do sleep 0.05; done"]},
    "root-user": {"User": "root", "Cmd": ["/probe", "wait"]},
    "named-user": {"User": "nobody", "Cmd": ["/probe", "wait"]},
    "no-command": {},
}


def layout(tag: str) -> pathlib.Path:
    return paths.CACHE / tag


def references() -> list[tuple[str, pathlib.Path]]:
    return [(f"{REPOSITORY}:{tag}", layout(tag)) for tag in CONFIGS]


def prepare() -> None:
    """Builds what is missing or made from other sources. Needs musl-gcc and busybox-static; a prepared tree neither."""
    sources = sorted(paths.PROBE_SOURCES.glob("*.[ch]")) + [pathlib.Path(__file__)]
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    stamp = paths.CACHE / "version"
    if stamp.exists() and stamp.read_text() == version:
        return
    shutil.rmtree(paths.CACHE, ignore_errors=True)
    subprocess.run(["make", "-s", "-C", str(paths.PROBE_SOURCES), f"OUT={paths.CACHE}"], check=True)
    probe = (paths.CACHE / "probe").read_bytes()
    layers = [_layer(_base()), _layer({"probe": probe, "opt/setuid-probe": probe})]
    for tag, config in CONFIGS.items():
        _write_layout(layout(tag), f"{REPOSITORY}:{tag}", layers, config)
    stamp.write_text(version)


def _base() -> dict[str, bytes | str | None]:
    """path -> contents, or the target of a link (str), or None for a directory."""
    busybox = next((path for path in ("/usr/bin/busybox", "/bin/busybox") if os.path.exists(path)), None)
    if busybox is None:
        raise SystemExit("run: busybox is missing: apt-get install busybox-static")
    entries: dict[str, bytes | str | None] = {}
    for directory in ("bin", "dev", "etc", "home", "home/app", "opt", "opt/bin", "proc", "root", "sys", "tmp", "var"):
        entries[directory] = None
    entries["bin/busybox"] = pathlib.Path(busybox).read_bytes()
    for applet in APPLETS:
        entries[f"bin/{applet}"] = "busybox"
    entries["etc/passwd"] = PASSWD.encode()
    entries["etc/group"] = GROUP.encode()
    entries["etc/not-executable"] = b"data\n"
    return entries


def _layer(entries: dict[str, bytes | str | None]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, contents in entries.items():
            member = tarfile.TarInfo(name)
            member.mtime = 1
            if contents is None:
                member.type, member.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            elif isinstance(contents, str):
                member.type, member.linkname = tarfile.SYMTYPE, contents
            else:
                member.size = len(contents)
                member.mode = _mode(name)
            archive.addfile(member, io.BytesIO(contents) if isinstance(contents, bytes) else None)
    return buffer.getvalue()


def _mode(name: str) -> int:
    if "setuid" in name:
        return 0o4755
    return 0o755 if name.startswith(("bin/", "probe")) else 0o644


def _write_layout(directory: pathlib.Path, name: str, layers: list[bytes], config: dict[str, Any]) -> None:
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(contents: bytes, media_type: str) -> dict[str, Any]:
        digest = hashlib.sha256(contents).hexdigest()
        (blobs / digest).write_bytes(contents)
        return {"mediaType": f"application/vnd.oci.image.{media_type}", "digest": f"sha256:{digest}", "size": len(contents)}

    descriptors = [put(layer, "layer.v1.tar") for layer in layers]
    image = {
        "architecture": "amd64",
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [descriptor["digest"] for descriptor in descriptors]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": put(json.dumps(image).encode(), "config.v1+json"),
        "layers": descriptors,
    }
    entry = put(json.dumps(manifest).encode(), "manifest.v1+json")
    entry["annotations"] = {"org.opencontainers.image.ref.name": name}
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
