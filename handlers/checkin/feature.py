"""Check-ins: one tap when well, a number typed any way, a household in one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from sqlalchemy import and_

from handlers.checkin.form import CheckIn, RollCall
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.engine.form import COLDEST, HOTTEST
from handlers.engine.parse import Unreadable, means_temperature, temperature_and_rest
from handlers.feature import Feature, Filed, FormSpec, MenuItem
from handlers.turn import Turn
from models.access import access_person, visible
from models.accounts import Role
from models.actors import Action
from models.alerts import withdraw_alerts
from models.cards import WELL_READINGS, Brief, briefs, card, rollcall
from models.episodes import running_episode
from models.messages import Button, Text, UserError, Value, verbatim
from models.obligations import REPORTED, Kind, Obligation
from models.observation import record_checkin, unplanned_checkin
from models.people import Person
from models.wards import check_answerable, duties_of, next_opening, observed, open_duties


async def checkin(turn: Turn, _argument: str) -> None:
    """What is open now: one card, or the household's roll-call."""
    await _show(turn, await _open(turn))


async def _open(turn: Turn) -> list[Brief]:
    items = await open_duties(turn.session, turn.account, turn.now, Kind.CHECKIN)
    return await briefs(turn.session, items) if items else []


async def _show(turn: Turn, items: Sequence[Brief]) -> None:
    if len(items) > 1:
        turn.send(rollcall(items, "ask"))
    elif items:
        turn.send(card(items[0], "ask", own=True))
    else:
        await _show_none(turn)


async def _show_none(turn: Turn) -> None:
    """Nothing is due; whoever is observed can report all the same when she falls ill."""
    people = [person for person, _ in await observed(turn.session, turn.account)]
    rows = tuple((Button(_unwell_label(p, people), f"a:ill:{p.id}"),) for p in people)
    at = await next_opening(turn.session, turn.account, turn.now, Kind.CHECKIN)
    if at is None:
        turn.reply("checkin.none_planned" if people else "checkin.none", rows)
    else:
        turn.reply("checkin.none_now", rows, at=at)


def _unwell_label(person: Person, people: Sequence[Person]) -> Text:
    if len(people) == 1:
        return Text("action.unwell")
    return Text("checkin.unwell_of", {"name": person.name})


async def ill(turn: Turn, arguments: Sequence[str]) -> None:
    """She falls ill between two check-ins: nobody has to wait for the next one."""
    claimed = arguments[0] if arguments else ""
    for person, _ in await observed(turn.session, turn.account):
        if claimed == str(person.id):
            await turn.begin(CheckIn, {"person": person.id})
            return
    raise UserError("access.denied")


async def _mine(turn: Turn, arguments: Sequence[str]) -> Obligation:
    """The check-in behind a button, open and not yet made."""
    item = await turn.obligation(arguments, Action.REPORT, Kind.CHECKIN)
    if item.outcome in REPORTED:
        raise UserError("checkin.done_already", at=item.outcome_at)
    check_answerable(item, turn.now)
    return item


async def _current(turn: Turn, arguments: Sequence[str]) -> Obligation:
    """The same, unless a newer one is open: today's temperature is not yesterday's."""
    item = await _mine(turn, arguments)
    newest = await open_duties(turn.session, turn.account, turn.now, Kind.CHECKIN)
    if any(o.person_id == item.person_id and o.due_at > item.due_at for o in newest):
        raise UserError("checkin.earlier", due=item.due_at)
    return item


async def well(turn: Turn, arguments: Sequence[str]) -> None:
    """One tap: a reading without symptoms."""
    item = await _current(turn, arguments)
    if len(arguments) < 2 or arguments[1] not in WELL_READINGS:
        raise UserError("unknown.button")
    filled = CheckIn(temperature=Decimal(arguments[1]), symptoms=set())
    await turn.submit_now(filled, {"obligation": item.id})


async def measure(turn: Turn, arguments: Sequence[str]) -> None:
    """Another temperature, or not well: the form asks."""
    item = await _current(turn, arguments)
    await turn.begin(CheckIn, {"obligation": item.id})


async def submit(turn: Turn, filled: CheckIn, draft: Draft) -> Filed:
    item = await _answered(turn, draft)
    await _before(turn, item, draft)
    person = await turn.session.get(Person, item.person_id)
    assert person is not None, "a check-in belongs to a person"
    submission = await turn.file(
        filled,
        replace(draft, context={**draft.context, "obligation": item.id}),
        person_id=person.id,
        unit_id=item.unit_id,
        obligation_id=item.id,
        on_behalf=turn.account.person_id != person.id,
    )
    calls = await _record(turn, item, filled.temperature, sorted(filled.symptoms))
    told: dict[str, Value] = {
        "name": person.name,
        "temperature": filled.temperature,
        "symptoms": _symptoms(filled),
    }
    lines = [Text("checkin.recorded", told)]
    if await turn.speaks_for(person):
        lines += await _what_follows(turn, calls)
    return Filed(submission, tuple(lines))


async def _answered(turn: Turn, draft: Draft) -> Obligation:
    """The check-in that the form answers; one that nobody planned is made for it."""
    number = draft.context.get("obligation")
    if number is not None:
        return await turn.obligation([str(number)], Action.REPORT, Kind.CHECKIN)
    claimed, actor = draft.context.get("person"), await turn.actor()
    person = await access_person(turn.session, actor, claimed, Action.REPORT)
    episode = await running_episode(turn.session, person.id)
    if episode is None:
        raise UserError("answer.over")
    return await unplanned_checkin(turn.session, episode, turn.now, turn.zone)


def _symptoms(filled: CheckIn) -> list[Text]:
    named = [Text(f"checkin.symptoms.choice.{s}") for s in sorted(filled.symptoms)]
    return named or [Text("card.none")]


async def _before(turn: Turn, item: Obligation, draft: Draft) -> None:
    """A correction takes back what the first answer set off."""
    if "corrects" in draft.context:
        await withdraw_alerts(turn.session, item, turn.account.id, turn.now)
    elif item.outcome in REPORTED:
        raise UserError("checkin.done_already", at=item.outcome_at)


async def _record(
    turn: Turn, item: Obligation, temperature: Decimal | None, symptoms: Sequence[str]
) -> bool:
    return await record_checkin(
        turn.session, item, temperature, symptoms, turn.account.id, turn.now, turn.zone
    )


async def _what_follows(turn: Turn, calls: bool) -> list[Text]:
    if calls:
        return [Text("checkin.team_called")]
    at = await next_opening(turn.session, turn.account, turn.now, Kind.CHECKIN)
    return [Text("checkin.next", {"at": at})] if at else []


async def all_well(turn: Turn, arguments: Sequence[str]) -> None:
    """One tap for the household: everybody below the threshold, nobody with symptoms."""
    if items := await _asked(turn, arguments):
        await turn.submit_now(RollCall(ill=[]), {"obligations": items})


async def roll_call(turn: Turn, arguments: Sequence[str]) -> None:
    if items := await _asked(turn, arguments):
        await turn.begin(RollCall, {"obligations": items})


async def _asked(turn: Turn, arguments: Sequence[str]) -> list[int]:
    """What is open of that which the tapped card asked for, `arguments` naming its newest.
    What has become due since has a card of its own, and today is not yesterday."""
    items = [item.obligation for item in await _open(turn)]
    if not items:
        await _show(turn, [])
        return []
    if not arguments:
        return [item.id for item in items]
    newest = await turn.obligation(arguments, Action.REPORT, Kind.CHECKIN)
    later = {item.person_id for item in items if item.due_at > newest.due_at}
    asked = [
        item.id for item in items if item.due_at <= newest.due_at and item.person_id not in later
    ]
    if not asked:
        raise UserError("checkin.earlier", due=newest.due_at)
    return asked


async def _called(turn: Turn, draft: Draft) -> list[Brief]:
    """Whose check-ins a roll-call answers: of those it began with the ones still open, or those
    that it corrects."""
    numbers: list[int] = draft.context.get("obligations", [])
    if "corrects" in draft.context:
        items = [
            await turn.obligation([str(number)], Action.REPORT, Kind.CHECKIN) for number in numbers
        ]
        return await briefs(turn.session, items)
    if (home := draft.context.get("home")) is not None:
        return await _at_home(turn, home)
    return [item for item in await _open(turn) if not numbers or item.obligation.id in numbers]


async def _members(turn: Turn, draft: Draft, _query: str) -> Sequence[Option]:
    return [
        Option(str(item.obligation.id), verbatim(item.person.name))
        for item in await _called(turn, draft)
        if item.person
    ]


async def submit_rollcall(turn: Turn, filled: RollCall, draft: Draft) -> Filed:
    """Each member's open check-in, with her own answer or as well."""
    ill = {entry.item: entry for entry in filled.ill}
    items = await _called(turn, draft)
    if not items:
        raise UserError("answer.over")
    numbers = [item.obligation.id for item in items]
    kept = replace(draft, context={**draft.context, "obligations": numbers})
    submission = await turn.file(filled, kept, person_id=None, unit_id=None, on_behalf=True)
    calls = False
    for item in items:
        entry = ill.get(str(item.obligation.id))
        await _before(turn, item.obligation, draft)
        calls |= await _record(
            turn,
            item.obligation,
            entry.temperature if entry else None,
            sorted(entry.symptoms) if entry else [],
        )
        if item.person is not None:
            title = Text("checkin.title")
            await turn.on_behalf(item.person.id, title, f"{submission.receipt}:{item.person.id}")
    names = [verbatim(item.person.name) for item in items if item.person]
    lines = [Text("rollcall.recorded", {"n": len(names), "ill": len(ill), "names": names})]
    lines += await _what_follows(turn, calls)
    return Filed(submission, tuple(lines))


async def behalf(turn: Turn, arguments: Sequence[str]) -> None:
    """A worker answers for somebody without a phone; recorded as such."""
    item = await _mine(turn, arguments)
    await turn.begin(CheckIn, {"obligation": item.id})


async def for_person(turn: Turn, person: Person) -> None:
    """Her check-in that is open; one that nobody planned when none is."""
    items = await duties_of(turn.session, Person.id == person.id, turn.now, Kind.CHECKIN)
    if items:
        await turn.begin(CheckIn, {"obligation": items[-1].id})
    elif await running_episode(turn.session, person.id) is not None:
        await turn.begin(CheckIn, {"person": person.id})
    else:
        turn.reply("behalf.not_observed", name=person.name)


async def for_home(turn: Turn, person: Person) -> None:
    """Everybody behind her door in one roll-call."""
    if person.household_id is None or not await _at_home(turn, person.household_id):
        turn.reply("behalf.nobody_home")
        return
    await turn.begin(RollCall, {"home": person.household_id})


async def _at_home(turn: Turn, household_id: int) -> list[Brief]:
    """Whose check-ins are open behind a door, as far as she may report for them."""
    whose = and_(Person.household_id == household_id, visible(await turn.actor(), Action.REPORT))
    items = await duties_of(turn.session, whose, turn.now, Kind.CHECKIN)
    return await briefs(turn.session, items) if items else []


async def typed(turn: Turn) -> bool:
    """A bare temperature of somebody observed: that is her check-in, planned or not. One that
    nobody has is taken for a slip only where a check-in waits for it."""
    if turn.event.kind != "text" or not any(c.isnumeric() for c in turn.event.text):
        return False
    try:
        temperature, _rest = temperature_and_rest(turn.event.text)
    except (Unreadable, InvalidOperation):
        return False
    slip = not 30 <= temperature <= 45
    if slip and not means_temperature(turn.event.text):
        return False
    items = await _open(turn)
    if slip and not items:
        return False
    people = await observed(turn.session, turn.account)
    if len(items) == 1:
        await turn.begin_with(CheckIn, {"obligation": items[0].obligation.id})
    elif not items and len(people) == 1:
        await turn.begin_with(CheckIn, {"person": people[0][0].id})
    elif items or people:
        if slip:
            turn.reply("engine.error.temperature_range", low=COLDEST, high=HOTTEST)
        await _show(turn, items)
    return bool(items or people)


FEATURE = Feature(
    commands={"checkin": checkin},
    actions={
        "well": well,
        "measure": measure,
        "unwell": measure,
        "ill": ill,
        "behalf": behalf,
        "allwell": all_well,
        "rollcall": roll_call,
    },
    forms=(
        FormSpec(CheckIn, submit),
        FormSpec(RollCall, submit_rollcall, {"members": _members}),
    ),
    menu=(MenuItem("checkin", (Role.RESIDENT,)),),
    free=(typed,),
    on_behalf={"checkin": for_person, "home": for_home},
)
