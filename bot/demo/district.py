"""The demo's small district: units, staff, a few people under observation with days of history.

Built through the same functions that the conversations use, at instants in the past. The names
stand in cast.toml.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.updates import CHANNEL
from models.accounts import Account, Assignment, Role, open_gate
from models.clock import at_local, local_day
from models.identity import IdDocument, IdKind
from models.leads import LeadSource
from models.obligations import Kind, Obligation
from models.observation import open_episode, record_checkin
from models.people import Household, address_index, phone_index
from models.protocols import catalogue
from models.samples import Result, record_result
from models.session import Database
from models.units import Level, Unit, add_unit, unit_by_code
from models.verification import Report, open_lead, remember_person
from scheduler.upkeep import plan_recurring

PACK = "cn-covid-v9"
NOON = time(12)


@dataclass(frozen=True, slots=True)
class District:
    """What the page needs to know of what was built."""

    gate: str  # token of the gate's QR code
    cast: dict[str, Any]


def read_cast() -> dict[str, Any]:
    return tomllib.loads((files("bot.demo") / "cast.toml").read_text(encoding="utf-8"))


async def build(db: Database, now: datetime, zone: ZoneInfo) -> District:
    """Fill an empty database; the history ends at `now`."""
    cast = read_cast()
    began = now - timedelta(days=cast["days_of_history"])
    async with db.write() as session:
        await _units(session, cast)
        accounts = await _staff(session, cast, began)
        gate_unit = await unit_by_code(session, cast["gate"])
        assert gate_unit is not None, "the cast names a unit"
        gate = await open_gate(session, gate_unit.id, began)
        worker = accounts[cast["worker"]]
        for resident in cast["residents"]:
            await _observe(session, resident, worker, now, zone)
        await plan_recurring(session, now, zone)
    return District(gate, cast)


async def _units(session: AsyncSession, cast: dict[str, Any]) -> None:
    by_code: dict[str, Unit] = {}
    for row in cast["units"]:
        parent = by_code.get(row.get("parent", ""))
        unit = await add_unit(session, row["code"], row["name"], Level(row["level"]), parent)
        by_code[unit.code] = unit
        if unit.level == Level.DISTRICT:
            unit.packs = [PACK]
    for row in cast["households"]:
        address = row["address"]
        session.add(
            Household(
                unit_id=by_code[row["unit"]].id,
                address=address,
                address_index=address_index(address),
            )
        )


async def _staff(session: AsyncSession, cast: dict[str, Any], at: datetime) -> dict[int, Account]:
    out: dict[int, Account] = {}
    for row in cast["staff"]:
        unit = await unit_by_code(session, row["unit"])
        assert unit is not None, "the cast names a unit"
        account = Account(chat=f"{CHANNEL}:{row['id']}", name=row["name"], created_at=at)
        session.add(account)
        await session.flush()
        session.add(
            Assignment(
                role=Role(row["role"]),
                unit_id=unit.id,
                account_id=account.id,
                name=row["name"],
                phone=row["phone"],
                phone_index=phone_index(row["phone"]),
                since_at=at,
            )
        )
        out[row["id"]] = account
    return out


async def _observe(
    session: AsyncSession, row: dict[str, Any], worker: Account, now: datetime, zone: ZoneInfo
) -> None:
    """One resident's way here: a lead some days ago, an episode, what she reported since."""
    unit = await unit_by_code(session, row["unit"])
    assert unit is not None, "the cast names a unit"
    came_at = at_local(local_day(now, zone) - timedelta(days=row["day"]), NOON, zone)
    report = Report(
        name=row["name"],
        phone=row["phone"],
        document=IdDocument(kind=IdKind.RESIDENT, number=row["id_number"]),
        address=row["address"],
        origin=row["origin"],
        transport=row["transport"],
        expected_at=came_at,
        unit_id=unit.id,
        source=LeadSource.VISIT,
    )
    person, _ = await remember_person(session, report, came_at)
    lead, _ = await open_lead(session, report, person, worker.id, None, came_at, zone)
    anchor = local_day(came_at, zone)
    pack = catalogue.get(PACK)
    verified_at = came_at + timedelta(hours=1)
    episode = await open_episode(
        session, lead, person, pack, row["category"], anchor, worker.id, verified_at, zone
    )
    due = await session.scalars(
        select(Obligation)
        .where(Obligation.episode_id == episode.id, Obligation.opens_at < now)
        .order_by(Obligation.due_at)
    )
    for item in list(due):
        await _report(session, item, row, worker, now, zone)


async def _report(
    session: AsyncSession,
    item: Obligation,
    row: dict[str, Any],
    worker: Account,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """What she did about one duty: as the worker wrote it down, half an hour after it opened."""
    at = item.opens_at + timedelta(minutes=30)
    if at >= now or item.facts.get("code") in row.get("missed", []):
        return
    if item.kind == Kind.CHECKIN:
        await record_checkin(session, item, Decimal(row["celsius"]), (), worker.id, at, zone)
    elif item.kind == Kind.TEST:
        await record_result(session, item, Result.NEGATIVE, None, worker.id, at)
