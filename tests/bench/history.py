"""Databases with a long history for (c): millions of obligations, made by the database itself.

The newest 10,000 are open and have to be looked at some day, as in a district whose people change
and whose number does not; so is a tenth of all the others, one here and one there. The rest ended
long ago. The wide table also holds the day of the next look (`look_at`, with an index over what is
open), which is how one would do it without a table of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Table, bindparam, column, select, table, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateIndex, DropIndex

from models.base import BigKey, Instant
from models.obligations import Obligation
from models.session import Database
from models.units import Level, add_unit

_AGO = {
    "sqlite": "datetime('2026-03-01', -n || ' minutes') || '.000000'",
    "postgresql": "timestamptz '2026-03-01 00:00Z' - n * interval '1 minute'",
}
_AHEAD = {
    "sqlite": "datetime('2026-03-10', (n % 100000) || ' seconds') || '.000000'",
    "postgresql": "timestamptz '2026-03-10 00:00Z' + (n % 100000) * interval '1 second'",
}
_INSTANT = {"sqlite": "DATETIME", "postgresql": "timestamptz"}
_NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {})"
)
NEWEST = 10_000
_OPEN = f"n > {{size}} - {NEWEST} OR n % 10 = 0 OR n % {{step}} = 0"
_COLUMNS = "id, key, kind, unit_id, opens_at, due_at, rung, rounds, facts, outcome, outcome_at"

_WIDE = table(
    "obligations", column("id", BigKey), column("look_at", Instant), column("rung", BigKey)
)


def _statements(dialect: str, size: int, step: int) -> list[str]:
    """Fill the tables without their indexes, then build those; the order matters."""
    ago, ahead, is_open = _AGO[dialect], _AHEAD[dialect], _OPEN.format(size=size, step=step)
    numbers = _NUMBERS.format(size)
    compiler = sqlite.dialect() if dialect == "sqlite" else postgresql.dialect()
    wide = Obligation.__table__
    assert isinstance(wide, Table), "a mapped class has a table"
    indexes = sorted(wide.indexes, key=lambda index: str(index.name))
    return [
        *(str(DropIndex(index).compile(dialect=compiler)) for index in indexes),
        f"ALTER TABLE obligations ADD COLUMN look_at {_INSTANT[dialect]}",
        f"""INSERT INTO obligations ({_COLUMNS}, look_at) {numbers}
            SELECT n, 'checkin:ep' || n || '-am', 'checkin', 1, {ago}, {ago}, 0, 0, '{{}}',
            CASE WHEN {is_open} THEN NULL ELSE 'done' END,
            CASE WHEN {is_open} THEN NULL ELSE {ago} END,
            CASE WHEN {is_open} THEN {ahead} END
            FROM numbers""",
        f"""INSERT INTO due (obligation_id, next_action_at) {numbers}
            SELECT n, {ahead} FROM numbers WHERE {is_open}""",
        *(str(CreateIndex(index).compile(dialect=compiler)) for index in indexes),
        "CREATE INDEX look ON obligations (look_at) WHERE outcome IS NULL",
    ]


async def fill(db: Database, size: int, step: int) -> None:
    """So many obligations, the newest, every tenth and every `step`th of them open."""
    async with db.write() as session:
        await add_unit(session, "district", "清河区", Level.DISTRICT)
    dialect = db.url.get_backend_name()
    if not db.embedded:
        async with db.engine.begin() as connection:
            for statement in _statements(dialect, size, step):
                await connection.exec_driver_sql(statement)
        async with db.engine.connect() as connection:
            plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await plain.exec_driver_sql("VACUUM ANALYZE")
        return
    await db.close()
    file = sqlite3.connect(str(db.url.database), isolation_level=None)
    for statement in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF"):
        file.execute(statement)
    for statement in _statements(dialect, size, step):
        file.execute(statement)
    file.execute("PRAGMA journal_mode=WAL")
    file.close()


async def claim_in_place(session: AsyncSession, now: datetime, limit: int) -> list[Obligation]:
    """Like `claim_due`, from the wide table itself."""
    ids = await session.scalars(
        select(_WIDE.c.id)
        .where(_WIDE.c.look_at <= now, text("outcome IS NULL"))
        .order_by(_WIDE.c.look_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = await session.scalars(select(Obligation).where(Obligation.id.in_(list(ids))))
    return list(found)


async def advance_in_place(
    session: AsyncSession, moves: Sequence[tuple[int, int, datetime]]
) -> None:
    """Like `advance`: rung and next look of each (id, rung, next look)."""
    connection = await session.connection()
    await connection.execute(
        update(_WIDE)
        .where(_WIDE.c.id == bindparam("of"))
        .values(rung=bindparam("to"), look_at=bindparam("at")),
        [{"of": obligation_id, "to": rung, "at": at} for obligation_id, rung, at in moves],
    )
