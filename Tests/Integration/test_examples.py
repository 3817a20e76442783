"""Every pod of examples/ does what its first lines say."""

import socket

from harness import paths
from harness.case import PodTestCase
from harness.waiting import wait_for

EXAMPLES = paths.REPOSITORY / "examples"

#: Example -> a command in one of its containers, and what it prints. Those without run, and that is all they have to show.
PROOFS = {
    "single": ("web", "wget -qO- http://localhost/", "<html>"),
    "sidecar": ("web", "cat /usr/share/nginx/html/index.html", "written by the sidecar of sidecar"),
    "ambassador": ("proxy", "wget -qO- http://localhost/", "Hello from ambassador"),
    "adapter": ("adapter", "wget -qO- http://localhost:9090/metrics | grep -c 'orders_total [1-9]'", "1\n"),
    "counter": ("app", "wget -qO- http://localhost:3000/ | grep -c '^[1-9]'", "1\n"),
    "configured": ("web", "wget -qO- http://localhost/", "From a ConfigMap"),
    "init": ("app", "cat /work/page", "prepared on init\n"),
    "native-sidecar": None,
    "probes": ("app", "ls /tmp", "alive\nready\n"),
    "hooks": ("app", "cat /tmp/started", "welcome\n"),
    "limits": None,
    "configmap": ("app", "echo $COLOR; cat /etc/settings/greeting.txt", "blue\nGood morning\n"),
    "secret": ("app", "stat -L -c %a /etc/database/password; cat /etc/database/password", "400\nchange-me"),
    "volumes": ("app", "grep -c ' /memory tmpfs ' /proc/mounts; wc -l </records/starts; ls /host-etc/passwd; ls /scratch", "1\n1\n/host-etc/passwd\n"),
    "shared-pid": ("watcher", "ps", "nginx"),
    "host-network": ("web", "wget -qO- http://localhost:18080/", f"{socket.gethostname()}\n"),
    "debug": None,
    "security-context": ("app", "id -u; touch /work/x; stat -c %g /work/x; touch /x 2>&1", "1000\n2000\ntouch: /x: Read-only file system\n"),
}


class ExampleTests(PodTestCase):
    in_vm = False

    def test_each_example(self) -> None:
        """All at once, as `apply -f examples/` runs them."""
        self.needs_corpus_images()
        missing = {"cpu", "memory"} - paths.controllers()
        out = self.podrun.ok("apply", "-f", str(EXAMPLES), *(["--without-enforcement"] if missing else [])).out
        pods = {line.split()[0].removeprefix("pod/") for line in out.splitlines() if line.startswith("pod/")}
        self.assertEqual(set(PROOFS), pods)
        self.podrun.wait_phase("native-sidecar", "Succeeded")
        self.assertEqual("hello from the sidecar\n", self.podrun.ok("logs", "native-sidecar").out)
        self.podrun.ok("wait", "--for=condition=Ready", "--timeout=40s", "pod", *sorted(pods - {"native-sidecar"}))
        for name, proof in PROOFS.items():
            if proof is not None:
                with self.subTest(name):
                    self.show(name, *proof)
        self.assertEqual("Burstable", self.podrun.ok("get", "pod", "limits", "-o", "jsonpath={.status.qosClass}").out)
        self.podrun.ok("debug", "debug", "--image", "busybox", "--target", "web", "-c", "look", "--", "cat", "/proc/1/comm")
        wait_for(lambda: "nginx" in self.podrun.run("logs", "debug", "-c", "look").out, "the name of the web server")

    def show(self, pod: str, container: str, command: str, printed: str) -> None:
        words = ["sh", "-c", command]
        result = wait_for(
            lambda: next((each for each in [self.podrun.exec(pod, *words, container=container)] if printed in each.out), None),
            f"{printed!r} from {command!r} in {pod!r}",
        )
        self.assertIn(printed, result.out)
