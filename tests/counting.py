"""How many statements something takes, and which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from models.session import Database

FRAME = ("BEGIN", "COMMIT", "PRAGMA")  # what every transaction takes


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    sent: list[str] = []
    with _hearing(db.engine.sync_engine, lambda statement, _values: sent.append(statement)):
        yield sent


def within(sent: list[str]) -> list[str]:
    """Those between the transaction's beginning and its end."""
    return [statement for statement in sent if not statement.startswith(FRAME)]


@contextmanager
def sent_to(engine: Any) -> Iterator[list[tuple[str, Any]]]:
    """The same with their values, of one engine or connection, as they are sent."""
    sent: list[tuple[str, Any]] = []
    with _hearing(engine, lambda *told: sent.append(told)):
        yield sent


@contextmanager
def _hearing(engine: Any, keep: Callable[[str, Any], None]) -> Iterator[None]:
    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        keep(statement, values)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", note)
