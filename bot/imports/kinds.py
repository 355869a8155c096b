"""The kinds of sheets: how each is read and how it lands. A new one is a line here, its headings
in headers.toml, what it needs in sheet.py, who may bring it in models/sheets.py, and its words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports import duty, leads, people, staff, supervision, units, venues
from bot.imports.berth import Berth
from bot.imports.directory import Directory
from bot.imports.reading import Answers
from bot.imports.result import Results
from bot.imports.sheet import Row

Items: TypeAlias = Mapping[int, Any]  # what is to land, by the row's number
# In the process that has the file: what is to land and which rows are refused already.
Read: TypeAlias = Callable[[Sequence[Row], Directory | None, date], Answers[Any]]
# In the bot: writes batch after batch, and tells the berth in each transaction.
Land: TypeAlias = Callable[[Berth, AsyncIterator[Items]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`placed`: its rows name units. `whole`: it lands in one transaction or not at all, and its
    copy, which may hold codes, goes back in any case."""

    read: Read
    land: Land
    placed: bool = False
    whole: bool = False


def rows_as_they_are(
    rows: Sequence[Row], _directory: Directory | None, _today: date
) -> Answers[Any]:
    """For a kind that is read where it lands."""
    return ((row.number, row) for row in rows)


def at_once(land: Callable[[AsyncSession, Sequence[Row], Berth], Awaitable[Results]]) -> Kind:
    """A kind that lands in one transaction."""

    async def land_all(berth: Berth, batches: AsyncIterator[Items]) -> None:
        rows = [row async for batch in batches for row in batch.values()]
        async with berth.write() as session:
            await berth.landed(session, await land(session, rows, berth))

    return Kind(rows_as_they_are, land_all, whole=True)


async def _units(session: AsyncSession, rows: Sequence[Row], berth: Berth) -> Results:
    return await units.land(session, rows, berth.now, berth.zone)


async def _staff(session: AsyncSession, rows: Sequence[Row], berth: Berth) -> Results:
    return await staff.land(session, rows, berth.now)


def _read_people(rows: Sequence[Row], directory: Directory | None, today: date) -> Answers[Any]:
    assert directory is not None, "people are placed"
    return people.read(rows, directory, today)


def _read_leads(rows: Sequence[Row], directory: Directory | None, today: date) -> Answers[Any]:
    assert directory is not None, "leads are placed"
    return leads.read(rows, directory, today)


KINDS: Mapping[str, Kind] = {
    "units": at_once(_units),
    "staff": at_once(_staff),
    "people": Kind(_read_people, people.land, placed=True),
    "duty": at_once(duty.land),
    "supervision": at_once(supervision.land),
    "venues": at_once(venues.land),
    "leads": Kind(_read_leads, leads.land, placed=True),
}
