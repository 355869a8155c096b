"""Imports the staff: each new role in a unit brings a one-time code to sign in with.

One transaction: a code must not be lost after its assignment has been written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports.directory import Directory
from bot.imports.person import name_of, phone_of
from bot.imports.result import Outcome, Result, Results, refused
from bot.imports.sheet import Reading, Row
from bot.imports.vocabulary import meaning
from models.accounts import Assignment, Invite, Role
from models.appointments import Post, appoint, reinvite
from models.messages import Text, UserError
from models.outbox import enqueue
from models.people import phone_index
from models.staffing import end_role
from models.units import Unit

BATCH = 1000

Key: TypeAlias = tuple[str, Role, int]  # blind index of the phone, role, unit


@dataclass(frozen=True, slots=True)
class _Member:
    """A readable row."""

    number: int
    post: Post
    left: bool

    @property
    def key(self) -> Key:
        return phone_index(self.post.phone), self.post.role, self.post.unit_id


async def land(session: AsyncSession, rows: Sequence[Row], now: datetime) -> Results:
    """Write the good rows. Who has signed in keeps her account, in a new role as well."""
    directory = await Directory.open(session)
    members, results = _read(rows, directory)
    for start in range(0, len(members), BATCH):
        batch = {member.key: member for member in members[start : start + BATCH]}
        results |= await _land(session, batch, now)
    return results


def _read(rows: Sequence[Row], directory: Directory) -> tuple[list[_Member], dict[int, Result]]:
    members: dict[Key, _Member] = {}
    results: dict[int, Result] = {}
    for row in rows:
        reading = Reading(row)
        post = _post(reading, directory)
        left = meaning("left", row.text("left")) is not None
        member = _Member(row.number, post, left) if post else None
        if member is None:
            results[row.number] = refused(*reading.reasons)
        elif (first := members.setdefault(member.key, member)) is not member:
            reason = Text("import.duplicate_row", {"row": first.number})
            results[row.number] = refused(reason)
    return list(members.values()), results


def _post(reading: Reading, directory: Directory) -> Post | None:
    """Who is to do what where; None with the reading's reasons."""
    name = reading.take("name", name_of)
    phone = reading.take("phone", phone_of)
    role = reading.take("role", _role)
    unit_id = directory.named_in(reading)
    if unit_id is None and not any(reading.row.text(n) for n in ("unit", "village", "township")):
        reading.reasons.append(Text("import.empty", {"column": Text("import.field.unit")}))
    if reading.reasons or not (name and phone and role and unit_id):
        return None
    return Post(name, phone, role, unit_id)


def _role(text: str) -> Role:
    role = meaning("role", text)
    if role is None:
        raise UserError("import.role_unknown", role=text)
    return Role(role)


async def _land(
    session: AsyncSession, batch: Mapping[Key, _Member], now: datetime
) -> dict[int, Result]:
    held = await _held(session, {key[0] for key in batch}, now)
    signed_in = {(a.phone_index, a.name): a.account_id for a in held.values() if a.account_id}
    results: dict[int, Result] = {}
    fresh: list[_Member] = []
    for key, member in batch.items():
        if member.left:
            results[member.number] = Result(await _end(session, held.pop(key, None), now))
        elif key in held:
            results[member.number] = Result(_rename(held[key], member.post.name))
        else:
            fresh.append(member)
    accounts = [signed_in.get((member.key[0], member.post.name)) for member in fresh]
    codes = await appoint(session, [m.post for m in fresh], accounts, now)
    for member, code in zip(fresh, codes, strict=True):
        results[member.number] = Result(Outcome.NEW, code=code)
    for key, code in (await _renew(session, held, batch, now)).items():
        results[batch[key].number] = Result(Outcome.CHANGED, code=code)
    return results


async def _end(session: AsyncSession, row: Assignment | None, now: datetime) -> Outcome:
    """She has left: her work is the unit's, as when a supervisor ends the role in chat."""
    unit = await session.get(Unit, row.unit_id) if row else None
    if row is None or unit is None:
        return Outcome.SAME
    await enqueue(session, await end_role(session, row, unit, None, now), now)
    return Outcome.CHANGED


async def _held(session: AsyncSession, phones: set[str], now: datetime) -> dict[Key, Assignment]:
    found = await session.scalars(
        select(Assignment).where(
            Assignment.phone_index.in_(phones),
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
        )
    )
    return {(row.phone_index or "", Role(row.role), row.unit_id): row for row in found}


def _rename(held: Assignment, name: str) -> Outcome:
    if held.name == name:
        return Outcome.SAME
    held.name = name
    return Outcome.CHANGED


async def _renew(
    session: AsyncSession,
    held: Mapping[Key, Assignment],
    batch: Mapping[Key, _Member],
    now: datetime,
) -> dict[Key, str]:
    """New codes for those who have not signed in and whose old code has expired."""
    waiting = {held[key].id: key for key in batch if key in held and not held[key].account_id}
    open_ones = await session.scalars(
        select(Invite.assignment_id).where(
            Invite.assignment_id.in_(waiting),
            Invite.used_at.is_(None),
            Invite.expires_at > now,
        )
    )
    for assignment_id in open_ones:
        waiting.pop(assignment_id or 0, None)
    codes = await reinvite(session, [held[key] for key in waiting.values()], now)
    return dict(zip(waiting.values(), codes, strict=True))
