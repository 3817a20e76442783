"""The order in which a pod's containers end, and the time they get."""

import os
import time
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.waiting import wait_for

DATA = [{"name": "data", "mountPath": "/data"}]


class Termination(PodTestCase):
    in_vm = False

    def writer(self, name: str, delay: str = "0", **fields: Any) -> dict[str, Any]:
        """Writes its name when it is told to stop."""
        command = f"trap 'sleep {delay}; echo {name} >> /data/order; exit 0' TERM; touch /data/{name}; while :; do sleep 0.05; done"
        return container(name, "sh", "-c", command, volumeMounts=DATA, **fields)

    def start(self, manifest: dict[str, Any], *names: str) -> None:
        """Applies the pod and waits until the containers can be told to stop."""
        manifest["spec"]["volumes"] = [{"name": "data", "hostPath": {"path": str(self.directory)}}]
        os.chmod(self.directory, 0o777)
        self.podrun.apply(manifest)
        wait_for(lambda: all((self.directory / name).exists() for name in names), "all containers")

    def order(self) -> list[str]:
        path = self.directory / "order"
        return path.read_text().split() if path.exists() else []

    def test_sidecars_end_last(self) -> None:
        """The regular container first, however long it takes, then the sidecars from the last to the first."""
        sidecars = [self.writer(name, restartPolicy="Always") for name in ("first", "second")]
        manifest = pod("ordered", self.writer("app", delay="0.5"), initContainers=sidecars, terminationGracePeriodSeconds=20)
        self.start(manifest, "first", "second", "app")
        self.podrun.ok("delete", "pod", "ordered")
        self.assertEqual(["app", "second", "first"], self.order())

    def test_sidecars_share_the_grace_period(self) -> None:
        """A regular container that doesn't end takes the whole of it; the sidecar is told to stop then, and not before."""
        sidecar = self.writer("proxy", restartPolicy="Always")
        command = "trap 'sleep 0.5; echo told >> /data/order' TERM; touch /data/app; while :; do sleep 0.05; done"
        deaf = container("app", "sh", "-c", command, volumeMounts=DATA)
        self.start(pod("deaf", deaf, initContainers=[sidecar], terminationGracePeriodSeconds=2), "proxy", "app")
        begin = time.monotonic()
        self.podrun.ok("delete", "pod", "deaf")
        self.assertLess(time.monotonic() - begin, 20)
        self.assertEqual(["told", "proxy"], self.order())

    def test_an_agent_that_dies_meanwhile(self) -> None:
        """The next one goes on where the last one was."""
        sidecar = self.writer("proxy", restartPolicy="Always")
        manifest = pod("handed", self.writer("app", delay="1"), initContainers=[sidecar], terminationGracePeriodSeconds=20)
        self.start(manifest, "proxy", "app")
        self.podrun.ok("delete", "pod", "handed", "--wait=false")
        self.podrun.kill_agent()
        wait_for(lambda: self.podrun.pod("handed") is None, "end of the pod")
        self.assertEqual(["app", "proxy"], self.order())
