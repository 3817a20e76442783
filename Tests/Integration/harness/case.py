"""The base of every integration test: a loaded image store before, a leak check after."""

import os
import pathlib
import re
import shutil
import tempfile
import unittest
from typing import Any

from . import image, leaks, paths
from .manifest import container, pod
from .podrun import Podrun, text

#: Taken once, after a first pod came and went: bridge, nftables table and top directories are there to stay.
_baseline: leaks.Snapshot | None = None
_images_loaded = False
_corpus_loaded: set[pathlib.Path] = set()


class PodTestCase(unittest.TestCase):
    maxDiff = None
    #: The runner kills a test that takes longer.
    timeout_seconds = 120
    checks_leaks = True
    #: Whether the VM runs it every time: emulation makes it ten times slower, which is wasted on what has nothing to do with
    #: the kernel or its controllers. A set names the tests that it does run. PODRUN_ALL=1 runs everything there.
    in_vm: bool | frozenset[str] = True
    #: Printed with a failure: which row of a table, which round.
    stage = ""

    def setUp(self) -> None:
        is_wanted = self.in_vm if isinstance(self.in_vm, bool) else self._testMethodName in self.in_vm
        if "PODRUN_VM" in os.environ and not is_wanted and "PODRUN_ALL" not in os.environ:
            self.skipTest("the same in the VM as natively")
        self.podrun = Podrun()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="podrun-test."))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        if not self.podrun.binary.exists():
            self.skipTest(f"no podrun at {self.podrun.binary}: build it or set PODRUN")
        load_images(self.podrun)
        global _baseline
        if self.checks_leaks and _baseline is None:
            self.podrun.apply(pod("first", container("app", "/probe", "wait")))
            self.podrun.delete("first")
            _baseline = leaks.Snapshot(self.podrun)
        self.addCleanup(self._leave_nothing)

    def _leave_nothing(self) -> None:
        self.podrun.ok("delete", "pod", "--all", "-A", "--now")
        for kind in self.podrun.stored_kinds():
            self.podrun.ok("delete", kind, "--all", "-A")
        if self.checks_leaks and _baseline is not None:
            leaks.check(_baseline, self.podrun)

    # Helpers

    def file(self, name: str, contents: str | bytes) -> str:
        path = self.directory / name
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return str(path)

    def running(self, manifest: dict[str, Any], arguments: tuple[str, ...] = ()) -> dict[str, Any]:
        """Applies the pod and waits until it runs."""
        self.podrun.apply(manifest, arguments=arguments)
        return self.podrun.wait_phase(manifest["metadata"]["name"], "Running")

    def finished(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Applies the pod and waits until it is done."""
        self.podrun.apply(manifest)
        return self.podrun.wait_phase(manifest["metadata"]["name"], "Succeeded", "Failed")

    def rejected(self, manifest: dict[str, Any], reason: str, words: str) -> None:
        """Applies a pod that the host does not take: it is there, Failed, nothing of it is made, and it goes away."""
        name = manifest["metadata"]["name"]
        result = self.podrun.run("apply", "-f", "-", input=text(manifest))
        self.assertEqual((1, f"pod/{name} created\n"), (result.code, result.out), result)
        self.assertIn(f'pod "{name}": {reason}: Pod was rejected: {words}\nThe pod stays, Failed, and is not tried again', result.err)
        status = (self.podrun.pod(name) or {})["status"]
        self.assertEqual(("Failed", reason, f"Pod was rejected: {words}"), (status["phase"], status["reason"], status["message"]))
        self.assertNotIn("containerStatuses", status)
        self.assertRegex(self.podrun.ok("get", "pods").out, f"(?m)^{name} +0/[0-9]+ +{reason} +0 ")
        self.assertRegex(self.podrun.ok("describe", "pod", name).out, f"Warning +{reason} .*{re.escape(words)}")
        self.podrun.delete(name)

    def needs_controllers(self, *names: str) -> None:
        missing = set(names) - paths.controllers()
        if missing:
            self.skipTest(f"the host has no cgroup v2 controller {', '.join(sorted(missing))}: run it in the VM")

    def needs_no_controllers(self, *names: str) -> None:
        if set(names) & paths.controllers():
            self.skipTest(f"the host has the cgroup v2 controllers {', '.join(names)}")

    def needs_corpus_images(self) -> None:
        archives = sorted(paths.IMAGES.glob("*.tar")) if paths.IMAGES.is_dir() else []
        if not archives:
            self.skipTest(f"no image archives in {paths.IMAGES}: run scripts/make-images")
        for archive in archives:
            if archive not in _corpus_loaded:
                self.podrun.ok("image", "load", str(archive))
                _corpus_loaded.add(archive)


def load_images(podrun: Podrun) -> None:
    global _images_loaded
    if _images_loaded:
        return
    for reference, layout in image.references():
        podrun.ok("image", "load", str(layout), "--name", reference)
    _images_loaded = True


def forget_images() -> None:
    """A test removed images of the shared store: who needs them loads them again."""
    global _images_loaded
    _images_loaded = False
    _corpus_loaded.clear()


def rounds(variable: str, default: int) -> int:
    return int(os.environ.get(variable, default))
