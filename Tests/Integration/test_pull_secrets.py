"""imagePullSecrets: images that nobody gets without a login."""

import base64
import json
import pathlib
from typing import Any

from harness import hostile, paths
from harness.case import forget_images
from harness.hostile import ScriptedRegistry
from harness.manifest import container, pod, states
from harness.podrun import command_line, processes, text
from harness.pulling import PullTestCase, Store, small_image
from harness.registry import PASSWORD, USER, basic
from harness.server import Exchange
from harness.waiting import wait_for


def secret(name: str, host: str, password: str = PASSWORD, legacy: bool = False) -> dict[str, Any]:
    logins = {host: {"username": USER, "password": password, "auth": basic(USER, password).removeprefix("Basic ")}}
    key, document = (".dockercfg", logins) if legacy else (".dockerconfigjson", {"auths": logins})
    data = {key: base64.b64encode(json.dumps(document).encode()).decode()}
    kind = "dockercfg" if legacy else "dockerconfigjson"
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": f"kubernetes.io/{kind}", "data": data}


class PullSecrets(PullTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.registry(ScriptedRegistry())
        self.server.always("/v2/", self.only_with_login)
        self.reference = self.server.add("private", small_image())
        self.addCleanup(self.forget)
        # Workers inherit the agent's environment: the next command starts one with the short waits.
        self.podrun.run("agent", "--stop")
        self.podrun.ok("get", "pods", env=self.environment)
        self.addCleanup(self.podrun.run, "agent", "--stop")

    def only_with_login(self, exchange: Exchange) -> None:
        if exchange.request.headers.get("authorization") == basic(USER, PASSWORD):
            return self.server.serve(exchange)
        exchange.answer(401, {"WWW-Authenticate": 'Basic realm="private"'}, b'{"errors":[{"code":"UNAUTHORIZED"}]}')

    def forget(self) -> None:
        self.podrun.ok("delete", "pod", "--all", "-A", "--now")
        for name in ("good", "stale", "legacy"):
            self.podrun.run("delete", "secret", name)
        for name in Store(paths.DATA_DIRECTORY).names():
            if "podrun-test" not in name:
                self.podrun.run("image", "rm", name)
        forget_images()

    def manifest(self, name: str, *secrets: str, policy: str = "Always") -> dict[str, Any]:
        app = container("app", "/probe", "wait", image=self.reference, imagePullPolicy=policy)
        return pod(name, app, imagePullSecrets=[{"name": each} for each in secrets])

    def events(self, name: str) -> str:
        return self.podrun.ok("describe", "pod", name).out.partition("Events:")[2]

    def test_both_types(self) -> None:
        for name, legacy in (("good", False), ("legacy", True)):
            self.stage = name
            # In one file, the Secret behind the pod.
            self.podrun.apply(self.manifest(name, name), secret(name, self.server.host, legacy=legacy))
            self.podrun.wait_phase(name, "Running")
            self.assertNotIn("FailedToRetrieveImagePullSecret", self.events(name))

    def test_every_login_is_tried(self) -> None:
        self.podrun.apply(secret("stale", self.server.host, "old"), secret("good", self.server.host))
        self.running(self.manifest("two", "stale", "good"))

    def test_secret_that_comes_later(self) -> None:
        """The kubelet's event and ErrImagePull; the next try finds it."""
        result = self.podrun.run("apply", "-", input=text(self.manifest("late", "good")))
        self.assertEqual(1, result.code, result)
        self.assertRegex(
            self.events("late"),
            r"Warning +FailedToRetrieveImagePullSecret .*Unable to retrieve some image pull secrets \(good\); "
            "attempting to pull the image may not succeed.",
        )
        self.podrun.apply(secret("good", self.server.host))
        self.podrun.wait_phase("late", "Running")

    def test_pods_with_and_without(self) -> None:
        """Nobody gets an error because another pod has no login."""
        self.podrun.apply(secret("good", self.server.host))
        result = self.podrun.run("apply", "-", input=text(self.manifest("without"), self.manifest("with", "good")))
        self.assertEqual(1, result.code, result)
        self.podrun.wait_phase("with", "Running")
        self.assertIn(states(self.podrun.pod("without") or {})["app"]["state"]["waiting"]["reason"], ("ErrImagePull", "ImagePullBackOff"))

    def test_password_is_nowhere(self) -> None:
        """Neither in argv or environment of the worker, nor in what the pod, its events and files say of a failure (E8)."""
        good = secret("good", self.server.host)
        self.podrun.apply(good)
        words = (PASSWORD, basic(USER, PASSWORD).removeprefix("Basic "), good["data"][".dockerconfigjson"])
        self.server.on("GET .*/blobs/", hostile.stall(at=10))
        client = self.podrun.start("apply", "-", stdin=open(self.file("pod.json", text(self.manifest("slow", "good"))), "rb"))

        def workers() -> list[int]:
            return [pid for pid in processes() if command_line(pid)[1:2] == ["worker"]]

        wait_for(lambda: self.server.count("GET", "/blobs/") and workers(), "a worker that waits for the blob")
        for pid in workers():
            for name in ("cmdline", "environ"):
                seen = pathlib.Path(f"/proc/{pid}/{name}").read_text(errors="replace")
                self.assertEqual([], [word for word in words if word in seen])
        said = self.podrun.ok("describe", "pod", "slow").out + self.podrun.ok("get", "pod", "slow", "-o", "yaml").out
        self.podrun.delete("slow")
        client.communicate(timeout=60)
        self.assertEqual([], [word for word in words if word in said])
        tops = (paths.DATA_DIRECTORY, paths.LOG_DIRECTORY, paths.RUN_DIRECTORY)
        files = [path for top in tops for path in top.rglob("*") if path.is_file() and paths.RUN_DIRECTORY / "memory" not in path.parents]
        self.assertEqual([], [path for path in files if any(word.encode() in path.read_bytes() for word in words)])
