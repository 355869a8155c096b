"""Typed submissions: what was told, by whom, for whom. A correction supersedes, both stay."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed


class Submission(Base):
    """One submitted form: its values by field name, and the words of what was picked."""

    __tablename__ = "submissions"

    id: Mapped[Id]
    form: Mapped[str] = mapped_column(String(40), index=True)
    version: Mapped[int]
    receipt: Mapped[str] = mapped_column(String(24), unique=True)
    answers: Mapped[str] = mapped_column(Sealed("submissions.answers"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    obligation_id: Mapped[int | None] = mapped_column(index=True)  # which comes from a submission
    context: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # ids that the form was begun with
    at: Mapped[datetime] = mapped_column(index=True)
    on_behalf: Mapped[bool] = mapped_column(default=False)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    withdrawn_at: Mapped[datetime | None]
    purge_on: Mapped[date | None] = mapped_column(index=True)  # None: purged

    def values(self) -> dict[str, Any]:
        """The answers as they were given; empty once they were purged."""
        found: dict[str, Any] = json.loads(self.answers).get("values", {})
        return found

    def labels(self) -> dict[str, str]:
        """The words of picked options, by "source:value"."""
        found: dict[str, str] = json.loads(self.answers).get("labels", {})
        return found


def dump_answers(values: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """What `Submission.answers` holds."""
    return json.dumps({"values": dict(values), "labels": dict(labels)}, ensure_ascii=False)


_DIGITS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_receipt(on: date) -> str:
    """A receipt number that can be read out: the day and five characters."""
    return f"{on:%y%m%d}-" + "".join(secrets.choice(_DIGITS) for _ in range(5))


async def superseded(session: AsyncSession, submission: Submission) -> bool:
    """Was it corrected? Then the newer version counts."""
    found = await session.scalar(
        select(Submission.id).where(Submission.supersedes_id == submission.id).limit(1)
    )
    return found is not None


async def newest(
    session: AsyncSession, actor_id: int, form: str, person_id: int | None = None
) -> Submission | None:
    """The actor's last standing submission of a form."""
    query = select(Submission).where(
        Submission.actor_id == actor_id,
        Submission.form == form,
        Submission.withdrawn_at.is_(None),
    )
    if person_id is not None:
        query = query.where(Submission.person_id == person_id)
    return await session.scalar(query.order_by(Submission.id.desc()).limit(1))


async def entered(session: AsyncSession, actor_id: int, forms: Collection[str]) -> set[str]:
    """Those of these forms that somebody has ever filed."""
    found = await session.scalars(
        select(Submission.form)
        .where(Submission.actor_id == actor_id, Submission.form.in_(forms))
        .distinct()
    )
    return set(found)
