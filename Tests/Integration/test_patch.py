"""podrun patch, edit and diff: what they say and what becomes of the object; logs of several pods."""

import json
import os
import pathlib
import re
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod, waiting_pod
from harness.podrun import Result, text
from harness.stream import Stream
from harness.waiting import wait_for

CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "site"}, "data": {"color": "blue"}}
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, "data": {"password": "c2VjcmV0"}}


class Patch(PodTestCase):
    in_vm = False

    def data(self) -> Any:
        return json.loads(self.podrun.ok("get", "cm", "site", "-o", "json").out)["data"]

    def test_patch(self) -> None:
        self.running(waiting_pod("web"))
        self.podrun.apply(CONFIG_MAP)
        labels = '{"metadata":{"labels":{"tier":"front"}}}'
        steps = (
            (("pod", "web", "-p", labels), 0, "pod/web patched\n"),
            (("pod/web", "-p", labels), 0, "pod/web patched (no change)\n"),
            (("cm", "site", "--type=json", "-p", '[{"op":"add","path":"/data/size","value":"1"}]'), 0, "configmap/site patched\n"),
            (("cm", "site", "--type=merge", "-p", "data: {color: null}", "--dry-run=client"), 0, "configmap/site patched (dry run)\n"),
            (("pod", "web", "-p", '{"spec":{"nodeName":"x"}}'), 1, "Error from server (Invalid)"),
            (("pod", "web", "-p", '{"metadata":{"name":"x"}}'), 1, "does not match the name on the URL (web)"),
            (("pod", "wbe", "-p", "{}"), 1, 'did you mean "web"?'),
        )
        for arguments, code, words in steps:
            self.stage = " ".join(arguments)
            result = self.podrun.run("patch", *arguments)
            self.assertEqual(code, result.code, result)
            self.assertEqual(words, result.out) if code == 0 else self.assertIn(words, result.err)
        self.assertEqual({"color": "blue", "size": "1"}, self.data())
        self.assertEqual({"tier": "front"}, (self.podrun.pod("web") or {})["metadata"]["labels"])

    def edit(self, script: str) -> Result:
        editor = self.file("editor", f"#!/bin/sh\n{script}\n")
        os.chmod(editor, 0o755)
        return self.podrun.run("edit", "cm/site", env={**os.environ, "KUBE_EDITOR": editor, "TMPDIR": str(self.directory)})

    def test_edit(self) -> None:
        self.podrun.apply(CONFIG_MAP)
        result = self.edit('sed -i s/blue/green/ "$1"')
        self.assertEqual((0, "configmap/site edited\n", {"color": "green"}), (result.code, result.out, self.data()), result)
        for script in ("true", ': > "$1"', 'sed -i "s/^#.*//" "$1"'):
            result = self.edit(script)
            self.assertEqual((0, ""), (result.code, result.out), script)
            self.assertIn("Edit cancelled", result.err, script)
        # Wrong at first, then mended: the file came again with the reason in it.
        wrong = r'sed -i "s/^kind/unknown: x\nkind/" "$1"'
        result = self.edit(f'if grep -q "was not valid" "$1"; then sed -i "/^unknown/d; s/green/red/" "$1"; else {wrong}; fi')
        self.assertEqual((0, {"color": "red"}), (result.code, self.data()), result)
        result = self.edit(f'grep -q ^unknown "$1" || {wrong}')
        self.assertEqual(1, result.code)
        self.assertIn("error: Edit cancelled, no valid changes were saved.\n", result.err)
        kept = re.findall(r'stored to "([^"]+)"', result.err)
        self.assertIn("unknown: x", pathlib.Path(kept[0]).read_text())
        self.assertEqual(kept, [str(path) for path in self.directory.glob("podrun-edit-*")], "only the one that was kept is left")
        result = self.edit("exit 3")
        self.assertEqual((1, True), (result.code, "there was a problem with the editor" in result.err))

    def test_diff(self) -> None:
        self.podrun.apply(CONFIG_MAP, SECRET)
        self.running(waiting_pod("web"))

        def diff(*manifests: dict[str, Any], **options: Any) -> Result:
            return self.podrun.run("diff", "-f", "-", input=text(*manifests), **options)

        same = diff(CONFIG_MAP, SECRET, waiting_pod("web"))
        self.assertEqual((0, ""), (same.code, same.out), same)
        result = diff({**CONFIG_MAP, "data": {"color": "red"}}, waiting_pod("web", metadata={"labels": {"a": "b"}}))
        self.assertEqual(1, result.code, result)
        self.assertRegex(result.out, r"(?m)^diff -u -N \S*/LIVE-\w+/v1\.ConfigMap\.default\.site \S*/MERGED-\w+/v1\.ConfigMap\.default\.site$")
        for line in ("-  color: blue", "+  color: red", "+    a: b"):
            self.assertIn(f"\n{line}\n", result.out)
        result = diff({**SECRET, "data": {"password": "b3RoZXI="}})
        self.assertIn("-  password: '*** (before)'\n+  password: '*** (after)'\n", result.out)
        self.assertNotIn("c2VjcmV0", result.out)
        self.assertEqual(1, diff(waiting_pod("new")).code)
        invalid = diff(waiting_pod("web", hostNetwork=True))
        self.assertEqual((2, ""), (invalid.code, invalid.out))
        self.assertIn("Error from server (Invalid)", invalid.err)
        program = diff({**CONFIG_MAP, "data": {}}, env={**os.environ, "KUBECTL_EXTERNAL_DIFF": "ls -1"})
        self.assertEqual((0, 2), (program.code, program.out.count("v1.ConfigMap.default.site")))
        self.assertEqual(2, self.podrun.run("diff", "-f", "/none").code)

    def test_logs_of_several_pods(self) -> None:
        def talking(name: str) -> dict[str, Any]:
            script = f"for i in $(seq 12); do echo {name} $i; done; trap 'exit 0' TERM; sleep 1000 & wait"
            return pod(name, container("app", "sh", "-c", script), metadata={"labels": {"app": "x"}})

        self.podrun.apply(talking("a"), talking("b"))
        self.podrun.ok("wait", "po", "--all", "--for=condition=Ready")
        self.podrun.ok("wait", "po/a", "--for=jsonpath={.status.phase}=Running")
        lines = "[pod/a/app] a 12\n[pod/b/app] b 12\n"
        wait_for(lambda: self.podrun.ok("logs", "-l", "app=x", "--prefix", "--tail", "1").out == lines, "the last lines")
        self.assertEqual(20, len(self.podrun.ok("logs", "-l", "app=x").out.splitlines()))
        result = self.podrun.run("logs", "-l", "app=x", "-f", "--max-log-requests=1")
        words = "error: you are attempting to follow 2 log streams, but maximum allowed concurrency is 1, use --max-log-requests to increase the limit\n"
        self.assertEqual((1, words), (result.code, result.err))
        follower = self.podrun.start("logs", "-l", "app=x", "-f", "--tail=1")
        out = Stream(follower.stdout.fileno())
        self.assertEqual(b"a 12\nb 12\n", out.until(b"b 12\n"))
        self.podrun.delete("a", "b")
        self.assertEqual((b"", b""), follower.communicate(timeout=60))
        self.assertEqual("No resources found in default namespace.\n", self.podrun.ok("logs", "-l", "app=none").err)
