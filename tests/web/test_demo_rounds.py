"""What stands behind the page, without a browser: the clock that stops where somebody hears, the
language of the bot, a fresh district at the same address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")
STAFF = (1002, 1003, 1004)
UNTIL_S = 30


@pytest_asyncio.fixture(loop_scope="module")
async def http(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=UNTIL_S) as client:
        yield client


async def state(
    http: httpx.AsyncClient, until: Callable[[dict[str, Any]], bool] = bool
) -> dict[str, Any]:
    """What the page is told, as soon as it is so. Between two districts a connection may end, as
    a browser's may."""
    async with asyncio.timeout(UNTIL_S):
        while True:
            with suppress(httpx.TransportError):
                found: dict[str, Any] = (await http.get("/demo/state")).json()
                if until(found):
                    return found
            await asyncio.sleep(0.02)


def said(state: dict[str, Any], user_id: int) -> list[dict[str, Any]]:
    """What the bot said on a phone."""
    [phone] = (phone for phone in state["phones"] if phone["user_id"] == user_id)
    return [message for message in phone["messages"] if message["by_bot"]]


def greeted(state: dict[str, Any]) -> bool:
    return all(said(state, user_id) for user_id in STAFF)


def all_say(hello: str, state: dict[str, Any]) -> bool:
    return all(said(state, user_id)[-1]["text"].startswith(hello) for user_id in STAFF)


async def test_next_reminder_stops_where_a_phone_of_the_page_hears(
    http: httpx.AsyncClient,
) -> None:
    before = await state(http, until=greeted)
    due = before["scene"]["next"]
    assert (due["kind"], due["subject"], due["n"]) == ("checkin", "刘建国", 4)
    scene = (await http.post("/demo/clock", json={"move": "next"})).json()
    assert scene["now"] > due["at"]  # that one has no phone here
    assert scene["next"]["at"] > scene["now"]
    heard = await state(http, until=lambda now: len(said(now, 1002)) > len(said(before, 1002)))
    assert "未打卡" in said(heard, 1002)[-1]["text"]


async def test_bot_follows_the_language_of_the_page(http: httpx.AsyncClient) -> None:
    await state(http, until=greeted)
    for lang, hello in (("en", "Hello,"), ("zh_Hant", "您好，請")):
        assert (await http.post("/demo/language", json={"lang": lang})).status_code == 200
        await state(http, until=partial(all_say, hello))
    found = await state(http)
    assert [len(said(found, user_id)) for user_id in STAFF] == [1, 1, 1]  # turned in place
    assert {phone["lang"] for phone in found["phones"]} == {"zh_Hant"}


async def test_a_fresh_district_opens_at_the_same_address(http: httpx.AsyncClient) -> None:
    first = await state(http, until=greeted)
    await http.post("/demo/act", json={"user_id": 1002, "action": "write", "text": "/today"})
    await http.post("/demo/tour", json={"skip": "report"})
    await http.post("/demo/clock", json={"move": "day"})
    assert (await http.post("/demo/restart", json={"sure": True})).status_code == 200
    edition = first["scene"]["edition"]
    fresh = await state(
        http, until=lambda now: now["scene"].get("edition", edition) != edition and greeted(now)
    )
    assert fresh["scene"]["now"] < first["scene"]["now"] + 3_600_000
    assert not any(step["done"] or step["skipped"] for step in fresh["scene"]["tour"])
    assert [len(said(fresh, user_id)) for user_id in STAFF] == [1, 1, 1]
