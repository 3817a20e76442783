"""podrun cp: what arrives, and that a hostile container gets nothing but its own files (attack E4)."""

import os
import pathlib
import stat
from concurrent.futures import ThreadPoolExecutor

from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.podrun import Result, command_line, processes
from harness.waiting import wait_for

ODD_NAME = b"not \xff utf-8"


def tree(path: pathlib.Path) -> dict[bytes, tuple[object, ...]]:
    """relative path -> kind and what a copy keeps of it."""
    top = os.fsencode(path)
    entries: dict[bytes, tuple[object, ...]] = {}
    for directory, directories, files in os.walk(top):
        for name in directories + files:
            entry = os.path.join(directory, name)
            about = os.lstat(entry)
            relative = os.path.relpath(entry, top)
            if stat.S_ISLNK(about.st_mode):
                entries[relative] = ("link", os.readlink(entry))
            elif stat.S_ISDIR(about.st_mode):
                entries[relative] = ("directory", stat.S_IMODE(about.st_mode))
            else:
                with open(entry, "rb") as file:
                    entries[relative] = ("file", stat.S_IMODE(about.st_mode), file.read())
    return entries


class Copy(PodTestCase):
    in_vm = frozenset({"test_tree_there_and_back", "test_what_does_not_come_out", "test_links_that_lie_in_the_destination"})

    def setUp(self) -> None:
        super().setUp()
        self.running(pod("web", container("app", "/probe", "wait"), container("other", "/probe", "wait")))

    def cp(self, *arguments: str | pathlib.Path, code: int = 0) -> Result:
        result = self.podrun.run("cp", *map(str, arguments))
        self.assertEqual(code, result.code, result)
        self.assertEqual("", result.out)
        return result

    def shell(self, script: str, container: str = "app") -> str:
        result = self.podrun.exec("web", "sh", "-c", script, container=container)
        self.assertEqual(0, result.code, result)
        return result.out

    def source(self) -> pathlib.Path:
        """A tree of everything that a copy keeps."""
        top = self.directory / "source"
        (top / "deep/deeper").mkdir(parents=True)
        (top / "empty").mkdir()
        (top / "closed").mkdir()
        (top / "closed/inside").write_text("inside\n")
        (top / "closed").chmod(0o555)
        (top / "deep/deeper/random").write_bytes(os.urandom(3_000_001))
        (top / "nothing").write_bytes(b"")
        (top / "program").write_text("#!/bin/sh\n")
        (top / "program").chmod(0o750)
        (pathlib.Path(os.fsdecode(os.fsencode(top) + b"/" + ODD_NAME))).write_text("odd\n")
        (top / "deep/link").symlink_to("../program")
        (top / "dangling").symlink_to("nothing/at/all")
        return top

    def test_tree_there_and_back(self) -> None:
        source = self.source()
        os.chown(source / "program", 1000, 1001)
        self.cp(source, "web:/tmp/new")
        self.assertEqual("750 1000 1001\n", self.shell("stat -c '%a %u %g' /tmp/new/program"))
        self.cp("web:/tmp/new", self.directory / "back")
        expected = tree(source)
        self.assertEqual(expected, tree(self.directory / "back"))
        # Once more, over what is there; a directory that exists gets the source as an entry.
        self.cp("web:/tmp/new", self.directory / "back")
        self.cp(source, "web:/tmp/new")
        self.cp("web:/tmp/new/source", self.directory / "second")
        self.assertEqual([expected, expected], [tree(self.directory / "back"), tree(self.directory / "second")])

    def test_places_of_a_file(self) -> None:
        file = self.file("file", "text\n")
        self.cp(file, "web:/tmp")
        self.cp(file, "default/web:tmp/renamed")  # relative to the working directory
        self.assertEqual("text\ntext\n", self.shell("cat /tmp/file /tmp/renamed"))
        result = self.cp(file, "web:/no/such/directory", code=1)
        self.assertEqual('error: open directory "/no/such" in the container: no such file or directory\n', result.err)
        self.cp("web:/tmp/file", self.directory / "made/on the way")
        self.cp("web:/tmp/renamed", self.directory)
        for name in ("made/on the way", "renamed"):
            self.assertEqual("text\n", (self.directory / name).read_text())

    def test_container_and_namespace(self) -> None:
        self.cp(self.file("file", "text\n"), "web:/tmp/here", "-c", "other")
        self.assertEqual("text\n", self.shell("cat /tmp/here", container="other"))
        self.assertIn('pods "web" not found', self.cp("elsewhere/web:/tmp/here", self.directory, code=1).err)
        self.assertIn("container nothing is not valid", self.cp("web:/tmp/here", self.directory, "-c", "nothing", code=1).err)

    def test_no_preserve(self) -> None:
        file = self.file("file", "text\n")
        os.chown(file, 1000, 1001)
        os.chmod(file, 0o4777)
        self.cp(file, "web:/tmp/preserved")
        self.cp(file, "web:/tmp/plain", "--no-preserve")
        self.assertEqual("4777 1000\n755 0\n", self.shell("stat -c '%a %u' /tmp/preserved /tmp/plain"))

    def test_what_does_not_come_out(self) -> None:
        """Links that lead out, devices, set-id bits; one unreadable file does not keep the others back."""
        self.shell(
            "mkdir -p /tmp/t/sub; cd /tmp/t; echo x > file; chmod 6755 file; mkdir closed; "
            "ln -s /etc/passwd absolute; ln -s ../outside up; ln -s ../file sub/fine; ln -s sub/../../x hidden"
        )
        out = self.directory / "out"
        result = self.cp("web:/tmp/t", out)
        self.assertEqual(
            {f'warning: skipping symlink: "{out}/{name}" -> "{target}"'
             for name, target in (("absolute", "/etc/passwd"), ("up", "../outside"), ("hidden", "sub/../../x"))},
            set(result.err.splitlines()),
        )
        self.assertEqual({b"file", b"sub", b"sub/fine", b"closed"}, set(tree(out)))
        self.assertEqual(0o755, stat.S_IMODE((out / "file").stat().st_mode))
        self.running(pod("user", container("app", "/probe", "wait", securityContext={"runAsUser": 1000})))
        self.podrun.exec("user", "sh", "-c", "mkdir /tmp/u; cd /tmp/u; echo 1 > a; echo 2 > b; chmod 0 a; echo 3 > c")
        result = self.cp("user:/tmp/u", self.directory / "user", code=1)
        self.assertEqual('error: open "/tmp/u/a" in the container: permission denied\n', result.err)
        self.assertEqual({b"b", b"c"}, set(tree(self.directory / "user")))
        result = self.cp(self.file("mine", ""), "user:/etc/mine", code=1)
        self.assertEqual('error: open "/etc/mine" in the container: permission denied\n', result.err)

    def test_container_without_rights(self) -> None:
        """The copier needs no more than the container has: no capability, no new rights, a filter, nothing to write but a volume."""
        context = {
            "capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        }  # fmt: skip
        source = self.source()
        os.chown(source / "program", 1000, 1000)
        for name, user in (("bare-root", {}), ("bare-user", {"runAsUser": 1000, "runAsNonRoot": True})):
            self.stage = name
            app = container("app", "/probe", "wait", securityContext=context | user, volumeMounts=[{"name": "v", "mountPath": "/v"}])
            self.running(pod(name, app, volumes=[{"name": "v", "emptyDir": {}}]))
            self.cp(source, f"{name}:/v/new")
            self.cp(f"{name}:/v/new", self.directory / name)
            contents = [{path: entry[0::2] for path, entry in tree(top).items()} for top in (source, self.directory / name)]
            self.assertEqual(*contents)
            result = self.cp(self.file("file", ""), f"{name}:/tmp/file", code=1)
            self.assertEqual('error: open "/tmp/file" in the container: read-only file system\n', result.err)

    def test_links_that_lie_in_the_destination(self) -> None:
        """What an earlier copy, or the container through a shared directory, left there leads nowhere."""
        canary = self.directory / "canary"
        canary.mkdir()
        (canary / "file").write_text("canary\n")
        self.shell("mkdir -p /tmp/t/sub; echo x > /tmp/t/file; echo x > /tmp/t/sub/file")
        out = self.directory / "out"
        out.mkdir()
        (out / "file").symlink_to(canary / "file")
        self.cp("web:/tmp/t/file", out)
        (out / "sub").symlink_to(canary)
        result = self.cp("web:/tmp/t", out, code=1)
        self.assertIn(f'open "{out}/sub": too many levels of symbolic links', result.err)
        self.assertEqual("canary\n", (canary / "file").read_text())
        self.assertEqual([canary / "file"], list(canary.iterdir()))
        self.assertFalse((out / "file").is_symlink())

    def test_wrong_usage(self) -> None:
        for arguments, text in (
            (("web:/a",), "source and destination are required"),
            (("a", "b"), "one of src or dest must be a remote file specification"),
            (("web:/a", "web:/b"), "one of src or dest must be a local file specification"),
            (("web:", "b"), "filepath can not be empty"),
            (("a/b/c:/x", "b"), "filespec must match the canonical format: [[namespace/]pod:]file/path"),
            ((":/x", "b"), "filespec must match the canonical format: [[namespace/]pod:]file/path"),
        ):
            self.stage = str(arguments)
            self.assertIn("error: " + text, self.cp(*arguments, code=2).err)
        self.assertEqual("error: /no/such/file doesn't exist in local filesystem\n", self.cp("/no/such/file", "web:/x", code=1).err)
        result = self.cp("web:/no/such", self.directory / "x", code=1)
        self.assertEqual('error: open "/no/such" in the container: no such file or directory\n', result.err)


class SwappedLinks(PodTestCase):
    """A link in the container, to a directory of the host, takes a directory's place and leaves it again during 1000 copies."""

    in_vm = False

    #: Under emulation a copy takes a tenth of a second.
    copies = 100 if "PODRUN_VM" in os.environ else 1000

    def test_both_ways(self) -> None:
        canary = self.directory / "canary"
        canary.mkdir()
        (canary / "secret").write_text("host\n")
        prepare = f"mkdir /tmp/x; echo container > /tmp/x/secret; ln -s {canary} /tmp/y; exec /probe swap /tmp/x /tmp/y"
        self.running(pod("evil", container("app", "sh", "-c", prepare)))
        swapper = wait_for(lambda: next((p for p in processes() if "swap" in command_line(p)[1:2]), None), "swapper")

        # Proof that the race can be won: as a copy through the host's path of the container's root would.
        def naive() -> bool:
            try:
                return pathlib.Path(f"/proc/{swapper}/root/tmp/x/secret").read_text() == "host\n"
            except OSError:
                return False

        wait_for(naive, "a naive copy that reads the host's file")

        upload = self.file("upload", "from the user\n")

        def copy(number: int) -> str:
            out = self.directory / f"out{number % 4}"
            if number % 2:
                self.podrun.run("cp", upload, "evil:/tmp/x/upload")
                return ""
            result = self.podrun.run("cp", "evil:/tmp/x", str(out))
            file = out / "secret"
            return file.read_text() if result.code == 0 and file.exists() else ""

        with ThreadPoolExecutor(2) as workers:
            seen = set(workers.map(copy, range(self.copies)))
        self.assertIn("container\n", seen)
        self.assertLessEqual(seen, {"", "container\n"})
        self.assertEqual(["secret"], os.listdir(canary))
        self.assertEqual("host\n", (canary / "secret").read_text())
