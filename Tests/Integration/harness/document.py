"""What a page of the documentation has its reader type, and what it says is printed then.

A block of commands is fenced and called `console`. In it `$ ` begins a command, `> ` continues it on a second line, and all
other lines are what it prints on stdout and stderr. What differs from run to run:

    ...            anything, in a line; a line that is only this stands for any number of lines
    ages and how often (`2s (x3 over 7s)`, `1 (2s ago)`), times, the pods' addresses, uids, ids of images and containers
                   count as equal to others of their kind
    two spaces or more                          count as equal to any number that is two or more

A sentence between asterisks, in the line before the block, says more:

    *Your numbers will differ.*        every number counts as equal to any other, and so do bars, spaces, and where lines are broken
    *Not run by a test: REASON.*       why it can't be; the test lists these

and below a heading, for all that it is the heading of:

    *This needs the cgroup v2 controllers cpu, memory.*
"""

import dataclasses
import pathlib
import re
from collections.abc import Iterator

PROMPT, CONTINUATION, ANYTHING = "$ ", "> ", "..."
FENCE = "```"
HEADING = re.compile(r"(#+) ")
LINK = re.compile(r"\]\(([^)#]+)")
NUMBERS_DIFFER = "*Your numbers will differ.*"
NOT_RUN = re.compile(r"\*Not run by a test: (.+)\.\*")
NEEDS_CONTROLLERS = re.compile(r"\*This needs the cgroup v2 controllers (.+)\.\*")

#: Kind -> how it looks.
VARYING = {
    "AGE": r"\b(\d+d)?(\d+h)?(\d+m)?\d+s\b( \(x\d+ over [\dhms]+\))?|<invalid>",
    "RESTARTS": r"\b[1-9]\d* \(<AGE> ago\)",
    "CONTAINER": r"\bpodrun://[0-9a-f]{64}\b",
    "ADDRESS": r"\b10\.85\.\d+\.\d+\b",
    "UID": r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    "DIGEST": r"\bsha256:[0-9a-f]{12,64}\b",
    # RFC 3339, RFC 1123, date(1)
    "TIME": r"\b\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)|\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} (GMT|[+-]\d{4})"
    r"|\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} UTC \d{4}",
}
NUMBER, BAR = r"\d+(\.\d+)?", "[▁▂▃▄▅▆▇█▏▎▍▌▋▊▉]+"


@dataclasses.dataclass(frozen=True)
class Command:
    #: Of the file, from 1.
    line: int
    text: str
    output: list[str]


@dataclasses.dataclass(frozen=True)
class Block:
    line: int
    commands: list[Command]
    numbers_differ: bool
    not_run: str | None
    controllers: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Document:
    path: pathlib.Path
    blocks: list[Block]
    #: `line: what is wrong`, of commands that would never be run and of links.
    faults: list[str]


def read(path: pathlib.Path) -> Document:
    document = Document(path, [], [])
    before, mark, begin, name = "", "", 0, ""
    level, needs_level, controllers = 0, 0, frozenset[str]()
    fenced: list[tuple[int, str]] | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if fenced is None:
            if line.startswith(FENCE):
                begin, name, mark, fenced = number, line.removeprefix(FENCE).strip(), before, []
            elif heading := HEADING.match(line):
                level = len(heading[1])
                if level <= needs_level:
                    controllers = frozenset()
            elif found := NEEDS_CONTROLLERS.fullmatch(line):
                needs_level, controllers = level, frozenset(found[1].split(", "))
            elif line.startswith("    ") and before == "":
                document.faults.append(f"{number}: an indented block: a fence says what it is")
            for link in LINK.findall(line):
                if "://" not in link and not (path.parent / link).exists():
                    document.faults.append(f"{number}: a link to {link}, which is not there")
            before = line
        elif line.startswith(FENCE):
            if name == "console":
                not_run = NOT_RUN.fullmatch(mark)
                commands = list(_commands(fenced, document.faults))
                document.blocks.append(Block(begin, commands, mark == NUMBERS_DIFFER, not_run[1] if not_run else None, controllers))
            fenced = None
        else:
            fenced.append((number, line))
            if name in ("sh", "bash", "shell") or (name != "console" and line.startswith(PROMPT)):
                document.faults.append(f"{number}: a command in a block that is not `console`")
    if fenced is not None:
        document.faults.append(f"{begin}: this block has no end")
    return document


def _commands(lines: list[tuple[int, str]], faults: list[str]) -> Iterator[Command]:
    command: Command | None = None
    for number, line in lines:
        if line.startswith(PROMPT):
            if command is not None:
                yield command
            command = Command(number, line.removeprefix(PROMPT), [])
        elif command is None:
            faults.append(f"{number}: the output of no command")
        elif line.startswith(CONTINUATION) and not command.output:
            command = dataclasses.replace(command, text=f"{command.text}\n{line.removeprefix(CONTINUATION)}")
        else:
            command.output.append(line.rstrip())
    if command is not None:
        yield command


def difference(expected: list[str], printed: list[str], numbers_differ: bool = False) -> tuple[int, int] | None:
    """The indexes of the first lines that can't be brought together, each at most the number of lines; None when all can."""
    if numbers_differ and is_same(" ".join(expected), " ".join(printed), numbers_differ):
        return None
    at, line, furthest = 0, 0, (0, 0)
    anything: tuple[int, int] | None = None
    while line < len(printed):
        if at < len(expected) and expected[at] == ANYTHING:
            anything = at, line
            at += 1
        elif at < len(expected) and is_same(expected[at], printed[line], numbers_differ):
            at, line = at + 1, line + 1
            furthest = max(furthest, (at, line))
        elif anything is not None:
            anything = anything[0], anything[1] + 1
            at, line = anything[0] + 1, anything[1]
        else:
            return furthest
    while at < len(expected) and expected[at] == ANYTHING:
        at += 1
    return None if at == len(expected) else max(furthest, (at, line))


def is_same(expected: str, printed: str, numbers_differ: bool = False) -> bool:
    parts = [re.escape(_common(part, numbers_differ)) for part in expected.split(ANYTHING)]
    return re.fullmatch(".*".join(parts), _common(printed, numbers_differ).rstrip()) is not None


def _common(text: str, numbers_differ: bool) -> str:
    for kind, pattern in VARYING.items():
        text = re.sub(pattern, f"<{kind}>", text)
    if numbers_differ:
        text = re.sub(" +", "  ", re.sub(BAR, "<BAR>", re.sub(NUMBER, "<NUMBER>", text)))
    return re.sub(" {2,}", "  ", text)
