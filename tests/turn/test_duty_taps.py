"""Duty through real taps: whose shift it is, who may look, two who tap at once, forged buttons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cases import account_of, manned
from sqlalchemy import select
from talk import Read, Talk

from models.audit import AuditRow
from models.duty import Shift

SHIFT_ID = 1
HOLDER, ASKED, LEADERS = "李强", "赵敏", ("孙丽", "钱伟", "吴刚")
OUTSIDERS = ("路人", "何平", "高峰", "冯静")


@pytest.fixture
async def on_rota(talk: Talk) -> Talk:
    """A shift that begins now; everybody has written before."""
    async with talk.db.write() as session:
        await manned(session, talk.now, talk.now)
    for name in (*OUTSIDERS, "刘洋"):
        await talk.say(name, "/start")
    return talk


def keys(letters: list[Read], to: str) -> list[str]:
    return [key for letter in letters if letter.to == to for key in letter.keys]


async def shift_of(talk: Talk) -> Shift:
    async with talk.db.read() as session:
        return (await session.execute(select(Shift))).scalar_one()


@pytest.mark.parametrize("verb", ["signin", "signout", "handover", "noteread"])
async def test_only_she_whose_shift_it_is_signs(on_rota: Talk, verb: str) -> None:
    for name in (*OUTSIDERS, *LEADERS, "刘洋"):
        told = keys(await on_rota.tap(name, f"a:{verb}:{SHIFT_ID}"), name)
        assert told == ["access.denied"], name
    assert (await shift_of(on_rota)).signed_in_at is None


@pytest.mark.parametrize("verb", ["dutyshift", "dutypost", "standin"])
async def test_a_shift_is_shown_to_her_and_to_those_above(on_rota: Talk, verb: str) -> None:
    for name in OUTSIDERS:
        told = keys(await on_rota.tap(name, f"a:{verb}:{SHIFT_ID}"), name)
        assert told == ["access.denied"], name
    for name in (HOLDER, *LEADERS):
        told = keys(await on_rota.tap(name, f"a:{verb}:{SHIFT_ID}"), name)
        assert "access.denied" not in told, name


async def test_the_number_is_for_the_staff_of_these_units_and_is_written_down(
    on_rota: Talk,
) -> None:
    for name in (*OUTSIDERS, "刘洋", "王芳"):
        told = keys(await on_rota.tap(name, f"a:dutycall:{SHIFT_ID}"), name)
        assert told == ["access.denied"], name
    for name in (ASKED, *LEADERS):
        assert keys(await on_rota.tap(name, f"a:dutycall:{SHIFT_ID}"), name) == ["duty.number"]
    looks = await on_rota.rows(AuditRow.id, AuditRow.action)
    assert [row.action for row in looks] == ["phone.revealed"] * 4


@pytest.mark.parametrize("verb", ["dutyoff", "manpost"])
async def test_a_rota_is_made_and_unmade_by_leaders(on_rota: Talk, verb: str) -> None:
    for name in (*OUTSIDERS, HOLDER, ASKED):
        told = keys(await on_rota.tap(name, f"a:{verb}:1:yes"), name)
        assert set(told) <= {"access.denied", "access.staff_only"}, name
    assert (await shift_of(on_rota)).cancelled_at is None
    told = keys(await on_rota.tap("孙丽", f"a:{verb}:1:yes"), "孙丽")
    assert told[0] in ("duty.cancelled_done", "newshift.title")


async def test_a_post_is_made_in_ones_own_unit(on_rota: Talk) -> None:
    for name in (*OUTSIDERS[:1], HOLDER, "冯静"):
        assert keys(await on_rota.tap(name, "a:newpost"), name) == ["access.staff_only"]
    assert "newpost.title" in keys(await on_rota.tap("何平", "a:newpost"), "何平")


async def test_only_she_who_was_asked_agrees_and_once(on_rota: Talk) -> None:
    await on_rota.tap(HOLDER, f"a:standin:{SHIFT_ID}")
    asked = await on_rota.say(HOLDER, ASKED)
    assert keys(asked, ASKED) == ["duty.asked"]
    for name in ("孙丽", HOLDER):
        told = keys(await on_rota.tap(name, f"a:standyes:{SHIFT_ID}"), name)
        assert told == ["duty.not_asked"], name
    assert keys(await on_rota.tap("路人", f"a:standyes:{SHIFT_ID}"), "路人") == ["access.denied"]
    told = await on_rota.tap(ASKED, f"a:standyes:{SHIFT_ID}")
    assert keys(told, ASKED) == ["duty.yours"]
    assert keys(told, HOLDER) == ["duty.agreed"]
    assert keys(told, "孙丽") == ["duty.swapped"]
    again = await on_rota.tap(ASKED, f"a:standno:{SHIFT_ID}")
    assert keys(again, ASKED) == ["duty.not_asked"]
    gone = await on_rota.tap(HOLDER, f"a:signin:{SHIFT_ID}")
    assert keys(gone, HOLDER) == ["duty.handed_on"]


async def test_she_signs_in_while_the_colleague_agrees(on_rota: Talk) -> None:
    """Whoever comes first: there is one on the post, and both know."""
    await on_rota.tap(HOLDER, f"a:standin:{SHIFT_ID}")
    await on_rota.say(HOLDER, ASKED)
    events = [
        on_rota.event(HOLDER, kind="tap", data=f"a:signin:{SHIFT_ID}", message_id="m1"),
        on_rota.event(ASKED, kind="tap", data=f"a:standyes:{SHIFT_ID}", message_id="m2"),
    ]
    letters = await on_rota.deliver(*events)
    shift = await shift_of(on_rota)
    async with on_rota.db.read() as session:
        holder = (await account_of(session, HOLDER)).id
    if shift.account_id == holder:
        assert keys(letters, HOLDER) == ["duty.signed_in"]
        assert keys(letters, ASKED)[0] in ("access.denied", "duty.not_asked")
    else:
        assert keys(letters, ASKED) == ["duty.yours"]
        assert "duty.handed_on" in keys(letters, HOLDER)


async def test_a_note_that_was_read_cannot_be_changed(on_rota: Talk) -> None:
    async with on_rota.db.write() as session:
        first = await session.get_one(Shift, SHIFT_ID)
        second = Shift(
            post_id=first.post_id,
            unit_id=first.unit_id,
            account_id=(await account_of(session, ASKED)).id,
            since_at=on_rota.now + timedelta(minutes=5),
            until_at=on_rota.now + timedelta(hours=4),
            due_at=on_rota.now + timedelta(hours=1),
        )
        session.add(second)
    await on_rota.tap(HOLDER, f"a:signin:{SHIFT_ID}")
    await on_rota.tap(HOLDER, f"a:handover:{SHIFT_ID}")
    done = await on_rota.say(HOLDER, "栏杆松了")
    (correct,) = [data for data in done[-1].taps if data.startswith("a:correct")]
    await on_rota.tap(HOLDER, correct)
    assert "duty.note_kept" in keys(await on_rota.say(HOLDER, "栏杆修好了"), HOLDER)
    seen = await on_rota.tap(ASKED, "a:signin:2")
    assert keys(seen, ASKED) == ["duty.signed_in", "duty.note"]
    assert keys(await on_rota.tap(ASKED, "a:signout:2"), ASKED) == ["duty.read_first", "duty.note"]
    await on_rota.tap(ASKED, "a:noteread:2")
    number = correct.rpartition(":")[2]
    await on_rota.tap(HOLDER, f"a:correct:{int(number) + 1}")
    assert "duty.note_read_already" in keys(await on_rota.say(HOLDER, "再改"), HOLDER)
    assert keys(await on_rota.tap(ASKED, "a:signout:2"), ASKED) == ["duty.signed_out"]


@pytest.mark.parametrize(
    "data", ["a:signin:", "a:signin:x", "a:signin:999999999999999", "a:dutyshift"]
)
async def test_a_shift_that_nobody_has_is_refused(on_rota: Talk, data: str) -> None:
    assert keys(await on_rota.tap(HOLDER, data), HOLDER) == ["access.denied"]


async def test_the_months_sheet_holds_the_posts_that_she_leads(on_rota: Talk) -> None:
    for name in ("路人", "冯静", "刘洋", HOLDER):
        assert keys(await on_rota.tap(name, "a:dutymonth"), name) == ["access.staff_only"], name
    for name in ("何平", "高峰"):  # they lead posts elsewhere
        assert keys(await on_rota.tap(name, "a:dutymonth"), name) == ["duty.month_none"], name
    for name in LEADERS:
        for named in ("202107", "202207", "202307"):
            assert keys(await on_rota.tap(name, f"a:dutymonth:{named}"), name), named
        for wrong in ("202106", "202308", "2022-07", "0"):
            said = keys(await on_rota.tap(name, f"a:dutymonth:{wrong}"), name)
            assert said == ["unknown.button"], wrong
        (letter,) = await on_rota.tap(name, "a:dutymonth")
        assert letter.keys[0] == "duty.month_ready", name
        assert letter.message.document
