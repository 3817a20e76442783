"""The keeper and pause, run natively as root: test_keeper.py BUILD_DIRECTORY [name-part...]"""

import contextlib
import errno
import os
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent import (BEFORE_CLONE, C, MS_PRIVATE, NEWCGROUP, NEWIPC, NEWNET, NEWNS, NEWPID, NEWUSER, NEWUTS, NODEV, NOEXEC,
                   NOSUID, NO_SLOT, RDONLY, SEALS, Keeper, Program, memfd)
from pod import CGROUPS, PATH, Pod

CLD_EXITED, CLD_KILLED = 1, 2
BUILD = sys.argv[1]
MS_SLAVE = 1 << 19


def equal(seen, wanted, what=""):
    assert seen == wanted, f"{what} seen {seen!r}, wanted {wanted!r}"


def wait_until(condition, timeout=60):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "timeout"
        time.sleep(0.005)


def is_opening(pid):
    """Whether the process waits in open, openat or openat2."""
    return open(f"/proc/{pid}/syscall").read().split()[0] in ("2", "257", "437")


def host_mounts():
    return open("/proc/self/mountinfo").read()


# --- what a container sees


def test_container_environment(pod):
    pod.start_pause()
    cgroup = pod.make_cgroup()
    before = host_mounts()
    program, _ = pod.container(slots=2, cgroup_slot=1)
    program.ops.insert(0, program.ops.pop(program.op("SETNS", slot=0, x=NEWNET | NEWIPC | NEWUTS)))
    program.ops.insert(1, program.ops.pop(program.op("UNSHARE", x=NEWCGROUP)))
    program.op("KEYRING")
    program.op("WORKDIR", s0=program.text("/made/deep"))
    program.op("RLIMIT", s0=7, x=1000, y=2000)
    program.op("BOUNDING", x=0xa80425fb)
    program.op("GROUPS", s0=program.blob(struct.pack("<II", 1000, 5)), x=2)
    program.op("IDENTITY", x=1000, y=1000)
    program.op("NO_NEW_PRIVS")
    program.op("CAPABILITIES")
    program.op("UMASK", x=0o22)
    script = """
        hostname; pwd; id -u; id -G; umask; ulimit -n; ulimit -Hn; grep ^0: /proc/self/cgroup; echo $$
        for n in net ipc uts mnt pid cgroup; do readlink /proc/self/ns/$n; done
        grep -E '^(Cap|NoNewPrivs|Sig(Blk|Ign|Cgt))' /proc/self/status; ls /proc/1/fd
        cat /dev/null && echo read > /dev/stdout; touch /proc/sys/x 2>/dev/null || echo read-only
        ls /sys/firmware | wc -l; cat /proc/keys | wc -c; ls /dev; ps | wc -l; cut -d' ' -f 5 /proc/self/mountinfo"""
    program.execute(["sh", "-c", script], path=PATH)
    event = pod.run_logged(program, [pod.pause.fd, cgroup])
    equal((event.code, event.status), (CLD_EXITED, 0))
    lines = pod.output("stdout").decode().splitlines()
    equal(lines[:9], ["web", "/made/deep", "1000", "1000 5", "0022", "1000", "2000", "0::/", "1"])
    for index, name in enumerate(("net", "ipc", "uts", "mnt", "pid", "cgroup")):
        shared = lines[9 + index] == os.readlink(f"/proc/{pod.pause.pid}/ns/{name}")
        equal(shared, name in ("net", "ipc", "uts"), name)
    status = dict(line.split(":\t") for line in lines[15:24])
    zero = "0" * 16
    equal(status, {"CapInh": zero, "CapPrm": zero, "CapEff": zero, "CapBnd": "00000000a80425fb", "CapAmb": zero,
                   "SigBlk": zero, "SigIgn": zero, "SigCgt": zero, "NoNewPrivs": "1"})
    equal(lines[24:27], ["0", "1", "2"], "descriptors of pid 1")
    equal(lines[27:31], ["read", "read-only", "0", "0"])
    equal(lines[31:39], ["full", "null", "ptmx", "pts", "stdout", "tty", "zero", "4"])
    kernel = {"/proc/acpi", "/proc/keys", "/proc/timer_list", "/sys/firmware", "/proc/bus", "/proc/sysrq-trigger"}
    mounts = [path for path in lines[39:] if path not in kernel]  # masked where this kernel has them
    equal(mounts, ["/", "/proc", "/dev", "/dev/pts", "/sys", "/proc/sys"], "mount points: nothing of the host")
    equal(host_mounts(), before, "host mounts")
    equal(pod.output("stderr"), b"")
    program, _ = pod.container(slots=1, cgroup_slot=0)
    program.execute(["sleep", "1000"], path=PATH)
    _, event = pod.start_logged(program, [cgroup])
    equal(open(pod.cgroup + "/cgroup.procs").read(), f"{event.pid}\n")


def test_pause(pod):
    event = pod.start_pause()
    pid = event.pid
    wait_until(lambda: open(f"/proc/{pid}/comm").read() == "pause\n" and not os.listdir(f"/proc/{pid}/fd"))
    equal(os.listdir(f"/proc/{pid}/fd"), [])
    assert "memfd:pause" in os.readlink(f"/proc/{pid}/exe")
    equal(os.listdir(f"/proc/{pid}/root"), [])
    with open(f"/proc/{pid}/mountinfo") as mounts:
        lines = mounts.read().splitlines()
    equal(len(lines), 1, lines)
    assert " ro,nosuid,nodev," in lines[0], lines
    # The descriptor handed back is a route socket of the pod's network.
    net = socket.socket(fileno=pod.netlink.fd)
    net.send(struct.pack("<IHHIIBxHiII", 32, 18, 0x301, 1, 0, 0, 0, 0, 0, 0))
    assert b"lo\0" in net.recv(65536) and pod.netlink.tag == 7
    os.kill(pid, signal.SIGTERM)
    gone = pod.keeper.wait("EXITED")
    equal((gone.code, gone.status), (CLD_EXITED, 0))


def test_shared_process_namespace(pod):
    pod.start_pause(share_processes=True)
    program, _ = pod.container(slots=1, flags=NEWNS, pid_namespace_slot=0)
    program.execute(["sh", "-c", "ps -o pid,comm; (sleep 0.01 & ) ; (sleep 0.01 &); sleep 0.2; ps -o stat | grep -c Z"],
                    path=PATH)
    pod.run_logged(program, [pod.pause.fd])
    out = pod.output("stdout").decode()
    assert re.search(r"^ *1 pause$", out, re.M), out
    assert "podrun" not in out and out.endswith("\n0\n"), out


def test_identity_keeps_capabilities_for_seccomp(pod):
    """A filter without no_new_privs for a user that is not root: EPERM for mkdir, nothing else."""
    program, _ = pod.container()
    code = b"".join(struct.pack("<HBBI", *one) for one in (
        (0x20, 0, 0, 0), (0x15, 1, 0, 83), (0x15, 0, 1, 258), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)))
    program.op("IDENTITY", x=1000, y=1000)
    program.op("SECCOMP", s0=program.blob(code), x=5)
    program.op("CAPABILITIES")
    program.execute(["sh", "-c", "mkdir /tmp/x; grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status"], path=PATH)
    pod.run_logged(program)
    equal(pod.output("stdout"), b"CapEff:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t2\n")
    assert b"Operation not permitted" in pod.output("stderr")


def test_filter_without_what_the_keeper_calls(pod):
    """A profile that knows neither close_range nor prctl's neighbours still starts; one without execve is told."""
    for number, error in ((436, 0), (59, errno.EPERM)):
        program, _ = pod.container()
        code = b"".join(struct.pack("<HBBI", *one) for one in (
            (0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)))
        program.op("SECCOMP", s0=program.blob(code), x=4)
        op = program.execute(["true"], path=PATH)
        _, event = pod.start_logged(program)
        equal((event.kind, event.op, event.error), ("FAILED", op, error) if error else ("STARTED", 0, 0))


def test_killing_a_stuck_start(pod):
    fifo = pod.path("fifo")
    os.mkfifo(fifo)
    program = Program()
    program.op("UMASK", x=0o22)
    op = program.op("WRITE_FILE", s0=program.text(fifo), s1=program.blob(b"x"), x=1)
    program.execute(["/bin/true"])
    id = pod.id()
    pod.keeper.run(id, program)
    wait_until(lambda: id in pod.keeper.records())
    wait_until(lambda: is_opening(pod.keeper.records()[id]["pid"]))
    pod.keeper.request("KILL", id)
    event = pod.keeper.wait(("STARTED", "FAILED"), id)
    equal((event.kind, event.op, event.error), ("FAILED", op, errno.ECANCELED))


def test_read_only_root(pod):
    out, _ = pod.shell("touch /x || echo no; grep ' / / ' /proc/self/mountinfo", read_only=True)
    assert out.startswith(b"no\n") and b" / / ro," in out, out


def test_rlimit_above_hard_limit_is_capped(pod):
    program = Program()
    program.op("RLIMIT", s0=7, x=500, y=600)
    program.op("BOUNDING", x=0)
    program.op("CAPABILITIES")
    program.op("RLIMIT", s0=7, x=1 << 20, y=1 << 21, flags=["TOLERATE_EPERM"])
    program.execute(["/bin/sh", "-c", "ulimit -n; ulimit -Hn"])
    pod.run_logged(program)
    equal(pod.output("stdout"), b"600\n600\n")


def test_empty_arguments(pod):
    program = Program()
    program.execute(["/bin/sh", "-c", 'echo $#; printf "[%s]" "$@"; env', "x", "", "a", ""], env=["A=", "B=1"])
    pod.run_logged(program)
    out = pod.output("stdout").decode()
    assert out.startswith("3\n[][a][]") and "A=\n" in out and "B=1\n" in out, out


# --- volumes


def test_tmpfs_volume(pod):
    os.makedirs(pod.path("volume"))
    before = host_mounts()
    for _ in range(2):  # the second one is the same mount
        pod.keeper.request("MOUNT_TMPFS", 5, path=pod.path("volume"), size=1 << 20, mode=0o1777)
        mounted = pod.keeper.wait(("MOUNTED", "FAILED"), 5)
        equal(mounted.kind, "MOUNTED")
    fd = os.open("greeting", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=mounted.fd)
    os.write(fd, b"hello\n")
    os.close(fd)
    equal(os.fstat(mounted.fd).st_mode & 0o7777, 0o1777)
    equal(os.listdir(pod.path("volume")), [], "seen by the host")
    equal(host_mounts(), before, "host mounts")

    def volumes(program, root):
        tree = program.slot()
        program.ops.insert(0, program.ops.pop(program.op("OPEN_TREE", slot=tree, s0=program.text(pod.path("volume")))))
        program.op("ATTACH", slot=root, s0=program.text("/data/new"), x=tree, s1=MS_PRIVATE)

    out, _ = pod.shell("cat /data/new/greeting; echo more > /data/new/more; grep -c ' /data/new ' /proc/self/mountinfo",
                       volumes=volumes)
    equal(out, b"hello\n1\n")
    out, _ = pod.shell("cat /data/new/more", name="1.log", volumes=volumes)
    equal(out, b"more\n", "outlives its container")
    pod.keeper.request("MOUNT_TMPFS", 6, path=pod.path("nowhere"))
    failed = pod.keeper.wait(("MOUNTED", "FAILED"), 6)
    equal((failed.kind, failed.op, failed.error), ("FAILED", BEFORE_CLONE, errno.ENOENT))
    os.symlink("/etc", pod.path("link"))
    pod.keeper.request("MOUNT_TMPFS", 7, path=pod.path("link"))
    equal(pod.keeper.wait(("MOUNTED", "FAILED"), 7).error, errno.ELOOP)


def test_mounts_of_host_and_keeper(pod):
    """Where the host's mounts are shared (systemd): the host's arrive in the keeper, the keeper's stay in it."""
    shared = pod.path("shared")
    os.makedirs(shared + "/volume")
    os.makedirs(shared + "/later")
    subprocess.check_call(["mount", "--bind", shared, shared])
    subprocess.check_call(["mount", "--make-shared", shared])
    keeper = Keeper(BUILD + "/keeper", pod.path("second"))
    try:
        keeper.greet()
        before = host_mounts()
        keeper.request("MOUNT_TMPFS", 1, path=shared + "/volume")
        equal(keeper.wait(("MOUNTED", "FAILED")).kind, "MOUNTED")
        equal(host_mounts(), before)
        subprocess.check_call(["mount", "-t", "tmpfs", "tmpfs", shared + "/later"])
        seen = open(f"/proc/{keeper.pid}/mountinfo").read()
        assert f" {shared}/later " in seen and f" {shared}/volume " in seen
    finally:
        keeper.shut_down()
        subprocess.check_call(["umount", "-R", shared])


def volume_program(pod, sub, flags=("BENEATH",), attributes=0, target="/mnt/x", recursive=False):
    def volumes(program, root):
        base, tree = program.slot(), program.slot()
        program.ops.insert(0, program.ops.pop(
            program.op("OPEN_DIR", slot=NO_SLOT, s0=program.text(pod.path("volume")), x=base)))
        program.ops.insert(1, program.ops.pop(
            program.op("OPEN_TREE", slot=tree, s0=program.text(sub), x=base, flags=list(flags))))
        program.op("ATTACH", slot=root, s0=program.text(target), x=tree, y=attributes, s1=MS_PRIVATE)
    return volumes


def test_sub_paths(pod):
    os.makedirs(pod.path("volume/..one"))
    os.chmod(pod.path("volume"), 0o2771)
    os.chown(pod.path("volume"), 77, 78)
    with open(pod.path("volume/..one/key"), "w") as file:
        file.write("value\n")
    os.symlink("..one", pod.path("volume/..data"))
    os.symlink("..data/key", pod.path("volume/key"))
    os.symlink("/", pod.path("volume/out"))
    os.symlink("../layer", pod.path("volume/up"))
    os.mkfifo(pod.path("volume/fifo"))
    out, _ = pod.shell("cat /mnt/x; echo no > /mnt/x", volumes=volume_program(pod, "key", attributes=RDONLY))
    equal(out, b"value\n", "a configMap's key is a link inside the volume")
    assert b"Read-only" in pod.output("stderr")
    pod.shell("test -p /mnt/x && echo fifo", name="1.log", volumes=volume_program(pod, "fifo"))
    equal(pod.output("stdout", "1.log"), b"fifo\n")
    pod.shell("touch /mnt/x/made", name="2.log", volumes=volume_program(pod, "a/b", ("BENEATH", "DIRECTORY")))
    about = os.stat(pod.path("volume/a/b"))
    equal((about.st_mode & 0o7777, about.st_uid, about.st_gid), (0o2771, 77, 78))
    assert os.path.exists(pod.path("volume/a/b/made"))
    for sub in ("out", "out/etc", "up", "..", "a/../../root", "/etc", "out/new"):
        for flags in (("BENEATH",), ("BENEATH", "DIRECTORY")):
            program, _ = pod.container(volumes=volume_program(pod, sub, flags))
            program.execute(["true"], path=PATH)
            _, event = pod.start_logged(program)
            equal((event.kind, event.op, event.error), ("FAILED", 1, errno.EXDEV), sub)
    assert not os.path.exists("/new")


def user_namespace(first):
    """An nsfs descriptor of a user namespace with ids from `first` on."""
    holder = subprocess.Popen(["unshare", "--user", "sleep", "100"])
    try:
        own = os.readlink("/proc/self/ns/user")
        wait_until(lambda: os.readlink(f"/proc/{holder.pid}/ns/user") != own)
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{holder.pid}/{name}", "w") as file:
                file.write(f"0 {first} 65536")
        return os.open(f"/proc/{holder.pid}/ns/user", os.O_RDONLY)
    finally:
        holder.kill()
        holder.wait()


def test_user_namespace(pod):
    """Files of a volume show their users inside, what is made belongs to the namespace's root, and nothing else may be done."""
    first = 70_000 * 16
    namespace = user_namespace(first)
    os.makedirs(pod.path("volume"))
    for name, user in (("zero", 0), ("one", 1000)):
        with open(pod.path("volume", name), "w"):
            os.chown(pod.path("volume", name), user, user)

    def volumes(program, root):
        tree = program.slot()
        for index, op in enumerate((
                dict(name="OPEN_TREE", slot=tree, s0=program.text(pod.path("volume"))),
                dict(name="MAP_IDS", slot=tree, x=0), dict(name="OWNER", x=first))):
            program.ops.insert(index, program.ops.pop(program.op(**op)))
        program.op("ATTACH", slot=root, s0=program.text("/data/new"), x=tree, s1=MS_PRIVATE)

    program, _ = pod.container(slots=1, volumes=volumes)
    program.op("SETNS", slot=0, x=NEWUSER)
    program.op("IDENTITY", x=0, y=0)
    program.op("UNSHARE", x=NEWNS)
    program.op("BOUNDING", x=(1 << 21) | 3)
    program.op("GROUPS", s0=program.blob(struct.pack("<I", 1000)), x=1)
    program.op("IDENTITY", x=0, y=0)
    program.op("CAPABILITIES", x=(1 << 21) | 3)
    script = """
        cat /proc/self/uid_map | tr -s ' '; id -u; stat -c %u /data /data/new/zero /data/new/one /dev /dev/null
        touch /data/new/made && stat -c %u /data/new/made; umount /proc/keys 2>&1 | wc -l; mount -t tmpfs none /tmp && echo mounted
        echo again > /dev/stdout; grep CapEff /proc/self/status"""
    program.execute(["sh", "-c", script], path=PATH)
    event = pod.run_logged(program, [namespace])
    lines = pod.output("stdout").decode().splitlines()
    equal(lines, [f" 0 {first} 65536", "0", "0", "0", "1000", "0", "0", "0", "1", "mounted", "again",
                  "CapEff:\t0000000000200003"], pod.output("stderr"))
    equal((event.code, event.status), (CLD_EXITED, 0))
    equal(os.stat(pod.path("volume/made")).st_uid, 0)
    equal(os.stat(pod.path("overlay1/upper/data")).st_uid, first)
    program, _ = pod.container(slots=1)
    tree = program.slot()
    program.ops.insert(0, program.ops.pop(program.op("OPEN_TREE", slot=tree, s0=program.text("/proc"))))
    program.ops.insert(1, program.ops.pop(program.op("MAP_IDS", slot=tree, x=0)))
    program.execute(["true"], path=PATH)
    _, event = pod.start_logged(program, [namespace], name="1.log")
    equal((event.kind, event.op, event.error), ("FAILED", 1, errno.EINVAL), "a file system that can't")
    os.close(namespace)


def test_targets_stay_in_the_root(pod):
    """Mount targets through links of the image: inside, made where missing, never on the host."""
    os.makedirs(pod.path("volume"))
    canary = pod.path("canary")
    os.makedirs(canary)
    links = {"abs": canary, "rel": "../../../../../.." + canary, "dangling": "/not/there", "near": "tmp/made",
             "loop": "loop", "root": "/proc/1/root" + canary}
    for name, target in links.items():
        os.symlink(target, f"{pod.layer}/{name}")
    for number, name in enumerate(links):
        for target in (f"/{name}/new/x", f"/{name}"):
            program, _ = pod.container(volumes=volume_program(pod, ".", target=target))
            program.execute(["sh", "-c", "grep -c canary /proc/self/mountinfo; touch $0/here", target], path=PATH)
            id, event = pod.start_logged(program, name=f"{number}.log")
            if name == "loop":
                equal((event.kind, event.error), ("FAILED", errno.ELOOP), target)
            elif event.kind == "STARTED":
                equal(pod.keeper.wait("EXITED", id).status, 0, target)
            else:
                assert name == "root", (target, event)
            equal(os.listdir(canary), [], target)
    assert not os.path.exists("/not")


# --- attacks of the image


def attack_layer(pod, name, prepare):
    layer = pod.path("layer-" + name)
    subprocess.check_call(["cp", "-a", pod.layer, layer])
    prepare(layer)
    return layer


def test_special_directories_must_be_real(pod):
    canary = pod.path("canary")
    os.makedirs(canary)
    open(canary + "/ptmx", "w").close()
    number = 0
    for directory in ("proc", "dev", "sys"):
        for target in (canary, "../../../.." + canary, "/nowhere", directory, "/tmp"):
            number += 1
            layer = attack_layer(pod, str(number), lambda layer: os.symlink(target, f"{layer}/{directory}"))
            program, _ = pod.container(layer)
            program.execute(["true"], path=PATH)
            _, event = pod.start_logged(program)
            equal(event.kind, "FAILED", (directory, target))
            equal(event.error, errno.ELOOP, (directory, target))
        number += 1
        layer = attack_layer(pod, str(number), lambda layer: open(f"{layer}/{directory}", "w").close())
        program, _ = pod.container(layer)
        program.execute(["true"], path=PATH)
        equal(pod.start_logged(program)[1].error, errno.ENOTDIR, directory)
    equal(os.listdir(canary), ["ptmx"])


def test_null_device_link_is_not_a_mask(pod):
    """/dev/null as a link to a sysctl: the mask must not be made of it (CVE-2025-31133)."""
    pattern = open("/proc/sys/kernel/core_pattern").read()
    layer = attack_layer(pod, "null", lambda layer: os.makedirs(layer + "/dev"))
    os.symlink("/proc/sys/kernel/core_pattern", layer + "/dev/null")
    over = pod.path("plain")
    for name in ("upper", "work"):
        os.makedirs(f"{over}/{name}")
    program = Program(0, NEWNS | NEWPID)
    root = program.slot()
    program.op("MOUNT_ROOT", slot=root, s0=program.text(over),
               s1=program.text(f"lowerdir={layer},upperdir={over}/upper,workdir={over}/work"))
    program.op("MOUNT", slot=root, s0=program.text("/proc"), s1=program.text("proc"), s2=program.list([]))
    program.op("MASK", slot=root, s0=program.text("/proc/timer_list"))
    program.op("MASK", slot=root, s0=program.text("/etc/secret"))
    program.op("PIVOT", slot=root)
    program.execute(["sh", "-c", "grep -E 'timer_list|secret' /proc/self/mountinfo; stat -c %t:%T /proc/timer_list; "
                                 "echo evil > /proc/timer_list; wc -c < /etc/secret"], path=PATH)
    open(layer + "/etc/secret", "w").write("secret")
    pod.run_logged(program)
    out = pod.output("stdout").decode()
    assert "core_pattern" not in out and out.count("/null ") == 2 and out.endswith("1:3\n0\n"), out
    equal(open("/proc/sys/kernel/core_pattern").read(), pattern)


def test_working_directory_stays_inside(pod):
    for path in [f"/proc/self/fd/{fd}" for fd in range(3, 20)] + ["/proc/self/cwd", "/proc/1/root", "/proc/self/root/x",
                                                                  "/proc/self/fd/4/../.."]:
        program, _ = pod.container()
        op = program.op("WORKDIR", s0=program.text(path))
        program.execute(["sh", "-c", "pwd"], path=PATH)
        _, event = pod.start_logged(program)
        equal((event.kind, event.op), ("FAILED", op), path)
        assert event.error in (errno.ELOOP, errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM), event


def test_console_link_of_the_image(pod):
    canary = pod.path("canary")
    open(canary, "w").write("canary")
    layer = attack_layer(pod, "console", lambda layer: os.makedirs(layer + "/dev/pts"))
    os.symlink(canary, layer + "/dev/console")
    os.symlink("/proc/sysrq-trigger", layer + "/dev/pts/ptmx")
    over = pod.path("plain")
    for name in ("upper", "work"):
        os.makedirs(f"{over}/{name}")
    data = f"lowerdir={layer},upperdir={over}/upper,workdir={over}/work"
    for devpts in (False, True):
        program = Program(0, NEWNS | NEWPID)
        root = program.slot()
        program.op("MOUNT_ROOT", slot=root, s0=program.text(over), s1=program.text(data))
        if devpts:
            program.op("MOUNT", slot=root, s0=program.text("/dev/pts"), s1=program.text("devpts"),
                       s2=program.list(["newinstance"]))
        op = program.op("CONSOLE", slot=root, x=1)
        program.execute(["true"], path=PATH)
        _, event = pod.start(program)
        equal((event.kind, event.op, event.error), ("FAILED", op, errno.ELOOP))
    equal(open(canary).read(), "canary")


def test_masked_twice_and_race_of_targets(pod):
    """A neighbour swaps a directory of a shared volume for a link while targets are made in it: nothing escapes."""
    canary = pod.path("canary")
    for path in (canary, pod.path("volume"), pod.path("volume/a")):
        os.makedirs(path)
    os.symlink(canary, pod.path("volume/b"))
    stop = threading.Event()
    swap = subprocess.Popen([sys.executable, "-c", f"""
import ctypes
libc = ctypes.CDLL(None)
a, b = {pod.path('volume/a')!r}.encode(), {pod.path('volume/b')!r}.encode()
while True: libc.renameat2(-100, a, -100, b, 2)
"""])
    try:
        outcomes = {}
        for _ in range(60):
            def volumes(program, root):
                trees = [program.slot() for _ in range(3)]
                for index, tree in enumerate(trees):
                    program.ops.insert(index, program.ops.pop(
                        program.op("OPEN_TREE", slot=tree, s0=program.text(pod.path("volume")))))
                program.op("ATTACH", slot=root, s0=program.text("/v"), x=trees[0], s1=MS_PRIVATE)
                program.op("ATTACH", slot=root, s0=program.text("/v/a/x"), x=trees[1], s1=MS_PRIVATE)
                program.op("ATTACH", slot=root, s0=program.text("/v/a/y/z"), x=trees[2], s1=MS_PRIVATE)
            program, _ = pod.container(volumes=volumes)
            program.execute(["true"], path=PATH)
            id, event = pod.start_logged(program)
            if event.kind == "STARTED":
                os.close(event.fd)
                pod.keeper.wait("EXITED", id)
            outcomes[event.kind, event.error] = outcomes.get((event.kind, event.error), 0) + 1
            equal(os.listdir(canary), [], "the canary")
        assert any(kind == "STARTED" for kind, _ in outcomes), outcomes
    finally:
        stop.set()
        swap.kill()
        swap.wait()


def test_descriptors_of_the_keeper_stay_out_of_the_child(pod):
    """While a child is in its ops (here: blocked), it holds only what its program was given."""
    fifo = pod.path("fifo")
    os.mkfifo(fifo)
    program = Program(1)
    program.op("WRITE_FILE", s0=program.text(fifo), s1=program.blob(b"x"), x=1)
    program.execute(["/bin/true"])
    id = pod.id()
    null = os.open("/dev/null", os.O_RDONLY)
    pod.keeper.run(id, program, [null])
    wait_until(lambda: id in pod.keeper.records())
    pid = pod.keeper.records()[id]["pid"]
    wait_until(lambda: len(os.listdir(f"/proc/{pid}/fd")) == 5)
    targets = sorted(os.readlink(f"/proc/{pid}/fd/{fd}").split(":")[0] for fd in os.listdir(f"/proc/{pid}/fd"))
    equal(targets, ["/dev/null"] * 4 + ["socket"])
    assert "memfd:podrun-keeper" in os.readlink(f"/proc/{pid}/exe")
    equal(oct(os.stat(f"/proc/{pid}/exe").st_mode & 0o777), "0o700")
    os.kill(pid, signal.SIGKILL)
    event = pod.keeper.wait(("STARTED", "FAILED"), id)
    equal((event.kind, event.op, event.error), ("FAILED", 0, errno.ECANCELED))
    record = pod.keeper.records()[id]
    equal((record["state"], record["op"], record["status"]), (C["PROCESS_FAILED"], 0, errno.ECANCELED))


# --- logs


def test_log_bytes(pod):
    parts = [b"", b"x" * 16383, b"y" * 16384, b"z" * 16385, b"\0\1\2", b"\xff\xfe bad utf-8 \xc3(", b"cr\r",
             b"w" * (1 << 20)]
    content = b"\n".join(parts) + b"\nno newline"
    with open(pod.layer + "/content", "wb") as file:
        file.write(content)
    program, _ = pod.container()
    program.execute(["sh", "-c", "cat /content; echo to stderr >&2"], path=PATH)
    pod.run_logged(program)
    equal(pod.output("stderr"), b"to stderr\n")
    assert pod.output("stdout") == content
    lines = pod.log_lines()
    longest = max(len(line) for line in lines)
    equal(longest, 30 + len(" stdout F ") + 16384)
    for line in lines:
        assert re.match(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) [PF] ", line), line[:60]
    full = [line for line in lines if b" F " + b"y" * 16384 in line]
    equal(len(full), 1, "a line of the limit is one record")
    equal(os.stat(pod.path("log/0.log")).st_mode & 0o777, 0o640)
    equal(lines[-1].split(b" ", 2)[1] in (b"stdout", b"stderr"), True)


def test_log_of_random_bytes(pod):
    content = os.urandom(8 << 20)
    with open(pod.layer + "/content", "wb") as file:
        file.write(content)
    program, _ = pod.container()
    program.execute(["cat", "/content"], path=PATH)
    pod.run_logged(program)
    assert pod.output("stdout") == content


def test_log_is_whole_when_the_exit_is_told(pod):
    program = Program()
    program.execute(["/bin/busybox", "head", "-c", "60000", "/dev/zero"])
    for index in range(40):
        pod.run_logged(program, name=f"{index}.log")
        equal(len(pod.output("stdout", f"{index}.log")), 60000)


def test_log_of_no_output(pod):
    pod.shell("true")
    equal(pod.log_lines(), [])


def test_log_rotation_loses_nothing(pod):
    out, _ = pod.shell("true")
    program, _ = pod.container()
    program.execute(["sh", "-c", "i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done"], path=PATH)
    pod.run_logged(program, name="r.log", max_bytes=100000, max_files=0)
    names = sorted(name for name in os.listdir(pod.path("log")) if name.startswith("r.log."))
    assert len(names) > 5, names
    equal(pod.output("stdout", names=names + ["r.log"]), b"".join(b"line %d\n" % i for i in range(30000)))
    for name in names:
        assert re.fullmatch(r"r\.log\.\d{8}-\d{6}(\.\d{3})?", name), name
        assert os.stat(pod.path("log", name)).st_size <= 100000
    program, _ = pod.container()
    program.execute(["sh", "-c", "i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done"], path=PATH)
    pod.run_logged(program, name="s.log", max_bytes=100000, max_files=3)
    kept = sorted(name for name in os.listdir(pod.path("log")) if name.startswith("s.log"))
    equal(len(kept), 3)
    last = pod.output("stdout", names=kept[1:] + kept[:1])
    lines = last.count(b"\n")
    equal(last, b"".join(b"line %d\n" % i for i in range(30000 - lines, 30000)), "what is kept is the newest")
    assert lines > 1300, lines  # a file is closed when the next batch (64 KiB) may not fit


def test_log_file_taken_away(pod):
    program, _ = pod.container()
    program.execute(["sh", "-c", "echo one; sleep 0.3; echo two; sleep 0.3; echo three"], path=PATH)
    id, event = pod.start_logged(program)
    wait_until(lambda: b"one" in b"".join(pod.log_lines()))
    os.rename(pod.path("log/0.log"), pod.path("log/away"))
    pod.keeper.request("REOPEN_LOG", id)
    pod.keeper.wait("EXITED", id)
    equal(pod.output("stdout", "away"), b"one\n")
    equal(pod.output("stdout"), b"two\nthree\n")
    os.unlink(pod.path("log/0.log"))
    os.symlink("/etc/passwd", pod.path("log/0.log"))
    program, _ = pod.container()
    program.execute(["true"], path=PATH)
    _, event = pod.start_logged(program)
    equal((event.kind, event.op, event.error), ("FAILED", BEFORE_CLONE, errno.ELOOP))


def test_full_disk_does_not_stop_a_container(pod):
    small = pod.path("log")
    subprocess.check_call(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small])
    try:
        program, _ = pod.container()
        flood = "i=0; while [ $i -lt 3000 ]; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa $i; i=$((i+1)); done"
        wait = "while ! [ -e /tmp/go ]; do sleep 0.02; done"
        program.execute(["sh", "-c", f"{flood}; echo over >&2; touch /tmp/over; {wait}; echo after"], path=PATH)
        id, event = pod.start_logged(program)
        with contextlib.suppress(OSError):  # the log may have filled it already
            with open(small + "/ballast", "wb") as file:
                file.write(b"x" * 65536)
        wait_until(lambda: os.path.exists(f"/proc/{event.pid}/root/tmp/over"))
        time.sleep(0.5)
        lines = pod.log_lines()
        assert all(re.match(rb"\d{4}-.*Z stdout F a+ \d+$", line) for line in lines), "a torn record"
        content = open(small + "/0.log", "rb").read()
        assert not content or content.endswith(b"\n"), "a torn last record"
        os.unlink(small + "/ballast") if os.path.exists(small + "/ballast") else None
        os.truncate(small + "/0.log", 0)
        open(f"/proc/{event.pid}/root/tmp/go", "w").close()
        pod.keeper.wait("EXITED", id)
        text = b"\n".join(pod.log_lines())
        assert re.search(rb" stderr F \[podrun: lines of output lost, the log could not be written: \d+\]", text), text
        assert text.endswith(b"stdout F after"), text[-200:]
        assert "write container log: No space left" in open(pod.keeper.log).read()
    finally:
        subprocess.check_call(["umount", "-l", small])


def test_background_child_keeps_the_log(pod):
    """Without a pid namespace of its own a child outlives the main process: the exit is told at once, output kept."""
    program = Program()
    go = pod.path("go")
    program.execute(["/bin/sh", "-c", f"(until [ -e {go} ]; do sleep 0.02; done; echo late) & echo early; exit 4"])
    equal(pod.run_logged(program).status, 4)
    equal(pod.output("stdout"), b"early\n")
    os.mkdir(go)
    wait_until(lambda: pod.output("stdout") == b"early\nlate\n")


def test_log_flood_of_several(pod):
    """Four writers at full speed: all of it arrives or rotates away, and the keeper still answers."""
    ids = []
    for index in range(4):
        program, _ = pod.container()
        program.execute(["sh", "-c", "yes | head -c 20000000"], path=PATH)
        id, _ = pod.start_logged(program, name=f"{index}.log", max_bytes=10 << 20, max_files=5)
        ids.append(id)
    start = time.monotonic()
    program = Program()
    program.execute(["/bin/true"])
    pod.start(program)
    answered = time.monotonic() - start
    for id in ids:
        equal(pod.keeper.wait("EXITED", id, 60).status, 0)
    print(f"[start during a flood {answered * 1000:.0f} ms] ", end="")
    assert answered < 2
    for index in range(4):
        size = sum(os.stat(pod.path("log", name)).st_size for name in os.listdir(pod.path("log"))
                   if name.startswith(f"{index}.log"))
        assert size <= 55 << 20, size


# --- exec and terminals


def enter(pod, target, tty=False, slots=1):
    """A program that joins a running container."""
    program = Program(slots, pid_namespace_slot=0)
    program.op("SETNS", slot=0, x=NEWNS)
    return program


def sleeping_container(pod, **fields):
    program, _ = pod.container(**fields)
    program.execute(["sleep", "1000"], path=PATH)
    return pod.start_logged(program)


def test_exec_joins_the_container(pod):
    id, target = sleeping_container(pod)
    read, write = os.pipe()
    program = enter(pod, target, slots=2)
    program.op("WORKDIR", s0=program.text("/tmp"))
    program.op("IDENTITY", x=1000, y=1000)
    program.op("CAPABILITIES")
    program.execute(["sh", "-c", "ps -o comm | head -2; pwd; ls /proc/self/fd | wc -l; id -u; cat"], path=PATH)
    one, event = pod.start(program, [target.fd, write], stdio=1, stdout=1, stderr=1)
    equal(event.kind, "STARTED")
    os.close(write)
    equal(pod.keeper.wait("EXITED", one).status, 0)
    equal(os.read(read, 1000), b"COMMAND\nsleep\n/tmp\n4\n1000\n")
    equal(os.read(read, 1), b"", "nobody else holds the pipe")


def test_exec_with_stdin(pod):
    id, target = sleeping_container(pod)
    pipes = [os.pipe() for _ in range(2)]
    program = enter(pod, target, slots=3)
    program.execute(["cat"], path=PATH)
    one, _ = pod.start(program, [target.fd, pipes[0][0], pipes[1][1]], stdio=1, stdin=1, stdout=2)
    os.close(pipes[0][0]), os.close(pipes[1][1])
    os.write(pipes[0][1], b"through\n")
    equal(os.read(pipes[1][0], 100), b"through\n")
    os.close(pipes[0][1])
    equal(pod.keeper.wait("EXITED", one).status, 0)


def test_exec_terminal(pod):
    id, target = sleeping_container(pod)
    program = enter(pod, target)
    program.op("TERMINAL", x=42, y=30 << 16 | 100)
    program.op("IDENTITY", x=1000, y=1000)
    program.op("CAPABILITIES")
    program.execute(["sh", "-c", "stty size; tty; echo ok > /dev/tty; stat -c %u $(tty); exit 6"], path=PATH)
    one, event = pod.start(program, [target.fd])
    equal(event.kind, "STARTED")
    returned = pod.keeper.wait("RETURNED", one)
    equal(returned.tag, 42)
    equal(pod.keeper.wait("EXITED", one).status, 6)
    text = b""
    try:
        while data := os.read(returned.fd, 1000):
            text += data
    except OSError as error:
        equal(error.errno, errno.EIO)
    equal(text, b"30 100\r\n/dev/pts/0\r\nok\r\n1000\r\n")


def test_container_terminal_is_logged(pod):
    def volumes(program, root):
        program.op("CONSOLE", slot=root, x=1)

    program, _ = pod.container(volumes=volumes)
    program.op("IDENTITY", x=1000, y=1000)
    program.op("CAPABILITIES")
    program.execute(["sh", "-c", "test -t 0 && test -t 1 && echo terminal; stat -c %u /dev/console; "
                                 "echo console > /dev/console; grep ' /dev/console ' /proc/self/mountinfo"], path=PATH)
    id, event = pod.start_logged(program, stdio=3)
    equal(event.kind, "STARTED")
    equal(pod.keeper.wait("EXITED", id).status, 0)
    wait_until(lambda: len(pod.log_lines()) >= 4)
    out = pod.output("stdout").decode().split("\n")
    equal(out[:3], ["terminal\r", "1000\r", "console\r"])
    assert re.search(r" /0 /dev/console rw,nosuid,noexec,.* - devpts ", out[3]), out[3]


# --- attached clients


class Client:
    """One that is attached to process `id`: what it hears, put together."""

    def __init__(self, pod, id, wants_input=True):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pod.keeper.request("ATTACH", id, [theirs.fileno()], stdin=0 if wants_input else NO_SLOT)
        theirs.close()
        self.out, self.err, self.ended = bytearray(), bytearray(), False
        self.input = None
        self.begun = self.hear()

    def hear(self):
        """Takes the next message; False at the end of file."""
        assert select.select([self.socket], [], [], 10)[0], "nothing to hear"
        data, fds, _, _ = socket.recv_fds(self.socket, 1 << 17, 1)
        if not data:
            return False
        kind, text = data[0], data[1:]
        if kind == C["ATTACH_BEGIN"]:
            self.input = fds[0] if fds else None
        self.out += text if kind == C["ATTACH_STDOUT"] else b""
        self.err += text if kind == C["ATTACH_STDERR"] else b""
        self.ended = self.ended or kind == C["ATTACH_END"]
        return True

    def hear_until(self, text):
        while text not in self.out and text not in self.err:
            assert self.hear(), (self.out, self.err)

    def hear_all(self, slowly=False):
        while self.hear():
            if slowly:
                time.sleep(0.001)
        return self


def attachable(pod, script, stdio, terminal=False, name="0.log"):
    program, _ = pod.container(volumes=(lambda program, root: program.op("CONSOLE", slot=root, x=1)) if terminal else None)
    program.execute(["sh", "-c", script], path=PATH)
    id, event = pod.start_logged(program, stdio=stdio, name=name)
    equal(event.kind, "STARTED")
    return id


def test_attached_output(pod):
    """Also of a line that is not finished; both streams; from now on; nothing is missing at the end."""
    os.mkfifo(pod.layer + "/go", 0o600)
    id = attachable(pod, "echo before; cat /go; printf 'name: '; cat /go; echo oops >&2; exec cat /go", 2)
    wait_until(lambda: pod.log_lines())
    first, second = Client(pod, id), Client(pod, id, wants_input=False)
    equal((first.input, second.input), (None, None), "there is no input")
    feed(pod, id, b"")
    first.hear_until(b"name: ")
    equal(pod.output("stdout"), b"before\n", "not in the log before its end")
    feed(pod, id, b"")
    first.hear_until(b"oops\n")
    feed(pod, id, b"x" * 300000)
    for client in (first, second):
        client.hear_all()
        equal((client.out, client.err, client.ended), (b"name: " + b"x" * 300000, b"oops\n", True))
    equal(pod.keeper.wait("EXITED", id).status, 0)
    equal(pod.output("stdout"), b"before\nname: " + b"x" * 300000)


def feed(pod, id, data):
    """Opens the script's fifo, which is seen at the other end."""
    with open(f"/proc/{pod.keeper.records()[id]['pid']}/root/go", "wb") as fifo:
        fifo.write(data)


def test_attached_input(pod):
    """Stays open for the next client, or ends with the first, as was asked for."""
    id = attachable(pod, "cat; echo end", C["STDIO_LOG_INPUT"])
    for word in (b"one\n", b"two\n"):
        client = Client(pod, id)
        os.write(client.input, word)
        client.hear_until(word)
        os.close(client.input)
        client.socket.close()
    watcher = Client(pod, id, wants_input=False)
    equal(watcher.input, None)
    pod.keeper.request("KILL", id)
    assert watcher.hear_all().ended
    equal(pod.output("stdout"), b"one\ntwo\n")

    id = attachable(pod, "cat; echo end", C["STDIO_LOG_INPUT_ONCE"], name="1.log")
    watcher = Client(pod, id, wants_input=False)
    client, late = Client(pod, id), Client(pod, id)
    equal((watcher.input, late.input), (None, None), "the first one's only")
    os.write(client.input, b"once\n")
    os.close(client.input)
    for one in (watcher, client, late):
        equal((one.hear_all().out, one.ended), (b"once\nend\n", True))
    equal(pod.keeper.wait("EXITED", id).status, 0)


def test_input_that_is_not_read(pod):
    """A full pipe is told to the client: nothing hangs. Without a client, the process waits for one."""
    id = attachable(pod, "cat /proc/self/fd/0 >/dev/null & read line; exec sleep 1000", C["STDIO_LOG_INPUT"])
    equal(os.path.basename(os.readlink(f"/proc/{pod.keeper.records()[id]['pid']}/fd/0"))[:5], "pipe:")
    id = attachable(pod, "exec sleep 1000", C["STDIO_LOG_INPUT"], name="1.log")
    client = Client(pod, id)
    try:
        while os.write(client.input, b"x" * 65536):
            pass
    except BlockingIOError:
        pass
    equal(pod.keeper.records()[id]["state"], 2)


def test_attached_terminal(pod):
    id = attachable(pod, "stty -echo; echo ready; while read line; do stty size; echo $line; done", 3, terminal=True)
    client = Client(pod, id)
    termios.tcsetwinsize(client.input, (33, 77))
    wait_until(lambda: pod.log_lines())
    os.write(client.input, b"hello\n")
    client.hear_until(b"33 77\r\nhello\r\n")
    os.close(client.input)
    client.socket.close()
    client = Client(pod, id)
    os.write(client.input, b"again\n\x04")
    equal(client.hear_all().out, b"33 77\r\nagain\r\n")
    equal((client.ended, client.err), (True, b""))
    equal(pod.keeper.wait("EXITED", id).status, 0)


def test_client_that_does_not_read_is_let_go(pod):
    """The container waits a moment for it, another client that is slower than the container misses nothing, the log is whole."""
    id = attachable(pod, "read line; yes 12345678901234 | head -c 24000000; echo; echo end", C["STDIO_LOG_INPUT"])
    deaf, good = Client(pod, id, wants_input=False), Client(pod, id)
    heard = threading.Thread(target=good.hear_all, kwargs={"slowly": True})
    heard.start()
    os.write(good.input, b"go\n")
    equal(pod.keeper.wait("EXITED", id, 60).status, 0)
    heard.join()
    assert good.ended and good.out.endswith(b"\nend\n"), good.out[-100:]
    equal(len(good.out), 24000005)
    equal(len(pod.output("stdout")), 24000005)
    deaf.hear_all()
    equal(deaf.ended, False, "it can tell that it missed something")
    assert 1 << 20 < len(deaf.out) < 17 << 20 and good.out.startswith(deaf.out), len(deaf.out)


def test_attach_outlives_the_agent(pod):
    id = attachable(pod, "cat", C["STDIO_LOG_INPUT"])
    client = Client(pod, id)
    pod.keeper.socket.close()
    os.write(client.input, b"still here\n")
    client.hear_until(b"still here\n")
    pod.keeper.greet()
    os.write(client.input, b"and now\n")
    client.hear_until(b"and now\n")


def test_attach_is_refused(pod):
    id = attachable(pod, "cat", C["STDIO_LOG_INPUT"])
    done = attachable(pod, "exit 3", 2, name="1.log")
    equal(pod.keeper.wait("EXITED", done).status, 3)
    fds = pod.keeper.descriptors()
    for wrong in (done, 12345):
        equal(Client(pod, wrong).begun, False)
    stream = socket.socketpair()
    pod.keeper.request("ATTACH", id, [stream[1].fileno()])
    pod.keeper.request("ATTACH", id, [])
    pod.keeper.request("ATTACH", id, [stream[1].fileno()] * 2)
    stream[1].close()
    equal(stream[0].recv(1), b"", "a stream would tear messages")
    clients = [Client(pod, id, wants_input=False) for _ in range(64)]
    assert all(client.begun for client in clients)
    equal(Client(pod, id).begun, False, "too many")
    for client in clients:
        client.socket.close()
    wait_until(lambda: pod.keeper.descriptors() == fds)
    assert Client(pod, id).begun, "places of those who left"


# --- exits, records, agents


def test_exit_codes_and_signals(pod):
    for script, wanted in (("exit 0", (CLD_EXITED, 0)), ("exit 255", (CLD_EXITED, 255)),
                           ("kill -TERM $$", (CLD_KILLED, 15)), ("kill -KILL $$", (CLD_KILLED, 9)),
                           ("kill -SEGV $$", (None, 11)), ("kill -HUP $$", (CLD_KILLED, 1)),
                           ("kill -PIPE $$", (CLD_KILLED, 13)), ("kill -INT $$", (CLD_KILLED, 2))):
        program = Program()
        program.op("RLIMIT", s0=4, x=0, y=0)
        program.execute(["/bin/busybox", "sh", "-c", script])
        before = time.time_ns()
        id, event = pod.start(program)
        gone = pod.keeper.wait("EXITED", id)
        equal((gone.code if wanted[0] else None, gone.status), wanted, script)
        assert before <= event.time <= gone.time <= time.time_ns()
        record = pod.keeper.records()[id]
        equal((record["state"], record["code"], record["status"], record["finished"], record["started"]),
              (C["PROCESS_EXITED"], gone.code, gone.status, gone.time, event.time))
        pod.keeper.request("FORGET", id)
    wait_until(lambda: pod.keeper.records() == {})


def test_agent_killed(pod):
    """kill -9 of the agent: containers run on, exits are kept, the next agent sees both."""
    program = Program()
    program.execute(["/bin/sleep", "1000"])
    first, _ = pod.start(program)
    pod.keeper.socket.close()
    agent = os.fork()
    if agent == 0:
        try:
            pod.keeper.greet()
            for script, name in (("while :; do echo tick; sleep 0.02; done", "0.log"), ("sleep 0.3; exit 9", "1.log")):
                program, _ = pod.container()
                program.execute(["sh", "-c", script], path=PATH)
                pod.start_logged(program, name=name)
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    _, status = os.waitpid(agent, 0)
    equal(status, signal.SIGKILL)
    wait_until(lambda: pod.keeper.records()[first + 2]["state"] == C["PROCESS_EXITED"], 20)
    live = pod.keeper.greet()
    equal(len(live), 2)
    live = live[1:]
    equal(live[0].id, first + 1)
    equal(os.readlink(f"/proc/self/fd/{live[0].fd}"), "anon_inode:[pidfd]")
    records = pod.keeper.records()
    equal(records[first + 1]["pid"], live[0].pid)
    stat = open(f"/proc/{live[0].pid}/stat").read()
    equal(records[first + 1]["ticks"], int(stat.rsplit(")", 1)[1].split()[19]))
    equal((records[first + 2]["state"], records[first + 2]["status"]), (C["PROCESS_EXITED"], 9))
    lived = (records[first + 2]["finished"] - records[first + 2]["started"]) / 1e9
    assert 0.25 < lived < 5, lived
    before = len(pod.log_lines())
    wait_until(lambda: len(pod.log_lines()) > before + 3)
    os.kill(live[0].pid, signal.SIGKILL)
    equal(pod.keeper.wait("EXITED", first + 1).status, 9)


def test_second_connection_is_refused(pod):
    other = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    other.connect(pod.keeper.path)
    other.settimeout(5)
    equal(other.recv(100), b"")
    program = Program()
    program.execute(["/bin/true"])
    equal(pod.start(program)[1].kind, "STARTED")


def test_strangers_are_refused(pod):
    """Another user, and root of another pid namespace (a container with the socket on a hostPath)."""
    sleeping_container(pod)
    pod.keeper.socket.close()
    os.chmod(pod.keeper.path, 0o777)
    os.chmod(pod.path("run"), 0o755)
    code = f"""
import os, socket, sys
if sys.argv[1] == "user":
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect({pod.keeper.path!r}); s.settimeout(5)
try: print(len(s.recv(100)))
except ConnectionResetError: print(0)
"""
    for how, command in (("user", []), ("pid", ["unshare", "--pid", "--fork"])):
        out = subprocess.check_output(command + [sys.executable, "-c", code, how], text=True)
        equal(out, "0\n", how)
    equal(len(pod.keeper.greet()), 1)


def test_spare_ends_with_its_agent(pod):
    """A keeper that never had a pod has nothing to stay for; one whose only process is gone keeps its record."""
    program = Program()
    program.execute(["/bin/true"])
    id, _ = pod.start(program)
    pod.keeper.wait("EXITED", id)
    pod.keeper.socket.close()
    pod.keeper.greet()
    equal(pod.keeper.records()[id]["state"], C["PROCESS_EXITED"])
    with tempfile.TemporaryDirectory() as directory:
        spare = Keeper(os.path.join(BUILD, "keeper"), directory)
        spare.greet()
        mounts = os.readlink(f"/proc/{spare.pid}/ns/mnt")
        equal(mounts, os.readlink("/proc/self/ns/mnt"), "an older view of the host's mounts")
        spare.socket.close()
        equal(spare.wait_for_end(), 0)


def test_spare_ends_without_its_agent(pod):
    """The agent died before the keeper let it in: nobody will look for that keeper again."""
    for way in ("hung up", "dead"):
        with tempfile.TemporaryDirectory() as directory:
            spare = Keeper(os.path.join(BUILD, "keeper"), directory, stopped=True)
            if way == "hung up":
                spare.connect().close()
            else:
                agent = os.fork()
                if agent == 0:
                    spare.connect()
                    os._exit(0)
                os.waitpid(agent, 0)
            os.kill(spare.pid, signal.SIGCONT)
            equal(spare.wait_for_end(), 0, way)


def test_wedged_agent_loses_its_connection(pod):
    """An agent that never reads: the keeper drops it and goes on; records tell what happened."""
    program = Program()
    program.execute(["/bin/true"])
    data = program.encoded()
    sent = []
    pod.keeper.socket.settimeout(5)
    try:
        for _ in range(1000):
            id = pod.id()
            pod.keeper.run(id, data)
            sent.append(id)
    except (BrokenPipeError, ConnectionResetError, TimeoutError):
        pass
    assert len(sent) < 1000, "never dropped"
    pod.keeper.socket.close()
    pod.keeper.greet()
    wait_until(lambda: all(record["state"] == C["PROCESS_EXITED"] for record in pod.keeper.records().values()), 30)
    print(f"[dropped after {len(sent)} unread starts] ", end="")


def test_orphans_are_reaped(pod):
    """Without a pid namespace orphans come to the keeper: no zombies."""
    program = Program()
    program.execute(["/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 0.0$i &) ; done; sleep 0.1"])
    pod.keeper.wait("EXITED", pod.start(program)[0])
    wait_until(lambda: open(f"/proc/{pod.keeper.pid}/task/{pod.keeper.pid}/children").read() == "")


def test_shutdown_kills_everything(pod):
    program = Program()
    seconds = str(1000000 + os.getpid())  # tells these from anybody else's
    program.execute(["/bin/sh", "-c", f"trap '' TERM; (setsid sleep {seconds} &) ; sleep {seconds}"])
    id, event = pod.start(program)
    sleeping_container(pod)
    sleepers = ["pgrep", "-f", f"^sleep {seconds}"]
    wait_until(lambda: subprocess.run(sleepers, capture_output=True).stdout.count(b"\n") == 2)
    children = open(f"/proc/{pod.keeper.pid}/task/{pod.keeper.pid}/children").read().split()
    assert len(children) >= 2
    equal(pod.keeper.shut_down(), 0)
    for pid in children:
        assert not os.path.exists(f"/proc/{pid}"), pid
    wait_until(lambda: subprocess.run(sleepers, capture_output=True).stdout == b"")


def test_shutdown_keeps_the_last_words(pod):
    """An unfinished line of a child that outlived its main process is in the log when the keeper is gone."""
    program = Program()
    said = pod.path("said")
    script = f"(printf unfinished; mkdir {said}; sleep 1000) & until [ -e {said} ]; do sleep 0.02; done"
    program.execute(["/bin/sh", "-c", script])
    pod.run_logged(program)
    pod.keeper.shut_down()
    equal(pod.output("stdout"), b"unfinished")


def test_limits_of_the_starter(pod):
    """A small file size limit where the keeper is started: its log is whole (not SIGXFSZ)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, before[1]))
    try:
        keeper = Keeper(BUILD + "/keeper", pod.path("second"))
        keeper.greet()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    try:
        program = Program()
        program.execute(["/bin/busybox", "head", "-c", "300000", "/dev/zero"])
        keeper.run(1, program, stdio=2, log_directory=pod.path("log"), log_name="0.log")
        equal(keeper.wait("EXITED", 1).status, 0)
        equal(len(pod.output("stdout")), 300000)
    finally:
        keeper.shut_down()


def test_signals_do_not_stop_the_keeper(pod):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGQUIT, signal.SIGUSR1):
        os.kill(pod.keeper.pid, number)
    program = Program()
    program.execute(["/bin/true"])
    equal(pod.start(program)[1].kind, "STARTED")
    equal(open(f"/proc/{pod.keeper.pid}/comm").read(), "podrun-keeper\n")
    equal(os.getsid(pod.keeper.pid), pod.keeper.pid)


# --- failures


def test_failure_names_its_op(pod):
    real = pod.path("root")
    cases = [
        ("SETNS", dict(slot=0, x=NEWNET), errno.EINVAL),
        ("WRITE_FILE", dict(s0="/nowhere/x", s1=1, x=1), errno.ENOENT),
        ("WRITE_FILE", dict(s0="/proc/self/exe", s1=1, x=1), errno.ELOOP),
        ("CHDIR", dict(s0="/nowhere"), errno.ENOENT),
        ("OPEN_TREE", dict(slot="new", s0="/nowhere"), errno.ENOENT),
        ("MOUNT_ROOT", dict(slot="new", s0=real, s1="lowerdir=/nowhere"), (errno.EINVAL, errno.ENOENT)),
        ("MOUNT_ROOT", dict(slot="new", s0="/nowhere", s1="lowerdir=/etc:/usr"), errno.ENOENT),
        ("MAKE_ROOT", dict(slot="new", s0="/nowhere"), errno.ENOENT),
        ("PRIVATE", dict(s0="/nowhere"), errno.ENOENT),
        ("OPEN_DIR", dict(slot=NO_SLOT, s0="/nowhere", x="new"), errno.ENOENT),
        ("MOUNT", dict(slot=0, s0="/x", s1="nosuchfs"), errno.ENOTDIR),
        ("ATTACH", dict(slot=0, s0="/x", x=0), (errno.EINVAL, errno.ENOTDIR, errno.EBADF)),
        ("MASK", dict(slot=0, s0="/x"), errno.ENOTDIR),
        ("READ_ONLY", dict(slot=0, s0="/x"), errno.ENOTDIR),
        ("MKNOD", dict(slot=0, s0="x", x=0o20666), errno.ENOTDIR),
        ("SYMLINK", dict(slot=0, s0="x", s1="y"), errno.ENOTDIR),
        ("CONSOLE", dict(slot=0, x=1), errno.ENOTDIR),
        ("PIVOT", dict(slot=0), errno.ENOTDIR),
        ("RLIMIT", dict(s0=7, x=1, y=1 << 60), errno.EPERM),
        ("SECCOMP", dict(s0=0, x=1), errno.EINVAL),
    ]
    null = os.open("/dev/null", os.O_RDONLY)
    for name, fields, error in cases:
        program = Program(1, NEWNS)
        program.op("UMASK", x=0o22)
        values = {}
        for key, value in fields.items():
            if value == "new":
                value = program.slot()
            values[key] = program.text(value) if isinstance(value, str) else value
        program.blob(bytes(16))
        op = program.op(name, **values)
        program.execute(["/bin/true"])
        id, event = pod.start(program, [null])
        assert event.kind == "FAILED" and event.op == op, (name, fields, event)
        assert event.error in (error if isinstance(error, tuple) else (error,)), (name, fields, event)
        record = pod.keeper.records()[id]
        equal((record["state"], record["op"], record["status"]), (C["PROCESS_FAILED"], op, event.error))


def test_failure_without_rights(pod):
    """Ops that need a capability, after the capabilities went."""
    null = os.open("/dev/null", os.O_RDONLY)
    for name, fields in (("UNSHARE", dict(x=NEWUTS)), ("HOSTNAME", dict(s0="x")), ("BOUNDING", dict(x=0)),
                         ("GROUPS", dict(s0=0, x=0)), ("IDENTITY", dict(x=1, y=1)), ("CAPABILITIES", dict(x=1)),
                         ("SETNS", dict(slot=1, x=NEWUTS)), ("SECCOMP", None)):
        program = Program(2)
        program.op("CAPABILITIES")
        if fields is None:
            op = program.op("SECCOMP", s0=program.blob(struct.pack("<HBBI", 6, 0, 0, 0x7fff0000)), x=1)
        else:
            op = program.op(name, **{key: program.text(value) if isinstance(value, str) else value
                                     for key, value in fields.items()})
        program.execute(["/bin/true"])
        uts = os.open("/proc/self/ns/uts", os.O_RDONLY)
        _, event = pod.start(program, [null, uts])
        os.close(uts)
        assert (event.kind, event.op) == ("FAILED", op) and event.error in (errno.EPERM, errno.EACCES), (name, event)
    program = Program(1)
    op = program.execute(["x"], fd=0)
    _, event = pod.start(program, [null])
    equal((event.kind, event.op, event.error), ("FAILED", op, errno.EACCES))


def test_exec_into_an_ending_container(pod):
    """Starts or says no, never hangs."""
    kinds = {}
    for index in range(60):
        program, _ = pod.container()
        program.execute(["sleep", "0.01"], path=PATH)
        id, target = pod.start_logged(program)
        program = enter(pod, target)
        program.execute(["sleep", "1000"], path=PATH)
        time.sleep(index * 0.0005)
        one, event = pod.start(program, [target.fd])
        if event.kind == "STARTED":
            gone = pod.keeper.wait("EXITED", one)
            equal((gone.code, gone.status), (CLD_KILLED, 9))
            os.close(event.fd)
        else:
            assert event.error in (errno.ESRCH, errno.ECANCELED), event
        pod.keeper.wait("EXITED", id)
        os.close(target.fd)
        kinds[event.kind] = kinds.get(event.kind, 0) + 1
    print(f"[{kinds}] ", end="")
    equal(len(kinds), 2)


def test_executable_search(pod):
    files = {"bin/plain": (b"x", 0o644), "bin/script": (b"#!/nowhere/sh\n", 0o755), "bin/text": (b"hello", 0o755),
             "tmp/late": (b"#!/bin/sh\nexit 5\n", 0o755), "bin/mine": (b"#!/bin/sh\nexit 6\n", 0o700)}
    for name, (content, mode) in files.items():
        with open(f"{pod.layer}/{name}", "wb") as file:
            file.write(content)
        os.chmod(f"{pod.layer}/{name}", mode)
    os.makedirs(pod.layer + "/bin/directory")
    cases = [
        (["nowhere"], "/bin:/tmp", errno.ENOENT), (["directory"], "/bin:/tmp", errno.ENOENT),
        (["plain"], "/bin:/tmp", errno.EACCES), (["script"], "/bin", errno.ELIBACC), (["text"], "/bin", errno.ENOEXEC),
        (["late"], "/nope:/bin/sh:/bin/plain:/bin:/tmp", 5), (["/nowhere"], "", errno.ENOENT),
        (["/bin/plain"], "", errno.EACCES), (["/bin"], "", errno.EACCES), (["/bin/script"], "", errno.ELIBACC),
        (["tmp/late"], "/bin", 5), (["late"], "", errno.ENOENT), (["late"], ":/bin", errno.ENOENT),
        (["a" * 300], "/bin", errno.ENAMETOOLONG), ([""], "/bin", errno.ENOENT),
        (["mine"], "/bin", errno.EACCES, 1000), (["mine"], "/bin", 6),
    ]
    for argv, path, wanted, *user in cases:
        program, _ = pod.container()
        if user:
            program.op("IDENTITY", x=user[0], y=user[0])
            program.op("CAPABILITIES")
        op = program.execute(argv, path=path)
        id, event = pod.start_logged(program)
        if event.kind == "STARTED":
            equal(pod.keeper.wait("EXITED", id).status, wanted, argv)
        else:
            equal((event.op, event.error), (op, wanted), (argv, path))


def test_too_many_arguments(pod):
    program = Program()
    op = program.execute(["/bin/true"] + ["x" * 100000] * 40)
    _, event = pod.start(program)
    equal((event.kind, event.op, event.error), ("FAILED", op, errno.E2BIG))
    program = Program()
    program.execute(["/bin/busybox", "true"] + ["x"] * 100000, env=[f"A{i}=1" for i in range(50000)])
    equal(pod.start(program)[1].kind, "STARTED")


def test_bad_requests(pod):
    """Refused before anything is cloned; no descriptor stays, the keeper lives on."""
    keeper = pod.keeper
    program = Program()
    program.execute(["/bin/true"])
    good = program.encoded()
    fds = keeper.descriptors()

    def refused(error, op=BEFORE_CLONE, id=None):
        event = keeper.wait(("STARTED", "FAILED"), id)
        equal((event.kind, event.op, event.error), ("FAILED", op, error))

    null = os.open("/dev/null", os.O_RDONLY)
    for seals in (0, 0x2, SEALS & ~0x8, SEALS & ~0x1):
        fd = memfd("program", good, seals)
        keeper.request("RUN", 1, [fd])
        refused(errno.EPERM)
        os.close(fd)
    keeper.request("RUN", 1, [null])
    refused(errno.EPERM)  # F_GET_SEALS itself fails on what isn't a memfd
    keeper.request("RUN", 1, [])
    refused(errno.EINVAL)
    keeper.run(0, good)
    refused(errno.EINVAL)
    keeper.run(1, good, [null])
    refused(errno.EINVAL)
    keeper.run(1, good, stdio=9)
    refused(errno.EINVAL)
    keeper.run(1, good, stdio=1, stdout=0)
    refused(errno.EINVAL)
    for name in ("", "../x", "a/b", ".hidden", b"x" * 64):
        keeper.run(1, good, stdio=2, log_directory=pod.path("log"), log_name=name)
        refused(errno.EINVAL)
    keeper.run(1, good, stdio=2)
    refused(errno.EINVAL)
    keeper.request("RUN", 1, [null], magic=1)
    refused(errno.EBADMSG)
    for size in (1, 8, 100, 119):
        keeper.socket.send(struct.pack("<I", C["KEEPER_MAGIC"]).ljust(size, b"\0"))
        refused(errno.EBADMSG)
    keeper.socket.send(b"x" * 9000)
    refused(errno.EBADMSG)
    socket.send_fds(keeper.socket, [b"junk"], [null] * 200)
    refused(errno.EBADMSG)
    keeper.run(1, b"")
    refused(errno.EMSGSIZE)
    keeper.run(1, good[:40])
    refused(errno.EBADMSG)
    for field, value in (("magic", 1), ("version", 2), ("total", len(good) + 1), ("ops", 0), ("ops", 1 << 30),
                         ("offset", 8), ("offset", 0xFFFFFFF0), ("size", 0xFFFFFFFF), ("passed", 1), ("slots", 513),
                         ("flags", 0x10000000), ("flags", 0x100), ("cgroup", 0), ("pid", 0)):
        keeper.run(1, program.encoded(**{field: value}))
        refused(errno.EBADMSG)
    for bad in (dict(name="SETNS", slot=0, x=NEWNET), dict(name=99), dict(name=0), dict(name="UMASK", x=0o1000),
                dict(name="UMASK", flags=["RECURSIVE"]), dict(name="UMASK", s3=1), dict(name="CHDIR", s0=0),
                dict(name="CHDIR", s0=0xFFFFFFFF), dict(name="GROUPS", s0=1, x=1 << 62), dict(name="RLIMIT", s0=16),
                dict(name="IDENTITY", x=0xFFFFFFFF), dict(name="UNSHARE", x=0x10000000)):
        refusal = Program()
        refusal.op("UMASK", x=0o22)
        refusal.op(**bad)
        refusal.execute(["/bin/true"])
        keeper.run(1, refusal)
        refused(errno.EBADMSG, 1)
    keeper.run(7, good)
    equal(keeper.wait(("STARTED", "FAILED"), 7).kind, "STARTED")
    keeper.wait("EXITED", 7)
    keeper.run(7, good)
    refused(errno.EEXIST, id=7)
    equal(keeper.descriptors(), fds)


def test_rapid_execs(pod):
    """200 execs of a probe's kind: nothing of them stays."""
    _, target = sleeping_container(pod)
    program = enter(pod, target)
    program.execute(["true"], path=PATH)
    data = program.encoded()
    counts = set()
    start = time.monotonic()
    for index in range(200):
        id, event = pod.start(data, [target.fd])
        os.close(event.fd)
        equal(pod.keeper.wait("EXITED", id).status, 0)
        pod.keeper.request("FORGET", id)
        if index % 20 == 0:
            counts.add(pod.keeper.descriptors())
    program = enter(pod, target)
    program.execute(["missing"], path=PATH)
    for _ in range(50):
        id, event = pod.start(program, [target.fd])
        equal((event.kind, event.error), ("FAILED", errno.ENOENT))
        pod.keeper.request("FORGET", id)
    counts.add(pod.keeper.descriptors())
    spent = (time.monotonic() - start) / 250 * 1000
    equal(len(counts), 1, counts)
    equal(os.stat(pod.path("run/processes")).st_size, 4096)
    print(f"[{spent:.2f} ms each] ", end="")


def test_parallel_execs(pod):
    _, target = sleeping_container(pod)
    program = enter(pod, target)
    program.execute(["sh", "-c", "exit 3"], path=PATH)
    data = program.encoded()
    ids = [pod.id() for _ in range(100)]
    for id in ids:
        pod.keeper.run(id, data, [target.fd])
    for id in ids:
        event = pod.keeper.wait(("EXITED", "FAILED"), id)
        equal((event.kind, event.status), ("EXITED", 3))


def pss(pid):
    return int(re.search(r"^Pss: +(\d+) kB", open(f"/proc/{pid}/smaps_rollup").read(), re.M)[1])


def test_memory(pod):
    """Idle keeper and pause after real work: at most 200 kB together."""
    pause = pod.start_pause()
    program, _ = pod.container()
    program.execute(["sh", "-c", "yes | head -c 3000000; printf partial; sleep 0.2; echo; exec sleep 1000"], path=PATH)
    _, event = pod.start_logged(program, max_bytes=1 << 20, max_files=2)
    wait_until(lambda: open(f"/proc/{event.pid}/comm").read() == "sleep\n")
    time.sleep(1)
    keeper, own = pss(pod.keeper.pid), pss(pause.pid)
    print(f"[PSS keeper {keeper} kB, pause {own} kB] ", end="")
    assert keeper + own <= 200


TESTS = {name[5:]: function for name, function in list(globals().items()) if name.startswith("test_")}


def host_state():
    links = [line.split(":")[1].strip().split("@")[0]
             for line in subprocess.check_output(["ip", "-o", "link"], text=True).splitlines()]
    return {"mounts": re.sub(r"^\d+ \d+ ", "", host_mounts(), flags=re.M),
            "cgroups": sorted(name for name in os.listdir(CGROUPS) if name.startswith("keeper-")),
            "links": sorted(link for link in links if link == "lo"),
            "keepers": subprocess.run(["pgrep", "-x", "podrun-keeper", "-P", str(os.getpid())],
                                      capture_output=True, text=True).stdout,
            "files": sorted(name for name in os.listdir("/tmp") if name.startswith("keeper-"))}


def main():
    chosen = [name for name in TESTS if not sys.argv[2:] or any(part in name for part in sys.argv[2:])]
    failed = []
    for name in chosen:
        before = host_state()
        started = time.monotonic()
        pod = None
        print(f"{name} ... ", end="", flush=True)
        try:
            pod = Pod(BUILD, name.replace("_", "-")[:20])
            TESTS[name](pod)
            problem = None
        except Exception:
            problem = traceback.format_exc()
        try:
            if pod:
                notes = open(pod.keeper.log).read()
                pod.close()
                if problem and notes:
                    problem += notes
        except Exception:
            problem = (problem or "") + traceback.format_exc()
        after = host_state()
        if problem is None and after != before:
            problem = f"left behind: {[(key, before[key], after[key]) for key in before if before[key] != after[key]]}"
        print("ok" if problem is None else "FAILED", f"({(time.monotonic() - started) * 1000:.0f} ms)", flush=True)
        if problem:
            print(problem, flush=True)
            failed.append(name)
    print(f"{len(chosen) - len(failed)} passed, {len(failed)} failed" + (": " + ", ".join(failed) if failed else ""))
    return 1 if failed else 0


sys.exit(main())
