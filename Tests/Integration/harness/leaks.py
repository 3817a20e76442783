"""The leak check: what the host holds, before and after. Check O of the reliability promises."""

import os
import pathlib
import re
import shutil
import subprocess

from . import paths
from .podrun import SPARE_KEEPER, Podrun, alive, command_line, executable, is_spare_keeper, processes, status
from .waiting import wait_for

#: The agent's descriptors may differ by so much: a connection that is just being closed, the spare keeper's two.
AGENT_SLACK = 4

#: Comes with the first pod and goes with the agent, as podrun's tables do; in these only the pods' elements count.
BRIDGE = "podrun0"
OF_A_POD = re.compile(r'"pr-\w{12}"| : 10\.85\.')


class Snapshot:
    """Sets of printable facts, by kind; two snapshots are compared kind by kind."""

    def __init__(self, podrun: Podrun) -> None:
        self.facts: dict[str, set[str]] = {
            "mount": _mounts(),
            "link": _links(),
            "network namespace": _network_namespaces(),
            "nftables rule": _rules(),
            "cgroup": _cgroups(),
            "process": _processes(podrun),
            "zombie": _zombies(podrun),
            "file": _files(),
            "shared memory segment": _shared_memory(),
        }
        self.agent = podrun.agent()
        self.descriptors = _count(f"/proc/{self.agent}/fd")
        self.threads = _count(f"/proc/{self.agent}/task")

    def leaks(self, after: "Snapshot") -> list[str]:
        """One line for each thing that is there now and was not, or was and is no more."""
        found = []
        for kind, before in self.facts.items():
            found += [f"{kind} left: {fact}" for fact in sorted(after.facts[kind] - before)]
            found += [f"{kind} lost: {fact}" for fact in sorted(before - after.facts[kind])]
        if self.agent is not None and self.agent == after.agent:
            if after.descriptors > self.descriptors + AGENT_SLACK:
                found.append(f"agent: {after.descriptors} descriptors, {self.descriptors} before: {targets(after.agent)}")
            if after.threads > self.threads:
                found.append(f"agent: {after.threads} threads, {self.threads} before")
        return found


def check(before: Snapshot, podrun: Podrun, seconds: float = 20) -> None:
    """Fails unless everything is as it was; the kernel gets a moment for what it does behind (namespaces, veth)."""
    remaining: list[str] = []

    def clean() -> bool:
        remaining[:] = before.leaks(Snapshot(podrun))
        return not remaining

    try:
        wait_for(clean, "clean host", seconds)
    except AssertionError:
        raise AssertionError("leaked:\n  " + "\n  ".join(remaining)) from None


def _count(directory: str) -> int:
    try:
        return len(os.listdir(directory))
    except OSError:
        return 0


def targets(pid: int | None) -> list[str]:
    """What the descriptors of a process lead to; it may close some meanwhile."""
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            continue
    return sorted(found)


def _mounts() -> set[str]:
    with open("/proc/self/mountinfo", encoding="ascii", errors="replace") as lines:
        return {" ".join(line.split()[3:]) for line in lines}


def _links() -> set[str]:
    with open("/proc/net/dev", encoding="ascii") as lines:
        return {line.partition(":")[0].strip() for line in lines if ":" in line} - {BRIDGE}


def _network_namespaces() -> set[str]:
    found = set()
    for pid in processes():
        try:
            found.add(os.readlink(f"/proc/{pid}/ns/net"))
        except OSError:
            continue
    return found | set(os.listdir("/run/netns") if os.path.isdir("/run/netns") else [])


def _rules() -> set[str]:
    if shutil.which("nft") is None:
        return set()
    text = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
    rules = set()
    for table in re.split(r"^(?=table )", text, flags=re.MULTILINE):
        of_podrun = re.match(r"table \w+ podrun ", table)
        for line in table.splitlines():
            if of_podrun and not OF_A_POD.search(line):
                continue
            # Counters count: their numbers are no change of the rules.
            rules.add(re.sub(r"packets \d+ bytes \d+", "packets N bytes N", line.strip()))
    return rules


def _cgroups() -> set[str]:
    root = paths.cgroup_root()
    if root is None:
        return set()
    return {os.path.relpath(directory, root) for directory, _, _ in os.walk(root) if "podrun" in directory[len(str(root)) :]}


def _is_podrun(pid: int, podrun: Podrun) -> bool:
    if executable(pid) == str(podrun.binary):
        return True
    try:
        group = pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return False
    unified = next((line for line in group if line.startswith("0::")), "")
    return "/podrun/" in unified + "/" or executable(pid).startswith("/memfd:podrun")


def _processes(podrun: Podrun) -> set[str]:
    agent = podrun.agent()
    return {
        f"{pid} {' '.join(command_line(pid))} ({executable(pid)})"
        for pid in processes()
        # The guard and the spare keeper go with their agent.
        if pid not in (agent, os.getpid())
        and not executable(pid).startswith("/memfd:podrun-guard")
        and not is_spare_keeper(pid)
        and alive(pid)
        and _is_podrun(pid, podrun)
    }


def _zombies(podrun: Podrun) -> set[str]:
    found = set()
    for pid in processes():
        facts = status(pid)
        parent = int(facts.get("PPid", 0))
        if facts.get("State", "").startswith("Z") and parent and _is_podrun(parent, podrun):
            found.add(f"{pid} {facts['Name']} of {parent}")
    return found


def _files() -> set[str]:
    found = set()
    for root in (paths.RUN_DIRECTORY, paths.DATA_DIRECTORY, paths.LOG_DIRECTORY):
        for directory, directories, files in os.walk(root):
            for kept in (paths.DATA_DIRECTORY / "images", SPARE_KEEPER):
                if kept.parent == pathlib.Path(directory) and kept.name in directories:
                    directories.remove(kept.name)
            found |= {os.path.join(directory, name) for name in [*directories, *files]}
    # Made with the first volume in memory, and there to stay; events outlive their pods.
    memory = paths.RUN_DIRECTORY / "memory"
    events = {str(paths.RUN_DIRECTORY / name) for name in ("events.jsonl", ".events.jsonl.tmp")}
    return found - {str(memory), str(memory / "pods")} - events


def _shared_memory() -> set[str]:
    with open("/proc/sysvipc/shm", encoding="ascii") as lines:
        return {" ".join(line.split()[:2]) for line in lines.readlines()[1:]}
