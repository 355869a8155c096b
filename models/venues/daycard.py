"""A venue's day in one message, everything answered on it. Shared by the features that lead back
to it; what a button asks for is checked when it is tapped."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.venues.day import VenueDay, venue_day
from models.venues.duties import Log
from models.venues.venue import Venue

PROBLEMS = 3  # with a button each


async def day_card(
    session: AsyncSession, venue: Venue, now: datetime, zone: ZoneInfo, *news: Text
) -> Outbound:
    """The card as it stands now; what has just been done is said first."""
    return write(await venue_day(session, venue, now, zone), *news)


def write(day: VenueDay, *news: Text) -> Outbound:
    lines = [*news, Text("venueday.title", {"venue": day.venue.name, "on": day.on})]
    if day.is_open:
        lines += [_rounds(day), _temperatures(day), _swabs(day)]
    else:
        lines.append(
            Text("venueday.closed", {"trading": Text(f"venue.trading.{day.venue.trading}")})
        )
    if day.at_home:
        names = [verbatim(one.name or "") for one in day.at_home]
        lines.append(Text("venueday.at_home", {"n": len(names), "names": names}))
    if day.problems:
        lines.append(Text("venueday.problems", {"n": len(day.problems)}))
    return Outbound(tuple(lines), _rows(day), protect=bool(day.at_home))


def back(venue_id: int) -> Button:
    """To the card, in place of the message that it stands on."""
    return Button(Text("venueday.back"), f"a:venueday:{venue_id}")


def _mark(*, done: bool) -> Text:
    return Text("venueday.done" if done else "venueday.to_do")


def _rounds(day: VenueDay) -> Text:
    made = day.of(Log.DISINFECT)
    told: dict[str, Value] = {
        "mark": _mark(done=not day.lacks(Log.DISINFECT)),
        "n": len(made),
        "times": day.owed.rounds,
    }
    if not made:
        return Text("venueday.rounds", told)
    return Text("venueday.rounds_at", {**told, "at": made[-1].at})


def _temperatures(day: VenueDay) -> Text:
    told: dict[str, Value] = {"mark": _mark(done=not day.lacks(Log.TEMPERATURES))}
    if not day.staff:
        return Text("venueday.nobody", told)
    made = day.of(Log.TEMPERATURES)
    times = day.owed.temperatures
    told |= {"n": min(len(made), times), "times": times}
    if not made:
        return Text("venueday.temps", {**told, "staff": len(day.present)})
    counts = made[-1].counts
    parts = [Text("venueday.well", {"n": counts.get("well", 0)})]
    parts += [
        Text(f"venueday.{name}", {"n": counts[name]}) for name in ("off", "fever") if counts[name]
    ]
    return Text("venueday.temps_at", {**told, "at": made[-1].at, "parts": parts})


def _swabs(day: VenueDay) -> Text:
    due, made = day.due(), day.sampled()
    told: dict[str, Value] = {"mark": _mark(done=not due)}
    if due:
        late = [one for one in due if (on := day.due_on(one)) and on < day.on]
        key = "venueday.swabs_late" if late else "venueday.swabs_due"
        return Text(key, {**told, "n": len(due), "late": len(late)})
    if made:
        return Text("venueday.swabs_made", {**told, "n": len(made)})
    ahead = sorted(on for one in day.staff if (on := day.due_on(one)))
    if not ahead:
        return Text("venueday.swabs_none", told)
    return Text("venueday.swabs_next", {**told, "on": ahead[0], "n": ahead.count(ahead[0])})


def _rows(day: VenueDay) -> Rows:
    number = day.venue.id
    staff = Button(Text("venueday.staff", {"n": len(day.staff)}), f"a:venuestaff:{number}")
    rows: Rows = (*_log_rows(day), (staff,))
    if day.is_open and day.staff:
        label = Text("venueday.calendar", {"n": len(day.due())})
        rows = (*_log_rows(day), (Button(label, f"a:swabs:{number}"), staff))
    shown = [
        (Button(Text("venueday.problem", {"item": one.text}), f"a:problem:{one.id}"),)
        for one in day.problems[:PROBLEMS]
    ]
    if len(day.problems) > PROBLEMS:
        shown.append((Button(Text("venue.own_problems"), "a:go:problems"),))
    return (*rows, *shown)


def _log_rows(day: VenueDay) -> Rows:
    if not day.is_open:
        return ()
    return (_temperature_row(day), *_disinfect_rows(day))


def _temperature_row(day: VenueDay) -> tuple[Button, ...]:
    number = day.venue.id
    if not day.staff:
        return (Button(Text("action.staffadd"), f"a:staffadd:{number}", style=Style.PRIMARY),)
    unwell = Button(Text("action.tempill"), f"a:tempill:{number}")
    if not day.lacks(Log.TEMPERATURES) or not day.present:
        return (unwell,)
    return (Button(Text("action.tempok"), f"a:tempok:{number}", style=Style.PRIMARY), unwell)


def _disinfect_rows(day: VenueDay) -> Rows:
    number, style = day.venue.id, Style.PRIMARY if day.lacks(Log.DISINFECT) else Style.PLAIN
    fresh = f"a:enter:{Log.DISINFECT}:v{number}"
    values = day.last.values() if day.last else {}
    if not {"agent", "minutes"} <= values.keys():
        return ((Button(Text("venueday.disinfect"), fresh, style=style),),)
    same = Text(
        "venueday.same",
        {
            "agent": Text(f"disinfect.agent.choice.{values['agent']}"),
            "minutes": values["minutes"],
        },
    )
    again = Button(same, f"a:asbefore:{Log.DISINFECT}:v{number}", style=style)
    return ((again,), (Button(Text("venueday.another"), fresh),))
