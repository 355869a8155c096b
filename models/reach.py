"""Somebody wants a call, or cannot be reached in chat any more: that is work for a person."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import TEAM, Account, Assignment
from models.episodes import Episode
from models.groups import Group, leave
from models.messages import Outbound, Text
from models.obligations import Kind, Obligation, oblige
from models.outbox import Letter, Priority, enqueue
from models.people import Person
from models.units import Unit
from models.wards import answered_for

CONTACT_WITHIN = timedelta(hours=4)


async def ask_contact(
    session: AsyncSession, cause: str, source: Obligation | Person, now: datetime
) -> None:
    """A worker is to get in touch; asked again on the same day for the same cause it is one."""
    about_person = isinstance(source, Person)
    name = f"p{source.id}" if about_person else f"ob{source.id}"
    row = {
        "key": f"contact:{cause}:{name}:{now.date().isoformat()}",
        "kind": Kind.CONTACT,
        "unit_id": source.unit_id,
        "person_id": source.id if isinstance(source, Person) else source.person_id,
        "episode_id": None if isinstance(source, Person) else source.episode_id,
        "opens_at": now,
        "due_at": now + CONTACT_WITHIN,
        "facts": {"cause": cause},
    }
    await oblige(session, [row])


async def lose(session: AsyncSession, account_id: int, now: datetime) -> None:
    """An account has blocked us: whoever is near calls its people under observation, and the
    unit above hears about a member of the team."""
    account = await session.get(Account, account_id)
    if account is None:
        return
    group = await session.scalar(select(Group).where(Group.account_id == account_id))
    if group is not None:
        await lose_group(session, group, now)
        return
    rows = await _people(session, account) + await _staff(session, account, now)
    times = {"opens_at": now, "due_at": now + CONTACT_WITHIN, "facts": {"cause": "blocked"}}
    day = now.date().isoformat()  # once a day is enough, whichever day that is
    await oblige(
        session,
        [{**row, **times, "key": f"{row['key']}:{day}", "kind": Kind.CONTACT} for row in rows],
    )


async def _people(session: AsyncSession, account: Account) -> list[dict[str, object]]:
    observed = await session.execute(
        select(Person.id, Person.unit_id, Episode.id)
        .join(Episode, Episode.person_id == Person.id)
        .where(answered_for(account), Episode.outcome.is_(None))
    )
    return [
        {
            "key": f"contact:blocked:p{person_id}",
            "unit_id": unit_id,
            "person_id": person_id,
            "episode_id": episode_id,
        }
        for person_id, unit_id, episode_id in observed
    ]


async def _staff(session: AsyncSession, account: Account, now: datetime) -> list[dict[str, object]]:
    held = await session.execute(
        select(Assignment, Unit)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(
            Assignment.account_id == account.id,
            Assignment.role.in_(TEAM),
            or_(Assignment.until_at.is_(None), Assignment.until_at > now),
        )
    )
    return [
        {
            "key": f"contact:blocked:s{assignment.id}",
            "unit_id": unit.parent_id or unit.id,
            "detail": json.dumps({"staff": assignment.name or account.name or unit.name}),
        }
        for assignment, unit in held
    ]


async def lose_group(session: AsyncSession, group: Group, now: datetime) -> None:
    """We are in a group no more: whoever brought us there hears it, once."""
    if group.left_at is not None:
        return
    unit = await session.get(Unit, group.unit_id) if group.unit_id else None
    told = Text(
        "groups.gone",
        {
            "title": group.title or Text("groups.untitled"),
            "unit": unit.name if unit else Text("groups.unbound"),
        },
    )
    if group.added_by is not None:
        key = f"group_gone:{group.id}:{now.isoformat()}"
        letter = Letter(key, group.added_by, Outbound((told,)), Priority.NOTICE)
        await enqueue(session, [letter], now)
    await leave(session, group, now)
