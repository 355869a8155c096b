"""Which register a button means, and which are somebody's."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.claims import claimed_number
from handlers.registers.declaration import Register
from handlers.turn import Turn
from models.accounts import Role
from models.messages import UserError
from models.venues.register import managed_by
from models.venues.venue import Venue


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
    return [
        one
        for one in every
        if not one.exits and (roles & set(one.readers()) or await may_enter(turn, one))
    ]


async def may_enter(turn: Turn, register: type[Register]) -> bool:
    """Has she a role that enters it, and where that is the role of a venue, one that keeps it?"""
    roles = (await turn.actor()).roles
    able = roles & set(register.enters)
    return bool(able - {Role.VENUE} or (able and await keeping(turn, register)))


async def keeping(turn: Turn, register: type[Register]) -> Sequence[Venue | None]:
    """The venues that she answers for which keep this register; None for one that is any unit's."""
    if not register.kinds:
        return [None]
    mine = await managed_by(turn.session, await turn.actor(), turn.now)
    return [venue for venue in mine if venue.kind in register.kinds]


def number(arguments: Sequence[str], at: int) -> int:
    """A claimed id or page; 0 where there is none."""
    claimed = arguments[at] if len(arguments) > at else ""
    return claimed_number(claimed)
