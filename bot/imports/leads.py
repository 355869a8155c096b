"""Imports leads: a list pushed from above, a letter's annex, a checkpoint's notes.

Each row is one source of one person; the same sheet twice changes nothing. Who has an open lead
gets one more source instead of a second worker.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports.berth import Berth
from bot.imports.directory import Directory
from bot.imports.person import document_of, kind_of, name_of, phone_of
from bot.imports.reading import Answers, address_of, each
from bot.imports.result import Outcome, Result, Results, refused
from bot.imports.sheet import Reading, Row
from bot.imports.vocabulary import meaning
from handlers.engine import parse
from models.accounts import SUPERVISORS
from models.batches import batch_for
from models.leads import LeadSource
from models.messages import Text, UserError
from models.people import Household, Person, address_index, id_index
from models.pushes import Landed, Push, take_in
from models.rules import Rules, rules_of
from models.sources import Batch, Told, deadline
from models.units import Unit, root

_OUTCOMES = {
    Landed.NEW: Outcome.NEW,
    Landed.JOINED: Outcome.CHANGED,
    Landed.SAME: Outcome.SAME,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row: who is meant, and what the row itself says of its push. Hours are local."""

    told: Told
    unit_id: int | None
    hinted_id: int | None  # the unit whose name stands in the address
    source: LeadSource | None
    number: str
    place: str
    pushed_at: datetime | None
    due_at: datetime | None
    headings: Sequence[str]


Lines: TypeAlias = Mapping[int, Line]  # by row number


def read(rows: Sequence[Row], directory: Directory, today: date) -> Answers[Line]:
    """Who is in the sheet, and which rows are refused."""
    return each(
        rows,
        partial(_line, directory, today),
        lambda line: (line.number, line.told.identity()),
    )


def _line(directory: Directory, today: date, reading: Reading) -> Line | None:
    name = reading.take("name", name_of)
    kind = reading.take_any("id_kind", kind_of)
    document = reading.take_any("id_number", document_of(kind, today))
    phone = reading.take_any("phone", phone_of)
    if not reading.reasons and document is None and phone is None:
        reading.reasons.append(Text("import.paper_or_phone"))
    address = address_of(reading)
    unit_id = directory.named_in(reading)
    source = reading.take_any("source", _source)
    pushed_at, due_at = _instant(reading, "pushed_at", today), _instant(reading, "due_at", today)
    if reading.reasons or name is None:
        return None
    told = Told(
        name=name,
        phone=phone,
        document=document,
        address=address,
        origin=reading.text("origin"),
        cells=[_shown(cell) for cell in reading.row.cells],
    )
    return Line(
        told,
        unit_id,
        None if unit_id else directory.inside(address),
        source,
        reading.text("batch"),
        reading.text("sender"),
        pushed_at,
        due_at,
        reading.row.headings,
    )


def _source(text: str) -> LeadSource:
    found = meaning("source", text)
    if found is None:
        raise UserError("import.source_unknown", source=text)
    return LeadSource(found)


def _instant(reading: Reading, name: str, today: date) -> datetime | None:
    """An hour as the sheet has it; a day without an hour is its noon."""
    cell = reading.row.cell(name)
    match cell:
        case datetime():
            return cell.replace(tzinfo=None)
        case date():
            return datetime.combine(cell, time(12))
    text = reading.text(name)
    if not text:
        return None
    now = datetime.combine(today, time(12), UTC)
    try:
        return parse.moment(text, now, UTC).replace(tzinfo=None)
    except parse.Unreadable:
        reading.reasons.append(Text("import.instant", {"column": Text(f"import.field.{name}")}))
        return None


def _shown(cell: object) -> str:
    return cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)


async def land(berth: Berth, batches: AsyncIterator[Lines]) -> None:
    """Write the good rows, each where its address or its person leads."""
    await berth.fill(batches, partial(_put, berth))


async def _put(berth: Berth, session: AsyncSession, lines: Lines) -> Results:
    top = await root(session)
    assert top is not None, "the sheet was placed"
    rules = rules_of(top)
    units = await _units(session, lines)
    results: dict[int, Result] = {}
    pushes: dict[int, Push] = {}
    known: dict[tuple[LeadSource, str], Batch] = {}
    for number, line in lines.items():
        unit_id = units.get(number)
        if unit_id is None:
            results[number] = refused(Text("import.unit_needed"))
            continue
        channel = line.source or LeadSource(berth.told("source") or LeadSource.PUSHED)
        key = (channel, line.number or berth.told("batch") or berth.today.isoformat())
        if key not in known:
            known[key] = await batch_for(session, _batch(line, *key, top, rules, berth))
        pushes[number] = _push(number, line, unit_id, known[key], berth)
    taken = await take_in(session, list(pushes.values()), berth.now, rules, berth.zone)
    for number, one in zip(pushes, taken, strict=True):
        results[number] = Result(_OUTCOMES[one.landed])
    return results


def _hour(at: datetime | None, berth: Berth) -> datetime | None:
    return at.replace(tzinfo=berth.zone).astimezone(UTC) if at else None


def _batch(
    line: Line, channel: LeadSource, number: str, top: Unit, rules: Rules, berth: Berth
) -> Batch:
    grant = berth.actor.top(*SUPERVISORS) if berth.actor else None
    pushed_at = _hour(line.pushed_at, berth) or berth.now
    return Batch(
        channel=channel,
        number=number[:60],
        place=line.place[:120] or None,
        unit_id=grant.unit_id if grant else top.id,
        account_id=berth.actor.account_id if berth.actor else None,
        headings=list(line.headings),
        pushed_at=pushed_at,
        due_at=_hour(line.due_at, berth)
        or deadline(channel, pushed_at, berth.now, rules, berth.zone),
        created_at=berth.now,
    )


def _push(number: int, line: Line, unit_id: int, batch: Batch, berth: Berth) -> Push:
    return Push(
        told=line.told,
        unit_id=unit_id,
        channel=LeadSource(batch.channel),
        pushed_at=_hour(line.pushed_at, berth) or berth.now,
        due_at=_hour(line.due_at, berth),
        batch=batch,
        row=number,
        account_id=batch.account_id,
    )


async def _units(session: AsyncSession, lines: Lines) -> dict[int, int]:
    """The unit of each row: as told, of the only door with her address, of her own record, or the
    one that the address names."""
    doors = {address_index(line.told.address) for line in lines.values() if line.told.address}
    papers = {id_index(line.told.document) for line in lines.values() if line.told.document}
    homes: dict[str, set[int]] = {}
    for door, home in await session.execute(
        select(Household.address_index, Household.unit_id).where(Household.address_index.in_(doors))
    ):
        homes.setdefault(door, set()).add(home)
    people = await session.execute(
        select(Person.id_index, Person.unit_id).where(Person.id_index.in_(papers))
    )
    hers = {row.id_index: row.unit_id for row in people}
    found: dict[int, int] = {}
    for number, line in lines.items():
        told = line.told
        at = homes.get(address_index(told.address), set()) if told.address else set()
        own = hers.get(id_index(told.document)) if told.document else None
        only = next(iter(at)) if len(at) == 1 else None
        if unit_id := line.unit_id or only or own or line.hinted_id:
            found[number] = unit_id
    return found
