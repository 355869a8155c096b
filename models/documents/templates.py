"""Templates that a district has in the place of the shipped ones. Every version is kept.

A template is a form: it holds no facts, so it is kept as it came. What it is a template of is its
`kind`: that of a document, or a ledger's (models/ledgers/headings.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, defer, mapped_column

from models.accounts import Role
from models.actors import Actor, Grant
from models.base import Base, Id
from models.documents.kinds import DocumentKind, shipped
from models.messages import UserError
from models.units import Level, Unit, district_of

TEMPLATE = "template"  # the kind of job that looks at one


class Template(Base):
    """One version of a district's own. At most one of a kind is in force; the shipped one is
    while none is."""

    __tablename__ = "document_templates"
    __table_args__ = (UniqueConstraint("unit_id", "kind", "version"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    kind: Mapped[str] = mapped_column(String(24))
    version: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    in_force: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]


def decides(actor: Actor) -> Grant | None:
    """By what she decides on her district's templates; None when she does not."""
    grant = actor.top(Role.DISTRICT)
    return grant if grant is not None and grant.level == Level.DISTRICT else None


async def her_district(session: AsyncSession, actor: Actor) -> Unit:
    """The district whose templates she decides on. Raises UserError for everybody else."""
    grant = decides(actor)
    if grant is None:
        raise UserError("access.district_only")
    return await session.get_one(Unit, grant.unit_id)


async def versions(session: AsyncSession, district: Unit, kind: str) -> Sequence[Template]:
    """Those that a district has had, the newest first; without their content."""
    found = await session.scalars(
        select(Template)
        .where(Template.unit_id == district.id, Template.kind == kind)
        .order_by(Template.version.desc())
        .options(defer(Template.content))
    )
    return found.all()


async def in_force(session: AsyncSession, unit: Unit, kind: DocumentKind) -> tuple[bytes, int]:
    """The template by which a unit's documents are written, and its version; 0 is the shipped."""
    own = await own_in_force(session, unit, kind)
    return (own.content, own.version) if own is not None else (shipped(kind), 0)


async def own_in_force(session: AsyncSession, unit: Unit, kind: str) -> Template | None:
    """The one of the unit's district; None while the shipped one is in force."""
    district = await district_of(session, unit)
    return await session.scalar(
        select(Template).where(
            Template.unit_id == district.id, Template.kind == kind, Template.in_force
        )
    )


async def keep_template(
    session: AsyncSession,
    district: Unit,
    kind: str,
    content: bytes,
    by: int,
    now: datetime,
) -> Template:
    """The district's next version; documents are written by it from now on."""
    await session.get_one(Unit, district.id, with_for_update=True)
    last = select(func.max(Template.version)).where(
        Template.unit_id == district.id, Template.kind == kind
    )
    version = (await session.scalar(last) or 0) + 1
    await _none_in_force(session, district, kind)
    row = Template(
        unit_id=district.id,
        kind=kind,
        version=version,
        content=content,
        in_force=True,
        by_id=by,
        at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def go_back(session: AsyncSession, district: Unit, kind: str, version: int) -> None:
    """An earlier version is in force again; 0 is the shipped one."""
    await session.get_one(Unit, district.id, with_for_update=True)
    if version not in {0, *(row.version for row in await versions(session, district, kind))}:
        raise UserError("unknown.button")
    await _none_in_force(session, district, kind)
    await session.execute(
        update(Template)
        .where(Template.unit_id == district.id, Template.kind == kind, Template.version == version)
        .values(in_force=True)
    )


async def _none_in_force(session: AsyncSession, district: Unit, kind: str) -> None:
    await session.execute(
        update(Template)
        .where(Template.unit_id == district.id, Template.kind == kind, Template.in_force)
        .values(in_force=False)
    )
