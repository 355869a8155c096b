"""Every card in every language: whole words, filled in, with buttons that fit."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cases import ZONE, account_of, duties_of, duty, episode_of, lead_of, person_of, words
from sqlalchemy.ext.asyncio import AsyncSession

import locales
from models import cards
from models.cards import Brief, briefs, card, facts, line, rollcall, several
from models.cards.calls import called, taken
from models.messages import Outbound, Text
from models.obligations import Kind, Obligation, Outcome, by_key, oblige
from models.observation import record_checkin
from models.samples import Result, record_result
from models.verification import verify_key
from scheduler.ladders import OWN_SIDE, ladders

HOUR = timedelta(hours=1)
TIMES = {"since": "2022-07-04T12:00:00+00:00", "until": "06:00", "overnight": True}
ASKED = {"need": "medicine", "asker": 1, "behalf": False}
DETAIL = {"staff": "陈建国", "what": "降压药", "phone": "13812345682", "address": "x"}
SHIFT = {"shift": 1, "post": "东门卡口", "post_id": 1, **TIMES}
DAY = {
    "on": "2022-07-04",
    "since": "2022-07-03T09:00:00+00:00",
    "until": "2022-07-04T09:00:00+00:00",
}
FOUND = {"problem": 1, "item": "shop.air", "relapses": 1}
ORDER = {"suspension": 1, "ground": "unchecked", "days": 3, "items": ["common.scan"]}
# What belongs to no episode: its facts and its sealed detail, as their makers write them.
APART: dict[Kind, tuple[dict[str, Any], dict[str, str]]] = {
    Kind.TIP: (
        {"tip": 1, "tip_kind": "returnee", "photo": True},
        {"text": "昨晚有外地车进来", "place": "3栋"},
    ),
    Kind.AWAY: ({"away": 1, "intention": "planned", "promise": "written"}, {"place": "深圳"}),
    Kind.VISIT: ({"household": 1}, {"door": "花园小区3栋501"}),
    Kind.PAPERS: ({"lacks": "lost"}, {"name": "高小军"}),
    Kind.UNMET: ({"household": 1}, {"door": "花园小区3栋501"}),
    Kind.FOLLOW: (
        {"register": "absence", "record": 1, "findings": ["back", "clinic", "still"]},
        {"name": "王芳", "phone": "13812345678", "address": "花园小区3栋501"},
    ),
    Kind.GUIDE: (
        {"register": "gathering", "record": 1, "findings": [], "words": "guide"},
        {"name": "王芳", "occasion": "wedding", "held_on": "2022-07-10", "tables": "9"},
    ),
    Kind.CHECK: (
        {"register": "coldchain", "record": 1, "findings": ["sealed"], "words": "lacking"},
        {"venue": "川冷一号库", "plate": "川A12345", "goods": "冻虾", "missing": ["test"]},
    ),
    Kind.STOCK: ({"venue": 1, "on": "2022-07-04"}, {"venue": "川冷一号库"}),
    Kind.RECORD: ({"register": "drugsale"}, {}),
    Kind.ZERO: ({**DAY, "figures": {}, "zero": True}, {}),
    Kind.HELP: (ASKED, DETAIL),
    Kind.VOLUNTEER: ({"volunteer": 1}, {"staff": "王芳", "phone": "13812345678"}),
    **dict.fromkeys((Kind.PROBLEM, Kind.RECHECK, Kind.LOOKBACK), (FOUND, {"venue": "花园超市"})),
    **dict.fromkeys((Kind.SUSPEND, Kind.REOPEN), (ORDER, {"venue": "花园超市", "word": "没人管"})),
    Kind.OUTING: ({"outing": 1, "team": "第一组"}, {}),
    Kind.DUTY: (SHIFT, {"staff": "李强"}),
    Kind.SIGNOUT: (SHIFT, {"staff": "李强"}),
    Kind.ROTA: (SHIFT, {"staff": "李强"}),
}
BY = 1


def rungs(kind: Kind) -> set[tuple[str, bool]]:
    """What a ladder says: the word, and whether the person's own side hears it."""
    rungs = ladders().by_kind[kind].rungs
    return {(rung.say, rung.to in OWN_SIDE) for rung in rungs if rung.to != "ring"}


async def sample_of(session: AsyncSession, kind: Kind, now: datetime) -> list[Obligation]:
    """Obligations of a kind as they really come about: with a person, and without one."""
    if kind == Kind.VERIFY:
        lead = await lead_of(session, "王芳", now)
        found = await by_key(session, verify_key(lead.id))
        assert found is not None
        return [found]
    if kind in APART:
        told, detail = APART[kind]
        return [await duty(session, kind, now, kind=kind, facts=told, detail=json.dumps(detail))]
    pack, category = ("mpox-cn", "contact") if kind == Kind.CALL else ("cn-covid-v9", "spill-low")
    episode = await episode_of(session, "王芳", now, pack=pack, category=category)
    test = (await duties_of(session, episode, Kind.TEST, Kind.CALL))[0]
    if kind == Kind.RESULT:
        await record_result(session, test, Result.PENDING, None, BY, now)
    if kind == Kind.ALERT:
        checkin, other = (await duties_of(session, episode, Kind.CHECKIN))[:2]
        await record_checkin(session, checkin, None, ["cough", "rash"], BY, now, ZONE)
        await record_checkin(session, other, Decimal("39.1"), [], BY, now, ZONE)
        await record_result(session, test, Result.POSITIVE, None, BY, now)
    if kind == Kind.LEAVE:
        await duty(session, "staff", now, kind=kind, detail='{"staff": "李强"}')
    if kind in (Kind.CONTACT, Kind.TASK):
        person = await person_of(session, "王芳")
        told = {"cause": "blocked"} if kind == Kind.CONTACT else {"day": 1, "slot": ""}
        whose = {"person_id": person.id, "episode_id": episode.id}
        await duty(session, "extra", now, kind=kind, facts=told, **whose)
        await duty(session, "staff", now, kind=kind, facts=told, detail='{"staff": "李强"}')
    found = await duties_of(session, episode, kind)
    staff = await by_key(session, "staff")
    return [*found, *([staff] if staff else [])]


_BRIEFED = ("person", "episode", "lead", "unit")


def _states(item: Obligation, now: datetime) -> list[Obligation]:
    """An alert that is open, taken on, over and withdrawn, in time and late."""
    about = {"id": item.id, "kind": item.kind, "key": item.key, "unit_id": item.unit_id}
    about |= {"facts": item.facts, "detail": item.detail}
    hers = {"owner_id": BY, "claimed_at": now - HOUR}
    ends = (Outcome.DONE, Outcome.LATE, Outcome.CANCELLED)
    whens = (now - HOUR, now, now + HOUR)
    return [
        Obligation(**about, **state, opens_at=now - 2 * HOUR, due_at=due)
        for due in whens
        for state in (
            {},
            hers,
            *({**hers, "outcome": end, "outcome_at": now} for end in ends),
            {"outcome": Outcome.DONE, "outcome_at": now},
        )
    ]


def assert_said(message: Outbound) -> None:
    """All of it can be said in every language, and every button fits a platform's limit."""
    for lang in locales.LANGS:
        for text in words(message):
            said = locales.render(lang, text)
            assert said.strip(), text
            assert said != text.key, text
            assert "{" not in said, said
    for row in message.rows:
        for button in row:
            assert 0 < len(button.data.encode()) <= 64


@pytest.mark.parametrize("kind", cards.URGENCY)
async def test_every_rung_and_line_can_be_said_in_every_language(
    session: AsyncSession, now: datetime, kind: Kind
) -> None:
    found = await briefs(session, await sample_of(session, kind, now))
    assert found
    for say, own in rungs(kind):
        for brief in found:
            assert_said(card(brief, say, own=own))
        if own and kind == Kind.CHECKIN:
            assert_said(rollcall(found, say))
        elif ladders().by_kind[kind].fold:
            for state in _states(found[0].obligation, now):
                briefed = [Brief(state, *(getattr(found[0], n) for n in _BRIEFED))] * 2
                assert_said(called(briefed, say, {BY: "李强"}, now))
                assert_said(taken(briefed[0], "李强", now))
        else:
            assert_said(several(found * 2, say, now, own=own))
    for brief in found:
        for at in (now, now + timedelta(days=40)):
            assert_said(Outbound((line(brief, 1, at),)))


async def first(session: AsyncSession, now: datetime, kind: Kind) -> Brief:
    return (await briefs(session, await sample_of(session, kind, now)))[0]


async def test_a_card_masks_the_phone_and_shows_no_document(
    session: AsyncSession, now: datetime
) -> None:
    shown = repr(card(await first(session, now, Kind.VERIFY), "new"))
    assert "13812345678" not in shown
    assert "510107199003071025" not in shown
    assert "王芳" in shown


async def test_what_the_team_sees_of_a_person_may_not_be_forwarded(
    session: AsyncSession, now: datetime
) -> None:
    brief = await first(session, now, Kind.TEST)
    assert card(brief, "missed").protect
    assert not card(brief, "ask", own=True).protect


async def test_a_historical_pack_says_so_and_a_current_one_does_not(
    session: AsyncSession, now: datetime
) -> None:
    old, current = await first(session, now, Kind.TEST), await first(session, now, Kind.CALL)
    assert Text("pack.historical") in card(old, "ask", own=True).lines
    assert Text("pack.historical") not in card(current, "ask").lines


async def test_what_somebody_took_on_is_not_offered_to_claim(
    session: AsyncSession, now: datetime
) -> None:
    brief = await first(session, now, Kind.VERIFY)
    item = brief.obligation
    claim = cards.action("claim", item)

    def offered() -> bool:
        return claim in [button.data for row in card(brief, "new").rows for button in row]

    assert offered()
    item.owner_id = (await account_of(session, "李强")).id
    assert not offered()


async def test_a_long_list_shows_its_first_and_counts_the_rest(
    session: AsyncSession, now: datetime
) -> None:
    brief = await first(session, now, Kind.TEST)
    message = several([brief] * 11, "missed", now)
    assert Text("line.more", {"n": 11 - cards.LIST_LENGTH}) in message.lines
    assert len([button for row in message.rows for button in row]) == cards.LIST_LENGTH


async def test_briefs_keep_the_order_they_were_asked_in(
    session: AsyncSession, now: datetime
) -> None:
    items = [await duty(session, f"k{n}", now) for n in range(4)]
    order = [items[2], items[0], items[3], items[1]]
    assert [brief.obligation for brief in await briefs(session, order)] == order
    await oblige(session, [])


async def test_somebody_without_a_phone_has_a_card_that_says_so(
    session: AsyncSession, now: datetime
) -> None:
    person = await person_of(session, "陈奶奶")
    item = await duty(session, "k", now, kind=Kind.CONTACT, person_id=person.id)
    (brief,) = await briefs(session, [item])
    assert facts(brief)["phone"] == Text("card.no_phone")
