"""Who looked and who changed: append-only rows, sealed now and then by a chain of hashes.

Sealing is periodic, so no turn waits for a lock; a row changed or lost after its seal is found.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id

# A transaction under way may still commit a row with a lower id than one that we can see.
SETTLED_AFTER = timedelta(minutes=10)
_AT_ONCE = 1000  # rows of a statement


class AuditRow(Base):
    """One deed. `subject` is "person:7", `facts` holds nothing personal."""

    __tablename__ = "audit"

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(40), index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AuditSeal(Base):
    """The hash over all audit rows up to `last_id`, chained to the seal before."""

    __tablename__ = "audit_seals"

    id: Mapped[Id]
    last_id: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


def record(
    session: AsyncSession,
    now: datetime,
    account_id: int | None,
    action: str,
    subject: str,
    reason: str = "",
    **facts: Any,
) -> None:
    """Write one deed down, in the caller's transaction."""
    session.add(
        AuditRow(
            at=now,
            account_id=account_id,
            action=action,
            subject=subject,
            reason=reason[:200],
            facts=facts,
        )
    )


async def record_all(
    session: AsyncSession,
    now: datetime,
    account_id: int | None,
    action: str,
    subjects: Sequence[str],
    reason: str = "",
) -> None:
    """Write the same deed down for many, in the caller's transaction."""
    shared = {"at": now, "account_id": account_id, "action": action, "reason": reason[:200]}
    for start in range(0, len(subjects), _AT_ONCE):
        rows: list[dict[str, Any]] = [
            {**shared, "subject": subject, "facts": {}}
            for subject in subjects[start : start + _AT_ONCE]
        ]
        await session.execute(insert(AuditRow), rows)


def _chain(digest: str, rows: list[AuditRow]) -> str:
    for row in rows:
        line = [row.id, row.at.isoformat(), row.account_id, row.action, row.subject, row.reason]
        text = json.dumps([digest, *line, row.facts], sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
    return digest


async def _rows(session: AsyncSession, after: int, upto: int) -> list[AuditRow]:
    query = select(AuditRow).where(AuditRow.id > after, AuditRow.id <= upto)
    return list(await session.scalars(query.order_by(AuditRow.id)))


async def seal(session: AsyncSession, now: datetime) -> None:
    """Chain the rows since the last seal; those of the last minutes wait for the next one."""
    last = await session.scalar(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1))
    settled = select(func.max(AuditRow.id)).where(AuditRow.at <= now - SETTLED_AFTER)
    upto = await session.scalar(settled) or 0
    rows = await _rows(session, last.last_id if last else 0, upto)
    if rows:
        digest = _chain(last.digest if last else "", rows)
        session.add(AuditSeal(last_id=rows[-1].id, digest=digest, at=now))


async def broken_seal(session: AsyncSession) -> int | None:
    """The id of the first seal that does not hold any more; None when all do."""
    digest, after = "", 0
    for mark in await session.scalars(select(AuditSeal).order_by(AuditSeal.id)):
        digest = _chain(digest, await _rows(session, after, mark.last_id))
        if digest != mark.digest:
            return mark.id
        after = mark.last_id
    return None
