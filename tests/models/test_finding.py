"""A resident is found by a part of her name, her door, or the end of her number."""

from __future__ import annotations

from datetime import datetime

import pytest
from cases import actor, unit_of
from counting import sent_to
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.engine.parse_find import asked
from models import finding, twins
from models.people import Person, phone_index


async def _live(session: AsyncSession, names: list[str], now: datetime) -> None:
    unit = await unit_of(session, "花园小区一网格")
    for n, name in enumerate(names):
        person = Person(unit_id=unit.id, name=name, address=f"琉璃街{n}号", created_at=now)
        person.phone, person.purge_on = f"1370000{n:04}", now.date()
        session.add(person)
    await session.flush()


async def _found(session: AsyncSession, query: str, now: datetime, who: str = "李强") -> list[str]:
    parts = asked(query, now.date())
    found = await finding.find_residents(session, await actor(session, who, now), parts)
    return [person.name for person in found.people]


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
    with sent_to((await session.connection()).sync_engine) as sent:
        assert len(await _found(session, "司空", now)) == 8
    pages = [query for query, _ in sent if "people.address" in query and "LIMIT" in query]
    assert 0 < len(pages) <= 4


async def _wangs(session: AsyncSession, now: datetime) -> None:
    unit = await unit_of(session, "花园小区一网格")
    for name, phone, number in (
        ("王芳", "13900001234", "510107199003071025"),
        ("王小明", "13900005678", "510107198511231234"),
        ("汪洋", "13900001299", "510107198501014321"),
    ):
        person = Person(unit_id=unit.id, name=name, address="花园小区3栋2单元501", created_at=now)
        person.phone, person.id_kind, person.id_number = phone, "resident", number
        person.purge_on, person.phone_index = now.date(), phone_index(phone)
        session.add(person)
    await session.flush()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("王 1234", ["王芳", "王小明"]),
        ("王1234 尾号5678", ["王小明"]),
        ("wangfang", ["王芳"]),
        ("忘芳", ["王芳"]),
        ("王 1990年", ["王芳"]),
        ("1985年生 汪", ["王小明", "汪洋"]),
        ("姓王的 3栋501 1985", ["王小明", "汪洋"]),
        ("花园小区一网格 4321", ["汪洋"]),
        ("王 19900307", ["王芳"]),
        ("13900001234", ["王芳"]),
        ("李 13900001234", []),
        ("王 9999", []),
        ("柳林村 王", []),
    ],
)
async def test_every_part_has_to_fit(
    session: AsyncSession, now: datetime, query: str, names: list[str]
) -> None:
    await _wangs(session, now)
    assert await _found(session, query, now) == names
    assert await _found(session, query, now, "刘洋") == []


async def test_where_many_live_a_whole_name_or_a_unit_comes_first(
    session: AsyncSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _wangs(session, now)
    while not await twins.listen(session, now):
        pass
    monkeypatch.setattr(finding, "MOST_OPENED", 3)
    officer = await actor(session, "吴刚", now)
    found = await finding.find_residents(session, officer, asked("1234", now.date()))
    assert found.wide
    assert found.people == ()
    assert await _found(session, "王芳 1234", now, "吴刚") == ["王芳"]
    assert await _found(session, "王芳 5678", now, "吴刚") == []
    assert await _found(session, "13900001299", now, "吴刚") == ["汪洋"]
    monkeypatch.setattr(finding, "MOST_OPENED", 7)
    await _live(session, [f"司空{n}" for n in range(9)], now)
    assert (await finding.find_residents(session, officer, asked("1234", now.date()))).wide
