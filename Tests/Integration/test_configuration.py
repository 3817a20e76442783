"""ConfigMaps, Secrets and the pod's own fields in environments and volumes, as the kubelet shows them."""

import os
import pathlib
import re
import time
from typing import Any

from harness import paths
from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.podrun import Podrun, text
from harness.waiting import wait_for
from test_objects import config_map, secret

MEMORY = paths.RUN_DIRECTORY / "memory"
#: Seconds in which a pod starts that waits for nothing any more: less than any back-off.
AT_ONCE = 9


def shown(name: str, source: dict[str, Any], *others: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A pod that has one volume `data` at /data and waits."""
    app = container("app", "/probe", "wait", volumeMounts=[{"name": "data", "mountPath": "/data"}, *others])
    return pod(name, app, volumes=[{"name": "data", **source}, *spec.pop("volumes", [])], **spec)


def listing(podrun: Podrun, name: str, path: str = "/data") -> list[str]:
    """What is below a path in the pod's container: mode, owner, group, name and target, with `DATE` for the data directory."""
    script = f"cd {path} && find . | while read -r file; do stat -c '%A %u %g %N' \"$file\"; done"
    out = podrun.exec(name, "sh", "-c", script).out
    return sorted(re.sub(r"\.\.2\d{3}(_\d\d){5}\.\d+", "DATE", out).splitlines())


class ConfigurationTestCase(PodTestCase):
    def objects(self, *manifests: dict[str, Any]) -> None:
        """Applies objects, for the time of the test."""
        self.podrun.apply(*manifests)
        for manifest in manifests:
            kind, name = manifest["kind"].lower(), manifest["metadata"]["name"]
            self.addCleanup(self.podrun.run, "delete", kind, name, "--ignore-not-found")

    def submit(self, manifest: dict[str, Any]) -> None:
        """Applies a pod that may have to wait."""
        self.podrun.run("apply", "--wait=false", "-", input=text(manifest))

    def read(self, name: str, path: str) -> str:
        return self.podrun.exec(name, "cat", path).out

    def waits(self, name: str, reason: str, message: str = "") -> None:
        def waiting() -> bool:
            state = states(self.podrun.pod(name) or {}).get("app", {}).get("state", {}).get("waiting", {})
            return state.get("reason") == reason and message in state.get("message", "")

        wait_for(waiting, f"pod {name!r} waiting with {reason}: {message}")

    def event(self, name: str, pattern: str) -> None:
        wait_for(lambda: re.search(pattern, self.podrun.ok("describe", "pod", name).out), f"event {pattern!r}")


def reference(kind: str, name: str, key: str, **fields: Any) -> dict[str, Any]:
    return {"valueFrom": {f"{kind}KeyRef": {"name": name, "key": key, **fields}}}


class Environment(ConfigurationTestCase):
    in_vm = False

    def test_what_is_missing_is_waited_for(self) -> None:
        """The kubelet's reason and words, and a start as soon as the objects are there: not a back-off later."""
        app = container("app", "/probe", "wait", env=[
            {"name": "HOST", **reference("configMap", "settings", "db.host")},
            {"name": "PASSWORD", **reference("secret", "login", "password")},
            {"name": "NONE", **reference("secret", "none", "none", optional=True)},
            {"name": "URL", "value": "x://$(PASSWORD)@$(HOST)/$(NONE)"},
        ], envFrom=[{"prefix": "ALL_", "configMapRef": {"name": "settings"}}])
        self.submit(pod("waiter", app))
        self.waits("waiter", "CreateContainerConfigError", 'configmap "settings" not found')
        self.event("waiter", 'Warning +Failed .*Error: configmap "settings" not found')
        self.objects(config_map("settings", {"other": "x"}))
        self.waits("waiter", "CreateContainerConfigError", "couldn't find key db.host in ConfigMap default/settings")
        self.objects(config_map("settings", {"db.host": "db"}))
        self.waits("waiter", "CreateContainerConfigError", 'secret "login" not found')
        self.objects(secret("login", {"password": b"hunter2"}))
        self.podrun.wait_phase("waiter", "Running", seconds=AT_ONCE)
        lines = self.podrun.report("waiter")["environment"]
        for line in ("HOST=db", "PASSWORD=hunter2", "URL=x://hunter2@db/$(NONE)", "ALL_db.host=db"):
            self.assertIn(line, lines)

    def test_a_running_container_keeps_its_environment(self) -> None:
        """So do later processes in it, whatever becomes of the objects and of the agent; the next instance has the new."""
        self.objects(config_map("settings", {"key": "first"}), secret("login", {"key": b"first"}))
        app = container("app", "/probe", "wait", envFrom=[{"secretRef": {"name": "login"}}],
                        env=[{"name": "KEY", **reference("configMap", "settings", "key")}])
        self.running(pod("keeper", app))
        self.podrun.apply(config_map("settings", {"key": "second"}))
        self.podrun.ok("delete", "secret", "login")
        self.podrun.kill_agent()
        wait_for(lambda: self.podrun.exec("keeper", "sh", "-c", "echo $KEY $key").out == "first first\n", "the first environment")
        self.podrun.apply(secret("login", {"key": b"second"}))
        self.podrun.exec("keeper", "kill", "-TERM", "1")
        wait_for(lambda: states(self.podrun.pod("keeper") or {})["app"]["restartCount"] == 1, "restart")
        self.podrun.wait_phase("keeper", "Running")
        wait_for(lambda: self.podrun.exec("keeper", "sh", "-c", "echo $KEY $key").out == "second second\n", "new environment")


class EnvironmentFiles(ConfigurationTestCase):
    """fileKeyRef: variables that an init container left in a file of an emptyDir."""

    in_vm = False

    def of(self, name: str, script: str, fields: dict[str, Any] | None = None, **selector: Any) -> dict[str, Any]:
        selector = {"volumeName": "data", "path": "made/env", "key": "ADDRESS", **selector}
        mounts = [{"name": "data", "mountPath": "/data"}]
        step = container("step", "sh", "-c", f"mkdir -p /data/made; {script}", volumeMounts=mounts)
        env = [{"name": "WHERE", "valueFrom": {"fileKeyRef": selector}}, {"name": "URL", "value": "x://$(WHERE)"}]
        app = container("app", "/probe", "wait", env=env)
        return pod(name, app, initContainers=[step], volumes=[{"name": "data", "emptyDir": fields or {}}])

    def test_values(self) -> None:
        """Those at the container's start, for later processes too; from a volume in memory as from one on disk."""
        for name, fields in (("disk", {}), ("memory", {"medium": "Memory"})):
            self.stage = name
            self.running(self.of(name, "printf \"# made\\n ADDRESS='a b' # here\\n\" > /data/made/env", fields))
            self.podrun.kill_agent()
            wait_for(lambda name=name: self.podrun.exec(name, "sh", "-c", "echo $URL").out == "x://a b\n", "value")
        self.running(self.of("optional", "true", optional=True))
        self.assertEqual("x://$(WHERE)\n", self.podrun.exec("optional", "sh", "-c", "echo \"$URL\"").out)

    def test_what_is_wrong(self) -> None:
        """The kubelet's words; nothing but a regular file of the volume is opened."""
        cases = {
            "absent": ("true", "couldn't parse env file"),
            "key": ("printf \"A='x'\" > /data/made/env", 'environment variable key "ADDRESS" not found in file "made/env"'),
            "form": ("printf 'ADDRESS=x' > /data/made/env", "couldn't parse env file \"made/env\": line 1: value must be enclosed in single quotes"),
            "link": ("ln -s /../../../../../../../../etc/hostname /data/made/env", "couldn't parse env file"),
            "fifo": ("busybox mkfifo /data/made/env", "couldn't parse env file"),
            "device": ("mknod /data/made/env c 1 5", "couldn't parse env file"),
        }
        for name, (script, message) in cases.items():
            self.submit(self.of(name, script))
        for name, (_, message) in cases.items():
            self.stage = name
            self.waits(name, "CreateContainerConfigError", message)

    def test_refused(self) -> None:
        wrong = self.of("wrong", "true", volumeName="other", path="../env", key="A=B")
        result = self.podrun.run("apply", "-", input=text(wrong))
        at = "spec.containers[0].env[0].valueFrom.fileKeyRef"
        for words in (f'{at}.key: Invalid value: "A=B"', f"{at}.path: Invalid value: \"../env\": must not contain '..'", f'{at}.volumeName: Not found: "other"'):
            self.assertIn(words, result.err)


class Volumes(ConfigurationTestCase):
    in_vm = frozenset({"test_layout", "test_group", "test_updates_are_seen_at_once", "test_projected", "test_secrets_are_in_memory_and_go_with_the_pod", "test_volumes_in_volumes"})

    def test_layout(self) -> None:
        """Links, modes and owners byte for byte as the kubelet's atomic writer leaves them."""
        self.objects(config_map("settings", {"a": "A", "b": "B"}), secret("login", {"user": b"u", "password": b"p"}))
        items = [{"key": "password", "path": "deep/er/password"}, {"key": "user", "path": "user", "mode": 0o444}]
        self.running(shown("layout-c", {"configMap": {"name": "settings", "defaultMode": 0o640}}))
        self.running(shown("layout-s", {"secret": {"secretName": "login", "items": items, "defaultMode": 0o400}}))
        self.assertEqual(
            sorted([
                "drwxrwxrwx 0 0 .", "lrwxrwxrwx 0 0 './..data' -> 'DATE'", "drwxr-xr-x 0 0 ./DATE", "-rw-r----- 0 0 ./DATE/a",
                "-rw-r----- 0 0 ./DATE/b", "lrwxrwxrwx 0 0 './a' -> '..data/a'", "lrwxrwxrwx 0 0 './b' -> '..data/b'",
            ]),
            listing(self.podrun, "layout-c"),
        )
        self.assertEqual(
            sorted([
                "drwxrwxrwt 0 0 .", "lrwxrwxrwx 0 0 './..data' -> 'DATE'", "drwxr-xr-x 0 0 ./DATE", "drwxr-xr-x 0 0 ./DATE/deep",
                "drwxr-xr-x 0 0 ./DATE/deep/er", "-r-------- 0 0 ./DATE/deep/er/password", "-r--r--r-- 0 0 ./DATE/user",
                "lrwxrwxrwx 0 0 './deep' -> '..data/deep'", "lrwxrwxrwx 0 0 './user' -> '..data/user'",
            ]),
            listing(self.podrun, "layout-s"),
        )
        self.assertEqual("p", self.read("layout-s", "/data/deep/er/password"))

    def test_group(self) -> None:
        """fsGroup owns the files and may read them, also after an update."""
        self.objects(secret("login", {"key": b"1"}))
        context = {"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 5000}
        self.running(shown("grouped", {"secret": {"secretName": "login", "defaultMode": 0o400}}, securityContext=context))
        expected = sorted([
            "drwxrwsrwt 0 5000 .", "lrwxrwxrwx 0 5000 './..data' -> 'DATE'", "drwxr-sr-x 0 5000 ./DATE",
            "-r--r----- 0 5000 ./DATE/key", "lrwxrwxrwx 0 5000 './key' -> '..data/key'",
        ])
        self.assertEqual(expected, listing(self.podrun, "grouped"))
        self.podrun.apply(secret("login", {"key": b"2"}))
        self.assertEqual("2", self.read("grouped", "/data/key"))
        self.assertEqual(expected, listing(self.podrun, "grouped"))

    def test_updates_are_seen_at_once(self) -> None:
        """In volumes, by a program that has them open by path; not where a subPath was mounted. Nothing written that is the same."""
        self.objects(config_map("settings", {"key": "1", "gone": "x"}))
        sub = {"name": "data", "mountPath": "/sub", "subPath": "key"}
        self.running(shown("live", {"configMap": {"name": "settings"}}, sub))
        link = self.podrun.exec("live", "readlink", "/data/..data").out
        self.podrun.apply(config_map("settings", {"key": "1", "gone": "x"}, metadata={"name": "settings", "labels": {"a": "b"}}))
        self.assertEqual(link, self.podrun.exec("live", "readlink", "/data/..data").out)
        self.podrun.apply(config_map("settings", {"key": "2", "new": "y"}))
        self.assertEqual(["2", "y", "1"], [self.read("live", path) for path in ("/data/key", "/data/new", "/sub")])
        names = [line.split()[3] for line in listing(self.podrun, "live") if "DATE" not in line]
        self.assertEqual([".", "'./key'", "'./new'"], names)

    def test_updates_across_agents(self) -> None:
        """A new agent shows what the dead one did not, and leaves what is right as it is."""
        self.objects(config_map("settings", {"key": "1"}))
        self.running(shown("across", {"configMap": {"name": "settings"}}))
        link = self.podrun.exec("across", "readlink", "/data/..data").out
        self.podrun.kill_agent()
        wait_for(lambda: self.podrun.exec("across", "readlink", "/data/..data").out == link, "what was shown before")
        stored = next(path for path in (paths.DATA_DIRECTORY / "objects").rglob("*settings*") if path.is_file())
        self.podrun.kill_agent()
        stored.write_text(stored.read_text().replace('"key":"1"', '"key":"2"'))
        wait_for(lambda: self.read("across", "/data/key") == "2", "the object as it is stored now")

    def test_what_is_missing_is_waited_for(self) -> None:
        """FailedMount for each, the pod ContainerCreating, and a start as soon as all is there."""
        other = {"name": "login", "mountPath": "/login"}
        items = [{"key": "key", "path": "key"}]
        self.submit(shown(
            "waiter", {"configMap": {"name": "settings", "items": items}}, other,
            volumes=[{"name": "login", "secret": {"secretName": "login"}}]))
        self.waits("waiter", "ContainerCreating")
        failed = 'Warning +FailedMount .*MountVolume.SetUp failed for volume "{}" : {}'
        self.event("waiter", failed.format("data", 'configmap "settings" not found'))
        self.event("waiter", failed.format("login", 'secret "login" not found'))
        self.assertEqual("Pending", (self.podrun.pod("waiter") or {})["status"]["phase"])
        self.objects(secret("login", {"key": b"1"}), config_map("settings", {"other": "1"}))
        self.event("waiter", failed.format("data", "configmap references non-existent config key: key"))
        self.objects(config_map("settings", {"key": "1"}))
        self.podrun.wait_phase("waiter", "Running", seconds=AT_ONCE)
        self.assertEqual("1", self.read("waiter", "/data/key"))

    def test_optional_comes_and_goes(self) -> None:
        self.running(shown("maybe", {"configMap": {"name": "settings", "optional": True}}))
        self.assertEqual(0, self.podrun.exec("maybe", "sh", "-c", "test -z \"$(ls /data)\"").code)
        self.objects(config_map("settings", {"key": "1"}))
        self.assertEqual("1", self.read("maybe", "/data/key"))
        self.podrun.ok("delete", "configmap", "settings")
        self.assertEqual(0, self.podrun.exec("maybe", "sh", "-c", "test -z \"$(ls /data)\"").code)

    def test_missing_objects_are_told_of_once(self) -> None:
        """Not again when objects change that have nothing to do with the volume."""
        self.objects(config_map("settings", {"key": "1"}))
        self.running(shown("used", {"configMap": {"name": "settings"}}))
        self.podrun.ok("delete", "configmap", "settings")
        self.event("used", 'Warning +FailedMount .*configmap "settings" not found')
        for number in range(5):
            self.objects(config_map(f"other-{number}"))
        self.assertEqual([], re.findall(r"FailedMount +.*\(x\d", self.podrun.ok("describe", "pod", "used").out))
        self.assertEqual(1, self.podrun.ok("describe", "pod", "used").out.count("FailedMount"))

    def test_what_goes_while_it_is_used_stays(self) -> None:
        self.objects(config_map("settings", {"key": "1"}))
        self.running(shown("stays", {"configMap": {"name": "settings"}}))
        self.podrun.ok("delete", "configmap", "settings")
        self.event("stays", 'Warning +FailedMount .*configmap "settings" not found')
        self.assertEqual("1", self.read("stays", "/data/key"))
        self.podrun.apply(config_map("settings", {"key": "2"}))
        self.assertEqual("2", self.read("stays", "/data/key"))

    def test_immutable_objects_are_not_watched(self) -> None:
        self.objects(config_map("fixed", {"key": "1"}, immutable=True))
        self.running(shown("fixed", {"configMap": {"name": "fixed"}}))
        self.podrun.ok("delete", "configmap", "fixed")
        self.podrun.apply(config_map("fixed", {"key": "2"}))
        self.assertEqual("1", self.read("fixed", "/data/key"))
        self.running(shown("later", {"configMap": {"name": "fixed"}}))
        self.assertEqual("2", self.read("later", "/data/key"))

    def test_projected(self) -> None:
        """Several sources in one volume; an object that is applied changes its part, all at once."""
        self.objects(config_map("settings", {"key": "1"}), secret("login", {"user": b"u"}))
        sources = [
            {"configMap": {"name": "settings"}},
            {"secret": {"name": "login", "items": [{"key": "user", "path": "login/user", "mode": 0o400}]}},
            {"downwardAPI": {"items": [{"path": "about", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
            {"configMap": {"name": "late", "optional": True}},
        ]
        self.running(shown("mixed", {"projected": {"sources": sources}}))
        self.assertEqual(
            sorted([
                "drwxrwxrwt 0 0 .", "lrwxrwxrwx 0 0 './..data' -> 'DATE'", "drwxr-xr-x 0 0 ./DATE", "-rw-r--r-- 0 0 ./DATE/about",
                "-rw-r--r-- 0 0 ./DATE/key", "drwxr-xr-x 0 0 ./DATE/login", "-r-------- 0 0 ./DATE/login/user",
                "lrwxrwxrwx 0 0 './about' -> '..data/about'", "lrwxrwxrwx 0 0 './key' -> '..data/key'",
                "lrwxrwxrwx 0 0 './login' -> '..data/login'",
            ]),
            listing(self.podrun, "mixed"),
        )
        described = re.sub(r" +", " ", self.podrun.ok("describe", "pod", "mixed").out)
        self.assertIn(
            " data:\n Type: Projected (a volume that contains injected data from multiple sources)\n ConfigMapName: settings\n"
            " Optional: false\n SecretName: login\n Optional: false\n DownwardAPI: true\n ConfigMapName: late\n Optional: true\n",
            described,
        )
        self.objects(config_map("late", {"key": "2"}))
        self.assertEqual("2default", self.podrun.exec("mixed", "cat", "/data/key", "/data/about").out)

    def test_a_thousand_keys(self) -> None:
        keys = {f"key-{number}": f"value {number}" for number in range(1000)}
        self.objects(config_map("many", keys))
        begin = time.monotonic()
        self.running(shown("many", {"configMap": {"name": "many"}}))
        self.podrun.apply(config_map("many", {key: value + "!" for key, value in keys.items()}))
        count = "cat /data/key-* | tr -cd ! | wc -c"
        self.assertEqual("1000\n", self.podrun.exec("many", "sh", "-c", count).out)
        self.assertLess(time.monotonic() - begin, 30)

    def test_volumes_in_volumes(self) -> None:
        """Mount points below a read-only volume are made in it, as by the kubelet."""
        self.objects(config_map("settings", {"key": "1"}))
        inner = {"name": "inner", "mountPath": "/data/sub/inner"}
        self.running(shown("nested", {"configMap": {"name": "settings"}}, inner, volumes=[{"name": "inner", "emptyDir": {}}]))
        self.assertEqual(0, self.podrun.exec("nested", "touch", "/data/sub/inner/file").code)
        self.assertEqual("1", self.read("nested", "/data/key"))

    def test_secrets_are_in_memory_and_go_with_the_pod(self) -> None:
        """Also when the pod only ends and is kept."""
        self.objects(secret("login", {"key": b"canary-in-memory"}))
        environment = [{"name": "KEY", **reference("secret", "login", "key")}]
        mounts = [{"name": "data", "mountPath": "/data"}]
        app = container("app", "sh", "-c", "cat /data/key; exec /probe wait", env=environment, volumeMounts=mounts)
        self.running(pod("brief", app, volumes=[{"name": "data", "secret": {"secretName": "login"}}], restartPolicy="Never"))
        places = [path for path in paths.RUN_DIRECTORY.rglob("*") if path.is_file() and b"canary-in-memory" in path.read_bytes()]
        self.assertTrue(places)
        self.assertEqual([], [path for path in places if MEMORY not in path.parents])
        found = [path for path in paths.DATA_DIRECTORY.glob("[!i]*/**/*") if path.is_file() and b"canary-in-memory" in path.read_bytes()]
        self.assertEqual([], found)
        self.podrun.exec("brief", "kill", "-TERM", "1")
        self.podrun.wait_phase("brief", "Succeeded", "Failed")
        wait_for(lambda: not list((MEMORY / "pods").iterdir()), "empty directory of pods in memory")

    def test_scripts(self) -> None:
        """What a Secret's mode makes a program can be run, though its tmpfs is noexec on the host."""
        self.objects(secret("scripts", {"hello": b"#!/bin/sh\necho hello\n"}))
        self.running(shown("scripts", {"secret": {"secretName": "scripts", "defaultMode": 0o555}}))
        self.assertEqual("hello\n", self.podrun.exec("scripts", "/data/hello").out)

    def test_refused(self) -> None:
        token = {"serviceAccountToken": {"path": "token"}}
        manifest = shown("token", {"projected": {"sources": [token]}})
        result = self.podrun.run("apply", "-", input=text(manifest))
        self.assertIn(
            "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: tokens of service accounts are not supported yet",
            result.err)


class Attacks(ConfigurationTestCase):
    def test_containers_only_read(self) -> None:
        """B17: root in a container changes nothing of a volume that the agent writes, however it is mounted."""
        self.objects(secret("login", {"key": b"1"}), config_map("settings", {"key": "1"}))
        volumes = [{"name": "settings", "configMap": {"name": "settings"}}]
        other = {"name": "settings", "mountPath": "/settings", "readOnly": False}
        self.running(shown("rooted", {"secret": {"secretName": "login"}}, other, volumes=volumes))
        for volume in ("/data", "/settings"):
            self.stage = volume
            for command in (
                f"echo x > {volume}/key", f"echo x > {volume}/new", f"rm {volume}/..data", f"rm -r {volume}/..2*",
                f"chmod 777 {volume}/key", f"chown 1 {volume}/key", f"touch {volume}/key", f"mkdir {volume}/d",
            ):
                self.assertIn("Read-only file system", self.podrun.exec("rooted", "sh", "-c", command).err, command)
            self.assertNotEqual(0, self.podrun.exec("rooted", "mount", "-o", "remount,rw", volume).code)
            self.assertEqual("1", self.read("rooted", f"{volume}/key"))

    def test_links_in_a_volume_lead_nowhere(self) -> None:
        """B12: somebody who can write where the volumes are replaces names by links to a file of the host: neither updates nor
        restarts nor the end of the pod go through them."""
        canary = pathlib.Path(self.file("canary", "canary"))
        target = self.directory / "target"
        target.mkdir()
        (target / "file").write_text("canary")
        self.objects(config_map("settings", {"key": "1", "other": "1"}))
        self.running(shown("linked", {"configMap": {"name": "settings"}}))
        volume = next((paths.DATA_DIRECTORY / "pods").glob("*/volumes/data"))

        def replace(name: str, by: pathlib.Path) -> None:
            (volume / "new").symlink_to(by)
            os.rename(volume / "new", volume / name)

        replace("key", canary)
        replace("..data/key", canary)
        self.podrun.apply(config_map("settings", {"key": "2", "other": "2"}))
        replace("..data/other", canary)
        replace("..data", target)
        self.podrun.apply(config_map("settings", {"key": "3"}))
        (volume / "..data_tmp").symlink_to(target)
        self.podrun.apply(config_map("settings", {"key": "4"}))
        self.assertEqual(["canary", "canary"], [canary.read_text(), (target / "file").read_text()])
        self.assertEqual("4", (volume / "..data/key").read_text())
        self.podrun.kill_agent()
        wait_for(lambda: self.podrun.exec("linked", "true").code == 0, "an agent that knows the pod")
        replace("..data", target)
        self.podrun.delete("linked")
        self.assertEqual(["canary", "canary"], [canary.read_text(), (target / "file").read_text()])
        self.assertEqual(["file"], [path.name for path in target.iterdir()])

    def test_names_out_of_the_volume(self) -> None:
        """Keys and paths that would leave the volume are refused, wherever they are written."""
        for key in ("..", "../x", "a/b", "/etc/x", "..x", "x" * 254):
            self.stage = key[:10]
            self.assertNotEqual(0, self.podrun.run("apply", "-", input=text(config_map("bad", {key: "x"}))).code)
        for path in ("..", "../x", "a/../../x", "/etc/x", "..x", "..data"):
            self.stage = path
            items = [{"key": "k", "path": path}]
            result = self.podrun.run("apply", "-", input=text(shown("bad", {"configMap": {"name": "c", "items": items}})))
            self.assertIn("spec.volumes[0].configMap.items[0].path", result.err)


class DownwardAPI(ConfigurationTestCase):
    in_vm = False

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
            self.assertEqual(expected, self.read("down", f"/data/{path}"))
        self.assertCountEqual(
            [
                "drwxrwxrwt 0 0 .", "lrwxrwxrwx 0 0 './..data' -> 'DATE'", "drwxr-xr-x 0 0 ./DATE",
                "drwxr-xr-x 0 0 ./DATE/about", "-r--r--r-- 0 0 ./DATE/about/labels", "-r-------- 0 0 ./DATE/name",
                "-r-------- 0 0 ./DATE/request", "lrwxrwxrwx 0 0 './about' -> '..data/about'",
                "lrwxrwxrwx 0 0 './name' -> '..data/name'", "lrwxrwxrwx 0 0 './request' -> '..data/request'",
            ],
            listing(self.podrun, "down"),
        )
