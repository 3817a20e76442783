"""A pod directory on the host, with a keeper, a pause and busybox containers."""

import os
import shutil
import signal
import stat
import struct
import subprocess
import tempfile
import time

from agent import (MS_PRIVATE, NEWCGROUP, NEWIPC, NEWNET, NEWNS, NEWPID, NEWUTS, NODEV, NOEXEC, NOSUID, NO_SLOT, RDONLY,
                   Keeper, Program, memfd)

STRICTATIME = 0x20
CGROUPS = next((path for path in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
                if os.path.exists(path + "/cgroup.procs")), None)
PATH = "/usr/bin:/bin"


class Pod:
    def __init__(self, build, name):
        self.base = tempfile.mkdtemp(prefix=f"keeper-{name}-")
        os.chmod(self.base, 0o755)
        for directory in ("run", "log", "layer/bin", "layer/tmp", "layer/etc", "root"):
            os.makedirs(os.path.join(self.base, directory))
        self.layer = os.path.join(self.base, "layer")
        shutil.copy("/bin/busybox", self.layer + "/bin/busybox")
        for applet in subprocess.check_output(["/bin/busybox", "--list"], text=True).split():
            if applet != "busybox":
                os.symlink("busybox", f"{self.layer}/bin/{applet}")
        self.build = build
        self.keeper = Keeper(build + "/keeper", self.base + "/run")
        self.keeper.greet()
        self.next = 100
        self.pause = None
        self.cgroup = None
        self.overlays = 0

    def id(self):
        self.next += 1
        return self.next

    def path(self, *names):
        return os.path.join(self.base, *names)

    def start_pause(self, share_processes=False):
        image = memfd("pause", open(self.build + "/pause", "rb").read(), mode=0o755)
        program = Program(1, NEWNS | NEWNET | NEWIPC | NEWUTS | (NEWPID if share_processes else 0))
        root = program.slot()
        program.op("HOSTNAME", s0=program.text("web"))
        program.op("NETLINK", x=7)
        program.op("MAKE_ROOT", slot=root, s0=program.text(self.path("root")), x=1,
                   s1=program.list(["source=tmpfs", "size=4k", "nr_inodes=2", "mode=755"]))
        program.op("PIVOT", slot=root)
        program.op("BOUNDING", x=0)
        program.op("IDENTITY", x=65535, y=65535)
        program.op("NO_NEW_PRIVS")
        program.op("CAPABILITIES")
        program.execute(["/pause"], env=(), fd=0)
        id = self.id()
        self.keeper.run(id, program, [image])
        os.close(image)
        self.netlink = self.keeper.wait("RETURNED", id)
        self.pause = self.keeper.wait(("STARTED", "FAILED"), id)
        assert self.pause.kind == "STARTED", self.pause
        return self.pause

    def make_cgroup(self):
        self.cgroup = os.path.join(CGROUPS, os.path.basename(self.base))
        os.mkdir(self.cgroup)
        return os.open(self.cgroup, os.O_RDONLY | os.O_DIRECTORY)

    def container(self, layer=None, slots=0, flags=NEWNS | NEWPID, read_only=False, strict=True, volumes=None, **more):
        """A program up to PIVOT; `volumes` adds ops before it. Returns (program, root slot)."""
        program = Program(slots, flags, **more)
        return program, self.root(program, layer or self.layer, read_only, strict, volumes)

    def root(self, program, layer, read_only=False, strict=True, volumes=None):
        self.overlays += 1
        over = self.path(f"overlay{self.overlays}")
        for name in ("upper", "work"):
            os.makedirs(os.path.join(over, name))
        strictly = ["STRICT_TARGET"] if strict else []
        root, dev = program.slot(), program.slot()

        def mount(target, kind, options, attributes):
            program.op("MOUNT", slot=root, s0=program.text(target), s1=program.text(kind), s2=program.list(options),
                       x=attributes, flags=strictly)

        program.op("MOUNT_ROOT", slot=root, s0=program.text(over), x=int(read_only),
                   s1=program.text(f"lowerdir={layer},upperdir={over}/upper,workdir={over}/work"))
        mount("/proc", "proc", ["source=proc"], NOSUID | NODEV | NOEXEC)
        mount("/dev", "tmpfs", ["source=tmpfs", "size=65536k", "mode=755"], NOSUID | STRICTATIME)
        program.op("OPEN_DIR", slot=root, s0=program.text("/dev"), x=dev, flags=strictly)
        for name, minor in (("null", 3), ("zero", 5), ("full", 7)):
            program.op("MKNOD", slot=dev, s0=program.text(name), x=stat.S_IFCHR | 0o666, y=os.makedev(1, minor))
        program.op("MKNOD", slot=dev, s0=program.text("tty"), x=stat.S_IFCHR | 0o666, y=os.makedev(5, 0))
        program.op("SYMLINK", slot=dev, s0=program.text("ptmx"), s1=program.text("pts/ptmx"))
        program.op("SYMLINK", slot=dev, s0=program.text("stdout"), s1=program.text("/proc/self/fd/1"))
        mount("/dev/pts", "devpts", ["source=devpts", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
              NOSUID | NOEXEC)
        mount("/sys", "sysfs", ["source=sysfs"], RDONLY | NOSUID | NODEV | NOEXEC)
        if volumes:
            volumes(program, root)
        for path in ("/proc/acpi", "/proc/keys", "/proc/timer_list", "/sys/firmware"):
            program.op("MASK", slot=root, s0=program.text(path), flags=["OPTIONAL"])
        for path in ("/proc/bus", "/proc/sys", "/proc/sysrq-trigger"):
            program.op("READ_ONLY", slot=root, s0=program.text(path), flags=["OPTIONAL"])
        program.op("PIVOT", slot=root)
        return root

    def start(self, program, slots=(), **fields):
        """RUN; returns the id and the STARTED or FAILED event."""
        id = self.id()
        self.keeper.run(id, program, slots, **fields)
        return id, self.keeper.wait(("STARTED", "FAILED"), id)

    def start_logged(self, program, slots=(), name="0.log", stdio=2, **fields):
        return self.start(program, slots, stdio=stdio, log_directory=self.path("log"), log_name=name, **fields)

    def run_logged(self, program, slots=(), name="0.log", timeout=20, **fields):
        """Runs to the end; returns the EXITED event."""
        id, event = self.start_logged(program, slots, name, **fields)
        assert event.kind == "STARTED", event
        os.close(event.fd)
        return self.keeper.wait("EXITED", id, timeout)

    def shell(self, script, name="0.log", ids=None, **fields):
        """Output (stdout bytes) of a shell script in a fresh container."""
        program, _ = self.container(**fields)
        if ids is not None:
            program.op("GROUPS", s0=program.blob(struct.pack("<I", ids)), x=1)
            program.op("IDENTITY", x=ids, y=ids)
            program.op("CAPABILITIES")
        program.execute(["sh", "-c", script], path=PATH)
        event = self.run_logged(program, name=name)
        return self.output("stdout", name), event

    def log_lines(self, name="0.log"):
        with open(self.path("log", name), "rb") as file:
            return file.read().split(b"\n")[:-1]

    def output(self, stream, name="0.log", names=None):
        """A stream's bytes, put together from its records."""
        parts = []
        for one in names or [name]:
            for line in self.log_lines(one):
                stamp, where, tag, text = line.split(b" ", 3)
                assert len(stamp) == 30 and stamp.endswith(b"Z"), line
                if where.decode() == stream:
                    assert tag in (b"P", b"F"), line
                    parts.append(text + (b"\n" if tag == b"F" else b""))
        return b"".join(parts)

    def close(self):
        errors = []
        if self.keeper.pid:
            try:
                if self.keeper.socket is None or self.keeper.socket.fileno() < 0:
                    self.keeper.greet()
                self.keeper.shut_down()
            except (OSError, TimeoutError, EOFError, AttributeError, AssertionError) as error:
                errors.append(error)
                if self.keeper.pid:
                    os.kill(self.keeper.pid, signal.SIGKILL)
                    os.waitpid(self.keeper.pid, 0)
        if self.cgroup:
            for _ in range(200):
                try:
                    os.rmdir(self.cgroup)
                    break
                except OSError:
                    time.sleep(0.01)
        shutil.rmtree(self.base)
        if errors:
            raise errors[0]
