"""The numbers for whoever watches: what waits, what was sent, how far behind; nobody's data."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from counting import sent_to
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text, update

from bot.channels.base import ChannelError, Gone, Rendered, Sent, TryLater, Unknown, Unreachable
from bot.channels.watched import WatchedChannel
from bot.metrics import Metrics, look, render
from models.accounts import Account
from models.clock import StoppedClock
from models.messages import Outbound, verbatim
from models.obligations import Due, Kind, oblige
from models.outbox import Delivery, Letter, OutboxRow, Priority, enqueue
from models.session import Database
from models.units import Level, add_unit

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def numbers(page: bytes) -> dict[str, float]:
    """Every sample of a page by name and labels, as one would write them in a query."""
    found = {}
    for family in text_string_to_metric_families(page.decode()):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def put(db: Database, clock: StoppedClock, *priorities: Priority) -> None:
    async with db.write() as session:
        account = Account(chat=f"telegram:{clock.now().timestamp()}", created_at=clock.now())
        session.add(account)
        await session.flush()
        letters = [
            Letter(f"{account.id}:{n}", account.id, Outbound((verbatim("王芳"),)), priority)
            for n, priority in enumerate(priorities)
        ]
        await enqueue(session, letters, clock.now())


async def test_what_waits_is_counted_by_priority_with_the_age_of_the_oldest(
    db: Database, clock: StoppedClock
) -> None:
    await put(db, clock, Priority.BROADCAST, Priority.REPLY, Priority.BROADCAST)
    clock.move_to(clock.now() + timedelta(seconds=30))
    await put(db, clock, Priority.BROADCAST, Priority.ALERT)
    async with db.write() as session:
        sent = update(OutboxRow).where(OutboxRow.priority == Priority.REPLY)
        await session.execute(sent.values(state=Delivery.SENT))
    clock.move_to(clock.now() + timedelta(seconds=10))
    found = await look(db, clock.now())
    waiting = dict.fromkeys(Priority, 0) | {Priority.BROADCAST: 3, Priority.ALERT: 1}
    oldest = dict.fromkeys(Priority, 0) | {Priority.BROADCAST: 40, Priority.ALERT: 10}
    assert (found.waiting, found.oldest) == (waiting, oldest)


async def test_the_sweep_is_behind_by_the_age_of_what_is_due(
    db: Database, clock: StoppedClock
) -> None:
    assert (await look(db, clock.now())).lag == 0
    async with db.write() as session:
        unit = await add_unit(session, "1", "区", Level.DISTRICT)
        at = {"opens_at": clock.now(), "due_at": clock.now()}
        await oblige(session, [{"key": "a", "kind": Kind.TASK, "unit_id": unit.id, **at}])
        await session.execute(update(Due).values(next_action_at=clock.now()))
    clock.move_to(clock.now() + timedelta(minutes=2))
    assert (await look(db, clock.now())).lag == 120
    assert (await look(db, clock.now() - timedelta(hours=1))).lag == 0


async def test_a_scrape_reads_no_table_from_end_to_end(db: Database, clock: StoppedClock) -> None:
    if not db.embedded:
        pytest.skip("SQLite tells its plan whatever the table holds")
    await put(db, clock, Priority.REPLY)
    with sent_to(db._reader.sync_engine) as sent:
        await look(db, clock.now())
    looks = [(sql, parameters) for sql, parameters in sent if sql.startswith("SELECT")]
    assert len(looks) == 3
    async with db.engine.connect() as connection:
        for sql, parameters in looks:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
            for step in [row[3] for row in plan]:
                assert not step.startswith("SCAN") or step.endswith(("waiting", "ix_due_next")), (
                    step
                )


class Fickle:
    """A channel that ends each call in another way."""

    name = "telegram"

    def __init__(self, *ends: Exception | Sent) -> None:
        self.ends = list(ends)

    async def send(self, chat: str, part: Rendered) -> Sent:
        end = self.ends.pop(0)
        if isinstance(end, Sent):
            return end
        raise end


async def test_every_call_is_counted_by_its_end(db: Database) -> None:
    metrics = Metrics()
    ends = [Sent("1"), Sent("2"), Unknown("timeout"), TryLater(7), TryLater(5), Gone("x")]
    channel = WatchedChannel(Fickle(*ends, Unreachable("x")), metrics)  # type: ignore[arg-type]
    for _ in range(7):
        with suppress(ChannelError):
            await channel.send("telegram:42", Rendered("王芳"))
    found = numbers(render(metrics, db, False, None))
    sends = {
        labels.split('result="')[1].rstrip('"}'): value
        for labels, value in found.items()
        if labels.startswith("gridbot_sends_total")
    }
    assert sends == {"sent": 2, "unknown": 1, "trylater": 2, "gone": 1, "unreachable": 1}
    assert found['gridbot_send_pause_seconds_total{channel="telegram"}'] == 12


async def test_readme_lists_every_number_and_no_other(db: Database, clock: StoppedClock) -> None:
    page = render(Metrics(), db, True, await look(db, clock.now())).decode()
    real = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(page)
        if family.name.startswith("gridbot_")
    }
    listed = {
        line.split("`")[1].partition("{")[0]
        for line in README.splitlines()
        if "| `gridbot_" in line
    }
    assert listed == real


async def test_no_number_carries_a_name(db: Database, clock: StoppedClock) -> None:
    await put(db, clock, Priority.REPLY)
    async with db.write() as session:
        await add_unit(session, "1", "花园小区", Level.DISTRICT)
        await session.execute(text("SELECT 1"))
    page = render(Metrics(), db, True, await look(db, clock.now())).decode()
    assert page.isascii()
