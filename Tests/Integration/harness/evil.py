"""Pods of images that nobody should run, and the proof that the host did not notice."""

import hashlib
import json
import pathlib
import shutil
from typing import Any

from . import oci
from .archive import Tar
from .case import PodTestCase
from .manifest import container, pod
from .oci import Image, layer, write_layout
from .podrun import Result
from .pulling import Canary, base_layer


class EvilCase(PodTestCase):
    """Most of it has nothing to do with the VM's kernel."""

    in_vm = False

    def setUp(self) -> None:
        super().setUp()
        self.canary = Canary(self.directory)
        self.work = self.directory.with_name(f"{self.directory.name}-work")
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.number = 0
        self.last = ""
        self.kernel = kernel_settings()
        self.program = hashlib.sha256(self.podrun.binary.read_bytes()).hexdigest()

    def load(self, tar: Tar, config: oci.Document | None = None) -> str:
        """The reference of an image with these files over the base's."""
        self.number += 1
        name = f"evil-{self.number}"
        reference = f"evil.test/{name}:1"
        layout = write_layout(self.work / name, Image([base_layer(), layer(tar)], config=config or {"Cmd": ["/probe", "wait"]}), reference)
        self.addCleanup(self.podrun.run, "image", "rm", reference)
        self.podrun.ok("image", "load", str(layout), "--name", reference)
        return reference

    def start(self, tar: Tar, command: tuple[str, ...] = ("/probe", "wait"), config: oci.Document | None = None, **fields: Any) -> Result:
        """Runs a pod of such an image; `volumes` and `securityContext` go to the pod's spec, the rest to its container."""
        reference = self.load(tar, config or {"Cmd": list(command)})
        spec = {key: fields.pop(key) for key in ("volumes", "securityContext", "restartPolicy") if key in fields}
        self.last = f"evil-{self.number}"
        return self.apply_file(pod(self.last, container("app", *command, image=reference, **fields), **spec))

    def apply_file(self, value: dict[str, Any]) -> Result:
        """From a file: /dev/stdin may be what the attack is about."""
        path = self.work / "pod.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value))
        return self.podrun.run("apply", "-f", str(path))

    def unchanged(self) -> None:
        self.assertEqual(self.canary.before, self.canary.state())
        self.assertEqual([], sorted(set(self.kernel.items()) ^ set(kernel_settings().items())))
        self.assertEqual(self.program, hashlib.sha256(self.podrun.binary.read_bytes()).hexdigest())


def kernel_settings() -> dict[str, str]:
    """What an attacker would like to write. Numbers that the kernel itself counts are left out."""
    found = {}
    for root in ("/proc/sys/kernel", "/proc/sys/vm", "/proc/sys/fs"):
        for path in sorted(pathlib.Path(root).rglob("*")):
            if path.name.startswith(("ns_last_pid", "random", "uuid", "boot_id", "entropy", "urandom", "poolsize", "stat_refresh", "tainted")):
                continue
            if path.name in ("dentry-state", "file-nr", "inode-nr", "inode-state", "aio-nr", "sched_domain", "pty", "nr", "hostname", "domainname") or "quota" in path.parts:
                continue
            try:
                found[str(path)] = path.read_text(errors="replace")
            except OSError:
                continue
    return found
