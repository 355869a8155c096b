"""Files for messages: whole, sealed, gone on their day."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest
from cases import account_of
from sqlalchemy import LargeBinary, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from models.files import KEPT, PIECE, File, FilePiece, KeptFile, keep_file, load_files, purge

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize("size", [0, 1, PIECE, 2 * PIECE + 1])
async def test_a_file_comes_back_byte_for_byte(
    session: AsyncSession, now: datetime, size: int
) -> None:
    content = os.urandom(size)
    key = await keep_file(session, "名册.xlsx", SHEET, content, account_id=None, now=now)
    other = await keep_file(session, "b.png", "image/png", b"b", account_id=None, now=now)
    assert await load_files(session, [key]) == {key: File("名册.xlsx", SHEET, content)}
    assert (await load_files(session, [key, other]))[other].content == b"b"


async def test_name_and_content_lie_sealed_and_belong_to_somebody(
    session: AsyncSession, now: datetime
) -> None:
    worker = await account_of(session, "李强")
    await keep_file(session, "王芳.txt", "text/plain", b"secret", account_id=worker.id, now=now)
    kept = (await session.scalars(select(KeptFile))).one()
    assert (kept.account_id, kept.size) == (worker.id, 6)
    for column in (KeptFile.name, FilePiece.content):
        box = await session.scalar(select(type_coerce(column, LargeBinary)))
        assert box is not None
        assert "王芳".encode() not in box
        assert b"secret" not in box


async def test_a_file_goes_on_its_day_and_not_before(session: AsyncSession, now: datetime) -> None:
    key = await keep_file(session, "a", "text/plain", b"a", account_id=None, now=now)
    day = (now + KEPT).date()
    await purge(session, day - timedelta(days=1))
    assert key in await load_files(session, [key])
    await purge(session, day)
    assert await load_files(session, [key]) == {}
    assert await session.scalar(select(func.count()).select_from(FilePiece)) == 0
