"""The rota: who is to stand where and when, and what becomes of it before she stands there.

Every shift is an obligation to sign in; a post that must be manned at night and is not is one for
its leader. Knows no chat.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Assignment
from models.clock import at_local, local_day
from models.duty import Post, Shift, signin_key, signout_key
from models.obligations import Kind, Obligation, Outcome, by_key, fulfil, look_again, oblige, settle
from models.rules import Rules, rules_for
from models.units import Unit
from models.volunteers import Volunteer

Hand: TypeAlias = Assignment | Volunteer


@dataclass(frozen=True, slots=True)
class Watch:
    """One shift to be planned: who, where, from when until when."""

    post: Post
    staff: Hand
    since_at: datetime
    until_at: datetime


async def plan_shifts(
    session: AsyncSession, watches: Sequence[Watch], now: datetime, zone: ZoneInfo
) -> list[Shift | None]:
    """Put shifts on the rota; None for one that stands there already. All posts of one district."""
    if not watches:
        return []
    unit = await session.get_one(Unit, watches[0].post.unit_id)
    rules = await rules_for(session, unit)
    wanted = [(w.post.id, w.since_at, *_named(w.staff)) for w in watches]
    starts = {w.since_at for w in watches}
    found = await session.execute(
        select(Shift.post_id, Shift.since_at, Shift.rota_id, Shift.volunteer_id).where(
            Shift.post_id.in_({w.post.id for w in watches}),
            Shift.since_at.in_(starts),
            Shift.cancelled_at.is_(None),
        )
    )
    there = {(*row[:2], row[2], None if row[2] else row[3]) for row in found}
    made: list[Shift | None] = []
    for key, watch in zip(wanted, watches, strict=True):
        made.append(None if key in there else _shift(watch, rules, now))
        there.add(key)
    fresh = [shift for shift in made if shift is not None]
    session.add_all(fresh)
    await session.flush()
    names = {_named(w.staff): w.staff.name or "" for w in watches}
    posts = {w.post.id: w.post for w in watches}
    await oblige(
        session,
        [
            _signin(s, posts[s.post_id], names[s.rota_id, s.volunteer_id], rules, zone)
            for s in fresh
        ],
    )
    # Nights further ahead are looked at when their day comes.
    for post in posts.values():
        await mind_night(session, post, local_day(now, zone), rules, now, zone)
    return made


def _named(staff: Hand) -> tuple[int | None, int | None]:
    """Her place among the team, or among the volunteers."""
    return (None, staff.id) if isinstance(staff, Volunteer) else (staff.id, None)


def _shift(watch: Watch, rules: Rules, now: datetime) -> Shift:
    window = timedelta(minutes=rules.duty_window_minutes)
    assignment_id, volunteer_id = _named(watch.staff)
    return Shift(
        post_id=watch.post.id,
        unit_id=watch.post.unit_id,
        rota_id=assignment_id,
        assignment_id=assignment_id,
        volunteer_id=volunteer_id,
        account_id=watch.staff.account_id,
        since_at=watch.since_at,
        until_at=watch.until_at,
        # Put on the rota while it runs already: she has the window from now on.
        due_at=max(watch.since_at, now) + window,
    )


def _signin(shift: Shift, post: Post, name: str, rules: Rules, zone: ZoneInfo) -> dict[str, object]:
    notice = timedelta(minutes=rules.duty_notice_minutes)
    return {
        "key": signin_key(shift.id),
        "kind": Kind.DUTY,
        "unit_id": shift.unit_id,
        "owner_id": shift.account_id,
        "opens_at": shift.since_at - notice,
        "due_at": shift.due_at,
        "facts": shift_facts(shift, post, zone),
        "detail": json.dumps({"staff": name}, ensure_ascii=False),
    }


def shift_facts(shift: Shift, post: Post, zone: ZoneInfo) -> dict[str, object]:
    """What a card says of a shift; nothing personal."""
    ends = shift.until_at.astimezone(zone)
    return {
        "shift": shift.id,
        "post": post.name,
        "since": shift.since_at.isoformat(),
        "until": f"{ends:%H:%M}",
        "overnight": ends.date() != local_day(shift.since_at, zone),
    }


# -- before she stands there -----------------------------------------------------------------------


async def hand_over(session: AsyncSession, shift: Shift, staff: Hand, now: datetime) -> None:
    """A stand-in takes the shift; what is due is hers now, and she hears of it at once."""
    shift.assignment_id, shift.volunteer_id = _named(staff)
    shift.account_id, shift.asked_id = staff.account_id, None
    item = await by_key(session, signin_key(shift.id))
    if item is None or not item.is_open():
        return
    rules = await rules_for(session, await session.get_one(Unit, shift.unit_id))
    item.owner_id = staff.account_id
    item.detail = json.dumps({"staff": staff.name or ""}, ensure_ascii=False)
    # Named when the time is over, she has one of her own; that nobody came in time stays a fact.
    if shift.due_at <= now:
        item.due_at = now + 2 * timedelta(minutes=rules.duty_window_minutes)
    # She has just heard of it: the ladder goes on where the next thing is to be said.
    await look_again(session, item, item.opens_at if item.opens_at > now else item.due_at)


async def cancel_shift(
    session: AsyncSession, shift: Shift, by: int, now: datetime, zone: ZoneInfo
) -> None:
    """The shift is off; whoever stood there is signed out, her hours stay."""
    shift.cancelled_at, shift.rota_id, shift.asked_id = now, None, None
    if shift.on_post:
        shift.signed_out_at = now
    keys = (signin_key(shift.id), signout_key(shift.id))
    found = await session.scalars(
        select(Obligation).where(Obligation.key.in_(keys), Obligation.outcome.is_(None))
    )
    await settle(session, list(found), Outcome.CANCELLED, by, now)
    post = await session.get_one(Post, shift.post_id)
    rules = await rules_for(session, await session.get_one(Unit, shift.unit_id))
    await mind_night(session, post, local_day(now, zone), rules, now, zone)


async def adopt(session: AsyncSession, account_id: int) -> None:
    """Somebody has just signed in to the program: the shifts that waited for her are hers."""
    mine = select(Assignment.id).where(Assignment.account_id == account_id)
    found = await session.scalars(
        select(Shift).where(
            Shift.assignment_id.in_(mine), Shift.account_id.is_(None), Shift.signed_in_at.is_(None)
        )
    )
    shifts = list(found)
    if not shifts:
        return
    items = await session.scalars(
        select(Obligation).where(
            Obligation.key.in_([signin_key(shift.id) for shift in shifts]),
            Obligation.outcome.is_(None),
        )
    )
    for row in (*shifts, *items):
        if isinstance(row, Shift):
            row.account_id = account_id
        else:
            row.owner_id = account_id


# -- nights without anybody ------------------------------------------------------------------------


def _night_key(post: Post, on: date) -> str:
    return f"rota:p{post.id}:{on.isoformat()}"


async def mind_night(
    session: AsyncSession, post: Post, on: date, rules: Rules, now: datetime, zone: ZoneInfo
) -> None:
    """Somebody has to be on the rota of this night; when nobody is, the leader hears of it in the
    afternoon. Somebody found, it is done."""
    at = at_local(on, rules.duty_night, zone)
    if not post.nightly or post.closed_at is not None or at <= now:
        return
    covered = await session.scalar(
        select(Shift.id)
        .where(
            Shift.post_id == post.id,
            Shift.cancelled_at.is_(None),
            Shift.since_at <= at,
            Shift.until_at > at,
        )
        .limit(1)
    )
    item = await by_key(session, _night_key(post, on))
    if covered is not None:
        if item is not None and item.is_open():
            await fulfil(session, item, None, now)
        return
    opens_at = at_local(on, rules.duty_check, zone)
    if item is None:
        row = {
            "key": _night_key(post, on),
            "kind": Kind.ROTA,
            "unit_id": post.unit_id,
            "opens_at": opens_at,
            "due_at": at,
            "facts": {"post": post.name, "post_id": post.id, "since": at.isoformat()},
        }
        await oblige(session, [row])
    elif not item.is_open():
        item.outcome = item.outcome_at = item.outcome_by = None
        await look_again(session, item, max(now, opens_at))


async def mind_nights(session: AsyncSession, on: date, now: datetime, zone: ZoneInfo) -> None:
    """Every post that must be manned at night, for the night of this day."""
    found = await session.execute(
        select(Post, Unit)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.nightly.is_(True), Post.closed_at.is_(None))
        .order_by(Post.id)
    )
    for post, unit in found.all():
        await mind_night(session, post, on, await rules_for(session, unit), now, zone)
