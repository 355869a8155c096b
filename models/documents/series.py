"""The number of a document: one after the other for each unit and year, and once taken it stays
with what the document is about."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.clock import local_day
from models.documents.kinds import DocumentKind
from models.messages import Text
from models.units import Unit

DOCUMENT = "document"  # the kind of job that writes one


class IssuedDocument(Base):
    """A document with its number. `subject` says what it is about ("inspection:7"): asked for
    again, it is the same document, written anew. `template` is the version of the template by
    which it was last written; 0 is the shipped one."""

    __tablename__ = "issued_documents"
    __table_args__ = (
        UniqueConstraint("unit_id", "kind", "year", "number"),
        UniqueConstraint("kind", "subject"),
    )

    id: Mapped[Id]
    kind: Mapped[DocumentKind] = mapped_column(String(12))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    year: Mapped[int]
    number: Mapped[int]
    subject: Mapped[str] = mapped_column(String(60))
    issued_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    template: Mapped[int | None]

    def number_text(self, unit: Unit) -> Text:
        """As it stands on the document."""
        told = {"unit": unit.name, "year": str(self.year), "number": str(self.number)}
        return Text(f"document.number.{self.kind}", told)


async def issue(
    session: AsyncSession,
    kind: DocumentKind,
    unit: Unit,
    subject: str,
    by: int,
    now: datetime,
    zone: ZoneInfo,
) -> IssuedDocument:
    """The document about a subject, with the unit's next number when it is new."""
    # Whoever takes a number of the same series waits here.
    await session.get_one(Unit, unit.id, with_for_update=True)
    known = await session.scalar(
        select(IssuedDocument).where(IssuedDocument.kind == kind, IssuedDocument.subject == subject)
    )
    if known is not None:
        return known
    year = local_day(now, zone).year
    last = select(func.max(IssuedDocument.number)).where(
        IssuedDocument.unit_id == unit.id,
        IssuedDocument.kind == kind,
        IssuedDocument.year == year,
    )
    row = IssuedDocument(
        kind=kind,
        unit_id=unit.id,
        year=year,
        number=(await session.scalar(last) or 0) + 1,
        subject=subject,
        issued_at=now,
        by_id=by,
    )
    session.add(row)
    await session.flush()
    return row
