"""The register of venues and the checklists: add a venue, say who answers for it, see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.claims import claimed_number
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.engine.parse import clean
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.places import units_at
from handlers.turn import Turn
from handlers.venues import views
from handlers.venues.form import AddVenue, NewManager, OwnItem
from models.accounts import SUPERVISORS, TEAM, Role
from models.actors import Action
from models.messages import Outbound, Text, UserError
from models.rules import rules_for
from models.units import Level, Unit, unit_by_code
from models.venues.access import access_venue
from models.venues.checklists import add_item, checklist, shipped, switch_off, switch_on
from models.venues.colours import Shown, colours_of
from models.venues.kinds import Trading, VenueKind
from models.venues.managing import Told, add_venue, appoint_manager, own_assignment, set_trading
from models.venues.problems import open_problems
from models.venues.register import longest_unseen, managed_by, named
from models.venues.situation import lines, situation_of
from models.venues.venue import Venue

OUTSIDE = (Role.INSPECTOR, *SUPERVISORS)
SETTABLE = (Trading.OPEN, Trading.RESTING, Trading.GONE)


async def venues(turn: Turn, argument: str) -> None:
    """A manager: her own. Staff: by name, else where nobody has been for longest."""
    actor = await turn.actor()
    if not actor.may(Action.INSPECT):
        mine = await managed_by(turn.session, actor, turn.now)
        if Role.VENUE not in actor.roles:
            raise UserError("access.staff_only")
        if not mine:
            turn.reply("venue.none_yours")
        for venue in mine:
            waiting = await open_problems(turn.session, [venue.id])
            stands = await situation_of(turn.session, venue, waiting, turn.now, turn.zone, own=True)
            items = await checklist(turn.session, venue.kind)
            turn.send(views.own(venue, items, waiting, lines(stands)))
        return
    found = (
        await named(turn.session, actor, wanted)
        if (wanted := clean(argument))
        else await longest_unseen(turn.session, actor)
    )
    turn.send(views.listed(found, await _marks(turn, found)))


async def _marks(turn: Turn, found: Sequence[Venue]) -> Mapping[int, Text]:
    """The colours of venues in a list, and which of them are closed by order."""
    shown: Mapping[int, Shown] = {}
    if found:
        unit = await turn.session.get_one(Unit, found[0].unit_id)
        rules = await rules_for(turn.session, unit)
        numbers = [venue.id for venue in found]
        shown = await colours_of(turn.session, numbers, turn.now, rules, turn.zone)
    marks = {number: Text(f"colour.mark.{one.colour}") for number, one in shown.items()}
    shut = {v.id: Text("colour.mark.shut") for v in found if v.trading == Trading.SUSPENDED}
    return marks | shut


async def _card(turn: Turn, venue: Venue) -> Outbound:
    waiting = await open_problems(turn.session, [venue.id])
    stands = await situation_of(turn.session, venue, waiting, turn.now, turn.zone)
    return await views.card(turn.session, venue, waiting, stands, SETTABLE)


async def _venue(turn: Turn, arguments: Sequence[str]) -> Venue:
    claimed = arguments[0] if arguments else ""
    number = claimed_number(claimed)
    return await access_venue(turn.session, await turn.actor(), number)


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    turn.send(await _card(turn, await _venue(turn, arguments)))


async def door(turn: Turn, arguments: Sequence[str]) -> None:
    """The code on its door, for whoever inspects there and for its manager."""
    actor = await turn.actor()
    claimed = arguments[0] if arguments else ""
    mine = await managed_by(turn.session, actor, turn.now)
    own = next((venue for venue in mine if str(venue.id) == claimed), None)
    turn.send(views.door(own or await _venue(turn, arguments)))


async def trading(turn: Turn, arguments: Sequence[str]) -> None:
    """Open, resting or gone for good. To suspend is an officer's order, not a button."""
    venue = await _venue(turn, arguments)
    wanted = arguments[1] if len(arguments) > 1 else ""
    if wanted not in set(SETTABLE):
        raise UserError("unknown.button")
    await set_trading(turn.session, venue, Trading(wanted), turn.account.id, turn.now)
    turn.audit("venue.trading", f"venue:{venue.id}", wanted)
    turn.replace(await _card(turn, venue))


# -- adding, and who answers for it ----------------------------------------------------------------


async def begin_add(turn: Turn, _arguments: Sequence[str]) -> None:
    if not (await turn.actor()).may(Action.INSPECT):
        raise UserError("access.staff_only")
    await turn.begin(AddVenue)


async def _units(turn: Turn, draft: Draft, address: str) -> Sequence[Option]:
    """Where the address lies, as far as she inspects there; else the units that are hers."""
    actor = await turn.actor()
    found = [
        option
        for option in await units_at(turn, draft, address)
        if (unit := await unit_by_code(turn.session, option.value))
        and actor.may(Action.INSPECT, unit.path)
    ]
    if found:
        return found
    grant = actor.top(Role.INSPECTOR, *TEAM)
    assert grant is not None, "the form began with one who inspects"
    own = await turn.session.get_one(Unit, grant.unit_id)
    return [Option(own.code, views.unit_name(own), exact=True)]


async def submit_venue(turn: Turn, filled: AddVenue, draft: Draft) -> Filed:
    unit = await unit_by_code(turn.session, filled.unit)
    if unit is None or not (await turn.actor()).may(Action.INSPECT, unit.path):
        raise UserError("selfreport.unit_gone")
    place = filled.place
    told = Told(
        filled.kind,
        filled.name,
        filled.address,
        unit.id,
        place.latitude if place else None,
        place.longitude if place else None,
    )
    venue = await add_venue(turn.session, told, turn.account.id, turn.now)
    submission = await turn.file(filled, draft, person_id=None, unit_id=unit.id)
    turn.audit("venue.added", f"venue:{venue.id}", kind=venue.kind)
    lines: tuple[Text, ...] = (Text("venue.added", {"name": venue.name, "unit": unit.name}),)
    if filled.manager:
        lines = (*lines, *await _appointed(turn, venue, filled.manager, filled.phone))
    return Filed(submission, lines, views.begins(venue))


async def _appointed(turn: Turn, venue: Venue, name: str, phone: str) -> Sequence[Text]:
    code = await appoint_manager(turn.session, venue, name, phone, turn.now)
    turn.audit("venue.manager", f"venue:{venue.id}")
    if not code:
        return (Text("venue.manager_known", {"name": name}),)
    return (Text("venue.manager_code", {"name": name}), Text("start.command", {"code": code}))


async def begin_manager(turn: Turn, arguments: Sequence[str]) -> None:
    venue = await _venue(turn, arguments)
    await turn.begin(NewManager, {"venue": venue.id})


async def submit_manager(turn: Turn, filled: NewManager, draft: Draft) -> Filed:
    venue = await _venue(turn, [str(draft.context["venue"])])
    submission = await turn.file(filled, draft, person_id=None, unit_id=venue.unit_id)
    lines = await _appointed(turn, venue, filled.manager, filled.phone)
    return Filed(submission, tuple(lines))


async def officer(turn: Turn, arguments: Sequence[str]) -> None:
    """She answers for the venue outside, as an officer of its trade."""
    venue = await _venue(turn, arguments)
    held_id = await own_assignment(turn.session, turn.account.id, turn.now, *OUTSIDE)
    if held_id is None:
        raise UserError("venue.officers_only")
    venue.officer_id = held_id
    turn.audit("venue.officer", f"venue:{venue.id}")
    turn.replace(await _card(turn, venue))


# -- checklists ------------------------------------------------------------------------------------


async def checklists(turn: Turn, _argument: str) -> None:
    """Whoever inspects reads them; the district changes them."""
    if not (await turn.actor()).may(Action.INSPECT):
        raise UserError("access.staff_only")
    turn.send(views.kinds())


async def show_list(turn: Turn, arguments: Sequence[str]) -> None:
    if not (await turn.actor()).may(Action.INSPECT):
        raise UserError("access.staff_only")
    turn.send(await _list(turn, _kind(arguments)))


async def _list(turn: Turn, kind: VenueKind) -> Outbound:
    standing = await checklist(turn.session, kind)
    now_off = {item.code for item in shipped(kind)} - {item.code for item in standing}
    off = [item for item in shipped(kind) if item.code in now_off]
    return views.items(kind, standing, off, changes=await _changes(turn))


async def _changes(turn: Turn) -> bool:
    """Does she speak for the whole district?"""
    grant = (await turn.actor()).top(Role.DISTRICT)
    return grant is not None and grant.level == Level.DISTRICT


def _kind(arguments: Sequence[str]) -> VenueKind:
    claimed = arguments[0] if arguments else ""
    if claimed not in set(VenueKind):
        raise UserError("unknown.button")
    return VenueKind(claimed)


async def switch(turn: Turn, arguments: Sequence[str]) -> None:
    """An item off the list, or on it again."""
    if not await _changes(turn):
        raise UserError("checklist.district_only")
    kind = _kind(arguments)
    code = arguments[1] if len(arguments) > 1 else ""
    if code in {item.code for item in await checklist(turn.session, kind)}:
        await switch_off(turn.session, kind, code, turn.account.id, turn.now)
        turn.audit("checklist.off", f"checklist:{kind}", code)
    elif code in {item.code for item in shipped(kind)}:
        await switch_on(turn.session, kind, code, turn.now)
        turn.audit("checklist.on", f"checklist:{kind}", code)
    else:
        raise UserError("checklist.not_on_it")
    turn.replace(await _list(turn, kind))


async def begin_item(turn: Turn, arguments: Sequence[str]) -> None:
    if not await _changes(turn):
        raise UserError("checklist.district_only")
    await turn.begin(OwnItem, {"kind": _kind(arguments)})


async def submit_item(turn: Turn, filled: OwnItem, draft: Draft) -> Filed:
    if not await _changes(turn):
        raise UserError("checklist.district_only")
    kind = VenueKind(draft.context["kind"])
    await add_item(turn.session, kind, filled.text, turn.account.id, turn.now, star=filled.star)
    submission = await turn.file(filled, draft, person_id=None, unit_id=None)
    turn.audit("checklist.added", f"checklist:{kind}")
    told = Text("checklist.added", {"kind": Text(f"venue.kind.choice.{kind}"), "item": filled.text})
    return Filed(submission, (told,), views.back_to(kind))


FEATURE = Feature(
    commands={"venues": venues, "checklist": checklists},
    actions={
        "venue": show,
        "venuedoor": door,
        "addvenue": begin_add,
        "trading": trading,
        "venuehead": begin_manager,
        "venueofficer": officer,
        "checklist": show_list,
        "itemswitch": switch,
        "itemadd": begin_item,
    },
    forms=(
        FormSpec(AddVenue, submit_venue, {"venueunits": _units}, final=True),
        FormSpec(NewManager, submit_manager, final=True),
        FormSpec(OwnItem, submit_item, final=True),
    ),
    menu=(
        MenuItem("venues", (*TEAM, Role.INSPECTOR, Role.VENUE), drawer=Drawer.VENUES),
        MenuItem("checklist", (Role.DISTRICT, Role.INSPECTOR), drawer=Drawer.VENUES),
    ),
)
