"""Whatever is said in a group names nobody: no word of it stands in a sealed column."""

from __future__ import annotations

from pathlib import Path

import pytest
from cast import CHANNEL
from sqlalchemy import Column, select
from sqlalchemy.ext.asyncio import AsyncSession
from transcripts.phones import GROUP
from transcripts.runner import Runner
from transcripts.script import read
from transcripts.stage import Stage

from models import tables
from models.crypto import Sealed
from models.registers import Submission

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHATS = sorted((Path(__file__).parent / "groups").glob("*.chat"))
# What we keep of messages themselves, and the group's own title.
OWN = ("inbox.payload", "outbox.payload", "conversations.draft", "chat_groups.title")


async def secrets(session: AsyncSession) -> set[str]:
    """Every sealed text of the district, and every answer that somebody gave about a person."""
    found: set[str] = set()
    for table in tables.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Sealed) and column.type.place not in OWN:
                found |= await _texts(session, column)
    for row in await session.scalars(select(Submission).where(Submission.form != "groupnotice")):
        found |= {value for value in row.values().values() if isinstance(value, str)}
    return {text for text in found if len(text) > 1}


async def _texts(session: AsyncSession, column: Column[str]) -> set[str]:
    return {text for text in await session.scalars(select(column)) if text}


@pytest.mark.parametrize("path", CHATS, ids=lambda path: path.stem)
async def test_nothing_personal_is_said_in_a_group(stage: Stage, path: Path) -> None:
    said: list[str] = []
    sending = stage.phones.send

    async def noted(chat, part):  # type: ignore[no-untyped-def]
        if chat.startswith(f"{CHANNEL}:{GROUP}"):
            said.extend((part.text, *(b.label for row in part.rows for b in row)))
        return await sending(chat, part)

    stage.phones.send = noted  # type: ignore[method-assign]
    await Runner(stage).play(read(path.read_text("utf-8")))
    async with stage.db.read() as session:
        known = await secrets(session)
    # A unit is named like the place that it is; its name is on the gate.
    shown = [(text, secret) for text in said for secret in known if secret in text]
    assert known
    assert said or path.stem == "not_staff"
    assert shown == []
