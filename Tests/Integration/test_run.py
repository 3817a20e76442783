"""podrun run: a pod in the foreground."""

import json
import os
import pty
import signal
import subprocess
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod, waiting_pod
from harness.podrun import text
from harness.waiting import wait_for


class Run(PodTestCase):
    in_vm = False

    def run_pod(self, manifest: dict[str, Any], *arguments: str) -> Any:
        return self.podrun.run("run", *arguments, "-", input=text(manifest))

    def start_pod(self, manifest: dict[str, Any], *arguments: str) -> subprocess.Popen[bytes]:
        """Runs it in the background, until its first container runs."""
        process = self.podrun.start("run", *arguments, self.file(f"{manifest['metadata']['name']}.json", text(manifest)))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        self.podrun.wait_phase(manifest["metadata"]["name"], "Running")
        return process

    def test_output_and_code_of_a_pod_that_ends(self) -> None:
        """Every line with its container; the code of the first container of the spec that failed; nothing is left."""
        job = pod(
            "job",
            container("good", "sh", "-c", "echo one; echo two >&2"),
            container("bad", "sh", "-c", "echo three; exit 7"),
            container("worse", "sh", "-c", "exit 9"),
            initContainers=[container("prepare", "echo", "zero")],
            restartPolicy="Never",
        )
        result = self.run_pod(job)
        self.assertEqual(7, result.code, result)
        lines = result.out.splitlines()
        self.assertEqual("[prepare] zero", lines[0])
        self.assertEqual({"[good] one", "[good] two", "[bad] three"}, set(lines[1:]))
        self.assertLess(lines.index("[good] one"), lines.index("[good] two"))
        self.assertIsNone(self.podrun.pod("job"))

    def test_every_instance_is_shown(self) -> None:
        """OnFailure: the second try succeeds; the output of both is printed."""
        command = "echo try; test -e /data/second && exit 0; touch /data/second; exit 1"
        app = container("app", "sh", "-c", command, volumeMounts=[{"name": "data", "mountPath": "/data"}])
        result = self.run_pod(pod("retry", app, restartPolicy="OnFailure", volumes=[{"name": "data", "emptyDir": {}}]))
        self.assertEqual((0, "[app] try\n[app] try\n"), (result.code, result.out))

    def test_a_sidecar_does_not_decide(self) -> None:
        """It is killed when the job is done; the code is the job's."""
        sidecar = container("proxy", "sh", "-c", "trap 'exit 3' TERM; echo up; while :; do sleep 0.1; done", restartPolicy="Always")
        result = self.run_pod(pod("helped", container("app", "echo", "done"), initContainers=[sidecar], restartPolicy="Never"))
        self.assertEqual((0, ["[app] done", "[proxy] up"]), (result.code, sorted(result.out.splitlines())), result)

    def test_kept(self) -> None:
        self.assertEqual(0, self.run_pod(pod("kept", container("app", "true"), restartPolicy="Never"), "--rm=false").code)
        self.assertEqual("Succeeded", (self.podrun.pod("kept") or {})["status"]["phase"])
        again = self.run_pod(pod("kept", container("app", "true"), restartPolicy="Never"))
        self.assertEqual((1, 'Error from server (AlreadyExists): pods "kept" already exists\n'), (again.code, again.err))
        self.assertIsNotNone(self.podrun.pod("kept"))

    def test_several_of_one_name(self) -> None:
        """One of them has the pod; to the others it is somebody else's, which they neither show nor end."""
        app = container("app", "sh", "-c", "echo once; until test -e /go; do sleep 0.1; done; echo done")
        path = self.file("contested.json", text(pod("contested", app, restartPolicy="Never")))
        # All of them ask the next agent whether the pod is there before one makes it.
        self.podrun.ok("agent", "--stop")
        started = [self.podrun.start("run", path) for _ in range(6)]
        wait_for(lambda: sum(process.poll() is not None for process in started) == 5, "the end of the others", 60)
        wait_for(lambda: self.podrun.exec("contested", "touch", "/go").code == 0, "a container that can be told to end", 60)
        ended = [(*process.communicate(timeout=60), process.returncode) for process in started]
        refused = (b"", b'Error from server (AlreadyExists): pods "contested" already exists\n', 1)
        self.assertEqual([refused] * 5 + [(b"[app] once\n[app] done\n", b"", 0)], sorted(ended))

    def test_interrupted(self) -> None:
        """Each of the signals ends the pod as a deletion does: SIGTERM, and what it says then is printed."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.stage = number.name
            app = container("app", "sh", "-c", "trap 'echo leaving; exit 5' TERM; echo ready; while :; do sleep 0.1; done")
            process = self.start_pod(pod("patient", app, terminationGracePeriodSeconds=30))
            self.assertEqual(b"[app] ready\n", process.stdout.readline())
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
            self.assertEqual((5, b"[app] leaving\n", b""), (process.returncode, out, err))
            self.assertIsNone(self.podrun.pod("patient"))

    def test_interrupted_twice(self) -> None:
        """The grace period is a minute; nobody waits for it."""
        app = container("app", "sh", "-c", "trap 'echo no' TERM; echo ready; while :; do sleep 0.1; done")
        process = self.start_pod(pod("stubborn", app, terminationGracePeriodSeconds=600))
        self.assertEqual(b"[app] ready\n", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        self.assertEqual(b"[app] no\n", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(137, process.returncode)
        self.assertIsNone(self.podrun.pod("stubborn"))

    def test_deleted_by_another(self) -> None:
        process = self.start_pod(waiting_pod("shared"))
        self.podrun.delete("shared")
        process.communicate(timeout=60)
        self.assertIsNotNone(process.returncode)

    def test_agent_that_is_restarted_meanwhile(self) -> None:
        gate = "echo begin; until test -e /data/go; do sleep 0.05; done; echo end"
        app = container("app", "sh", "-c", gate, volumeMounts=[{"name": "data", "mountPath": "/data"}])
        process = self.start_pod(pod("long", app, restartPolicy="Never", volumes=[{"name": "data", "emptyDir": {}}]))
        self.assertEqual(b"[app] begin\n", process.stdout.readline())
        self.podrun.kill_agent()
        # No exec is sent twice, the next agent may be on its way up still, and the pod may end before the exec's own end is told.
        wait_for(lambda: self.podrun.exec("long", "touch", "/data/go").code == 0 or process.poll() is not None, "an agent that takes the exec")
        out, _ = process.communicate(timeout=60)
        self.assertEqual((0, b"[app] end\n"), (process.returncode, out))
        self.assertIsNone(self.podrun.pod("long"))

    def test_what_can_not_be_run(self) -> None:
        self.assertEqual(1, self.podrun.run("run", "-", input=text(waiting_pod("a"), waiting_pod("b"))).code)
        self.assertEqual(1, self.podrun.run("run", "-", input=text({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}})).code)
        failing = self.run_pod(pod("typo", container("app", "no-such-program"), restartPolicy="Never"))
        self.assertEqual(128, failing.code)

    def test_why_it_does_not_start(self) -> None:
        app = container("app", image="no-such-image:1", imagePullPolicy="Never")
        process = self.podrun.start("run", self.file("missing.json", text(pod("missing", app))))
        try:
            self.assertRegex(process.stderr.readline(), rb'^container "app": ErrImageNeverPull: ')
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
        self.assertIsNone(self.podrun.pod("missing"))

    def test_colours_only_on_a_terminal(self) -> None:
        job = self.file("job.json", text(pod("job", container("app", "echo", "hello"), restartPolicy="Never")))
        for variables, wanted in (({}, b"\x1b[32m[app]\x1b[0m hello\r\n"), ({"NO_COLOR": "1"}, b"[app] hello\r\n")):
            master, slave = pty.openpty()
            process = self.podrun.start("run", job, stdout=slave, env={**os.environ, "TERM": "xterm", **variables})
            os.close(slave)
            self.assertEqual(0, process.wait(60))
            self.assertEqual(wanted, os.read(master, 4096))
            os.close(master)
            process.communicate()


class RunImage(PodTestCase):
    """podrun run NAME --image IMAGE, as kubectl's run."""

    in_vm = False
    image = waiting_pod("x")["spec"]["containers"][0]["image"]

    def test_makes_a_pod_and_returns(self) -> None:
        flags = ("--image", self.image, "--port", "80", "--env", "A=x,y", "-l", "app=web,tier=front", "--restart=Never")
        dry = json.loads(self.podrun.ok("run", "web", *flags, "--dry-run=client", "-o", "json", "--", "/probe", "wait").out)
        self.assertEqual({"name": "web", "labels": {"app": "web", "tier": "front"}}, dry["metadata"])
        self.assertEqual([{"name": "A", "value": "x,y"}], dry["spec"]["containers"][0]["env"])
        self.assertEqual((["/probe", "wait"], "Never"), (dry["spec"]["containers"][0]["args"], dry["spec"]["restartPolicy"]))
        self.assertIsNone(self.podrun.pod("web"))
        # What it prints can be applied.
        self.podrun.ok("apply", "-f", "-", "--dry-run=client", input=json.dumps(dry))
        self.assertEqual("pod/web created\n", self.podrun.ok("run", "web", *flags, "--command", "--", "/probe", "wait").out)
        made = self.podrun.wait_phase("web", "Running")
        self.assertEqual(["/probe", "wait"], made["spec"]["containers"][0]["command"])
        again = self.podrun.run("run", "web", "--image", self.image)
        self.assertEqual((1, 'Error from server (AlreadyExists): pods "web" already exists\n'), (again.code, again.err))
        for arguments, words in (
            (("run", "web2", "--image", self.image, "--rm"), "--rm should only be used for attached containers"),
            (("run", "web2", "--image", self.image, "--restart=Sometimes"), "invalid restart policy: Sometimes"),
            (("run", "web2", "--port=80"), "--port needs --image"),
        ):
            refused = self.podrun.run(*arguments)
            self.assertEqual((2, True), (refused.code, words in refused.err), refused)

    def test_attached(self) -> None:
        """Its input, its output, its exit code; then it is gone."""
        arguments = ("run", "job", "--image", self.image, "-i", "--rm", "--restart=Never", "-q", "--command", "--", "sh", "-c")
        result = self.podrun.run(*arguments, "read line; echo got $line; exit 7", input="hello\n")
        self.assertEqual((7, "got hello\n"), (result.code, result.out), result)
        self.assertIsNone(self.podrun.pod("job"))
        loud = self.podrun.run(*(each for each in arguments if each != "-q"), "cat", input="hello\n")
        self.assertEqual((0, 'hello\npod "job" deleted from default namespace\n'), (loud.code, loud.out), loud)
