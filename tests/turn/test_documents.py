"""Documents: who may ask for which, through real taps."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from cases import unit_of
from sqlalchemy import func, select
from talk import ZONE, Read, Talk
from test_venues import (
    fail,
    shop,  # noqa: F401  (a fixture)
)

from models.closed import closed_sheets
from models.documents.series import IssuedDocument
from models.jobs import Job
from models.reports import chart
from models.reports.periods import closed_period
from models.venues.venue import Venue

INSPECTOR, MANAGER, VILLAGE, ABOVE, DISTRICT = "郑义", "马兰", "孙丽", "钱伟", "吴刚"
NOT_HERS = ("路人", "李强", "刘洋", "何平", "高峰", MANAGER)


def refused(letters: Sequence[Read]) -> bool:
    return any(key.startswith("access.") for one in letters for key in one.keys)


async def jobs(talk: Talk) -> int:
    async with talk.db.read() as session:
        return await session.scalar(select(func.count()).select_from(Job)) or 0


async def test_a_notice_is_for_those_who_issue_there(talk: Talk, shop: Venue) -> None:  # noqa: F811
    await fail(talk, INSPECTOR, shop)
    for person in NOT_HERS:
        await talk.say(person, "/help")
        assert refused(await talk.tap(person, "a:notice:1")), person
    assert await jobs(talk) == 0
    for person in (INSPECTOR, VILLAGE, ABOVE):
        assert not refused(await talk.tap(person, "a:notice:1")), person
    async with talk.db.read() as session:
        document = (await session.scalars(select(IssuedDocument))).one()
    assert (document.number, document.subject, await jobs(talk)) == (1, "inspection:1", 3)


async def test_a_bulletin_is_of_ones_own_unit(talk: Talk, shop: Venue) -> None:  # noqa: F811
    for person in ("路人", "李强", "刘洋", MANAGER):
        await talk.say(person, "/help")
        for rest in ("", ":week", ":days"):
            assert refused(await talk.tap(person, f"a:bulletin{rest}")), person
    for person, unit in ((INSPECTOR, "城关镇"), (VILLAGE, "花园社区"), ("高峰", "柳林乡")):
        (letter,) = await talk.tap(person, "a:bulletin")
        assert letter.message.lines[0].params["unit"] == unit
        assert not refused(await talk.tap(person, "a:bulletin:lastweek"))
    assert await jobs(talk) == 3


@pytest.mark.parametrize("span", ["year", "x", "0", "week:x"])
async def test_other_spans_are_no_buttons(talk: Talk, shop: Venue, span: str) -> None:  # noqa: F811
    letters = await talk.tap(INSPECTOR, f"a:bulletin:{span}")
    asked = await jobs(talk)
    assert (asked == 1) == (span == "week:x")
    assert asked or [key for one in letters for key in one.keys] == ["unknown.button"]


async def test_templates_are_the_districts(talk: Talk, shop: Venue) -> None:  # noqa: F811
    taps = ("template", "template:notice", "template:notice:get", "template:notice:use:0")
    for person in ("路人", INSPECTOR, VILLAGE, ABOVE, MANAGER, "李强"):
        await talk.say(person, "/help")
        for tap in (*taps, "newtemplate:1:notice", "newtemplate:1:drop"):
            assert refused(await talk.tap(person, f"a:{tap}")), (person, tap)
    await talk.say(DISTRICT, "/help")
    for tap in taps[1:]:
        assert not refused(await talk.tap(DISTRICT, f"a:{tap}")), tap


@pytest.mark.parametrize("tap", ["template:x", "template:notice:x", "template:notice:use:7"])
async def test_a_forged_template_is_no_button(talk: Talk, tap: str) -> None:
    await talk.say(DISTRICT, "/help")
    letters = await talk.tap(DISTRICT, f"a:{tap}")
    assert [key for one in letters for key in one.keys] == ["unknown.button"]


async def test_a_period_report_is_for_those_who_read_the_digest(talk: Talk) -> None:
    for person in ("路人", "李强", "刘洋", INSPECTOR):
        await talk.say(person, "/help")
        for rest in ("", ":week", ":days"):
            assert refused(await talk.tap(person, f"a:periodreport{rest}")), person
    assert await jobs(talk) == 0
    for person, unit in ((VILLAGE, "花园社区"), ("高峰", "柳林乡"), (DISTRICT, "清河区")):
        (letter,) = await talk.tap(person, "a:periodreport")
        assert letter.message.lines[0].params["unit"] == unit
        assert not refused(await talk.tap(person, "a:periodreport:lastweek"))
    assert await jobs(talk) == 3


async def test_a_chart_is_for_those_who_read_the_digest(talk: Talk) -> None:
    await talk.say(VILLAGE, "/help")
    (off,) = await talk.tap(VILLAGE, "a:chart")
    assert off.keys == ["chart.off"]
    chart.offer(drawn=True)
    for person in ("路人", "李强", "刘洋", INSPECTOR):
        await talk.say(person, "/help")
        assert refused(await talk.tap(person, "a:chart")), person
    assert await jobs(talk) == 0
    (drawing,) = await talk.tap(VILLAGE, "a:chart")
    assert (drawing.keys, await jobs(talk)) == (["chart.drawing"], 1)


async def test_a_corrected_digest_is_for_whoever_oversees_its_unit(talk: Talk) -> None:
    """A village's is not for the village next door, nor for those who work below it."""
    async with talk.db.write() as session:
        unit = await unit_of(session, "花园社区")
        period = await closed_period(session, unit, talk.now, ZONE)
        (sheet,) = await closed_sheets(session, unit, [period], talk.now)
        tap = f"a:digest:{sheet.id}"
    for person in ("路人", "李强", INSPECTOR, MANAGER):
        await talk.say(person, "/help")
        assert refused(await talk.tap(person, tap)), person
    for person in ("何平", "高峰"):
        (refusal,) = await talk.tap(person, tap)
        assert refusal.keys == ["digest.gone"], person
    for person in (VILLAGE, ABOVE, DISTRICT):
        (shown,) = await talk.tap(person, tap)
        assert shown.message.lines[0].params["unit"] == "花园社区", person
        (gone,) = await talk.tap(person, "a:digest:x")
        assert gone.keys == ["digest.gone"]
