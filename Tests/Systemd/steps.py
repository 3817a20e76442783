"""What is tried in the VM, in order: steps.py DIRECTORY-WITH-THE-PACKAGE. It is run again after the reboot."""

import json
import pathlib
import subprocess
import sys
import time

UNIT = pathlib.Path("/sys/fs/cgroup/podrun.slice/podrun-pods.service")
AT_ROOT = pathlib.Path("/sys/fs/cgroup/podrun")
REBOOTED = pathlib.Path("/var/tmp/reboot")
PATIENCE = 120
#: The shutdown may wait for a container that ignores SIGTERM, but no longer than the unit says (30 s), plus emulation.
SHUTDOWN = 75

POD = """
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  containers:
  - name: main
    image: busybox
    imagePullPolicy: Never
    command: [sh, -c, '%s']
    resources: {limits: {cpu: 500m, memory: 32Mi}}
"""
#: Process 1 of a container ignores SIGTERM where it has no handler.
STUBBORN = POD % ("stubborn", "while :; do sleep 1; done")
GREEDY = POD % ("greedy", "sleep 1; tail /dev/zero; sleep 1000")


def call(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{command} exited with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def step(text):
    print(f"{time.monotonic():7.1f}  {text}", flush=True)


def until(what, condition):
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"no {what} in {PATIENCE} s"
        time.sleep(0.5)


def container(pod):
    """(uid, status) of a pod's container."""
    value = json.loads(call("podrun", "get", "pod", pod, "-o", "json"))
    return value["metadata"]["uid"], (value["status"].get("containerStatuses") or [{}])[0]


def cgroup(pod):
    return UNIT / "podrun" / f"pod{container(pod)[0]}" / "main"


def running(pod, restarts=0):
    def look():
        _, status = container(pod)
        return "running" in status.get("state", {}) and status["restartCount"] >= restarts
    until(f"container of {pod} that runs", look)


def processes(pod):
    """Process 1 of the container, with its start: one that was started again is another. Nothing while it is away."""
    try:
        first = (cgroup(pod) / "cgroup.procs").read_text().split()[0]
        return {(first, pathlib.Path(f"/proc/{first}/stat").read_text().split()[21])}
    except (OSError, IndexError):
        return set()


def is_active(unit):
    done = subprocess.run(["systemctl", "is-active", unit], capture_output=True, text=True, check=False)
    return done.stdout.strip() == "active"


def limits_hold(pod):
    assert (cgroup(pod) / "memory.max").read_text() == f"{32 << 20}\n"
    assert (cgroup(pod) / "cpu.max").read_text() == "50000 100000\n"
    assert is_active("podrun-pods")
    assert not AT_ROOT.exists()


def install(directory):
    step("install: the agent runs, and systemd has the unit")
    [package] = pathlib.Path(directory).glob("*.deb")
    print(call("apt-get", "install", "-y", str(package)))
    assert is_active("podrun")
    assert "pods are in podrun.slice/podrun-pods.service" in call("podrun", "system", "info")
    call("podrun", "image", "load", ".cache/images/busybox.tar")
    call("podrun", "apply", "-f", "-", text=STUBBORN)
    running("stubborn")
    limits_hold("stubborn")
    assert (UNIT / "pids.max").read_text() == "max\n"
    assert (UNIT.parent / "cpu.weight").read_text() == "100\n"


def survive():
    before = processes("stubborn")
    for command in (["restart", "podrun"], ["daemon-reload"], ["daemon-reexec"]):
        step(f"systemctl {' '.join(command)}: the pod runs on")
        call("systemctl", *command)
        running("stubborn")
        assert processes("stubborn") == before
        limits_hold("stubborn")
    step("an agent that a command starts finds the same tree")
    call("systemctl", "stop", "podrun")
    running("stubborn")
    assert processes("stubborn") == before
    step("a container that runs out of memory ends alone")
    call("podrun", "apply", "-f", "-", text=GREEDY)
    until("OOMKilled", lambda: "OOMKilled" in json.dumps(container("greedy")[1]))
    assert processes("stubborn") == before
    limits_hold("stubborn")
    call("podrun", "delete", "pod", "greedy", "--grace-period=1")
    step("systemctl start podrun: the agent of the command makes room")
    call("systemctl", "start", "podrun")
    assert processes("stubborn") == before
    assert "stubborn" in call("podrun", "top", "pod")
    assert "stubborn" in call("podrun", "ns", "stubborn")
    step("a tree at the root would stay in use until the next boot")
    AT_ROOT.mkdir()
    assert "cgroupfs: pods are in podrun: " in call("podrun", "system", "info")
    AT_ROOT.rmdir()
    step(call("podrun", "system", "check"))


def stop_pods():
    step("systemctl stop podrun-pods: the pods end, and the agent has the unit made again for the next")
    before = processes("stubborn")
    call("systemctl", "stop", "podrun-pods")
    until("other process", lambda: is_active("podrun-pods") and processes("stubborn") - before)
    running("stubborn", restarts=1)
    limits_hold("stubborn")


def after_reboot():
    step(f"rebooted after {time.time() - float(REBOOTED.read_text()):.0f} s: the pod is back")
    assert time.time() - float(REBOOTED.read_text()) < SHUTDOWN
    until("agent", lambda: is_active("podrun"))
    running("stubborn", restarts=1)
    limits_hold("stubborn")


def remove():
    step("remove: agent and pods are gone")
    mine = processes("stubborn")
    print(call("apt-get", "remove", "-y", "podrun"))
    assert not is_active("podrun") and not is_active("podrun-pods")
    for process, _ in mine:
        assert not pathlib.Path(f"/proc/{process}").exists()
    assert not UNIT.exists()
    step("purge")
    print(call("apt-get", "purge", "-y", "podrun"))
    print(call("find", "/etc/systemd", "/run/systemd/transient", "/run/podrun", "/var/lib/podrun", "-maxdepth", "1"))


try:
    if REBOOTED.exists():
        after_reboot()
        remove()
        step("all is well")
    else:
        install(sys.argv[1])
        survive()
        stop_pods()
        step("reboot")
        REBOOTED.write_text(str(time.time()))
        call("systemctl", "reboot")
        time.sleep(PATIENCE)
except BaseException:
    subprocess.run(["journalctl", "--no-pager", "-n", "80", "-u", "podrun*"], check=False)
    raise
