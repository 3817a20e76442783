"""Image volumes: the files of an image, read-only, pulled and told of as a container's image is."""

from typing import Any

from harness.pulling import PullTestCase, small_image
from harness.manifest import IMAGE, container, pod, states
from harness.podrun import text
from harness.waiting import wait_for


def volume(reference: str, policy: str | None = None, name: str = "files") -> dict[str, Any]:
    return {"name": name, "image": {"reference": reference, **({"pullPolicy": policy} if policy else {})}}


def mount(path: str, name: str = "files", **fields: Any) -> dict[str, Any]:
    return {"name": name, "mountPath": path, **fields}


class ImageVolumes(PullTestCase):
    def test_files_of_an_image(self) -> None:
        """All layers, no way to write or run them, parts by subPath, two images side by side."""
        mounts = [mount("/files"), mount("/etc-of-it", subPath="etc"), mount("/one", subPath="etc/passwd"), mount("/other", "other")]
        app = container("app", "/probe", "wait", volumeMounts=mounts)
        self.running(pod("files", app, volumes=[volume(IMAGE), volume("podrun-test:user", name="other")]))
        result = self.podrun.exec("files", "sh", "-c", "ls /files /etc-of-it; head -n 1 /one; test -x /other/probe && /other/probe exit 0")
        self.assertIn("\nprobe\n", result.out)
        self.assertIn("passwd", result.out)
        self.assertIn("root:x:0:0", result.out)
        self.assertNotIn("hostname", result.out.split("/etc-of-it")[1])
        self.assertEqual(126, result.code)
        self.assertIn("Read-only", self.podrun.exec("files", "touch", "/files/etc/new").err)
        lines = [line for line in self.podrun.report("files")["mounts"] if line.split()[4] == "/files"]
        self.assertEqual(1, len(lines))
        self.assertLessEqual({"ro", "nosuid", "nodev", "noexec"}, set(lines[0].split()[5].split(",")))
        described = self.podrun.ok("describe", "pod", "files").out
        self.assertRegex(described, r"Type: +Image \(a container image or OCI artifact\)\n +Reference: +podrun-test:1\n +PullPolicy: +IfNotPresent")
        self.assertIn("is in use by pod", self.podrun.run("image", "rm", "podrun-test:user").err)

    def test_what_is_missing(self) -> None:
        """The container waits with the image's reason. A subPath must exist: nothing is made in an image."""
        app = container("app", "/probe", "wait", volumeMounts=[mount("/files")])
        part = container("part", "/probe", "wait", volumeMounts=[mount("/part", "there", subPath="no/such")])
        manifest = pod("late", app, part, volumes=[volume("podrun-test:volume", "Never"), volume(IMAGE, name="there")])
        self.podrun.run("apply", "-f", self.file("pod.yaml", text(manifest)))
        expected = {
            "app": ("ErrImageNeverPull", 'Container image "podrun-test:volume" is not present with pull policy of Never'),
            "part": ("CreateContainerConfigError", 'failed to prepare subPath for volumeMount "there" of container "part"'),
        }

        def waiting() -> dict[str, Any]:
            found = {name: state["state"].get("waiting", {}) for name, state in states(self.podrun.pod("late") or {}).items()}
            return {name: (state.get("reason"), state.get("message")) for name, state in found.items()}

        wait_for(lambda: waiting() == expected, f"{expected}")

    def test_pulled(self) -> None:
        """Pulled as a container's image is, before it; the events are the pod's, not a container's."""
        server = self.debian()
        reference = server.push("team/data", small_image(layers=2))
        app = container("app", "/probe", "wait", volumeMounts=[mount("/files")])
        self.running(pod("pulled", app, volumes=[volume(reference)]))
        events = self.podrun.ok("describe", "pod", "pulled").out.partition("Events:")[2]
        self.assertRegex(events, f'(?s)Pulling .*Pulling image "{reference}".*Pulled .*Successfully pulled image "{reference}" in .*Started')
        self.podrun.delete("pulled")
        self.podrun.ok("image", "rm", reference)
