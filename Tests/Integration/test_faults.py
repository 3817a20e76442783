"""System calls that fail while a pod is applied, or deleted: the error says what failed, nothing is left, and the next
apply works.

`strace` injects the faults into the agent, and into the keeper that waits for the next pod with everything it clones.
PODRUN_LONG=1 has a test for each system call (Faults.test_apply_keeper_mount, ...), which fails the first of them that a
process makes, then the second, and so on to the last; PODRUN_FAULTS=20-40 only these."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator

from harness import leaks, paths
from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.podrun import Result, is_spare_keeper, processes, status
from harness.waiting import wait_for

#: who makes the call, the call, its error
FAULTS = (
    ("keeper", "clone3", "EAGAIN"),
    ("keeper", "setns", "EPERM"),
    ("keeper", "unshare", "ENOSPC"),
    ("keeper", "mount", "EINVAL"),
    ("keeper", "fsopen", "ENODEV"),
    ("keeper", "fsconfig", "EINVAL"),
    ("keeper", "fsmount", "EPERM"),
    ("keeper", "move_mount", "EINVAL"),
    ("keeper", "mount_setattr", "EINVAL"),
    ("keeper", "open_tree", "ENOENT"),
    ("keeper", "openat2", "EXDEV"),
    ("keeper", "openat", "EMFILE"),
    ("keeper", "mknodat", "EPERM"),
    ("keeper", "symlinkat", "ENOSPC"),
    ("keeper", "mkdirat", "ENOSPC"),
    ("keeper", "pivot_root", "EBUSY"),
    ("keeper", "umount2", "EBUSY"),
    ("keeper", "seccomp", "EINVAL"),
    ("keeper", "setgroups", "EPERM"),
    ("keeper", "setresuid", "EAGAIN"),
    ("keeper", "capset", "EPERM"),
    ("keeper", "prctl", "EPERM"),
    ("keeper", "execve", "EIO"),
    ("keeper", "execveat", "EIO"),
    ("keeper", "sendmsg", "ENOBUFS"),
    ("keeper", "recvmsg", "ENOMEM"),
    ("keeper", "socket", "ENOBUFS"),
    ("keeper", "socketpair", "EMFILE"),
    ("keeper", "pipe2", "EMFILE"),
    ("keeper", "mmap", "ENOMEM"),
    ("keeper", "epoll_ctl", "ENOSPC"),
    ("keeper", "fallocate", "ENOSPC"),
    ("keeper", "pwrite64", "EIO"),
    ("keeper", "write", "ENOSPC"),
    ("agent", "sendto", "ENOBUFS"),
    ("agent", "recvfrom", "ENOBUFS"),
    ("agent", "sendmsg", "ENOBUFS"),
    ("agent", "recvmsg", "ENOMEM"),
    ("agent", "accept4", "EMFILE"),
    ("agent", "socket", "EMFILE"),
    ("agent", "connect", "ECONNREFUSED"),
    ("agent", "bind", "EADDRINUSE"),
    ("agent", "epoll_ctl", "ENOSPC"),
    ("agent", "clone3", "EAGAIN"),
    ("agent", "memfd_create", "ENFILE"),
    ("agent", "pipe2", "EMFILE"),
    ("agent", "mkdir", "ENOSPC"),
    ("agent", "mkdirat", "ENOSPC"),
    ("agent", "openat", "EMFILE"),
    ("agent", "openat2", "EMFILE"),
    ("agent", "open_by_handle_at", "ESTALE"),
    ("agent", "symlinkat", "ENOSPC"),
    ("agent", "rename", "ENOSPC"),
    ("agent", "renameat", "ENOSPC"),
    ("agent", "renameat2", "ENOSPC"),
    ("agent", "unlink", "EIO"),
    ("agent", "unlinkat", "EIO"),
    ("agent", "rmdir", "EBUSY"),
    ("agent", "read", "EIO"),
    ("agent", "write", "ENOSPC"),
    ("agent", "fsync", "EIO"),
    ("agent", "chmod", "EPERM"),
    ("agent", "fchmod", "EPERM"),
    ("agent", "fchown", "EPERM"),
)
#: The ones of a run that is not long, and which of each call fails.
SHORT = {
    ("apply", "keeper", "clone3"): 2,
    ("apply", "keeper", "move_mount"): 4,
    ("apply", "keeper", "open_tree"): 6,
    ("apply", "keeper", "epoll_ctl"): 1,
    ("apply", "keeper", "openat2"): 2,
    ("apply", "keeper", "execve"): 1,
    ("apply", "keeper", "sendmsg"): 2,
    ("apply", "keeper", "recvmsg"): 3,
    ("apply", "agent", "sendto"): 1,
    ("apply", "agent", "mkdir"): 1,
    ("apply", "agent", "rename"): 1,
    ("apply", "agent", "write"): 3,
    ("delete", "agent", "socket"): 2,
    ("delete", "agent", "unlink"): 1,
    ("delete", "agent", "unlinkat"): 16,
    ("delete", "agent", "rmdir"): 4,
}
LONG = "PODRUN_LONG" in os.environ
#: Which of a call's positions a long run tries; after the last one, a fault has nothing to strike.
FIRST, _, LAST = os.environ.get("PODRUN_FAULTS", "1-999").partition("-")


class Faults(PodTestCase):
    in_vm = False
    timeout_seconds = 1800 if LONG else 180

    def setUp(self) -> None:
        super().setUp()
        if shutil.which("strace") is None:
            self.skipTest("no strace")
        self.running(pod("other", container("app", "/probe", "wait")))
        self.manifest = json.dumps(
            pod("victim", container("app", "/probe", "wait"), restartPolicy="Never", volumes=[{"name": "v", "emptyDir": {}}])
        )

    @contextlib.contextmanager
    def failing(self, pid: int, call: str, error: str, which: int) -> Iterator[None]:
        rule = f"inject={call}:error={error}:when={which}"
        command = ["strace", "-f", "-qq", "-p", str(pid), "-e", f"trace={call}", "-e", rule, "-e", "signal=none", "-o", str(self.directory / "trace")]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as tracer:
            wait_for(lambda: status(pid).get("TracerPid") == str(tracer.pid), "strace")
            try:
                yield
            finally:
                tracer.send_signal(signal.SIGINT)
                try:
                    tracer.wait(5)
                except subprocess.TimeoutExpired:
                    # It waits for ever to be let go by what ends at this moment; without it the others go on as well.
                    tracer.kill()

    def spare_keeper(self) -> int:
        return wait_for(lambda: next((pid for pid in processes() if is_spare_keeper(pid)), None), "spare keeper")

    def change(self, verb: str) -> Result:
        arguments = {"apply": ("apply", "-"), "delete": ("delete", "pod", "victim", "--now")}[verb]
        return self.podrun.run(*arguments, input=self.manifest, timeout=40)

    def confinement(self, name: str) -> tuple[set[tuple[str, ...]], list[str]]:
        """What a container's first process sees mounted, and may do. Of which kind a mount is does not matter: a mask may be
        of several."""
        lines = self.podrun.exec(name, "cat", "/proc/1/mounts", "/proc/1/status").out.splitlines()
        mounts = [words for line in lines if len(words := line.split()) == 6 and words[1].startswith("/")]
        flags = {"ro", "nosuid", "nodev", "noexec"}
        rights = ("CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp:", "Groups")
        return {(words[1], *sorted(flags & set(words[3].split(",")))) for words in mounts}, [line for line in lines if line.startswith(rights)]

    def fails(self, verb: str, who: str, call: str, error: str, which: int) -> bool:
        """Whether there were so many calls that one failed."""
        self.stage = f"{verb}: {call} {which} of the {who} fails with {error}"
        keeper = self.spare_keeper()
        agent = self.podrun.agent() or 0
        before = leaks.Snapshot(self.podrun)
        if verb == "delete":
            self.podrun.ok("apply", "-", input=self.manifest)
        with self.failing(keeper if who == "keeper" else agent, call, error, which):
            result = self.change(verb)
        happened = "INJECTED" in (self.directory / "trace").read_text()
        if LONG:
            print(f"     {self.stage}: {f'exit {result.code}' if happened else 'no such call'} {result.err.strip()}", flush=True)
        self.assertEqual(agent, self.podrun.agent(), "the agent died")
        if result.code != 0:
            self.assertTrue(happened, result)
            self.assertRegex(result.err, r"(?s)^(error|Error|pod/).*\w{4}", result)
        elif verb == "apply" and (self.podrun.pod("victim") or {})["status"]["phase"] == "Running":
            self.assertEqual(self.confinement("other"), self.confinement("victim"))
        elif verb == "delete":
            self.assertFalse((paths.DATA_DIRECTORY / "objects" / "default_victim.json").exists(), "told to be gone")
        self.podrun.run("delete", "pod", "victim", "--now")
        wait_for(lambda: self.podrun.pod("victim") is None, "deletion")
        if who == "keeper" or verb == "delete":
            # A traced keeper's end comes to strace first: the agent does not hear of it. And what could not be removed is the
            # next agent's to remove.
            self.podrun.ok("agent", "--stop")
            self.assertIsNone(self.podrun.pod("victim"), "the pod came back")
        leaks.check(before, self.podrun)
        self.podrun.ok("apply", "-", input=self.manifest)
        self.podrun.wait_phase("victim", "Running")
        self.podrun.delete("victim")
        leaks.check(before, self.podrun)
        return happened

    def some(self, verb: str) -> int:
        """How many of them struck."""
        return sum(self.fails(verb, who, call, error, SHORT[verb, who, call]) for who, call, error in FAULTS if (verb, who, call) in SHORT)

    def test_apply(self) -> None:
        self.assertGreater(self.some("apply"), 3, "faults that nobody noticed")

    def test_delete(self) -> None:
        self.assertGreater(self.some("delete"), 1, "faults that nobody noticed")

    def test_agent_that_cannot_list_its_pods(self) -> None:
        """It does not start: to one that knows of no pod, all they have would be left over."""
        objects = paths.DATA_DIRECTORY / "objects"
        trace = self.directory / "trace"
        before = leaks.Snapshot(self.podrun)
        self.podrun.ok("agent", "--stop")
        strace = ["strace", "-f", "-qq", "-P", str(objects), "-e", "inject=getdents64:error=EIO", "-e", "signal=none", "-o", str(trace)]
        result = subprocess.run(
            [*strace, str(self.podrun.binary), "get", "pods"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )
        self.assertIn("INJECTED", trace.read_text())
        self.assertEqual((1, ""), (result.returncode, result.stdout))
        self.assertRegex(result.stderr, f'^error: start the agent: read directory "{objects}": input/output error')
        self.assertEqual("Running", (self.podrun.pod("other") or {})["status"]["phase"])
        leaks.check(before, self.podrun)

    def sweep(self, verb: str, who: str, call: str, error: str) -> None:
        for which in range(int(FIRST), int(LAST or FIRST) + 1):
            if not self.fails(verb, who, call, error, which):
                break


if LONG:
    for verb in ("apply", "delete"):
        for fault in FAULTS:
            setattr(Faults, f"test_{verb}_{fault[0]}_{fault[1]}", lambda self, verb=verb, fault=fault: self.sweep(verb, *fault))
