"""Registers: enter a record, see the list, confirm or send back, follow up. One feature for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from handlers.feature import Drawer, Feature, FormSpec, MenuItem
from handlers.places import divisions_named, units_at
from handlers.registers import (
    entering,
    following,
    guiding,
    inside,
    looking,
    staying,
    totals,
)
from handlers.registers.declaration import Register
from handlers.registers.form import Advice, Attended, SendBack
from handlers.registers.ledger import ledger_of
from handlers.registers.listed import REGISTERS
from models.accounts import Role

GUIDING = (
    FormSpec(Advice, guiding.submit_advice, final=True),
    FormSpec(Attended, guiding.submit_attended, final=True),
)
HOSTS = (Role.RESIDENT, Role.GRID_WORKER, Role.COMMUNITY, Role.VENUE)
CORRECTABLE = timedelta(days=7)  # what was sent back must be mended, not entered anew


def feature_of(registers: Sequence[type[Register]]) -> Feature:
    """The feature that brings these registers to life."""
    forms = [
        FormSpec(
            one,
            entering.submit,
            {"divisions": divisions_named, "units": units_at},
            withdraw=entering.withdraw,
            correctable=CORRECTABLE,
        )
        for one in registers
    ]
    return Feature(
        commands={"records": looking.list_registers, "gathering": guiding.tell},
        actions={
            "register": looking.register,
            "row": looking.row,
            "inside": staying.show_inside,
            "letout": staying.begin_exit,
            "enter": entering.enter,
            "asbefore": inside.as_before,
            "enterat": entering.enter_at,
            "recordfor": entering.record_for,
            "approve": looking.approve,
            "approveall": looking.approve_all,
            "sendback": looking.send_back,
            "followed": following.followed,
            "guide": guiding.choose,
            "guideby": guiding.appoint,
            "guideadvice": guiding.begin_advice,
            "attended": guiding.begin_attended,
            "stockzero": totals.nothing,
            "stock": totals.show,
            "stockok": totals.confirm,
        },
        forms=(*forms, FormSpec(SendBack, looking.submit_word), *GUIDING),
        ledgers=[ledger_of(one) for one in registers],
        menu=(
            MenuItem("records", _offered(registers), drawer=Drawer.PAPERS),
            MenuItem("gathering", HOSTS, drawer=Drawer.PAPERS),
        ),
    )


def _offered(registers: Iterable[type[Register]]) -> tuple[Role, ...]:
    """Who has anything to do with any of them, in the order of roles."""
    those = {role for one in registers for role in (*one.enters, *one.readers())}
    return tuple(role for role in Role if role in those)


FEATURE = feature_of(REGISTERS)
