"""Points: what one has and can get; staff award, confirm a code once, take an entry back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.claims import claimed_number
from handlers.engine.draft import Draft
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.points import views
from handlers.points.form import PointAward, ShopGood
from handlers.residents import residents
from handlers.turn import Turn
from models.access import access_person
from models.accounts import TEAM, Account, Role, account_of_person
from models.actors import Action
from models.messages import Text, UserError, Value
from models.outbox import Priority
from models.people import Person
from models.points import (
    Holder,
    PointEntry,
    Reason,
    Redemption,
    ShopItem,
    ask_for,
    award,
    balance,
    history,
    holder_of,
    redemption_by,
    reverse,
    spend,
)
from models.registers import Submission
from models.units import Unit, ancestor_ids

SHOWN = 8
CODE_LENGTH = 8
STAFF = TEAM[:2]


async def points(turn: Turn, _argument: str) -> None:
    """Staff: award, add to the shop, the last entries. A resident: balance, history, the shop."""
    actor = await turn.actor()
    if actor.top(*STAFF) is not None:
        turn.send(views.desk(await _goods_of(turn, await _own_unit(turn))))
        return
    holder = holder_of(turn.account)
    goods = await _goods_of(turn, await _own_unit(turn))
    entries = await history(turn.session, holder, SHOWN)
    turn.send(views.book(await balance(turn.session, holder), entries, goods))


async def _own_unit(turn: Turn) -> Unit | None:
    """The unit that she speaks for, else where she lives."""
    grant = (await turn.actor()).top(*STAFF)
    unit_id = grant.unit_id if grant else turn.account.gate_unit_id
    if grant is None and turn.account.person_id is not None:
        person = await turn.session.get(Person, turn.account.person_id)
        unit_id = person.unit_id if person else unit_id
    return await turn.session.get(Unit, unit_id) if unit_id else None


async def _goods_of(turn: Turn, unit: Unit | None) -> Sequence[ShopItem]:
    """What the shops of a unit and of those above it have."""
    if unit is None:
        return []
    found = await turn.session.scalars(
        select(ShopItem)
        .where(ShopItem.unit_id.in_(ancestor_ids(unit.path)), ShopItem.closed_at.is_(None))
        .order_by(ShopItem.price, ShopItem.id)
        .limit(SHOWN)
    )
    return list(found)


def _number(arguments: Sequence[str]) -> int:
    text = arguments[0] if arguments else ""
    return claimed_number(text)


# -- a resident -----------------------------------------------------------------------------------


async def want(turn: Turn, arguments: Sequence[str]) -> None:
    """She asks for an item of her own shop: a code to show there."""
    goods = await _goods_of(turn, await _own_unit(turn))
    item = next((one for one in goods if one.id == _number(arguments)), None)
    if item is None:
        raise UserError("points.no_item")
    code = await ask_for(turn.session, item, turn.account, turn.now)
    turn.reply("points.code", protect=True, item=item.name, price=item.price, code=code)


# -- staff ----------------------------------------------------------------------------------------


async def typed_code(turn: Turn) -> bool:
    """Staff type the code that a resident shows: what it is for, and a button that spends it."""
    text = turn.event.text.strip()
    if turn.event.kind != "text" or not text.isdecimal() or len(text) != CODE_LENGTH:
        return False
    if (await turn.actor()).top(*STAFF) is None:
        return False
    asked = await redemption_by(turn.session, text)
    if asked is None:
        raise UserError("points.code_unknown")
    await _may_serve(turn, asked.unit_id)
    item = await turn.session.get_one(ShopItem, asked.item_id)
    turn.send(views.offer(asked, item, await _holder_name(turn, asked)))
    return True


async def _holder_name(turn: Turn, asked: Redemption) -> str:
    person = await turn.session.get(Person, asked.person_id) if asked.person_id else None
    account = await turn.session.get(Account, asked.account_id)
    return person.name if person else (account.name if account else None) or ""


async def _may_serve(turn: Turn, unit_id: int) -> Unit:
    """The shop's unit, if she works there: below it as well, since a village has one shop."""
    unit = await turn.session.get_one(Unit, unit_id)
    actor = await turn.actor()
    grants = [grant.path for grant in actor.grants if grant.role in STAFF]
    if not any(unit.path.startswith(path) or path.startswith(unit.path) for path in grants):
        raise UserError("access.denied")
    return unit


async def confirm(turn: Turn, arguments: Sequence[str]) -> None:
    """The item goes over the counter, the points go with it: once."""
    asked = await turn.session.get(Redemption, _number(arguments))
    if asked is None or (await turn.actor()).top(*STAFF) is None:
        raise UserError("access.denied")
    await _may_serve(turn, asked.unit_id)
    if asked.account_id == turn.account.id:
        raise UserError("points.not_oneself")
    left = await spend(turn.session, asked, turn.account.id, turn.now)
    item = await turn.session.get_one(ShopItem, asked.item_id)
    turn.audit("points.spent", f"redemption:{asked.id}", n=asked.price)
    turn.replace(views.spent(item, left, asked.entry_id or 0))
    turn.tell(
        asked.account_id, views.spent_notice(item, left), f"redeemed:{asked.id}", Priority.NOTICE
    )


async def take_back(turn: Turn, arguments: Sequence[str]) -> None:
    """An entry is taken back by another; the first tap asks."""
    entry = await turn.session.get(PointEntry, _number(arguments))
    if entry is None or (await turn.actor()).top(*STAFF) is None:
        raise UserError("access.denied")
    await _may_serve(turn, entry.unit_id)
    if arguments[1:] != ["yes"]:
        turn.send(views.ask_reverse(entry))
        return
    await reverse(turn.session, entry, turn.account.id, turn.now)
    turn.audit("points.reversed", f"points:{entry.id}", n=entry.n)
    left = await balance(turn.session, Holder(entry.person_id, entry.account_id))
    turn.replace(views.reversed_(entry, left))


async def begin_award(turn: Turn, _arguments: Sequence[str]) -> None:
    if (await turn.actor()).top(*STAFF) is None:
        raise UserError("access.staff_only")
    await turn.begin(PointAward)


async def begin_good(turn: Turn, _arguments: Sequence[str]) -> None:
    if (await turn.actor()).top(Role.COMMUNITY) is None:
        raise UserError("points.village_only")
    await turn.begin(ShopGood)


async def close_good(turn: Turn, arguments: Sequence[str]) -> None:
    """No longer given."""
    item = await turn.session.get(ShopItem, _number(arguments))
    grant = (await turn.actor()).top(Role.COMMUNITY)
    if item is None or grant is None or item.unit_id != grant.unit_id:
        raise UserError("access.denied")
    item.closed_at = item.closed_at or turn.now
    turn.audit("shop.closed", f"item:{item.id}")
    turn.reply("points.good_closed", item=item.name)


async def submit_award(turn: Turn, filled: PointAward, draft: Draft) -> Filed:
    actor = await turn.actor()
    if actor.top(*STAFF) is None:
        raise UserError("access.staff_only")
    claimed = int(filled.person[:15]) if filled.person.isdecimal() else 0
    person = await access_person(turn.session, actor, claimed, Action.VERIFY)
    if person.id == turn.account.person_id:
        raise UserError("points.not_oneself")
    await _take_back_corrected(turn, draft.context.get("corrects"))
    submission = await turn.file(filled, draft, person_id=person.id, unit_id=person.unit_id)
    holder, reason = Holder(person.id), Reason(filled.reason.value)
    key, by = f"award:s{submission.id}", turn.account.id
    await award(turn.session, key, holder, filled.n, reason, person.unit_id, by, turn.now)
    turn.audit("points.awarded", f"person:{person.id}", reason, n=filled.n)
    left = await balance(turn.session, holder)
    if (account := await account_of_person(turn.session, person.id)) is not None:
        message = views.awarded_notice(filled.n, reason, left)
        turn.tell(account.id, message, f"{key}:told", Priority.NOTICE)
    told: dict[str, Value] = {"name": person.name, "n": filled.n, "have": left}
    return Filed(submission, (Text("points.awarded", told),))


async def _take_back_corrected(turn: Turn, number: int | None) -> None:
    """A correction takes the first award back; both stay in the ledger."""
    entry = await turn.session.scalar(
        select(PointEntry).where(PointEntry.key == f"award:s{number}")
    )
    if number is not None and entry is not None:
        await reverse(turn.session, entry, turn.account.id, turn.now)


async def withdraw_award(turn: Turn, submission: Submission) -> None:
    await _take_back_corrected(turn, submission.id)


async def submit_good(turn: Turn, filled: ShopGood, draft: Draft) -> Filed:
    grant = (await turn.actor()).top(Role.COMMUNITY)
    if grant is None:
        raise UserError("points.village_only")
    submission = await turn.file(filled, draft, person_id=None, unit_id=grant.unit_id)
    await _close_corrected(turn, draft, grant.unit_id)
    turn.session.add(
        ShopItem(unit_id=grant.unit_id, name=filled.name, price=filled.price, created_at=turn.now)
    )
    told: dict[str, Value] = {"item": filled.name, "price": filled.price}
    return Filed(submission, (Text("points.good_added", told),))


async def _close_corrected(turn: Turn, draft: Draft, unit_id: int) -> None:
    """A corrected item takes the place of the one that it corrects."""
    corrected = draft.context.get("corrects")
    was = await turn.session.get(Submission, corrected) if corrected else None
    if was is None:
        return
    told = was.values()
    wrong = await turn.session.scalar(
        select(ShopItem)
        .where(
            ShopItem.unit_id == unit_id,
            ShopItem.name == told.get("name"),
            ShopItem.price == told.get("price"),
            ShopItem.closed_at.is_(None),
        )
        .limit(1)
    )
    if wrong is not None:
        wrong.closed_at = turn.now


FEATURE = Feature(
    commands={"points": points},
    actions={
        "want": want,
        "spend": confirm,
        "unpoint": take_back,
        "merit": begin_award,
        "shopadd": begin_good,
        "shopoff": close_good,
    },
    forms=(
        FormSpec(PointAward, submit_award, {"residents": residents}, withdraw=withdraw_award),
        FormSpec(ShopGood, submit_good),
    ),
    menu=(MenuItem("points", (Role.RESIDENT, *STAFF), drawer=Drawer.OWN),),
    free=(typed_code,),
)
