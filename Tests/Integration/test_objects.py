"""ConfigMaps, Secrets and claims: what apply, get, describe and delete say, what is kept where, and what is refused."""

import base64
import json
import os
import pathlib
import stat
from typing import Any

from harness import paths
from harness.case import PodTestCase
from harness.podrun import Result, text

FAILURE = 1


def config_map(name: str, data: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data or {}, **fields}


def secret(name: str, data: dict[str, bytes] | None = None, **fields: Any) -> dict[str, Any]:
    encoded = {key: base64.b64encode(value).decode() for key, value in (data or {}).items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded, **fields}


def claim(name: str, size: str = "1Gi", **spec: Any) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


class Objects(PodTestCase):
    def apply(self, *manifests: dict[str, Any], arguments: tuple[str, ...] = ()) -> Result:
        return self.podrun.run("apply", *arguments, "-", input=text(*manifests))

    def get(self, kind: str, name: str) -> dict[str, Any]:
        return json.loads(self.podrun.ok("get", kind, name, "-o", "json").out)

    def test_life(self) -> None:
        """created, unchanged, configured; found under every name of its kind; gone."""
        objects = {
            "configmap": config_map("settings", {"a": "1"}),
            "secret": secret("settings", {"a": b"1"}),
            "persistentvolumeclaim": claim("settings"),
        }
        words = {"configmap": "cm", "secret": "secrets", "persistentvolumeclaim": "pvc"}
        for kind, manifest in objects.items():
            self.stage = kind
            self.assertEqual(f"{kind}/settings created\n", self.apply(manifest).out)
            uid = self.get(kind, "settings")["metadata"]["uid"]
            self.assertEqual(f"{kind}/settings unchanged\n", self.apply(manifest).out)
            labelled = {**manifest, "metadata": {"name": "settings", "labels": {"tier": "x"}}}
            self.assertEqual(f"{kind}/settings configured\n", self.apply(labelled).out)
            self.assertEqual(uid, self.get(kind, "settings")["metadata"]["uid"])
            self.assertEqual(f"{kind}/settings\n", self.podrun.ok("get", words[kind], "-o", "name").out)
            self.assertIn("tier=x", self.podrun.ok("describe", words[kind], "settings").out)
            self.assertEqual(f'{kind} "settings" deleted\n', self.podrun.ok("delete", f"{kind}/settings").out)
            result = self.podrun.run("get", kind, "settings")
            self.assertEqual((FAILURE, f'Error from server (NotFound): {kind}s "settings" not found\n'), (result.code, result.err))
            result = self.podrun.run("delete", kind, "settings")
            self.assertEqual((FAILURE, f'Error from server (NotFound): {kind}s "settings" not found\n'), (result.code, result.err))
            self.assertEqual(0, self.podrun.run("delete", kind, "settings", "--ignore-not-found").code)
            result = self.podrun.ok("get", words[kind])
            self.assertEqual(("", "No resources found in default namespace.\n"), (result.out, result.err))

    def test_tables(self) -> None:
        self.apply(
            config_map("first", {"a": "1", "b": "2"}, binaryData={"c": "AA=="}),
            secret("token", {"a": b"1"}),
            claim("data"),
            claim("elsewhere", storageClassName="fast"),
        )
        self.apply(config_map("second"), arguments=("-n", "other"))
        out = self.podrun.ok("get", "cm", "-A").out
        self.assertRegex(out, r"^NAMESPACE   NAME     DATA   AGE\ndefault     first    3      \d+s\nother       second   0      \d+s\n$")
        self.assertRegex(self.podrun.ok("get", "secrets").out, r"^NAME    TYPE     DATA   AGE\ntoken   Opaque   1      \d+s\n$")
        lines = self.podrun.ok("get", "pvc", "-o", "wide").out.splitlines()
        header = "NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE VOLUMEMODE"
        self.assertEqual(header.split(), lines[0].split())
        volume = f"pvc-{self.get('pvc', 'data')['metadata']['uid']}"
        self.assertEqual(["data", "Bound", volume, "1Gi", "RWO", "local", "<unset>"], lines[1].split()[:7])
        self.assertEqual(["elsewhere", "Pending", "fast", "<unset>"], lines[2].split()[:4])

    def test_files(self) -> None:
        """`delete -f` and `apply -f` of many kinds; what pods refer to is applied before them."""
        path = self.file("all.yaml", text(config_map("last"), claim("data"), secret("first")))
        self.assertEqual(
            "secret/first created\nconfigmap/last created\npersistentvolumeclaim/data created\n", self.podrun.ok("apply", path).out
        )
        result = self.podrun.ok("delete", "-f", path)
        self.assertEqual(
            ['configmap "last" deleted', 'persistentvolumeclaim "data" deleted', 'secret "first" deleted'], result.out.splitlines()
        )

    def test_where_they_are(self) -> None:
        """ConfigMaps survive with the data directory; Secrets are only on a tmpfs, for root alone, and survive the agent."""
        result = self.apply(config_map("kept", {"key": "value"}), secret("hidden", {"key": b"value"}))
        self.assertEqual(0, result.code, result)
        self.podrun.kill_agent()
        self.assertEqual({"key": "value"}, self.get("cm", "kept")["data"])
        self.assertEqual({"key": "dmFsdWU="}, self.get("secret", "hidden")["data"])
        stored = [path for path in paths.DATA_DIRECTORY.rglob("*kept*") if path.is_file()]
        self.assertEqual(1, len(stored))
        hidden = [path for path in paths.RUN_DIRECTORY.rglob("*hidden*") if path.is_file()]
        self.assertEqual([pathlib.Path(paths.RUN_DIRECTORY / "memory/secrets")], [path.parent for path in hidden])
        self.assertEqual(0o600, stat.S_IMODE(hidden[0].stat().st_mode))
        self.assertEqual(0o700, stat.S_IMODE((paths.RUN_DIRECTORY / "memory").stat().st_mode))
        self.assertEqual([], [path for path in paths.DATA_DIRECTORY.rglob("*hidden*")])

    def test_large(self) -> None:
        """A ConfigMap of the largest size, however its bytes are written; many of them in one list; many keys."""
        manifest = config_map("large", {"text": "\x01" * 400_000 + "x" * ((1 << 20) - 400_000)})
        self.assertEqual("configmap/large created\n", self.apply(manifest).out)
        self.assertEqual(manifest["data"], self.get("cm", "large")["data"])
        keys = {f"key-{number}": f"value {number}" for number in range(1000)}
        result = self.apply(config_map("many", keys))
        self.assertEqual("configmap/many created\n", result.out)
        self.assertLess(result.seconds, 2)
        self.assertEqual(keys, self.get("cm", "many")["data"])
        self.podrun.ok("delete", "cm", "--all")
