"""System calls that fail while a pod is applied: the error says what failed, nothing is left, and the next apply works.

`strace` injects the faults into the agent, and into the keeper that waits for the next pod with everything it clones.
PODRUN_LONG=1 tries all kinds, and the first eight calls of each."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator

from harness import leaks
from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.podrun import is_spare_keeper, processes, status
from harness.waiting import wait_for

#: system call, error, who makes it, which one of them in a short run; 0: not in a short run
FAULTS = (
    ("clone3", "EAGAIN", "keeper", 0),
    ("clone3", "ENOMEM", "keeper", 2),
    ("setns", "EPERM", "keeper", 0),
    ("unshare", "ENOSPC", "keeper", 0),
    ("mount", "EINVAL", "keeper", 0),
    ("fsopen", "ENODEV", "keeper", 0),
    ("fsmount", "EPERM", "keeper", 0),
    ("move_mount", "EINVAL", "keeper", 4),
    ("mount_setattr", "EINVAL", "keeper", 0),
    ("open_tree", "ENOENT", "keeper", 0),
    ("openat2", "EXDEV", "keeper", 2),
    ("mknodat", "EPERM", "keeper", 0),
    ("pivot_root", "EBUSY", "keeper", 0),
    ("seccomp", "EINVAL", "keeper", 0),
    ("setgroups", "EPERM", "keeper", 0),
    ("capset", "EPERM", "keeper", 0),
    ("execve", "EIO", "keeper", 1),
    ("sendto", "ENOBUFS", "agent", 1),
    ("mkdir", "ENOSPC", "agent", 1),
    ("rename", "ENOSPC", "agent", 1),
    ("renameat", "ENOSPC", "agent", 0),
    ("write", "ENOSPC", "agent", 3),
    ("fsync", "EIO", "agent", 0),
)
LONG = "PODRUN_LONG" in os.environ


class Faults(PodTestCase):
    in_vm = False
    timeout_seconds = 1800 if LONG else 180

    def setUp(self) -> None:
        super().setUp()
        if shutil.which("strace") is None:
            self.skipTest("no strace")

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
                tracer.wait()

    def spare_keeper(self) -> int:
        return wait_for(lambda: next((pid for pid in processes() if is_spare_keeper(pid)), None), "spare keeper")

    def test_apply(self) -> None:
        self.running(pod("other", container("app", "/probe", "wait")))
        before = leaks.Snapshot(self.podrun)
        manifest = json.dumps(pod("victim", container("app", "/probe", "wait"), restartPolicy="Never", volumes=[{"name": "v", "emptyDir": {}}]))
        injected = 0
        for call, error, who, first in FAULTS:
            for which in range(1, 9) if LONG else [first] if first else []:
                self.stage = f"{call} {which} of the {who} fails with {error}"
                agent = self.podrun.agent() or 0
                with self.failing(self.spare_keeper() if who == "keeper" else agent, call, error, which):
                    result = self.podrun.run("apply", "-", input=manifest, timeout=40)
                happened = "INJECTED" in (self.directory / "trace").read_text()
                injected += happened
                self.assertEqual(agent, self.podrun.agent(), "the agent died")
                if result.code != 0:
                    self.assertTrue(happened)
                    self.assertRegex(result.err, r"(?s)^(error|Error|pod/).*\w{4}", result)
                self.podrun.run("delete", "pod", "victim", "--now")
                wait_for(lambda: self.podrun.pod("victim") is None, "deletion")
                # A traced keeper's end comes to strace first: the agent does not hear of it.
                self.podrun.kill_agent()
                leaks.check(before, self.podrun, 10)
                self.podrun.ok("apply", "-", input=manifest)
                self.podrun.wait_phase("victim", "Running")
                self.podrun.delete("victim")
                leaks.check(before, self.podrun, 10)
        self.assertGreater(injected, 3, "faults that nobody noticed")
