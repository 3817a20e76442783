"""Pods in the host's namespaces, and the names that pods of their own can have."""

import json
import os
import pathlib
import socket
import subprocess

from harness.case import PodTestCase
from harness.manifest import container, pod, waiting_pod
from harness.podrun import command_line, processes
from harness.waiting import wait_for

#: The tests' own namespaces are the host's: podrun's agent is in them.
NAMESPACES = ("net", "uts", "ipc", "pid", "mnt", "cgroup")


def own_namespaces() -> dict[str, str]:
    return {name: os.readlink(f"/proc/self/ns/{name}") for name in NAMESPACES}


class HostNamespaces(PodTestCase):
    in_vm = False

    def namespaces(self, name: str) -> dict[str, str]:
        listing = self.podrun.exec(name, "ls", "-l", "/proc/self/ns")
        self.assertEqual(0, listing.code, listing)
        links = dict(line.split()[-3::2] for line in listing.out.splitlines() if "->" in line)
        return {each: links[each] for each in NAMESPACES}

    def test_each_namespace_is_the_hosts_only_when_asked(self) -> None:
        """C12: and nothing of a pod is joined by another."""
        table = (
            ("own", {}, set()),
            ("network", {"hostNetwork": True}, {"net", "uts"}),
            ("processes", {"hostPID": True}, {"pid"}),
            ("messages", {"hostIPC": True}, {"ipc"}),
            ("all", {"hostNetwork": True, "hostPID": True, "hostIPC": True}, {"net", "uts", "pid", "ipc"}),
        )
        host = own_namespaces()
        own: dict[str, set[str]] = {name: {host[name]} for name in NAMESPACES}
        for name, fields, shared in table:
            self.stage = name
            self.running(waiting_pod(name, **fields))
            seen = self.namespaces(name)
            self.assertEqual(shared, {each for each in NAMESPACES if seen[each] == host[each]})
            for each in set(NAMESPACES) - shared:
                self.assertNotIn(seen[each], own[each], each)
                own[each].add(seen[each])

    def test_network_of_the_host(self) -> None:
        """Its address, its name and its files; ports need no rules; all of it also after the agent's death."""
        aliases = [{"ip": "192.0.2.7", "hostnames": ["alias.example"]}]
        listener = container("app", "/probe", "listen", "18080", "on the host", ports=[{"containerPort": 18080}])
        self.running(pod("web", listener, hostNetwork=True, hostAliases=aliases))
        status = (self.podrun.pod("web") or {})["status"]
        self.assertEqual(status["hostIP"], status["podIP"])

        def answer() -> str:
            with socket.create_connection(("127.0.0.1", 18080), timeout=5) as connection:
                return connection.recv(100).decode()

        wait_for(lambda: b"listening" in self.podrun.ok("logs", "web").out.encode(), "listener")
        self.assertEqual("on the host", answer())
        report = self.podrun.report("web")
        own = pathlib.Path("/etc/hosts").read_text()
        end = "\n# Entries added by HostAliases.\n192.0.2.7\talias.example\n"
        self.assertEqual(f"# Kubernetes-managed hosts file (host network).\n{own}{end}", report["hosts"])
        self.assertEqual(f"{socket.gethostname()}\n", report["hostname_file"])
        self.assertIn(f"HOSTNAME={socket.gethostname()}", report["environment"])
        links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
        self.assertNotIn("pr-", links)
        self.podrun.kill_agent()
        self.assertEqual("on the host", answer())
        self.assertEqual(status["podIP"], (self.podrun.pod("web") or {})["status"]["podIP"])
        other = self.podrun.run("apply", "-", input=json.dumps(pod("second", listener, hostNetwork=True)))
        self.assertEqual(1, other.code)
        self.assertIn("host port 18080/tcp is in use by pod", other.err)

    def test_processes_of_the_host(self) -> None:
        """All are seen, none can be looked into; what the container started ends with it."""
        sleeper = subprocess.Popen(["sleep", "123456"])
        self.addCleanup(sleeper.wait)
        self.addCleanup(sleeper.kill)
        app = container("app", "sh", "-c", "sleep 7654321 & exec /probe stubborn")
        self.running(pod("seer", app, hostPID=True))
        self.assertEqual("sleep\x00123456\x00", self.podrun.exec("seer", "cat", f"/proc/{sleeper.pid}/cmdline").out)
        for secret in ("root/etc/passwd", "environ", "fd/0", "exe"):
            looked = self.podrun.exec("seer", "cat", f"/proc/{os.getpid()}/{secret}")
            self.assertNotEqual(0, looked.code, secret)
        self.podrun.delete("seer")
        self.assertEqual([], [pid for pid in processes() if "7654321" in " ".join(command_line(pid))])
        self.assertIsNone(sleeper.poll())

    def test_shared_memory_of_the_host(self) -> None:
        self.running(waiting_pod("messages", hostIPC=True))
        key = str(os.getpid() + 100_000)
        self.podrun.exec("messages", "/probe", "shm", "put", key, "from the pod")
        segments = pathlib.Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
        mine = [line.split() for line in segments if line.split()[0] == key]
        self.assertEqual(1, len(mine))
        subprocess.run(["ipcrm", "-m", mine[0][1]], check=True)
        pathlib.Path(f"/dev/shm/podrun-{key}").write_text("of the host")
        self.addCleanup(os.unlink, f"/dev/shm/podrun-{key}")
        self.assertEqual("of the host", self.podrun.exec("messages", "cat", f"/dev/shm/podrun-{key}").out)


class HostNames(PodTestCase):
    in_vm = False

    def test_full_names(self) -> None:
        table = (
            ("fqdn", {"hostname": "h", "subdomain": "s", "setHostnameAsFQDN": True}, "h.s.default.svc.cluster.local"),
            ("override", {"hostname": "h", "subdomain": "s", "hostnameOverride": "some.name.example"}, "some.name.example"),
        )
        for name, fields, expected in table:
            self.stage = name
            self.running(waiting_pod(name, **fields))
            report = self.podrun.report(name)
            self.assertEqual(expected, self.podrun.exec(name, "hostname").out.strip())
            self.assertEqual(f"{expected}\n", report["hostname_file"])
            self.assertIn(f"HOSTNAME={expected}", report["environment"])
            last = report["hosts"].splitlines()[-1].split("\t")[1:]
            self.assertEqual([expected, "h"] if name == "fqdn" else [expected], last)

    def test_a_name_that_is_too_long(self) -> None:
        """64 characters are the kernel's limit: the kubelet's words, and the pod waits."""
        spec = {"hostname": "h" * 40, "subdomain": "s", "setHostnameAsFQDN": True}
        self.podrun.run("apply", "-", "--wait=false", input=json.dumps(waiting_pod("long", **spec)))
        message = f"Failed to construct FQDN from pod hostname and cluster domain, FQDN {'h' * 40}.s.default.svc.cluster.local is too long"
        wait_for(lambda: message in self.podrun.run("describe", "pod", "long").out, "event of the long name")
        self.assertEqual("Pending", (self.podrun.pod("long") or {})["status"]["phase"])
