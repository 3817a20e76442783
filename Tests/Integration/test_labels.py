"""podrun label and annotate, label columns, several kinds at once, and what is said of names that are nearly right."""

import json

from harness.case import PodTestCase
from harness.manifest import waiting_pod
from harness.podrun import text

CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "site", "labels": {"app": "web"}}, "data": {"a": "1"}}


class Labels(PodTestCase):
    in_vm = False

    def metadata(self, name: str) -> dict:
        return (self.podrun.pod(name) or {})["metadata"]

    def test_label_and_annotate(self) -> None:
        before = self.running(waiting_pod("web"))
        steps = (
            (("label", "pod", "web", "app=web", "tier=front"), "pod/web labeled\n"),
            (("label", "pod/web", "app=web"), "pod/web not labeled\n"),
            (("label", "po", "web", "tier=back", "--overwrite"), "pod/web labeled\n"),
            (("label", "po", "web", "none-"), 'label "none" not found.\npod/web not labeled\n'),
            (("label", "po", "web", "x=y", "--dry-run=client"), "pod/web labeled (dry run)\n"),
            (("label", "po", "web", "--list"), "app=web\ntier=back\n"),
            (("label", "po", "-l", "app=web", "tier-"), "pod/web unlabeled\n"),
            (("annotate", "po", "--all", "note=a=b c"), "pod/web annotated\n"),
            (("get", "po", "-L", "app,tier", "--no-headers", "--show-labels"), None),
        )
        for arguments, words in steps:
            self.stage = " ".join(arguments)
            out = self.podrun.ok(*arguments).out
            self.assertEqual(words if words is not None else out, out)
        self.assertRegex(out, r"^web +1/1 +Running +0 +\d+s +web +app=web\n$")
        metadata = self.metadata("web")
        self.assertEqual(({"app": "web"}, {"note": "a=b c"}), (metadata["labels"], metadata["annotations"]))
        pod = self.podrun.pod("web") or {}
        self.assertEqual(before["status"]["containerStatuses"], pod["status"]["containerStatuses"], "the container went on")
        self.assertEqual(before["spec"], pod["spec"])

    def test_refusals(self) -> None:
        self.podrun.apply({**CONFIG_MAP})
        cases = (
            (("label", "cm", "site", "app=other"), "error: 'app' already has a value (web), and --overwrite is false\n"),
            (("label", "cm", "sites", "a=b"), 'Error from server (NotFound): configmaps "sites" not found\ndid you mean "site"?\n'),
        )
        for arguments, words in cases:
            result = self.podrun.run(*arguments)
            self.assertEqual((1, words, ""), (result.code, result.err, result.out))
        result = self.podrun.run("label", "cm", "site", "-bad-=x")
        self.assertEqual(2, result.code)  # a flag that is none
        result = self.podrun.run("label", "cm", "site", "bad/=x")
        self.assertEqual(1, result.code)
        self.assertIn("Error from server (Invalid)", result.err)

    def test_several_kinds(self) -> None:
        self.running(waiting_pod("web"))
        self.podrun.apply({**CONFIG_MAP})
        out = self.podrun.ok("get", "po,cm").out
        self.assertRegex(
            out,
            r"^NAME      READY   STATUS    RESTARTS   AGE\npod/web   1/1     Running   0          \d+s\n"
            r"\nNAME             DATA   AGE\nconfigmap/site   1      \d+s\n$",
        )
        self.assertRegex(self.podrun.ok("get", "all", "--no-headers").out, r"^pod/web +1/1")
        self.assertEqual("pod/web\nconfigmap/site\n", self.podrun.ok("get", "pod/web", "cm/site", "-o", "name").out)
        self.podrun.apply(waiting_pod("app"), {**CONFIG_MAP, "metadata": {"name": "about"}})
        for kind, first, second in (("pods", "web", "app"), ("cm", "site", "about")):
            rows = self.podrun.ok("get", kind, first, second, first, "--no-headers").out.splitlines()
            self.assertEqual([first, second, first], [row.split()[0] for row in rows], "as they were asked for")
        self.podrun.ok("delete", "pod/app", "cm/about", "--now")
        self.assertIn("configmaps", self.podrun.ok("api-resources", "-o", "name").out)
        self.assertIn("Name:         site", self.podrun.ok("describe", "po,cm").out)
        self.assertIn("Name:         web", self.podrun.ok("describe", "pod", "we").out)
        dry = self.podrun.ok("delete", "po,cm", "--field-selector", "metadata.name=site", "--dry-run=client").out
        self.assertEqual('configmap "site" deleted from default namespace (dry run)\n', dry)
        dry = self.podrun.ok("delete", "pod/web", "cm/site", "--dry-run=server", "-o", "name").out
        self.assertEqual("pod/web\nconfigmap/site\n", dry)
        out = self.podrun.ok("delete", "pod", "web", "--force").out
        self.assertEqual('pod "web" force deleted from default namespace\n', out)
        self.assertEqual("configmap/site\n", self.podrun.ok("delete", "cm", "--all", "-A", "-o", "name").out)
        self.assertEqual(1, self.podrun.run("delete", "cm", "site", "--dry-run=client").code)

    def test_output_of_changes(self) -> None:
        """`-o` prints the object after the change instead of what was done to it."""
        web = waiting_pod("web")
        manifests = text(web, {**CONFIG_MAP})

        def out(*arguments: str, input: str | None = None) -> str:
            return self.podrun.ok(*arguments, input=input).out

        would = json.loads(out("create", "-f", "-", "--dry-run=server", "-o", "json", input=text(web)))
        self.assertEqual(("default", "Always"), (would["metadata"]["namespace"], would["spec"]["restartPolicy"]))
        self.assertIsNone(self.podrun.pod("web"))
        several = json.loads(out("apply", "-f", "-", "-o", "json", input=manifests))
        self.assertEqual(("List", {"site", "web"}), (several["kind"], {each["metadata"]["name"] for each in several["items"]}))
        self.assertTrue(all(each["metadata"]["uid"] for each in several["items"]))
        self.assertEqual("configmap/site\npod/web\n", out("apply", "-f", "-", "-o", "name", input=manifests))
        changed = {**CONFIG_MAP, "data": {"a": "2"}}
        self.assertEqual("2", out("replace", "-f", "-", "-o", "jsonpath={.data.a}", input=text(changed)))
        self.assertIn("    tier: front\n", out("label", "pod", "web", "tier=front", "-o", "yaml"))
        self.assertEqual("pod/web\n", out("annotate", "pod", "web", "note=x", "-o", "name"))
        self.assertEqual("3", out("patch", "cm", "site", "-p", "data: {a: '3'}", "-o", "jsonpath={.data.a}"))
        self.assertEqual("configmap/other\n", out("create", "cm", "other", "-o", "name"))
        for name in ("site", "other"):
            self.assertEqual(name, json.loads(out("label", "cm", name, "x=y", "-o", "json"))["metadata"]["name"])
        documents = out("label", "cm", "site", "other", "x=z", "--overwrite", "-o", "yaml").split("---\n")
        self.assertEqual([True, True], ["x: z" in each for each in documents])
        out_of_force = self.podrun.ok("replace", "--force", "--grace-period=1", "-f", "-", "-o", "name", input=text(web))
        self.assertEqual("pod/web\n", out_of_force.out)
        limits = out("set", "resources", "pod", "web", "--limits=cpu=500m", "--dry-run=client", "-o", "jsonpath={.spec.containers[0].resources.limits.cpu}")
        self.assertEqual("500m", limits)
        refused = self.podrun.run("delete", "cm", "site", "-o", "yaml")
        self.assertEqual((2, True), (refused.code, "allowed formats are: name" in refused.err))

    def test_names_nearly_right(self) -> None:
        self.running(waiting_pod("nginx"))
        hint = 'Error from server (NotFound): pods "ngnix" not found\ndid you mean "nginx"?\n'
        verbs = (
            ("get", "pod", "ngnix"), ("describe", "pod", "ngnix"), ("logs", "ngnix"), ("exec", "ngnix", "--", "true"),
            ("delete", "pod", "ngnix"), ("attach", "ngnix"), ("wait", "pod/ngnix", "--for=condition=Ready"),
            ("label", "pod", "ngnix", "a=b"), ("set", "image", "pod/ngnix", "app=x"),
        )  # fmt: skip
        for arguments in verbs:
            result = self.podrun.run(*arguments)
            self.assertEqual((1, hint), (result.code, result.err), result)
        result = self.podrun.run("get", "pod", "nginx", "-n", "other")
        self.assertIn('did you mean "nginx"?', result.err)
        result = self.podrun.run("apply", "-f", "https://k8s.io/examples/pods/simple-pod.yaml")
        self.assertEqual((1, True), (result.code, "curl -fsSL URL | podrun apply -f -" in result.err), result)
