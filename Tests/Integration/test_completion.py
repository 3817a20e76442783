"""Completion in the shells themselves: typed on a terminal, with the names of what is there."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import termios

from harness.case import PodTestCase
from harness.manifest import container, pod
from harness.waiting import wait_for

#: What is typed before the Tab -> the line after it.
LINES = {
    "podrun des": "podrun describe ",
    "podrun get po": "podrun get pods ",
    "podrun get pod first-": "podrun get pod first-pod ",
    "podrun get pod/first-": "podrun get pod/first-pod ",
    "podrun get pods first-pod sec": "podrun get pods first-pod second-pod ",
    "podrun get pods -o js": "podrun get pods -o json",
    "podrun get pods --output=ya": "podrun get pods --output=yaml ",
    "podrun get pods --sort": "podrun get pods --sort-by ",
    "podrun get pods -n oth": "podrun get pods -n other ",
    "podrun -n other logs thi": "podrun -n other logs third-pod ",
    "podrun exec first-pod -c help": "podrun exec first-pod -c helper ",
    "podrun logs first-pod help": "podrun logs first-pod helper ",
    "podrun wait pod/first-pod --for=cond": "podrun wait pod/first-pod --for=condition=",
    "podrun image l": "podrun image l",
    "podrun image in": "podrun image inspect ",
    "podrun image inspect podrun-test:no-": "podrun image inspect podrun-test:no-command ",
    "podrun create secret doc": "podrun create secret docker-registry ",
    "podrun explain pod.spec.cont": "podrun explain pod.spec.containers.",
    "podrun apply -f mani": "podrun apply -f manifest.yaml ",
    "podrun create cm x --from-file=mani": "podrun create cm x --from-file=manifest.yaml ",
    "podrun cp first-": "podrun cp first-pod:",
    "podrun cp mani": "podrun cp manifest.yaml ",
    "podrun help sys": "podrun help system ",
    "podrun nonsense po": "podrun nonsense po",
}

SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
SETUP = {
    "bash": "source <(podrun completion bash)",
    "zsh": "autoload -Uz compinit; compinit -D -u; unsetopt beep; source <(podrun completion zsh)",
    "fish": "podrun completion fish | source",
}

#: What a shell sends to its terminal that is no text.
ESCAPES = re.compile(r"\x1b(\[[0-9;?<>=]*[a-zA-Z]|[()][0-9A-B]|[=>]|\][^\x07\x1b]*(\x07|\x1b\\))")


class CompletionTests(PodTestCase):
    in_vm = False

    def setUp(self) -> None:
        super().setUp()
        self.file("manifest.yaml", "")
        missing = [shell for shell in SHELLS if shutil.which(shell) is None]
        if missing:
            self.skipTest(f"no {', '.join(missing)}: run scripts/setup --test")
        wait = ("/probe", "wait")
        self.podrun.apply(
            pod("first-pod", container("app", *wait), container("helper", *wait)), pod("second-pod", container("app", *wait))
        )
        self.podrun.apply(pod("third-pod", container("app", *wait)), arguments=("-n", "other"))

    def test_each_shell(self) -> None:
        for shell in SHELLS:
            terminal = Terminal(shell, str(self.directory), self.podrun.binary)
            self.addCleanup(terminal.close)
            terminal.run(SETUP[shell])
            for typed, wanted in LINES.items():
                self.stage = f"{shell}: {typed}"
                # zsh closes what it offers to go on with by a space that it takes back when one types on.
                found = terminal.completed(typed)
                self.assertEqual(*((wanted.rstrip(), found.rstrip()) if shell == "zsh" else (wanted, found)), self.stage)

    def test_no_agent_is_started_to_complete(self) -> None:
        self.podrun.ok("delete", "pods", "--all", "-A", "--now")
        self.podrun.ok("agent", "--stop")
        self.assertEqual("", self.podrun.ok("__complete", "get", "pods", "").out)
        self.assertIsNone(self.podrun.agent())


class Terminal:
    """A shell on a terminal. What is typed is taken in order, so nothing has to be waited for between keys."""

    def __init__(self, shell: str, directory: str, binary: os.PathLike[str]) -> None:
        environment = {
            "PATH": f"{os.path.dirname(binary)}:{os.environ['PATH']}",
            "HOME": directory,
            "TERM": "xterm",
            "LANG": "C.UTF-8",
        }
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execvpe(SHELLS[shell][0], SHELLS[shell], environment)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.output = ""
        self.shell = shell

    def run(self, command: str) -> None:
        """Ends when the command has."""
        self._type(f"{command}; echo '<''done>'\r")
        self._read(r"\n<done>")

    def completed(self, typed: str) -> str:
        """The line after Tab: its beginning and end are turned into a command that prints it."""
        self._type(f"{typed}\t\x01printf '<%s>\\n' '\x05'\r")
        return self._read(r"\n<([^\n]*)>\n")

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.descriptor)

    def _type(self, text: str) -> None:
        os.write(self.descriptor, text.encode())

    def _read(self, pattern: str) -> str:
        def found() -> re.Match[str] | None:
            if select.select([self.descriptor], [], [], 0)[0]:
                self.output += os.read(self.descriptor, 65536).decode(errors="replace")
            plain = ESCAPES.sub("", self.output).replace("\r", "")
            return re.search(pattern, plain)

        match = wait_for(found, f"{pattern!r} of {SHELLS[self.shell][0]}", 30)
        self.output = ""
        return match.group(match.lastindex or 0)
