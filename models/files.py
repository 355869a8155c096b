"""Files that a message carries: made by us, kept encrypted until the message has long arrived.

In pieces, so that no statement and no pass of the key rotation holds a whole file. Knows no
platform and no format.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.crypto import Sealed, SealedBytes
from models.messages import Text, Value

KEPT = timedelta(days=15)  # no message waits longer for a file than it is kept itself
PIECE = 256 * 1024
_NO_FILE = '/\\:*?"<>|'
_MARK = "kept:"  # no platform has a colon in its own ids


class KeptFile(Base):
    """A file; `key` is how a message names it."""

    __tablename__ = "files"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(Sealed("files.name"))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    purge_on: Mapped[date] = mapped_column(index=True)


class FilePiece(Base):
    """At most PIECE bytes of a file; `number` counts from 0."""

    __tablename__ = "file_pieces"
    __table_args__ = (UniqueConstraint("file_id", "number"),)

    id: Mapped[Id]
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id"))
    number: Mapped[int]
    content: Mapped[bytes] = mapped_column(SealedBytes("file_pieces.content"))


@dataclass(frozen=True, slots=True)
class File:
    """A file as it travels: `name` is what the reader sees, with its ending."""

    name: str
    media_type: str
    content: bytes


def fit_for_file(name: Text) -> Text:
    """A name without what no file is called by."""
    told = {key: _no_path(value) for key, value in name.params.items()}
    return Text(name.key, told)


def _no_path(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    return "".join("-" if char in _NO_FILE else char for char in value)


def is_kept(name: str) -> bool:
    """Is this the key of a file of ours, not a platform's id?"""
    return name.startswith(_MARK)


async def keep_file(
    session: AsyncSession,
    name: str,
    media_type: str,
    content: bytes | Path,
    *,
    account_id: int | None,
    now: datetime,
) -> str:
    """Keep a file for the messages of this transaction; the key for `Outbound.document` or
    `Outbound.photo`. It goes after KEPT. What lies on disk is never in memory as a whole."""
    kept = KeptFile(
        key=f"{_MARK}{secrets.token_hex(12)}",
        name=name,
        media_type=media_type,
        size=_size(content),
        account_id=account_id,
        created_at=now,
        purge_on=(now + KEPT).date(),
    )
    session.add(kept)
    await session.flush()
    for number, piece in enumerate(_pieces(content)):
        row = {"file_id": kept.id, "number": number, "content": piece}
        await session.execute(insert(FilePiece), [row])
    return kept.key


def _size(content: bytes | Path) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    with content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as file:
        while piece := file.read(PIECE):
            yield piece


async def load_files(session: AsyncSession, keys: Collection[str]) -> Mapping[str, File]:
    """These files by their keys; what is gone is left out."""
    if not keys:
        return {}
    found = list(await session.scalars(select(KeptFile).where(KeptFile.key.in_(keys))))
    pieces: dict[int, list[bytes]] = {kept.id: [] for kept in found}
    for file_id, content in await session.execute(
        select(FilePiece.file_id, FilePiece.content)
        .where(FilePiece.file_id.in_(pieces))
        .order_by(FilePiece.file_id, FilePiece.number)
    ):
        pieces[file_id].append(content)
    return {kept.key: File(kept.name, kept.media_type, b"".join(pieces[kept.id])) for kept in found}


async def purge(session: AsyncSession, today: date) -> None:
    """Forget the files whose day has come."""
    over = select(KeptFile.id).where(KeptFile.purge_on <= today)
    await session.execute(
        delete(FilePiece)
        .where(FilePiece.file_id.in_(over))
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        delete(KeptFile)
        .where(KeptFile.purge_on <= today)
        .execution_options(synchronize_session=False)
    )
