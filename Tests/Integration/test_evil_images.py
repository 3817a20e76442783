"""Images whose files and config lead out of the container: nothing of the host is read, written or made (attacks B7 to B10)."""

from harness.archive import Tar
from harness.evil import EvilCase
from harness.pulling import some

#: Ways from a container's root to a directory of the host, if somebody else's root took the step.
LEADS = ("{canary}", "../../../../../../../../..{canary}", "/proc/self/root{canary}", "/proc/1/root{canary}")


class EvilImages(EvilCase):
    in_vm = frozenset({"test_mount_points", "test_paths_of_the_config"})

    def types(self, target: str) -> list[str]:
        """The file systems that are mounted there in the last pod."""
        lines = self.podrun.report(self.last)["mounts"]
        return [line.partition(" - ")[2].split()[0] for line in lines if line.split()[4] == target]

    def leads(self) -> list[str]:
        return [lead.format(canary=self.canary.path) for lead in some(LEADS)]

    def test_mount_points(self) -> None:
        """B7: a mount path through a link of the image is made in the image, or not at all."""
        for lead in self.leads():
            self.stage = lead
            self.start(Tar().symlink("a", lead), volumes=[{"name": "v", "emptyDir": {}}], volumeMounts=[{"name": "v", "mountPath": "/a/new/dir"}])
            self.unchanged()
            self.assertFalse((self.canary.path / "new").exists())

    def test_volumes_over_what_protects_the_host(self) -> None:
        """B8: by any name; what the image calls a volume is none."""
        volumes = [{"name": "v", "emptyDir": {}}]
        for path in ("/proc", "/proc/sys", "/sys/fs/cgroup", "//proc/./x", "/sys/../proc/sys", "/dev"):
            self.stage = path
            result = self.start(Tar(), volumes=volumes, volumeMounts=[{"name": "v", "mountPath": path}])
            self.assertEqual(1, result.code, result)
        self.stage = "link to /proc"
        for target in ("/proc", "proc/sys", "/sys/fs/cgroup"):
            result = self.start(Tar().symlink("link", target), volumes=volumes, volumeMounts=[{"name": "v", "mountPath": "/link"}])
            self.assertEqual(1, result.code, result)
            self.assertIn("link into /proc or /sys", result.err)
        self.stage = "image volumes"
        self.assertEqual(0, self.start(Tar(), config={"Cmd": ["/probe", "wait"], "Volumes": {"/proc": {}, "/sys": {}}}).code)
        self.assertEqual((["proc"], ["sysfs"]), (self.types("/proc"), self.types("/sys")))

    def test_paths_of_the_config(self) -> None:
        """B9: names with `..` end at the container's root; nothing of the host is copied up."""
        up = "/../../../../../../../.." + str(self.canary.path)
        config = {"Entrypoint": ["/../../probe", "wait"], "WorkingDir": f"{up}/made", "Volumes": {up: {}, "/../../../../../../../../etc": {}}}
        self.assertEqual(0, self.start(Tar(), command=(), config=config).code)
        self.unchanged()
        self.assertEqual(f"{self.canary.path}/made", self.podrun.report(self.last)["directory"])
        for place in (str(self.canary.path), "/etc"):
            self.podrun.ok("cp", f"{self.last}:{place}", f"{self.work}/seen{place.count('/')}")
        seen = {path.name for path in self.work.glob("seen*/**/*")}
        self.assertEqual({"made", "passwd", "hosts", "hostname", "resolv.conf"}, seen)
        self.stage = "entrypoint on the host"
        result = self.start(Tar(), command=(), config={"Entrypoint": ["/../../../../../../bin/true"]})
        self.assertIn("no such file or directory", result.err + self.podrun.ok("describe", "pod", self.last).out)

    def test_files_that_podrun_writes(self) -> None:
        """B10: /etc and its files are links to the host, dangling ones and loops."""
        for lead in self.leads():
            for name in ("hosts", "hostname", "resolv.conf", "mtab", "passwd"):
                self.stage = f"/etc/{name} -> {lead}/secret"
                self.start(Tar().symlink(f"etc/{name}", f"{lead}/secret"))
                self.unchanged()
            self.stage = f"/etc -> {lead}"
            self.start(Tar().file(".wh.etc").symlink("etc", lead))
            self.unchanged()
        for name, target in (("etc/hosts", "nowhere"), ("etc/hosts", "hosts"), ("dev", str(self.canary.path)), ("dev/termination-log", f"{self.canary.path}/secret")):
            self.stage = f"/{name} -> {target}"
            whiteout = Tar() if "/" in name else Tar().file(f".wh.{name}")
            self.start(whiteout.symlink(name, target))
            self.unchanged()
