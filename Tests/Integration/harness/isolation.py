"""Runs the tests in namespaces of their own: pods, networks and mounts of the host's user are neither seen nor touched,
and the end of the pid namespace kills whatever a broken podrun left behind.

    run                                   unshare --fork
     |-- own cgroup                          |  pid 1: mounts, then reaps orphans as an init does
     |-- exec unshare ------------------->   |-- fork: the tests
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from . import paths

INSIDE = "PODRUN_INTEGRATION_INSIDE"


def enter() -> None:
    """Returns in the process that shall run the tests; every other process ends in here with its exit status."""
    if os.geteuid() != 0:
        sys.exit("run: must be root")
    if INSIDE in os.environ:
        _set_up(pathlib.Path(os.environ[INSIDE]))
        _become_init()
        return
    directory = pathlib.Path(tempfile.mkdtemp(prefix="podrun-integration.", dir="/var/tmp"))
    group = _own_cgroup()
    command = ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--cgroup", "--fork", "--kill-child"]
    try:
        result = subprocess.run(
            [*command, sys.executable, *sys.argv],
            env={**os.environ, INSIDE: str(directory)},
            preexec_fn=lambda: _join(group),
            check=False,
        )
    finally:
        _remove(group)
        shutil.rmtree(directory, ignore_errors=True)
    sys.exit(result.returncode)


def _own_cgroup() -> pathlib.Path | None:
    root = paths.cgroup_root()
    if root is None:
        return None
    group = root / f"podrun-integration.{os.getpid()}"
    group.mkdir()
    return group


def _join(group: pathlib.Path | None) -> None:
    if group is not None:
        (group / "cgroup.procs").write_text("0")


def _remove(group: pathlib.Path | None) -> None:
    if group is None:
        return
    (group / "cgroup.kill").write_text("1")
    for directory, _, _ in sorted(os.walk(group), reverse=True):
        while True:
            try:
                os.rmdir(directory)
                break
            except FileNotFoundError:
                break
            except OSError:  # busy until the killed processes are gone
                os.sched_yield()


def _set_up(directory: pathlib.Path) -> None:
    def mount(*arguments: str) -> None:
        subprocess.run(["mount", *arguments], check=True)

    mount("--make-rprivate", "/")
    mount("-t", "proc", "proc", "/proc")
    root = paths.cgroup_root()
    if root is not None:
        subprocess.run(["umount", str(root)], check=True)
        mount("-t", "cgroup2", "cgroup2", str(root))
    for target in (paths.RUN_DIRECTORY, pathlib.Path("/run/netns")):
        target.mkdir(parents=True, exist_ok=True)
        # As Debian mounts /run.
        mount("-t", "tmpfs", "-o", "mode=0700,nosuid,nodev,noexec", "tmpfs", str(target))
    for target in (paths.DATA_DIRECTORY, paths.LOG_DIRECTORY):
        source = directory / target.name
        source.mkdir(mode=0o700)
        target.mkdir(parents=True, exist_ok=True)
        mount("--bind", str(source), str(target))
    # No registry configuration and no credentials but the tests' own.
    configuration = pathlib.Path("/etc/containers")
    configuration.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(configuration))
    # Tests give 127.0.0.1 other names, and pods a name server.
    for name in ("hosts", "resolv.conf"):
        target = pathlib.Path("/etc", name)
        if target.exists():
            (directory / name).write_bytes(target.read_bytes())
            mount("--bind", str(directory / name), str(target))
    home = directory / "home"
    home.mkdir()
    os.environ["HOME"] = str(home)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["hostname", "integration"], check=True)


def _become_init() -> None:
    """Forks; the child returns, this process reaps what is orphaned until the child is done."""
    child = os.fork()
    if child == 0:
        os.setsid()
        return
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 255)
