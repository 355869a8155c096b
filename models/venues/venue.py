"""A venue, and the codes on its door. Knows no one who acts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.venues.kinds import Trading, VenueKind

DOOR = "v-"  # what the code on a door begins with


class Venue(Base):
    """One venue. `code` is what the QR code on its door says; `manager_id` is who answers for it
    inside, `deputy_id` who may do the same in her stead, `officer_id` the officer of its trade."""

    __tablename__ = "venues"

    id: Mapped[Id]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    kind: Mapped[VenueKind] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(200))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    trading: Mapped[Trading] = mapped_column(String(10), default=Trading.OPEN)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"), index=True)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"), index=True)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"))
    inspected_at: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    def is_there(self) -> bool:
        return self.trading != Trading.GONE
