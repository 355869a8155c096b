"""The numbers of a real conversation: what came, what was taken, what went out."""

from __future__ import annotations

import asyncio

import httpx
from prometheus_client.parser import text_string_to_metric_families
from street import FANG, QIANG, Street, report, sign_in

from bot.web.health import pages
from models.accounts import Role


async def scrape(street: Street) -> dict[str, float]:
    transport = httpx.ASGITransport(app=pages(street.app))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        page = (await client.get("/metrics")).text
    samples = [s for family in text_string_to_metric_families(page) for s in family.samples]
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for sample in samples
        if sample.name.startswith("gridbot_")
    }


async def test_what_is_said_and_answered_is_counted(street: Street) -> None:
    await sign_in(street, QIANG, Role.GRID_WORKER, "010101")
    street.server.faults.push("429", method="sendMessage", retry_after=1)
    await report(street)
    await street.seen(QIANG, "新线索")
    for _ in range(1500):
        found = await scrape(street)
        if found["gridbot_sweep_obligations_total"]:  # counted when the whole sweep has ended
            break
        await asyncio.sleep(0.02)
    said = sum(not shown.by_bot for who in (FANG, QIANG) for shown in street.server.chat(who))
    assert found["gridbot_updates_received_total telegram"] > said  # taps leave nothing to see
    assert found["gridbot_turns_total"] == found["gridbot_updates_received_total telegram"]
    assert 0 < found["gridbot_turn_wait_seconds_count"] <= found["gridbot_turns_total"]
    answered = sum(shown.by_bot for who in (FANG, QIANG) for shown in street.server.chat(who))
    assert found["gridbot_sends_total telegram sent"] >= answered - 1
    assert found["gridbot_sends_total telegram trylater"] == 1
    assert found["gridbot_send_pause_seconds_total telegram"] == 1
    assert found["gridbot_leading"] == 1
    assert found["gridbot_sweep_obligations_total"] > 0
    assert found["gridbot_sweep_ticks_total"] > 0
    assert found["gridbot_database_failures_total"] == 0
