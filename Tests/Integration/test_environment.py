"""What a container sees, to the byte: mounts, masks, devices, rights, limits, files. The same for `exec`."""

import glob
import json
import os
import resource
import signal
from typing import Any

from harness.case import PodTestCase
from harness.image import PATH
from harness.manifest import container, pod, states, waiting_pod

FOURTEEN = "00000000a80425fb"
NONE = "0000000000000000"
UNLIMITED = -1
MEBIBYTE = 1 << 20
CAP_SYS_RESOURCE = 24

#: target, file system, options, words among the super block's options
MOUNTS = (
    ("/", "overlay", "rw,relatime", ""),
    ("/proc", "proc", "rw,nosuid,nodev,noexec,relatime", ""),
    ("/dev", "tmpfs", "rw,nosuid", "size=65536k,mode=755"),
    ("/dev/pts", "devpts", "rw,nosuid,noexec,relatime", "gid=5,mode=620,ptmxmode=666"),
    ("/dev/mqueue", "mqueue", "rw,nosuid,nodev,noexec,relatime", ""),
    ("/sys", "sysfs", "ro,nosuid,nodev,noexec,relatime", ""),
    ("/sys/fs/cgroup", "cgroup2", "ro,nosuid,nodev,noexec,relatime", ""),
    ("/dev/shm", "tmpfs", "rw,nosuid,nodev,noexec,relatime", "size=65536k"),
)
FILES = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/termination-log")
MASKED = (
    "/proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats "
    "/proc/sched_debug /proc/scsi /sys/firmware /sys/devices/virtual/powercap"
).split()
READ_ONLY = "/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger".split()
DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
LINKS = {
    "ptmx": "pts/ptmx",
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}


class Mount:
    def __init__(self, line: str) -> None:
        own, _, behind = line.partition(" - ")
        fields = own.split()
        self.target, self.options, self.tags = fields[4], fields[5], fields[6:]
        self.kind, _, self.super_options = behind.split(" ", 2)


class Environment(PodTestCase):
    in_vm = frozenset(
        {
            "test_capabilities",
            "test_devices",
            "test_forbidden_things",
            "test_masked_paths_are_empty",
            "test_mounts",
            "test_no_privilege_escalation",
            "test_process",
            "test_read_only_root",
            "test_rights_of_a_user",
            "test_seccomp_unconfined",
            "test_unprivileged_ports_and_ping",
            "test_limits",
        }
    )

    def reports(self, name: str, **spec: Any) -> dict[str, dict[str, Any]]:
        """The same pod's report from a started container and from an exec."""
        fields = spec.pop("container", {})
        self.podrun.apply(pod(name, container("app", "/probe", "report", **fields), restartPolicy="Never", **spec))
        self.podrun.wait_phase(name, "Succeeded")
        started = json.loads(self.podrun.ok("logs", name).out)
        self.podrun.delete(name)
        self.running(pod(name, container("app", "/probe", "wait", **fields), **spec))
        return {"start": started, "exec": self.podrun.report(name)}

    def each(self, name: str, **spec: Any):
        for self.stage, report in self.reports(name, **spec).items():
            yield self.stage, report

    def test_mounts(self) -> None:
        masked = [path for path in MASKED if os.path.exists(path)]
        masked += glob.glob("/sys/devices/system/cpu/cpu*/thermal_throttle")
        read_only = [path for path in READ_ONLY if os.path.exists(path)]
        for _, report in self.each("mounts"):
            mounts = [Mount(line) for line in report["mounts"]]
            self.assertEqual([], [mount.target for mount in mounts if mount.tags], "propagation is private")
            targets = sorted(mount.target for mount in mounts)
            self.assertEqual(sorted([*(entry[0] for entry in MOUNTS), *FILES, *masked, *read_only]), targets)
            found = {mount.target: mount for mount in mounts}
            for target, kind, options, super_options in MOUNTS:
                self.assertEqual((kind, options), (found[target].kind, found[target].options), target)
                self.assertLessEqual(set(super_options.split(",")) - {""}, set(found[target].super_options.split(",")), target)
            for mount in (mount for mount in mounts if mount.target not in {entry[0] for entry in MOUNTS}):
                flags = set(mount.options.split(","))
                if mount.target in FILES:
                    self.assertIn("rw", flags, mount.target)
                elif mount.target in read_only:
                    self.assertLessEqual({"ro", "nosuid", "nodev", "noexec"}, flags, mount.target)
                elif mount.kind == "tmpfs" and os.path.isdir(mount.target):
                    self.assertIn("ro", flags, mount.target)

    def test_masked_paths_are_empty(self) -> None:
        self.running(waiting_pod("masked"))
        for path in (path for path in MASKED if os.path.exists(path)):
            command = f"ls -A {path}" if os.path.isdir(path) else f"cat {path}"
            result = self.podrun.exec("masked", "sh", "-c", command)
            self.assertEqual((0, ""), (result.code, result.out), path)

    def test_read_only_root(self) -> None:
        for _, report in self.each("read-only", container={"securityContext": {"readOnlyRootFilesystem": True}}):
            mounts = {mount.target: mount for mount in map(Mount, report["mounts"])}
            for target in ("/", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"):
                self.assertTrue(mounts[target].options.startswith("ro"), f"{target}: {mounts[target].options}")

    def test_devices(self) -> None:
        for _, report in self.each("devices"):
            names = {*DEVICES, *LINKS, "pts", "mqueue", "shm", "termination-log"}
            self.assertEqual(names, set(report["dev"]))
            for name, numbers in DEVICES.items():
                entry = report["dev"][name]
                self.assertEqual(
                    ("c", "0666", 0, 0, *numbers),
                    tuple(entry[key] for key in ("type", "mode", "uid", "gid", "major", "minor")),
                    name,
                )
            self.assertEqual(LINKS, {name: report["dev"][name].get("target") for name in LINKS})
            self.assertEqual("1777", report["dev"]["shm"]["mode"])
            self.assertEqual(("-", "0666"), tuple(report["dev"]["termination-log"][key] for key in ("type", "mode")))
            self.assertEqual({"ptmx"}, set(report["pts"]))
            self.assertEqual(("0666", 5, 2), tuple(report["pts"]["ptmx"][key] for key in ("mode", "major", "minor")))

    def test_rights_of_root(self) -> None:
        for _, report in self.each("rights"):
            status = report["status"]
            self.assertEqual([FOURTEEN] * 3, [status[key] for key in ("CapBnd", "CapPrm", "CapEff")])
            self.assertEqual([NONE] * 2, [status[key] for key in ("CapInh", "CapAmb")])
            self.assertEqual(("0", "2"), (status["NoNewPrivs"], status["Seccomp"]))
            self.assertEqual(("0\t0\t0\t0", "0\t0\t0\t0", "0"), (status["Uid"], status["Gid"], status["Groups"]))

    def test_rights_of_a_user(self) -> None:
        """A number without a passwd entry: group 0, home /, no capability left but the bounding set."""
        for _, report in self.each("user", securityContext={"runAsUser": 4321}):
            status = report["status"]
            self.assertEqual([FOURTEEN, NONE, NONE], [status[key] for key in ("CapBnd", "CapPrm", "CapEff")])
            self.assertEqual([NONE] * 2, [status[key] for key in ("CapInh", "CapAmb")])
            self.assertEqual(("4321\t4321\t4321\t4321", "0\t0\t0\t0", "0"), (status["Uid"], status["Gid"], status["Groups"]))
            self.assertIn("HOME=/", report["environment"])

    def test_groups(self) -> None:
        context = {"runAsUser": 1000, "runAsGroup": 3000, "supplementalGroups": [4000], "fsGroup": 5000}
        for _, report in self.each("groups", securityContext=context):
            self.assertEqual("3000\t3000\t3000\t3000", report["status"]["Gid"])
            # 2000 is what /etc/group of the image gives user 1000.
            self.assertEqual("2000 3000 4000 5000", report["status"]["Groups"])

    def test_capabilities(self) -> None:
        table = (
            ("drop-all", {"drop": ["ALL"]}, 0),
            ("drop-all-add", {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}, 1 << 10),
            ("add-one", {"add": ["CAP_SYS_TIME"]}, int(FOURTEEN, 16) | 1 << 25),
            ("drop-one", {"drop": ["MKNOD"]}, int(FOURTEEN, 16) & ~(1 << 27)),
        )
        for name, capabilities, mask in table:
            for _, report in self.each(name, container={"securityContext": {"capabilities": capabilities}}):
                self.assertEqual([f"{mask:016x}"] * 3, [report["status"][key] for key in ("CapBnd", "CapPrm", "CapEff")], name)

    def test_no_privilege_escalation(self) -> None:
        context = {"allowPrivilegeEscalation": False, "runAsUser": 1000}
        for _, report in self.each("no-escalation", container={"securityContext": context}):
            self.assertEqual("1", report["status"]["NoNewPrivs"])
        report = json.loads(self.podrun.exec("no-escalation", "/opt/setuid-probe", "report").out)
        self.assertEqual("1000\t1000\t1000\t1000", report["status"]["Uid"])

    def test_setuid_programs_work_without_that(self) -> None:
        self.running(waiting_pod("setuid", securityContext={"runAsUser": 1000}))
        report = json.loads(self.podrun.exec("setuid", "/opt/setuid-probe", "report").out)
        self.assertEqual("1000\t0\t0\t0", report["status"]["Uid"])
        self.assertEqual(FOURTEEN, report["status"]["CapEff"])

    def test_seccomp_unconfined(self) -> None:
        for _, report in self.each("unconfined", securityContext={"seccompProfile": {"type": "Unconfined"}}):
            self.assertEqual("0", report["status"]["Seccomp"])

    def test_process(self) -> None:
        for way, report in self.each("process"):
            status = report["status"]
            self.assertEqual([NONE] * 2, [status[key] for key in ("SigIgn", "SigBlk")])
            self.assertEqual((0o22, 0, 0), (report["umask"], report["nice"], report["scheduler"]))
            self.assertEqual((1, 0, 0), (report["dumpable"], report["child_subreaper"], report["death_signal"]))
            self.assertEqual(report["pid"], report["session"], "own session")
            self.assertEqual(0, report["has_terminal"])
            self.assertEqual(len(os.sched_getaffinity(0)), report["cpus"])
            self.assertEqual("1000\n", report["oom_score_adj"], "BestEffort")
            self.assertIn("0::/", report["cgroup"].splitlines())
            if way == "start":
                self.assertEqual(1, report["pid"])

    def test_descriptors(self) -> None:
        for _, report in self.each("descriptors"):
            self.assertEqual({"0", "1", "2"}, set(report["descriptors"]))
            self.assertEqual("/dev/null", report["descriptors"]["0"])

    def test_limits(self) -> None:
        own = int(open("/proc/self/status", encoding="ascii").read().split("CapEff:")[1].split()[0], 16)
        can_raise = own >> CAP_SYS_RESOURCE & 1

        def capped(name: str, soft: int, hard: int) -> list[int]:
            limit = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1]
            if can_raise or limit == resource.RLIM_INFINITY:
                return [soft, hard]
            return [limit if value == UNLIMITED or value > limit else value for value in (soft, hard)]

        expected = {
            "NOFILE": capped("NOFILE", 1024, 524288),
            "NPROC": capped("NPROC", UNLIMITED, UNLIMITED),
            "CORE": capped("CORE", 0, UNLIMITED),
            "MEMLOCK": capped("MEMLOCK", 8 * MEBIBYTE, 8 * MEBIBYTE),
            "STACK": capped("STACK", 8 * MEBIBYTE, UNLIMITED),
            **{name: capped(name, UNLIMITED, UNLIMITED) for name in ("AS", "CPU", "DATA", "FSIZE", "RSS")},
        }
        for _, report in self.each("limits"):
            self.assertEqual(expected, {name: report["limits"][name] for name in expected})

    def test_environment_variables(self) -> None:
        variables = [
            {"name": "A", "value": "first"},
            {"name": "B", "value": "$(A) and $(HOSTNAME) and $$(A) and $(MISSING)"},
            {"name": "A", "value": "last"},
            {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ]
        for _, report in self.each("variables", container={"env": variables}):
            address = report["hosts"].splitlines()[-1].split("\t")[0]
            expected = [
                f"PATH={PATH}",
                "HOSTNAME=variables",
                "HOME=/root",
                "A=last",
                "B=first and $(HOSTNAME) and $(A) and $(MISSING)",
                f"IP={address}",
                "NAME=variables",
            ]
            self.assertEqual(sorted(expected), sorted(report["environment"]))

    def test_image_config(self) -> None:
        """User, directory, environment, entry point and arguments of the image; the directory is made."""
        name = "configured"
        self.podrun.apply(pod(name, container("app", image="podrun-test:user"), restartPolicy="Never"))
        self.podrun.wait_phase(name, "Succeeded")
        report = json.loads(self.podrun.ok("logs", name).out)
        self.assertEqual(["/probe", "report"], report["arguments"])
        self.assertEqual("/work/made", report["directory"])
        expected = ["COLOR=image", "PATH=/bin:/opt/bin", "HOME=/home/app", f"HOSTNAME={name}"]
        self.assertEqual(sorted(expected), sorted(report["environment"]))
        status = report["status"]
        self.assertEqual(("1000", "1001", "1001 2000"), (status["Uid"].split()[0], status["Gid"].split()[0], status["Groups"]))

    def test_command_and_arguments(self) -> None:
        """Kubernetes' table of command, args, ENTRYPOINT and CMD."""
        table = (
            ("neither", {}, ["/probe", "report"]),
            ("args", {"args": ["report", "x"]}, ["/probe", "report", "x"]),
            ("command", {"command": ["probe-elsewhere", "report"]}, None),
            ("both", {"command": ["/probe"], "args": ["report", "$(COLOR)", "$(MISSING)", "$$(COLOR)"]},
             ["/probe", "report", "$(COLOR)", "$(MISSING)", "$(COLOR)"]),
            ("expanded", {"args": ["report", "$(SIZE)"], "env": [{"name": "SIZE", "value": "large"}]}, ["/probe", "report", "large"]),
        )
        for name, fields, arguments in table:
            with self.subTest(name):
                manifest = pod(name, container("app", image="podrun-test:user", **fields), restartPolicy="Never")
                if arguments is None:
                    result = self.podrun.run("apply", "-", input=json.dumps(manifest))
                    self.assertNotEqual(0, result.code)
                    self.assertIn('exec: "probe-elsewhere": executable file not found in $PATH', result.err)
                    continue
                self.finished(manifest)
                self.assertEqual(arguments, json.loads(self.podrun.ok("logs", name).out)["arguments"])

    def test_working_directory(self) -> None:
        for _, report in self.each("directory", container={"workingDir": "/made/for/this"}):
            self.assertEqual("/made/for/this", report["directory"])

    def test_hosts_file(self) -> None:
        aliases = [{"ip": "10.1.2.3", "hostnames": ["a.example", "b.example"]}]
        for _, report in self.each("files", hostAliases=aliases):
            address = (self.podrun.pod("files") or {})["status"]["podIP"]
            head = (
                "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
                "fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n"
            )
            tail = "\tfiles\n\n# Entries added by HostAliases.\n10.1.2.3\ta.example\tb.example\n"
            self.assertTrue(report["hosts"].startswith(head) and report["hosts"].endswith(tail), report["hosts"])
            own = report["hosts"][len(head) : -len(tail)]
            self.assertRegex(own, r"^\d+\.\d+\.\d+\.\d+$")
            if report["descriptors"]["1"].startswith("pipe") and report["pid"] != 1:
                self.assertEqual(address, own)
            self.assertEqual("files\n", report["hostname_file"])
            self.assertEqual("0644", report["etc"]["hosts"]["mode"])

    def test_resolver_file(self) -> None:
        config = {"nameservers": ["192.0.2.53"], "searches": ["a.example", "b.example"], "options": [{"name": "ndots", "value": "5"}]}
        for _, report in self.each("resolver", dnsPolicy="None", dnsConfig=config):
            self.assertEqual("search a.example b.example\nnameserver 192.0.2.53\noptions ndots:5\n", report["resolv"])

    def test_forbidden_things(self) -> None:
        refused = ("EPERM", "ENOSYS", "EACCES")
        self.running(waiting_pod("attempts"))
        result = json.loads(self.podrun.exec("attempts", "/probe", "attempts").out)
        for name in (
            "mount umount remount unshare-user unshare-mount sethostname reboot keyctl add_key bpf perf_event_open userfaultfd "
            "io_uring_setup open_by_handle_at init_module kexec_load settimeofday pivot_root setns x32-mount"
        ).split():
            self.assertIn(result[name], refused, name)
        self.assertEqual(("ENOSYS", "ENOSYS"), (result["clone3"], result["unknown-syscall"]))
        for name in ("socket-alg", "socket-vsock", "device"):
            self.assertNotEqual("OK", result[name], name)
        for name in (name for name in result if name.startswith("write ") and name != "write /etc/hosts"):
            self.assertIn(result[name], ("EROFS", "ENOENT", "EACCES"), name)
        self.assertEqual("OK", result["write /etc/hosts"])

    def test_unprivileged_ports_and_ping(self) -> None:
        listen = container("app", "/probe", "listen", "80", "low port", securityContext={"runAsUser": 1000})
        self.running(pod("low", listen))
        self.assertEqual("0\t2147483647\n", self.podrun.exec("low", "cat", "/proc/sys/net/ipv4/ping_group_range").out)
        self.assertEqual("0\n", self.podrun.exec("low", "cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start").out)
        self.assertIn("running", states(self.podrun.pod("low") or {})["app"]["state"])

    def test_what_the_caller_inherits_does_not_reach_a_container(self) -> None:
        """A shell with strange limits, mask, signals and variables, that also starts the agent."""
        usual = self.reports("clean")
        if self.podrun.agent() is not None:
            self.podrun.kill_agent()

        def strange() -> None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
            os.umask(0)
            os.nice(5)
            os.chdir("/tmp")
            for ignored in (signal.SIGPIPE, signal.SIGCHLD, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1):
                signal.signal(ignored, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})

        environment = {"PATH": "/strange", "HOME": "/strange", "LD_PRELOAD": "", "CANARY": "x" * 10000}
        manifest = pod("clean2", container("app", "/probe", "report"), restartPolicy="Never")
        self.podrun.ok("apply", "-", input=json.dumps(manifest), preexec_fn=strange, env=environment, pass_fds=(1,))
        self.podrun.wait_phase("clean2", "Succeeded")
        started = json.loads(self.podrun.ok("logs", "clean2").out)
        for key in ("umask", "nice", "limits", "directory", "descriptors"):
            if key == "descriptors":
                self.assertEqual(set(usual["start"][key]), set(started[key]))
            else:
                self.assertEqual(usual["start"][key], started[key], key)
        for key in ("SigIgn", "SigBlk", "CapBnd"):
            self.assertEqual(usual["start"]["status"][key], started["status"][key], key)
        self.assertNotIn("CANARY", json.dumps(started["environment"]))
