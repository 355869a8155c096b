"""Imports a rota: who stands at which post from when until when.

Posts are made in chat, with their plans; a row names one of them and somebody who can stand there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TypeAlias

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports.berth import Berth
from bot.imports.person import name_of, phone_of
from bot.imports.result import Outcome, Result, Results, refused
from bot.imports.sheet import Reading, Row
from bot.imports.vocabulary import spellings
from handlers.engine import parse
from models.access import under
from models.actors import Action
from models.addresses import compact
from models.clock import at_local
from models.duty import Post
from models.hands import Standing, hands_around
from models.messages import Text, UserError
from models.rota import Hand, Watch, plan_shifts
from models.units import Unit

_END_OF_DAY = re.compile(r"24([:\uff1a]00)?")
_DAY = timedelta(days=1)
Hours: TypeAlias = tuple[datetime, datetime]


@cache
def _span() -> re.Pattern[str]:
    """Two hours in one cell, with any dash or word between: "08:00-16:00"."""
    between = "|".join(map(re.escape, spellings("hour", "between")))
    return re.compile(rf"(?P<since>.+?)\s*(?:{between})+\s*(?P<until>.+)$")


@dataclass(slots=True)
class _Places:
    """The posts that she may put somebody at, and who can stand at each."""

    session: AsyncSession
    now: datetime
    by_name: dict[str, list[tuple[Post, Unit]]]
    around: dict[int, list[Standing]]

    @classmethod
    async def open(cls, session: AsyncSession, berth: Berth) -> _Places:
        hers: ColumnElement[bool] = true()
        if berth.actor is not None:
            hers = under(berth.actor.paths(Action.OVERSEE), Post.unit_id)
        found = await session.execute(
            select(Post, Unit)
            .join(Unit, Unit.id == Post.unit_id)
            .where(hers, Post.closed_at.is_(None))
            .order_by(Post.id)
        )
        by_name: dict[str, list[tuple[Post, Unit]]] = defaultdict(list)
        for post, unit in found:
            by_name[compact(post.name)].append((post, unit))
        return cls(session, berth.now, by_name, {})

    def post(self, name: str, where: str) -> Post:
        """The one post so named; `where` names its unit."""
        place = compact(where)
        found = [
            post
            for post, unit in self.by_name.get(compact(name), ())
            if not place or place in (compact(unit.name), compact(unit.code))
        ]
        if len(found) != 1:
            raise UserError("import.post_ambiguous" if found else "import.post_unknown", post=name)
        return found[0]

    async def hand(self, post: Post, name: str, phone: str) -> Hand:
        """The one who is meant, by her phone where the sheet has it, else by her name."""
        if post.id not in self.around:
            self.around[post.id] = await hands_around(self.session, post, self.now)
        around = [one.hand for one in self.around[post.id]]
        found = [one for one in around if phone and one.phone == phone]
        if not phone:
            found = [one for one in around if one.name == name]
        if len(found) > 1 and len({one.account_id or -one.id for one in found}) == 1:
            found = found[:1]  # one person with two roles
        if len(found) != 1:
            raise UserError("import.hand_ambiguous" if found else "import.hand_unknown", name=name)
        return found[0]


async def land(session: AsyncSession, rows: Sequence[Row], berth: Berth) -> Results:
    """Put the good rows on the rota; what stands there already stays as it is."""
    places = await _Places.open(session, berth)
    results: dict[int, Result] = {}
    wanted: dict[int, Watch] = {}
    for row in rows:
        reading = Reading(row)
        watch = await _watch(reading, places, berth)
        if watch is None:
            results[row.number] = refused(*reading.reasons)
        else:
            wanted[row.number] = watch
    made = await plan_shifts(session, list(wanted.values()), berth.now, berth.zone)
    for number, shift in zip(wanted, made, strict=True):
        results[number] = Result(Outcome.NEW if shift is not None else Outcome.SAME)
    return results


async def _watch(reading: Reading, places: _Places, berth: Berth) -> Watch | None:
    """Who is to stand where and when; None with the reading's reasons."""
    hours = _hours(reading, berth)
    name = reading.take_any("name", name_of) or ""
    phone = reading.take_any("phone", phone_of) or ""
    place = reading.take("post", str)
    if not (name or phone) and not reading.reasons:
        reading.reasons.append(Text("import.empty", {"column": Text("import.field.name")}))
    if hours is None or place is None or reading.reasons:
        return None
    try:
        post = places.post(place, reading.text("unit"))
        return Watch(post, await places.hand(post, name, phone), *hours)
    except UserError as error:
        reading.reasons.append(error.text)
        return None


def _hours(reading: Reading, berth: Berth) -> Hours | None:
    """From when until when; what ends before it begins ends on the next day."""
    on = day_of(reading, berth.today)
    since, until = _clocks(reading)
    if on is None or since is None or until is None:
        return None
    begins = at_local(on, time(), berth.zone) + since
    ends = at_local(on, time(), berth.zone) + until
    if ends <= begins:
        ends += _DAY
    if ends <= berth.now:
        reading.reasons.append(Text("import.shift_past"))
        return None
    return begins, ends


def day_of(reading: Reading, today: date) -> date | None:
    """The day of a row, a date or words; None with the reading's reasons."""
    cell = reading.row.cell("on")
    match cell:
        case datetime():
            return cell.date()
        case date():
            return cell
    try:
        text = reading.take("on", str)
        return parse.day(text, today) if text else None
    except parse.Unreadable:
        reading.reasons.append(Text("import.day", {"text": str(cell)}))
        return None


def _clocks(reading: Reading) -> tuple[timedelta | None, timedelta | None]:
    """Both hours, from two cells or from one that holds both."""
    since = reading.row.cell("since")
    both = _span().match(since.strip()) if isinstance(since, str) else None
    if both:
        return _clock(reading, both["since"], "since"), _clock(reading, both["until"], "until")
    return (
        _clock(reading, since, "since"),
        _clock(reading, reading.row.cell("until"), "until"),
    )


def _clock(reading: Reading, cell: object, name: str) -> timedelta | None:
    """An hour as time since midnight; 24:00 is the end of the day."""
    match cell:
        case datetime() | time():
            return timedelta(hours=cell.hour, minutes=cell.minute)
        case timedelta():
            return cell
        case float() if 0 <= cell <= 1:
            return timedelta(minutes=round(cell * 24 * 60))
        case int() | float() if 0 <= cell <= 24 and cell == int(cell):
            return timedelta(hours=int(cell))
        case str() if cell.strip():
            return _typed(reading, cell.strip(), name)
    reading.reasons.append(Text("import.clock", {"column": Text(f"import.field.{name}")}))
    return None


def _typed(reading: Reading, text: str, name: str) -> timedelta | None:
    for word in spellings("hour", "next_day"):
        text = text.removeprefix(word).strip()
    if _END_OF_DAY.fullmatch(text):
        return _DAY
    try:
        at = parse.clock_time(text)
    except parse.Unreadable:
        reading.reasons.append(Text("import.clock", {"column": Text(f"import.field.{name}")}))
        return None
    return timedelta(hours=at.hour, minutes=at.minute)
