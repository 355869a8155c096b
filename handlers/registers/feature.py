"""Registers: enter a record, see the list, confirm or send back, follow up. One feature for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from handlers.feature import Feature, FormSpec, MenuItem
from handlers.registers import entering, looking
from handlers.registers.declaration import Register
from handlers.registers.form import SendBack
from handlers.registers.listed import REGISTERS
from models.accounts import Role

CORRECTABLE = timedelta(days=7)  # what was sent back must be mended, not entered anew


def feature_of(registers: Sequence[type[Register]]) -> Feature:
    """The feature that brings these registers to life."""
    forms = [
        FormSpec(one, entering.submit, withdraw=entering.withdraw, correctable=CORRECTABLE)
        for one in registers
    ]
    return Feature(
        commands={"records": looking.list_registers},
        actions={
            "register": looking.register,
            "row": looking.row,
            "enter": entering.enter,
            "recordfor": entering.record_for,
            "approve": looking.approve,
            "approveall": looking.approve_all,
            "sendback": looking.send_back,
            "followed": entering.followed,
        },
        forms=(*forms, FormSpec(SendBack, looking.submit_word)),
        menu=(MenuItem("records", _offered(registers)),),
    )


def _offered(registers: Iterable[type[Register]]) -> tuple[Role, ...]:
    """Who has anything to do with any of them, in the order of roles."""
    those = {role for one in registers for role in (*one.enters, *one.readers())}
    return tuple(role for role in Role if role in those)


FEATURE = feature_of(REGISTERS)
