"""Privileged containers: the host's devices and rights, and mounts that propagate both ways (attacks B13, B15)."""

import os
import pathlib
import stat
import subprocess
from typing import Any

from harness import paths
from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.podrun import text
from harness.waiting import wait_for

PRIVILEGED = {"privileged": True}


def mount(path: str = "/data", **fields: Any) -> dict[str, Any]:
    return {"name": "data", "mountPath": path, **fields}


def mount_table() -> list[str]:
    with open("/proc/self/mountinfo", encoding="utf-8") as lines:
        return sorted(" ".join(line.split()[3:]) for line in lines)


def mounted_below(directory: pathlib.Path) -> list[str]:
    return [line.split()[1] for line in mount_table() if line.split()[1].startswith(f"{directory}/")]


def host_devices() -> dict[str, tuple[int, int, int, int]]:
    """name -> mode, device number, owner and group of what is in /dev, but what every container has of its own."""
    own = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "console", "pts", "shm", "mqueue"}
    found = {}
    for parent, directories, files in os.walk("/dev"):
        if parent == "/dev":
            directories[:] = [name for name in directories if name not in own]
        for name in files:
            path = os.path.join(parent, name)
            about = os.lstat(path)
            if (stat.S_ISCHR(about.st_mode) or stat.S_ISBLK(about.st_mode)) and path.removeprefix("/dev/") not in own:
                found[path] = (about.st_mode, about.st_rdev, about.st_uid, about.st_gid)
    return found


class Privileged(PodTestCase):
    def two(self) -> None:
        strong = container("strong", "/probe", "wait", securityContext=PRIVILEGED)
        self.running(pod("two", strong, container("weak", "/probe", "wait")))

    def test_rights(self) -> None:
        """All that podrun itself has, nothing masked; the container beside it has none of that."""
        self.two()
        held = next(line for line in pathlib.Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff"))
        kernel = int(pathlib.Path("/proc/sys/kernel/cap_last_cap").read_text())
        all_known = int(held.split()[1], 16) & ((1 << (kernel + 1)) - 1)
        seen = {}
        for name in ("strong", "weak"):
            status = dict(line.split(":\t", 1) for line in self.podrun.exec("two", "cat", "/proc/1/status", container=name).out.splitlines() if ":\t" in line)
            mounts = {line.split()[4]: line.split()[5].split(",")[0] for line in self.podrun.report("two", name)["mounts"]}
            masked = [path for path in mounts if path.startswith(("/proc/", "/sys/")) and path != "/sys/fs/cgroup"]
            seen[name] = (int(status["CapEff"], 16), status["Seccomp"], mounts["/sys"], mounts.get("/sys/fs/cgroup", ""), bool(masked))
        cgroup = (lambda mode: mode if paths.cgroup_root() else "")
        self.assertEqual((all_known, "0", "rw", cgroup("rw"), False), seen["strong"])
        self.assertEqual(("2", "ro", cgroup("ro"), True), seen["weak"][1:])
        if paths.cgroup_root():
            trees = {name: self.podrun.exec("two", "ls", "/sys/fs/cgroup", container=name).out for name in ("strong", "weak")}
            self.assertIn("podrun\n", trees["strong"])
            self.assertNotIn("podrun\n", trees["weak"])

    def test_devices(self) -> None:
        """Those of the host with their modes and owners, to be opened; not for the container beside."""
        self.two()
        listed = self.podrun.exec("two", "sh", "-c", "find /dev -type b -o -type c | xargs stat -c '%n %f %t %T %u %g'", container="strong")
        found = {}
        for line in listed.out.splitlines():
            name, mode, major, minor, user, group = line.split()
            found[name] = (int(mode, 16), os.makedev(int(major, 16), int(minor, 16)), int(user), int(group))
        wanted = host_devices()
        self.assertEqual(wanted, {name: facts for name, facts in found.items() if name in wanted})
        self.assertNotIn("/dev/loop-control", self.podrun.exec("two", "find", "/dev", container="weak").out)
        openable = next((path for path in ("/dev/fuse", "/dev/loop-control", "/dev/kvm") if can_open(path)), None)
        if openable is None:
            return
        number = f"{os.major(wanted[openable][1])} {os.minor(wanted[openable][1])}"
        for name, code in (("strong", 0), ("weak", 1)):
            command = f"mknod /tmp-node c {number} && : 3<>/tmp-node"
            self.assertEqual(code, self.podrun.exec("two", "sh", "-c", command, container=name).code, name)

    def test_nothing_of_its_mounts_reaches_the_host(self) -> None:
        """B15: it mounts and unmounts what it can; without Bidirectional the host's table stays as it is."""
        before = mount_table()
        mounts = [mount(), mount("/slave", mountPropagation="HostToContainer")]
        self.running(pod("alone", container("app", "/probe", "wait", securityContext=PRIVILEGED, volumeMounts=mounts), volumes=[{"name": "data", "emptyDir": {}}]))
        self.assertEqual(before, mount_table())
        script = """
            for at in /data /slave /mnt; do mkdir -p $at/in; busybox mount -t tmpfs none $at/in || exit 1; touch $at/in/x; done
            busybox mount --bind / /data || exit 1
            cut -d' ' -f5 /proc/self/mountinfo | sort -r | while read at; do busybox umount -l $at; done; true
        """
        self.assertEqual(0, self.podrun.exec("alone", "sh", "-c", script).code)
        self.assertEqual(before, mount_table())


def can_open(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
        return True
    except OSError:
        return False


class Bidirectional(PodTestCase):
    def pod(self, name: str, source: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return pod(
            name,
            container("mounter", "/probe", "wait", securityContext=PRIVILEGED, volumeMounts=[mount(mountPropagation="Bidirectional", **fields)]),
            container("second", "/probe", "wait", securityContext=PRIVILEGED, volumeMounts=[mount(mountPropagation="Bidirectional", **fields)]),
            container("follower", "/probe", "wait", volumeMounts=[mount(mountPropagation="HostToContainer")]),
            container("closed", "/probe", "wait", volumeMounts=[mount()]),
            volumes=[{"name": "data", **source}],
        )

    def sh(self, name: str, script: str, which: str = "mounter") -> str:
        result = self.podrun.exec(name, "sh", "-ec", script, container=which)
        self.assertEqual((0, ""), (result.code, result.err), result)
        return result.out

    def volume(self, name: str) -> pathlib.Path:
        uid = (self.podrun.pod(name) or {})["metadata"]["uid"]
        disk = paths.DATA_DIRECTORY / "pods" / uid / "volumes" / "data"
        return disk if disk.exists() else paths.RUN_DIRECTORY / "pods" / uid / "volumes" / "data"

    def test_volumes_of_the_pod(self) -> None:
        """What one container mounts, the host and the containers that ask for it see; nothing stays after the pod."""
        before = mount_table()
        for name, fields in (("disk", {}), ("memory", {"medium": "Memory", "sizeLimit": "8Mi"})):
            self.stage = name
            self.running(self.pod(name, {"emptyDir": fields}))
            self.sh(name, "mkdir /data/in; busybox mount -t tmpfs none /data/in; echo seen > /data/in/file")
            volume = self.volume(name)
            self.assertEqual([f"{volume}/in"], mounted_below(volume))
            self.assertEqual("seen\n", (volume / "in/file").read_text())
            seen = {which: self.podrun.exec(name, "cat", "/data/in/file", container=which).out for which in ("second", "follower", "closed")}
            self.assertEqual({"second": "seen\n", "follower": "seen\n", "closed": ""}, seen)
            self.sh(name, "busybox umount /data/in", "second")
            self.assertEqual([], mounted_below(volume))
            self.sh(name, "busybox mount -t tmpfs none /data/in; busybox mount --bind / /data/in; busybox mount -t tmpfs none /data")
            self.podrun.delete(name)
            self.assertEqual(before, mount_table())

    def test_sub_paths(self) -> None:
        self.running(self.pod("sub", {"emptyDir": {}}, subPath="a/b"))
        self.sh("sub", "mkdir /data/in; busybox mount -t tmpfs none /data/in; echo seen > /data/in/file")
        self.assertEqual("seen\n", (self.volume("sub") / "a/b/in/file").read_text())
        self.assertEqual("seen\n", self.podrun.exec("sub", "cat", "/data/a/b/in/file", container="follower").out)
        self.sh("sub", "ln -s /etc /data/a/link", "follower")
        self.podrun.delete("sub")

    def test_host_path(self) -> None:
        """Both ways. What a pod leaves mounted in the host's own directories is the host's, as with a kubelet."""
        shared = self.directory / "shared"
        shared.mkdir()
        self.mounted(shared, "--make-shared")
        self.running(self.pod("host", {"hostPath": {"path": str(shared)}}))
        self.sh("host", "mkdir /data/in /data/later; busybox mount -t tmpfs none /data/in; echo seen > /data/in/file")
        self.assertEqual("seen\n", (shared / "in/file").read_text())
        self.mounted(shared / "later")
        (shared / "later/file").write_text("later")
        self.assertEqual("later", self.sh("host", "cat /data/later/file", "second"))
        self.podrun.delete("host")
        self.assertEqual(sorted([f"{shared}/in", f"{shared}/later"]), sorted(mounted_below(shared)))
        # Nothing of the pod holds them.
        for mounted in (shared / "in", shared / "later", shared):
            subprocess.run(["umount", mounted], check=True)

    def test_host_path_that_is_not_shared(self) -> None:
        """Refused in containerd's words: the host's mounts are not changed for a pod."""
        plain = self.directory / "plain"
        plain.mkdir()
        self.mounted(plain, "--make-private")
        result = self.podrun.run("apply", "-f", self.file("pod.yaml", text(self.pod("plain", {"hostPath": {"path": str(plain)}}))))
        message = f'path "{plain}" is mounted on "{plain}" but it is not a shared mount'
        self.assertIn(message, result.out + result.err)
        waiting = states(self.podrun.pod("plain") or {})["mounter"]["state"]["waiting"]
        self.assertEqual("CreateContainerError", waiting["reason"])
        self.assertIn(message, waiting["message"])

    def mounted(self, path: pathlib.Path, *propagation: str) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "none", path], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", path], check=False)
        if propagation:
            subprocess.run(["mount", *propagation, path], check=True)

    def test_deletion_crosses_no_mount(self) -> None:
        """B13: directories of the host that are bound inside a volume outlive it, also when the agent died meanwhile."""
        canary = self.directory / "canary"
        (canary / "inner").mkdir(parents=True)
        (canary / "inner/file").write_text("canary")
        before = mount_table()
        for round_, kills in (("plain", False), ("killed", True)):
            self.stage = round_
            name = f"bound-{round_}"
            manifest = self.pod(name, {"emptyDir": {}})
            manifest["spec"]["volumes"].append({"name": "canary", "hostPath": {"path": str(canary)}})
            manifest["spec"]["containers"][0]["volumeMounts"].append({"name": "canary", "mountPath": "/canary"})
            self.running(manifest)
            self.sh(name, "mkdir -p /data/a/b /data/c; busybox mount --bind /canary /data/a/b; busybox mount --bind /canary/inner /data/c")
            self.assertTrue((self.volume(name) / "a/b/inner/file").exists())
            if kills:
                self.podrun.kill_agent()
            self.podrun.delete(name)
            self.assertEqual("canary", (canary / "inner/file").read_text())
            self.assertEqual(before, mount_table())

    def test_restarts(self) -> None:
        """A container that starts again gets what the others mounted meanwhile."""
        self.running(self.pod("again", {"emptyDir": {}}))
        self.sh("again", "mkdir /data/in; busybox mount -t tmpfs none /data/in; echo seen > /data/in/file", "second")
        self.podrun.exec("again", "kill", "-TERM", "1", container="mounter")
        restarted = lambda: (state := states(self.podrun.pod("again") or {})["mounter"])["restartCount"] == 1 and "running" in state["state"]
        wait_for(restarted, "restart")
        self.assertEqual("seen\n", self.sh("again", "cat /data/in/file"))
        self.sh("again", "busybox umount /data/in")
        self.assertEqual([], mounted_below(self.volume("again")))
