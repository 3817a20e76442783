"""Every command in the documentation is run as it is written there, and prints what is written there."""

import os
import pathlib
import re
import secrets
import select
import subprocess
import time
import unittest

from harness import document, paths
from harness.case import PodTestCase
from harness.document import Block, Command, Document

PAGES = [
    paths.REPOSITORY / "README.md",
    paths.REPOSITORY / "CONTRIBUTING.md",
    *sorted((paths.REPOSITORY / "docs").rglob("*.md")),
    *sorted((paths.REPOSITORY / "examples").glob("*.md")),
]
#: Commands that only look. As a reader would, the test types them again until they show what the page shows.
LOOKING = re.compile(r"(podrun (get|describe|logs|events|exec|ns|top)|curl|cat)\b")
BUILDING = "scripts/quickstart"
SECONDS = 30 if "PODRUN_VM" not in os.environ else 120


def place(page: pathlib.Path) -> str:
    return str(page.relative_to(paths.REPOSITORY))


def runs_here(block: Block) -> bool:
    """The VM, which is slow, runs only what needs its controllers. What builds podrun needs one that was built so."""
    wanted = bool(block.controllers) or "PODRUN_VM" not in os.environ or "PODRUN_ALL" in os.environ
    is_built = paths.binary() == paths.REPOSITORY / "bin/podrun" or not any(BUILDING in command.text for command in block.commands)
    return block.not_run is None and wanted and is_built and block.controllers <= paths.controllers()


class Shell:
    """One for each page: its commands follow each other, and variables stay."""

    def __init__(self, directory: pathlib.Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            ["bash", "--norc"], cwd=directory, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def run(self, command: str) -> tuple[list[str], int]:
        """What it printed, and its exit code."""
        assert self.process.stdin and self.process.stdout
        end = secrets.token_hex(8)
        self.process.stdin.write(f"{{\n{command}\n}} </dev/null\necho {end} $?\n".encode())
        self.process.stdin.flush()
        printed, deadline = b"", time.monotonic() + 2 * SECONDS
        while (found := re.search(rf"{end} (\d+)\n$".encode(), printed)) is None:
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"{command!r} goes on after {2 * SECONDS} s, and printed {printed.decode(errors='replace')!r}")
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                raise AssertionError(f"{command!r} ended the shell")
            printed += data
        return printed[: found.start()].decode(errors="replace").splitlines(), int(found[1])

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


class Documents(PodTestCase):
    """A test for each page that has commands: the loop below makes them."""

    timeout_seconds = 400
    in_vm: frozenset[str] = frozenset()

    def test_verbs(self) -> None:
        """Verbs in the text exist, and README's table has them all."""
        mentioned = {verb for path in PAGES for verb in re.findall(r"`(?:sudo )?podrun ([a-z-]+)", path.read_text())}
        table = re.findall(r"^\| (`.+?) \| ", (paths.REPOSITORY / "README.md").read_text(), re.MULTILINE)
        listed = {verb for cell in table for verb in re.findall(r"`([a-z-]+)", cell)}
        self.assertEqual([], [verb for verb in sorted(mentioned | listed) if self.podrun.run("help", verb).code != 0])
        verbs = set(re.findall(r"^  ([a-z][a-z-]*)", self.podrun.ok("help").out.partition("Commands:")[2], re.MULTILINE))
        self.assertEqual(set(), verbs - listed)

    def page(self, page: Document) -> None:
        blocks = [block for block in page.blocks if runs_here(block)]
        if not blocks:
            self.needs_controllers(*frozenset().union(*(block.controllers for block in page.blocks)))
        self.needs_corpus_images()
        path = f"{self.directory}/bin:{os.environ['PATH']}"
        shell = Shell(self.reader(), {**os.environ, "PATH": path, "PREFIX": str(self.directory), "LC_ALL": "C.UTF-8"})
        self.addCleanup(shell.close)
        for block in blocks:
            for command in block.commands:
                self.typed(shell, page, block, command)

    def reader(self) -> pathlib.Path:
        """The directory of somebody who reads: what the repository has, and podrun on the PATH."""
        for name in ("bin", "repository/.cache", "repository/.build/static/release"):
            (self.directory / name).mkdir(parents=True)
        (self.directory / "bin/podrun").symlink_to(self.podrun.binary)
        home = self.directory / "repository"
        (home / ".cache/images").symlink_to(paths.IMAGES)
        for name in ("docs", "examples", "scripts"):
            (home / name).symlink_to(paths.REPOSITORY / name)
        # Tests are root, and what they test is compiled: all else of scripts/build is done.
        (home / ".build/static/release/podrun").symlink_to(self.podrun.binary)
        for name, script in (("sudo", 'exec "$@"'), ("swift", "exit 0")):
            stub = self.directory / "bin" / name
            stub.write_text(f"#!/bin/sh\n{script}\n")
            stub.chmod(0o755)
        return home

    def typed(self, shell: Shell, page: Document, block: Block, command: Command) -> None:
        self.stage = f"{place(page.path)}:{command.line} {command.text}"
        end = time.monotonic() + SECONDS
        while True:
            printed, code = shell.run(command.text)
            differs = document.difference(command.output, printed, block.numbers_differ)
            # A command that fails has to show it.
            if differs is None and (code == 0 or command.output):
                return
            if LOOKING.match(command.text) is None or time.monotonic() > end:
                break
            time.sleep(0.1)
        at, line = differs or (len(command.output), len(printed))
        self.fail(
            f"{place(page.path)}:{command.line + command.text.count(chr(10)) + 1 + at}: $ {command.text}  (exit {code})\n"
            f"  the page: {(command.output + ['(no more)'])[at]}\n  podrun:   {(printed + ['(no more)'])[line]}\n"
            + "".join(f"  | {each}\n" for each in printed)
        )


def _name(page: pathlib.Path) -> str:
    return "test_" + re.sub(r"\W+", "_", place(page).removesuffix(".md").removeprefix("docs/").lower())


for _path in PAGES:
    _page = document.read(_path)
    if any(block.not_run is None for block in _page.blocks):
        setattr(Documents, _name(_path), lambda self, page=_page: self.page(page))
    if any(block.controllers for block in _page.blocks):
        Documents.in_vm |= {_name(_path)}


class Pages(unittest.TestCase):
    """What needs no pod."""

    def test_all_commands_can_be_found(self) -> None:
        """They are in console blocks, and those that no test can run say why. Links lead somewhere."""
        pages = [document.read(path) for path in PAGES]
        self.assertEqual([], [f"{place(page.path)}:{fault}" for page in pages for fault in page.faults])
        left = [
            f"{place(page.path)}:{command.line}: {command.text}  ({block.not_run})"
            for page in pages for block in page.blocks if block.not_run is not None for command in block.commands
        ]  # fmt: skip
        scripts = [script for line in left for script in re.findall(r": (?:sudo )?(scripts/\S+)", line)]
        self.assertEqual([], [script for script in scripts if not (paths.REPOSITORY / script).exists()])
        run = sum(len(block.commands) for page in pages for block in page.blocks if block.not_run is None)
        print(f"{run} commands in documents are run, {len(left)} are not:", *left, sep="\n     ")

    def test_difference(self) -> None:
        """Equal are what varies and what `...` stands for, and nothing else."""
        table = (
            (["a", "...", "d"], ["a", "b", "c", "d"], None),
            (["...", "d"], ["d"], None),
            (["a", "...", "d"], ["a", "b"], (2, 2)),
            (["a", "b"], ["a", "c"], (1, 1)),
            (["a"], ["a", "b"], (1, 1)),
            (["a"], [], (0, 0)),
            ([], ["a"], (0, 0)),
            (["web   1/1   3s   10.85.0.2"], ["web   1/1   1m12s     10.85.12.200"], None),
            (["web   1/1"], ["web   0/1"], (0, 0)),
            (["web 1/1"], ["web  1/1"], (0, 0)),
            (["cpu: 500m"], ["cpu: 250m"], (0, 0)),
            (["pid ... of x"], ["pid 17 of x"], None),
            (["pid ... of x"], ["pid 17 of y"], (0, 0)),
        )
        for expected, printed, result in table:
            with self.subTest(expected=expected, printed=printed):
                self.assertEqual(result, document.difference(expected, printed))
        self.assertIsNone(document.difference(["pid 1  ▁▁█ a", "  b"], ["pid 4711   ▁██", " a b"], numbers_differ=True))
        self.assertEqual((1, 1), document.difference(["pid 1", "of a"], ["pid 2", "of b"], numbers_differ=True))
