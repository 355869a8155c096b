"""The 64 people as they stand in the tables when their walk begins."""

from __future__ import annotations

import json

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account
from models.inbox import Conversation
from models.units import Level, add_unit
from tests.bench.people import AT_ONCE, NOW, begun, chat


async def settle(session: AsyncSession) -> None:
    """A district, and everybody with an account and a report at its first question."""
    await add_unit(session, "district", "清河区", Level.DISTRICT)
    draft = json.dumps([begun().to_json()], ensure_ascii=False)
    people = [chat(person) for person in range(AT_ONCE)]
    await session.execute(
        insert(Account),
        [{"chat": one, "lang": "zh_Hans", "name": "王芳", "created_at": NOW} for one in people],
    )
    await session.execute(
        insert(Conversation),
        [
            {"chat": one, "handled_id": 0, "draft": draft, "live": "", "draft_at": NOW}
            for one in people
        ],
    )
