"""Which feature answers what: commands, buttons, forms, menus by role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TypeVar

from handlers.engine.form import Form
from handlers.feature import (
    ActionHandler,
    BehalfHandler,
    CommandHandler,
    Feature,
    FormSpec,
    FreeHandler,
    HappeningHandler,
    MenuItem,
)
from models.accounts import Role
from models.ledgers.declaration import Ledger


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
        self.gathered: list[FreeHandler] = list(chain.from_iterable(f.gathered for f in features))

    def menu_for(self, roles: frozenset[Role]) -> list[str]:
        """The commands that somebody with these roles is offered: her work before what
        everybody has."""
        mine = roles or {Role.RESIDENT}
        work = [item.command for item in self.menu if mine & set(item.roles)]
        return work + [item.command for item in self.menu if not item.roles]

    def form_classes(self) -> list[type[Form]]:
        return [spec.form for spec in self.forms.values()]


T = TypeVar("T")


def _merge(into: dict[str, T], new: Mapping[str, T]) -> None:
    if double := into.keys() & new.keys():
        raise ValueError(f"claimed by two features: {sorted(double)}")
    into.update(new)
