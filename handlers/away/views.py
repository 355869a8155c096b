"""How residents away are listed, and what a card of one says and offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from models.away import Absence, AbsenceContact, AwayEnd, Intention, Promise, Way
from models.cards import LIST_LENGTH, away_rows
from models.clock import local_day
from models.identity import mask_phone
from models.leads import Lead
from models.messages import Button, Outbound, Rows, Text, Value, verbatim
from models.people import Person
from models.reports.arrivals import Arrivals

Row = tuple[Absence, Person, Lead | None]
Sums = Sequence[tuple[Intention, Promise, int]]


@dataclass(frozen=True, slots=True)
class Day:
    """The running day: who came back, of whose arrival we knew in time."""

    returned: int
    unannounced: int
    known: Arrivals


def listing(
    rows: Sequence[Row],
    sums: Sums,
    page: int,
    day: Day,
    now: datetime,
    zone: ZoneInfo,
) -> Outbound:
    """A page of those away, a line and a button each; their sums stand above, the day below."""
    shown = rows[:LIST_LENGTH]
    new: Rows = ((Button(Text("away.new"), "a:awaynew"),),)
    if not shown:
        return Outbound((Text("away.none"), *_day(day)), (*_names_rows(day), *new))
    lines = [Text("away.title", _sums(sums))]
    lines += [
        _line(i, one, person, _next(one, lead, now, zone))
        for i, (one, person, lead) in enumerate(shown, 1)
    ]
    lines += _day(day)
    buttons: Rows = tuple(
        (_opening(i, one, person),) for i, (one, person, _) in enumerate(shown, 1)
    )
    turning = []
    if page:
        turning.append(Button(Text("list.previous"), f"a:awaypage:{page - 1}"))
    if len(rows) > len(shown):
        turning.append(Button(Text("list.next"), f"a:awaypage:{page + 1}"))
    turned: Rows = (tuple(turning),) if turning else ()
    return Outbound(tuple(lines), (*buttons, *turned, *_names_rows(day), *new), protect=True)


def _sums(sums: Sums) -> dict[str, Value]:
    def n(wanted: object) -> int:
        return sum(count for intention, promise, count in sums if wanted in (intention, promise))

    return {
        "n": sum(count for _, _, count in sums),
        "staying": n(Intention.STAYING),
        "planned": n(Intention.PLANNED),
        "undecided": n(Intention.UNDECIDED),
        "word": n(Promise.WORD),
    }


def _opening(number: int, absence: Absence, person: Person) -> Button:
    label = Text("away.open_button", {"n": number, "name": person.name[:20]})
    return Button(label, f"a:away:{absence.id}")


def _line(number: int, absence: Absence, person: Person, following: Text) -> Text:
    return Text(
        "away.line",
        {
            "n": number,
            "name": person.name,
            "place": absence.place or Text("card.unknown"),
            "intention": Text(f"away.intention.{absence.intention}"),
            "promise": Text(f"away.promise.{absence.promise}"),
            "next": following,
        },
    )


def _next(absence: Absence, lead: Lead | None, now: datetime, zone: ZoneInfo) -> Text:
    """What happens next, and on which day."""
    if lead is not None:
        if lead.expected_at <= now:
            return Text("away.next.waiting")
        return Text("away.next.return", {"on": local_day(lead.expected_at, zone)})
    on = absence.next_on
    if on is None or on <= local_day(now, zone):
        return Text("away.next.now")
    return Text("away.next.contact", {"on": on})


def _day(day: Day) -> list[Text]:
    """Who came back, and the mark of the field: known within two hours of arrival."""
    lines = []
    if day.returned:
        back: dict[str, Value] = {
            "n": day.returned,
            "announced": day.returned - day.unannounced,
            "unannounced": day.unannounced,
        }
        lines.append(Text("away.returned", back))
    if day.known.total:
        figures: dict[str, Value] = {
            "known": day.known.known,
            "total": day.known.total,
            "hours": day.known.hours,
        }
        lines.append(Text("away.known", figures))
    return lines


def _names_rows(day: Day) -> Rows:
    """The names behind the day's figures."""
    rows = []
    if day.returned:
        label = Text("away.returned_names", {"n": day.returned})
        rows.append((Button(label, "a:awaynames:back"),))
    if late := len(day.known.late):
        rows.append((Button(Text("away.late_names", {"n": late}), "a:awaynames:late"),))
    return tuple(rows)


def returned(rows: Sequence[tuple[Absence, Person]]) -> Outbound:
    """Who is back, and whether anybody had said so."""
    if not rows:
        return Outbound((Text("away.returned_none"),))
    lines = [Text("away.returned_title")]
    lines += [
        Text(
            "away.returned_line",
            {
                "name": person.name,
                "place": absence.place or Text("card.unknown"),
                "how": Text(f"away.end.{absence.ended_how}"),
                "at": absence.ended_at,
            },
        )
        for absence, person in rows
    ]
    return Outbound(tuple(lines), protect=True)


def late(known: Arrivals, rows: Sequence[tuple[Lead, Person]]) -> Outbound:
    """Who came without our knowing it in time."""
    if not rows:
        return Outbound((Text("away.late_none"),))
    lines = [Text("away.late", {"n": len(known.late), "hours": known.hours})]
    lines += [
        Text(
            "away.late_line",
            {
                "name": person.name,
                "at": lead.expected_at,
                "known": lead.known_at,
                "source": Text(f"source.{lead.source}"),
            },
        )
        for lead, person in rows
    ]
    return Outbound(tuple(lines), protect=True)


def _about(absence: Absence, person: Person) -> dict[str, Value]:
    return {
        "name": person.name,
        "place": absence.place or Text("card.unknown"),
        "phone": mask_phone(person.phone) if person.phone else Text("card.no_phone"),
        "intention": Text(f"away.intention.{absence.intention}"),
        "promise": Text(f"away.promise.{absence.promise}"),
    }


def card(
    absence: Absence, person: Person, lead: Lead | None, last: AbsenceContact | None
) -> Outbound:
    """One record with everything that can be done about it."""
    lines = [Text("away.card", _about(absence, person))]
    if last is not None:
        lines.append(Text("away.card.last", {"contact": _contact(last)}))
    if lead is not None:
        lines.append(Text("away.card.lead", {"at": lead.expected_at}))
    elif absence.next_on is not None:
        lines.append(Text("away.card.next", {"on": absence.next_on}))
    more = tuple(
        Button(Text(f"away.deed.{name}"), f"a:away:{absence.id}:{name}")
        for name in ("past", "mine", "end")
    )
    return Outbound(tuple(lines), (*away_rows(absence.id), more), protect=True)


def _contact(contact: AbsenceContact) -> Text:
    if not contact.reached:
        return Text("away.contact.missed", {"at": contact.at})
    return Text(
        "away.contact.reached",
        {
            "at": contact.at,
            "way": Text(f"away.way.{contact.way}"),
            "intention": Text(f"away.intention.{contact.intention}"),
            "promise": Text(f"away.promise.{contact.promise}"),
        },
    )


def history(person: Person, contacts: Sequence[AbsenceContact]) -> Outbound:
    if not contacts:
        return Outbound((Text("away.past_none", {"name": person.name}),))
    lines = [Text("away.past", {"name": person.name}), *(_contact(one) for one in contacts)]
    return Outbound(tuple(lines), protect=True)


def _following(absence: Absence) -> Text:
    if absence.planned_at is not None:
        return Text("away.will_return", {"at": absence.planned_at})
    return Text("away.will_call", {"on": absence.next_on})


def entered(absence: Absence, person: Person) -> tuple[Text, ...]:
    return (Text("away.entered", _about(absence, person)), _following(absence))


def noted(absence: Absence, person: Person, way: Way) -> Outbound:
    """The contact as it was noted; another way or a promise is one more tap."""
    head = Text("away.noted", {**_about(absence, person), "way": Text(f"away.way.{way}")})
    promises = tuple(
        _change(absence, promise)
        for promise in (Promise.WRITTEN, Promise.WORD)
        if promise != absence.promise
    )
    ways = tuple(_change(absence, other) for other in Way if other != way)
    return Outbound((head, _following(absence)), (promises, ways), protect=True)


def _change(absence: Absence, to: Promise | Way) -> Button:
    return Button(Text(f"away.change.{to}"), f"a:away:{absence.id}:{to}")


def missed(absence: Absence, person: Person, times: int) -> Outbound:
    text = Text("away.missed", {"name": person.name, "n": times})
    return Outbound((text,), away_rows(absence.id), protect=True)


def endings(absence: Absence, person: Person) -> Outbound:
    """Which of these? The second tap ends it."""
    row = tuple(
        Button(Text(f"away.end.{how}"), f"a:away:{absence.id}:{how}")
        for how in (AwayEnd.MOVED, AwayEnd.MISTAKE)
    )
    return Outbound((Text("away.end.ask", {"name": verbatim(person.name)}),), (row,))


def ended(person: Person, how: AwayEnd) -> Outbound:
    return Outbound((Text("away.ended", {"name": person.name, "how": Text(f"away.end.{how}")}),))
