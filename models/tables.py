"""Every table, for migrations and whoever needs the whole schema."""

from models import (  # noqa: F401  (importing a module declares its tables)
    accounts,
    attempts,
    audit,
    away,
    buildings,
    daily,
    duty,
    episodes,
    files,
    groups,
    inbox,
    jobs,
    leads,
    leave,
    obligations,
    outbox,
    people,
    points,
    records,
    registers,
    rings,
    rounds,
    samples,
    service,
    slips,
    sources,
    tallies,
    tenancies,
    tips,
    twins,
    units,
    visits,
    volunteers,
)
from models.base import Base
from models.venues import checklists, inspection, problem, venue  # noqa: F401

metadata = Base.metadata
