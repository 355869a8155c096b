"""The calendar of a venue's tests: who was sampled today, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.turn import Turn
from handlers.venueday import known, views
from models.messages import Text, UserError
from models.samples import Result
from models.venues.day import VenueDay, venue_day
from models.venues.staff import VenueStaff, calendar, note_sampled, staff_of, unsample
from models.venues.unwell import positive_at_work
from models.venues.venue import Venue


async def _day(turn: Turn, venue: Venue) -> VenueDay:
    return await venue_day(turn.session, venue, turn.now, turn.zone)


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    """a:swabs:<venue>:<page>"""
    venue = await known.open_one(turn, arguments)
    turn.replace(views.swabs(await _day(turn, venue), known.page(arguments)))


async def everybody(turn: Turn, arguments: Sequence[str]) -> None:
    """All who are due were sampled today."""
    venue = await known.open_one(turn, arguments)
    staff = await staff_of(turn.session, venue.id)
    lines = await calendar(turn.session, staff)
    await _note(turn, venue, [one for one in staff if lines[one.id].is_due(turn.today)])


async def one(turn: Turn, arguments: Sequence[str]) -> None:
    """One was, or it was tapped by mistake."""
    worker, venue = await known.worker(turn, arguments)
    venue = await known.open_one(turn, [str(venue.id)])
    line = (await calendar(turn.session, [worker]))[worker.id]
    if line.sampled_on(turn.today):
        await unsample(turn.session, worker, turn.today)
        turn.audit("venue.unsampled", f"venue:{venue.id}", staff=worker.id)
        turn.replace(views.swabs(await _day(turn, venue), 0))
        return
    await _note(turn, venue, [worker])


async def _note(turn: Turn, venue: Venue, workers: Sequence[VenueStaff]) -> None:
    rules = await known.rules_in(turn, venue)
    when = (turn.now, turn.zone)
    n = await note_sampled(turn.session, venue, workers, rules, *when)
    turn.audit("venue.sampled", f"venue:{venue.id}", n=n)
    news = (Text("swabs.noted", {"n": n}),) if n else ()
    turn.replace(views.swabs(await _day(turn, venue), 0, *news))


# -- results ---------------------------------------------------------------------------------------


async def results(turn: Turn, arguments: Sequence[str]) -> None:
    venue = await known.open_one(turn, arguments)
    turn.replace(views.results(await _day(turn, venue)))


async def all_negative(turn: Turn, arguments: Sequence[str]) -> None:
    """Everybody whom she was shown as waiting, and nobody who came meanwhile."""
    venue = await known.open_one(turn, arguments)
    day, last = await _day(turn, venue), known.number(arguments, 1)
    for worker in views.awaited(day):
        if worker.id <= last:
            _settle(day, worker, Result.NEGATIVE, turn)
    await turn.session.flush()
    turn.audit("venue.results", f"venue:{venue.id}")
    turn.replace(views.swabs(await _day(turn, venue), 0))


async def result(turn: Turn, arguments: Sequence[str]) -> None:
    """a:swabres:<staff>:<result>: a positive one is asked twice, and calls the grid."""
    worker, venue = await known.worker(turn, arguments)
    venue = await known.open_one(turn, [str(venue.id)])
    told = arguments[1] if len(arguments) > 1 else ""
    if told not in (Result.NEGATIVE, Result.POSITIVE):
        raise UserError("unknown.button")
    day = await _day(turn, venue)
    if worker.id not in {one.id for one in views.awaited(day)}:
        raise UserError("venueday.result_known", name=worker.name or "")
    if told == Result.POSITIVE and arguments[2:3] != ["yes"]:
        turn.replace(views.sure_positive(worker, venue))
        return
    swab_id = _settle(day, worker, Result(told), turn)
    turn.audit("venue.result", f"venue:{venue.id}", told, staff=worker.id)
    news: tuple[Text, ...] = ()
    if told == Result.POSITIVE:
        unit = await positive_at_work(turn.session, venue, worker, swab_id, turn.now)
        news = (Text("swabs.positive", {"name": worker.name or "", "unit": unit.name}),)
    await turn.session.flush()
    turn.replace(views.swabs(await _day(turn, venue), 0, *news))


def _settle(day: VenueDay, worker: VenueStaff, result: Result, turn: Turn) -> int:
    last = day.lines[worker.id].last
    assert last is not None, "who waits for a result was sampled"
    last.result, last.resulted_at = result, turn.now
    return last.id
