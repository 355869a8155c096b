"""Likely twins, one pair after the other in one message: one person, two, or later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.claims import claimed_number
from handlers.feature import Drawer, Feature, MenuItem
from handlers.turn import Turn
from handlers.twins import views
from models.accounts import TEAM
from models.actors import Action
from models.merging import MERGED, keeper, merge
from models.messages import Outbound, Text, UserError
from models.people import Person
from models.twins import Twins, access_twins, next_twins, waiting

LATER = timedelta(hours=8)  # a pair put off does not come back in the same sitting


async def twins(turn: Turn, _argument: str) -> None:
    """The pairs of her units, those put off last."""
    turn.replace(await _first(turn))


async def _first(turn: Turn) -> Outbound:
    actor = await turn.actor()
    if not actor.may(Action.KEEP):
        raise UserError("access.staff_only")
    return await _next(turn, ())


async def _show(turn: Turn, done: tuple[Text, ...]) -> None:
    """The next pair, below what has just been done."""
    turn.replace(await _next(turn, done, turn.now - LATER))


async def _next(turn: Turn, done: tuple[Text, ...], since: datetime | None = None) -> Outbound:
    actor = await turn.actor()
    pair = await next_twins(turn.session, actor, since)
    left = await waiting(turn.session, actor)
    return views.card(*pair, left, done) if pair else views.nothing(left, done)


async def decide(turn: Turn, arguments: Sequence[str]) -> None:
    """begin, same, keep, parted, later, again: what she says about a pair."""
    verb, claimed, *rest = (*arguments, "", "")[:3]
    if verb == "begin":
        turn.send(await _first(turn))  # below what the import has said
        return
    number = claimed_number(claimed)
    found = await access_twins(turn.session, await turn.actor(), number)
    if found is None or (found[0].parted_at is not None and verb != "again"):
        await _show(turn, (Text("twins.decided"),))
        return
    match verb:
        case "same":
            turn.replace(views.which(*found))
        case "keep":
            await _merge(turn, *found, kept_id=rest[0])
        case "parted":
            await _part(turn, *found)
        case "later":
            found[0].put_off_at = turn.now
            await turn.session.flush()
            await _show(turn, (Text("twins.put_off"),))
        case "again":
            await _reopen(turn, *found)
        case _:
            raise UserError("unknown.button")


async def _merge(turn: Turn, pair: Twins, one: Person, other: Person, *, kept_id: str) -> None:
    """Who stays was asked where both have papers; else papers decide."""
    kept, lost = keeper(one, other)
    if kept_id == str(lost.id) and lost.id_number is not None:
        kept, lost = lost, kept
    if kept_id != str(kept.id):
        raise UserError("unknown.button")
    lost_id, name = lost.id, lost.name
    moved = await merge(turn.session, kept, lost, turn.account.id, turn.now)
    turn.audit(MERGED, f"person:{kept.id}", lost=lost_id, moved=moved)
    await _show(turn, (Text("twins.merged", {"name": name, "kept": kept.name}),))


async def _part(turn: Turn, pair: Twins, one: Person, other: Person) -> None:
    pair.parted_at, pair.parted_by = turn.now, turn.account.id
    await turn.session.flush()
    turn.audit("twins.parted", f"person:{one.id}", other=other.id)
    done = Text("twins.parted", {"name": one.name, "other": other.name})
    actor = await turn.actor()
    following = await next_twins(turn.session, actor, turn.now - LATER)
    left = await waiting(turn.session, actor)
    turn.replace(views.after_parting(pair, following, left, done))


async def _reopen(turn: Turn, pair: Twins, one: Person, other: Person) -> None:
    """She tapped wrongly: the pair waits again."""
    pair.parted_at = pair.parted_by = None
    await turn.session.flush()
    turn.audit("twins.reopened", f"person:{one.id}", other=other.id)
    actor = await turn.actor()
    turn.replace(views.card(pair, one, other, await waiting(turn.session, actor), ()))


FEATURE = Feature(
    commands={"twins": twins},
    actions={"twins": decide},
    menu=(MenuItem("twins", TEAM[:2], drawer=Drawer.PEOPLE),),
)
