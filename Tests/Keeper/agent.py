"""The agent's side of the keeper's protocol, for tests: child programs, requests, events, records."""

import array
import fcntl
import os
import re
import select
import signal
import socket
import struct
import time

HEADERS = os.path.join(os.path.dirname(__file__), "../../Sources/CShim/include")
NO_SLOT = 0xFFFFFFFF
BEFORE_CLONE = 0xFFFFFFFF


def constants(name):
    """Every `PODRUN_X = 1,` and `#define PODRUN_X 1` of a header: the numbers are written down once."""
    text = open(os.path.join(HEADERS, name)).read()
    found = re.findall(r"^\s*PODRUN_(\w+) = (\d+)", text, re.M)
    found += re.findall(r"^#define PODRUN_(\w+) +\(?(0x[0-9a-f]+|\d+)u?\b", text, re.M)
    return {key: int(value, 0) for key, value in found}


C = {**constants("podrun_program.h"), **constants("podrun_keeper.h")}
OPS = {key[3:]: value for key, value in C.items() if key.startswith("OP_")}
FLAGS = {key[2:]: value for key, value in C.items() if key.startswith("F_")}
EVENTS = {value: key[6:] for key, value in C.items() if key.startswith("EVENT_")}

NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWPID, NEWNET = 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x20000000, 0x40000000
NEWUSER = 0x10000000
RDONLY, NOSUID, NODEV, NOEXEC = 1, 2, 4, 8
MS_PRIVATE = 1 << 18

REQUEST = struct.Struct("<IIQ4IQIIQ64s")
EVENT = struct.Struct("<IIQIiIiIiiiQ")
RECORD = struct.Struct("<QIiiiIIQQQQ")
HEADER = struct.Struct("<8IQII")
OP = struct.Struct("<HHI4IQQ")


class Program:
    def __init__(self, slots=0, clone_flags=0, cgroup_slot=NO_SLOT, pid_namespace_slot=NO_SLOT):
        self.passed = slots
        self.total = slots
        self.clone_flags = clone_flags
        self.cgroup_slot = cgroup_slot
        self.pid_namespace_slot = pid_namespace_slot
        self.ops = []
        self.strings = bytearray(b"\0")

    def text(self, value):
        if value in ("", b"", None):
            return 0
        data = value if isinstance(value, bytes) else value.encode()
        return self.blob(data + b"\0")

    def blob(self, data):
        offset = len(self.strings)
        self.strings += data
        return offset

    def list(self, values):
        return self.blob(b"".join((v if isinstance(v, bytes) else v.encode()) + b"\0" for v in values) + b"\0")

    def slot(self):
        self.total += 1
        return self.total - 1

    def op(self, name, slot=0, s0=0, s1=0, s2=0, s3=0, x=0, y=0, flags=()):
        number = OPS[name] if isinstance(name, str) else name
        bits = sum(FLAGS[flag] for flag in flags)
        self.ops.append(OP.pack(number, bits, slot, s0, s1, s2, s3, x, y))
        return len(self.ops) - 1

    def execute(self, argv, env=("PATH=/bin",), path="", fd=None):
        arguments = self.blob(b"".join((v if isinstance(v, bytes) else v.encode()) + b"\0" for v in argv))
        if fd is not None:
            return self.op("EXEC_FD", slot=fd, s0=arguments, x=len(argv), s1=self.list(env))
        return self.op("EXEC", s0=arguments, x=len(argv), s1=self.list(env), s2=self.text(path))

    def encoded(self, **header):
        if self.strings[-1] != 0:
            self.strings += b"\0"
        offset = HEADER.size + len(self.ops) * OP.size
        fields = dict(magic=C["PROGRAM_MAGIC"], version=C["PROGRAM_VERSION"], total=offset + len(self.strings),
                      ops=len(self.ops), offset=offset, size=len(self.strings), passed=self.passed,
                      slots=self.total, flags=self.clone_flags, cgroup=self.cgroup_slot,
                      pid=self.pid_namespace_slot)
        fields.update(header)
        return HEADER.pack(*fields.values()) + b"".join(self.ops) + bytes(self.strings)


F_ADD_SEALS, SEALS = 1033, 0xF


def memfd(name, data, seals=SEALS, mode=None):
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    if mode is not None:
        os.fchmod(fd, mode)
    if seals:
        fcntl.fcntl(fd, F_ADD_SEALS, seals)
    return fd


class Event:
    def __init__(self, data, fds):
        (self.magic, kind, self.id, self.version, self.pid, self.op, self.error, self.tag, self.code, self.status, _,
         self.time) = EVENT.unpack(data)
        self.kind = EVENTS[kind]
        self.fd = fds[0] if fds else None

    def __repr__(self):
        return (f"{self.kind} id={self.id} pid={self.pid} op={self.op} error={self.error} tag={self.tag} "
                f"code={self.code} status={self.status} fd={self.fd}")


class Keeper:
    def __init__(self, binary, directory, stopped=False):
        """`stopped`: it goes on, and takes connections, after a SIGCONT."""
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        self.path = os.path.join(directory, "keeper.sock")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(self.path)
        listener.listen(4)
        run = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        image = memfd("podrun-keeper", open(binary, "rb").read(), mode=0o700)
        self.log = os.path.join(directory, "keeper.log")
        self.pid = os.fork()
        if self.pid == 0:
            try:
                null = os.open("/dev/null", os.O_RDWR)
                log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100) for fd in (null, null, log, listener.fileno(), run)]
                program = fcntl.fcntl(image, fcntl.F_DUPFD_CLOEXEC, 100)
                for target, fd in enumerate(high):
                    os.dup2(fd, target, inheritable=True)
                if stopped:
                    os.kill(os.getpid(), signal.SIGSTOP)
                os.execve(program, ["podrun-keeper"], {})
            finally:
                os._exit(126)
        if stopped:
            os.waitpid(self.pid, os.WUNTRACED)
        listener.close()
        os.close(run)
        os.close(image)
        self.events = []
        self.socket = None

    def connect(self):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.connect(self.path)
        self.socket = connection
        return connection

    def greet(self):
        """Connects and reads up to READY; returns the LIVE events."""
        self.connect()
        self.events = []
        assert self.receive().kind == "HELLO"
        live = []
        while (event := self.receive()).kind != "READY":
            live.append(event)
        return live

    def receive(self, timeout=10):
        if not select.select([self.socket], [], [], timeout)[0]:
            raise TimeoutError("no event from the keeper")
        data, fds, _, _ = socket.recv_fds(self.socket, 256, 1)
        return Event(data, fds) if data else None

    def wait(self, kind, id=None, timeout=60):
        """The next event of this kind (and id); others are kept for later calls."""
        kinds = (kind,) if isinstance(kind, str) else kind
        for index, event in enumerate(self.events):
            if event.kind in kinds and id in (None, event.id):
                return self.events.pop(index)
        end = time.monotonic() + timeout
        while True:
            event = self.receive(max(0, end - time.monotonic()))
            if event is None:
                raise EOFError("the keeper closed the connection")
            if event.kind in kinds and id in (None, event.id):
                return event
            self.events.append(event)

    def request(self, kind, id=0, fds=(), stdio=0, stdin=NO_SLOT, stdout=NO_SLOT, stderr=NO_SLOT, max_bytes=0,
                max_files=0, mode=0, size=0, log_name="", path=None, magic=None):
        data = REQUEST.pack(C["KEEPER_MAGIC"] if magic is None else magic, C["REQUEST_" + kind], id, stdio, stdin,
                            stdout, stderr, max_bytes, max_files, mode, size,
                            log_name if isinstance(log_name, bytes) else log_name.encode())
        if path is not None:
            data += path.encode() + b"\0"
        socket.send_fds(self.socket, [data], list(fds))

    def run(self, id, program, slots=(), log_directory=None, **fields):
        data = program if isinstance(program, bytes) else program.encoded()
        fds = [memfd("program", data)]
        if log_directory is not None:
            fds.append(os.open(log_directory, os.O_RDONLY | os.O_DIRECTORY))
        self.request("RUN", id, fds + list(slots), **fields)
        for fd in fds:
            os.close(fd)

    def records(self):
        data = open(os.path.join(self.directory, "processes"), "rb").read()
        names = ("id", "state", "pid", "code", "status", "op", "_", "started", "finished", "ticks", "_2")
        every = [dict(zip(names, RECORD.unpack_from(data, at))) for at in range(0, len(data) - 63, 64)]
        return {record["id"]: record for record in every if record["state"] != 0}

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def shut_down(self):
        self.request("SHUTDOWN")
        return self.wait_for_end()

    def wait_for_end(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return status
            time.sleep(0.002)
        raise TimeoutError("the keeper did not exit")
