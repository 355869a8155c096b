"""Every table, for migrations and whoever needs the whole schema."""

from models import (  # noqa: F401  (importing a module declares its tables)
    accounts,
    audit,
    episodes,
    inbox,
    leads,
    obligations,
    outbox,
    people,
    registers,
    samples,
    units,
)
from models.base import Base

metadata = Base.metadata
