"""Submissions: typed answers, receipts, and which of them stands."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from cases import account_of, person_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.registers import Submission, dump_answers, new_receipt, newest


async def submit(session: AsyncSession, receipt: str, at: datetime, **columns: Any) -> Submission:
    actor = await account_of(session, "李强")
    told: dict[str, Any] = {
        "form": "checkin",
        "version": 1,
        "receipt": receipt,
        "answers": dump_answers({"temperature": "36.5", "symptoms": []}, {"place:1": "上海市"}),
        "actor_id": actor.id,
        "at": at,
    }
    row = Submission(**{**told, **columns})
    session.add(row)
    await session.flush()
    return row


def test_a_receipt_is_the_day_and_five_characters_without_look_alikes() -> None:
    pattern = r"220704-[2-9A-HJ-KM-NP-Z]{5}"
    assert all(re.fullmatch(pattern, new_receipt(date(2022, 7, 4))) for _ in range(500))


def test_receipts_of_one_day_hardly_ever_meet() -> None:
    """30^5 of them: a thousand a day meet about once in fifty days, and then the turn repeats."""
    assert len({new_receipt(date(2022, 7, 4)) for _ in range(1000)}) >= 998


async def test_answers_and_the_words_of_what_was_picked_come_back(
    session: AsyncSession, now: datetime
) -> None:
    row = await submit(session, "220704-AAAAA", now)
    await session.refresh(row)
    assert row.values() == {"temperature": "36.5", "symptoms": []}
    assert row.labels() == {"place:1": "上海市"}


async def test_answers_are_not_readable_in_the_database(
    session: AsyncSession, now: datetime
) -> None:
    await submit(session, "220704-AAAAA", now)
    assert b"36.5" not in await session.scalar(text("SELECT answers FROM submissions"))


async def test_purged_answers_are_empty_and_no_error(session: AsyncSession, now: datetime) -> None:
    row = await submit(session, "220704-AAAAA", now, answers="{}")
    assert (row.values(), row.labels()) == ({}, {})


async def test_the_newest_that_was_not_withdrawn_stands(
    session: AsyncSession, now: datetime
) -> None:
    actor, other = await account_of(session, "李强"), await account_of(session, "赵敏")
    assert await newest(session, actor.id, "checkin") is None
    first = await submit(session, "1", now)
    second = await submit(session, "2", now, supersedes_id=first.id)
    await submit(session, "3", now, actor_id=other.id)
    await submit(session, "4", now, form="report")
    assert await newest(session, actor.id, "checkin") is second
    second.withdrawn_at = now + timedelta(minutes=1)
    await session.flush()
    assert await newest(session, actor.id, "checkin") is first


async def test_the_newest_may_be_asked_for_one_person(session: AsyncSession, now: datetime) -> None:
    actor = await account_of(session, "李强")
    one, two = await person_of(session, "陈建国"), await person_of(session, "林秀英")
    of_one = await submit(session, "1", now, person_id=one.id)
    of_two = await submit(session, "2", now, person_id=two.id)
    assert await newest(session, actor.id, "checkin", one.id) is of_one
    assert await newest(session, actor.id, "checkin", two.id) is of_two
