"""Security contexts as whole pods write them, AppArmor, and user namespaces."""

import os
import pathlib
import subprocess
from typing import Any

from harness import image, paths
from harness.case import PodTestCase
from harness.manifest import container, pod, states, waiting_pod
from harness.podrun import processes, status, text
from harness.waiting import wait_for

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
            self.rejected(manifest, "AppArmor", NOT_ENABLED)
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


def can_map_ids() -> bool:
    """Linux 6.3: the first whose tmpfs has id-mapped mounts."""
    return tuple(int(part) for part in os.uname().release.split(".")[:2]) >= (6, 3)


class UserNamespaces(PodTestCase):
    def test_older_kernels(self) -> None:
        if can_map_ids():
            self.skipTest("this kernel has all that user namespaces need")
        refused = self.podrun.run("apply", "-", input=text(waiting_pod("own", hostUsers=False)))
        self.assertEqual((1, True), (refused.code, "hostUsers: false needs Linux 6.3 or newer" in refused.err), refused)

    def own(self, name: str, *containers: dict[str, Any], **spec: Any) -> int:
        """Runs a pod with users of its own; gives what its root is on the host."""
        if not can_map_ids():
            self.skipTest("needs Linux 6.3: tmpfs with id-mapped mounts")
        self.running(pod(name, *(containers or (container("app", "/probe", "wait"),)), hostUsers=False, **spec))
        inside, outside, count = self.sh(name, "cat /proc/self/uid_map").split()
        self.assertEqual(("0", "65536", 0), (inside, count, int(outside) % 65536))
        self.assertEqual(self.sh(name, "cat /proc/self/gid_map"), self.sh(name, "cat /proc/self/uid_map"))
        return int(outside)

    def sh(self, name: str, script: str, which: str | None = None) -> str:
        result = self.podrun.exec(name, "sh", "-c", script, container=which)
        self.assertEqual((0, ""), (result.code, result.err), result)
        return result.out

    def users_of(self, root: int) -> list[int]:
        """The users of the host that processes of the pod are, as numbers in the pod."""
        found = []
        for pid in processes():
            try:
                user = int(status(pid)["Uid"].split()[0])
            except (OSError, KeyError):
                continue
            if root <= user < root + 65536:
                found.append(user - root)
        return sorted(found)

    def test_ids(self) -> None:
        """Each pod's users are others of the host, in all its processes; its own root is root of its namespaces alone."""
        roots = [self.own("one"), self.own("two", container("app", "/probe", "wait", securityContext={"runAsUser": 1000}))]
        self.assertNotEqual(roots[0], roots[1])
        self.assertNotIn(0, roots)
        # pause and the container.
        self.assertEqual([[0, 0], [0, 1000]], [self.users_of(root) for root in roots])
        kinds = ("user", "net", "ipc", "uts", "mnt")
        links = [self.sh("one", f"for kind in {' '.join(kinds)}; do readlink /proc/{pid}/ns/$kind; done").split() for pid in ("1", "self")]
        self.assertEqual(links[0], links[1], "start and exec")
        for kind, link in zip(kinds, links[0], strict=True):
            self.assertNotEqual(os.readlink(f"/proc/self/ns/{kind}"), link)
        report = self.podrun.report("one")
        self.assertEqual(("0", "00000000a80425fb"), (report["status"]["Groups"].strip(), report["status"]["CapEff"]))
        self.assertEqual("1000 1001", self.sh("two", "id -u; id -g").replace("\n", " ").strip())
        for path in ("/", "/dev", "/dev/null", "/dev/shm", "/etc", "/etc/hosts", "/etc/passwd", "/dev/termination-log"):
            self.assertEqual("0:0\n", self.sh("one", f"stat -c %u:%g {path}"), path)
        # Rights over what the host owns are rights over nothing.
        for command in ("mknod /tmp/disk b 254 0", "mknod /tmp/null c 1 3", "hostname other", "echo 1 > /proc/sys/kernel/panic"):
            self.assertNotEqual(0, self.podrun.exec("one", "sh", "-c", command).code, command)
        # The next agent finds the users again, for commands and for another instance.
        self.podrun.kill_agent()
        self.assertEqual(str(roots[0]), self.sh("one", "cat /proc/self/uid_map").split()[1])
        self.podrun.exec("one", "kill", "-TERM", "1")
        again = lambda: (state := states(self.podrun.pod("one") or {})["app"])["restartCount"] == 1 and "running" in state["state"]
        wait_for(again, "restart")
        self.assertEqual(str(roots[0]), self.sh("one", "cat /proc/self/uid_map").split()[1])
        self.sh("one", "touch /etc/passwd && echo x >> /etc/group && mkdir /new && chown 5:6 /new")
        for context in ({"runAsUser": 65536}, {"fsGroup": 70000}):
            self.stage = str(context)
            refused = self.podrun.run("apply", "-", input=text(waiting_pod("far", hostUsers=False, securityContext=context)))
            self.assertIn("is not in the pod's user namespace (0 to 65535)", refused.err)
            self.podrun.delete("far")

    def test_volumes(self) -> None:
        """Files have the same users in the pod and on the host's disk; what can't be shown so is refused."""
        host = self.directory / "host"
        (host / "sub").mkdir(parents=True)
        for name, user in (("zero", 0), ("app", 1000)):
            (host / name).write_text(name)
            os.chown(host / name, user, user)
        self.podrun.ok("create", "configmap", "settings", "--from-literal=key=value")
        self.podrun.ok("create", "secret", "generic", "keys", "--from-literal=key=value")
        volumes: list[dict[str, Any]] = [
            {"name": "disk", "emptyDir": {}}, {"name": "memory", "emptyDir": {"medium": "Memory"}}, {"name": "settings", "configMap": {"name": "settings"}},
            {"name": "keys", "secret": {"secretName": "keys"}}, {"name": "host", "hostPath": {"path": str(host)}},
            {"name": "image", "image": {"reference": "podrun-test:1"}},
        ]  # fmt: skip
        mounts = [{"name": volume["name"], "mountPath": f"/v/{volume['name']}"} for volume in volumes]
        mounts += [{"name": "disk", "mountPath": "/part", "subPath": "a/b"}, {"name": "settings", "mountPath": "/v/disk/below"}]
        app = container("app", "/probe", "wait", volumeMounts=mounts, workingDir="/work/made")
        root = self.own("full", app, volumes=volumes)
        looked = self.sh("full", "stat -c %u:%g /v/* /v/host/* /v/settings/key /v/keys/key /v/disk/below/key /part /v/disk/a /v/disk/below /v/image/etc/passwd /work/made .")
        self.assertEqual({"0:0"}, set(looked.split()) - {"1000:1000"}, looked)
        self.assertEqual("1000:1000\n", self.sh("full", "stat -c %u:%g /v/host/app"))
        self.sh("full", "for at in disk memory host; do touch /v/$at/made; chown 7:8 /v/$at/made; done; touch /v/host/sub/root")
        self.assertEqual((7, 8), ((host / "made").stat().st_uid, (host / "made").stat().st_gid))
        self.assertEqual(0, (host / "sub/root").stat().st_uid)
        uid = (self.podrun.pod("full") or {})["metadata"]["uid"]
        own = paths.DATA_DIRECTORY / "pods" / uid
        self.assertEqual(7, (own / "volumes/disk/made").stat().st_uid)
        self.sh("full", "touch /etc/new")
        self.assertEqual(root, (own / "containers/app/upper/etc/new").stat().st_uid)
        self.podrun.delete("full")
        manifest = waiting_pod("kernel", hostUsers=False, volumes=[{"name": "sys", "hostPath": {"path": "/sys"}}])
        manifest["spec"]["containers"][0]["volumeMounts"] = [{"name": "sys", "mountPath": "/host"}]
        refused = self.podrun.run("apply", "-", input=text(manifest))
        self.assertEqual(1, refused.code)
        self.assertIn('"/sys" with the pod\'s user ids: its file system has no id-mapped mounts, which hostUsers: false needs', refused.err)

    def test_mounts_in_the_pod(self) -> None:
        """A root with CAP_SYS_ADMIN mounts what it likes where only it sees it, and takes away nothing of podrun's."""
        before = pathlib.Path("/proc/self/mountinfo").read_text()
        strong = {"capabilities": {"add": ["SYS_ADMIN"]}}
        self.own("strong", container("masked", "/probe", "wait", securityContext=strong), container("open", "/probe", "wait", securityContext={**strong, "procMount": "Unmasked"}))
        script = "mount -t tmpfs none /tmp && touch /tmp/x && umount /tmp && mount --bind /opt /tmp"
        for which in ("masked", "open"):
            self.sh("strong", script, which)
        for command in ("umount /proc/keys", "umount -l /proc", "umount -l /proc/sys", "mount -o remount,rw /proc/sys", "mount -o remount,rw,bind /sys", "umount /etc/hosts"):
            self.assertNotEqual(0, self.podrun.exec("strong", "sh", "-c", command, container="masked").code, command)
        self.assertEqual("", self.sh("strong", "cat /proc/keys /proc/timer_list", "masked"))
        masks = "grep -c ' /proc/' /proc/self/mountinfo || true"
        self.assertNotEqual("0\n", self.sh("strong", masks, "masked"))
        self.assertEqual("0\n", self.sh("strong", masks, "open"))
        # What procMount: Unmasked is there for: a /proc of processes of its own, for a pod in the pod.
        nested = "/bin/busybox unshare -m -p -f sh -c 'mount -t proc proc /mnt && ls /mnt/1/status'"
        self.sh("strong", "mkdir -p /mnt", "open")
        self.sh("strong", "mkdir -p /mnt", "masked")
        self.assertIn("/mnt/1/status", self.sh("strong", nested, "open"))
        self.assertNotEqual(0, self.podrun.exec("strong", "sh", "-c", nested, container="masked").code)
        self.assertEqual(before, pathlib.Path("/proc/self/mountinfo").read_text())

    def test_all_that_enters(self) -> None:
        """Probes, hooks, terminals, copies, shared processes and privileged containers, as in every pod."""
        command = ["sh", "-c", "test $(id -u) = 1000 && grep -q 65536$ /proc/self/uid_map"]
        app = container(
            "app", "/probe", "wait", securityContext={"runAsUser": 1000}, readinessProbe={"exec": {"command": command}, "periodSeconds": 1},
            lifecycle={"postStart": {"exec": {"command": ["sh", "-c", "touch /dev/shm/hook"]}}},
        )  # fmt: skip
        screen = container("screen", "sh", "-c", "tty; stat -c %u $(tty) /dev/console; exec /probe wait", tty=True, stdin=True)
        strong = container("strong", "/probe", "wait", securityContext={"privileged": True})
        root = self.own("all", app, screen, strong, shareProcessNamespace=True)
        wait_for(lambda: states(self.podrun.pod("all") or {})["app"]["ready"], "exec probe", 30)
        self.assertEqual("1000:1001\n", self.sh("all", "stat -c %u:%g /dev/shm/hook", "app"))
        lines = lambda: self.podrun.ok("logs", "all", "-c", "screen").out.split()
        wait_for(lambda: len(lines()) > 2, "terminal")
        self.assertEqual(["/dev/pts/0", "0", "0"], lines()[:3])
        self.assertIn("pause", self.sh("all", "cat /proc/1/comm", "app"))
        (self.directory / "file").write_text("copied")
        self.podrun.ok("cp", str(self.directory / "file"), "all:/tmp/copied", "-c", "strong")
        self.assertEqual("0:0 copied", self.sh("all", "stat -c %u:%g /tmp/copied; cat /tmp/copied", "strong").replace("\n", " "))
        self.podrun.ok("cp", "all:/tmp/copied", str(self.directory / "back"), "-c", "strong")
        self.assertEqual("copied", (self.directory / "back").read_text())
        # Every right, over nothing of the host.
        self.assertEqual("", self.sh("all", "find /dev -type b", "strong"))
        for path in ("/proc/sys/kernel/panic", "/proc/sysrq-trigger", "/sys/fs/cgroup/cgroup.procs"):
            self.assertNotEqual(0, self.podrun.exec("all", "sh", "-c", f"echo 1 > {path}", container="strong").code, path)
        self.assertEqual({0, 1000}, set(self.users_of(root)))
        both = waiting_pod("both", hostUsers=False, volumes=[{"name": "v", "emptyDir": {}}])
        both["spec"]["containers"][0].update(securityContext={"privileged": True}, volumeMounts=[{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}])
        self.assertIn("Bidirectional with hostUsers: false is not supported yet", self.podrun.run("apply", "-", input=text(both)).err)
