"""Asking the numbers: whose they are, who may ask, and that each look at somebody is kept."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from talk import Talk, add_lead

from models.accounts import Account
from models.audit import AuditRow
from models.obligations import Kind, Obligation
from models.people import Person
from models.registers import Submission
from models.units import Unit
from models.venues.inspection import Inspection
from models.venues.problem import Problem, State
from models.venues.venue import Venue


async def _seen(talk: Talk) -> int:
    async with talk.db.read() as session:
        found = await session.scalars(select(AuditRow).where(AuditRow.action == "find.shown"))
        return len(found.all())


async def test_each_look_is_kept_and_a_number_of_many_is_not_one(talk: Talk) -> None:
    await talk.say("李强", "/find 陈 5682")
    assert await _seen(talk) == 1
    (letter,) = await talk.say("李强", "/find 陈")
    assert letter.keys == ["find.several", "find.recorded"]
    assert letter.message.protect
    assert await _seen(talk) == 4
    await talk.say("李强", "/find 周大山")
    assert await _seen(talk) == 4


async def test_a_button_on_somebody_elses_phone_opens_nobody(talk: Talk) -> None:
    (letter,) = await talk.say("李强", "/find 陈")
    tap = letter.taps[0]
    for stranger in ("刘洋", "王芳", "马兰", "郑义"):
        (refused,) = await talk.tap(stranger, tap)
        assert refused.keys == ["access.denied"]
    for claimed in ("a:found:", "a:found:x", "a:found:999999"):
        (refused,) = await talk.tap("李强", claimed)
        assert refused.keys == ["access.denied"]


@pytest.mark.parametrize("who", ["王芳", "马兰", "许红", "冯静"])
async def test_who_has_no_scope_has_no_search(talk: Talk, who: str) -> None:
    (letter,) = await talk.say(who, "/find 陈")
    assert letter.keys == ["access.staff_only"]


@pytest.mark.parametrize("who", ["王芳", "马兰", "许红", "冯静"])
async def test_a_forged_search_button_looks_for_nobody(talk: Talk, who: str) -> None:
    (refused,) = await talk.tap(who, "a:seek:陈建国")
    assert refused.keys == ["access.staff_only"]


async def test_what_was_written_is_looked_for_as_it_stands(talk: Talk) -> None:
    (offer,) = await talk.say("李强", "陈建国:5682 发烧了")
    (seek,) = [tap for tap in offer.taps if tap.startswith("a:seek:")]
    (letter,) = await talk.tap("李强", seek)
    assert letter.keys[0] == "find.person"
    assert await _seen(talk) == 1
    (offer,) = await talk.say("李强", "发烧了，陈建国的邻居家的远房亲戚的老同事的表哥 5682")
    assert not [tap for tap in offer.taps if tap.startswith("a:seek:")]  # more than a button holds
    (offer,) = await talk.say("李强", "有多少人没打卡")
    assert not [tap for tap in offer.taps if tap.startswith("a:seek:")]  # one character is nobody


async def test_a_lead_and_a_receipt_by_number_for_her_unit_alone(talk: Talk) -> None:
    await talk.observe("王芳")
    async with talk.db.write() as session:
        person = await session.scalar(select(Person).where(Person.guardian_id.is_not(None)))
        assert person is not None
        actor = await session.scalar(select(Account))
        assert actor is not None
        lead = await add_lead(session, person, talk.now)
        session.add(
            Obligation(
                key="verify:test",
                kind=Kind.VERIFY,
                unit_id=lead.unit_id,
                lead_id=lead.id,
                person_id=person.id,
                opens_at=talk.now,
                due_at=talk.now,
            )
        )
        session.add(
            Submission(
                form="moveout",
                version=1,
                receipt="220704-AB2CD",
                answers="{}",
                actor_id=actor.id,
                person_id=person.id,
                unit_id=person.unit_id,
                at=talk.now,
            )
        )
        await session.flush()
        number = lead.id
    (letter,) = await talk.say("李强", f"/find 线索{number}")
    assert letter.keys == ["find.several"]
    (card,) = await talk.tap("李强", letter.taps[0])
    assert card.keys[0].startswith("verify.")
    (letter,) = await talk.say("李强", "/find 220704-ab2cd")
    assert letter.taps == [f"a:found:{person.id}"]
    for asked in (f"线索{number}", "220704-AB2CD"):
        (letter,) = await talk.say("刘洋", f"/find {asked}")
        assert letter.keys[0] == "find.none"


async def test_a_problem_by_number_where_she_inspects(talk: Talk) -> None:
    async with talk.db.write() as session:
        unit = await session.scalar(select(Unit).where(Unit.name == "花园社区"))
        actor = await session.scalar(select(Account))
        assert unit is not None
        assert actor is not None
        venue = Venue(
            unit_id=unit.id,
            kind="shop",
            name="花园超市",
            address="花园小区1栋",
            code="door1",
            created_at=talk.now,
        )
        session.add(venue)
        await session.flush()
        filed = Submission(
            form="inspection",
            version=1,
            receipt="220704-AB3CD",
            answers="{}",
            actor_id=actor.id,
            unit_id=unit.id,
            at=talk.now,
        )
        session.add(filed)
        await session.flush()
        walk = Inspection(
            venue_id=venue.id,
            unit_id=unit.id,
            account_id=actor.id,
            submission_id=filed.id,
            visit="daily",
            at=talk.now,
            failed=1,
        )
        session.add(walk)
        await session.flush()
        problem = Problem(
            venue_id=venue.id,
            unit_id=unit.id,
            inspection_id=walk.id,
            item="shop.air",
            star=False,
            state=State.ISSUED,
            found_at=talk.now,
            found_by=actor.id,
            due_at=talk.now,
        )
        session.add(problem)
        await session.flush()
        number, door = problem.id, venue.id
    for who in ("孙丽", "郑义", "吴刚"):
        (letter,) = await talk.say(who, f"/find 问题{number}")
        assert letter.taps == [f"a:problem:{number}"]
        for asked in ("v-door1", "花园超市"):
            (letter,) = await talk.say(who, f"/find {asked}")
            assert letter.taps == [f"a:venue:{door}"]
    for who in ("何平", "李强"):
        (letter,) = await talk.say(who, f"/find 问题{number}")
        assert letter.keys[0] == "find.none"
