"""What an operator does from the command line, apart from running the bot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import locales
from bot.app import App
from bot.channels.telegram import TelegramChannel
from bot.settings import Settings
from models import audit
from models.accounts import Assignment, Role, invite, open_gate
from models.messages import Text, UserError
from models.protocols import catalogue
from models.session import Database
from models.statements import queue_up
from models.units import Level, Unit, add_unit, root, unit_by_code

DISTRICT_CODE = "district"


def current_packs() -> list[str]:
    """The packs that are in force: what a new district starts with unless it says otherwise."""
    return [pack.id for pack in catalogue.newest() if not pack.historical]


async def initialise(db: Database, packs: Sequence[str], now: datetime) -> str:
    """Make sure of a district and its packs; a one-time code for an administrator."""
    known = {pack.id for pack in catalogue.newest()}
    if unknown := set(packs) - known:
        raise UserError(
            "init.pack_unknown", pack=", ".join(sorted(unknown)), known=", ".join(sorted(known))
        )
    async with db.write() as session:
        await queue_up(session, ["initialise"])
        top = await root(session)
        if top is None:
            name = locales.render(locales.SOURCE, Text("init.district"))
            top = await add_unit(session, DISTRICT_CODE, name, Level.DISTRICT)
            top.packs = list(packs) or current_packs()
        elif packs:
            top.packs = list(packs)
        code = await invite(session, Role.ADMIN, top.id, now)
        audit.record(session, now, None, "invite.made", f"unit:{top.id}", role=Role.ADMIN)
    return code


async def first_admin(db: Database, now: datetime) -> str:
    """A one-time code while no administrator has signed in yet; else empty."""
    return "" if await has_admin(db) else await initialise(db, (), now)


async def has_admin(db: Database) -> bool:
    """Has an administrator signed in yet?"""
    async with db.read() as session:
        found = await session.scalar(
            select(func.count())
            .select_from(Assignment)
            .where(Assignment.role == Role.ADMIN, Assignment.account_id.is_not(None))
        )
    return bool(found)


async def _unit(session: AsyncSession, code: str) -> Unit:
    unit = await unit_by_code(session, code)
    if unit is None:
        unit = await session.scalar(select(Unit).where(Unit.name == code).limit(1))
    if unit is None:
        raise UserError("init.unit_unknown", unit=code)
    return unit


async def make_invite(db: Database, role: Role, unit_code: str, now: datetime) -> str:
    """A one-time code for a role in a unit (by code, or by name)."""
    async with db.write() as session:
        unit = await _unit(session, unit_code)
        audit.record(session, now, None, "invite.made", f"unit:{unit.id}", role=role)
        return await invite(session, role, unit.id, now)


async def make_gate(
    db: Database, unit_code: str, bot_name: str, out: Path | None, now: datetime
) -> str:
    """A gate's token; with `out` its QR code as a picture (svg or png by the name)."""
    async with db.write() as session:
        unit = await _unit(session, unit_code)
        audit.record(session, now, None, "gate.opened", f"unit:{unit.id}")
        token = await open_gate(session, unit.id, now)
    link = f"https://t.me/{bot_name}?start={token}" if bot_name else f"/start {token}"
    if out is not None:
        import segno  # a running bot draws nothing

        segno.make(link, error="m").save(str(out), scale=8, border=4)
    return link


def telegram(settings: Settings) -> TelegramChannel:
    """The channel that these settings name."""
    return TelegramChannel(
        settings.telegram_token, root=settings.telegram_api, proxy=settings.proxy or None
    )


async def tick_at(settings: Settings, db: Database, now: datetime) -> int:
    """Everything due at an instant becomes messages, once.

    They are sent here unless a running bot leads; then it is the one that sends them.
    """
    channels = {}
    if settings.telegram_token:
        channels = {TelegramChannel.name: telegram(settings)}
    app = App(db, settings, channels)
    looked_at = await app.tick_at(now)
    try:
        if channels:
            await app.drain()
    finally:
        for channel in channels.values():
            await channel.close()
    return looked_at
