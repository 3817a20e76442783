"""wait, -o jsonpath, custom-columns and --sort-by: kubectl's words and codes."""

import pathlib
import subprocess
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod, waiting_pod
from harness.podrun import text
from harness.waiting import wait_for


class Wait(PodTestCase):
    in_vm = False

    def result(self, process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
        out, err = process.communicate(timeout=60)
        return process.returncode, out.decode(), err.decode()

    def test_what_is_so_already(self) -> None:
        self.running(waiting_pod("web"))
        for condition in ("condition=Ready", "condition=ready=TRUE", "create", "jsonpath={.status.phase}=Running", "jsonpath={.status.podIP}"):
            self.stage = condition
            self.assertEqual("pod/web condition met\n", self.podrun.ok("wait", "pod/web", f"--for={condition}").out)
        self.assertEqual("pod/web condition met\n", self.podrun.ok("wait", "pods", "--all", "--for=condition=Ready").out)

    def test_what_comes(self) -> None:
        """Each of these waits begins before what it waits for."""
        waits = {
            "create": ("pod/late", "--for=create"),
            "value": ("pod/late", "--for=jsonpath={.status.containerStatuses[0].state.terminated.exitCode}=3"),
        }
        created = self.podrun.start("wait", *waits["create"])
        self.podrun.apply(pod("late", container("app", "sh", "-c", "sleep 1; exit 3"), restartPolicy="Never"))
        self.assertEqual((0, "pod/late condition met\n", ""), self.result(created))
        valued = self.podrun.start("wait", *waits["value"])
        self.assertEqual((0, "pod/late condition met\n", ""), self.result(valued))
        self.assertEqual("pod/late condition met\n", self.podrun.ok("wait", "pod", "late", "--for=condition=Ready=false").out)

    def test_delete(self) -> None:
        """A wait for the end of what is there, across agents, and of what is not."""
        self.running(waiting_pod("web"))
        gone = self.podrun.start("wait", "pod/web", "--for=delete")
        # It has seen the pod when it waits for news.
        wait_for(lambda: "poll" in pathlib.Path(f"/proc/{gone.pid}/wchan").read_text(), "a command that waits")
        self.podrun.kill_agent()
        self.podrun.delete("web")
        self.assertEqual((0, "pod/web condition met\n", ""), self.result(gone))
        self.assertEqual("", self.podrun.ok("wait", "pod/web", "--for=delete").out)
        self.assertEqual("", self.podrun.ok("wait", "pods", "--all", "--for=delete").out)

    def test_what_does_not_come(self) -> None:
        self.running(waiting_pod("web"))
        table = (
            (("pod/web", "--for=condition=Initialized=false", "--timeout=100ms"), "error: timed out waiting for the condition on pods/web\n"),
            (("pod/web", "--for=delete", "--timeout=100ms"), "error: timed out waiting for the condition on pods/web\n"),
            (("pod/none", "--for=create", "--timeout=100ms"), "error: timed out waiting for the condition\n"),
            (("pod/web", "--for=jsonpath={.status.phase}=Failed", "--timeout=0"), "error: condition not met for pods/web\n"),
            (("pod/none", "--for=condition=Ready"), 'Error from server (NotFound): pods "none" not found\n'),
            (("configmaps", "--all", "--for=create"), "error: no matching resources found\n"),
            (("pod/web", "--for=jsonpath={.status}=x"), "error: jsonpath leads to a nested object or list which is not supported\n"),
            (("pod/web", "pod/none", "--for=condition=Ready"), 'Error from server (NotFound): pods "none" not found\n'),
        )
        for arguments, error in table:
            self.stage = " ".join(arguments)
            result = self.podrun.run("wait", *arguments)
            self.assertEqual((1, error), (result.code, result.err))
        for arguments in (("pod/web",), ("pod/web", "--for=ready"), ("pod", "--for=delete"), ("pod/web", "--for=delete", "--timeout=x")):
            self.assertEqual(2, self.podrun.run("wait", *arguments).code)

    def test_other_kinds(self) -> None:
        made = self.podrun.start("wait", "configmap/settings", "--for=jsonpath={.data.ready}=yes")
        self.assertEqual(1, made.wait(60))
        made.communicate()
        config_map: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"ready": "no"}}
        self.podrun.apply(config_map)
        ready = self.podrun.start("wait", "configmap/settings", "--for=jsonpath={.data.ready}=yes")
        self.podrun.apply(config_map | {"data": {"ready": "yes"}})
        self.assertEqual((0, "configmap/settings condition met\n", ""), self.result(ready))

    def test_output_by_paths(self) -> None:
        self.podrun.ok("apply", "-", input=text(waiting_pod("web-10"), waiting_pod("web-2", restartPolicy="Never"), waiting_pod("web-1")))
        self.assertEqual("web-1 web-10 web-2", self.podrun.ok("get", "pods", "-o", "jsonpath={.items[*].metadata.name}").out)
        self.assertEqual("Never", self.podrun.ok("get", "pod", "web-2", "-o", "jsonpath={.spec.restartPolicy}").out)
        template = '{range .items[?(@.spec.restartPolicy=="Never")]}{.metadata.name}{"\\n"}{end}'
        self.assertEqual("web-2\n", self.podrun.ok("get", "pods", "-o", f"jsonpath={template}").out)
        columns = self.podrun.ok("get", "pods", "-o", "custom-columns=NAME:.metadata.name,RESTART:spec.restartPolicy,NONE:.x").out
        self.assertEqual(
            ["NAME     RESTART   NONE", "web-1    Always    <none>", "web-10   Always    <none>", "web-2    Never     <none>"], columns.splitlines()
        )
        rows = self.podrun.ok("get", "pods", "--no-headers", "--sort-by=.metadata.name").out.splitlines()
        self.assertEqual(["web-1", "web-2", "web-10"], [row.split()[0] for row in rows])
        wrong = self.podrun.run("get", "pods", "--sort-by=.metadata.nam")
        self.assertEqual((1, 'error: couldn\'t find any field with path "{.metadata.nam}" in the list of objects\n'), (wrong.code, wrong.err))
        for output in ("jsonpath={.items[*].metadata.name}", "jsonpath={.kind}", "custom-columns=NAME:.metadata.name", "name", "json"):
            nothing = self.podrun.ok("get", "configmaps", "-o", output)
            self.assertEqual("No resources found in default namespace.\n" if output == "name" else "", nothing.err, output)
        self.assertEqual("List", self.podrun.ok("get", "configmaps", "-o", "jsonpath={.kind}").out)
        self.assertEqual("NAME\n", self.podrun.ok("get", "configmaps", "-o", "custom-columns=NAME:.metadata.name").out)
        broken = self.podrun.run("get", "pods", "-o", "jsonpath={.items")
        self.assertEqual(2, broken.code)
        self.assertIn("error: error parsing jsonpath {.items, unclosed action", broken.err)

    def test_labels(self) -> None:
        """get, describe, wait and delete by labels; nothing else is touched."""
        for name, labels in (("front", {"app": "web", "tier": "front"}), ("back", {"app": "web", "tier": "back"}), ("other", {})):
            self.running(waiting_pod(name) | {"metadata": {"name": name, "labels": labels}})

        def names(query: str) -> list[str]:
            return self.podrun.ok("get", "pods", "-l", query, "-o", "jsonpath={.items[*].metadata.name}").out.split()

        self.assertEqual(["back", "front"], names("app=web"))
        self.assertEqual(["front"], names("app=web,tier notin (back)"))
        self.assertEqual(["other"], names("!app"))
        self.assertEqual(2, self.podrun.ok("describe", "pods", "-l", "app=web", "--show-events=false").out.count("Status:       Running"))
        self.assertEqual(
            ["pod/back condition met", "pod/front condition met"],
            self.podrun.ok("wait", "pods", "-l", "app=web", "--for=condition=Ready").out.splitlines(),
        )
        self.assertEqual('pod "back" deleted from default namespace\n', self.podrun.ok("delete", "pods", "--selector", "tier in (back)", "--now").out)
        self.assertEqual(("", "No resources found\n"), (lambda done: (done.out, done.err))(self.podrun.ok("delete", "pods", "-l", "tier=back")))
        self.assertEqual(["front", "other"], names(""))
        for arguments in (("get", "pod", "front", "-l", "a=b"), ("delete", "pods", "--all", "-l", "a=b"), ("get", "pods", "-l", "a=b=c")):
            self.assertEqual(2, self.podrun.run(*arguments).code)
