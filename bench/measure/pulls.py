"""Pulls of one image from Debian's docker-registry on loopback into stores that are empty, each peer in turn."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

from . import peers, pull_image
from .parts import Measurements

PORT = 5055
IMAGE = f"127.0.0.1:{PORT}/bench/pull:1"
DIRECTORY = pathlib.Path("/tmp/podrun-bench-pull")
#: Rounds of seconds each; more of them would fill the disk.
ROUNDS = 5


class Registry:
    """docker-registry with the image in it, and a log of the requests it gets."""

    def __init__(self) -> None:
        DIRECTORY.mkdir(exist_ok=True)
        self.log = DIRECTORY / "registry.log"
        configuration = DIRECTORY / "registry.yml"
        configuration.write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {DIRECTORY}/registry}}}}\n"
            f"http: {{addr: '127.0.0.1:{PORT}'}}\n"
        )
        self.registries = DIRECTORY / "registries.conf"
        self.registries.write_text(f'[[registry]]\nlocation = "127.0.0.1:{PORT}"\ninsecure = true\n')
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(["docker-registry", "serve", str(configuration)], stdout=log, stderr=log)
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/v2/", timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        layout = f"oci:{pull_image.LAYOUT}"
        subprocess.run(["skopeo", "copy", "-q", "--dest-tls-verify=false", layout, f"docker://{IMAGE}"], check=True)

    def blob_requests(self) -> int:
        return len(re.findall(r'"(?:GET|HEAD) /v2/bench/pull/blobs/', self.log.read_text()))

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def pull(results: Measurements) -> None:
    missing = [program for program in ("docker-registry", "skopeo") if not shutil.which(program)]
    if missing:
        print(f"bench: no {', '.join(missing)}: pull is not measured (scripts/setup --test)", file=sys.stderr)
        return
    registry = Registry()
    os.environ["CONTAINERS_REGISTRIES_CONF"] = str(registry.registries)
    try:
        # Round 0 only warms up: the registry's page cache, libraries, the file system.
        for number in range(min(results.rounds, ROUNDS) + 1):
            for name, peer in results.peers:
                # Stores are kept until the end: removing one would be paid for by the next.
                elapsed = _podrun(peer, number) if name == "podrun" else _podman(peer, number)
                if number > 0:
                    results.add(f"{name}.pull", elapsed)
        if results.podrun:
            _again(results, registry)
            results.add("podrun.pull.pss", _memory(results.podrun))
    finally:
        registry.close()


def _command(peer: peers.Podrun, store: object) -> list[str]:
    return [*peer.command, "--data-dir", str(DIRECTORY / f"podrun{store}"), "pull", "-q", IMAGE]


def _podrun(peer: peers.Podrun, number: int) -> float:
    elapsed = peers.timed(_command(peer, number))
    _settle()
    return elapsed


def _podman(peer: peers.Podman, number: int) -> float:
    store = DIRECTORY / f"podman{number}"
    directories = ["--root", str(store / "lib"), "--runroot", str(store / "run"), "--storage-driver", "overlay"]
    command = [*peer.enter, "podman", *directories, "pull", "-q", IMAGE]
    elapsed = peers.timed(command, {**peer.environment, "CONTAINERS_REGISTRIES_CONF": os.environ["CONTAINERS_REGISTRIES_CONF"]})
    _settle()
    return elapsed - peer.overhead


def _settle() -> None:
    """What one peer left to be written is not the other one's to wait for."""
    os.sync()


def _again(results: Measurements, registry: Registry) -> None:
    """Pulling what is there."""
    before = registry.blob_requests()
    results.add("podrun.pull.again", peers.timed(_command(results.podrun, 1)))
    results.add("podrun.pull.again.requests", registry.blob_requests() - before)


def _memory(peer: peers.Podrun) -> float:
    """The most that all processes of a pull had together, in KiB."""
    own = os.path.realpath(peer.binary)
    process = subprocess.Popen(_command(peer, "memory"), stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        total = 0
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "exe") == own and b"pull" in (entry / "cmdline").read_bytes() + _parent(entry):
                    total += peers.memory_kib(int(entry.name), "Pss")
            except OSError:
                continue  # it ended meanwhile
        peak = max(peak, total)
        time.sleep(0.02)
    if process.returncode != 0:
        raise SystemExit("bench: the pull whose memory was measured failed")
    return peak


def _parent(entry: pathlib.Path) -> bytes:
    """Command line of the process that started it: workers belong to the pull that started them."""
    parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
    return pathlib.Path(f"/proc/{parent}/cmdline").read_bytes()
