"""Images from real registries: Debian's docker-registry on loopback, in plain text, with TLS, with passwords and with tokens."""

import json
import os
import pathlib
import pty
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import time
from fcntl import ioctl
from termios import TIOCSWINSZ
from typing import Any

from harness import hostile, paths
from harness.archive import Tar, noise, zstd
from harness.case import forget_images, rounds
from harness.hostile import ScriptedRegistry, slow, status
from harness.manifest import container, pod, states
from harness.oci import LAYER, Image, Index, Layer, digest, layer
from harness.podrun import executable, processes, text
from harness.pulling import (
    CONFIGURATION, MEMORY_LIMIT_KIBIBYTES, PullTestCase, Store, Watch, base_layer, kill_tree, pull_processes, small_disk, small_image,
)  # fmt: skip
from harness.registry import PASSWORD, USER, TokenServer, basic
from harness.server import Certificates
from harness.waiting import stays, wait_for

KILLS = rounds("PODRUN_KILLS", 20)


def config_file(host: str, secret: str = PASSWORD, **entry: str) -> str:
    auth = basic(USER, secret).removeprefix("Basic ")
    return json.dumps({"auths": {host: entry or {"auth": auth}}})


class Pull(PullTestCase):
    in_vm = frozenset({"test_by_tag_and_by_digest"})

    def test_by_tag_and_by_digest(self) -> None:
        server = self.debian()
        image = small_image(layers=2)
        reference = server.push("team/app", image)
        result = self.pulled(reference)
        self.assertIn(image.digest, result.out)
        self.assert_stored(image)
        self.assertEqual({reference: image.digest}, self.store.names())
        other = Store(self.directory / "other")
        self.pulled(f"{server.host}/team/app@{image.digest}", store=other)
        self.assert_stored(image, other)
        self.assertEqual([], self.store.staging() + other.staging())
        absent = digest(b"no such manifest")
        self.refused(self.pull(f"{server.host}/team/app@{absent}", store=other), absent, "not found|unknown")

    def test_media_types(self) -> None:
        """OCI and Docker documents with gzip, zstd and plain layers."""
        server = self.debian()
        for docker in (False, True):
            for compression in ("gzip", "zstd", ""):
                self.stage = f"docker={docker} {compression}"
                tar = Tar().directory("d").file("d/noise", noise(300_000, self.stage), uid=7, gid=8, mode=0o4755).symlink("link", "d/noise")
                image = Image([layer(tar, compression, docker), layer(Tar().file("d/top", "top"), compression, docker)], docker=docker)
                self.pulled(server.push(f"types/{compression or 'plain'}", image, f"docker-{docker}".lower()))
                self.assert_stored_below(image)

    def assert_stored_below(self, image: Image) -> None:
        """As assert_stored; the second layer's parent directory is only implied by its archive."""
        self.assertIn(image.digest, self.store.names().values())
        self.assertEqual({"d", "d/noise", "link"}, set(self.store.tree(image.layer_names[0])))
        mode, owner = self.store.tree(image.layer_names[0])["d/noise"][1:3]
        self.assertEqual((0o4755, 7), (mode, owner))
        self.assertEqual({"d", "d/top"}, set(self.store.tree(image.layer_names[1])))

    def test_platforms(self) -> None:
        server = self.debian()
        here, arm = small_image("amd64"), small_image("arm64", layers=2, architecture="arm64")
        for docker in (False, True):
            self.stage = f"docker={docker}"
            reference = server.push("many", Index([arm, here], docker=docker), f"docker-{docker}".lower())
            store = Store(self.directory / f"data-{docker}")
            self.pulled(reference, store=store)
            self.assert_stored(here, store)
            other = Store(self.directory / f"arm-{docker}")
            self.pulled(reference, "--platform", "linux/arm64", store=other)
            self.assert_stored(arm, other)
            self.refused(self.pull(reference, "--platform=linux/s390x", store=store), "linux/s390x", "linux/amd64", "linux/arm64")
        reference = server.push("foreign", small_image(architecture="s390x"))
        self.refused(self.pull(reference), "s390x")
        self.assertEqual({}, self.store.names())

    def test_what_is_there_is_not_fetched_again(self) -> None:
        server = self.debian()
        first, second = small_image("x"), small_image("x", layers=3)
        self.pulled(server.push("a", first))
        shared = {each.descriptor["digest"] for each in first.layers + second.layers}
        mark = server.mark()
        self.pulled(f"{server.host}/a:1")
        self.assertEqual([], server.accesses("GET ", "/blobs/", since=mark))
        self.pulled(server.push("b", second))
        self.assertEqual({each: 1 for each in shared}, {each: server.fetches(each) for each in shared})
        self.assert_stored(second)

    def test_a_tag_that_moves(self) -> None:
        server = self.debian()
        old, new = small_image("old"), small_image("new")
        reference = server.push("moving", old)
        self.pulled(reference)
        server.push("moving", new)
        self.pulled(reference)
        self.assertEqual({reference: new.digest}, self.store.names())
        self.assert_stored(new)

    def test_errors(self) -> None:
        server = self.debian()
        server.push("there", small_image())
        self.refused(self.pull(f"{server.host}/there:none"), "there:none", "not found|unknown")
        self.refused(self.pull(f"{server.host}/absent:1"), "absent:1", "not found|unknown")
        self.refused(self.pull("127.0.0.1:1/x:1"), "127.0.0.1:1", "connect")
        self.refused(self.pull("no-such-host.invalid/x:1"), "no-such-host.invalid", "resolve|name")
        for name in ("UPPER", "a b", "x:y:z", "-x", "../x", "x@sha256:1", ""):
            self.stage = name
            result = self.pull(name)
            self.assertIn(result.code, (1, 2), result)
            self.assertTrue(result.err.startswith("error: "), result)
        self.assertEqual(set(), self.store.contents())


class Output(PullTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.debian()
        self.image = small_image(layers=2)
        self.reference = self.server.push("shown", self.image)

    def test_pipe(self) -> None:
        """Whole lines without control characters, the digest and the name at the end."""
        result = self.pulled(self.reference)
        everything = result.out + result.err
        self.assertNotRegex(everything, r"[\x00-\x08\x0b-\x1f]")
        for each in self.image.layers:
            self.assertIn(each.descriptor["digest"].removeprefix("sha256:")[:12], everything)
        self.assertIn(self.image.digest, result.out)
        self.assertLess(len(everything.splitlines()), 40)
        again = self.pulled(self.reference)
        self.assertRegex(again.out + again.err, "(?i)up to date|exists")

    def test_quiet(self) -> None:
        result = self.pulled(self.reference, "-q")
        self.assertEqual("", result.err)
        self.assertEqual(1, len(result.out.splitlines()), result)

    def test_json(self) -> None:
        result = self.pulled(self.reference, "-o", "json")
        events = [json.loads(line) for line in result.out.splitlines()]
        self.assertEqual("done", events[-1]["event"])
        self.assertEqual(self.image.id, events[-1]["imageID"])
        layers = {event.get("layer") for event in events if event["event"] == "unpacked"}
        self.assertEqual({each.descriptor["digest"] for each in self.image.layers}, layers)
        failed = self.pull(self.server.host + "/none:1", "-o", "json")
        self.assertEqual(1, failed.code)
        for line in failed.out.splitlines():
            json.loads(line)

    def test_terminal(self) -> None:
        """Bars that end with the cursor below them, in any width."""
        for columns in (20, 80, 300):
            self.stage = f"{columns} columns"
            code, shown = self.on_a_terminal(columns, Store(self.directory / str(columns)))
            self.assertEqual(0, code, shown)
            self.assertIn("\x1b[" if columns > 20 else "\r", shown)
            self.assertTrue(shown.endswith("\n"), repr(shown[-200:]))
            self.assertGreaterEqual(shown.count("\x1b[?25h"), shown.count("\x1b[?25l"), "the cursor stays hidden")

    def on_a_terminal(self, columns: int, store: Store) -> tuple[int, str]:
        master, slave = pty.openpty()
        ioctl(slave, TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {**self.environment, "TERM": "xterm"}
        process = self.podrun.start("pull", *store.flags, self.reference, stdout=slave, stderr=slave, stdin=slave, env=environment)
        os.close(slave)
        shown = b""
        while select.select([master], [], [], 30)[0]:
            try:
                block = os.read(master, 65536)
            except OSError:
                break
            shown += block
        os.close(master)
        return process.wait(10), shown.decode(errors="replace")


class Authorization(PullTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.certificates = Certificates(self.directory / "tls")
        self.trusting = {**self.environment, "SSL_CERT_FILE": str(self.certificates.authority)}
        self.environment = self.trusting
        self.image = small_image()

    def basic_registry(self) -> tuple[str, str]:
        server = self.debian(tls=self.certificates, auth="basic")
        return server.host, server.push("private/app", self.image)

    def fresh(self) -> None:
        self.store.clear()

    def assert_secret_unseen(self, *results: Any) -> None:
        encoded = basic(USER, PASSWORD).removeprefix("Basic ")
        for result in results:
            for secret in (PASSWORD, encoded):
                self.assertNotIn(secret, result.out + result.err)

    def test_password(self) -> None:
        """On the command line, in podman's and docker's files, by whole host and by repository."""
        host, reference = self.basic_registry()
        self.refused(self.pull(reference), host, "unauthorized|authentication required")
        wrong = self.pull(reference, "--creds", f"{USER}:wrong-{PASSWORD}")
        self.refused(wrong, host, "unauthorized|authentication required")
        self.assert_secret_unseen(wrong)
        with Watch(self.podrun) as watch:
            self.pulled(reference, f"--creds={USER}:{PASSWORD}")
        workers = [line for line in watch.command_lines if " worker " in line]
        self.assertNotIn(PASSWORD, "".join(workers), "a secret among the workers' arguments")
        for key in (host, f"{host}/private", f"{host}/private/app"):
            self.stage = key
            self.fresh()
            path = self.file("auth.json", config_file(key))
            self.assert_secret_unseen(self.pulled(reference, env={**self.trusting, "REGISTRY_AUTH_FILE": path}))
        for name, variable in ((".docker/config.json", "HOME"), ("containers/auth.json", "XDG_RUNTIME_DIR")):
            self.stage = name
            self.fresh()
            home = self.directory / name.replace("/", "_")
            (home / name).parent.mkdir(parents=True)
            (home / name).write_text(config_file(host if variable != "HOME" else f"https://{host}/v2/"))
            self.pulled(reference, env={**self.trusting, variable: str(home)})
        self.stage = "of another repository"
        self.fresh()
        path = self.file("auth.json", config_file(f"{host}/other"))
        self.refused(self.pull(reference, env={**self.trusting, "REGISTRY_AUTH_FILE": path}), "unauthorized|authentication required")

    def test_credential_helper(self) -> None:
        host, reference = self.basic_registry()
        directory = self.directory / "helpers"
        directory.mkdir()
        answer = json.dumps({"ServerURL": host, "Username": USER, "Secret": PASSWORD})
        helper = directory / "docker-credential-tests"
        helper.write_text(f"#!/bin/sh\n[ \"$1\" = get ] || exit 9\nread name\n[ \"$name\" = '{host}' ] || {{ echo credentials not found in native keychain; exit 1; }}\necho '{answer}'\n")
        helper.chmod(0o755)
        for contents in ({"credHelpers": {host: "tests"}}, {"credsStore": "tests"}):
            self.stage = json.dumps(contents)
            self.fresh()
            path = self.file("auth.json", json.dumps(contents))
            environment = {**self.trusting, "REGISTRY_AUTH_FILE": path, "PATH": f"{directory}:{os.environ['PATH']}"}
            self.assert_secret_unseen(self.pulled(reference, env=environment))
        self.stage = "missing"
        path = self.file("auth.json", json.dumps({"credHelpers": {host: "not-there"}}))
        self.refused(self.pull(reference, env={**self.trusting, "REGISTRY_AUTH_FILE": path}), "docker-credential-not-there")

    def test_tokens(self) -> None:
        """A token server beside the registry: with the password, with an identity token, with neither."""
        tokens = TokenServer(self.directory, self.certificates).start()
        self.addCleanup(tokens.stop)
        server = self.debian(tls=self.certificates, auth="token", tokens=tokens)
        reference = server.push("private/app", self.image)
        self.refused(self.pull(reference), server.host, "unauthorized|authentication required|denied")
        path = self.file("auth.json", config_file(server.host))
        tokens.requests.clear()
        self.assert_secret_unseen(self.pulled(reference, env={**self.trusting, "REGISTRY_AUTH_FILE": path}))
        self.assert_stored(self.image)
        self.assertTrue(tokens.asked("GET ", "scope=repository", "private", "app"), tokens.requests)
        self.assertLessEqual(len(tokens.requests), 2 + len(self.image.layers), "a token serves more than one request")
        self.fresh()
        path = self.file("auth.json", config_file(server.host, auth="", identitytoken=PASSWORD))
        self.pulled(reference, env={**self.trusting, "REGISTRY_AUTH_FILE": path})

    def test_tokens_that_expire(self) -> None:
        """A registry that refuses old tokens in the middle of a pull gets new ones."""
        tokens = TokenServer(self.directory, self.certificates).start()
        self.addCleanup(tokens.stop)
        server = self.registry(ScriptedRegistry(tls=self.certificates))
        reference = server.add("private/app", small_image(layers=4))
        used: dict[str, int] = {}

        def three_times_each(exchange: Any) -> None:
            authorization = exchange.request.headers.get("authorization", "")
            used[authorization] = used.get(authorization, 0) + 1
            if not authorization.startswith("Bearer ") or used[authorization] > 3:
                hostile.challenge(f'Bearer realm="{tokens.url}/token",service="x",scope="repository:private/app:pull"')(exchange)
            else:
                server.serve(exchange)

        server.always("/v2/", three_times_each)
        path = self.file("auth.json", config_file(server.host))
        self.pulled(reference, env={**self.trusting, "REGISTRY_AUTH_FILE": path})
        self.assertGreater(len(tokens.requests), 1)

    def test_trust(self) -> None:
        """An authority that nobody vouches for is refused by name; certs.d brings trust for one host, `insecure` for all its faults."""
        server = self.debian(tls=self.certificates)
        reference = self.named(server.push("app", self.image))
        host = reference.partition("/")[0]
        bare = {key: value for key, value in self.trusting.items() if key != "SSL_CERT_FILE"}
        self.refused(self.pull(reference, env=bare), host, "certificate")
        directory = CONFIGURATION / "certs.d" / host
        directory.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, CONFIGURATION / "certs.d")
        (directory / "ca.crt").write_bytes(self.certificates.authority.read_bytes())
        self.pulled(reference, env=bare)
        shutil.rmtree(directory)
        self.fresh()
        self.configure(f'[[registry]]\nlocation = "{host}"\ninsecure = true\n')
        self.pulled(reference, env=bare)

    def test_wrong_name_and_old_certificate(self) -> None:
        for name, certificates, words in (
            ("other name", Certificates(self.directory / "name", "DNS:elsewhere.example"), "certificate|subject"),
            ("expired", Certificates(self.directory / "old", days=-1), "expired|clock|date"),
        ):
            self.stage = name
            server = self.registry(ScriptedRegistry(tls=certificates))
            reference = self.named(server.add("app", self.image))
            environment = {**self.environment, "SSL_CERT_FILE": str(certificates.authority)}
            self.refused(self.pull(reference, env=environment), reference.partition("/")[0], words)
            self.assertEqual([], server.requests)

    def test_plain_text_is_not_tried(self) -> None:
        """A registry that is not declared insecure gets no plain request, whatever its answer to TLS is."""
        server = ScriptedRegistry().start()
        self.addCleanup(server.stop)
        reference = self.named(server.add("app", self.image))
        self.refused(self.pull(reference, "--creds", f"{USER}:{PASSWORD}"), reference.partition("/")[0])
        self.assertEqual([], server.requests)


class Configuration(PullTestCase):
    """registries.conf as podman users have it."""

    def scripted(self, **options: Any) -> ScriptedRegistry:
        server = ScriptedRegistry(**options).start()
        self.addCleanup(server.stop)
        return server

    def test_mirrors(self) -> None:
        image = small_image()
        origin, mirror, dead = self.scripted(), self.scripted(), self.scripted()
        reference = origin.add("team/app", image)
        mirror.add("cache/app", image)
        dead.always("", status(503))
        self.configured(
            f"""
            [[registry]]
            prefix = "{origin.host}/team"
            location = "{origin.host}/team"
            insecure = true
            [[registry.mirror]]
            location = "{dead.host}"
            insecure = true
            [[registry.mirror]]
            location = "{mirror.host}/cache"
            insecure = true
            """
        )
        self.pulled(reference)
        self.assertEqual([], origin.requests)
        self.assertGreater(dead.count("GET"), 0)
        self.assertEqual({reference: image.digest}, self.store.names(), "the image is called as asked for")
        self.stage = "every mirror is down"
        mirror.always("", status(500))
        self.store.clear()
        self.pulled(reference)
        self.assert_stored(image)
        self.assertGreater(origin.count("GET", "/blobs/"), 0)

    def test_location_is_rewritten(self) -> None:
        image = small_image()
        server = self.scripted()
        server.add("inner/team/app", image)
        self.configured(f'[[registry]]\nprefix = "registry.example/outer"\nlocation = "{server.host}/inner"\ninsecure = true\n')
        self.pulled("registry.example/outer/team/app:1")
        self.assertEqual(["registry.example/outer/team/app:1"], list(self.store.names()))

    def test_blocked(self) -> None:
        server = self.scripted()
        server.add("bad/app", small_image())
        good = server.add("good/app", small_image())
        self.configured(
            f'[[registry]]\nlocation = "{server.host}"\ninsecure = true\n[[registry]]\nlocation = "{server.host}/bad"\nblocked = true\n'
        )
        self.refused(self.pull(f"{server.host}/bad/app:1"), "blocked", "registries.conf")
        self.assertEqual([], server.requests)
        self.pulled(good)

    def test_unqualified_names(self) -> None:
        server = self.scripted()
        image = small_image()
        server.add("app", image)
        self.configured(f'unqualified-search-registries = ["{server.host}"]\n[[registry]]\nlocation = "{server.host}"\ninsecure = true\n')
        self.pulled("app:1")
        self.assertIn(image.digest, self.store.names().values())

    def test_docker_hub_can_be_mirrored(self) -> None:
        """`nginx` is docker.io/library/nginx: a mirror of docker.io is asked for library/nginx."""
        image = small_image()
        server = self.scripted()
        server.add("library/nginx", image, "latest")
        self.configured(
            f'[[registry]]\nprefix = "docker.io"\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "{server.host}"\ninsecure = true\n'
        )
        self.pulled("nginx")
        self.assertEqual({"docker.io/library/nginx:latest": image.digest}, self.store.names())

    def test_unknown_keys_warn(self) -> None:
        server = self.scripted()
        reference = server.add("app", small_image())
        self.configured(f'some-new-key = "x"\n[[registry]]\nlocation = "{server.host}"\ninsecure = true\nshiny = true\n')
        result = self.pulled(reference)
        self.assertIn("some-new-key", result.err)
        self.assertIn("shiny", result.err)

    def test_files_that_are_wrong(self) -> None:
        server = self.scripted()
        reference = server.add("app", small_image())
        for contents in ("[[registry]\nlocation = 5", 'a = "unclosed', "[[registry]]\nlocation = 5\n", "x" * (5 << 20)):
            self.stage = contents[:30]
            self.configured(contents)
            self.refused(self.pull(reference), "registries.conf")
        self.assertEqual([], server.requests)

    def test_localhost(self) -> None:
        """A registry on this host, as `localhost:5000/x`: works as with docker, or the error says which setting is missing."""
        server = self.scripted()
        server.add("x", small_image())
        result = self.pull(server.host.replace("127.0.0.1", "localhost") + "/x:1")
        if result.code != 0:
            self.refused(result, "insecure", "registries.conf")
            self.configured(f'[[registry]]\nlocation = "localhost:{server.host.rpartition(":")[2]}"\ninsecure = true\n')
            self.pulled(server.host.replace("127.0.0.1", "localhost") + "/x:1")


class Verbs(PullTestCase):
    def test_inspect_save_verify(self) -> None:
        server = self.debian()
        image = small_image(layers=2)
        reference = server.push("app", image)
        self.pulled(reference)
        facts = json.loads(self.checked("image", "inspect", reference).out)
        shown = json.dumps(facts)
        for word in (image.digest, image.id, reference, "amd64", "linux", "/probe", image.layers[1].diff_id):
            self.assertIn(word, shown)
        archive = self.directory / "saved.tar"
        self.checked("image", "save", "-o", str(archive), reference)
        other = Store(self.directory / "other")
        self.checked("image", "load", str(archive), store=other)
        self.assert_stored(image, other)
        self.checked("image", "verify", reference)
        self.checked("image", "verify")

    def checked(self, *arguments: str, store: Store | None = None) -> Any:
        result = self.command(*arguments, store=store)
        self.assertEqual(0, result.code, result)
        return result

    def test_damage_is_named_and_mended(self) -> None:
        """W3: a blob, an unpacked file, a missing file: verify names the image; removed and pulled again it is right."""
        server = self.debian()
        image = small_image(layers=2)
        reference = server.push("app", image)
        self.pulled(reference)
        layers = self.store.images / "layers"
        blob = self.store.images / "blobs/sha256" / image.layers[1].descriptor["digest"].removeprefix("sha256:")

        def flip() -> None:
            contents = bytearray(blob.read_bytes())
            contents[-20] ^= 1
            blob.write_bytes(contents)

        table = (
            ("blob changed", flip),
            ("blob gone", blob.unlink),
            ("file changed", lambda: (layers / image.layer_names[1] / "mark0" / "file").write_text("other")),
            ("file gone", lambda: (layers / image.layer_names[1] / "mark0" / "file").unlink()),
            ("layer gone", lambda: shutil.rmtree(layers / image.layer_names[2])),
        )
        for name, damage in table:
            self.stage = name
            damage()
            result = self.command("image", "verify", reference)
            self.assertEqual(1, result.code, result)
            self.assertIn("app:1", result.out + result.err)
            self.checked("image", "rm", reference)
            self.pulled(reference)
            self.checked("image", "verify", reference)
            self.assert_stored(image)

    def test_remove_and_prune(self) -> None:
        server = self.debian()
        one, two = small_image("one"), small_image("two")
        names = [server.push("one", one), server.push("two", two)]
        for name in names:
            self.pulled(name)
        self.checked("image", "rm", names[0])
        self.assert_stored(two)
        self.assertFalse((self.store.images / "layers" / one.layer_names[1]).exists())
        server.push("two", one)
        self.pulled(names[1])
        self.checked("image", "prune", "-f")
        self.assertFalse((self.store.images / "layers" / two.layer_names[1]).exists())
        self.assert_stored(one)


class PodPullTestCase(PullTestCase):
    """These pull into the host's store, where pods look."""

    in_vm = frozenset({"test_image_is_pulled", "test_delete_during_the_pull"})

    def setUp(self) -> None:
        super().setUp()
        self.server = self.registry(ScriptedRegistry())
        self.addCleanup(self.forget)
        # Workers inherit the agent's environment: the next command starts one with the short waits.
        self.podrun.run("agent", "--stop")
        self.podrun.ok("get", "pods", env=self.environment)
        self.addCleanup(self.podrun.run, "agent", "--stop")

    def forget(self) -> None:
        """What was pulled goes, so that each test starts without it."""
        self.podrun.ok("delete", "pod", "--all", "-A", "--now")
        for name in Store(paths.DATA_DIRECTORY).names():
            if "podrun-test" not in name:
                self.podrun.run("image", "rm", name)
        forget_images()

    def manifest(self, name: str, image: str, policy: str = "", **spec: Any) -> dict[str, Any]:
        fields = {"imagePullPolicy": policy} if policy else {}
        return pod(name, container("app", "/probe", "wait", image=image, **fields), **spec)

    def events(self, name: str) -> str:
        return self.podrun.ok("describe", "pod", name).out.partition("Events:")[2]

    def waiting(self, name: str) -> dict[str, Any]:
        entry = states(self.podrun.pod(name) or {}).get("app", {})
        return entry.get("state", {}).get("waiting") or {}


class Pods(PodPullTestCase):
    """The kubelet's part."""

    def test_image_is_pulled(self) -> None:
        image = small_image()
        reference = self.server.add("app", image)
        self.running(self.manifest("puller", reference))
        events = self.events("puller")
        self.assertRegex(events, rf'Pulling .*Pulling image "{re.escape(reference)}"')
        self.assertRegex(
            events, rf'Pulled .*Successfully pulled image "{re.escape(reference)}" in [\d.]+m?s .*Image size: \d+ bytes'
        )
        entry = states(self.podrun.pod("puller") or {})["app"]
        self.assertEqual(reference, entry["image"])
        self.assertTrue(entry["imageID"])
        self.stage = "second pod without any network call"
        before = len(self.server.requests)
        self.running(self.manifest("second", reference, "IfNotPresent"))
        self.assertEqual(before, len(self.server.requests))
        self.assertRegex(self.events("second"), rf'Container image "{re.escape(reference)}" already present on machine')
        self.stage = "refused while in use"
        result = self.podrun.run("image", "rm", reference)
        self.assertEqual(1, result.code, result)
        self.assertIn("in use", result.err)
        self.podrun.ok("image", "prune", "-a", "-f")
        self.assertIn(reference, Store(paths.DATA_DIRECTORY).names())

    def test_always(self) -> None:
        """Always asks for the manifest each time and fetches only what changed."""
        reference = self.server.add("app", small_image("old"), "latest")
        self.running(self.manifest("one", reference, "Always"))
        before = self.server.count("/manifests/"), self.server.count("GET", "/blobs/")
        self.running(self.manifest("two", reference, "Always"))
        self.assertGreater(self.server.count("/manifests/"), before[0])
        self.assertEqual(before[1], self.server.count("GET", "/blobs/"))
        new = small_image("new")
        self.server.add("app", new, "latest")
        self.running(self.manifest("three", reference, "Always"))
        self.assertEqual(new.digest, Store(paths.DATA_DIRECTORY).names()[reference])

    def test_always_without_its_registry(self) -> None:
        reference = self.server.add("app", small_image())
        self.running(self.manifest("one", reference))
        self.server.always("", status(503))
        self.podrun.run("apply", "-", input=text(self.manifest("two", reference, "Always")), env=self.environment)
        wait_for(lambda: self.waiting("two").get("reason") in ("ErrImagePull", "ImagePullBackOff"), "ErrImagePull", 30)
        self.running(self.manifest("three", reference, "IfNotPresent"))

    def test_never(self) -> None:
        reference = self.server.add("app", small_image())
        result = self.podrun.run("apply", "-", input=text(self.manifest("absent", reference, "Never")))
        self.assertEqual(1, result.code, result)
        self.assertEqual("ErrImageNeverPull", self.waiting("absent")["reason"])
        self.assertIn(f'Container image "{reference}" is not present with pull policy of Never', self.waiting("absent")["message"])
        self.assertEqual([], self.server.requests)

    def test_back_off(self) -> None:
        """ErrImagePull, then ImagePullBackOff for 10 s, then the image is there and the pod runs."""
        reference = f"{self.server.host}/late:1"
        begin = time.monotonic()
        result = self.podrun.run("apply", "-", input=text(self.manifest("late", reference)))
        self.assertEqual(1, result.code, result)
        self.assertIn("late:1", result.err)
        wait_for(lambda: self.waiting("late").get("reason") == "ImagePullBackOff", "ImagePullBackOff")
        self.assertIn(f'Back-off pulling image "{reference}"', self.waiting("late")["message"])
        events = self.events("late")
        self.assertRegex(events, r"Warning +Failed .*Failed to pull image")
        self.assertRegex(events, r"Warning +Failed .*Error: ErrImagePull")
        self.assertIn("Pending", (self.podrun.pod("late") or {})["status"]["phase"])
        asked = self.server.count("/late/manifests/")
        self.server.add("late", small_image())
        self.podrun.wait_phase("late", "Running")
        self.assertGreater(time.monotonic() - begin, 9)
        self.assertGreater(self.server.count("/late/manifests/"), asked)
        self.assertRegex(self.events("late"), "BackOff .*Back-off pulling image")

    def test_delete_during_the_pull(self) -> None:
        """K8: the pod goes at once and the pull ends; a later pod pulls again."""
        image = small_image("slow")
        reference = self.server.add("slow", image)
        self.server.on(f"GET .*/blobs/{image.layers[1].descriptor['digest']}", hostile.stall(at=10))
        client = self.podrun.start("apply", "-", stdin=open(self.file("slow.json", text(self.manifest("slow", reference))), "rb"))
        wait_for(lambda: self.server.fetches(image.layers[1].descriptor["digest"]), "the layer's request")
        self.assertIn("Pulling", self.events("slow"))
        self.assertLess(self.podrun.delete("slow").seconds, 20)
        client.communicate(timeout=60)
        self.assertIsNone(self.podrun.pod("slow"))
        wait_for(lambda: not pull_processes(str(self.podrun.binary)), "end of the workers")
        self.running(self.manifest("again", reference))
        self.assertEqual([], Store(paths.DATA_DIRECTORY).staging())

    def test_many_pods_wait_for_one_image(self) -> None:
        image = small_image("awaited")
        reference = self.server.add("awaited", image)
        self.server.on("GET .*/manifests/", hostile.after(0.3, self.server.serve))
        manifests = [self.manifest(f"waiter{number}", reference) for number in range(5)]
        self.podrun.ok("apply", "-", input=text(*manifests))
        for number in range(5):
            self.podrun.wait_phase(f"waiter{number}", "Running")
        self.assertEqual(1, self.server.count("GET", "/manifests/1"))
        self.assertEqual({1}, {self.server.fetches(each) for each in image.blobs})

    def test_secrets_that_are_not_there_warn(self) -> None:
        reference = self.server.add("app", small_image())
        self.running(self.manifest("secretive", reference, imagePullSecrets=[{"name": "registry-key"}]))
        self.assertRegex(self.events("secretive"), "Warning +FailedToRetrieveImagePullSecret .*registry-key")


class Collection(PullTestCase):
    """Images that nothing uses go when the disk is full; here it always is."""

    in_vm = True

    def test_unused_images_go(self) -> None:
        server = self.registry(ScriptedRegistry())
        used, unused = server.add("used", small_image("used")), server.add("unused", small_image("unused", layers=2))
        places = [*self.store.flags, f"--log-dir={self.directory}/log"]
        limits = ("--image-gc-high-threshold=1", "--image-gc-low-threshold=0", "--minimum-image-ttl-duration=0s", "--image-gc-period=1s")
        agent = self.podrun.start("agent", *places, *limits, env=self.environment)
        self.addCleanup(agent.communicate, timeout=60)
        self.addCleanup(self.podrun.run, "agent", "--stop", *places)
        self.addCleanup(self.podrun.run, "delete", "pod", "--all", "--now", *places)
        wait_for(lambda: (self.store.data / "run/agent.sock").exists(), "agent")
        self.pulled(unused)
        manifest = pod("user", container("app", "/probe", "wait", image=used))
        self.podrun.ok("apply", *places, "-", input=text(manifest))
        wait_for(lambda: list(self.store.names()) == [used], "end of the unused image")
        stays(lambda: list(self.store.names()) == [used], "the image in use", 2)
        self.assert_stored(small_image("used"))
        gone = small_image("unused", layers=2)
        self.assertFalse((self.store.images / "layers" / gone.layer_names[1]).exists())
        self.assertFalse((self.store.images / "blobs/sha256" / gone.layers[1].descriptor["digest"][7:]).exists())


class Sharing(PodPullTestCase):
    """C2, with a real registry's own log."""

    in_vm = False

    def test_eight_images_that_share_layers(self) -> None:
        server = self.debian()
        shared = [layer(Tar().directory(f"shared{number}").file(f"shared{number}/data", noise(1 << 20, f"shared {number}"))) for number in range(3)]
        images = []
        for number in range(8):
            own = layer(Tar().directory("own").file("own/number", str(number)))
            images.append(Image([base_layer(), *shared[: number % 3 + 1], own]))
        references = [server.push(f"shared/{number}", image) for number, image in enumerate(images)]
        clients = [
            self.podrun.start("apply", "-", stdin=open(self.file(f"{number}.json", text(self.manifest(f"pod{number}", reference))), "rb"))
            for number, reference in enumerate(references)
        ]
        for client in clients:
            _, errors = client.communicate(timeout=60)
            self.assertEqual(0, client.returncode, errors)
        for number in range(8):
            self.podrun.wait_phase(f"pod{number}", "Running")
        blobs = set().union(*(image.blobs for image in images))
        self.assertEqual({each: 1 for each in blobs}, {each: server.fetches(each) for each in blobs})
        store = Store(paths.DATA_DIRECTORY)
        for image in images:
            self.assert_stored(image, store)
        self.assertEqual([], store.staging())

    def test_parallel_commands(self) -> None:
        """The same with eight `podrun pull`, whose processes know nothing of each other."""
        server = self.debian()
        shared = [layer(Tar().directory("d").file("d/data", noise(2 << 20, f"s{number}"))) for number in range(2)]
        images = [Image([*shared, layer(Tar().file("own", str(number)))]) for number in range(8)]
        references = [server.push(f"shared/{number}", image) for number, image in enumerate(images)]
        clients = [self.podrun.start("pull", *self.store.flags, reference, env=self.environment) for reference in references]
        for client in clients:
            _, errors = client.communicate(timeout=60)
            self.assertEqual(0, client.returncode, errors)
        blobs = set().union(*(image.blobs for image in images))
        self.assertEqual({each: 1 for each in blobs}, {each: server.fetches(each) for each in blobs})
        for image in images:
            self.assert_stored(image)


class Trouble(PullTestCase):
    timeout_seconds = 300

    def big_image(self, mebibytes: int = 4) -> Image:
        layers = []
        for number in range(5):
            tar = Tar().directory(f"d{number}")
            for part in range(40):
                tar.file(f"d{number}/f{part}", noise((mebibytes << 20) // 40, f"{number} {part}"), mode=0o640, uid=part)
            layers.append(layer(tar, ("gzip", "zstd", "")[number % 3]))
        return Image(layers)

    def test_kills(self) -> None:
        """kill -9 of the command, of a worker, of all at once, at any moment: the next pull makes it right and leaves no rubbish."""
        seed = int(os.environ.get("PODRUN_SEED", random.randrange(1 << 30)))
        chance = random.Random(seed)
        server = self.debian()
        image = self.big_image(1)
        reference = server.push("big", image)
        whole = self.pulled(reference).seconds
        wanted = self.store.contents()
        self.assert_stored(image)
        hits = 0
        for number in range(KILLS):
            self.stage = f"PODRUN_SEED={seed} kill {number}"
            self.store.clear()
            for _ in range(chance.randrange(1, 3)):
                client = self.podrun.start("pull", *self.store.flags, reference, env=self.environment, start_new_session=True)
                time.sleep(chance.random() * whole)
                hits += client.poll() is None
                self.kill_something(client, chance)
                client.communicate(timeout=60)
            self.pulled(reference)
            self.assertEqual(wanted, self.store.contents())
            self.assertEqual([], self.store.staging())
            self.assert_stored(image)
        self.assertGreater(hits, KILLS // 3, "most kills came too late")

    def kill_something(self, client: "subprocess.Popen[bytes]", chance: random.Random) -> None:
        workers = [pid for pid in pull_processes(str(self.podrun.binary)) if pid != client.pid]
        which = chance.choice(("all", "command", "worker"))
        if which == "worker" and workers:
            try:
                os.kill(chance.choice(workers), signal.SIGKILL)
            except ProcessLookupError:
                pass
        elif which == "command":
            client.kill()
            client.wait()
            # Without the command its workers end by themselves.
            wait_for(lambda: not pull_processes(str(self.podrun.binary)), "end of the workers")
        else:
            kill_tree(client)

    def test_interrupt(self) -> None:
        """I4: Ctrl-C ends everything at once; the next pull works."""
        server = self.registry(ScriptedRegistry())
        image = self.big_image(1)
        reference = server.add("big", image)
        server.on("GET .*/blobs/", *[slow(200_000)] * 5)
        client = self.podrun.start("pull", *self.store.flags, reference, env=self.environment, start_new_session=True)
        wait_for(lambda: server.count("GET", "/blobs/") >= 2, "the first blobs")
        begin = time.monotonic()
        os.killpg(client.pid, signal.SIGINT)
        _, errors = client.communicate(timeout=60)
        self.assertLess(time.monotonic() - begin, 9)
        self.assertIn(client.returncode, (1, 130, -signal.SIGINT), errors)
        wait_for(lambda: not pull_processes(str(self.podrun.binary)), "end of the workers")
        self.assertEqual({}, self.store.names())
        server.rules.clear()
        self.pulled(reference)
        self.assert_stored(image)
        self.assertEqual([], self.store.staging())

    def test_disk_full(self) -> None:
        """Too small for the image, or out of inodes: one clear error, everything given back, a smaller image fits."""
        server = self.debian()
        large = Image([layer(Tar().directory("d").file("d/zeros", bytes(160 << 20)))])
        many = Image([layer(self.files(3000))])
        small = small_image()
        references = [server.push(name, image) for name, image in (("large", large), ("many", many), ("small", small))]
        for number, options in enumerate((("380m",), ("400m", "nr_inodes=1000"))):
            with small_disk(*options) as directory:
                self.stage = " ".join(options)
                store = Store(directory / "data")
                self.pulled(references[2], store=store)
                before, free = store.contents(), os.statvfs(directory)
                self.refused(self.pull(references[number], store=store), "no space left on device|not enough space")
                self.assertEqual(before, store.contents())
                self.assertEqual([], store.staging())
                now = os.statvfs(directory)
                self.assertLess(free.f_bavail - now.f_bavail, 64)
                self.assertLess(free.f_favail - now.f_favail, 32)
                self.pulled(references[2], store=store)
                self.assert_stored(small, store)

    def files(self, count: int) -> Tar:
        tar = Tar().directory("d")
        for number in range(count):
            tar.file(f"d/{number}")
        return tar

    def test_memory(self) -> None:
        """Everything that pulls stays below 64 MiB together, in gzip, zstd and plain layers, small files and large."""
        server = self.debian()
        image = self.big_image(12)
        zeros = [layer(Tar().directory(f"z{number}").file(f"z{number}/zeros", bytes(64 << 20)), kind) for number, kind in enumerate(("gzip", "zstd"))]
        image = Image([*image.layers, *zeros, layer(self.files(5000))])
        reference = server.push("heavy", image)
        with Watch(self.podrun) as watch:
            self.pulled(reference)
        self.assert_stored(image)
        self.assertGreater(watch.peak_kibibytes, 1000, "nothing was measured")
        self.assertLess(watch.peak_kibibytes, MEMORY_LIMIT_KIBIBYTES)
        self.assertLessEqual(watch.most_processes, 9)

    def test_memory_of_large_windows(self) -> None:
        """Three layers in zstd whose decoders want 32 MiB each: they take turns. One that wants more is refused."""
        server = self.registry(ScriptedRegistry())
        plains = [Tar().file(f"noise{number}", noise(40 << 20, f"window {number}")).bytes() for number in range(3)]
        image = Image([Layer(plain, zstd(plain, 25), LAYER + "+zstd") for plain in plains])
        with Watch(self.podrun) as watch:
            self.pulled(server.add("windows", image))
        self.assert_stored(image)
        self.assertLess(watch.peak_kibibytes, MEMORY_LIMIT_KIBIBYTES)
