"""Images whose files and config lead out of the container: nothing of the host is read, written or made (attacks B7 to B10)."""

import json
import shutil
from typing import Any

from harness import oci
from harness.archive import Tar
from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.oci import Image, layer, write_layout
from harness.podrun import Result
from harness.pulling import Canary, base_layer, some

#: Ways from a container's root to a directory of the host, if somebody else's root took the step.
LEADS = ("{canary}", "../../../../../../../../..{canary}", "/proc/self/root{canary}", "/proc/1/root{canary}")


class EvilImages(PodTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.canary = Canary(self.directory)
        self.work = self.directory.with_name(f"{self.directory.name}-work")
        self.addCleanup(shutil.rmtree, self.work)
        self.number = 0

    def start(self, tar: Tar, command: tuple[str, ...] = ("/probe", "wait"), config: oci.Document | None = None, **fields: Any) -> Result:
        """Runs a pod of an image with these files over the base's; the host is unchanged."""
        self.number += 1
        name = f"evil-{self.number}"
        image = Image([base_layer(), layer(tar)], config=config or {"Cmd": list(command)})
        reference = f"evil.test/{name}:1"
        layout = write_layout(self.work / name, image, reference)
        self.addCleanup(self.podrun.run, "image", "rm", reference)
        self.podrun.ok("image", "load", str(layout), "--name", reference)
        spec = {key: fields.pop(key) for key in ("volumes",) if key in fields}
        result = self.podrun.run("apply", "-f", self.manifest(pod(name, container("app", *command, image=reference, **fields), **spec)))
        self.last = name
        return result

    def manifest(self, value: dict[str, Any]) -> str:
        path = self.work / "pod.json"
        path.write_text(json.dumps(value))
        return str(path)

    def unchanged(self) -> None:
        self.assertEqual(self.canary.before, self.canary.state())

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
