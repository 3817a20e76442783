"""Images on this host: looked at, saved, checked, removed, and collected when their disk fills."""

import json
import os
import pathlib
import signal
import subprocess

from harness import case, image
from harness.case import PodTestCase
from harness.manifest import container, pod, states, waiting_pod
from harness.podrun import Result, text
from harness.waiting import wait_for

NAME = "podrun-test"
STORE = pathlib.Path("/var/lib/podrun/images")


class Images(PodTestCase):
    in_vm = False

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.reload)

    def reload(self) -> None:
        """Other tests find the images that these took away."""
        case._images_loaded = False
        case._corpus_loaded.clear()
        case.load_images(self.podrun)

    def names(self) -> set[str]:
        lines = self.podrun.ok("image", "ls", "--no-headers").out.splitlines()
        return {":".join(line.split()[:2]) for line in lines}

    def other_store(self, *arguments: str) -> Result:
        """A command with a store of its own."""
        return self.podrun.ok(f"--data-dir={self.directory}/data", *arguments)

    def load(self, name: str, tag: str = "1") -> None:
        self.podrun.ok("image", "load", str(image.layout(tag)), "--name", name)

    def test_inspect(self) -> None:
        (found,) = json.loads(self.podrun.ok("image", "inspect", f"{NAME}:user").out)
        self.assertEqual("app", found["Config"]["User"])
        self.assertEqual([f"{NAME}:user"], found["RepoTags"])
        self.assertEqual(2, len(found["RootFS"]["Layers"]))
        short = found["Id"].removeprefix("sha256:")[:12]
        self.assertEqual([found], json.loads(self.podrun.ok("image", "inspect", short).out))
        self.assertIn(f"Id: {found['Id']}", self.podrun.ok("image", "inspect", short, "-o", "yaml").out)
        missing = self.podrun.run("image", "inspect", "no-such-image")
        self.assertEqual((1, "[]\n"), (missing.code, missing.out))
        self.assertIn('image "no-such-image" not found', missing.err)

    def test_saved_images_load_elsewhere(self) -> None:
        archive = str(self.directory / "saved.tar")
        self.podrun.ok("image", "save", f"{NAME}:1", f"{NAME}:user", "-o", archive)
        self.assertEqual(f"Loaded image: {NAME}:1\nLoaded image: {NAME}:user\n", self.other_store("image", "load", archive).out)
        for tag in ("1", "user"):
            here = self.podrun.ok("image", "inspect", f"{NAME}:{tag}").out
            self.assertEqual(here, self.other_store("image", "inspect", f"{NAME}:{tag}").out)
        self.assertEqual(["saved.tar"], [name for name in os.listdir(self.directory) if name.startswith("saved")])
        missing = self.podrun.run("image", "save", "no-such-image", "-o", archive + ".2")
        self.assertEqual(1, missing.code)
        self.assertFalse(os.path.exists(archive + ".2"))

    def test_verify_names_what_is_damaged(self) -> None:
        self.other_store("image", "load", str(image.layout("1")))
        verify = (f"--data-dir={self.directory}/data", "image", "verify")
        self.assertEqual(f"{NAME}:1: ok\n", self.podrun.ok(*verify).out)
        store = self.directory / "data/images"
        (probe,) = store.glob("layers/*/probe")
        contents = probe.read_bytes()
        probe.write_bytes(contents[:-1] + b"x")
        damaged = self.podrun.run(*verify)
        self.assertEqual(1, damaged.code)
        self.assertIn('"probe" has other contents', damaged.err)
        probe.write_bytes(contents)
        blob = max(store.glob("blobs/sha256/*"), key=lambda path: path.stat().st_size)
        with blob.open("r+b") as file:
            file.truncate(1000)
        damaged = self.podrun.run(*verify)
        self.assertEqual(1, damaged.code)
        self.assertIn(f"blob sha256:{blob.name} is damaged", damaged.err)

    def test_images_in_use_stay(self) -> None:
        """Of a running pod, and of one that has ended; the name, and the image itself by its ID."""
        self.load("mine:1", "root-user")
        (found,) = json.loads(self.podrun.ok("image", "inspect", "mine:1").out)
        self.finished(pod("ended", container("app", "/bin/true", image="mine:1"), restartPolicy="Never"))
        for name in ("mine:1", found["Id"]):
            refused = self.podrun.run("image", "rm", name)
            self.assertEqual(1, refused.code, refused)
            self.assertIn('is in use by pod "default/ended"', refused.err)
        self.podrun.ok("image", "prune", "-a", "-f")
        self.assertEqual({"mine:1", f"{NAME}:root-user"}, self.names())
        self.podrun.delete("ended")
        self.assertEqual("Removed image: mine:1\n", self.podrun.ok("image", "rm", "mine:1").out)

    def test_a_pod_keeps_the_image_that_lost_its_name(self) -> None:
        """Another image takes the name; the pod runs on from the first."""
        self.load("moving:1", "1")
        self.podrun.ok("image", "rm", f"{NAME}:1")
        (first,) = json.loads(self.podrun.ok("image", "inspect", "moving:1").out)
        self.running(pod("old", container("app", image="moving:1")))
        self.load("moving:1", "user")
        self.podrun.ok("image", "prune", "-a", "-f")
        self.assertEqual({"moving:1", f"{NAME}:user"}, self.names())
        self.podrun.ok("image", "inspect", first["Id"])
        self.assertEqual(0, self.podrun.exec("old", "/bin/ls", "/").code)
        self.podrun.delete("old")
        self.podrun.ok("image", "prune", "-f")
        self.assertEqual(1, self.podrun.run("image", "inspect", first["Id"]).code)

    def test_prune_asks_and_says_what_it_freed(self) -> None:
        self.load("unused:1", "user")
        self.podrun.ok("image", "rm", f"{NAME}:user")
        self.load("unused:1", "root-user")
        declined = self.podrun.ok("image", "prune", input="n\n")
        self.assertIn("WARNING! This will remove all dangling images.", declined.out)
        self.assertNotIn("reclaimed", declined.out)
        pruned = self.podrun.ok("image", "prune", input="y\n")
        self.assertRegex(pruned.out, r"deleted: sha256:[0-9a-f]{64}\n\nTotal reclaimed space: [0-9.]+k?B\n$")
        self.assertIn("unused:1", self.names())
        pruned = self.podrun.ok("image", "prune", "-a", "-f")
        self.assertIn("untagged: unused:1\n", pruned.out)
        self.assertEqual(set(), self.names())
        self.assertEqual([], list((STORE / "layers").iterdir()))
        self.assertEqual([], list((STORE / "blobs/sha256").iterdir()))

    def test_full_disk_takes_unused_images(self) -> None:
        """Every image that no unfinished pod uses goes; the pod that runs can still restart."""
        if self.podrun.agent() is not None:
            self.podrun.kill_agent()
        log = (self.directory / "agent.log").open("wb+")
        flags = ("--image-gc-high-threshold=1", "--image-gc-low-threshold=0", "--image-gc-period=300ms")
        agent = subprocess.Popen([str(self.podrun.binary), "agent", *flags], stdin=subprocess.DEVNULL, stderr=log)
        try:
            wait_for(lambda: self.podrun.run("get", "pods").code == 0, "agent that answers")
            self.running(waiting_pod("busy"))
            wait_for(lambda: self.names() == {f"{NAME}:1"}, "removal of the unused images", 30)
            self.podrun.exec("busy", "/bin/kill", "1")
            app = lambda: states(self.podrun.pod("busy") or {}).get("app", {})
            wait_for(lambda: app().get("restartCount") == 1 and "running" in app()["state"], "restart")
            self.podrun.delete("busy")
            log.seek(0)
            self.assertIn(b"Removing image to free bytes: imageID=sha256:", log.read())
        finally:
            agent.send_signal(signal.SIGTERM)
            agent.wait()
            log.close()

    def test_pull_secrets_are_said_to_be_missing(self) -> None:
        manifest = waiting_pod("secret")
        manifest["spec"]["imagePullSecrets"] = [{"name": "a"}, {"name": "b"}]
        self.podrun.apply(manifest)
        described = self.podrun.ok("describe", "pod", "secret").out
        self.assertIn("FailedToRetrieveImagePullSecret", described)
        self.assertIn("Unable to retrieve some image pull secrets (a, b); attempting to pull the image may not succeed.", described)

    def test_deleted_while_its_image_is_missing(self) -> None:
        name = "gone"
        self.podrun.run("apply", "--wait=false", "-", input=text(pod(name, container("app", image="127.0.0.1:1/none:1"))))
        self.podrun.delete(name)
        self.assertIsNone(self.podrun.pod(name))

    def test_what_is_wrong_with_the_configuration_reaches_the_pod(self) -> None:
        """The worker says it; nothing else would tell the user."""
        path = pathlib.Path("/etc/containers/registries.conf")
        before = path.read_bytes() if path.exists() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.write_text("[[registry]\n")
            result = self.podrun.run("apply", "-", input=text(pod("wrong", container("app", image="127.0.0.1:1/none:1"))))
        finally:
            if before is None:
                path.unlink()
            else:
                path.write_bytes(before)
        self.assertEqual(1, result.code)
        self.assertRegex(result.err, r"ErrImagePull: .*registries\.conf")
