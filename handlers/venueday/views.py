"""What the venue's side shows besides the card: her venues, who works there, the calendar of their
tests; and to those outside, what a day lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from models.identity import mask_phone
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.obligations import REPORTED
from models.venues.day import VenueDay
from models.venues.daycard import back
from models.venues.gapcard import named
from models.venues.gaps import Gap
from models.venues.staff import Calendar, VenueStaff
from models.venues.venue import Venue

PAGE = 12  # of staff, a line and a button each
GAPS = 8
AWAITED_DAYS = 14  # a sample of longer ago is asked for no more


def hers(venues: Sequence[Venue]) -> Outbound:
    """Which of her venues?"""
    rows = tuple((Button(verbatim(one.name[:30]), f"a:venueday:{one.id}"),) for one in venues)
    return Outbound((Text("venueday.which", {"n": len(venues)}),), rows)


def label(one: VenueStaff) -> Text:
    """A name with the job, as options and lists have it."""
    if one.title is None:
        return verbatim(one.name or "")
    return Text("venueday.name", {"name": one.name or "", "title": one.title})


def _turning(verb: str, ref: str, number: int, whole: int, size: int) -> Rows:
    """Back and forth between pages."""
    cells = []
    if number:
        cells.append(Button(Text("list.previous"), f"a:{verb}:{ref}:{number - 1}"))
    if whole > (number + 1) * size:
        cells.append(Button(Text("list.next"), f"a:{verb}:{ref}:{number + 1}"))
    return (tuple(cells),) if cells else ()


# -- who works there -------------------------------------------------------------------------------


def staff(day: VenueDay, number: int, *, leads: bool, deputy: str) -> Outbound:
    """A button for each; whoever leads may also name who helps her."""
    venue = day.venue
    shown = day.staff[number * PAGE : (number + 1) * PAGE]
    lines = [Text("venueday.staff_of", {"venue": venue.name, "n": len(day.staff)})]
    lines += [
        Text("venueday.staff_line", {"name": label(one), "state": _state(day, one)})
        for one in shown
    ]
    if deputy:
        lines.append(Text("venueday.deputy", {"name": deputy}))
    cells = [Button(verbatim((one.name or "")[:20]), f"a:onestaff:{one.id}") for one in shown]
    rows = [tuple(cells[i : i + 3]) for i in range(0, len(cells), 3)]
    rows += _turning("venuestaff", str(venue.id), number, len(day.staff), PAGE)
    rows.append((Button(Text("action.staffadd"), f"a:staffadd:{venue.id}", style=Style.PRIMARY),))
    if leads:
        off = (Button(Text("action.deputyoff"), f"a:deputyoff:{venue.id}"),) if deputy else ()
        rows.append((Button(Text("action.deputy"), f"a:deputy:{venue.id}"), *off))
    return Outbound(tuple(lines), (*rows, (back(venue.id),)), protect=True)


def _state(day: VenueDay, one: VenueStaff) -> Text:
    if one.home_at is not None:
        return Text("venueday.is_home")
    return due_text(day.lines[one.id], day.on)


def due_text(line: Calendar, on: date) -> Text:
    """When her next sample is due, as seen on a day."""
    if line.sampled_on(on):
        return Text("swabs.done")
    if line.due_on is None:
        return Text("swabs.not_planned")
    if line.due_on < on:
        return Text("swabs.late", {"on": line.due_on})
    if line.due_on == on:
        return Text("swabs.today")
    return Text("swabs.next", {"on": line.due_on})


def one_of_staff(day: VenueDay, one: VenueStaff, *, sure: bool) -> Outbound:
    """Everything that is kept of her; that she has left is asked twice."""
    last = day.lines[one.id].last
    told: dict[str, Value] = {
        "name": label(one),
        "phone": mask_phone(one.phone) if one.phone else Text("card.no_phone"),
        "last": last.sampled_on if last and last.sampled_on else Text("swabs.never"),
        "state": _state(day, one),
    }
    lines = [Text("venueday.one", told)]
    home = (Button(Text("action.staffback"), f"a:staffback:{one.id}", style=Style.PRIMARY),)
    rows: Rows = (home,) if one.home_at is not None else ()
    if sure:
        lines.append(Text("venueday.sure_gone", {"name": one.name or ""}))
        gone = Button(Text("venueday.gone"), f"a:staffgone:{one.id}:yes", style=Style.DANGER)
    else:
        gone = Button(Text("action.staffgone"), f"a:staffgone:{one.id}")
    listed = Button(Text("venueday.to_staff"), f"a:venuestaff:{day.venue.id}")
    return Outbound(tuple(lines), (*rows, (gone, listed)), protect=True)


# -- the calendar ----------------------------------------------------------------------------------


def swabs(day: VenueDay, number: int, *news: Text) -> Outbound:
    """Who is due when, those overdue first; a tap says that she was sampled today, another one
    that it was a mistake."""
    venue, due, made = day.venue, day.due(), day.sampled()
    order = [*due, *made, *_ahead(day, {one.id for one in (*due, *made)})]
    shown = order[number * PAGE : (number + 1) * PAGE]
    told: dict[str, Value] = {"venue": venue.name, "on": day.on, "n": len(due)}
    lines = [*news, Text("swabs.title" if due else "swabs.nobody_due", told)]
    lines += [
        Text(
            "venueday.staff_line",
            {"name": label(one), "state": due_text(day.lines[one.id], day.on)},
        )
        for one in shown
    ]
    rows: list[tuple[Button, ...]] = []
    if due:
        everybody = Text("swabs.all", {"n": len(due)})
        rows.append((Button(everybody, f"a:swaball:{venue.id}", style=Style.PRIMARY),))
    cells = [_toggle(day, one) for one in shown]
    rows += [tuple(cells[i : i + 3]) for i in range(0, len(cells), 3)]
    rows += _turning("swabs", str(venue.id), number, len(order), PAGE)
    if waiting := awaited(day):
        label_ = Text("swabs.results", {"n": len(waiting)})
        rows.append((Button(label_, f"a:swabresults:{venue.id}"),))
    return Outbound(tuple(lines), (*rows, (back(venue.id),)), protect=True)


def _ahead(day: VenueDay, others: set[int]) -> list[VenueStaff]:
    rest = [one for one in day.staff if one.id not in others]
    return sorted(rest, key=lambda one: (day.due_on(one) or date.max, one.id))


def _toggle(day: VenueDay, one: VenueStaff) -> Button:
    done = day.lines[one.id].sampled_on(day.on)
    words = Text("swabs.toggle_on" if done else "swabs.toggle_off", {"name": (one.name or "")[:20]})
    return Button(words, f"a:swab:{one.id}")


def awaited(day: VenueDay) -> list[VenueStaff]:
    """Whose last sample has no result yet."""
    return [one for one in day.staff if _waits(day.lines[one.id], day.on)]


def _waits(line: Calendar, on: date) -> bool:
    last = line.last
    if last is None or last.sampled_on is None or last.result is not None:
        return False
    if last.outcome not in REPORTED:  # of before she was on the list
        return False
    return (on - last.sampled_on).days <= AWAITED_DAYS


def results(day: VenueDay) -> Outbound:
    """The results that are waited for: all negative in one tap, or one by one."""
    venue, waiting = day.venue, awaited(day)
    if not waiting:
        return Outbound((Text("swabs.no_results"),), ((back(venue.id),),))
    lines = [Text("swabs.results_of", {"venue": venue.name, "n": len(waiting)})]
    every = Text("swabs.all_negative", {"n": len(waiting)})
    rows: list[tuple[Button, ...]] = [
        (Button(every, f"a:swabneg:{venue.id}:{waiting[-1].id}", style=Style.PRIMARY),)
    ]
    for one in waiting[:PAGE]:
        told = {"name": (one.name or "")[:16]}
        negative = Button(Text("swabs.is_negative", told), f"a:swabres:{one.id}:negative")
        positive = Button(Text("swabs.is_positive", told), f"a:swabres:{one.id}:positive")
        rows.append((negative, positive))
    return Outbound(tuple(lines), (*rows, (back(venue.id),)), protect=True)


def sure_positive(one: VenueStaff, venue: Venue) -> Outbound:
    """It calls the grid: asked twice."""
    told = Text("swabs.sure_positive", {"name": one.name or ""})
    yes = Button(Text("swabs.yes_positive"), f"a:swabres:{one.id}:positive:yes", style=Style.DANGER)
    other = Button(Text("swabs.back"), f"a:swabresults:{venue.id}")
    return Outbound((told,), ((yes, other),), protect=True)


# -- for those outside -----------------------------------------------------------------------------


def missing(found: Sequence[Gap], nobody: Sequence[Gap], on: date, number: int) -> Outbound:
    """A page of the venues that lack something of a day, and those where nobody can be asked."""
    if not found and not nobody:
        return Outbound((Text("loggaps.none", {"on": on}),))
    lines = [Text("loggaps.head" if found else "loggaps.none", {"on": on, "n": len(found)})]
    start = number * GAPS
    for at, gap in enumerate(found[start : start + GAPS], start + 1):
        parts = [Text(f"log.part.{log}", {"n": n}) for log, n in gap.left.items()]
        lines.append(Text("loggaps.line", {"n": at, "venue": gap.venue.name, "parts": parts}))
    if nobody:
        lines.append(Text("loggaps.unmanned", named(nobody)))
    rows: list[tuple[Button, ...]] = [
        (one,) for one in _buttons(found[start : start + GAPS], nobody)
    ]
    rows += _turning("loggaps", f"{on:%Y%m%d}", number, len(found), GAPS)
    return Outbound(tuple(lines), tuple(rows))


def _buttons(found: Sequence[Gap], nobody: Sequence[Gap]) -> Iterator[Button]:
    """The venue's own card has its manager and her number."""
    for gap in (*found, *nobody[: GAPS - len(found)]):
        yield Button(verbatim(gap.venue.name[:30]), f"a:venue:{gap.venue.id}")
