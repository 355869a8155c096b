"""A worker makes contact rings: picks doors, asks somebody to be the head, passes words on."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.rings import views
from handlers.rings.form import RingNotice
from handlers.rings.known import claimed, known, number
from handlers.turn import Turn
from models.access import access_unit, under
from models.accounts import account_of_person
from models.actors import Action
from models.buildings import buildings_of, settle_doors
from models.messages import Text, UserError
from models.people import Household, Person
from models.ringcards import notice
from models.rings import (
    Ring,
    RingHome,
    agree,
    end,
    gather,
    last_told,
    loose_by_building,
    loose_doors,
    neighbours,
    toggle,
    without_head,
)
from models.rules import rules_for
from models.units import Level, Unit
from models.wards import hearers

MOST_LOOSE = 160


# -- which rings there are ------------------------------------------------------------------------


async def listing(turn: Turn, page: int = 0) -> None:
    """Her rings, those that were not heard of for longest are for her to see at the line."""
    hers = under((await turn.actor()).paths(Action.KEEP), Ring.unit_id)
    open_ = (Ring.ended_at.is_(None), hers)
    doors = (
        select(func.count())
        .where(RingHome.ring_id == Ring.id, RingHome.left_at.is_(None))
        .correlate(Ring)
        .scalar_subquery()
    )
    found = await turn.session.execute(
        select(Ring, Unit, doors, Person.name)
        .join(Unit, Unit.id == Ring.unit_id)
        .outerjoin(Person, (Person.id == Ring.head_id) & Person.moved_out_at.is_(None))
        .where(*open_)
        .order_by(Unit.path, Ring.number)
        .offset(page * views.PAGE)
        .limit(views.PAGE + 1)
    )
    rows = [(row[0], row[1], int(row[2]), row[3]) for row in found]
    sums = await turn.session.execute(
        select(func.count(Ring.id.distinct()), func.count(RingHome.id))
        .outerjoin(RingHome, (RingHome.ring_id == Ring.id) & RingHome.left_at.is_(None))
        .where(*open_)
    )
    rings, homes = sums.one()
    told = await last_told(turn.session, [ring.id for ring, *_ in rows])
    turn.replace(views.listing(rows, told, page, int(rings), int(homes)))


# -- making one -----------------------------------------------------------------------------------


async def new(turn: Turn, page: int) -> None:
    """Which grid? Whoever has one is not asked."""
    hers = under((await turn.actor()).paths(Action.KEEP), Unit.id)
    found = await turn.session.scalars(
        select(Unit).where(Unit.level == Level.GRID, hers).order_by(Unit.path)
    )
    units = list(found)
    if len(units) == 1:
        await _buildings(turn, units[0], 0)
    else:
        turn.replace(views.grids(units, page))


async def _grid(turn: Turn, arguments: Sequence[str]) -> Unit:
    unit_id = number(arguments, 1, "u")
    unit = await access_unit(turn.session, await turn.actor(), unit_id, Action.KEEP)
    if unit.level != Level.GRID:
        raise UserError("unknown.button")
    return unit


async def grid(turn: Turn, arguments: Sequence[str]) -> None:
    """a:rings:grid:<grid>:<page>"""
    await _buildings(turn, await _grid(turn, arguments), number(arguments, 2))


async def _buildings(turn: Turn, unit: Unit, page: int) -> None:
    await settle_doors(turn.session, unit.id)
    blocks = await buildings_of(turn.session, unit.id)
    loose = await loose_by_building(turn.session, unit.id)
    turn.replace(views.buildings(unit, blocks, loose, page))


async def make(turn: Turn, arguments: Sequence[str]) -> None:
    """a:rings:make:<grid>:<building>: the next ten doors, to be changed with a tap each."""
    unit = await _grid(turn, arguments)
    building_id = number(arguments, 2, "b") or None
    if not await loose_doors(turn.session, unit.id, building_id, 1):
        raise UserError("ring.building_done")
    ring = await gather(turn.session, unit.id, building_id, turn.account.id, turn.now)
    turn.audit("ring.made", f"ring:{ring.id}", unit=unit.id)
    await _show_doors(turn, ring, 0)


async def doors(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:doors:<page>"""
    await _show_doors(turn, await claimed(turn, arguments, Action.KEEP), number(arguments, 2))


async def _show_doors(turn: Turn, ring: Ring, page: int) -> None:
    found = await known(turn, ring)
    blocks = dict.fromkeys(home.building_id for _, home in found.doors)
    loose: list[Household] = []
    for block in blocks or await loose_by_building(turn.session, ring.unit_id):
        loose += await loose_doors(turn.session, ring.unit_id, block, MOST_LOOSE)
    turn.replace(views.doors(found, loose, page))


async def door(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:door:<household>:<page>: in or out."""
    ring = await claimed(turn, arguments, Action.KEEP)
    home = await turn.session.get(Household, number(arguments, 2, "h"))
    if home is None or home.unit_id != ring.unit_id:
        raise UserError("access.denied")
    before = {home.id for _, home in (await known(turn, ring)).doors}
    await toggle(turn.session, ring, home, turn.now)
    if home.id not in before and ring.agreed_at is not None:
        await _tell_homes(turn, ring, {home.id})
    await _keep_head(turn, ring)
    await _show_doors(turn, ring, number(arguments, 3))


async def _keep_head(turn: Turn, ring: Ring) -> None:
    """A head whose own door is not in the ring any more is its head no more."""
    if ring.head_id is not None and (await known(turn, ring)).head is None:
        await without_head(turn.session, ring, turn.now)


# -- its head -------------------------------------------------------------------------------------


async def head(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:head:<page or person>"""
    ring = await claimed(turn, arguments, Action.KEEP)
    people = await neighbours(turn.session, ring)
    chosen = number(arguments, 2, "p")
    if not chosen:
        ids = frozenset(await _chatting(turn, people))
        turn.replace(views.heads(await known(turn, ring), people, ids, number(arguments, 2)))
        return
    person = next((one for one in people if one.id == chosen), None)
    if person is None:
        raise UserError("ring.not_there")
    await _ask(turn, ring, person)


async def _chatting(turn: Turn, people: Sequence[Person]) -> list[int]:
    """Those who have a chat of their own."""
    heard = await hearers(turn.session, [person.id for person in people])
    return [person.id for person in people if person.id in heard and person.guardian_id is None]


async def _ask(turn: Turn, ring: Ring, person: Person) -> None:
    """Somebody with a chat says herself whether she will; with others the worker has spoken."""
    if ring.head_id != person.id:
        await without_head(turn.session, ring, turn.now)
        ring.head_id = person.id
    account = await account_of_person(turn.session, person.id)
    turn.audit("ring.head", f"person:{person.id}", "by word" if account is None else "")
    news = Text("ring.head_named", {"name": person.name})
    if account is None:
        await begin(turn, ring)
        news = Text("ring.head_by_word", {"name": person.name})
    elif ring.agreed_at is None:
        message = views.invitation(await known(turn, ring), turn.account.name or "")
        key = f"ring:{ring.id}:asked:{turn.event.update_id}"
        turn.tell(account.id, message, key)
    turn.replace(views.card(await known(turn, ring), news))


async def begin(turn: Turn, ring: Ring) -> None:
    """Its head will do it: the ring works, and its households hear of it."""
    if ring.agreed_at is not None:
        return
    unit = await turn.session.get_one(Unit, ring.unit_id)
    rules = await rules_for(turn.session, unit)
    await agree(turn.session, ring, rules, turn.now, turn.zone)
    homes = {home.id for _, home in (await known(turn, ring)).doors}
    await _tell_homes(turn, ring, homes)


async def _tell_homes(turn: Turn, ring: Ring, homes: set[int]) -> None:
    """Whoever has a chat in these households hears what she is in."""
    people = [p for p in await neighbours(turn.session, ring) if p.household_id in homes]
    heard = await hearers(turn.session, [p.id for p in people if p.id != ring.head_id])
    message = views.joined(await known(turn, ring))
    own = await account_of_person(turn.session, ring.head_id or 0)
    for account_id in sorted(set(heard.values()) - ({own.id} if own else set())):
        key = f"ring:{ring.id}:joined:{turn.event.update_id}:a{account_id}"
        turn.tell(account_id, message, key)


async def ending(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ring:<ring>:end, and yes"""
    ring = await claimed(turn, arguments, Action.KEEP)
    found = await known(turn, ring)
    if arguments[2:3] != ["yes"]:
        turn.replace(views.sure(found))
        return
    await end(turn.session, ring, turn.now)
    turn.audit("ring.ended", f"ring:{ring.id}")
    await turn.done(Text("ring.ended", {"ring": found.name}))


# -- words to pass on -----------------------------------------------------------------------------


async def tell_one(turn: Turn, arguments: Sequence[str]) -> None:
    ring = await claimed(turn, arguments, Action.KEEP)
    await turn.begin(RingNotice, {"ring": ring.id})


async def tell_all(turn: Turn) -> None:
    await turn.begin(RingNotice)


async def submit(turn: Turn, filled: RingNotice, draft: Draft) -> Filed:
    """To the heads of one ring, or of all hers; those without a chat are named to her."""
    wanted = (
        Ring.id == draft.context["ring"] if "ring" in draft.context else Ring.ended_at.is_(None)
    )
    hers = under((await turn.actor()).paths(Action.KEEP), Ring.unit_id)
    found = await turn.session.execute(
        select(Ring, Unit)
        .join(Unit, Unit.id == Ring.unit_id)
        .where(wanted, hers, Ring.ended_at.is_(None), Ring.agreed_at.is_not(None))
        .order_by(Unit.path, Ring.number)
    )
    rows = [(row[0], row[1]) for row in found]
    if not rows:
        raise UserError("ring.nobody_to_tell")
    submission = await turn.file(filled, draft, person_id=None, unit_id=rows[0][1].id)
    silent = []
    for ring, unit in rows:
        account = await account_of_person(turn.session, ring.head_id or 0)
        if account is None:
            silent.append((await known(turn, ring)).name)
            continue
        key = f"ring:{ring.id}:notice:{submission.id}"
        turn.tell(account.id, notice(ring, unit, filled.words), key)
    turn.audit("ring.told", f"unit:{rows[0][1].id}", n=len(rows))
    lines = []
    if sent := len(rows) - len(silent):
        lines.append(Text("ring.notice_sent", {"n": sent}))
    if silent:
        lines.append(Text("ring.notice_silent", {"names": silent}))
    return Filed(submission, tuple(lines))
