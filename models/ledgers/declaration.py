"""What a ledger is: columns, who may have it, and how its rows are read, a portion at a time.

Names and numbers are masked where the row is read, so that what nobody gave a reason for never
leaves the database's side. Knows no sheet and no chat.
"""

from __future__ import annotations

from array import array
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.access import under
from models.accounts import Role
from models.actors import Action, Actor, Grant
from models.documents.kinds import Row
from models.messages import Text
from models.reports.figures import Figures, Section, checks_of, count_below
from models.reports.periods import Period
from models.reports.sheet import paragraphs
from models.tallies import ADDED
from models.units import Unit

LEDGER = "ledger"  # the kind of job that writes one
PORTION = 500  # rows read at once
_AT_ONCE = 5000  # ids


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the code of a row's cell, its heading, its width in characters."""

    code: str
    head: Text
    width: int = 12


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows, and how she may see them who asks: those of a unit and all below it, in a
    period. `whole`: nothing is masked."""

    actor: Actor
    unit: Unit
    period: Period
    now: datetime
    whole: bool = False

    def seen(self, mask: Callable[[str], str], told: str | None) -> str | None:
        """Something personal as she may see it."""
        return told if self.whole or not told else mask(told)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `at` is the instant by which it belongs to a day; `person_id` whom it is about, if
    it is somebody whom we know."""

    id: int
    unit_id: int
    at: datetime
    cells: Row
    person_id: int | None = None


Listing: TypeAlias = Callable[[Scope], Select[int]]
"""Which rows: the query for their ids, in their order. It is asked once: a database that looks for
the next portion by the same conditions may go through all rows for each of them."""
Reading: TypeAlias = Callable[[AsyncSession, Scope, Sequence[int]], Awaitable[Sequence[Entry]]]
"""The rows of these ids, in the order of their ids."""


def portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """PORTION of them at a time."""
    for start in range(0, len(ids), PORTION):
        yield ids[start : start + PORTION]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger. Whoever may do `action` may have it; that of a register whoever holds one of its
    `roles`, and of what she has entered herself, masked, whoever holds one that `enters` it.

    Its figures are those of the daily sheet: of `sections`, and of the register of its code.
    """

    code: str
    title: Text
    columns: tuple[Column, ...]
    listed: Listing
    read: Reading
    action: Action = Action.EXPORT
    roles: tuple[Role, ...] | None = None
    enters: tuple[Role, ...] = ()
    sections: tuple[Section, ...] = ()

    async def ids(self, session: AsyncSession, scope: Scope) -> Sequence[int]:
        """Those of its rows, eight bytes each."""
        found = array("q")
        rows = await session.stream_scalars(
            self.listed(scope).execution_options(yield_per=_AT_ONCE)
        )
        async for chunk in rows.partitions():
            found.extend(chunk)
        return found

    def paths(self, actor: Actor) -> tuple[str, ...]:
        """The branches of which she may have all of it."""
        roles = self.roles
        return actor.paths(self.action) if roles is None else actor.paths_as(roles)

    def grant(self, actor: Actor) -> Grant | None:
        """Her highest grant by which she may have it, or what she has entered."""
        roles = self.roles
        if roles is None:
            return actor.speaks(self.action)
        return actor.top(*roles) or actor.top(*self.enters)

    def may(self, actor: Actor, unit: Unit, *, whole: bool) -> bool:
        """May she have it of this unit? Unmasked only where she may both have it and unmask."""
        if not whole:
            return any(unit.path.startswith(path) for path in self._any_paths(actor))
        here = not self.own(actor, unit)
        return here and actor.may(Action.UNMASK, unit.path) and actor.may(Action.REVEAL, unit.path)

    def own(self, actor: Actor, unit: Unit) -> bool:
        """Has she of this unit nothing but what she has entered herself?"""
        return not any(unit.path.startswith(path) for path in self.paths(actor))

    def _any_paths(self, actor: Actor) -> tuple[str, ...]:
        return (*self.paths(actor), *actor.paths_as(self.enters))

    def within(
        self, scope: Scope, unit_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
    ) -> ColumnElement[bool]:
        """Condition on rows of which she may have all; they are joined to their units."""
        return and_(Unit.path.startswith(scope.unit.path), under(self.paths(scope.actor), unit_id))

    def branches(self, actor: Actor) -> ColumnElement[bool]:
        """Condition on Unit: of which she may have it, or what she has entered."""
        return or_(*(Unit.path.startswith(path) for path in self._any_paths(actor)))

    async def figures(self, session: AsyncSession, scope: Scope) -> Figures:
        """What the daily sheet counts for the same unit and period; nothing where she has only
        what is her own."""
        if self.own(scope.actor, scope.unit):
            return {}
        codes = {self.code, *(one.code for one in self.sections)}
        every = await count_below(session, scope.unit, scope.period, self.sections)
        return {
            name: n
            for name, n in every[scope.unit.id].items()
            if name.removeprefix(f"{ADDED}.").partition(".")[0] in codes
        }

    def said(self, figures: Figures) -> tuple[Text, ...]:
        """Its figures in the words of the daily sheet."""
        return tuple(paragraphs(figures, checks_of(self.sections)))


def column(code: str, width: int = 12) -> Column:
    """A column of the name that offices have for it."""
    return Column(code, Text(f"ledger.column.{code}"), width)
