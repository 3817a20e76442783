"""Security contexts as whole pods write them, AppArmor, and user namespaces."""

import json
import os
import pathlib
import re
import subprocess
from typing import Any

from harness import image, paths
from harness.case import PodTestCase
from harness.manifest import container, pod, waiting_pod
from harness.podrun import text

NET_BIND_SERVICE = 1 << 10
CORPUS = paths.FIXTURES / "corpus" / "security-contexts.yaml"
APPARMOR = pathlib.Path("/sys/module/apparmor/parameters/enabled")
NOT_ENABLED = "Cannot enforce AppArmor: AppArmor is not enabled on the host"


def status_of(text_: str) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in text_.splitlines() if ":\t" in line)


class Corpus(PodTestCase):
    def test_security_contexts(self) -> None:
        """Both pods of the file as their author wrote them; what they ask for is looked at from inside."""
        for name in ("myapp:1.0", "system-monitor:1.0"):
            self.podrun.ok("image", "load", str(image.layout("1")), "--name", name)
            self.addCleanup(self.podrun.run, "image", "rm", name)
        self.podrun.ok("apply", "-f", str(CORPUS))

        def inside(command: str, *which: str) -> str:
            return self.podrun.ok("exec", *which, "--", "sh", "-c", command).out

        secure = ("secure-pod",)
        seen = status_of(inside("cat /proc/1/status", *secure))
        self.assertEqual(("1000", "3000"), (seen["Uid"].split()[0], seen["Gid"].split()[0]))
        self.assertEqual([2000, 3000, 4000], sorted(map(int, seen["Groups"].split())))
        self.assertEqual([0, 0, NET_BIND_SERVICE], [int(seen[key], 16) for key in ("CapEff", "CapPrm", "CapBnd")])
        self.assertEqual(("1", "2"), (seen["NoNewPrivs"], seen["Seccomp"]))
        self.assertIn("Read-only file system", inside("touch /file 2>&1; true", *secure))
        written = inside("for at in /tmp /var/cache/nginx /var/run; do touch $at/file && stat -c %u:%g $at/file; done", *secure)
        self.assertEqual(["1000:2000"] * 3, written.split())

        strong = ("-n", "kube-system", "privileged-pod")
        seen = status_of(inside("cat /proc/self/status", *strong))
        own = status_of(pathlib.Path("/proc/self/status").read_text())
        known = (1 << int(pathlib.Path("/proc/sys/kernel/cap_last_cap").read_text()) + 1) - 1
        self.assertEqual(int(own["CapEff"], 16) & known, int(seen["CapEff"], 16))
        self.assertEqual(("0", "0"), (seen["NoNewPrivs"], seen["Seccomp"]))
        for kind in ("net", "pid"):
            self.assertEqual(os.readlink(f"/proc/self/ns/{kind}"), inside(f"readlink /proc/self/ns/{kind}", *strong).strip())
        self.assertIn("Read-only file system", inside("echo 1 2>&1 > /host/proc/sys/kernel/panic; true", *strong))


def confined(type_: str, name: str | None = None) -> dict[str, Any]:
    return {"appArmorProfile": {"type": type_, **({"localhostProfile": name} if name else {})}}


class AppArmor(PodTestCase):
    def test_without_a_kernel_that_has_it(self) -> None:
        """The kubelet's words; nothing that asks for a profile runs without one."""
        if APPARMOR.exists():
            self.skipTest("this kernel has AppArmor")
        beta = "container.apparmor.security.beta.kubernetes.io/app"
        table: tuple[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]], ...] = (
            ("default", {}, confined("RuntimeDefault"), {}),
            ("local", {}, confined("Localhost", "some"), {}),
            ("pod", confined("RuntimeDefault"), {}, {}),
            ("annotation", {}, {}, {"annotations": {beta: "runtime/default"}}),
        )
        for name, of_pod, of_container, metadata in table:
            self.stage = name
            manifest = pod(name, container("app", "/probe", "wait", securityContext=of_container), metadata=metadata, securityContext=of_pod)
            refused = self.podrun.run("apply", "-", input=text(manifest))
            self.assertEqual((1, True), (refused.code, NOT_ENABLED in refused.err), refused)
            self.assertIsNone(self.podrun.pod(name))
        self.running(pod("none", container("app", "/probe", "wait", securityContext=confined("Unconfined")), securityContext=confined("RuntimeDefault")))

    def test_profiles(self) -> None:
        """Start and exec run under what is asked for; what nobody asks for is podrun's own, where that is loaded."""
        if not APPARMOR.exists():
            self.skipTest("this kernel has no AppArmor: run it in the VM")
        if not pathlib.Path("/sys/kernel/security/apparmor").exists():
            subprocess.run(["mount", "-t", "securityfs", "none", "/sys/kernel/security"], check=True)

        def parser(*arguments: str, profile: str) -> None:
            subprocess.run(["apparmor_parser", "--skip-cache", *arguments], input=profile, text=True, check=True)

        def profile_of(name: str, **fields: Any) -> list[str]:
            """Of the container's first process, and of a command in it."""
            self.running(waiting_pod(name, **fields))
            found = [self.podrun.exec(name, "cat", f"/proc/{pid}/attr/apparmor/current").out.strip() for pid in ("1", "self")]
            self.podrun.delete(name)
            return found

        self.assertEqual(["unconfined"] * 2, profile_of("unasked"))
        refused = self.podrun.run("apply", "-", input=text(waiting_pod("missing", securityContext=confined("Localhost", "podrun-none"))))
        self.assertEqual((1, True), (refused.code, "apparmor profile not found podrun-none" in refused.err), refused)
        default = (paths.REPOSITORY / "packaging" / "apparmor" / "podrun-default").read_text()
        local = "profile podrun-test flags=(attach_disconnected) {\n  file,\n  capability,\n  network,\n  signal,\n  ptrace,\n  deny /opt/** w,\n}\n"
        for profile in (default, local):
            parser("--replace", profile=profile)
            self.addCleanup(parser, "--remove", profile=profile)
        self.assertEqual(["podrun-default (enforce)"] * 2, profile_of("unasked"))
        self.assertEqual(["podrun-default (enforce)"] * 2, profile_of("asked", securityContext=confined("RuntimeDefault")))
        self.assertEqual(["unconfined"] * 2, profile_of("off", securityContext=confined("Unconfined")))
        self.assertEqual(["podrun-test (enforce)"] * 2, profile_of("local", securityContext=confined("Localhost", "podrun-test")))
        beta = {"annotations": {"container.apparmor.security.beta.kubernetes.io/app": "localhost/podrun-test"}}
        self.assertEqual(["podrun-test (enforce)"] * 2, profile_of("annotated", metadata=beta))
        self.running(waiting_pod("kept", securityContext=confined("Localhost", "podrun-test")))
        self.assertIn("Permission denied", self.podrun.exec("kept", "touch", "/opt/file").err)
