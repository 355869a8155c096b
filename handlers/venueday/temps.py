"""The roll-call of a venue's staff: one tap when all are well, a fever calls the grid at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.turn import Turn
from handlers.venueday import known, views
from handlers.venueday.form import NewStaff, NotWell, StaffTemps, Why
from models.clock import local_day
from models.messages import Text, UserError, Value
from models.registers import Submission
from models.venues.day import VenueDay, venue_day
from models.venues.daycard import day_card, write
from models.venues.duties import Log
from models.venues.logbook import note_log, strike
from models.venues.staff import VenueStaff, staff_of
from models.venues.unwell import fever_at_work, take_back
from models.venues.venue import Venue


async def _day(turn: Turn, arguments: Sequence[str]) -> VenueDay | None:
    """The day of a venue with somebody to be measured; where nobody is on the list yet, she is
    asked for it instead."""
    venue = await known.open_one(turn, arguments)
    day = await venue_day(turn.session, venue, turn.now, turn.zone)
    if not day.staff:
        turn.reply("venueday.no_staff")
        await turn.begin(NewStaff, {"venue": venue.id})
        return None
    if not day.present:
        raise UserError("venueday.all_home")
    return day


async def all_well(turn: Turn, arguments: Sequence[str]) -> None:
    """One tap. A second one shows where she is: it was taken once."""
    day = await _day(turn, arguments)
    if day is None:
        return
    if day.just_entered(Log.TEMPERATURES, turn.now) or not day.lacks(Log.TEMPERATURES):
        turn.replace(write(day, Text("venueday.just_now", {"title": Text("stafftemps.title")})))
        return
    await turn.submit_now(StaffTemps(staff=[]), {"venue": day.venue.id})


async def begin(turn: Turn, arguments: Sequence[str]) -> None:
    """Somebody is not well, or not there."""
    day = await _day(turn, arguments)
    if day is not None:
        await turn.begin(StaffTemps, {"venue": day.venue.id})


async def options(turn: Turn, draft: Draft, _query: str) -> Sequence[Option]:
    """Who may be at work; in a correction also those whom it sent home."""
    found = await _called(turn, draft)
    return [Option(str(one.id), views.label(one)) for one in found]


async def _called(turn: Turn, draft: Draft) -> list[VenueStaff]:
    venue = await _venue(turn, draft)
    before = await _corrected(turn, draft)
    return [
        one
        for one in await staff_of(turn.session, venue.id)
        if one.home_at is None or (before is not None and one.home_at == before.at)
    ]


async def _venue(turn: Turn, draft: Draft) -> Venue:
    return await known.open_one(turn, [str(draft.context.get("venue", ""))])


async def _corrected(turn: Turn, draft: Draft) -> Submission | None:
    if "corrects" not in draft.context:
        return None
    return await turn.session.get(Submission, draft.context["corrects"])


async def submit(turn: Turn, filled: StaffTemps, draft: Draft) -> Filed:
    """Filed, weighed, and whoever has a fever is on her way home."""
    venue = await _venue(turn, draft)
    called = await _called(turn, draft)
    before = await _corrected(turn, draft)
    on = local_day(before.at, turn.zone) if before is not None else turn.today
    for one in called if before is not None else ():
        await take_back(turn.session, one, on, turn.account.id, turn.now)
        one.home_at = None
    record = await turn.file(filled, draft, person_id=None, unit_id=venue.unit_id)
    told = {one.item: one for one in filled.staff}
    feverish = await _feverish(turn, venue, called, told, on)
    off = sum(told[str(one.id)].why == Why.OFF for one in called if str(one.id) in told)
    counts = {"well": len(called) - off - len(feverish), "off": off, "fever": len(feverish)}
    by = turn.account.id
    log = (Log.TEMPERATURES, record, by, turn.now, turn.zone, counts)
    await note_log(turn.session, venue, *log)
    lines = [Text("stafftemps.recorded", {"n": counts["well"], "venue": venue.name})]
    lines += feverish
    card = await day_card(turn.session, venue, turn.now, turn.zone, *lines)
    return Filed(record, card.lines, card.rows)


async def _feverish(
    turn: Turn, venue: Venue, called: Sequence[VenueStaff], told: dict[str, NotWell], on: date
) -> list[Text]:
    """Who goes home: what the manager is told about each."""
    rules = await known.rules_in(turn, venue)
    found = []
    for one in called:
        entry = told.get(str(one.id))
        if entry is None or entry.temperature is None or entry.temperature < rules.fever_celsius:
            continue
        reading = entry.temperature
        unit = await fever_at_work(turn.session, venue, one, reading, on, turn.now)
        facts: dict[str, Value] = {
            "name": one.name or "",
            "temperature": reading,
            "unit": unit.name,
        }
        turn.audit("venue.fever", f"venue:{venue.id}", staff=one.id)
        found.append(Text("stafftemps.sent_home", facts))
    return found


async def withdraw(turn: Turn, record: Submission) -> None:
    """It was an error: the day lacks it again, and nobody is called for it."""
    venue = await known.own(turn, [str(record.context.get("venue", ""))])
    for one in await staff_of(turn.session, venue.id):
        if one.home_at == record.at:
            one.home_at = None
            on = local_day(record.at, turn.zone)
            await take_back(turn.session, one, on, turn.account.id, turn.now)
    await strike(turn.session, record, turn.account.id, turn.now)
