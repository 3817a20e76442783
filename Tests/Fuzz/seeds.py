"""Writes well-formed programs for the fuzzer to start from: seeds.py DIRECTORY"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Keeper"))
from agent import NEWNET, NEWNS, NO_SLOT, Program  # noqa: E402


def pause():
    program = Program(1, NEWNS | NEWNET)
    root = program.slot()
    program.op("NETLINK", x=1)
    program.op("MAKE_ROOT", slot=root, s0=program.text("/r"), s1=program.list(["size=4k", "mode=755"]), x=1)
    program.op("PIVOT", slot=root)
    program.execute(["pause"], fd=0)
    return program


def container():
    program = Program(2, NEWNS, cgroup_slot=0)
    root, tree, directory, base = (program.slot() for _ in range(4))
    program.op("SETNS", slot=1, x=NEWNET)
    program.op("MOUNT_ROOT", slot=root, s0=program.text("/r"), s1=program.text("lowerdir=a"))
    program.op("OPEN_DIR", slot=NO_SLOT, s0=program.text("/v"), x=base)
    program.op("OPEN_TREE", slot=tree, s0=program.text("a/b"), x=base, flags=["BENEATH", "DIRECTORY"])
    program.op("MAP_IDS", slot=tree, x=1)
    program.op("OWNER", x=65536)
    program.op("ATTACH", slot=root, s0=program.text("/data"), x=tree, y=1, s1=1 << 18)
    program.op("MOUNT", slot=root, s0=program.text("/proc"), s1=program.text("proc"), s2=program.list(["ro"]))
    program.op("OPEN_DIR", slot=root, s0=program.text("/dev"), x=directory)
    program.op("MKNOD", slot=directory, s0=program.text("null"), x=0o20666, y=259)
    program.op("SYMLINK", slot=directory, s0=program.text("fd"), s1=program.text("/proc/self/fd"))
    program.op("MASK", slot=root, s0=program.text("/proc/keys"), flags=["OPTIONAL"])
    program.op("PIVOT", slot=root)
    program.execute(["true", ""], ["A=1"], path="/bin")
    return program


def process():
    program = Program()
    program.op("WRITE_FILE", s0=program.text("/x"), s1=program.blob(b"1000"), x=4, flags=["TOLERATE_EPERM"])
    program.op("HOSTNAME", s0=program.text("web"))
    program.op("RLIMIT", s0=7, x=1024, y=2048)
    program.op("WORKDIR", s0=program.text("/a"))
    program.op("GROUPS", s0=program.blob(b"\1\0\0\0\2\0\0\0"), x=2)
    program.op("IDENTITY", x=1000, y=1000)
    program.op("SECCOMP", s0=program.blob(b"\6\0\0\0\0\0\xff\x7f"), x=1)
    program.op("CAPABILITIES")
    program.execute(["/bin/sh", "-c", "true"])
    return program


def least():
    program = Program()
    program.execute([""], [])
    return program


for index, program in enumerate((pause(), container(), process(), least())):
    for first in (b"\0", b"\1", b"\3"):
        with open(os.path.join(sys.argv[1], f"seed-{index}-{first[0]}"), "wb") as file:
            file.write(first + program.encoded())
