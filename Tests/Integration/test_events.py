"""Events: get, events, describe; counted, kept across agents and after their pods."""

import itertools
import json
import select
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod, waiting_pod
from harness.waiting import wait_for


class Events(PodTestCase):
    in_vm = False
    # Events outlive their pods: each test has a pod name that no other test of any module has.

    def events(self, name: str, *arguments: str) -> list[dict[str, Any]]:
        """By name, which is by age."""
        result = self.podrun.ok("get", "events", "--field-selector", f"involvedObject.name={name}", "-o", "json", *arguments)
        return json.loads(result.out)["items"]

    def reasons(self, name: str) -> list[str]:
        return [event["reason"] for event in self.events(name)]

    def test_a_pods_events_by_every_way(self) -> None:
        self.running(quiet_pod("chronicled"))
        self.assertEqual(["Pulled", "Created", "Started"], self.reasons("chronicled"))
        started = self.events("chronicled")[-1]
        self.assertEqual(("v1", "Event", "Normal", 1), tuple(started[key] for key in ("apiVersion", "kind", "type", "count")))
        involved = started["involvedObject"]
        self.assertEqual(("Pod", "chronicled", "spec.containers{app}"), (involved["kind"], involved["name"], involved["fieldPath"]))
        self.assertEqual("podrun", started["source"]["component"])
        self.assertTrue(started["metadata"]["name"].startswith("chronicled."))

        table = self.podrun.ok("get", "ev", "--field-selector=involvedObject.name=chronicled").out.splitlines()
        self.assertRegex(table[0], r"^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE$")
        self.assertRegex(table[3], r"^\d+s +Normal +Started +pod/chronicled +\S.*$")
        wide = self.podrun.ok("get", "events", "-o", "wide", "-A").out.splitlines()
        self.assertRegex(
            wide[0], r"^NAMESPACE +LAST SEEN +TYPE +REASON +OBJECT +SUBOBJECT +SOURCE +MESSAGE +FIRST SEEN +COUNT +NAME$"
        )
        self.assertTrue(any(" spec.containers{app} " in line and line.split()[-2] == "1" for line in wide), wide)
        self.assertEqual([f"event/{event['metadata']['name']}" for event in self.events("chronicled")],
                         self.podrun.ok("get", "events", "-o", "name", "--field-selector=involvedObject.name=chronicled").out.split())  # fmt: skip

        by_time = self.podrun.ok("events", "--for", "pod/chronicled").out.splitlines()
        self.assertRegex(by_time[-1], r"^\d+s +Normal +Started +Pod/chronicled +\S.*$")
        none = self.podrun.ok("events", "--for=pod/chronicled", "--types=Warning", "-n", "default")
        self.assertEqual(("", "No events found in default namespace.\n"), (none.out, none.err))
        self.assertRegex(self.podrun.ok("describe", "pod", "chronicled").out, r"Normal +Started +\d+s +podrun +\S")

    def test_selectors(self) -> None:
        self.running(quiet_pod("selected"))
        only = self.podrun.ok("get", "events", "--field-selector", "reason=Started,involvedObject.name=selected", "--no-headers").out
        self.assertEqual(1, len(only.splitlines()))
        self.assertEqual("", self.podrun.ok("get", "events", "--field-selector", "involvedObject.name=selected,type=Warning").out)
        wrong = self.podrun.run("get", "events", "--field-selector", "spec.foo=bar")
        self.assertEqual(
            (1, 'Error from server (BadRequest): Unable to find "/v1, Resource=events" that match label selector "", field '
                'selector "spec.foo=bar": field label not supported: spec.foo\n'), (wrong.code, wrong.err),
        )  # fmt: skip
        self.assertIn("selected", self.podrun.ok("get", "pods", "--field-selector=status.phase=Running").out)
        self.assertEqual("", self.podrun.ok("get", "pods", "--field-selector=status.phase=Failed").out)

    def test_the_same_again_counts_across_agents(self) -> None:
        """A container that crashes: Started and Created are counted, and a new agent counts on."""
        self.podrun.apply(pod("counted", container("app", "/probe", "exit", "3")))

        def started() -> dict[str, Any]:
            return next(event for event in self.events("counted") if event["reason"] == "Started")

        wait_for(lambda: started()["count"] == 2, "second start")
        wait_for(lambda: "BackOff" in self.reasons("counted"), "back-off")
        name = started()["metadata"]["name"]
        self.assertRegex(self.podrun.ok("describe", "pod", "counted").out, r"Started +\d+s \(x2 over \d+s\) ")
        self.podrun.kill_agent()
        wait_for(lambda: started()["count"] == 3, "third start")
        self.assertEqual(name, started()["metadata"]["name"])

    def test_events_outlive_their_pod_and_their_agent(self) -> None:
        self.running(quiet_pod("outlived"))
        self.podrun.delete("outlived")
        self.assertEqual(["Pulled", "Created", "Started", "Killing"], self.reasons("outlived"))
        self.podrun.ok("agent", "--stop")
        self.assertEqual(["Pulled", "Created", "Started", "Killing"], self.reasons("outlived"))
        self.assertNotEqual(0, self.podrun.run("describe", "pod", "outlived").code)

    def test_watches(self) -> None:
        """The list and then what changes, with its type; of other kinds than pods, too."""
        watcher = self.podrun.start("get", "events", "-w", "--output-watch-events", "--field-selector", "involvedObject.name=seen")
        follower = self.podrun.start("events", "--for=pod/seen", "-w", "--no-headers")
        try:
            assert watcher.stdout and follower.stdout
            self.running(quiet_pod("seen"))
            self.assertRegex(follower.stdout.readline().decode(), r"^\d+s +Normal +Pulled +Pod/seen +Container image ")
            self.podrun.delete("seen")
            lines = [watcher.stdout.readline().decode()]
            while "Killing" not in lines[-1]:
                lines.append(watcher.stdout.readline().decode())
            self.assertRegex(lines[0], r"^EVENT +LAST SEEN +TYPE")
            self.assertRegex(lines[-1], r"^ADDED +\d+s +Normal +Killing +pod/seen +Stopping container app$")
        finally:
            for process in (watcher, follower):
                process.kill()
                process.communicate()

    def test_watch_only(self) -> None:
        """Not what was there before: the object is changed until the watch, which begins when it likes, has seen it."""
        self.podrun.apply(config_map("there", 0))
        watcher = self.podrun.start("get", "configmaps", "--watch-only", "--output-watch-events", "--no-headers")
        try:
            assert watcher.stdout
            for number in itertools.count():
                self.podrun.apply(config_map("settings", number))
                if select.select([watcher.stdout], [], [], 0.1)[0]:
                    break
            first = watcher.stdout.readline().decode().split()
            self.assertEqual("settings", first[1])
            self.podrun.ok("delete", "configmap", "settings")
            lines = iter(lambda: watcher.stdout.readline().decode().split(), [])
            self.assertEqual("settings", next(line[1] for line in lines if line[0] == "DELETED"))
        finally:
            watcher.kill()
            watcher.communicate()


def quiet_pod(name: str) -> dict[str, Any]:
    """Without the event that there is no cluster DNS. Events outlive pods: each test has a name of its own."""
    return waiting_pod(name, dnsPolicy="Default")


def config_map(name: str, number: int) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"number": str(number)}}
