"""podrun ns: the processes of pods and which namespaces they share, checked against /proc."""

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree

from harness.case import PodTestCase
from harness.manifest import container, pod

KINDS = ("mnt", "pid", "net", "ipc", "uts", "user", "cgroup", "time")


class Namespaces(PodTestCase):
    in_vm = False

    def test_ns(self) -> None:
        script = "sleep 1000 & exec /probe wait"
        self.running(pod("web", container("app", "sh", "-c", script), container("log", "/probe", "wait")))
        value = json.loads(self.podrun.ok("ns", "web", "-o", "json").out)
        self.assertEqual("web", value["name"])
        by_container: dict[str, list[dict]] = {}
        for process in value["processes"]:
            by_container.setdefault(process["container"], []).append(process)
            for kind in KINDS:
                with self.subTest(process["pid"], kind=kind):
                    self.assertEqual(os.stat(f"/proc/{process['pid']}/ns/{kind}").st_ino, process["namespaces"][kind]["inode"])
        self.assertEqual(["pause", "app", "log"], list(by_container))
        self.assertEqual([1, 2], [len(by_container["pause"]), len(by_container["app"])])
        shared = {kind: entry["sharedWith"] for kind, entry in by_container["log"][0]["namespaces"].items()}
        own = {"mnt": "own", "pid": "own", "cgroup": "own", "net": "pause", "ipc": "pause", "uts": "pause", "user": "host", "time": "host"}
        self.assertEqual(own, shared)
        child = next(process for process in by_container["app"] if process["containerPid"] != 1)
        self.assertEqual((by_container["app"][0]["pid"], "sleep 1000"), (child["parentPid"], child["command"]))
        out = self.podrun.ok("describe", "pod", "web", "--namespaces").out
        self.assertIn("├─ pause\n", out)
        self.assertRegex(out, r"net +\d+ +pause +pause, app, log\n")
        self.assertLessEqual(max(map(len, self.podrun.ok("ns").out.splitlines())), 80)

    def test_shared_processes_and_the_hosts(self) -> None:
        self.running(pod("open", container("app", "/probe", "wait"), shareProcessNamespace=True, hostNetwork=True))
        value = json.loads(self.podrun.ok("ns", "open", "-o", "json").out)
        app = value["processes"][1]["namespaces"]
        self.assertEqual(("pause", "host"), (app["pid"]["sharedWith"], app["net"]["sharedWith"]))

    def test_pictures(self) -> None:
        self.running(pod("web", container("app", "sh", "-c", "exec /probe wait '<&\"' \x07")))
        path = self.directory / "web.svg"
        self.podrun.ok("ns", "web", "--svg", str(path))
        root = xml.etree.ElementTree.parse(path).getroot()
        texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("pod default/web  " + (self.podrun.pod("web") or {})["status"]["podIP"], texts)
        self.assertIn(str(json.loads(self.podrun.ok("ns", "web", "-o", "json").out)["processes"][0]["namespaces"]["net"]["inode"]), texts)
        graph = self.podrun.ok("ns", "web", "-o", "dot").out
        if shutil.which("dot"):
            subprocess.run(["dot", "-Tsvg"], input=graph.encode(), check=True, capture_output=True)
        self.assertTrue(graph.startswith("digraph namespaces {\n"))
        result = self.podrun.run("ns", "wbe")
        self.assertEqual((1, True), (result.code, 'did you mean "web"?' in result.err))
