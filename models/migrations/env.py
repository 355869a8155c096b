"""Alembic's door to our tables; it is run by models/migrations/upgrade.py, never by hand."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from models.base import Instant
from models.crypto import Sealed, SealedBytes
from models.tables import metadata


def render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """A migration stands alone: it names no type of ours, which may change later."""
    if kind == "type" and isinstance(item, Sealed | SealedBytes):
        return "sa.LargeBinary()"
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    render_item=render_item,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
