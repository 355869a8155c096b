"""The way of a sheet into the database: read by whoever has the file, landed by kind.

Bad rows keep nobody else out. `import_sheet` is the operator's: a file on the disk, the whole sheet
given back beside it with the result of every row.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports import returned
from bot.imports.berth import Berth
from bot.imports.book import Book
from bot.imports.directory import Directory
from bot.imports.kinds import KINDS
from bot.imports.pace import MOST
from bot.imports.reach import units_of
from bot.imports.reader import Reader
from bot.imports.result import Outcome, Result, Results, note
from bot.imports.workbook import content_of
from locales import SOURCE
from models.session import Database


@dataclass(frozen=True, slots=True)
class Imported:
    """Numbers of rows: new ones, those that changed a known one, those sent back, the rest."""

    landed: int
    changed: int
    refused: int
    returned: Path
    unchanged: int


async def open_sheet(
    reader: Reader, kind: str, columns: dict[str, int] | None, berth: Berth
) -> int:
    """Read the sheet as this kind; the number of rows. UserError when it is none."""
    directory = None
    if KINDS[kind].placed:
        async with berth.db.read() as session:
            reach = await units_of(session, berth.actor) if berth.actor else None
            directory = await Directory.open(session, reach)
    return await reader.read(kind, columns, directory, berth.today)


class Here(Reader):
    """A book in a thread of this process."""

    def __init__(self, book: Book) -> None:
        self._book = book

    async def call(self, method: str, *args: Any) -> Any:
        return await asyncio.to_thread(getattr(self._book, method), *args)


@dataclass
class _Desk(Berth):
    """The operator's. The copy of units and staff is written before they are committed: nothing
    lands whose code nobody could read."""

    kind: str
    reader: Reader
    copy: Path
    options: Mapping[str, str]
    results: dict[int, Result] = field(default_factory=dict)

    def told(self, option: str) -> str:
        return self.options.get(option, "")

    async def landed(self, session: AsyncSession, results: Results) -> None:
        note(session, self.kind, results.values(), self.now)
        self.results |= results
        if KINDS[self.kind].whole:
            await self.give_back()

    async def give_back(self) -> None:
        content = await self.reader.copy(self.results, SOURCE)
        await asyncio.to_thread(returned.put, self.copy, content)


async def import_sheet(
    db: Database,
    kind: str,
    path: Path,
    now: datetime,
    zone: ZoneInfo,
    options: Mapping[str, str] | None = None,
) -> Imported:
    """Import the file; UserError when it is no sheet of this kind: nothing has changed. `options`
    say of the whole sheet what a column may say of a row."""
    reader = Here(await asyncio.to_thread(lambda: Book(content_of(path))))
    copy = await asyncio.to_thread(returned.reserve, path)
    desk = _Desk(db, now, zone, None, kind, reader, copy, options or {})
    try:
        await open_sheet(reader, kind, None, desk)
        async with aclosing(reader.batches(MOST)) as batches:
            await KINDS[kind].land(desk, batches)
        if not KINDS[kind].whole:
            await desk.give_back()
    except BaseException:
        await asyncio.to_thread(copy.unlink)
        raise
    results = {**await reader.refusals(), **desk.results}
    counts = Counter(result.outcome for result in results.values())
    return Imported(
        landed=counts[Outcome.NEW],
        changed=counts[Outcome.CHANGED],
        refused=counts[Outcome.REFUSED],
        returned=copy,
        unchanged=counts[Outcome.SAME],
    )
