"""A boot of the host: /run is empty, no process is left, another boot id. Pods come back as their restartPolicy says."""

import os
import pathlib
import shutil
import signal
import subprocess
import uuid

from harness import paths
from harness.case import PodTestCase
from harness.manifest import container, pod, states, waiting_pod
from harness.podrun import command_line, executable, processes
from harness.waiting import wait_for

BOOT_ID = "/proc/sys/kernel/random/boot_id"


class Reboot(PodTestCase):
    def reboot(self) -> None:
        """Everything of podrun's is killed, guard first; /run is emptied; the boot id is another one."""

        def left() -> list[int]:
            ours = str(self.podrun.binary)
            return [
                pid for pid in processes()
                if executable(pid) == ours or executable(pid).startswith("/memfd:podrun") or self.is_in_pod(pid)
            ]  # fmt: skip

        for pid in sorted(left(), key=lambda pid: not (command_line(pid) or [""])[0].startswith("podrun-guard")):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_for(lambda: not left(), "the end of all processes")
        for mount in reversed([line.split()[1] for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]):
            if mount.startswith(f"{paths.RUN_DIRECTORY}/"):
                subprocess.run(["umount", "-l", mount], check=True)
        for entry in paths.RUN_DIRECTORY.iterdir():
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        identity = self.file("boot_id", f"{uuid.uuid4()}\n")
        subprocess.run(["mount", "--bind", identity, BOOT_ID], check=True)
        self.addCleanup(self._end_boot)

    def _end_boot(self) -> None:
        """No pod and no agent may believe in the false boot id any longer: to the next agent they would be of another boot."""
        self.podrun.ok("delete", "pod", "--all", "-A", "--now")
        self.podrun.run("agent", "--stop")
        subprocess.run(["umount", BOOT_ID], check=True)

    def is_in_pod(self, pid: int) -> bool:
        try:
            return "/podrun/" in pathlib.Path(f"/proc/{pid}/cgroup").read_text()
        except OSError:
            return False

    def test_pods_come_back(self) -> None:
        once = "test -e /data/again && exec /probe wait; touch /data/again; exit 3"
        app = container("app", "sh", "-c", once, volumeMounts=[{"name": "data", "mountPath": "/data"}])
        again = pod("again", app, volumes=[{"name": "data", "emptyDir": {}}])
        initialized = waiting_pod("initialized", initContainers=[container("first", "/probe", "exit", "0")])
        self.podrun.apply(
            again, initialized, waiting_pod("never", restartPolicy="Never"),
            pod("done", container("app", "/probe", "exit", "0"), restartPolicy="OnFailure"),
            pod("failed", container("app", "/probe", "exit", "7"), restartPolicy="Never"),
        )  # fmt: skip
        wait_for(lambda: states(self.podrun.pod("again") or {})["app"]["restartCount"] == 1, "a restart")
        for name, phase in (("initialized", "Running"), ("never", "Running"), ("done", "Succeeded"), ("failed", "Failed")):
            self.podrun.wait_phase(name, phase)
        before = {each["metadata"]["name"]: each for each in self.podrun.pods()}
        self.reboot()

        for name in ("again", "initialized"):
            wait_for(lambda: "running" in states(self.podrun.pod(name) or {})["app"]["state"], f"{name} to run again")
        after = {each["metadata"]["name"]: each for each in self.podrun.pods()}
        self.assertEqual(set(before), set(after))
        for name, each in after.items():
            self.stage = name
            self.assertEqual(before[name]["metadata"]["uid"], each["metadata"]["uid"])
            self.assertEqual(before[name]["status"]["startTime"], each["status"]["startTime"])
        self.stage = ""
        came_back = states(after["again"])["app"]
        self.assertEqual((2, "ContainerStatusUnknown"), (came_back["restartCount"], came_back["lastState"]["terminated"]["reason"]))
        first = states(after["initialized"])["first"]
        self.assertEqual((1, 0), (first["restartCount"], first["state"]["terminated"]["exitCode"]))
        ended = states(after["never"])["app"]
        self.assertEqual(("Failed", 137, 0), (after["never"]["status"]["phase"], ended["state"]["terminated"]["exitCode"], ended["restartCount"]))
        for name, phase in (("done", "Succeeded"), ("failed", "Failed")):
            self.assertEqual(phase, after[name]["status"]["phase"])
            self.assertEqual(states(before[name])["app"]["state"], states(after[name])["app"]["state"])
        # What the instance before the boot wrote is its own log still.
        self.assertEqual(0, self.podrun.run("logs", "--previous", "again").code)

    def test_a_deletion_goes_on(self) -> None:
        """What was being deleted when the power went does not come back."""
        self.running(pod("leaving", container("app", "/probe", "stubborn"), terminationGracePeriodSeconds=60))
        self.running(waiting_pod("staying"))
        self.podrun.ok("delete", "pod", "leaving", "--wait=false")
        self.reboot()
        wait_for(lambda: self.podrun.pod("leaving") is None, "the end of the deletion")
        wait_for(lambda: "running" in states(self.podrun.pod("staying") or {})["app"]["state"], "the other pod to run again")
