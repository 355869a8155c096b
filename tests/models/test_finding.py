"""A resident is found by a part of her name, her door, or the end of her number."""

from __future__ import annotations

from datetime import datetime

import pytest
from cases import actor, unit_of
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from models import finding
from models.people import Person


async def _live(session: AsyncSession, names: list[str], now: datetime) -> None:
    unit = await unit_of(session, "花园小区一网格")
    for n, name in enumerate(names):
        person = Person(unit_id=unit.id, name=name, address=f"琉璃街{n}号", created_at=now)
        person.phone, person.purge_on = f"1370000{n:04}", now.date()
        session.add(person)
    await session.flush()


async def _found(session: AsyncSession, query: str, now: datetime) -> list[str]:
    people, _ = await finding.find_residents(
        session, await actor(session, "李强", now), query, None
    )
    return [person.name for person in people]


async def test_she_is_found_on_any_page_and_by_what_is_hers(
    session: AsyncSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "AT_ONCE", 3)
    await _live(session, [f"司空{n}" for n in range(10)], now)
    assert await _found(session, "司空9", now) == ["司空9"]
    assert await _found(session, "琉璃街7号", now) == ["司空7"]
    assert await _found(session, "0004", now) == ["司空4"]
    assert await _found(session, "欧阳", now) == []
    assert await _found(session, "司空", now) == [f"司空{n}" for n in range(8)]


async def test_no_more_is_opened_than_is_needed(
    session: AsyncSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "AT_ONCE", 10)
    await _live(session, [f"司空{n}" for n in range(100)], now)
    pages = 0

    def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal pages
        pages += "people.address" in statement and "LIMIT" in statement

    engine = (await session.connection()).sync_engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert len(await _found(session, "司空", now)) == 8
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert 0 < pages <= 4
