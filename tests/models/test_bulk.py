"""Rows that are written at once read as if they had been written one by one."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases import unit_of
from sqlalchemy import LargeBinary, func, select, text, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import insert_rows
from models.clock import DEFAULT_ZONE
from models.inbox import Cursor
from models.people import Person, Residence
from models.session import Database

NAMES = ("id", "unit_id", "name", "phone", "id_kind", "residence", "purge_on")


async def test_rows_written_at_once_are_what_objects_would_have_written(
    session: AsyncSession, now: datetime
) -> None:
    unit = await unit_of(session, "花园小区一网格")
    days = [now.date() + timedelta(days=n) for n in range(2)]
    rows = [
        (901, unit.id, "王芳", "13812345678", "resident", Residence.TENANT, days[0]),
        (902, unit.id, "李强", None, None, None, days[1]),
    ]
    local = now.astimezone(DEFAULT_ZONE)
    await insert_rows(session, Person, NAMES, rows, {"created_at": local})
    found = list(await session.scalars(select(Person).where(Person.id > 900).order_by(Person.id)))
    assert [tuple(getattr(person, name) for name in NAMES) for person in found] == rows
    assert [person.created_at for person in found] == [now, now]
    boxes = await session.scalars(
        select(type_coerce(Person.name, LargeBinary)).where(Person.id > 900).order_by(Person.id)
    )
    assert not any("王芳".encode() in box for box in boxes)


async def test_no_rows_are_no_statement(session: AsyncSession) -> None:
    before = await session.scalar(select(func.count(Person.id)))
    await insert_rows(session, Person, NAMES, [])
    assert await session.scalar(select(func.count(Person.id))) == before


async def test_a_database_that_was_full_is_well_again_once_rows_are_written(db: Database) -> None:
    db._failed_at = 1e12
    assert db.doubtful
    async with db.write() as session:
        await session.execute(text("SELECT 1"))
    assert db.doubtful
    async with db.write() as session:
        await insert_rows(session, Cursor, ("channel", "position"), [("a", 1)])
    assert not db.doubtful
