"""Which register a button means, and which are somebody's."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.claims import claimed_number
from handlers.registers.declaration import Register
from handlers.turn import Turn
from models.messages import UserError


def register_of(turn: Turn, arguments: Sequence[str]) -> type[Register]:
    """The register that a button names."""
    code = arguments[0] if arguments else ""
    spec = turn.registry.forms.get(code)
    if spec is None or not issubclass(spec.form, Register):
        raise UserError("unknown.button")
    return spec.form


async def hers(turn: Turn) -> list[type[Register]]:
    """The registers that she enters, verifies or reads."""
    roles = (await turn.actor()).roles
    every = [form for form in turn.registry.form_classes() if issubclass(form, Register)]
    return [one for one in every if roles & {*one.enters, *one.readers()}]


def number(arguments: Sequence[str], at: int) -> int:
    """A claimed id or page; 0 where there is none."""
    claimed = arguments[at] if len(arguments) > at else ""
    return claimed_number(claimed)
