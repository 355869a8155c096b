"""Everything that is due is one thing.

The `key` of an obligation is its identity: creating it twice is one. Its state follows from facts
and now. What has to be looked at stands in the narrow table `due`, so the sweep's cost does not
grow with history.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    delete,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed
from models.statements import insert_new


class Kind(StrEnum):
    VERIFY = "verify"  # a lead waits for its grid worker
    RETRY = (
        "retry"  # somebody who did not answer is tried again; her verification goes on beside it
    )
    CHECKIN = "checkin"
    TEST = "test"  # a sample is to be taken
    RESULT = "result"  # a sample waits for its result
    CALL = "call"  # staff call on a listed day
    TASK = "task"  # work on the surroundings that a pack asks for
    ALERT = "alert"  # fever, symptoms, a positive result
    CONTACT = "contact"  # somebody cannot be reached in chat any more
    RELEASE = "release"
    TIP = "tip"  # somebody has seen something; a worker checks it
    AWAY = "away"  # a resident away is to be called
    VISIT = "visit"  # nobody was at home: come again
    PAPERS = "papers"  # somebody without papers is to show them
    ROUND = "round"  # a round of visits ends
    UNMET = "unmet"  # nobody was met again and again: call
    LEAVE = "leave"  # somebody is away, and nobody stands in
    BACK = "back"  # a leave that was promised begins, or one is over
    DUTY = "duty"  # somebody is to sign in at her post
    SIGNOUT = "signout"  # and to sign out again
    ROTA = "rota"  # a post has nobody for the night
    HELP = "help"  # somebody at home needs something, or somebody
    VOLUNTEER = "volunteer"  # somebody offers herself; staff confirm her
    SERVICE = "service"  # a request for help is out with volunteers
    RECORD = "record"  # the day's records of a register wait to be confirmed
    FOLLOW = "follow"  # somebody has to look after what a record tells
    CHECK = "check"  # an inspector has to look into what a record tells
    GUIDE = "guide"  # a gathering that somebody attends for the village
    STOCK = "stock"  # a cold store owes the totals of its day
    PROBLEM = "problem"  # a venue has to put something right
    RECHECK = "recheck"  # it says that it has: somebody looks again
    LOOKBACK = "lookback"  # it was right once: is it still
    OUTING = "outing"  # a supervision team has its day
    COLOUR = "colour"  # a venue's next card: yellow, red, a suspension is drafted
    SUSPEND = "suspend"  # a suspension is drafted: an officer decides
    REOPEN = "reopen"  # a closure is over: somebody looks before the venue opens
    LOG = "log"  # a venue is to write down its day: disinfection, temperatures, tests
    LOGDAY = "logday"  # the day of all venues begins: what is owed, what yesterday lacks
    ZERO = "zero"  # a unit's daily report, zero or not, waits to be confirmed
    BATCH = "batch"  # leads that came together are to be answered together
    RING = "ring"  # the head of a contact ring is asked how everybody is
    CLOSING = "closing"  # the district's day is closed, and its reports are opened
    DIGEST = "digest"
    UPKEEP = "upkeep"


class Outcome(StrEnum):
    DONE = "done"
    LATE = "late"
    WAIVED = "waived"
    UNREACHABLE = "unreachable"
    TRANSFERRED = "transferred"
    CANCELLED = "cancelled"


UNATTENDED = (
    Kind.DIGEST,
    Kind.UPKEEP,
    Kind.BACK,
    Kind.BATCH,
    Kind.CLOSING,
    Kind.SERVICE,
    Kind.COLOUR,
    Kind.RING,
    Kind.LOGDAY,
)  # the program's own, nobody's to do
REPORTED = (Outcome.DONE, Outcome.LATE)
GONE = (Outcome.TRANSFERRED, Outcome.CANCELLED)  # no longer expected of this unit


DETAILED: ColumnElement[bool] = literal_column("detail IS NOT NULL")
HELD: ColumnElement[bool] = literal_column("held_for_id IS NOT NULL")
OPEN: ColumnElement[bool] = literal_column("outcome IS NULL")
CALLS: ColumnElement[bool] = literal_column("substr(letter_key, 1, 6) = 'alert:'")


class Obligation(Base):
    """Something due from somebody. `facts` holds nothing personal, `detail` may."""

    __tablename__ = "obligations"
    __table_args__ = (
        # What became of what was due: read from the index alone.
        Index(
            "ix_obligations_unit_kind_due",
            *("unit_id", "kind", "due_at", "opens_at", "outcome_at", "outcome"),
        ),
        # What is late: few of very many.
        Index(
            "ix_obligations_late",
            *("due_at", "kind", "unit_id"),
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        # Few have a detail, and the night looks for old ones among millions.
        Index(
            "ix_obligations_detailed", "due_at", sqlite_where=DETAILED, postgresql_where=DETAILED
        ),
        # A worker's day: what is open in her units, and what she has done since the morning.
        Index(
            "ix_obligations_open", "unit_id", "opens_at", sqlite_where=OPEN, postgresql_where=OPEN
        ),
        Index("ix_obligations_done", "outcome_by", "outcome_at"),
        Index("ix_obligations_held_for", "held_for_id", sqlite_where=HELD, postgresql_where=HELD),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[Kind] = mapped_column(String(10))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    episode_id: Mapped[int | None] = mapped_column(ForeignKey("episodes.id"), index=True)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("leads.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    held_for_id: Mapped[int | None]  # of accounts: whose it is again when she is back from leave
    claimed_at: Mapped[datetime | None]  # when its owner, or the one before her, took it on
    opens_at: Mapped[datetime]
    due_at: Mapped[datetime]
    rung: Mapped[int] = mapped_column(default=0)
    rounds: Mapped[int] = mapped_column(default=0)  # how often its ladder was begun anew
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    detail: Mapped[str | None] = mapped_column(Sealed("obligations.detail"))
    outcome: Mapped[Outcome | None] = mapped_column(String(12))
    outcome_at: Mapped[datetime | None]
    outcome_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str | None] = mapped_column(String(40))

    def is_open(self) -> bool:
        return self.outcome is None

    @property
    def stood(self) -> timedelta:
        """How long its ladder's clock has stood still."""
        return timedelta(seconds=self.facts.get("stood", 0))

    def details(self) -> dict[str, Any]:
        """What `detail` holds."""
        found: dict[str, Any] = json.loads(self.detail) if self.detail else {}
        return found


class Due(Base):
    """When an obligation has to be looked at next; no row, nothing to do."""

    __tablename__ = "due"
    __table_args__ = (Index("ix_due_next", "next_action_at", "obligation_id"),)

    obligation_id: Mapped[int] = mapped_column(
        ForeignKey("obligations.id", ondelete="CASCADE"), primary_key=True
    )
    next_action_at: Mapped[datetime]


class Nudge(Base):
    """Proof of one rung: who was told, or why nobody was."""

    __tablename__ = "nudges"
    # An alert's letters are kept true, so what stands in one is looked for by its key.
    __table_args__ = (
        Index("ix_nudges_calls", "letter_key", sqlite_where=CALLS, postgresql_where=CALLS),
    )

    id: Mapped[Id]
    obligation_id: Mapped[int] = mapped_column(
        ForeignKey("obligations.id", ondelete="CASCADE"), index=True
    )
    rung: Mapped[int]
    audience: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    letter_key: Mapped[str | None] = mapped_column(String(160))
    skipped: Mapped[str | None] = mapped_column(String(20))  # reason: nobody, overtaken, no_channel


async def oblige(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Create obligations that do not exist yet, each to be looked at when it opens.

    Rows hold at least key, kind, unit_id, opens_at, due_at.
    """
    if not rows:
        return
    blank = {"person_id": None, "episode_id": None, "lead_id": None, "owner_id": None}
    await insert_new(
        session,
        Obligation,
        [{**blank, "rung": 0, "rounds": 0, "facts": {}, "detail": None, **row} for row in rows],
    )
    keys = [row["key"] for row in rows]
    fresh = await session.execute(
        select(Obligation.id, Obligation.opens_at)
        .outerjoin(Due, Due.obligation_id == Obligation.id)
        .where(
            Obligation.key.in_(keys),
            Due.obligation_id.is_(None),
            Obligation.outcome.is_(None),
            Obligation.rung == 0,
        )
    )
    await insert_new(
        session,
        Due,
        [{"obligation_id": i, "next_action_at": opens_at} for i, opens_at in fresh],
    )


def volunteered() -> ColumnElement[bool]:
    """Condition on a check-in: told without being asked, so it was due the moment it was told."""
    return Obligation.opens_at == Obligation.due_at


async def by_key(session: AsyncSession, key: str) -> Obligation | None:
    return await session.scalar(select(Obligation).where(Obligation.key == key))


async def fulfil(
    session: AsyncSession, obligation: Obligation, by: int | None, now: datetime
) -> None:
    """It was done: in time or late. What was done already keeps its first hour."""
    if obligation.outcome in REPORTED:
        return
    await settle(
        session, [obligation], Outcome.LATE if now > obligation.due_at else Outcome.DONE, by, now
    )


async def settle(
    session: AsyncSession,
    obligations: Iterable[Obligation],
    outcome: Outcome,
    by: int | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    """End obligations with an outcome; their ladders stop here."""
    ids = []
    for item in obligations:
        item.outcome, item.outcome_at, item.outcome_by, item.reason = outcome, now, by, reason
        ids.append(item.id)
    await session.flush()
    await session.execute(delete(Due).where(Due.obligation_id.in_(ids)))


async def look_again(session: AsyncSession, obligation: Obligation, at: datetime) -> None:
    """Start the obligation's ladder anew at `at`."""
    await look_at_all_again(session, [obligation], at)


async def look_at_all_again(
    session: AsyncSession, obligations: Sequence[Obligation], at: datetime
) -> None:
    """Start several ladders anew at `at`, in as many statements as one."""
    if not obligations:
        return
    for item in obligations:
        item.rung, item.rounds = 0, item.rounds + 1
        item.opens_at = min(item.opens_at, at)
    await session.flush()
    ids = [item.id for item in obligations]
    await insert_new(session, Due, [{"obligation_id": i, "next_action_at": at} for i in ids])
    await session.execute(update(Due).where(Due.obligation_id.in_(ids)).values(next_action_at=at))


async def open_of_episode(session: AsyncSession, episode_id: int, *kinds: Kind) -> list[Obligation]:
    """What is still open in an episode, by the hour."""
    query = select(Obligation).where(
        Obligation.episode_id == episode_id, Obligation.outcome.is_(None)
    )
    if kinds:
        query = query.where(Obligation.kind.in_(kinds))
    return list(await session.scalars(query.order_by(Obligation.due_at, Obligation.id)))


async def claim_due(session: AsyncSession, now: datetime, limit: int) -> list[Obligation]:
    """The obligations to look at now, oldest first, locked for this transaction."""
    ids = list(
        await session.scalars(
            select(Due.obligation_id)
            .where(Due.next_action_at <= now)
            .order_by(Due.next_action_at, Due.obligation_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    if not ids:
        return []
    found = await session.scalars(
        select(Obligation).where(Obligation.id.in_(ids)).order_by(Obligation.due_at, Obligation.id)
    )
    return list(found)


async def next_due_at(session: AsyncSession) -> datetime | None:
    """When the sweep has something to do next."""
    return await session.scalar(select(Due.next_action_at).order_by(Due.next_action_at).limit(1))


async def advance(session: AsyncSession, moves: Sequence[tuple[int, int, datetime | None]]) -> None:
    """Move obligations (id, rung, next look) on their ladders; None ends the looking."""
    if not moves:
        return
    connection = await session.connection()
    table, due = Obligation.__table__, Due.__table__
    assert isinstance(table, Table), "a mapped class has a table"
    assert isinstance(due, Table), "a mapped class has a table"
    await connection.execute(
        update(table).where(table.c.id == bindparam("of")).values(rung=bindparam("to")),
        [{"of": obligation_id, "to": rung} for obligation_id, rung, _ in moves],
    )
    ended = [obligation_id for obligation_id, _, at in moves if at is None]
    if ended:
        await connection.execute(delete(due).where(due.c.obligation_id.in_(ended)))
    going = [{"of": obligation_id, "at": at} for obligation_id, _, at in moves if at is not None]
    if going:
        mine = due.c.obligation_id == bindparam("of")
        await connection.execute(
            update(due).where(mine).values(next_action_at=bindparam("at")), going
        )
