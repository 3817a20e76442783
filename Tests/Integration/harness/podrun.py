"""The podrun command, as a user types it."""

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import time
from typing import Any

from . import paths
from .waiting import wait_for

TIMEOUT_SECONDS = 60
SPARE_KEEPER = paths.RUN_DIRECTORY / "spare-keeper"


@dataclasses.dataclass(frozen=True)
class Result:
    arguments: list[str]
    code: int
    out: str
    err: str
    seconds: float

    def __str__(self) -> str:
        return f"podrun {' '.join(self.arguments)}: exit {self.code}\n--- stderr\n{self.err}--- stdout\n{self.out}---"


class Podrun:
    """Runs the binary under test. `environment` and `preexec` change what the command inherits."""

    def __init__(self) -> None:
        self.binary = paths.binary()

    def run(self, *arguments: str, input: str | bytes | None = None, timeout: float = TIMEOUT_SECONDS, **options: Any) -> Result:
        if isinstance(input, str):
            input = input.encode()
        begin = time.monotonic()
        standard_input = {"stdin": subprocess.DEVNULL} if input is None else {"input": input}
        try:
            done = subprocess.run(
                [str(self.binary), *arguments], capture_output=True, timeout=timeout, check=False, **standard_input, **options
            )
        except subprocess.TimeoutExpired as expired:
            raise AssertionError(f"podrun {' '.join(arguments)}: still running after {timeout} s: {expired.stderr!r}") from None
        seconds = time.monotonic() - begin
        text = {"encoding": "utf-8", "errors": "surrogateescape"}
        return Result(list(arguments), done.returncode, done.stdout.decode(**text), done.stderr.decode(**text), seconds)

    def ok(self, *arguments: str, **options: Any) -> Result:
        """Runs a command that must succeed."""
        result = self.run(*arguments, **options)
        if result.code != 0:
            raise AssertionError(str(result))
        return result

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Starts a command that goes on: `logs -f`, `get -w`."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen([str(self.binary), *arguments], **options)

    # Objects

    def apply(self, *manifests: dict[str, Any], arguments: tuple[str, ...] = ()) -> Result:
        return self.ok("apply", *arguments, "-", input=text(*manifests))

    def pod(self, name: str, namespace: str = "default") -> dict[str, Any] | None:
        result = self.run("get", "pods", "-n", namespace, name, "-o", "json")
        if result.code != 0:
            if "not found" in result.err or "NotFound" in result.err:
                return None
            raise AssertionError(str(result))
        value = json.loads(result.out)
        return value["items"][0] if value.get("kind", "").endswith("List") else value

    def pods(self) -> list[dict[str, Any]]:
        value = json.loads(self.ok("get", "pods", "-A", "-o", "json").out)
        return value["items"] if value.get("kind", "").endswith("List") else [value]

    def wait_phase(self, name: str, *phases: str, seconds: float = 60) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            pod = self.pod(name)
            return pod if pod and pod.get("status", {}).get("phase") in phases else None

        try:
            return wait_for(reached, f"pod {name!r} in phase {' or '.join(phases)}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.run('describe', 'pod', name)}") from None

    def exec(self, pod: str, *command: str, container: str | None = None, **options: Any) -> Result:
        which = ["-c", container] if container else []
        return self.run("exec", pod, *which, "--", *command, **options)

    def report(self, pod: str, container: str | None = None) -> dict[str, Any]:
        """What the probe sees when it is exec'd in a running container."""
        result = self.exec(pod, "/probe", "report", container=container)
        if result.code != 0:
            raise AssertionError(str(result))
        return json.loads(result.out)

    def delete(self, *names: str, arguments: tuple[str, ...] = ("--now",)) -> Result:
        return self.ok("delete", "pod", *names, *arguments)

    def stored_kinds(self) -> list[str]:
        """The kinds of which there are objects, but pods."""
        homes = {
            "configmaps": paths.DATA_DIRECTORY / "objects/configmaps",
            "persistentvolumeclaims": paths.DATA_DIRECTORY / "objects/persistentvolumeclaims",
            "secrets": paths.RUN_DIRECTORY / "memory/secrets",
        }
        return [kind for kind, home in homes.items() if home.is_dir() and any(home.iterdir())]

    # The agent's process

    def agent(self) -> int | None:
        """The pid of the running agent."""
        for pid in processes():
            arguments = command_line(pid)
            if len(arguments) > 1 and arguments[1] == "agent" and executable(pid) == str(self.binary):
                return pid
        return None

    def kill_agent(self) -> None:
        pid = self.agent()
        if pid is None:
            raise AssertionError("no agent is running")
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not alive(pid), f"end of agent {pid}")


def text(*manifests: dict[str, Any]) -> str:
    """JSON is YAML: documents are divided as in any manifest."""
    return "\n---\n".join(json.dumps(manifest) for manifest in manifests)


def processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def command_line(pid: int) -> list[str]:
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def is_spare_keeper(pid: int) -> bool:
    """A keeper that waits for a pod: its directory is not a pod's."""
    try:
        return os.readlink(f"/proc/{pid}/fd/4").startswith(str(SPARE_KEEPER))
    except OSError:
        return False


def executable(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
    except OSError:
        return ""


def status(pid: int) -> dict[str, str]:
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def alive(pid: int) -> bool:
    return status(pid).get("State", "Z")[0] not in "ZX"
