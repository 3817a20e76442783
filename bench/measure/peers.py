"""Who is measured: podrun, podman with crun, and the C floor."""

import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tarfile
import time
from typing import Any

from harness import image, paths
from harness import podrun as cli

FLOOR = paths.REPOSITORY / ".build" / "bench" / "floor"
IMAGE = f"{image.REPOSITORY}:1"
TIMEOUT_SECONDS = 120  # of one command: a hang is a result too
PODMAN_IMAGE = f"localhost/{IMAGE}"


def manifest(name: str, reference: str) -> dict[str, Any]:
    """Two containers that wait: the pod of every part."""
    containers = [{"name": each, "image": reference, "imagePullPolicy": "Never", "command": ["/probe", "wait"]} for each in "ab"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": containers, "terminationGracePeriodSeconds": 5},
    }


def timed(command: list[str], environment: dict[str, str] | None = None) -> float:
    """Milliseconds from before the fork to the command's end."""
    begin = time.perf_counter()
    try:
        done = subprocess.run(
            command, capture_output=True, env=environment, stdin=subprocess.DEVNULL, check=False, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise SystemExit(f"bench: {' '.join(command)}: no end within {TIMEOUT_SECONDS} s") from None
    elapsed = (time.perf_counter() - begin) * 1000
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(command)}: exit {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
    return elapsed


def memory_kib(pid: int, field: str) -> int:
    """`Pss` or `Rss` of a process."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found.group(1)) if found else 0


class Podrun:
    def __init__(self, binary: pathlib.Path) -> None:
        self.binary = binary
        self.command = [str(binary)]
        self.directory = pathlib.Path("/tmp/podrun-bench")
        self.directory.mkdir(exist_ok=True)
        timed([*self.command, "image", "load", str(image.layout("1")), "--name", IMAGE])

    @staticmethod
    def find() -> "Podrun | None":
        binary = paths.binary()
        if not binary.exists():
            print(f"bench: no podrun at {binary}: measured without it", file=sys.stderr)
            return None
        return Podrun(binary)

    def start(self, name: str) -> float:
        path = self.directory / f"{name}.yaml"
        path.write_text(json.dumps(manifest(name, IMAGE)))
        return timed([*self.command, "apply", "-f", str(path)])

    def start_by_socket(self, name: str) -> float:
        """Milliseconds from the request on the agent's socket to its reply, which comes when both containers have exec'd."""
        request = {"version": 3, "verb": "apply", "kind": "Pod", "wait": True, "pod": manifest(name, IMAGE)}
        request["pod"]["metadata"]["namespace"] = "default"
        body = json.dumps(request).encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(paths.RUN_DIRECTORY / "agent.sock"))
            begin = time.perf_counter()
            connection.sendall(struct.pack("<I", len(body)) + body)
            while True:
                reply = self._frame(connection)
                if reply["kind"] == "error":
                    raise SystemExit(f"bench: apply by socket: {reply}")
                if reply["kind"] == "done":
                    return (time.perf_counter() - begin) * 1000

    @staticmethod
    def _frame(connection: socket.socket) -> dict[str, Any]:
        def exactly(size: int) -> bytes:
            received = b""
            while len(received) < size:
                chunk = connection.recv(size - len(received))
                if not chunk:
                    raise SystemExit("bench: the agent closed the connection")
                received += chunk
            return received

        (size,) = struct.unpack("<I", exactly(4))
        return json.loads(exactly(size))

    def delete(self, name: str) -> float:
        return timed([*self.command, "delete", "pod", name, "--now"])

    def delete_all(self) -> None:
        timed([*self.command, "delete", "pod", "--all", "--now"])

    def exec(self, name: str) -> float:
        return timed([*self.command, "exec", name, "-c", "a", "--", "/bin/true"])

    def list_pods(self) -> float:
        return timed([*self.command, "get", "pods"])

    def version(self) -> float:
        return timed([*self.command, "version"])

    def helpers(self) -> list[int]:
        """The pods' keepers and pauses: what runs beside the containers; not the agent with its guard and spare keeper."""
        ours = [pid for pid in cli.processes() if cli.executable(pid).startswith(("/memfd:podrun-keeper", "/memfd:podrun-pause"))]
        return [pid for pid in ours if not cli.is_spare_keeper(pid)]

    def agent(self) -> int | None:
        return cli.Podrun().agent()


class Podman:
    """podman, in a mount namespace of its own: on a hybrid cgroup host crun wants either hierarchy, not both."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.directory = pathlib.Path("/tmp/podman-bench")
        self.directory.mkdir(exist_ok=True)
        for name in ("lib", "run"):
            (self.directory / name).mkdir(exist_ok=True)
        self._configure()
        self.namespace = self._own_mount_namespace()
        self._load()

    @staticmethod
    def find() -> "Podman | None":
        missing = [program for program in ("podman", "crun", "catatonit", "conmon") if not shutil.which(program, path="/usr/bin:/usr/sbin")]
        if missing:
            print(f"bench: no {', '.join(missing)}: measured without podman", file=sys.stderr)
            return None
        return Podman()

    def _configure(self) -> None:
        """podman asks for limits that a host without CAP_SYS_RESOURCE can not give: ask for what it has."""
        import resource

        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        processes = min(resource.getrlimit(resource.RLIMIT_NPROC)[1], int(pathlib.Path("/proc/sys/kernel/pid_max").read_text()))
        limits = f'default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]'
        engine = '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        storage = f'[storage]\ndriver = "overlay"\ngraphroot = "{self.directory}/lib"\nrunroot = "{self.directory}/run"\n'
        (self.directory / "containers.conf").write_text(f"[containers]\n{limits}\n{engine}")
        (self.directory / "storage.conf").write_text(storage)
        # The host's own /etc/containers is hidden; without a policy podman takes no image at all.
        pathlib.Path("/etc/containers/policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(self.directory / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.directory / "storage.conf"),
        }
        self.notes.append(f"ulimits nofile={files} nproc={processes}, cgroupfs manager")

    def _own_mount_namespace(self) -> subprocess.Popen[bytes]:
        root = paths.cgroup_root()
        script = "exec sleep infinity"
        if root is not None and root != pathlib.Path("/sys/fs/cgroup"):
            script = f"umount {root}; {script}"
            self.notes.append("cgroup v1 (the hybrid host's v2 mount is hidden from it: crun refuses hybrid mode)")
        holder = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sh", "-c", script])
        own = os.readlink("/proc/self/ns/mnt")
        while os.readlink(f"/proc/{holder.pid}/ns/mnt") == own or not cli.command_line(holder.pid)[:1] == ["sleep"]:
            time.sleep(0.01)
        # nsenter would cost a fork and an exec in each measurement: its time is measured once and taken off.
        self.enter = ["nsenter", f"--mount=/proc/{holder.pid}/ns/mnt", "--"]
        return holder

    def _load(self) -> None:
        self.overhead = sorted(timed([*self.enter, "/bin/true"]) - timed(["/bin/true"]) for _ in range(15))[7]
        self.notes.append("delete is `pod stop` + `pod rm`, without the wait between them")
        self.notes.append(f"nsenter's {self.overhead:.1f} ms taken off")
        archive = self.directory / "image.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(image.layout("1"), arcname=".")
        self._run("load", "-i", str(archive))
        loaded = self._output("images", "--quiet").split()
        self._run("tag", loaded[0], PODMAN_IMAGE)
        self.version = self._output("--version").strip()

    def _run(self, *arguments: str) -> float:
        return timed([*self.enter, "podman", *arguments], self.environment) - self.overhead if hasattr(self, "overhead") else 0

    def _output(self, *arguments: str) -> str:
        return subprocess.run(
            [*self.enter, "podman", *arguments], env=self.environment, capture_output=True, text=True, check=True
        ).stdout

    def start(self, name: str) -> float:
        path = self.directory / f"{name}.yaml"
        path.write_text(json.dumps(manifest(name, PODMAN_IMAGE)))
        return self._run("kube", "play", str(path))

    def delete(self, name: str) -> float:
        """The pod is stopped first and its conmons may end, untimed: `pod rm` alone holds the lock that the clean-up
        commands of its own conmons wait for, and stands 3 s in podman's way on cgroup v1."""
        conmons = self.helpers() if name == "bench" else []  # of many pods there are others that stay
        stopped = self._run("pod", "stop", "--time", "0", name)
        while any(cli.alive(pid) for pid in conmons):
            time.sleep(0.005)
        return stopped + self._run("pod", "rm", "--force", "--time", "0", name)

    def delete_all(self) -> None:
        self._run("pod", "rm", "--all", "--force", "--time", "0")

    def exec(self, name: str) -> float:
        return self._run("exec", f"{name}-a", "/bin/true")

    def list_pods(self) -> float:
        return self._run("pod", "ps")

    def helpers(self) -> list[int]:
        names = ("conmon", "catatonit")
        return [pid for pid in cli.processes() if pathlib.PurePath(cli.executable(pid)).name in names]

    def close(self) -> None:
        self.delete_all()
        self.namespace.kill()
        self.namespace.wait()


class Floor:
    def measure(self, rounds: int) -> dict[str, Any]:
        done = subprocess.run([str(FLOOR), "--rounds", str(rounds), "--warm-up", "2"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"bench: floor: {done.stderr}")
        return json.loads(done.stdout)
