"""Staff appointed from a list: many roles in units, and the one-time codes to sign in with.

Few statements, however many there are. It knows nothing of the sheet that they came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import INVITE_DAYS, Assignment, Invite, Role, new_code
from models.crypto import one_way
from models.people import phone_index


@dataclass(frozen=True, slots=True)
class Post:
    """A member of staff in one role in one unit."""

    name: str
    phone: str
    role: Role
    unit_id: int


async def appoint(
    session: AsyncSession, posts: Sequence[Post], accounts: Sequence[int | None], now: datetime
) -> list[str]:
    """Make assignments, no two alike in phone, role and unit; a one-time code for each whose
    account is not known, else an empty one."""
    if not posts:
        return []
    rows: list[dict[str, Any]] = [
        {
            "name": post.name,
            "phone": post.phone,
            "phone_index": phone_index(post.phone),
            "role": post.role,
            "unit_id": post.unit_id,
            "account_id": account,
            "since_at": now,
        }
        for post, account in zip(posts, accounts, strict=True)
    ]
    # Rows come back in any order, so each is known by what makes it unique.
    made = await session.scalars(insert(Assignment).returning(Assignment), rows)
    new = {(row.phone_index, Role(row.role), row.unit_id): row for row in made}
    waiting = [row for row in new.values() if row.account_id is None]
    codes = dict(
        zip((row.id for row in waiting), await reinvite(session, waiting, now), strict=True)
    )
    return [codes.get(new[r["phone_index"], r["role"], r["unit_id"]].id, "") for r in rows]


async def reinvite(
    session: AsyncSession, assignments: Sequence[Assignment], now: datetime
) -> list[str]:
    """A one-time code for each assignment: models.accounts.invite, for many at once."""
    codes = [new_code() for _ in assignments]
    rows = [
        {
            "code_hash": one_way(code),
            "role": row.role,
            "unit_id": row.unit_id,
            "assignment_id": row.id,
            "expires_at": now + timedelta(days=INVITE_DAYS),
        }
        for row, code in zip(assignments, codes, strict=True)
    ]
    if rows:
        await session.execute(insert(Invite), rows)
    return codes
