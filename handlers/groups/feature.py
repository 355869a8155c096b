"""Looking after the groups of a unit: whose they are, what is posted there, notices."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from handlers.claims import claimed_number
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.groups import gathering, views
from handlers.groups.form import GroupBinding, GroupNotice
from handlers.places import units_named
from handlers.turn import Turn
from models.access import access_group, tended, under
from models.accounts import TEAM, open_gate
from models.actors import Action
from models.groups import (
    BY_ITSELF,
    TOPICS,
    Door,
    Group,
    GroupKind,
    Notice,
    Post,
    Posting,
    leave,
    posted,
)
from models.jobs import file_job
from models.messages import Outbound, Text, UserError
from models.units import Unit, unit_by_code

MOST_GROUPS = 40


async def groups(turn: Turn, _argument: str) -> None:
    """The groups of her units, and those that she has brought us into."""
    found = await _tended(turn)
    if not found:
        turn.reply("groups.none")
        return
    turn.send(views.listed(found))


async def _tended(turn: Turn) -> list[tuple[Group, Unit | None]]:
    actor = await turn.actor()
    if not actor.roles & set(TEAM):
        raise UserError("access.staff_only")
    found = await turn.session.execute(
        select(Group, Unit)
        .outerjoin(Unit, Unit.id == Group.unit_id)
        .where(tended(actor))
        .order_by(Unit.path, Group.id)
        .limit(MOST_GROUPS)
    )
    return [(group, unit) for group, unit in found]


async def _claimed(turn: Turn, arguments: Sequence[str]) -> Group:
    """The group that a button claims, if it is hers to look after."""
    actor = await turn.actor()
    if not actor.roles & set(TEAM):
        raise UserError("access.staff_only")
    claimed = arguments[0] if arguments else ""
    number = claimed_number(claimed)
    return await access_group(turn.session, actor, number)


async def _bound(turn: Turn, arguments: Sequence[str]) -> tuple[Group, Unit]:
    """A group that belongs to a unit."""
    group = await _claimed(turn, arguments)
    unit = await turn.session.get(Unit, group.unit_id) if group.unit_id else None
    if unit is None:
        raise UserError("groups.unbound_still")
    return group, unit


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    """A group's card; one that belongs to nobody yet is asked about."""
    group = await _claimed(turn, arguments)
    if group.unit_id is None:
        await gathering.begin_binding(turn, group)
        return
    turn.replace(views.card(*await _bound(turn, arguments)))


async def _units(turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    hers = under((await turn.actor()).paths(Action.SEE), Unit.id)
    return await units_named(turn, hers, query)


async def bind(turn: Turn, filled: GroupBinding, draft: Draft) -> Filed:
    group = await _claimed(turn, [str(draft.context["group"])])
    unit = await unit_by_code(turn.session, filled.unit)
    if unit is None or not (await turn.actor()).may(Action.SEE, unit.path):
        raise UserError("access.denied")
    group.unit_id, group.kind = unit.id, filled.kind
    group.posts = [posting.value for posting in BY_ITSELF[filled.kind]]
    turn.audit("group.bound", f"group:{group.id}", unit=unit.id, kind=filled.kind)
    submission = await turn.file(filled, draft, person_id=None, unit_id=unit.id)
    if views.has_topics(group, unit):
        await file_job(turn.session, TOPICS, turn.account.id, {"group": group.id}, turn.now)
    card = views.card(group, unit)
    return Filed(submission, (Text("groups.bound"), *card.lines), card.rows)


async def switch(turn: Turn, arguments: Sequence[str]) -> None:
    """Post something by itself, or do not any more."""
    group, unit = await _bound(turn, arguments)
    wanted = arguments[1] if len(arguments) > 1 else ""
    if wanted not in {posting.value for posting in Posting}:
        raise UserError("unknown.button")
    if wanted == Posting.ALERTS and group.kind != GroupKind.STAFF:
        raise UserError("unknown.button")
    group.posts = sorted(set(group.posts) ^ {wanted})
    turn.audit("group.posts", f"group:{group.id}", posts=group.posts)
    turn.replace(views.card(group, unit))


async def topics(turn: Turn, arguments: Sequence[str]) -> None:
    """A thread for each grid that has none yet; how it goes is told when it is known."""
    group, unit = await _bound(turn, arguments)
    if not views.has_topics(group, unit):
        raise UserError("unknown.button")
    task = {"group": group.id, "asked": True}
    await file_job(turn.session, TOPICS, turn.account.id, task, turn.now)
    turn.audit("group.topics", f"group:{group.id}")
    turn.reply("groups.topics_asked")


async def gate(turn: Turn, arguments: Sequence[str]) -> None:
    """The way to report oneself, put into the group."""
    group, unit = await _bound(turn, arguments)
    token = await open_gate(turn.session, unit.id, turn.now)
    turn.audit("gate.opened", f"unit:{unit.id}")
    post = Post("groups.gate_here", unit=unit, doors=(Door("groups.report_door", token),))
    turn.letters.append(posted(group, post, f"gate:{turn.event.update_id}"))
    turn.reply("groups.gate_posted")


async def unbind(turn: Turn, arguments: Sequence[str]) -> None:
    """Nothing is posted there any more; a second tap, because the first may be a slip."""
    group, unit = await _bound(turn, arguments)
    if arguments[1:] != ["yes"]:
        turn.replace(views.sure(group, unit))
        return
    turn.audit("group.unbound", f"group:{group.id}", unit=unit.id)
    told = Text("groups.unbound_now", {"title": views.named(group)})
    await leave(turn.session, group, turn.now)
    turn.replace(Outbound((told,)))


async def begin_notice(turn: Turn, arguments: Sequence[str]) -> None:
    """Words for one group, or for all of hers."""
    if arguments[:1] == ["all"]:
        if not any(unit for _, unit in await _tended(turn)):
            raise UserError("groups.unbound_still")
        await turn.begin(GroupNotice, {"group": 0})
        return
    group, _ = await _bound(turn, arguments)
    await turn.begin(GroupNotice, {"group": group.id})


async def notify(turn: Turn, filled: GroupNotice, draft: Draft) -> Filed:
    wanted = int(draft.context["group"])
    found = [
        (group, unit)
        for group, unit in await _tended(turn)
        if unit is not None and wanted in (0, group.id)
    ]
    if not found:
        raise UserError("groups.unbound_still")
    top = (await turn.actor()).top(*TEAM)
    unit_id = top.unit_id if top else None
    submission = await turn.file(filled, draft, person_id=None, unit_id=unit_id)
    for group, unit in found:
        notice = Notice(filled.words, unit, corrected="corrects" in draft.context)
        turn.letters.append(posted(group, notice, f"notice:{submission.id}"))
        turn.audit("group.notice", f"group:{group.id}", submission=submission.id)
    return Filed(submission, views.sent(len(found), filled.words))


FEATURE = Feature(
    commands={"groups": groups},
    actions={
        "group": show,
        "groupposts": switch,
        "groupgate": gate,
        "grouptopics": topics,
        "groupnotice": begin_notice,
        "groupoff": unbind,
    },
    forms=(
        FormSpec(GroupBinding, bind, {"units": _units}),
        FormSpec(GroupNotice, notify),
    ),
    menu=(MenuItem("groups", TEAM, drawer=Drawer.TEAM),),
    happenings={
        "joined": gathering.joined,
        "left": gathering.left,
        "moved": gathering.moved,
        "disclosure": gathering.disclosure,
    },
    gathered=(gathering.spoken_to,),
)
