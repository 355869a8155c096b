"""Which feature answers what: commands, buttons, forms, menus by role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from handlers.engine.form import Form
from handlers.feature import (
    ActionHandler,
    BehalfHandler,
    CommandHandler,
    Drawer,
    Feature,
    FormSpec,
    FreeHandler,
    HappeningHandler,
    MenuItem,
)
from models.accounts import Role
from models.ledgers.declaration import Ledger

FLAT = 12  # commands that are still found at a glance, two a row on a phone


@dataclass(frozen=True, slots=True)
class Menu:
    """What somebody is offered, all of it in `items`; a long menu has drawers."""

    items: Sequence[MenuItem]

    @property
    def commands(self) -> tuple[str, ...]:
        return tuple(item.command for item in self.items)

    @property
    def drawers(self) -> Sequence[Drawer]:
        """Those with something in them; none where the menu is short."""
        if len(self.items) <= FLAT:
            return ()
        return [one for one in Drawer if self.within(one)]

    @property
    def at_hand(self) -> Sequence[str]:
        """The commands outside the drawers."""
        return self.within(None) if self.drawers else self.commands

    def within(self, drawer: Drawer | None) -> Sequence[str]:
        """The commands in a drawer."""
        return [item.command for item in self.items if item.drawer == drawer]


class Registry:
    """All features together. Raises ValueError when two claim the same name."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self.commands: dict[str, CommandHandler] = {}
        self.actions: dict[str, ActionHandler] = {}
        self.on_behalf: dict[str, BehalfHandler] = {}
        self.forms: dict[str, FormSpec] = {}
        self.happenings: dict[str, HappeningHandler] = {}
        self.ledgers: dict[str, Ledger] = {}
        for feature in features:
            _merge(self.commands, feature.commands)
            _merge(self.actions, feature.actions)
            _merge(self.on_behalf, feature.on_behalf)
            _merge(self.forms, {spec.form.code: spec for spec in feature.forms})
            _merge(self.happenings, feature.happenings)
            _merge(self.ledgers, {ledger.code: ledger for ledger in feature.ledgers})
        self.menu: list[MenuItem] = list(chain.from_iterable(f.menu for f in features))
        self.free: list[FreeHandler] = list(chain.from_iterable(f.free for f in features))
        self.refused: list[FreeHandler] = list(chain.from_iterable(f.refused for f in features))
        self.cancels: list[FreeHandler] = list(chain.from_iterable(f.cancels for f in features))
        self.gathered: list[FreeHandler] = list(chain.from_iterable(f.gathered for f in features))

    def menu_for(self, roles: frozenset[Role]) -> Menu:
        """What somebody with these roles is offered: her work before what everybody has."""
        mine = roles or {Role.RESIDENT}
        work = [item for item in self.menu if mine & set(item.roles)]
        return Menu([*work, *(item for item in self.menu if not item.roles)])

    def form_classes(self) -> list[type[Form]]:
        return [spec.form for spec in self.forms.values()]


T = TypeVar("T")


def _merge(into: dict[str, T], new: Mapping[str, T]) -> None:
    if double := into.keys() & new.keys():
        raise ValueError(f"claimed by two features: {sorted(double)}")
    into.update(new)
