"""What happens in a group: we are brought there, moved, thrown out, spoken to, shown a number.

In the group itself only a `Post` is said, which holds no name; everything else is private.
"""

from __future__ import annotations

from sqlalchemy import select

from handlers.groups import views
from handlers.groups.form import GroupBinding
from handlers.turn import Turn
from models.access import under
from models.accounts import TEAM
from models.actors import Action
from models.groups import Door, Group, Post, enter, group_at, move, posted, set_thread
from models.messages import Outbound, Text, UserError
from models.reach import lose_group
from models.units import Unit


async def joined(turn: Turn) -> None:
    """Somebody has brought us into a group. Only staff can say whose it is; until then, and when
    anybody else did it, nothing is posted but a greeting or not even that."""
    actor = await turn.actor()
    if not actor.roles & set(TEAM):
        turn.send(Outbound((Text("groups.not_staff"),)))
        return
    place, title = turn.event.place, turn.event.text
    group = await enter(turn.session, place, title, turn.account, turn.now)
    turn.audit("group.joined", f"group:{group.id}")
    hello = Post("groups.hello", doors=(Door("groups.private", "go-menu"),))
    turn.letters.append(posted(group, hello, f"hello:{turn.event.update_id}"))
    if turn.account.blocked_at is None:
        await begin_binding(turn, group)


async def begin_binding(turn: Turn, group: Group) -> None:
    """Ask whose group it is; somebody with one unit is not asked for it."""
    actor = await turn.actor()
    mine = {grant.unit_id for grant in actor.grants if grant.role in TEAM}
    unit = await turn.session.get(Unit, mine.pop()) if len(mine) == 1 else None
    known = (
        {"answers": {"unit": unit.code}, "labels": {f"units:{unit.code}": unit.name}}
        if unit is not None and not await has_below(turn, unit)
        else {}
    )
    await turn.begin(GroupBinding, {"group": group.id}, **known)


async def has_below(turn: Turn, unit: Unit) -> bool:
    """Are there units below? Then the group may be one of theirs."""
    found = select(Unit.id).where(Unit.parent_id == unit.id).limit(1)
    return await turn.session.scalar(found) is not None


async def left(turn: Turn) -> None:
    """We are in a group no more: whoever brought us there hears it once."""
    group = await group_at(turn.session, turn.account.chat)
    if group is not None:
        await lose_group(turn.session, group, turn.now)


async def moved(turn: Turn) -> None:
    """The platform has given a group another address; it stays the same group."""
    group = await group_at(turn.session, turn.account.chat)
    if group is not None and turn.event.data:
        await move(turn.session, group, turn.event.data)


async def disclosure(turn: Turn) -> None:
    """Numbers stand in the group for everybody to see: she is asked in private to delete them, and
    goes on there with what she wanted. Where we cannot write to her, the group is told so without
    a word about who it was."""
    kinds = [Text(f"groups.disclosed.{kind}") for kind in turn.event.data.split(",")]
    if turn.account.blocked_at is None:
        turn.send(views.please_delete(kinds))
        if turn.event.command:
            await _carry_on(turn)
        return
    group = await group_at(turn.session, turn.event.place)
    if group is None:
        return
    # Once in a while is enough, however many do it.
    hour = turn.now.strftime("%Y%m%d%H")
    post = Post("groups.please_delete", doors=(Door("groups.private", "go-report"),))
    turn.letters.append(posted(group, post, f"disclosed:{hour}", thread=turn.event.topic))


async def _carry_on(turn: Turn) -> None:
    """What she asked for in the same message, without the numbers."""
    handler = turn.registry.commands.get(turn.event.command)
    if handler is not None and turn.event.command != "topic":
        await handler(turn, "")


async def spoken_to(turn: Turn) -> bool:
    """A command in a group goes on in private: by itself for whoever has a chat with us, else
    behind a button. True when it went no further."""
    command = turn.event.command
    if command == "topic":
        await _take_thread(turn)
        return True
    if turn.account.blocked_at is None:
        return False
    group = await group_at(turn.session, turn.event.place)
    if group is not None:
        known = command if command in turn.registry.commands else "menu"
        post = Post("groups.go_private", doors=(Door("groups.private", f"go-{known}"),))
        key = f"private:{turn.event.update_id}"
        turn.letters.append(posted(group, post, key, thread=turn.event.topic))
    return True


async def _take_thread(turn: Turn) -> None:
    """ "/topic" in a thread: it is her grid's from now on."""
    group = await group_at(turn.session, turn.event.place)
    unit = await _own_unit(turn, group) if group is not None else None
    if group is None or unit is None:
        raise UserError("groups.topic_refused")
    if not turn.event.topic:
        raise UserError("groups.topic_where")
    await set_thread(turn.session, group, unit, turn.event.topic)
    turn.audit("group.thread", f"group:{group.id}", unit=unit.id)
    post = Post("groups.topic_set", unit=unit)
    key = f"topic:{turn.event.update_id}"
    turn.letters.append(posted(group, post, key, thread=turn.event.topic))


async def _own_unit(turn: Turn, group: Group) -> Unit | None:
    """Her lowest unit within the group's."""
    actor = await turn.actor()
    home = await turn.session.get(Unit, group.unit_id) if group.unit_id else None
    if home is None or not actor.may(Action.SEE):
        return None
    mine = [g.unit_id for g in actor.grants if g.role in TEAM and g.path.startswith(home.path)]
    found = await turn.session.scalars(
        select(Unit).where(Unit.id.in_(mine), under(actor.paths(Action.SEE), Unit.id))
    )
    return max(found, key=lambda unit: unit.path.count("/"), default=None)
