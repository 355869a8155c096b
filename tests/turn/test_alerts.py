"""Two who want the same alert, who may give one back, and whose phone an alert reaches."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from cast import chat_of
from sqlalchemy import func, select
from talk import ZONE, Talk

from models.accounts import Account
from models.alerts import raise_alert
from models.hearing import Hearing
from models.obligations import Kind, Nudge, Obligation, Outcome, oblige
from models.outbox import OutboxRow
from models.people import Person
from models.units import Unit
from scheduler.sweep import tick

GRID = "花园小区一网格"


async def raised(talk: Talk, name: str, cause: str = "fever") -> int:
    """An alert about somebody, raised and said."""
    async with talk.db.write() as session:
        unit = await session.scalar(select(Unit).where(Unit.name == GRID))
        person = await session.scalar(
            select(Person)
            .join(Account, Account.person_id == Person.id)
            .where(Account.chat == chat_of(name))
        )
        assert unit is not None
        key = f"task:{name}:{cause}"
        row = {
            "key": key,
            "kind": Kind.TASK,
            "unit_id": unit.id,
            "person_id": person.id if person else None,
            "opens_at": talk.now + timedelta(days=9),
            "due_at": talk.now + timedelta(days=9),
        }
        await oblige(session, [row])
        source = await session.scalar(select(Obligation).where(Obligation.key == key))
        assert source is not None
        await raise_alert(session, cause, source, talk.now, {"name": name})
        number = await session.scalar(
            select(Obligation.id).where(Obligation.key == f"alert:{cause}:ob{source.id}")
        )
    await tick(talk.db, talk.now, ZONE)
    assert number is not None
    return number


async def alert(talk: Talk, number: int) -> Obligation:
    async with talk.db.read() as session:
        return await session.get_one(Obligation, number)


async def test_of_two_claims_one_wins_and_the_other_is_told_who(talk: Talk) -> None:
    number = await raised(talk, "王芳")
    claims = [
        talk.event(name, kind="tap", data=f"a:claim:{number}", message_id="1")
        for name in ("李强", "赵敏")
    ]
    first = [letter.keys[0] for letter in await talk.deliver(*claims)]
    assert sorted(set(first)) == ["alert.claimed", "alert.taken", "claim.taken_by"]
    found = await alert(talk, number)
    assert found.claimed_at == talk.now
    for name, key in (
        ("刘洋", "access.denied"),
        ("何平", "access.denied"),
        ("孙丽", "claim.not_yours"),
    ):
        answers = await talk.tap(name, f"a:giveback:{number}")
        assert [letter.keys[0] for letter in answers] == [key], name


async def test_what_is_given_back_is_anybodys_and_its_clock_runs_on(talk: Talk) -> None:
    number = await raised(talk, "王芳")
    opened = (await alert(talk, number)).opens_at
    await talk.tap("李强", f"a:claim:{number}")
    await talk.tap("李强", f"a:giveback:{number}")
    found = await alert(talk, number)
    assert (found.owner_id, found.claimed_at, found.opens_at) == (None, None, opened)
    await talk.tap("赵敏", f"a:claim:{number}")
    await talk.tap("赵敏", f"a:close:{number}:home")
    assert (await alert(talk, number)).outcome == Outcome.DONE


@pytest.mark.parametrize("cause", ["fever", "positive"])
async def test_what_is_given_back_outside_her_hours_waits_unless_it_presses(
    talk: Talk, cause: str
) -> None:
    number = await raised(talk, "王芳", cause)
    begins = talk.now.astimezone(ZONE).replace(hour=20, minute=0)
    async with talk.db.write() as session:
        found = await session.execute(
            select(Account.id).where(Account.chat.in_([chat_of("赵敏"), chat_of("孙丽")]))
        )
        for (account,) in found:
            session.add(
                Hearing(account_id=account, since=time(20), until=time(4), causes=["fever"])
            )
    await talk.tap("李强", f"a:claim:{number}")
    answers = await talk.tap("李强", f"a:giveback:{number}")
    pressing = cause == "positive"
    (answer,) = [one for one in answers if one.to == "李强"]
    assert answer.keys[0] == ("alert.given_back" if pressing else "alert.given_back_unheard")
    async with talk.db.read() as session:
        rows = await session.execute(
            select(Account.name, OutboxRow.not_before_at)
            .join(Account, Account.id == OutboxRow.account_id)
            .where(OutboxRow.dedupe_key.contains(":back:"))
        )
        called = {name: after for name, after in rows}  # noqa: C416 -- rows, not pairs
    after = None if pressing else begins
    assert called == {"赵敏": after, "孙丽": after}


@pytest.mark.parametrize("cause", ["fever", "positive"])
async def test_each_alert_reaches_each_reader_in_exactly_one_letter_a_rung(
    talk: Talk, cause: str
) -> None:
    numbers = [
        await raised(talk, name, cause)
        for name in ("王芳", "林志明", "陈建国", *(f"某{n}" for n in range(12)))
    ]
    async with talk.db.read() as session:
        found = await session.execute(
            select(Nudge.obligation_id, Nudge.account_id, func.count(Nudge.letter_key.distinct()))
            .join(OutboxRow, OutboxRow.dedupe_key == Nudge.letter_key)
            .where(Nudge.rung == 0, Nudge.obligation_id.in_(numbers))
            .group_by(Nudge.obligation_id, Nudge.account_id)
        )
        rows = found.all()
        letters = await session.scalar(
            select(func.count(Nudge.letter_key.distinct())).where(
                Nudge.obligation_id.in_(numbers), Nudge.rung == 0
            )
        )
        waiting = await session.scalar(
            select(func.count(OutboxRow.id)).where(
                OutboxRow.dedupe_key.startswith(f"alert:{cause}:"),
                OutboxRow.not_before_at.is_not(None),
            )
        )
    assert {row[0] for row in rows} == set(numbers)
    assert {row[2] for row in rows} == {1}
    readers = len({row[1] for row in rows})
    # Of fever the first comes alone and fourteen fold into two; what presses waits for nothing.
    assert letters == (3 if cause == "fever" else 15) * readers
    assert waiting == (2 * readers if cause == "fever" else 0)
