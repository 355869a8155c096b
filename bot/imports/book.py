"""A file that somebody brought, opened: looked at, read, and written back with its results.

Heavy: it runs in a thread of a command or in a process of its own, never in the bot's loop.
Knows no database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from bot.imports.contents import SEEN, guesses
from bot.imports.directory import Directory
from bot.imports.kinds import KINDS, Items
from bot.imports.marks import Headed, headed
from bot.imports.reading import Answers
from bot.imports.result import Result, Results
from bot.imports.returned import write
from bot.imports.sheet import (
    REQUIRED,
    Sheet,
    complete,
    headless,
    missing,
    recognise,
    without_headings,
)
from bot.imports.vocabulary import headings
from bot.imports.workbook import Cell, open_grids
from locales import render
from models.errands import Look
from models.messages import UserError

SHOWN = 60  # characters of a heading or a sample
SAMPLES = 3  # rows


class Book:
    """Raises UserError where the file is none that can be read."""

    def __init__(self, content: bytes) -> None:
        self._grids = open_grids(content)
        self._content = content
        self._sheet: Sheet | None = None
        self._answers: Answers[object] = iter(())
        self._refusals: dict[int, Result] = {}

    def heads(self) -> Headed | None:
        """The headings of a ledger of ours, if it is one."""
        return headed(self._content)

    def look(self, kinds: Collection[str]) -> list[Look]:
        """The file as each of these kinds, the likeliest first."""
        if not self._grids:
            raise UserError("import.no_rows")
        bare = headless(self._grids)
        find = without_headings if bare else recognise
        sheets = [find(self._grids, kind) for kind in kinds]
        # Most kinds find the same headings: then the rows below are gone through once.
        places = {_place(sheet): sheet for sheet in sheets}
        seen = {}
        for place, sheet in places.items():
            data = sheet.data
            seen[place] = data, guesses([sheet.grid[at] for at in data[:SEEN]])
        looks = [_look(sheet, *seen[_place(sheet)], bare) for sheet in sheets]
        if bare:  # most lists are of people, and little is known of any other
            return sorted(looks, key=lambda look: (-len(look.columns), look.kind != "people"))
        return sorted(looks, key=lambda look: (len(look.lacks), -len(look.columns)))

    def read(
        self,
        kind: str,
        columns: Mapping[str, int] | None,
        directory: Directory | None,
        today: date,
    ) -> int:
        """Begin to read the rows, which `take` gives then; the number of rows."""
        said = columns is not None and headless(self._grids)
        find = without_headings if said else recognise
        self._sheet = sheet = complete(find(self._grids, kind, columns))
        self._grids, self._content, self._refusals = [], b"", {}
        self._answers = KINDS[kind].read(sheet.rows, directory, today)
        return len(sheet.rows)

    def take(self, most: int) -> Items:
        """The next of what is to land, by row number; empty at the end."""
        batch: dict[int, object] = {}
        for number, found in self._answers:
            if isinstance(found, Result):
                self._refusals[number] = found
                continue
            batch[number] = found
            if len(batch) >= most:
                break
        return batch

    def refusals(self) -> Results:
        """The rows that were refused as they were read, once everything else is taken."""
        return self._refusals

    def copy(self, results: Results, lang: str) -> bytes:
        """The rows that were refused in reading and those of `results`, with what became of them,
        as a workbook."""
        assert self._sheet is not None, "it was read"
        return write(self._sheet, {**self._refusals, **results}, lambda text: render(lang, text))


def _place(sheet: Sheet) -> tuple[int, int, int]:
    """Which rows are its headings; of lent ones it is the first row below that counts."""
    return id(sheet.grid[sheet.last + 1] if sheet.lent else sheet.grid), sheet.first, sheet.last


def _look(sheet: Sheet, data: Sequence[int], told: Mapping[int, str], bare: bool) -> Look:
    """What a sheet seems to be, whose rows lie at `data`; `told` is what their cells say."""
    kind = sheet.kind
    fields = list(dict.fromkeys(heading.field for heading in headings(kind).values()))
    return Look(
        kind=kind,
        headings=["" if sheet.lent else text[:SHOWN] for text in sheet.headings()],
        columns=dict(sheet.columns),
        samples=[[_shown(cell) for cell in sheet.grid[at]] for at in data[:SAMPLES]],
        rows=len(data),
        lacks=missing(kind, sheet.columns),
        fields=fields,
        needs=[list(choice) for choice in REQUIRED[kind]],
        bare=bare,
        guesses={at: field for at, field in told.items() if field in fields},
    )


def _shown(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))[:SHOWN]
    return str(cell).strip()[:SHOWN]
