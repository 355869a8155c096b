"""A district for (h): a million people in 5,000 grids, and so many days of what is asked of those
under observation, made by the database itself.

Of a day's check-ins nine in ten come in time, some late, a few never; those end with the fourteen
days of whoever missed them. Nothing here is personal: whatever is sealed is empty.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, DropIndex

from models.accounts import Account
from models.base import Base
from models.clock import at_local, local_day
from models.episodes import Episode
from models.leads import Lead
from models.obligations import Obligation
from models.people import Person
from models.reports.periods import Period
from models.session import Database
from models.statements import table_of
from models.units import Level, Unit
from tests.bench.people import NOW, ZONE

OBSERVED_DAYS = 14
TABLES: tuple[type[Base], ...] = (Obligation, Lead, Episode, Person)
_NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {})"
)


@dataclass(frozen=True, slots=True)
class Size:
    """How large it is; `checkins` are those of fourteen days, `days` how long it has gone on."""

    people: int
    checkins: int
    grids: int
    days: int

    @property
    def townships(self) -> int:
        return max(1, self.grids // 250)

    @property
    def villages(self) -> int:
        return max(1, self.grids // 10)

    @property
    def a_day(self) -> int:
        return self.checkins // OBSERVED_DAYS

    @property
    def first_grid(self) -> int:
        return 2 + self.townships + self.villages


def last_period() -> Period:
    """The last day that is over."""
    until = at_local(local_day(NOW, ZONE), datetime.min.time(), ZONE) - timedelta(hours=7)
    return Period(until - timedelta(days=1), until, ZONE)


def _units(size: Size) -> list[Unit]:
    def unit(number: int, level: Level, path: str, parent: int | None) -> Unit:
        one = Unit(id=number, code=f"u{number}", name=f"u{number}", level=level, path=path)
        one.parent_id = parent
        return one

    found = [unit(1, Level.DISTRICT, "/1/", None)]
    towns = range(2, 2 + size.townships)
    found += [unit(n, Level.TOWNSHIP, f"/1/{n}/", 1) for n in towns]
    for n in range(size.villages):
        town = towns[n % len(towns)]
        number = 2 + size.townships + n
        found.append(unit(number, Level.VILLAGE, f"/1/{town}/{number}/", town))
    for n in range(size.grids):
        village = found[1 + size.townships + n % size.villages]
        number = size.first_grid + n
        found.append(unit(number, Level.GRID, f"{village.path}{number}/", village.id))
    return found


def _rows(dialect: str, size: Size) -> list[str]:
    """Everything but the units. Instants are counted in seconds before the last cut-off."""
    until = last_period().until_at

    def at(seconds: str) -> str:
        epoch = f"{int(until.timestamp())} - ({seconds})"
        if dialect == "sqlite":
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', {epoch}, 'unixepoch')"
        return f"to_timestamp({epoch})"

    grid = f"{size.first_grid} + n * 7 % {size.grids}"
    checkins, tests = size.a_day * size.days, size.a_day * size.days // 4
    people = size.a_day // 2 * size.days // OBSERVED_DAYS  # two check-ins a day, fourteen days
    due = f"(n % {size.days}) * 86400 + n % 86000 * 617 % 86000"
    lead = f"n * 7907 % {size.days * 86400}"
    on = "'2026-02-01'"
    day = {"sqlite": on, "postgresql": f"date {on}"}[dialect]
    blank = {"sqlite": "X''", "postgresql": "''::bytea"}[dialect]
    of_day = f"n / {size.days} % 100"
    over = f"n % {size.days} >= {OBSERVED_DAYS}"
    missed = f"CASE WHEN {over} THEN 'cancelled' END"
    duty = f"""CASE {of_day} WHEN 0 THEN {missed} WHEN 1 THEN 'unreachable' WHEN 2 THEN 'waived'
              WHEN 3 THEN 'late' WHEN 4 THEN 'late' WHEN 5 THEN 'cancelled' ELSE 'done' END"""

    # By day one in ten is ended by the grid's worker, by night one in a thousand.
    by_day = f"n % 10 = 9 AND n % 86000 * 617 % 86000 < {9 * 3600}"
    by = f"CASE WHEN {of_day} > 0 AND ({by_day} OR n % 1000 = 7) THEN {grid} END"

    def duties(kind: str, many: int) -> str:
        left = f"CASE WHEN {over} THEN {at(f'{due} - {OBSERVED_DAYS * 86400}')} END"
        ended = f"""CASE WHEN {of_day} = 0 THEN {left} WHEN {of_day} IN (3, 4)
                    THEN {at(f"{due} - 18000")} ELSE {at(f"{due} + 1800")} END"""
        return f"""INSERT INTO obligations
            (key, kind, unit_id, opens_at, due_at, rung, rounds, facts, outcome, outcome_at,
            outcome_by) {_NUMBERS.format(many)}
            SELECT '{kind}:ep' || n, '{kind}', {grid}, {at(f"{due} + 7200")}, {at(due)}, 0, 0,
            '{{}}', {duty}, {ended}, {by} FROM numbers"""

    workers = f"{_NUMBERS.format(size.grids)} SELECT {size.first_grid} + n - 1"
    return [
        f"INSERT INTO accounts (id, chat, lang, created_at) {workers}, 'w:' || n, 'zh_Hans',"
        f" {at('0')} FROM numbers",
        # A grid in a hundred has nobody.
        f"INSERT INTO assignments (unit_id, account_id, role, since_at) {workers},"
        f" {size.first_grid} + n - 1, 'grid_worker', {at(str(90 * 86400))} FROM numbers"
        f" WHERE n % 100 > 0",
        duties("checkin", checkins),
        duties("test", tests),
        f"""INSERT INTO people (unit_id, name, created_at, listed_at)
            {_NUMBERS.format(size.people)}
            SELECT {grid}, {blank}, {at(str(90 * 86400))}, {at(str(90 * 86400))} FROM numbers""",
        f"""INSERT INTO leads (person_id, unit_id, source, expected_at, created_at, known_at,
            purge_on, outcome, outcome_at) {_NUMBERS.format(people)}
            SELECT n, {grid}, 'visit', {at(lead)}, {at(lead)}, {at(lead)}, {day},
            CASE WHEN n % 10 = 0 THEN NULL WHEN n % 3 = 0 THEN 'verified' ELSE 'no_risk' END,
            CASE WHEN n % 10 = 0 THEN NULL ELSE {at(f"{lead} - 7200")} END FROM numbers""",
        f"""INSERT INTO episodes (person_id, unit_id, pack, pack_version, category, anchor_on,
            conditions, opened_at, opened_by, ends_on, outcome, outcome_at)
            {_NUMBERS.format(people)}
            SELECT n, {grid}, 'cn-covid-v9', 1, 'contact', {day}, '{{}}', {at(lead)}, 1, {day},
            CASE WHEN {lead} > {OBSERVED_DAYS * 86400} THEN 'released' END,
            CASE WHEN {lead} > {OBSERVED_DAYS * 86400}
            THEN {at(f"{lead} - {OBSERVED_DAYS * 86400}")} END FROM numbers""",
    ]


async def fill(db: Database, size: Size) -> None:
    """The whole district: rows first, their indexes afterwards."""
    async with db.write() as session:
        session.add(Account(id=1, chat="bench:1", created_at=NOW))
        session.add_all(_units(size))
    dialect = db.url.get_backend_name()
    compiler = sqlite.dialect() if dialect == "sqlite" else postgresql.dialect()
    indexes = [
        index
        for one in TABLES
        for index in sorted(table_of(one).indexes, key=lambda index: str(index.name))
    ]
    statements = [
        *(str(DropIndex(index).compile(dialect=compiler)) for index in indexes),
        *_rows(dialect, size),
        *(str(CreateIndex(index).compile(dialect=compiler)) for index in indexes),
    ]
    if not db.embedded:
        async with db.engine.begin() as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)
        async with db.engine.connect() as connection:
            plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await plain.exec_driver_sql("VACUUM ANALYZE")
        return
    await db.close()
    file = sqlite3.connect(str(db.url.database), isolation_level=None)
    for statement in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", *statements):
        file.execute(statement)
    file.execute("PRAGMA journal_mode=WAL")
    file.close()
