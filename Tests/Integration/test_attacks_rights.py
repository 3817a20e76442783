"""Attacks on rights, users and the kernel's interface (section C)."""

import json
import os
import pathlib
import resource
from typing import Any

from harness import paths
from harness.archive import Tar
from harness.case import PodTestCase
from harness.evil import EvilCase
from harness.manifest import container, pod, waiting_pod
from harness.podrun import status
from harness.waiting import wait_for

PROFILES = paths.DATA_DIRECTORY / "seccomp"
MATRIX = pathlib.Path(__file__).with_name("system-calls.txt")
MEBIBYTE = 1 << 20


class SystemCalls(PodTestCase):
    def test_matrix(self) -> None:
        """C8: what RuntimeDefault says to every number in every ABI. The golden file's comments are names of x86-64 and i386;
        PODRUN_UPDATE_GOLDEN=1 writes it instead: read the difference before you commit it."""
        self.running(waiting_pod("matrix"))
        started = json.loads(self.podrun.exec("matrix", "/probe", "syscalls").out)
        found = [f"{abi} {first}-{last} {answer}" for abi, answers in started.items() for first, last, answer in runs(answers)]
        if "PODRUN_UPDATE_GOLDEN" in os.environ:
            MATRIX.write_text("".join(f"{line}{comment(line)}\n" for line in found))
        golden = [line.partition("  #")[0] for line in MATRIX.read_text().splitlines()]
        self.assertEqual(golden, found)

    def test_profiles_of_the_host(self) -> None:
        """C8: a Localhost profile filters what it says; one that is missing, empty or broken is never "no filter"."""
        PROFILES.mkdir(mode=0o700, exist_ok=True)
        self.addCleanup(PROFILES.rmdir)
        no_directories = {
            "defaultAction": "SCMP_ACT_ALLOW",
            "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}],
        }
        contents: dict[str, Any] = {
            "right.json": json.dumps(no_directories), "empty.json": "", "text.json": "no profile", "list.json": "[]",
            "half.json": json.dumps(no_directories)[:-3], "object.json": "{}", "word.json": json.dumps({"defaultAction": "SCMP_ACT_MAYBE"}),
            "listener.json": json.dumps({**no_directories, "listenerPath": "/run/x.sock"}),
        }  # fmt: skip
        for name, content in contents.items():
            (PROFILES / name).write_text(content)
            self.addCleanup((PROFILES / name).unlink)
        (PROFILES / "link.json").symlink_to("/etc/hostname")
        os.mkfifo(PROFILES / "fifo.json")
        for name in ("link.json", "fifo.json"):
            self.addCleanup((PROFILES / name).unlink)

        def profiled(name: str) -> dict[str, Any]:
            context = {"seccompProfile": {"type": "Localhost", "localhostProfile": name}}
            return pod("profiled", container("app", "/probe", "wait", securityContext=context))

        self.running(profiled("right.json"))
        self.assertEqual("2", self.podrun.report("profiled")["status"]["Seccomp"])
        made = self.podrun.exec("profiled", "mkdir", "/x")
        self.assertIn("No space left on device", made.err)
        self.podrun.delete("profiled")
        for name in [*(name for name in contents if name != "right.json"), "missing.json", "link.json", "fifo.json", "sub/missing.json"]:
            self.stage = name
            refused = self.podrun.run("apply", "-", input=json.dumps(profiled(name)))
            self.assertEqual(1, refused.code, refused)
            self.assertIn(f'seccomp profile "{name}"', refused.err)
            self.podrun.delete("profiled")


def runs(answers: list[str]) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    for number, answer in enumerate(answers):
        if found and found[-1][2] == answer:
            found[-1] = (found[-1][0], number, answer)
        else:
            found.append((number, number, answer))
    return found


def comment(line: str) -> str:
    """The names of what is refused, from the kernel's headers."""
    abi, span, answer = line.split()
    header = pathlib.Path(f"/usr/include/x86_64-linux-gnu/asm/unistd_{ {'native': '64', 'i386': '32', 'x32': 'x32'}[abi]}.h")
    if answer == "allowed" or not header.exists():
        return ""
    names = {}
    for definition in header.read_text().splitlines():
        words = definition.replace("(__X32_SYSCALL_BIT + ", "").replace(")", "").split()
        if len(words) == 3 and words[1].startswith("__NR_") and words[2].isdigit():
            names[int(words[2])] = words[1][5:]
    first, last = (int(number) for number in span.split("-"))
    listed = [names[number] for number in range(first, last + 1) if number in names]
    return f"  # {' '.join(listed)}" if listed else ""


class Rights(EvilCase):
    def test_groups(self) -> None:
        """C4: exactly the pod's and, unless the policy is Strict, the image's; never the caller's."""
        tar = Tar().file("etc/passwd", "root:x:0:0::/:\napp:x:1000:50::/:\n").file("etc/group", "root:x:0:\nstaff:x:50:\nvideo:x:44:app\ndisk:x:6:app,root\n")
        table: tuple[tuple[dict[str, Any], str], ...] = (
            ({}, "0 6"),
            ({"runAsUser": 1000}, "6 44 50"),
            ({"runAsUser": 1000, "runAsGroup": 7}, "6 7 44"),
            ({"runAsUser": 1000, "supplementalGroups": [9, 8], "fsGroup": 10}, "6 8 9 10 44 50"),
            ({"runAsUser": 1000, "supplementalGroupsPolicy": "Strict"}, "50"),
            ({"runAsUser": 1000, "supplementalGroups": [9], "supplementalGroupsPolicy": "Strict"}, "9 50"),
            ({"runAsUser": 4000}, "0"),
        )
        reference = self.load(tar)
        if self.podrun.agent() is not None:
            self.podrun.kill_agent()
        for number, (context, expected) in enumerate(table):
            self.stage = str(context)
            manifest = pod(f"groups-{number}", container("app", "/probe", "wait", image=reference), securityContext=context)
            self.podrun.ok("apply", "-", input=json.dumps(manifest), preexec_fn=lambda: os.setgroups([0, 4, 27, 1001]))
            self.assertEqual(expected, self.podrun.report(f"groups-{number}")["status"]["Groups"])

    def test_user_databases(self) -> None:
        """C7: /etc/passwd and /etc/group are links to the host, FIFOs, devices, directories, endless; nothing waits or grows."""
        os.mkfifo(self.canary.path.parent / "fifo")
        huge = "x" * (12 * MEBIBYTE)
        ways = {
            "canary": lambda tar, name: tar.symlink(name, f"{self.canary.path}/secret"),
            "fifo of the host": lambda tar, name: tar.symlink(name, f"{self.canary.path.parent}/fifo"),
            "fifo": lambda tar, name: tar.entry(name, kind="6"),
            "zero": lambda tar, name: tar.device(name, 1, 5),
            "link to zero": lambda tar, name: tar.symlink(name, "/dev/zero"),
            "directory": lambda tar, name: tar.directory(name),
            "one line": lambda tar, name: tar.file(name, huge),
            "members": lambda tar, name: tar.file(name, "root:x:0:" + ",".join(f"u{number}" for number in range(300_000)) + "\n"),
            "bytes": lambda tar, name: tar.file(name, bytes(range(256)) * 64),
            "line ends": lambda tar, name: tar.file(name, "root:x:0:0::/a\rb:/bin/sh\n:::::\n\n\n:x\nroot\n"),
        }
        for name in ("etc/passwd", "etc/group"):
            for way, add in ways.items():
                self.stage = f"{name}: {way}"
                result = self.start(add(Tar().file(f"etc/.wh.{name[4:]}"), name), securityContext={"runAsUser": 0})
                self.assertLess(result.seconds, 20 if "PODRUN_VM" in os.environ else 5)
                self.assertIn(result.code, (0, 1))
                if result.code == 0:
                    self.assertEqual("0\t0\t0\t0", self.podrun.report(self.last)["status"]["Uid"])
                self.podrun.delete(self.last)
                agent = self.podrun.agent()
                if agent is not None:
                    self.assertLess(int(status(agent)["VmRSS"].split()[0]), 64 << 10)
        self.canary.path.parent.joinpath("fifo").unlink()
        self.unchanged()

    def test_sizes(self) -> None:
        """C9: more than fits is said, and what fits arrives."""
        limit = min(2 * MEBIBYTE, resource.getrlimit(resource.RLIMIT_STACK)[0] // 4)
        many = [{"name": f"V{number}", "value": "x" * 10} for number in range(20_000)]
        self.podrun.apply(pod("many", container("app", "/probe", "report", env=many), restartPolicy="Never"))
        self.podrun.wait_phase("many", "Succeeded")
        self.assertIn('"V19999=xxxxxxxxxx"', self.podrun.ok("logs", "many").out)
        for name, fields in (
            ("argument", {"args": ["x" * (200 << 10)]}),
            ("arguments", {"args": ["x" * 100_000] * (limit // 100_000 + 5)}),
            ("environment", {"env": [{"name": f"V{number}", "value": "x" * 100_000} for number in range(limit // 100_000 + 5)]}),
        ):
            self.stage = name
            result = self.apply_file(pod(name, container("app", "/probe", "wait", **fields), restartPolicy="Never"))
            self.assertEqual(1, result.code, result.out[:200])
            self.assertRegex(result.err[-300:].lower(), "argument list too long|too large|too long|exceed")
            self.podrun.run("delete", "pod", name, "--now")
        self.stage = "mounts"
        volumes = [{"name": f"v{number}", "emptyDir": {}} for number in range(300)]
        mounts = [{"name": f"v{number}", "mountPath": f"/m/{number}"} for number in range(300)]
        result = self.apply_file(pod("mounts", container("app", "/probe", "wait", volumeMounts=mounts), volumes=volumes))
        if result.code == 0:
            self.assertEqual(300, sum(" /m/" in line for line in self.podrun.report("mounts")["mounts"]))
        else:
            self.assertRegex(result.err, "too (large|many|long)")

    def test_labels_and_annotations(self) -> None:
        """C11: an image's labels and a pod's annotations are data; nothing is decided by them."""
        words = {
            "io.kubernetes.cri.container-type": "sandbox", "run.oci.keep_original_groups": "1", "org.systemd.property.DevicePolicy": "'auto'",
            "podrun.privileged": "true", "io.containerd.runc.v2.group": "/", "io.podman.annotations.privileged": "TRUE",
            "container.apparmor.security.beta.kubernetes.io/app": "unconfined", "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
        }  # fmt: skip
        labels = {**words, **{f"label{number}": "x" * 90 for number in range(10_000)}}
        result = self.start(Tar(), config={"Cmd": ["/probe", "wait"], "Labels": labels})
        self.assertEqual(0, result.code, result)
        labelled = self.podrun.report(self.last)
        self.running(waiting_pod("annotated", metadata={"annotations": words}))
        annotated = self.podrun.report("annotated")
        self.running(waiting_pod("usual"))
        usual = self.podrun.report("usual")
        for other in (labelled, annotated):
            for key in ("CapBnd", "CapEff", "NoNewPrivs", "Seccomp", "Groups", "Uid"):
                self.assertEqual(usual["status"][key], other["status"][key], key)
            self.assertEqual([line.split()[4:6] for line in usual["mounts"]], [line.split()[4:6] for line in other["mounts"]])
            self.assertEqual(usual["limits"], other["limits"])


class Neighbours(PodTestCase):
    in_vm = False

    def test_false_senders(self) -> None:
        """C10: packets that seem to come from another pod, the host or a loopback address are not delivered."""
        self.running(pod("victim", container("app", "/probe", "hear", "9000")))
        for name in ("neighbour", "attacker"):
            self.running(waiting_pod(name))
        address = {name: (self.podrun.pod(name) or {})["status"]["podIP"] for name in ("victim", "neighbour", "attacker")}
        wait_for(lambda: "listening" in self.podrun.ok("logs", "victim").out, "listener")
        gateway = address["victim"].rpartition(".")[0] + ".1"
        for source in (address["neighbour"], gateway, "127.0.0.1", "192.0.2.1", "10.85.255.254", address["attacker"]):
            self.assertEqual("sent\n", self.podrun.exec("attacker", "/probe", "spoof", source, address["victim"], "9000").out, source)
        own = f"heard {address['attacker']} from {address['attacker']}"
        wait_for(lambda: own in self.podrun.ok("logs", "victim").out, "the packet with the right sender")
        self.assertEqual(["listening", own], self.podrun.ok("logs", "victim").out.splitlines())
