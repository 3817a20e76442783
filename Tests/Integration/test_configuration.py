"""ConfigMaps, Secrets and the pod's own fields in environments and volumes, as the kubelet shows them."""

import re
from typing import Any

from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.podrun import Podrun


def shown(name: str, source: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A pod that has one volume `data` at /data and waits."""
    app = container("app", "/probe", "wait", volumeMounts=[{"name": "data", "mountPath": "/data"}])
    return pod(name, app, volumes=[{"name": "data", **source}], **spec)


def listing(podrun: Podrun, name: str, path: str = "/data") -> list[str]:
    """`ls -la` below a path of the pod's container: mode, owner, group, name and target, with `DATE` for the data directory."""
    script = f"cd {path} && find . | while read -r file; do stat -c '%A %u %g %N' \"$file\"; done"
    out = podrun.exec(name, "sh", "-c", script).out
    return re.sub(r"\.\.2\d{3}(_\d\d){5}\.\d+", "DATE", out).splitlines()


class DownwardAPI(PodTestCase):
    def test_volume(self) -> None:
        items = [
            {"path": "name", "fieldRef": {"fieldPath": "metadata.name"}},
            {"path": "about/labels", "fieldRef": {"fieldPath": "metadata.labels"}, "mode": 0o444},
            {"path": "request", "resourceFieldRef": {"containerName": "app", "resource": "requests.memory", "divisor": "1Mi"}},
        ]
        manifest = shown("down", {"downwardAPI": {"items": items, "defaultMode": 0o400}})
        manifest["metadata"]["labels"] = {"b": "two", "a": "one"}
        manifest["spec"]["containers"][0]["resources"] = {"requests": {"memory": "1025Ki"}}
        self.running(manifest)
        for path, expected in (("name", "down"), ("about/labels", 'a="one"\nb="two"'), ("request", "2")):
            self.assertEqual(expected, self.podrun.exec("down", "cat", f"/data/{path}").out)
        self.assertCountEqual(
            [
                "drwxrwxrwt 0 0 .", "lrwxrwxrwx 0 0 './..data' -> 'DATE'", "drwxr-xr-x 0 0 ./DATE",
                "drwxr-xr-x 0 0 ./DATE/about", "-r--r--r-- 0 0 ./DATE/about/labels", "-r-------- 0 0 ./DATE/name",
                "-r-------- 0 0 ./DATE/request", "lrwxrwxrwx 0 0 './about' -> '..data/about'",
                "lrwxrwxrwx 0 0 './name' -> '..data/name'", "lrwxrwxrwx 0 0 './request' -> '..data/request'",
            ],
            listing(self.podrun, "down"),
        )
