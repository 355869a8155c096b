"""Migrations and tables say the same, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, insert, inspect, select, text

from bot.operations import initialise
from models import tables
from models.crypto import seal
from models.messages import UserError
from models.migrations.history import tables_at
from models.migrations.upgrade import SCRIPTS, at_head, head, migrate, upgrade
from models.people import households_at
from models.rules import rules_of
from models.session import Database
from models.units import Level, Unit, add_unit


@pytest.fixture
async def bare(bare_url: str) -> AsyncIterator[Database]:
    db = Database(bare_url)
    yield db
    await db.close()


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, tables.metadata))


async def test_migrating_from_nothing_gives_exactly_the_tables_of_the_program(
    bare: Database,
) -> None:
    await migrate(bare)
    async with bare.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_processes_that_start_at_once_do_not_get_in_each_others_way(bare_url: str) -> None:
    several = [Database(bare_url) for _ in range(3)]
    await asyncio.gather(*(migrate(db) for db in several))
    assert [await at_head(db) for db in several] == [True] * 3
    now = datetime(2022, 7, 4, tzinfo=UTC)
    await asyncio.gather(*(initialise(db, (), now) for db in several))
    async with several[0].read() as session:
        assert await session.scalar(select(func.count()).select_from(Unit)) == 1
    for db in several:
        await db.close()


async def test_migrating_from_nothing_gives_the_indexes_with_their_conditions(
    bare: Database,
) -> None:
    """The comparison above does not look at what a partial index is limited to."""
    await migrate(bare)
    partial = ("outbox", "obligations")
    async with bare.engine.connect() as connection:
        found = await connection.run_sync(
            lambda sync: {i["name"]: i for name in partial for i in inspect(sync).get_indexes(name)}
        )
    for index in (i for name in partial for i in tables.metadata.tables[name].indexes):
        stored = found[index.name]["dialect_options"]
        dialect = "sqlite" if bare.embedded else "postgresql"
        declared = index.dialect_options[dialect]["where"]
        assert (declared is not None) == (stored.get(f"{dialect}_where") is not None), index.name


async def test_a_database_is_at_head_only_when_it_was_migrated(bare: Database) -> None:
    assert not await at_head(bare)
    await migrate(bare)
    assert await at_head(bare)
    async with bare.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert not await at_head(bare)


def test_the_newest_revision_is_the_one_that_alembic_finds() -> None:
    assert head() == ScriptDirectory(str(SCRIPTS)).get_current_head()


async def test_migrating_again_keeps_what_is_there(bare: Database) -> None:
    await migrate(bare)
    async with bare.write() as session:
        await add_unit(session, "QH", "清河区", Level.DISTRICT)
    await migrate(bare)
    async with bare.read() as session:
        assert await session.scalar(select(func.count()).select_from(Unit)) == 1


async def test_tables_of_a_newer_program_are_left_alone(bare: Database) -> None:
    await migrate(bare)
    async with bare.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UserError, match=r"database\.newer"):
        await migrate(bare)


async def test_doors_of_an_older_program_are_found_by_the_new_key(bare: Database) -> None:
    """It found them by their letters and digits alone."""
    door, tables_then = "花园小区3#-2-501", tables_at("0002").tables
    old = {"unit_id": 1, "address": seal(door, "households.address"), "address_index": "old"}
    async with bare.engine.begin() as connection:
        await connection.run_sync(upgrade, "0002")
        unit = {"id": 1, "code": "QH", "name": "清河区", "level": "district", "path": "/1/"}
        rest = {"digest_time": time(17), "packs": [], "settings": {}}
        await connection.execute(insert(tables_then["units"]).values({**unit, **rest}))
        await connection.execute(insert(tables_then["households"]).values(old))
    await migrate(bare)
    async with bare.read() as session:
        (home,) = await households_at(session, "花园小区3栋2单元501", "/1/")
        assert home.address == door


async def test_the_hours_that_a_district_had_set_for_tips_are_kept(bare: Database) -> None:
    async with bare.engine.begin() as connection:
        await connection.run_sync(upgrade, "0022")
        unit = {"id": 1, "code": "QH", "name": "清河区", "level": "district", "path": "/1/"}
        rest = {"digest_time": time(17), "packs": [], "settings": {"tip_hours": 6, "away_days": 5}}
        await connection.execute(insert(tables_at("0022").tables["units"]).values({**unit, **rest}))
    await migrate(bare)
    async with bare.read() as session:
        rules = rules_of((await session.scalars(select(Unit))).one())
    assert (rules.verify_tip, rules.away_days) == (6, 5)
