"""The .chat format: lines to acts, and what people saw back to lines. See README.md.

Pure text; plays nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from transcripts.phones import Seen

_ACT = re.compile(r"(?P<who>[^\s>@#][^>@]*)(?:@(?P<where>#[^>@]+))?> (?P<what>.*)")
_OUTPUT = re.compile(r"bot[@~].+?>|  \S|-- ")
_JOINED = 100
BLANK = "⏎"


@dataclass(slots=True)
class Step:
    """A line that the author wrote, and the blocks that followed it."""

    line: str
    number: int
    blocks: list[str] = field(default_factory=list)

    @property
    def directive(self) -> tuple[str, str]:
        """Name and argument of an @ line; empty for any other."""
        if not self.line.startswith("@"):
            return "", ""
        name, _, argument = self.line[1:].partition("#")[0].strip().partition(" ")
        return name, argument.strip()

    @property
    def act(self) -> tuple[list[str], str]:
        """Who did what; two names before the arrow act at the same moment."""
        found = _ACT.fullmatch(self.line)
        return (found["who"].split("+"), found["what"]) if found else ([], "")

    @property
    def place(self) -> str:
        """The group where it was done, perhaps with a thread ("#工作群/一网格"); "" in private."""
        found = _ACT.fullmatch(self.line)
        return found["where"] or "" if found else ""


def read(text: str) -> list[Step]:
    """The steps of a transcript. Raises ValueError for a line that means nothing."""
    steps: list[Step] = []
    for number, line in enumerate(text.splitlines(), 1):
        if _OUTPUT.match(line):
            _attach(steps, line, number)
            continue
        step = Step(line, number)
        if line and not line.startswith(("#", "@")) and not step.act[0]:
            raise ValueError(f"line {number}: {line!r} is neither an act nor a comment")
        steps.append(step)
    return steps


def _attach(steps: list[Step], line: str, number: int) -> None:
    if not steps:
        raise ValueError(f"line {number}: nothing has happened yet")
    if not line.startswith("  "):
        steps[-1].blocks.append(line)
    elif steps[-1].blocks:
        steps[-1].blocks[-1] += f"\n{line}"
    else:
        raise ValueError(f"line {number}: a continuation of nothing")


def write(steps: Iterable[Step]) -> str:
    """The transcript again, as `read` read it."""
    return "".join(f"{line}\n" for step in steps for line in (step.line, *step.blocks))


def block(seen: Seen) -> str:
    """What somebody saw: one line when it is short, else a line a paragraph and a row."""
    head = f"bot{'~' if seen.edited else '@'}{seen.person}>"
    lines = [line.rstrip() or BLANK for line in seen.text.split("\n")]
    rows = [" ".join(f"[{label}]" for label in row) for row in seen.labels]
    if seen.keyboard is not None:
        rows.append(f"⌨[{seen.keyboard}]")
    joined = " ".join([head, *lines, *rows])
    if len(lines) == 1 and len(rows) <= 1 and len(joined) <= _JOINED:
        return joined
    return "\n  ".join([head, *lines, *rows])


MARK = "-- "


def once_each(blocks: Sequence[str]) -> list[list[str]]:
    """What was seen at each moment, repeats left out: a person's messages stay in order."""
    moments: list[list[str]] = [[]]
    for one in blocks:
        if one.startswith(MARK):
            moments.append([])
        moments[-1].append(one)
    return [sorted(dict.fromkeys(moment), key=_person) for moment in moments]


def _person(one: str) -> str:
    return "" if one.startswith(MARK) else re.split("[@~>]", one, maxsplit=2)[1]
