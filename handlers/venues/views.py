"""What the register shows: venues, one of them, its manager's own card, the checklists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.identity import mask_phone
from models.messages import Button, Outbound, Poster, Rows, Style, Text, Value, verbatim
from models.units import Unit
from models.venues import situation
from models.venues.checklists import Item, book
from models.venues.kinds import Trading, VenueKind
from models.venues.problem import Problem
from models.venues.situation import Situation
from models.venues.venue import DOOR, Venue


def unit_name(unit: Unit) -> Text:
    return verbatim(unit.name)


def kind_text(kind: VenueKind) -> Text:
    return Text(f"venue.kind.choice.{kind}")


def listed(venues: Sequence[Venue], marks: Mapping[int, Text]) -> Outbound:
    """A button each, with its colour where it has one."""
    add = ((Button(Text("venue.add"), "a:addvenue"),),)
    if not venues:
        return Outbound((Text("venue.none"),), add)
    rows = tuple((Button(_marked(one, marks), f"a:venue:{one.id}"),) for one in venues)
    return Outbound((Text("venue.listed", {"n": len(venues)}),), (*rows, *add))


def _marked(venue: Venue, marks: Mapping[int, Text]) -> Text:
    name = verbatim(venue.name[:30])
    mark = marks.get(venue.id)
    return Text("venue.marked", {"mark": mark, "name": name}) if mark else name


def begins(venue: Venue) -> Rows:
    return ((Button(Text("action.inspect"), f"a:inspect:{venue.id}", style=Style.PRIMARY),),)


async def card(
    session: AsyncSession,
    venue: Venue,
    waiting: Sequence[Problem],
    stands: Situation,
    settable: Sequence[Trading],
) -> Outbound:
    """For whoever inspects: who answers, when somebody was there, what is open and what warns it,
    the door's code."""
    inside = await _who(session, venue.manager_id)
    outside = await _who(session, venue.officer_id)
    cold = venue.kind == VenueKind.COLD_STORE
    who = "venue.keepers" if cold else "venue.responsible"  # its two are its keepers
    seen: Value = venue.inspected_at or Text("venue.never_seen")
    lines = (
        Text("venue.card", _about(venue)),
        Text(who, {"inside": inside, "outside": outside}),
        Text("venue.seen", {"at": seen, "n": len(waiting)}),
        *situation.lines(stands),
    )
    head = Button(Text("action.venuehead"), f"a:venuehead:{venue.id}")
    officer = Button(Text("action.venueofficer"), f"a:venueofficer:{venue.id}")
    rows: Rows = ((head, officer), (_door(venue),))
    if venue.is_there():
        inspect = Button(Text("action.inspect"), f"a:inspect:{venue.id}", style=Style.PRIMARY)
        above = Button(Text("action.supervise"), f"a:inspect:{venue.id}:supervision")
        rows = ((inspect, above), *rows)
    # What an officer has closed is opened by a look, not by a button; it can only be struck off.
    shut = venue.trading == Trading.SUSPENDED
    others = tuple(
        Button(Text(f"venue.set.{state}"), f"a:trading:{venue.id}:{state}")
        for state in settable
        if state != venue.trading and (not shut or state == Trading.GONE)
    )
    return Outbound(lines, (*rows, *situation.rows(stands, venue), others), protect=True)


async def _who(session: AsyncSession, assignment_id: int | None) -> Text:
    """One of the two who answer for a venue, her number masked."""
    held = await session.get(Assignment, assignment_id) if assignment_id else None
    if held is None or held.until_at is not None:
        return Text("venue.nobody")
    told: dict[str, Value] = {"name": held.name or "", "phone": mask_phone(held.phone or "")}
    return Text("venue.who" if held.account_id else "venue.who_waits", told)


def _about(venue: Venue) -> dict[str, Value]:
    return {
        "name": venue.name,
        "kind": kind_text(venue.kind),
        "address": venue.address,
        "trading": Text(f"venue.trading.{venue.trading}"),
    }


def own(
    venue: Venue, items: Sequence[Item], waiting: Sequence[Problem], stands: Sequence[Text]
) -> Outbound:
    """For its manager: how it stands, what will be looked at, what is still to be put right."""
    lines = [Text("venue.card", _about(venue)), *stands]
    lines.append(Text("venue.checked_for", {"n": len(items)}))
    lines += [Text("checklist.line", {"item": item.label}) for item in items]
    lines.append(Text("venue.own_open", {"n": len(waiting)}))
    rows: Rows = ((_door(venue),),)
    if waiting:
        rows = ((Button(Text("venue.own_problems"), "a:go:problems"),), *rows)
    return Outbound(tuple(lines), rows)


def _door(venue: Venue) -> Button:
    return Button(Text("action.venuedoor"), f"a:venuedoor:{venue.id}")


def door(venue: Venue) -> Outbound:
    """The code for the venue's door, to be printed: whoever inspects scans it."""
    shown = (Text("venue.poster", {"name": venue.name}), Text("venue.poster_for"))
    poster = Poster(f"{DOOR}{venue.code}", shown)
    return Outbound((Text("venue.door", {"name": venue.name}),), poster=poster)


def kinds() -> Outbound:
    rows = tuple((Button(kind_text(kind), f"a:checklist:{kind}"),) for kind in VenueKind)
    return Outbound((Text("checklist.choose"),), rows)


def items(
    kind: VenueKind, standing: Sequence[Item], off: Sequence[Item], *, changes: bool
) -> Outbound:
    """One list with what each item is based on; the district can tap an item off or on."""
    lines = [Text("checklist.of", {"kind": kind_text(kind), "n": len(standing)})]
    for number, item in enumerate(standing, 1):
        told: dict[str, Value] = {"n": number, "item": item.label}
        if item.basis:
            lines.append(Text("checklist.item", {**told, "basis": item.basis}))
        else:
            lines.append(Text("checklist.own", told))
    lines += [Text("checklist.off", {"item": item.label}) for item in off]
    lines.append(Text("checklist.lapsed", {"on": book().lapsed_on}))
    if not changes:
        return Outbound(tuple(lines))
    rows: list[tuple[Button, ...]] = [
        (_switch(Text("checklist.switch_off", {"item": item.text}), kind, item),)
        for item in standing
    ]
    rows += [
        (_switch(Text("checklist.switch_on", {"item": item.text}), kind, item),) for item in off
    ]
    rows.append((Button(Text("checklist.add"), f"a:itemadd:{kind}", style=Style.PRIMARY),))
    return Outbound(tuple(lines), tuple(rows))


def _switch(label: Text, kind: VenueKind, item: Item) -> Button:
    return Button(label, f"a:itemswitch:{kind}:{item.code}")


def back_to(kind: VenueKind) -> Rows:
    return ((Button(Text("checklist.show"), f"a:checklist:{kind}"),),)
