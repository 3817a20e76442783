"""What the tests of pulls share: stores of their own, a canary on the host, a look at the processes that pull."""

import functools
import hashlib
import io
import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from . import paths
from .archive import Tar
from .case import PodTestCase
from .oci import Image, Layer, layer
from .podrun import Podrun, Result, command_line, executable, processes
from .registry import DebianRegistry, is_installed
from .server import Server
from .waiting import wait_for

Row = TypeVar("Row")
#: A name of 127.0.0.1 that nobody takes for this host: what podrun allows a registry on loopback, it must not allow it.
NAME = "registry.podrun.test"
CONFIGURATION = pathlib.Path("/etc/containers")
MEMORY_LIMIT_KIBIBYTES = 64 << 10
#: Back-offs and idle timeouts of transfers are real, only shorter: no test waits a minute for a silent server.
IDLE_SECONDS = 5 if "PODRUN_VM" in os.environ else 1
IMPATIENT = {"PODRUN_TRANSFER_IDLE_SECONDS": str(IDLE_SECONDS), "PODRUN_TRANSFER_BACKOFF_MS": "20"}


def some(rows: Sequence[Row]) -> Sequence[Row]:
    """Every row of a table; in the VM, where emulation makes a command take seconds, every fifth: these tests are about
    what processes do with bytes, not about the kernel."""
    return rows[::5] if "PODRUN_VM" in os.environ else rows


class PullTestCase(PodTestCase):
    """Pulls into a store of the test's own, with the same environment for the command line and the agent's workers."""

    #: These tests are about bytes.
    in_vm = False

    def setUp(self) -> None:
        super().setUp()
        self.store = Store(self.directory / "data")
        self.addCleanup(self._end_agent_of_store)
        self.environment = {**os.environ, **IMPATIENT}

    def _end_agent_of_store(self) -> None:
        """Some image commands ask an agent who uses the image; the store's own one goes with it."""
        if (self.store.data / "run").exists():
            self.podrun.run("agent", "--stop", *self.store.flags)

    def registry(self, server: Server | DebianRegistry) -> Any:
        """Starts a server and has it stopped; podrun may talk to it in plain text."""
        server.start()
        self.addCleanup(server.stop)
        if server.tls is None:
            self.configure(f'[[registry]]\nlocation = "{server.host}"\ninsecure = true\n')
        return server

    def named(self, reference: str) -> str:
        """The reference with NAME instead of the address."""
        hosts = pathlib.Path("/etc/hosts")
        if NAME not in hosts.read_text():
            with open(hosts, "a", encoding="ascii") as file:
                file.write(f"127.0.0.1 {NAME}\n")
        return reference.replace("127.0.0.1", NAME)

    def debian(self, **options: Any) -> DebianRegistry:
        if not is_installed():
            self.skipTest("docker-registry or openssl is not installed: scripts/setup --test")
        return self.registry(DebianRegistry(self.directory / f"registry{len(os.listdir(self.directory))}", **options))

    def configure(self, text: str) -> None:
        """Adds to registries.conf until the test's end."""
        path = CONFIGURATION / "registries.conf"
        if not path.exists():
            self.addCleanup(path.unlink, missing_ok=True)
            path.parent.mkdir(exist_ok=True)
        with open(path, "a", encoding="ascii") as file:
            file.write(text)

    def configured(self, text: str) -> None:
        """As `configure`, instead of what is there."""
        (CONFIGURATION / "registries.conf").unlink(missing_ok=True)
        self.configure(text)

    # Pulling

    def pull(self, reference: str, *arguments: str, store: "Store | None" = None, **options: Any) -> Result:
        options = {"env": self.environment, **options}
        return self.podrun.run("pull", *(store or self.store).flags, *arguments, reference, **options)

    def pulled(self, reference: str, *arguments: str, **options: Any) -> Result:
        result = self.pull(reference, *arguments, **options)
        self.assertEqual(0, result.code, result)
        return result

    def refused(self, result: Result, *words: str, seconds: float = 10) -> None:
        """Ended in time, with one clear error; `a|b` accepts either word."""
        self.assertEqual(1, result.code, result)
        for word in words:
            self.assertTrue(any(each.lower() in result.err.lower() for each in word.split("|")), f"no {word!r} in: {result}")
        self.assertIn("error: ", result.err)
        self.assertLess(len(result.err), 4000)
        self.assertLess(result.seconds, seconds)
        self.assertNotRegex(result.err, r"(?i)fatal error|stack dump|\.swift:\d|internal error|\x1b")

    def assert_stored(self, image: Image, store: "Store | None" = None) -> None:
        """Every layer of the image is unpacked exactly as its archive says."""
        store = store or self.store
        self.assertIn(image.digest, store.names().values())
        for name, each in zip(image.layer_names, image.layers):
            self.assertEqual(expected_tree(each.plain), store.tree(name), f"layer {name}")

    def command(self, *arguments: str, store: "Store | None" = None, **options: Any) -> Result:
        """Another command on the test's store."""
        verb = arguments[:2]
        return self.podrun.run(*verb, *(store or self.store).flags, *arguments[2:], **{"env": self.environment, **options})

    @contextmanager
    def row(self, title: str) -> Iterator[None]:
        """One line of a table of cases: the others are run whatever becomes of it."""
        self.stage = title
        with self.subTest(title):
            yield

    @contextmanager
    def canary(self) -> Iterator["Canary"]:
        canary = Canary(self.directory)
        yield canary
        self.assertEqual(canary.before, canary.state(), "the host was changed")


class Store:
    """An image store away from the host's."""

    def __init__(self, data: pathlib.Path) -> None:
        self.data = data
        self.images = data / "images"

    @property
    def flags(self) -> list[str]:
        return [f"--data-dir={self.data}", f"--run-dir={self.data}/run"]

    def names(self) -> dict[str, str]:
        """name -> digest of the manifest"""
        index = self.images / "index.json"
        if not index.exists():
            return {}
        return {entry["name"]: entry["manifest"] for entry in json.loads(index.read_text()).get("images") or []}

    def contents(self) -> set[str]:
        """Names, blobs, layers and records."""
        found = {f"name {name}" for name in self.names()}
        for directory in ("blobs/sha256", "layers", "manifests"):
            if (self.images / directory).is_dir():
                found |= {f"{directory}/{name}" for name in os.listdir(self.images / directory)}
        return found

    def clear(self) -> None:
        """When nobody works on it any more."""
        if (self.data / "run").exists():
            subprocess.run([str(paths.binary()), "agent", "--stop", *self.flags], capture_output=True, check=False)
        wait_for(lambda: not pull_processes(str(paths.binary()), with_flush=True), "end of the workers")
        shutil.rmtree(self.data, ignore_errors=True)

    def staging(self) -> list[str]:
        staging = self.images / "staging"
        return sorted(os.listdir(staging)) if staging.is_dir() else []

    def tree(self, layer_name: str) -> dict[str, tuple[Any, ...]]:
        return tree(self.images / "layers" / layer_name)


def tree(root: pathlib.Path) -> dict[str, tuple[Any, ...]]:
    """path -> kind, mode, owner, time and content of everything below."""
    found = {}
    for directory, directories, files in os.walk(root):
        for name in directories + files:
            path = os.path.join(directory, name)
            status = os.lstat(path)
            content: Any = ""
            if stat.S_ISREG(status.st_mode):
                content = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
            elif stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)
            kind = stat.S_IFMT(status.st_mode)
            mode = 0o777 if stat.S_ISLNK(status.st_mode) else stat.S_IMODE(status.st_mode)
            found[os.path.relpath(path, root)] = (kind, mode, status.st_uid, status.st_gid, int(status.st_mtime), content)
    return found


def expected_tree(plain: bytes) -> dict[str, tuple[Any, ...]]:
    """What `tree` says when a well-behaved archive is unpacked."""
    kinds = {tarfile.REGTYPE: stat.S_IFREG, tarfile.DIRTYPE: stat.S_IFDIR, tarfile.SYMTYPE: stat.S_IFLNK}
    found = {}
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        for member in archive:
            content = member.linkname if member.issym() else ""
            if member.isreg():
                content = hashlib.sha256(archive.extractfile(member).read()).hexdigest()
            owner = (member.uid, member.gid)
            found[member.name] = (kinds[member.type], 0o777 if member.issym() else member.mode, *owner, int(member.mtime), content)
    return found


class Canary:
    """Files beside the store that an escape would change; `secret` is what the attacks aim at."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.path = directory / "canary"
        self.path.mkdir(mode=0o750)
        (self.path / "secret").write_text("canary\n")
        (self.path / "ptmx").write_text("")
        (self.path / "directory").mkdir(mode=0o700)
        os.chmod(self.path / "secret", 0o640)
        self.before = self.state()

    def state(self) -> dict[str, Any]:
        status = os.stat(self.path)
        shadow = os.stat("/etc/shadow")
        return {
            **tree(self.path),
            ".": (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, tuple(os.listxattr(self.path))),
            "attributes": tuple(os.listxattr(self.path / "secret")),
            "/etc/shadow": (shadow.st_mode, shadow.st_size, shadow.st_mtime_ns, shadow.st_nlink, shadow.st_ino),
            "/": tuple(sorted(os.listdir("/"))),
            "beside": tuple(sorted({*os.listdir(self.path.parent)} - {"data"})),
        }


class Watch(threading.Thread):
    """Looks at the processes that pull, a hundred times a second, until `stop`."""

    def __init__(self, podrun: Podrun) -> None:
        super().__init__(daemon=True)
        self.binary = str(podrun.binary)
        self.done = threading.Event()
        self.peak_kibibytes = 0
        self.peak_of_one = 0
        self.most_processes = 0
        self.command_lines: set[str] = set()
        self.start()

    def run(self) -> None:
        while not self.done.wait(0.01):
            pids = pull_processes(self.binary)
            self.command_lines |= {" ".join(command_line(pid)) for pid in pids}
            self.most_processes = max(self.most_processes, len(pids))
            shares = [proportional_kibibytes(pid) for pid in pids]
            self.peak_kibibytes = max(self.peak_kibibytes, sum(shares))
            self.peak_of_one = max([self.peak_of_one, *shares])

    def stop(self) -> Self:
        self.done.set()
        self.join()
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def pull_processes(binary: str, with_flush: bool = False) -> list[int]:
    """`podrun pull` and its workers. The one that has the disk keep what was pulled goes on after the pull."""

    def is_wanted(arguments: list[str]) -> bool:
        return arguments[1:2] == ["pull"] or (arguments[1:2] == ["worker"] and (with_flush or arguments[2:3] != ["flush"]))

    return [pid for pid in processes() if is_wanted(command_line(pid)) and executable(pid) == binary]


def proportional_kibibytes(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    except OSError:
        return 0


def kill_tree(process: "subprocess.Popen[bytes]") -> None:
    """The command, and what it left behind in its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


@functools.cache
def base_layer() -> Layer:
    """A root filesystem in which the probe runs; small enough to be pulled often."""
    tar = Tar()
    for name in ("dev", "etc", "proc", "root", "sys", "tmp"):
        tar.directory(name)
    tar.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    tar.file("probe", (paths.CACHE / "probe").read_bytes(), mode=0o755)
    return layer(tar)


def small_image(mark: str = "", layers: int = 1, **options: Any) -> Image:
    """The probe, and layers of which each has a file with the mark in it."""
    marked = [layer(Tar().directory(f"mark{number}").file(f"mark{number}/file", f"{mark} {number}\n")) for number in range(layers)]
    return Image([base_layer(), *marked], **options)


@contextmanager
def small_disk(size: str, *options: str) -> Iterator[pathlib.Path]:
    """A file system that is soon full."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="podrun-disk.", dir="/var/tmp"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join([f"size={size}", "mode=0700", *options]), "tmpfs", str(directory)], check=True)
    try:
        yield directory
    finally:
        wait_for(lambda: not pull_processes(str(paths.binary()), with_flush=True), "end of the workers")
        subprocess.run(["umount", str(directory)], check=True)
        directory.rmdir()
