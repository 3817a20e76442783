"""A session as a person sees it: tmux shows what podrun prints on a terminal of 80 columns."""

import re
import shutil
import subprocess

from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.waiting import wait_for


class Terminal(PodTestCase):
    in_vm = False

    def setUp(self) -> None:
        super().setUp()
        if not shutil.which("tmux"):
            self.skipTest("no tmux: scripts/setup --test installs it")
        self.commands = 0
        self.socket = str(self.directory / "tmux")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "50", "env", "PS1=ready> ", "TERM=screen", "sh")
        self.addCleanup(self.tmux, "kill-server")
        wait_for(lambda: "ready>" in self.screen(), "prompt")

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-S", self.socket, *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    def screen(self, *options: str) -> str:
        return self.tmux("capture-pane", "-p", *options)

    def typed(self, command: str, *options: str) -> list[str]:
        """What the command left on the screen, as lines."""
        self.commands += 1
        end = f"done {self.commands}"
        self.tmux("send-keys", f"clear; {command}; echo; echo do''ne {self.commands}", "Enter")
        wait_for(lambda: f"\n{end}\n" in self.screen(), f"end of {command}", 30)
        return self.screen(*options).split(f"\n\n{end}")[0].splitlines()

    def test_tables_and_colours(self) -> None:
        self.running(pod("web", container("app", "/probe", "wait"), container("a-long-name", "/probe", "wait")))
        podrun = str(self.podrun.binary)
        for command, words in (("get pods", "NAME"), ("ns web", "CONTAINER"), ("api-resources", "NAME")):
            lines = self.typed(f"{podrun} {command}")
            start = next(index for index, line in enumerate(lines) if line.startswith(words))
            header = lines[start]
            columns = [found.start() for found in re.finditer(r"\S+( \S+)*", header)]
            for line in lines[start + 1 :]:
                if not line.strip():
                    break
                with self.subTest(command, line=line):
                    self.assertTrue(all(column >= len(line) or column == 0 or line[column - 1] == " " for column in columns))
            self.assertTrue(all(len(line) <= 80 for line in lines))
        # A container's colours reach the screen, what moves the cursor does not; into a pipe it goes as it is.
        script = r"printf '\033[31mred\033[0m \033[2Jmoved\n'; exec /probe wait"
        self.running(pod("colours", container("app", "sh", "-c", script)))
        wait_for(lambda: "moved" in self.podrun.ok("logs", "colours").out, "the line")
        lines = self.typed(f"{podrun} logs colours", "-e")
        self.assertTrue(any("\x1b[31mred\x1b[39m ^[[2Jmoved" in line for line in lines), lines)
        self.assertIn("\x1b[31mred\x1b[0m \x1b[2Jmoved\n", self.podrun.ok("logs", "colours").out)
        self.assertNotIn("\x1b", self.podrun.ok("get", "pods").out + self.podrun.ok("ns").out + self.podrun.ok("help").out)
