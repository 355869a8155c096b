"""Inspection: find the venue, walk through its list, and everybody hears what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.claims import claimed_number
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.engine.parse import clean
from handlers.feature import Feature, Filed, FormSpec, MenuItem
from handlers.inspection import views
from handlers.inspection.form import Inspect, Suggest
from handlers.turn import Turn
from models.accounts import TEAM, Role, leaders_of
from models.actors import Action
from models.messages import UserError
from models.outbox import Priority
from models.rules import rules_for
from models.units import Unit
from models.venues.access import access_inspection, access_venue, access_walk
from models.venues.checklists import checklist, items_named
from models.venues.finding import Finding
from models.venues.inspection import Visit
from models.venues.inspections import Walk, record_inspection
from models.venues.problems import manager_of, open_problems
from models.venues.register import by_door, longest_unseen, named, near
from models.venues.suggestion import Advice, To, suggest
from models.venues.supervision import begin_outing
from models.venues.suspension import Standing
from models.venues.suspensions import live_of
from models.venues.venue import DOOR, Venue


async def inspect(turn: Turn, argument: str) -> None:
    """Where nobody has been for longest; the venues of a name; the one whose door was scanned."""
    actor = await turn.actor()
    if not actor.may(Action.INSPECT):
        raise UserError("access.staff_only")
    if argument.startswith(DOOR):
        venue = await by_door(turn.session, actor, argument.removeprefix(DOOR))
        if venue is None:
            raise UserError("inspect.door_unknown")
        await begin(turn, [str(venue.id)])
        return
    if wanted := clean(argument):
        turn.send(views.found(await named(turn.session, actor, wanted), wanted))
        return
    turn.send(views.due(await longest_unseen(turn.session, actor)))


async def here(turn: Turn) -> bool:
    """Her place on the map: the nearest venues."""
    actor, latitude, longitude = await turn.actor(), turn.event.latitude, turn.event.longitude
    if turn.event.kind != "location" or not actor.may(Action.INSPECT):
        return False
    if latitude is None or longitude is None or not (-90 <= latitude <= 90):
        return False  # no place on earth
    turn.send(views.near(await near(turn.session, actor, latitude, longitude)))
    return True


async def begin(turn: Turn, arguments: Sequence[str]) -> None:
    """The list as it stands now is the one that she walks through."""
    visit = Visit.SUPERVISION if arguments[1:] == ["supervision"] else Visit.DAILY
    venue = await _venue(turn, arguments[0] if arguments else "")
    items = await checklist(turn.session, venue.kind)
    waiting = await open_problems(turn.session, [venue.id])
    standing = await live_of(turn.session, venue.id, Standing.ISSUED)
    if standing is not None:
        turn.send(views.shut(standing))
    if waiting:
        turn.send(views.waiting(venue, waiting))
    context = {"venue": venue.id, "visit": visit, "items": [item.code for item in items]}
    await turn.begin(Inspect, context)


async def _venue(turn: Turn, claimed: str) -> Venue:
    number = claimed_number(claimed)
    venue = await access_venue(turn.session, await turn.actor(), number)
    if not venue.is_there():
        raise UserError("venue.gone_for_good", name=venue.name)
    return venue


async def _items(turn: Turn, draft: Draft, _query: str) -> Sequence[Option]:
    venue = await _venue(turn, str(draft.context.get("venue", "")))
    items = await items_named(turn.session, venue.kind, draft.context["items"])
    return [Option(item.code, item.label) for item in items]


async def submit(turn: Turn, filled: Inspect, draft: Draft) -> Filed:
    venue = await _venue(turn, str(draft.context["venue"]))
    unit = await turn.session.get_one(Unit, venue.unit_id)
    rules = await rules_for(turn.session, unit)
    items = {
        item.code: item
        for item in await items_named(turn.session, venue.kind, draft.context["items"])
    }
    submission = await turn.file(filled, draft, person_id=None, unit_id=unit.id)
    visit = Visit(draft.context["visit"])
    walk = Walk(venue, turn.account.id, submission.id, visit, tuple(items.values()), turn.now)
    findings = [Finding(items[one.item], one.word, one.photo, one.fixed) for one in filled.failed]
    row, problems = await record_inspection(turn.session, walk, findings, rules)
    if visit == Visit.SUPERVISION:
        row.outing_id = await _outing(turn, unit)
    turn.audit("venue.inspected", f"venue:{venue.id}", visit=visit, failed=row.failed)
    lines = views.done(venue, row, problems)
    drafted = await live_of(turn.session, venue.id, Standing.DRAFTED)
    if drafted is not None and {one.id for one in problems} & set(drafted.problems()):
        lines = (*lines, views.drafted(drafted))
    manager = await manager_of(turn.session, venue)
    if manager is not None and manager != turn.account.id:
        turn.tell(
            manager, views.to_sign(venue, row, problems), f"inspected:{row.id}", Priority.NOTICE
        )
        lines = (*lines, views.told(venue))
    elif manager is None:
        lines = (*lines, views.nobody(venue))
    may = problems and (await turn.actor()).may(Action.ISSUE, unit.path)
    papers = views.papers(row) if may else ()
    return Filed(submission, lines, (*papers, *views.advise(row)))


async def _outing(turn: Turn, unit: Unit) -> int:
    """The walk belongs to a day of her team's, or to one of her own where she works."""
    grant = (await turn.actor()).top(Role.INSPECTOR, *TEAM)
    own = grant.unit_id if grant is not None else unit.id
    outing = await begin_outing(turn.session, turn.account.id, own, turn.today, turn.now)
    return outing.id


# -- suggestions -----------------------------------------------------------------------------------


async def begin_suggestion(turn: Turn, arguments: Sequence[str]) -> None:
    number = claimed_number(arguments[0] if arguments else "")
    row = await access_walk(turn.session, await turn.actor(), number)
    await turn.begin(Suggest, {"inspection": row.id})


async def submit_suggestion(turn: Turn, filled: Suggest, draft: Draft) -> Filed:
    number = int(draft.context["inspection"])
    row = await access_walk(turn.session, await turn.actor(), number)
    venue = await turn.session.get_one(Venue, row.venue_id)
    by, advice = turn.account.id, Advice(filled.whom, filled.word)
    made = await suggest(turn.session, row, advice, by, turn.now)
    submission = await turn.file(filled, draft, person_id=None, unit_id=row.unit_id)
    turn.audit("suggestion.made", f"suggestion:{made.id}", to=filled.whom)
    hearers = (
        [await manager_of(turn.session, venue)]
        if filled.whom == To.VENUE
        else await leaders_of(turn.session, row.unit_id, turn.now)
    )
    heard = [one for one in hearers if one is not None and one != by]
    for account in heard:
        key = f"suggestion:{made.id}:a{account}"
        turn.tell(account, views.suggested(venue, made), key, Priority.NOTICE)
    return Filed(submission, (views.suggestion_kept(venue, told=bool(heard)),), views.advise(row))


async def sign(turn: Turn, arguments: Sequence[str]) -> None:
    """The manager has read what was found; a second tap keeps the first hour."""
    number = claimed_number(arguments[0] if arguments else "")
    row = await access_inspection(turn.session, await turn.actor(), number, turn.now)
    if row.signed_at is None:
        row.signed_at, row.signed_by = turn.now, turn.account.id
        turn.audit("inspection.signed", f"inspection:{row.id}")
    venue = await turn.session.get_one(Venue, row.venue_id)
    turn.replace(views.signed(venue, row))


FEATURE = Feature(
    commands={"inspect": inspect},
    actions={"inspect": begin, "sign": sign, "suggest": begin_suggestion},
    forms=(
        FormSpec(Inspect, submit, {"venueitems": _items}, final=True),
        FormSpec(Suggest, submit_suggestion, final=True),
    ),
    menu=(MenuItem("inspect", (*TEAM, Role.INSPECTOR)),),
    free=(here,),
)
