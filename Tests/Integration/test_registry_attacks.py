"""Attacks D1 to D11 and failures I1, I2: evil images and evil registries. Each is met with a clear error or with something
harmless, in bounded time and memory; the host is as before, nothing is half-made, and a good pull works right after.

The content comes through a scripted registry, because a real one would refuse to take it."""

import base64
import dataclasses
import json
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from harness import hostile
from harness.archive import Tar, gzip, gzip_bomb, noise, zstd, zstd_bomb
from harness.hostile import ScriptedRegistry, challenge, cut, instead, redirect, reset, stall, status, trickle, unless_authorized
from harness.oci import DOCKER_LAYER, INDEX, LAYER, MANIFEST, Image, Index, Layer, digest, layer, write_layout
from harness.podrun import Result
from harness.pulling import (
    IDLE_SECONDS, MEMORY_LIMIT_KIBIBYTES, PullTestCase, Store, Watch, kill_tree, small_disk, small_image, some,
)  # fmt: skip
from harness.server import Certificates, Handler
from harness.waiting import wait_for

SECRET = "tester:s3cret-of-the-tests"


class AttackTestCase(PullTestCase):
    """Each attack is pulled into the same store, in which a good image is already."""

    def setUp(self) -> None:
        super().setUp()
        self.server: ScriptedRegistry = self.registry(ScriptedRegistry())
        self.good = small_image("good", layers=2)
        self.good_reference = self.server.add("good", self.good)
        self.pulled(self.good_reference)
        self.before = self.store.contents()
        self.lower = {name: self.store.tree(name) for name in self.good.layer_names}

    @contextmanager
    def row(self, title: str) -> Iterator[None]:
        with super().row(title):
            try:
                yield
            except BaseException:
                # The next row begins as this one did.
                rules, self.server.rules = self.server.rules, []
                self.store.clear()
                self.pulled(self.good_reference)
                self.server.rules = rules
                raise

    def attack(self, reference: str, *arguments: str, seconds: float = 15, **options: Any) -> Result:
        with self.canary_once(), Watch(self.podrun) as watch:
            result = self.pull(reference, *arguments, timeout=seconds + 30, **options)
        self.assertLess(result.seconds, seconds, result)
        self.assertLess(watch.peak_kibibytes, MEMORY_LIMIT_KIBIBYTES, "kibibytes of memory")
        return result

    def canary_once(self) -> Any:
        canary = self.directory / "canary"
        if canary.exists():
            shutil.rmtree(canary)
        return self.canary()

    def unchanged(self) -> None:
        """No trace of the attack in the store, and the good image is still good."""
        self.assertEqual(self.before, self.store.contents())
        self.assertEqual([], self.store.staging())
        for name, tree in self.lower.items():
            self.assertEqual(tree, self.store.tree(name), "a layer of another image changed")

    def repelled(self, reference: str, *words: str, seconds: float = 15, arguments: tuple[str, ...] = (), **options: Any) -> Result:
        result = self.attack(reference, *arguments, seconds=seconds, **options)
        self.refused(result, *words, seconds=seconds)
        self.unchanged()
        return result

    def good_pull(self) -> None:
        """An image that is not there yet."""
        mark = os.urandom(4).hex()
        image = small_image(mark)
        self.server.rules.clear()
        reference = self.server.add("afterwards", image, mark)
        self.pulled(reference)
        self.assert_stored(image)


@dataclasses.dataclass
class Evil:
    """`layers` make archives for a canary at a path; `refusal` is part of the error, or None where the result is harmless."""

    name: str
    layers: list[Callable[[str], Tar | bytes]]
    refusal: str | None = ""
    #: Must be in the topmost layer then.
    inside: tuple[str, ...] = ()


def one(name: str, make: Callable[[str], Tar | bytes], refusal: str | None = "", *inside: str) -> Evil:
    return Evil(name, [make], refusal, inside)


OUT = "../../../../../../../../.."
DOTS = '".." in its name'
NO_DIRECTORY = "is not a directory"
#: The archive's links leave the layer; the attack is to write, link or delete through them.
EVIL_LAYERS = [
    one("D1 dot-dot", lambda c: Tar().file(f"{OUT}{c}/secret", "evil"), DOTS),
    one("D1 dot-dot inside", lambda c: Tar().directory("a").file(f"a/../{OUT}{c}/secret", "evil"), DOTS),
    one("D1 dot-dot directory", lambda c: Tar().directory("..", 0o777), DOTS),
    one("D1 dot-dot at the end", lambda c: Tar().directory("a/..", 0o777), DOTS),
    one("D1 absolute", lambda c: Tar().file(f"{c}/secret", "evil"), None),
    one("D1 absolute dot-dot", lambda c: Tar().file(f"/..{c}/secret", "evil"), DOTS),
    one("D2 absolute link", lambda c: Tar().symlink("link", c).file("link/secret", "evil"), NO_DIRECTORY),
    one("D2 relative link", lambda c: Tar().symlink("link", OUT + c).file("link/secret", "evil"), NO_DIRECTORY),
    one("D2 link to the root", lambda c: Tar().symlink("link", "/").file(f"link{c}/secret", "evil"), None),
    one("D2 link to dot-dot", lambda c: Tar().directory("a").symlink("a/up", OUT).file(f"a/up{c}/secret", "evil"), None),
    one(
        "D2 chain of links",
        lambda c: Tar().directory("a").directory("a/b").symlink("a/b/up", OUT).symlink("out", "a/b/up").file(f"out{c}/secret", "evil"),
        None,
    ),
    one("D2 /proc/self/root", lambda c: Tar().symlink("link", "/proc/self/root").file(f"link{c}/secret", "evil"), NO_DIRECTORY),
    one("D2 /proc/self/cwd", lambda c: Tar().symlink("link", "/proc/self/cwd").file("link/evil", "evil"), NO_DIRECTORY),
    one(
        "D2 directory becomes a link",
        lambda c: Tar().directory("d").file("d/x").symlink("d", c).file("d/secret", "evil"), NO_DIRECTORY,
    ),  # fmt: skip
    one("D2 the last part is a link", lambda c: Tar().symlink("f", f"{c}/secret").file("f", "evil"), None, "f"),
    one("D2 link replaced by a directory", lambda c: Tar().symlink("d", c).directory("d", 0o777, uid=99).file("d/x"), None, "d/x"),
    one("D2 loop of links", lambda c: Tar().symlink("a", "b").symlink("b", "a").file("a/x", "evil"), ""),
    Evil("D2 link in the layer below", [lambda c: Tar().symlink("link", c), lambda c: Tar().file("link/secret", "evil")], None, ("link/secret",)),
    Evil("D2 link in the layer below, deep", [lambda c: Tar().directory("a").symlink("a/b", OUT), lambda c: Tar().file(f"a/b{c}/x", "evil")], None),
    one("D3 hard link to the host", lambda c: Tar().hardlink("h", f"{c}/secret"), "is not in this layer"),
    one("D3 hard link to shadow", lambda c: Tar().hardlink("h", "/etc/shadow").file("h2"), "is not in this layer"),
    one("D3 hard link dot-dot", lambda c: Tar().hardlink("h", f"{OUT}{c}/secret"), DOTS),
    one("D3 hard link through a link", lambda c: Tar().symlink("l", c).hardlink("h", "l/secret").file("h", "evil"), "is not in this layer"),
    one("D3 hard link to a link, written", lambda c: Tar().symlink("l", f"{c}/secret").hardlink("h", "l").file("h", "evil"), None, "h"),
    one("D3 hard link from a linked directory", lambda c: Tar().file("f").symlink("l", c).hardlink("l/h", "f"), NO_DIRECTORY),
    one("D3 hard link to itself", lambda c: Tar().hardlink("h", "h"), None),
    one("D3 hard link to a directory", lambda c: Tar().directory("d").hardlink("h", "d"), ""),
    Evil("D3 hard link to the layer below", [lambda c: Tar().file("f", "lower"), lambda c: Tar().hardlink("h", "f")], "is not in this layer"),
    one("D4 whiteout of ..", lambda c: Tar().directory("etc").file("etc/.wh..."), "whiteout"),
    one("D4 whiteout of .", lambda c: Tar().file(".wh.."), "whiteout"),
    one("D4 empty whiteout", lambda c: Tar().directory("etc").file("etc/.wh."), "whiteout"),
    one("D4 whiteout through a link", lambda c: Tar().symlink("l", c).file("l/.wh.secret"), NO_DIRECTORY),
    one("D4 opaque through a link", lambda c: Tar().symlink("l", c).file("l/.wh..wh..opq"), NO_DIRECTORY),
    one("D4 below a whiteout", lambda c: Tar().file(".wh.a/b"), "whiteout"),
    one("D4 hard link to a whiteout", lambda c: Tar().file(".wh.x").hardlink("a", ".wh.x"), "hard link"),
    one("D4 whiteout of what the layer has", lambda c: Tar().file("x", "1").file(".wh.x"), None, "x"),
    one("D5 chmod through a link", lambda c: Tar().symlink("d", c).directory("d", 0o777, uid=1234, modified=1), None, "d"),
    one("D5 chown through a link", lambda c: Tar().symlink("f", f"{c}/secret").entry("f", kind="0", mode=0o4777, uid=1, gid=1), None, "f"),
    one("D5 owner out of range", lambda c: Tar().entry("x", uid=4_294_967_295), "user id 4294967295"),
    one("D6 device number out of range", lambda c: Tar().device("d", 5000, 1), "5000:1"),
    one("D6 device number huge", lambda c: Tar().device("d", 1 << 40, 1 << 40), "out of range"),
    one("D6 unknown type", lambda c: Tar().entry("x", kind="Q"), None),
    one("D6 the root is a file", lambda c: Tar().file(".", "x"), "only a directory"),
    one("D6 the root is a link", lambda c: Tar().symlink("/", c), "only a directory"),
    one("D6 the root is a link, dot", lambda c: Tar().symlink("./", c).file("x"), "only a directory"),
    one("D6 name of 256 bytes", lambda c: Tar().pax(path="a" * 256).file("x"), "longer than 255 bytes"),
    one("D6 path of 5000 bytes", lambda c: Tar().pax(path="abcdefghi/" * 500).file("x"), "too long"),
    one("D6 path of 300 parts", lambda c: Tar().pax(path="a/" * 300 + "x").file("x"), "deep|too long|components"),
    one("D6 NUL in a name", lambda c: Tar().pax(path=b"a\0b").file("x"), None),
    one("D6 PAX header of 2 MiB", lambda c: Tar().pax(comment="a" * (2 << 20)).file("x"), ""),
    one("D6 PAX header of 1 GiB that is not there", lambda c: Tar().entry("p", b"10 path=x\n", kind="x", size=1 << 30).file("x"), ""),
    one("D6 GNU long name of 1 GiB that is not there", lambda c: Tar().entry("././@LongLink", b"x", kind="L", size=1 << 30).file("x"), ""),
    one("D6 negative size", lambda c: Tar().entry("x", size=-5), ""),
    one("D6 size beyond the archive", lambda c: Tar().entry("x", size=1 << 40), ""),
    one(
        "D6 sparse bomb",
        lambda c: Tar().pax(
            GNU__sparse__major="1", GNU__sparse__minor="0", GNU__sparse__name="bomb", GNU__sparse__realsize="9000000000000000000"
        ).file("x", b"1\n0\n1\n" + bytes(506) + b"a"),
        "more than",
    ),  # fmt: skip
    one("D6 file as a directory", lambda c: Tar().file("f").file("f/x", "evil"), "directory"),
    one("D6 no archive", lambda c: b"this is no archive, " * 1000, ""),
    one("D6 checksum of a header", lambda c: Tar().file("a").bytes()[:-1024] + b"\x01" * 512 + bytes(1024), ""),
    one("D7 more than 256 deep", lambda c: deep(1000), "deep|too long|components"),
]


def deep(count: int) -> Tar:
    tar, path = Tar(), ""
    for _ in range(count):
        path += "d/"
        tar.pax(path=path).directory("d")
    return tar


class EvilLayers(AttackTestCase):
    timeout_seconds = 240

    def test_links_names_and_whiteouts(self) -> None:
        """D1 to D6 in one layer, and D2, D3 split in two."""
        canary = str(self.directory / "canary")
        number = 0
        for evil in some(EVIL_LAYERS):
            with self.row(evil.name):
                number += 1
                # Something in it, so that no two attacks share a layer.
                archives = [make(canary) for make in evil.layers]
                for archive in archives:
                    if isinstance(archive, Tar):
                        archive.parts[:0] = Tar().file(f"number{number}").parts
                image = Image([layer(archive, ("gzip", "zstd", "")[number % 3]) for archive in archives])
                self.expect(evil, self.server.add(f"evil{number}", image), image)
        self.good_pull()

    def expect(self, evil: Evil, reference: str, image: Image) -> None:
        if evil.refusal is not None:
            self.repelled(reference, "layer", evil.refusal or "error")
            return
        result = self.attack(reference)
        self.assertEqual(0, result.code, result)
        top = self.store.tree(image.layer_names[-1])
        for name in evil.inside:
            self.assertIn(name, top)
        self.assertEqual(0, self.command("image", "rm", reference).code)
        self.unchanged()

    def test_metadata(self) -> None:
        """D5: what the kernel would take as overlay's own or the host's attributes is dropped, setuid and capabilities stay."""
        capability = b"\x01\0\0\x02\0\x20\0\0" + bytes(12)
        tar = Tar()
        for name, value in (
            ("trusted.overlay.redirect", b"/canary"), ("trusted.overlay.metacopy", b""), ("trusted.overlay.opaque", b"y"),
            ("user.overlay.redirect", b"/x"), ("security.selinux", b"system_u"), ("security.ima", b"x"),
        ):  # fmt: skip
            tar.pax(**{f"SCHILY.xattr.{name}": value}).directory(f"dropped-{name}")
        tar.pax(**{"SCHILY.xattr.security.capability": capability}).file("kept", mode=0o4755)
        tar.pax(mtime="-62135596800").file("year1").pax(mtime="9223372036854775807").file("late")
        tar.directory("sticky", 0o1777)
        image = Image([layer(tar)])
        reference = self.server.add("metadata", image)
        result = self.attack(reference)
        self.assertEqual(0, result.code, result)
        root = self.store.images / "layers" / image.layer_names[0]
        for name in os.listdir(root):
            attributes = set(os.listxattr(root / name))
            self.assertEqual({"security.capability"} if name == "kept" else set(), attributes, name)
        self.assertEqual(0o4755, stat.S_IMODE(os.stat(root / "kept").st_mode))
        self.assertEqual(0o1777, stat.S_IMODE(os.stat(root / "sticky").st_mode))
        self.assertEqual(0, self.command("image", "rm", reference).code)
        self.stage = "too many attributes"
        tar = Tar().pax(**{f"SCHILY.xattr.user.n{number}": b"x" for number in range(5000)}).file("flood")
        self.repelled(self.server.add("flood", Image([layer(tar)])), "attributes")

    def test_whiteouts_leave_lower_layers_alone(self) -> None:
        """D4: what the good image has is hidden in the new one only."""
        tar = Tar().file(".wh.probe").directory("etc").file("etc/.wh..wh..opq").file(".wh.mark0").directory("mark1").file("mark1/.wh.file")
        image = Image([*self.good.layers, layer(tar)])
        reference = self.server.add("whiteouts", image)
        result = self.attack(reference)
        self.assertEqual(0, result.code, result)
        top = self.store.images / "layers" / image.layer_names[-1]
        for name in ("probe", "mark0", "mark1/file"):
            status_of = os.lstat(top / name)
            self.assertTrue(stat.S_ISCHR(status_of.st_mode) and status_of.st_rdev == 0, name)
        self.assertEqual(b"y", os.getxattr(top / "etc", "trusted.overlay.opaque"))
        self.assertEqual(0, self.command("image", "rm", reference).code)
        self.unchanged()

    def test_bombs(self) -> None:
        """D7, on a file system of its own: a limit or the lack of space ends each; the space is back at once."""
        tables = [
            ("10 GiB of zeros in gzip", Layer(b"", gzip_bomb(10), LAYER + "+gzip", "sha256:" + "0" * 64), "no space left|not enough space|limit"),
            ("10 GiB of zeros in zstd", Layer(b"", zstd_bomb(10), LAYER + "+zstd", "sha256:" + "1" * 64), "no space left|not enough space|limit"),
            ("zstd with a window of 2 GiB", Layer(b"", zstd_bomb(1, 31), LAYER + "+zstd", "sha256:" + "2" * 64), "window of 2147483648"),
            ("zstd with a window of 64 MiB", Layer(b"", zstd_bomb(1, 26), LAYER + "+zstd", "sha256:" + "4" * 64), "window of 67108864"),
            ("gzip of gzip", Layer(b"", gzip(gzip(Tar().file("x", bytes(1 << 20)).bytes())), LAYER + "+gzip", "sha256:" + "3" * 64), ""),
            ("100000 empty files", layer(many_files(100_000)), "no space left|not enough space|entries"),
        ]
        with small_disk("330m", "nr_inodes=20000") as directory:
            store = self.store = Store(directory / "data")
            self.pulled(self.good_reference)
            self.before = store.contents()
            for name, evil, words in some(tables):
                with self.row(name):
                    free = os.statvfs(directory)
                    self.repelled(self.server.add("bomb", Image([evil])), words, seconds=30)
                    now = os.statvfs(directory)
                    self.assertLess(free.f_bavail - now.f_bavail, 256)
                    self.assertLess(free.f_favail - now.f_favail, 64)
            self.good_pull()


def many_files(count: int) -> Tar:
    tar = Tar()
    for number in range(count):
        tar.file(str(number))
    return tar


class EvilDocuments(AttackTestCase):
    """D8, and the manifests of D7."""

    def test_layers_that_differ_from_their_descriptors(self) -> None:
        plain = Tar().file("x", noise(200_000, "content")).bytes()
        flipped = bytearray(gzip(plain))
        flipped[-100_000] ^= 1
        right = layer(plain)
        short = gzip(plain)[:-1000]
        longer = gzip(plain) + b"x" * 100
        size, name = len(right.blob), digest(right.blob)
        table = (
            ("flipped byte", bytes(flipped), {}, digest(bytes(flipped))),
            ("cut short", short, {}, "bytes|size|ended"),
            ("longer", longer, {}, "longer|bytes|size"),
            ("size is less", right.blob, {"size": size - 1}, "bytes|size|longer"),
            ("size is more", right.blob, {"size": size + 1}, "bytes|size"),
            ("size is negative", right.blob, {"size": -1}, "negative|size"),
        )
        for title, blob, edit, words in some(table):
            with self.row(title):
                evil = Layer(plain, blob, LAYER + "+gzip", edit={"digest": name, "size": size, **edit})
                self.repelled(self.server.add("evil", Image([evil])), words, name.removeprefix("sha256:")[:12])
        self.stage = "size is huge"
        self.repelled(self.server.add("evil", Image([dataclasses.replace(right, edit={"size": 1 << 62})])), "bytes of blobs")
        self.server.blobs[name] = right.blob
        image = Image([right])
        self.pulled(self.server.add("mended", image))
        self.assert_stored(image)

    def test_compressed_streams_that_are_broken(self) -> None:
        """I2: the blob is what its digest says, but no good stream."""
        plain = Tar().file("x", noise(200_000, "broken")).bytes()
        wrong_sum = bytearray(gzip(plain))
        wrong_sum[-6] ^= 1
        table = (
            ("gzip CRC", bytes(wrong_sum), "+gzip", ""),
            ("gzip cut", gzip(plain)[:-5000], "+gzip", ""),
            ("zstd cut", zstd(plain)[:-5000], "+zstd", ""),
            ("no gzip", b"not compressed at all" * 50, "+gzip", ""),
            ("empty", b"", "+gzip", ""),
        )
        for title, blob, kind, words in some(table):
            with self.row(title):
                evil = Layer(plain, blob, LAYER + kind)
                self.repelled(self.server.add("evil", Image([evil])), digest(blob).removeprefix("sha256:")[:12], words)
        self.good_pull()

    def test_wrong_diff_id(self) -> None:
        other = "sha256:" + "a" * 64
        right = layer(Tar().file("x", "diff"))
        for title, edit, words in some((
            ("another", lambda config: config["rootfs"].update(diff_ids=[other]), "a" * 64),
            ("none", lambda config: config["rootfs"].update(diff_ids=[]), "layers"),
            ("two", lambda config: config["rootfs"].update(diff_ids=[right.diff_id] * 2), "layers"),
            ("no digest", lambda config: config["rootfs"].update(diff_ids=["sha256:../../x"]), "invalid digest"),
        )):
            with self.row(title):
                self.repelled(self.server.add("evil", Image([right], edit_config=edit)), words)
        self.good_pull()

    def test_digests_that_are_none(self) -> None:
        """They would become paths and URLs (CVE-2024-3727)."""
        right = layer(Tar().file("x", "digest"))
        for bad in ("sha256:../../../../../etc/passwd", "sha512:" + "0" * 128, "md5:00", "sha256:ABC", "", "sha256:" + "A" * 64, "x" * 100_000):
            with self.row(bad[:40]):
                for where, image in (
                    ("layer", Image([dataclasses.replace(right, edit={"digest": bad})])),
                    ("config", Image([right], edit_manifest=lambda manifest, bad=bad: manifest["config"].update(digest=bad))),
                ):
                    self.stage = f"{where} {bad[:40]}"
                    asked = len(self.server.requests)
                    self.repelled(self.server.add("evil", image), "invalid digest")
                    self.assertEqual([], [str(each) for each in self.server.requests[asked:] if ".." in each.path or "passwd" in each.path])
                index = Index([], descriptors=[{**self.good.descriptor, "digest": bad}])
                self.stage = f"index {bad[:40]}"
                self.repelled(self.server.add("evil", index), "invalid digest")
        self.good_pull()

    def test_manifest_that_is_another(self) -> None:
        """By digest, the user's or that of the tag's index: what comes must have it."""
        other = small_image("other")
        wanted = small_image("wanted")
        self.server.add("swap", wanted)
        self.server.manifests["swap", wanted.digest] = (other.manifest, MANIFEST)
        self.repelled(f"{self.server.host}/swap@{wanted.digest}", wanted.digest, other.digest)
        index = Index([wanted])
        reference = self.server.add("swap2", index)
        self.server.manifests["swap2", wanted.digest] = (other.manifest, MANIFEST)
        self.repelled(reference, wanted.digest, other.digest)
        self.good_pull()

    def test_ambiguous_documents(self) -> None:
        """CVE-2021-41190: one image for the scanner, another for the runtime."""
        layers = self.good.layers
        table: tuple[tuple[str, Any, str], ...] = (
            ("manifest with manifests", Image(layers, edit_manifest=lambda m: m.update(manifests=[self.good.descriptor])), "ambiguous"),
            ("index with layers", Index([self.good], edit=lambda m: m.update(layers=[layers[0].descriptor])), "ambiguous"),
            ("schema 1", Image(layers, edit_manifest=lambda m: m.update(schemaVersion=1, fsLayers=[], history=[])), "schema version 1"),
            ("schema 3", Image(layers, edit_manifest=lambda m: m.update(schemaVersion=3)), "schema version"),
            ("layers are no list", Image(layers, edit_manifest=lambda m: m.update(layers={"a": 1})), ""),
            ("layer type", Image(layers, edit_manifest=lambda m: m["layers"][0].update(mediaType="application/x-zip")), "application/x-zip"),
            (
                "foreign layer", Image(layers, edit_manifest=lambda m: m["layers"][0].update(
                    mediaType=DOCKER_LAYER.replace("diff", "foreign.diff") + ".gzip", urls=["http://127.0.0.1:9/evil"])), "foreign",
            ),
            ("artifact", Image(layers, edit_manifest=lambda m: m["config"].update(mediaType="application/vnd.cncf.helm.config.v1+json")), "not a container image|media type"),
            ("500 layers", Image([layers[0]] * 500), "500 layers"),
            ("config of another platform", small_image(architecture="s390x"), "s390x"),
        )  # fmt: skip
        for title, image, words in some(table):
            with self.row(title):
                self.repelled(self.server.add("evil", image), words)
        self.stage = "media type of the header"
        reference = self.server.add("typed", small_image("typed"))
        self.server.manifests["typed", "1"] = (self.server.manifests["typed", "1"][0], INDEX)
        self.repelled(reference, "media type|manifest")
        self.good_pull()

    def test_garbage_instead_of_documents(self) -> None:
        nested = b'{"a":' * 100_000
        for title, body in some((
            ("empty", b""), ("text", b"<html>login</html>"), ("array", b"[]"), ("null", b"null"), ("deep", nested), ("binary", bytes(range(256)) * 9),
            ("not UTF-8", b'{"schemaVersion":2,"mediaType":"\xff\xfe"}'), ("duplicate", b'{"schemaVersion":2,"layers":[],"layers":[]}'),
        )):  # fmt: skip
            with self.row(title):
                self.server.on("GET .*/garbage/manifests/", instead(body, Content_Type=MANIFEST))
                self.repelled(f"{self.server.host}/garbage:1", "garbage:1|manifest")
        image = Image(self.good.layers[:1])
        image.config_blob = b"{]"
        self.stage = "config"
        manifest = json.loads(image.manifest)
        manifest["config"].update(digest=digest(b"{]"), size=2)
        image.manifest = json.dumps(manifest).encode()
        self.repelled(self.server.add("config", image), "config")
        self.good_pull()

    def test_documents_without_an_end(self) -> None:
        """D7: 4 GiB announced, or no end announced at all."""
        for title, answer in (("4 GiB", hostile.endless(4 << 30, b" " * 65536)), ("endless", hostile.endless(block=b" " * 65536))):
            with self.row(title):
                self.server.on("GET .*/huge/manifests/", answer)
                self.repelled(f"{self.server.host}/huge:1", "4194304|4 MiB|too large|longer")
        image = small_image("huge config")
        reference = self.server.add("config", image)
        self.server.always(f"GET .*/blobs/{image.id}", hostile.endless())
        self.repelled(reference, image.id.removeprefix("sha256:")[:12])
        image = Image(self.good.layers, edit_manifest=lambda manifest: manifest["config"].update(size=1 << 40))
        self.repelled(self.server.add("config", image), "size|bytes|longer")
        self.good_pull()

    def test_indexes_in_indexes(self) -> None:
        inner: Any = self.good
        for depth in range(5):
            entry = inner.descriptor if isinstance(inner, Image) else {
                "mediaType": INDEX, "digest": inner.digest, "size": len(inner.manifest)
            }  # fmt: skip
            inner = Index([], descriptors=[entry])
            self.server.add("nested", inner, f"{depth}")
        self.server.manifests["nested", self.good.digest] = (self.good.manifest, MANIFEST)
        self.repelled(f"{self.server.host}/nested:4", "indexes deep")
        self.stage = "an index of nothing"
        self.repelled(self.server.add("nested", Index([]), "empty"), "no image for")
        self.good_pull()


class EvilRegistries(AttackTestCase):
    """D9. `elsewhere` is a second host that must never see a credential."""

    def setUp(self) -> None:
        super().setUp()
        self.elsewhere: ScriptedRegistry = self.registry(ScriptedRegistry("127.0.0.2"))
        self.image = small_image("wanted", layers=2)
        self.reference = self.server.add("wanted", self.image)
        self.elsewhere.add("wanted", self.image)
        self.environment["REGISTRY_AUTH_FILE"] = self.file("auth.json", self.auth(self.server.host))
        self.layer = self.image.layers[1].descriptor["digest"]

    def auth(self, *hosts: str) -> str:
        return json.dumps({"auths": {host: {"auth": base64.b64encode(SECRET.encode()).decode()} for host in hosts}})

    def assert_nothing_leaked(self, result: Result | None = None) -> None:
        self.assertEqual([], hostile.credentials_in(self.elsewhere.requests))
        for request in self.elsewhere.requests:
            self.assertNotIn("s3cret", str(request) + str(request.headers) + str(request.body))
        if result is not None:
            self.assertNotIn("s3cret", result.out + result.err)

    def basic_required(self) -> None:
        """Every request to the registry needs the password."""
        self.server.always("/v2/", unless_authorized("registry", "Basic ", ""))

    def test_redirect_to_another_host(self) -> None:
        """As clouds' storage does: followed, without the password."""
        self.basic_required()
        self.server.rules.insert(0, hostile.Rule(re.compile("GET .*/blobs/"), [redirect(self.elsewhere.url + "{path}")], True))
        self.pulled(self.reference)
        self.assert_stored(self.image)
        self.assertGreater(self.elsewhere.count("GET", "/blobs/"), 0)
        self.assert_nothing_leaked()

    def test_redirects_of_manifests(self) -> None:
        self.server.on("GET .*/wanted/manifests/", *[redirect(self.elsewhere.url + "{path}", code) for code in (301, 302, 303, 307, 308)])
        self.basic_required()
        self.pulled(self.reference)
        self.assert_nothing_leaked()

    def test_redirects_that_lead_astray(self) -> None:
        """To files, to other protocols, in a circle, for ever, to nowhere."""
        refused = self.directory / "refused"
        refused.write_bytes(self.image.layers[1].blob)
        for target in some((
            f"file://{refused}", f"ftp://{self.elsewhere.host}/x", f"gopher://{self.elsewhere.host}/x", "dict://127.0.0.1:11/x",
            f"{self.server.url}{{path}}", "http://", "::::", "//", "javascript:alert(1)", "http://[::1", "x" * 100_000,
        )):  # fmt: skip
            with self.row(target[:60]):
                self.server.rules.clear()
                self.server.always("GET .*/blobs/", redirect(target))
                asked = len(self.server.requests)
                self.repelled(self.reference, "redirect|location|protocol|url|header is longer")
                self.assertLess(len(self.server.requests) - asked, 60, "requests in a circle")
                self.unchanged()
        self.assertEqual([], self.elsewhere.requests)
        self.stage = "a chain"
        self.server.rules.clear()
        for each in (self.server, self.elsewhere):
            other = self.elsewhere if each is self.server else self.server
            each.always("GET .*/blobs/", redirect(other.url + "{path}"))
        self.repelled(self.reference, "redirect")
        self.assert_nothing_leaked()
        self.elsewhere.rules.clear()
        self.good_pull()

    def test_downgrade(self) -> None:
        """From TLS to plain text, by redirect, by the challenge's realm: refused, and nobody hears a password."""
        certificates = Certificates(self.directory / "tls")
        secure: ScriptedRegistry = self.registry(ScriptedRegistry(tls=certificates))
        reference = secure.add("wanted", self.image)
        auth = self.file("both.json", self.auth(secure.host, self.elsewhere.host))
        environment = {**self.environment, "SSL_CERT_FILE": str(certificates.authority), "REGISTRY_AUTH_FILE": auth}
        for what in ("manifests", "blobs"):
            with self.row(what):
                secure.rules.clear()
                secure.always(f"GET .*/{what}/", redirect(self.elsewhere.url + "{path}"))
                self.repelled(reference, "redirect|https|plain|protocol", env=environment)
                self.assertEqual([], self.elsewhere.requests)
        self.stage = "realm"
        secure.rules.clear()
        secure.always("/v2/", unless_authorized(self.elsewhere.url + "/token"))
        self.repelled(reference, "realm|https|plain|token", env=environment)
        self.assertEqual([], hostile.credentials_in(self.elsewhere.requests))
        self.good_pull()

    def test_realm_elsewhere(self) -> None:
        """CVE-2020-15157: whoever can name a token server must not get the registry's password by it (unless it is in the same domain)."""
        self.elsewhere.always("/token", instead(b'{"token":"t"}', Content_Type="application/json"))
        identity = json.dumps({"auths": {self.server.host: {"auth": "", "identitytoken": SECRET}}})
        for title, contents in (("password", self.auth(self.server.host)), ("identity token", identity)):
            with self.row(title):
                self.elsewhere.requests.clear()
                self.server.always("/v2/", unless_authorized(self.elsewhere.url + "/token"))
                environment = {**self.environment, "REGISTRY_AUTH_FILE": self.file("one.json", contents)}
                self.assert_nothing_leaked(self.attack(self.reference, env=environment))
                self.store.clear()
                self.server.rules.clear()
        self.good_pull()

    def test_token_goes_to_its_registry_only(self) -> None:
        self.server.always("/token", instead(b'{"token":"s3cret-token","expires_in":300}', Content_Type="application/json"))
        self.server.on("GET .*/blobs/", *[redirect(self.elsewhere.url + "{path}")] * 6)
        self.server.always("/v2/", unless_authorized(self.server.url + "/token"))
        result = self.pulled(self.reference)
        self.assertGreater(self.elsewhere.count("/blobs/"), 0)
        self.assert_nothing_leaked(result)

    def test_challenges_that_are_garbage(self) -> None:
        for value in some((
            "", "Bearer", "Bearer ,,,", 'Bearer realm=', 'Bearer realm="', 'Bearer realm="file:///etc/passwd"', 'Bearer realm="::::"', "Negotiate",
            'Digest realm="x",nonce="y"', 'Bearer realm="http://\x01\x02/"', "Bearer " + "x=y," * 20_000, 'Bearer service="x"', "\xff\xfe\x80",
            f'Bearer realm="gopher://{self.elsewhere.host}/_x"', 'Basic realm="' + "x" * 50_000 + '"',
        )):  # fmt: skip
            with self.row(value[:60]):
                self.server.rules.clear()
                self.server.always("/v2/", challenge(value))
                asked = len(self.server.requests)
                self.repelled(self.reference, "unauthorized|authenti|challenge|header|token server")
                self.assertLess(len(self.server.requests) - asked, 20)
        self.assertEqual([], self.elsewhere.requests)
        self.good_pull()

    def test_401_for_ever(self) -> None:
        self.server.always("/token", instead(b'{"token":"t"}', Content_Type="application/json"))
        self.server.always("/v2/", challenge(f'Bearer realm="{self.server.url}/token",service="s"'))
        self.repelled(self.reference, "unauthorized|authenti|denied")
        self.assertLess(self.server.count("/token"), 6)
        self.assertLess(self.server.count("/wanted/"), 12)
        self.good_pull()

    def test_token_servers_that_answer_badly(self) -> None:
        for title, answer in some((
            ("no token", instead(b"{}")), ("no JSON", instead(b"<html>")), ("a number", instead(b'{"token":5}')), ("endless", hostile.endless(block=b" " * 65536)),
            ("a header in it", instead(b'{"token":"a\\r\\nX-Evil: 1"}')), ("500", status(500)), ("silence", stall()), ("redirects", redirect("{path}")),
            ("2 MiB", instead(b'{"token":"' + b"x" * (2 << 20) + b'"}')), ("empty", instead(b"")), ("empty token", instead(b'{"token":""}')),
        )):  # fmt: skip
            with self.row(title):
                self.server.rules.clear()
                self.server.always("/token", answer)
                self.server.always("/v2/", unless_authorized(self.server.url + "/token"))
                self.repelled(self.reference, "token|too slow|redirect", seconds=6 * IDLE_SECONDS + 10)
                self.assertEqual([], [each for each in self.server.requests if "x-evil" in each.headers])
        self.good_pull()

    def test_headers(self) -> None:
        for title, answer in (
            ("10 MB of headers", hostile.header_bomb()), ("one of 1 MB", hostile.header_bomb(1, 1 << 20)), ("no HTTP", hostile.raw(b"SSH-2.0-OpenSSH\r\n")),
            ("half a header", hostile.raw(b"HTTP/1.1 200 OK\r\nContent-Le")), ("two lengths", hostile.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}")),
            ("negative length", hostile.raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}")), ("status", hostile.raw(b"HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n")),
            ("length of 2^64", hostile.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}")), ("100 for ever", hostile.raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 5000)),
            ("chunk size", hostile.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx")),
        ):  # fmt: skip
            for what in ("manifests", "blobs"):
                with self.row(f"{title} for {what}"):
                    self.server.rules.clear()
                    self.server.always(f"GET .*/wanted/{what}/", answer)
                    self.repelled(self.reference, self.server.host)
        self.good_pull()

    def test_error_bodies(self) -> None:
        """What a registry says of an error is shown, but not without an end and not as it comes."""
        message = b'{"errors":[{"code":"DENIED","message":"because \\u001b[31mred\\u0007 %s"}]}' % (b"x" * 100_000)
        for title, answer in some((
            ("long and red", status(403, message)), ("endless", lambda e: (e.send(b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n"), hostile.endless()(e))[1]),
            ("HTML", status(403, b"<html>" * 10_000)), ("not UTF-8", status(403, b"\xff\xfe\x1b[2J" * 100)),
        )):  # fmt: skip
            with self.row(title):
                self.server.rules.clear()
                self.server.always("GET .*/wanted/", answer)
                result = self.repelled(self.reference, self.server.host)
                self.assertNotRegex(result.err, "[\x00-\x08\x0b-\x1f\x7f]")
        self.good_pull()

    def test_blobs_without_an_end(self) -> None:
        """More than the descriptor's size is never taken, however it comes."""
        for title, answer in some((
            ("endless", hostile.endless()), ("longer", hostile.declared(1 << 40)), ("zero", hostile.declared(0)), ("less", hostile.declared(10)),
            ("other", instead(b"something else")), ("other of the same size", instead(bytes(len(self.image.layers[1].blob)))),
            ("partial unasked", status(206, self.image.layers[1].blob, Content_Range="bytes 5-9/100")), ("no content", status(204)), ("not modified", status(304)),
        )):  # fmt: skip
            with self.row(title):
                self.server.rules.clear()
                self.server.always(f"GET .*/blobs/{self.layer}", answer)
                self.repelled(self.reference, self.layer.removeprefix("sha256:")[:12])
        self.good_pull()

    def test_slow_loris(self) -> None:
        """A byte now and then is not progress."""
        image = Image([layer(Tar().file("x", noise(200_000, "slow")))])
        self.server.always(f"GET .*/blobs/{image.layers[0].descriptor['digest']}", trickle(0.1))
        self.repelled(self.server.add("slow", image), "slow|timeout|timed out|stalled", seconds=8 * IDLE_SECONDS + 10)
        self.good_pull()


class Failures(AttackTestCase):
    """I1: connections and servers that fail on the way."""

    def setUp(self) -> None:
        super().setUp()
        plain = Tar().directory("d").file("d/noise", noise(2 << 20, "failures")).bytes()
        self.image = Image([layer(plain, ""), layer(Tar().file("small"))])
        self.reference = self.server.add("wanted", self.image)
        self.layer = digest(plain)
        self.size = len(plain)

    def comes_through(self, *answers: Any, seconds: float = 15) -> list[Any]:
        """Pulls with these answers for the big layer first; gives the requests for it."""
        asked = len(self.server.requests)
        self.server.rules.clear()
        self.server.on(f"GET .*/blobs/{self.layer}", *answers)
        result = self.attack(self.reference, seconds=seconds)
        self.assertEqual(0, result.code, result)
        self.assert_stored(self.image)
        self.assertEqual([], self.store.staging())
        self.assertEqual(0, self.command("image", "rm", self.reference).code)
        self.unchanged()
        return [each for each in self.server.requests[asked:] if self.layer in each.path]

    def test_reset_at_every_tenth(self) -> None:
        """Resumed where it broke: never the whole blob anew."""
        for tenth in range(10):
            with self.row(f"{tenth}0 %"):
                requests = self.comes_through(reset(self.size * tenth // 10 + 1))
                self.assertEqual(2, len(requests))
                if tenth > 0:
                    self.assertRegex(requests[1].headers.get("range", ""), r"^bytes=\d+-")
                    self.assertGreater(int(requests[1].headers["range"][6:].partition("-")[0]), 0)

    def test_several_failures(self) -> None:
        part = self.size // 5
        self.comes_through(reset(part), cut(part), status(500), reset())
        self.comes_through(status(502), status(503), status(429, Retry_After="0"))
        # Each of them brought more than a megabyte: no reason to give up.
        plain = Tar().directory("d").file("d/noise", noise(10 << 20, "long")).bytes()
        image = Image([layer(plain, "")])
        self.server.on(f"GET .*/blobs/{digest(plain)}", *[cut((1 << 20) + 5000)] * 8)
        self.pulled(self.server.add("long", image))
        self.assert_stored(image)
        self.assertEqual(9, self.server.fetches(digest(plain)))

    def test_retry_after(self) -> None:
        begin = time.monotonic()
        requests = self.comes_through(status(429, Retry_After="2"))
        self.assertGreater(requests[1].at - requests[0].at, 1.9)
        self.assertLess(time.monotonic() - begin, 30)
        self.stage = "for years"
        self.server.rules.clear()
        self.server.always(f"GET .*/blobs/{self.layer}", status(429, Retry_After="99999999"))
        self.repelled(self.reference, "429|too many requests", seconds=60)

    def test_authorization_in_the_middle(self) -> None:
        tokens = Handler(lambda exchange: exchange.answer(200, {"Content-Type": "application/json"}, b'{"token":"t"}'))
        with tokens:
            again = challenge(f'Bearer realm="{tokens.url}/token",service="s"')
            self.comes_through(cut(self.size // 2), again)
            self.assertGreater(len(tokens.requests), 0)

    def test_silence(self) -> None:
        """Nothing for the idle time: tried again, in bounded time."""
        begin = time.monotonic()
        self.comes_through(stall(), stall(self.size // 2), seconds=4 * IDLE_SECONDS + 10)
        self.assertGreater(time.monotonic() - begin, IDLE_SECONDS)

    def test_ranges_that_are_wrong(self) -> None:
        """A server that ignores Range, or gives another one: never a wrong file; where it can be, the pull goes on."""
        whole = self.image.blobs[self.layer]
        half = self.size // 2
        self.comes_through(cut(half), instead(whole))
        for title, answer in some((
            ("another begin", status(206, whole[100:], Content_Range=f"bytes 100-{self.size - 1}/{self.size}")),
            ("another total", status(206, whole[half:], Content_Range=f"bytes {half}-{self.size - 1}/{self.size + 5}")),
            ("no range", status(206, whole[half:])),
            ("garbage", status(206, whole[half:], Content_Range="bytes x-y/z")),
            ("too long", status(206, whole[half:] + b"more", Content_Range=f"bytes {half}-{self.size + 3}/{self.size + 4}")),
            ("416", status(416)),
        )):
            with self.row(title):
                self.server.rules.clear()
                self.server.on(f"GET .*/blobs/{self.layer}", cut(half), *[answer] * 10)
                result = self.attack(self.reference)
                if result.code == 0:
                    self.assert_stored(self.image)
                    self.assertEqual(0, self.command("image", "rm", self.reference).code)
                else:
                    self.refused(result, self.layer.removeprefix("sha256:")[:12])
                self.unchanged()
        self.good_pull()

    def test_it_gives_up(self) -> None:
        """At most 5 tries without progress, then an error that says what happened last."""
        for title, answer, words in some((
            ("reset", reset(), "reset|closed|connection"), ("500", status(500), "500"), ("cut", cut(0), "closed|ended|transfer|bytes"), ("404", status(404), "404|not found|unknown"),
            ("403", status(403), "403|denied|forbidden"),
        )):  # fmt: skip
            with self.row(title):
                self.server.rules.clear()
                self.server.always(f"GET .*/blobs/{self.layer}", answer)
                asked = len(self.server.requests)
                self.repelled(self.reference, words, self.layer.removeprefix("sha256:")[:12])
                tries = len([each for each in self.server.requests[asked:] if self.layer in each.path])
                self.assertLessEqual(tries, 1 if title in ("404", "403") else 5)
        self.good_pull()

    def test_manifests_are_tried_again(self) -> None:
        self.server.on("GET .*/wanted/manifests/", status(503), reset(), status(429, Retry_After="0"))
        self.pulled(self.reference)
        self.server.rules.clear()
        self.server.always("GET .*/wanted/manifests/", stall())
        result = self.attack(self.reference, seconds=8 * IDLE_SECONDS + 10)
        self.refused(result, "timed out|timeout|no answer|silent|slow", seconds=8 * IDLE_SECONDS + 10)

    def test_layer_is_being_pulled_by_another_that_dies(self) -> None:
        """D11: who waits for the other's layer takes over."""
        self.server.on(f"GET .*/blobs/{self.layer}", stall(self.size // 2))
        first = self.podrun.start("pull", *self.store.flags, self.reference, env={**self.environment, "PODRUN_TRANSFER_IDLE_SECONDS": "60"}, start_new_session=True)
        wait_for(lambda: self.server.fetches(self.layer), "the first one's request")
        second = self.podrun.start("pull", *self.store.flags, self.reference, env=self.environment)
        wait_for(lambda: self.server.count("/wanted/manifests/") >= 2, "the second one's request")
        kill_tree(first)
        first.communicate(timeout=10)
        _, errors = second.communicate(timeout=30)
        self.assertEqual(0, second.returncode, errors)
        self.assertEqual(2, self.server.fetches(self.layer))
        self.assert_stored(self.image)
        self.pulled(self.reference)
        self.assertEqual([], self.store.staging())


class EvilFiles(AttackTestCase):
    """D10 through the command: what looks like a layout but leads elsewhere is refused at once."""

    def test_layouts(self) -> None:
        table: tuple[tuple[str, Callable[[Any], Any], str], ...] = (
            ("link to shadow", lambda blob: (blob.unlink(), blob.symlink_to("/etc/shadow")), "not a regular file"),
            ("FIFO", lambda blob: (blob.unlink(), os.mkfifo(blob)), "not a regular file"),
            ("device", lambda blob: (blob.unlink(), os.mknod(blob, stat.S_IFCHR | 0o600, os.makedev(1, 5))), "not a regular file"),
            ("link to /dev/zero", lambda blob: (blob.unlink(), blob.symlink_to("/dev/zero")), "not a regular file"),
            ("missing", lambda blob: blob.unlink(), "missing"),
            ("no oci-layout", lambda blob: (blob.parents[2] / "oci-layout").unlink(), "oci-layout"),
            ("huge index", lambda blob: (blob.parents[2] / "index.json").write_bytes(b" " * (5 << 20)), "index.json"),
            ("directory is a link", lambda blob: (blob.parent.rename(blob.parents[2] / "else"), (blob.parents[1] / "sha256").symlink_to("../else")), ""),
        )
        image = small_image("layout")
        for number, (title, change, words) in enumerate(table):
            with self.row(title):
                directory = write_layout(self.directory / f"layout{number}", image, "evil:1")
                blob = directory / "blobs/sha256" / image.layers[1].descriptor["digest"].removeprefix("sha256:")
                change(blob)
                with self.canary_once():
                    result = self.command("image", "load", str(directory))
                self.refused(result, words, seconds=15)
                self.unchanged()
