"""The tables of any revision, as its migrations make them: what a database of that age holds."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
)

from models.base import Instant
from models.migrations.upgrade import upgrade


@cache
def tables_at(revision: str) -> MetaData:
    """The tables of a known revision, with types that every database understands. Sealed columns
    are plain bytes."""
    tables = MetaData()
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection, revision)
        event.listen(tables, "column_reflect", _plain)
        tables.reflect(connection)
    engine.dispose()
    tables.remove(tables.tables["alembic_version"])
    return tables


def _plain(_inspector: Any, _table: Table, column: Any) -> None:
    """One database's type as a type of any."""
    plain = column["type"].as_generic()
    if isinstance(plain, DateTime):
        plain = Instant()
    elif isinstance(plain, Integer):
        plain = BigInteger()
    elif isinstance(plain, JSON):
        plain = JSON(none_as_null=True)
    column["type"] = plain
