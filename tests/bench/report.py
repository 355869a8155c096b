"""The table: one row a comparison, written between two comments of README.

Rows of lines that were not measured this time stay as they are.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- make bench -->", "<!-- /make bench -->"
HEAD = (
    "| | what | gridbot | beside | ratio | aim | met |\n|---|---|---|---|---|---|---|\n"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison in words. `met` is None where nothing was aimed at; `why` tells of a miss."""

    line: str
    what: str
    ours: str
    beside: str = ""
    ratio: str = ""
    aim: str = ""
    met: bool | None = None
    why: str = ""

    def __str__(self) -> str:
        met = {None: "", True: "yes", False: "**no**"}[self.met]
        cells = (self.line, self.what, self.ours, self.beside, self.ratio, self.aim, met)
        return f"| {' | '.join(cells)} |"

    @property
    def note(self) -> str:
        """The profile and the reason, where an aim was missed."""
        return f"- ({self.line}) {self.why}" if self.met is False else ""


def count(figure: float) -> str:
    """A rate or a number of things: three digits that mean something."""
    digits = max(0, len(str(int(figure))) - 3)
    return f"{round(figure, -digits):,.0f}" if figure >= 10 else f"{figure:.1f}"


def times(figure: float) -> str:
    return f"{figure:.2f}x" if figure < 3 else f"{figure:.1f}x"


def circumstances() -> str:
    """What else there is to know about the run that ends now."""
    python = ".".join(map(str, sys.version_info[:2]))
    busy = os.getloadavg()[2] / (os.cpu_count() or 1)
    return (
        f"The last run had {os.cpu_count()} cores and Python {python}; in its last quarter of an"
        f" hour {busy:.1f} processes wanted each core."
    )


def table(rows: Iterable[str], notes: Iterable[str]) -> str:
    told = "\n".join(dict.fromkeys(notes))
    return f"\n{HEAD}" + "\n".join(rows) + "\n" + (f"\n{told}\n" if told else "")


def write(page: Path, rows: Iterable[Row]) -> None:
    """Put the rows into the page."""
    rows = list(rows)
    text = page.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    old, tail = rest.split(END)
    fresh = {row.line for row in rows}
    cells = [line for line in old.splitlines() if re.match(r"\| [a-z] ", line)]
    notes = [line for line in old.splitlines() if re.match(r"- \([a-z]\)", line)]
    cells = [line for line in cells if line[2] not in fresh] + [str(row) for row in rows]
    notes = [line for line in notes if line[3] not in fresh] + [r.note for r in rows if r.note]
    # Sorting is stable: the rows of a line stay in their order.
    body = table(sorted(cells, key=lambda row: row[2]), sorted(notes, key=lambda note: note[3]))
    fresh_page = f"{head}{BEGIN}\n{body}\n{circumstances()}\n\n{END}{tail}"
    page.write_text(fresh_page, encoding="utf-8")
