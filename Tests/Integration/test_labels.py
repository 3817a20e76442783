"""podrun label and annotate, label columns, several kinds at once, and what is said of names that are nearly right."""

from harness.case import PodTestCase
from harness.manifest import waiting_pod

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

    def test_names_nearly_right(self) -> None:
        self.running(waiting_pod("nginx"))
        hint = 'Error from server (NotFound): pods "ngnix" not found\ndid you mean "nginx"?\n'
        verbs = (
            ("get", "pod", "ngnix"), ("describe", "pod", "ngnix"), ("logs", "ngnix"), ("exec", "ngnix", "--", "true"),
            ("delete", "pod", "ngnix"), ("attach", "ngnix"), ("wait", "pod/ngnix", "--for=condition=Ready"),
            ("label", "pod", "ngnix", "a=b"),
        )  # fmt: skip
        for arguments in verbs:
            result = self.podrun.run(*arguments)
            self.assertEqual((1, hint), (result.code, result.err), result)
        result = self.podrun.run("get", "pod", "nginx", "-n", "other")
        self.assertIn('did you mean "nginx"?', result.err)
