"""Handing over: a leave is promised, begins, is refused, gets a receiver, is called off or ends;
and what each of them is told.

Letters are for the caller to put into the outbox: a turn, or the sweep when the day has come.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.access import actor_of
from models.accounts import Account
from models.actors import Actor, Grant
from models.clock import at_local, local_day
from models.leave import Leave, Shift, arrange, name_of, own_roles, serialize
from models.messages import Button, Outbound, Rows, Text, UserError, Value
from models.obligations import Kind, Obligation, Outcome, fulfil, oblige, settle
from models.outbox import Letter, Priority
from models.rules import rules_for
from models.sources import MORNING
from models.units import Unit
from models.worklist import Load, done_since, open_for, sums, total, urgent

NAME_WITHIN = timedelta(hours=1)
TODAY: Rows = ((Button(Text("command.today.label"), "a:go:today"),),)
I_AM_BACK: Rows = ((Button(Text("command.back.label"), "a:go:back"),),)


def worded(load: Load) -> Text:
    if not load.n:
        return Text("leave.load_none")
    return Text("leave.load", {"n": load.n, "urgent": load.urgent})


async def load_of(session: AsyncSession, account_id: int, now: datetime, holder: int = 0) -> Load:
    """What is open in her own units; `holder` has claimed it in her stead."""
    who = Actor(holder or account_id, None, await _grants(session, account_id, now))
    parts = await sums(session, open_for(who, now), now)
    whole = total(parts)
    return Load(whole.n if whole else 0, urgent(parts))


async def _grants(session: AsyncSession, account_id: int, now: datetime) -> tuple[Grant, ...]:
    """Her own, without those that she stands in for."""
    account = await session.get(Account, account_id)
    assert account is not None, "she is of the team"
    units = {role.unit_id for role in await own_roles(session, account_id, now)}
    every = (await actor_of(session, account, now)).grants
    return tuple(grant for grant in every if grant.unit_id in units)


def hours_of(first: date, last: date, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """From the morning of the first day, from now if that is today, until the morning after the
    last."""
    since, until = (at_local(on, MORNING, zone) for on in (first, last + timedelta(days=1)))
    return since if first > local_day(now, zone) else now, until


async def begin(
    session: AsyncSession,
    account_id: int,
    receiver: int | None,
    until_at: datetime,
    now: datetime,
    since_at: datetime | None = None,
) -> tuple[Leave, list[Letter]]:
    """She goes; everything of hers goes to the receiver, or waits for one to be named. A leave to
    come is promised: the receiver knows, and the work goes when its hour has come."""
    await serialize(session)
    roles = await own_roles(session, account_id, now)
    if not roles:
        raise UserError("access.staff_only")
    unit = await session.get(Unit, roles[0].unit_id)
    assert unit is not None, "a role belongs to a unit"
    leave = Leave(
        account_id=account_id,
        unit_id=unit.parent_id or unit.id,
        receiver_id=receiver,
        since_at=since_at or now,
        until_at=until_at,
    )
    session.add(leave)
    await session.flush()
    rows = [_turn_of(leave, "back", until_at)]
    if leave.to_come(now):
        rows.append(_turn_of(leave, "away", leave.since_at))
    await oblige(session, rows)
    return leave, await _rearrange(session, now, leave)


def _turn_of(leave: Leave, which: str, at: datetime) -> dict[str, object]:
    """The hour at which work moves by itself."""
    return {
        "key": f"{which}:leave{leave.id}",
        "kind": Kind.BACK,
        "unit_id": leave.unit_id,
        "opens_at": at,
        "due_at": at,
        "facts": {"leave": leave.id},
    }


async def start(session: AsyncSession, leave: Leave, now: datetime) -> list[Letter]:
    """The hour of a promised leave has come: her work goes, and she hears who has it."""
    await serialize(session)
    letters = await _rearrange(session, now, leave)
    told: dict[str, Value] = {"until": leave.until_at}
    text = Text("leave.begun_open", told)
    if leave.holder_id is not None:
        load = worded(await load_of(session, leave.account_id, now, leave.holder_id))
        name = await name_of(session, leave.holder_id)
        text = Text("leave.begun", {**told, "name": name, "load": load})
    return [*letters, _letter(leave, leave.account_id, "begun", Outbound((text,), I_AM_BACK))]


async def _rearrange(session: AsyncSession, now: datetime, cause: Leave) -> list[Letter]:
    """Put everything in its place, ask for a receiver where there is none, tell whoever it
    concerns."""
    letters = []
    for shift in await arrange(session, now):
        letters += await _shifted(session, shift, now, cause)
    if cause.stands(now) and cause.receiver_id is None:
        await _ask_for_receiver(session, cause, now)
    elif cause.to_come(now) and cause.receiver_id is not None:
        name = await name_of(session, cause.account_id)
        letters.append(await _held(session, cause, cause.receiver_id, name, now))
    return letters


async def _ask_for_receiver(session: AsyncSession, leave: Leave, now: datetime) -> None:
    row = {
        "key": f"leave:{leave.id}:{leave.refusals}",
        "kind": Kind.LEAVE,
        "unit_id": leave.unit_id,
        "opens_at": now,
        "due_at": now + NAME_WITHIN,
        "facts": {"leave": leave.id},
        "detail": json.dumps({"staff": await name_of(session, leave.account_id)}),
    }
    await oblige(session, [row])


async def refuse_until(session: AsyncSession, leave: Leave) -> datetime:
    unit = await session.get(Unit, leave.unit_id)
    assert unit is not None, "a leave belongs to a unit"
    rules = await rules_for(session, unit)
    return leave.since_at + timedelta(minutes=rules.leave_refusal)


async def _shifted(
    session: AsyncSession, shift: Shift, now: datetime, cause: Leave
) -> list[Letter]:
    """Who holds it now, who did before, whose it is: each hears it once."""
    leave, letters = shift.leave, []
    name = await name_of(session, leave.account_id)
    if shift.after is not None:
        letters.append(await _held(session, leave, shift.after, name, now))
    if shift.before is not None:
        message = Outbound((Text("leave.handed_on", {"name": name}),))
        letters.append(_letter(leave, shift.before, f"from{shift.after}", message))
    if leave is not cause and shift.after is not None:
        told = Text("leave.receiver_now", {"name": await name_of(session, shift.after)})
        letters.append(_letter(leave, leave.account_id, f"to{shift.after}", Outbound((told,))))
    return letters


def _letter(leave: Leave, account_id: int, what: str, message: Outbound) -> Letter:
    key = f"leave:{leave.id}:{leave.refusals}:{what}:a{account_id}"
    return Letter(key, account_id, message, Priority.NOTICE)


async def _held(
    session: AsyncSession, leave: Leave, holder: int, name: str, now: datetime
) -> Letter:
    to_come = leave.to_come(now)
    load = await load_of(session, leave.account_id, now, 0 if to_come else holder)
    units = [
        await session.get(Unit, r.unit_id) for r in await own_roles(session, leave.account_id, now)
    ]
    told: dict[str, Value] = {
        "name": name,
        "since": leave.since_at,
        "until": leave.until_at,
        "units": [Text("=", {"text": unit.name}) for unit in units if unit],
        "load": worded(load),
    }
    lines, rows = [Text("leave.promised" if to_come else "leave.held", told)], TODAY
    latest = await refuse_until(session, leave)
    if leave.receiver_id == holder and not leave.refusals and now < latest:
        lines.append(Text("leave.may_refuse", {"at": latest}))
        rows = ((*TODAY[0], Button(Text("leave.refuse"), f"a:refuse:{leave.id}")),)
    what = "promised" if to_come else "held"
    return _letter(leave, holder, what, Outbound(tuple(lines), rows))


async def refuse(session: AsyncSession, leave: Leave, by: int, now: datetime) -> list[Letter]:
    """The receiver cannot: until another one has been named, it climbs."""
    await serialize(session)
    leave.receiver_id, leave.refusals = None, leave.refusals + 1
    letters = await _rearrange(session, now, leave)
    told = Text("leave.refused", {"name": await name_of(session, by)})
    mine = [letter for letter in letters if letter.account_id != by]
    return [*mine, _letter(leave, leave.account_id, "refused", Outbound((told,)))]


async def name_receiver(
    session: AsyncSession, leave: Leave, receiver: int, by: int, now: datetime
) -> list[Letter]:
    """The unit above has named one; the leaver hears who."""
    await serialize(session)
    leave.receiver_id, leave.refusals = receiver, leave.refusals + 1
    for item in await _asked(session, leave, Kind.LEAVE):
        await fulfil(session, item, by, now)
    letters = await _rearrange(session, now, leave)
    told = Text("leave.receiver_now", {"name": await name_of(session, receiver)})
    return [*letters, _letter(leave, leave.account_id, f"to{receiver}", Outbound((told,)))]


async def _asked(session: AsyncSession, leave: Leave, *kinds: Kind) -> Sequence[Obligation]:
    """What is open because of a leave."""
    turns = [f"{which}:leave{leave.id}" for which in ("away", "back")]
    keys = [*turns, *(f"leave:{leave.id}:{n}" for n in range(leave.refusals + 1))]
    found = await session.scalars(
        select(Obligation).where(
            Obligation.key.in_(keys), Obligation.kind.in_(kinds), Obligation.outcome.is_(None)
        )
    )
    return list(found)


async def end(
    session: AsyncSession, leave: Leave, now: datetime, *, quietly: bool = False
) -> list[Letter]:
    """She is back: what is still open is hers again; both hear what was done and what is left. A
    leave to come is called off."""
    await serialize(session)
    holder, called_off = leave.holder_id, leave.to_come(now)
    leave.ended_at = now
    asked = await _asked(session, leave, Kind.LEAVE, Kind.BACK)
    await settle(session, asked, Outcome.CANCELLED, None, now, "back")
    if called_off:
        return await _called_off(session, leave)
    letters = await _rearrange(session, now, leave)
    if quietly:
        return letters
    load = await load_of(session, leave.account_id, now)
    if holder is None:
        told = Text("leave.back_unheld", {"load": worded(load)})
        return [*letters, _letter(leave, leave.account_id, "back", Outbound((told,), TODAY))]
    paths = tuple(grant.path for grant in await _grants(session, leave.account_id, now))
    done = await done_since(session, holder, leave.since_at, paths)
    params: dict[str, Value] = {"done": done, "load": worded(load)}
    to_her = Text("leave.back", {**params, "name": await name_of(session, holder)})
    to_holder = Text("leave.returned", {**params, "name": await name_of(session, leave.account_id)})
    return [
        *letters,
        _letter(leave, leave.account_id, "back", Outbound((to_her,), TODAY)),
        _letter(leave, holder, "returned", Outbound((to_holder,))),
    ]


async def _called_off(session: AsyncSession, leave: Leave) -> list[Letter]:
    """Whoever was to have her work hears that she will not."""
    if leave.receiver_id is None:
        return []
    told: dict[str, Value] = {
        "name": await name_of(session, leave.account_id),
        "since": leave.since_at,
        "until": leave.until_at,
    }
    message = Outbound((Text("leave.called_off", told),))
    return [_letter(leave, leave.receiver_id, "off", message)]
