"""Duty (值班): who stands where, signs in and out, hands over, finds a stand-in."""

from __future__ import annotations

from handlers.duty import month, planning, shifts, signing, standin
from handlers.duty.form import Handover, NewPost, NewShift, SignIn, StandIn
from handlers.feature import Drawer, Feature, FormSpec, MenuItem
from models.accounts import TEAM

FEATURE = Feature(
    commands={"duty": shifts.duty},
    actions={
        "dutyshift": shifts.show,
        "dutypost": shifts.instructions,
        "dutycall": shifts.call,
        "signin": signing.begin_sign_in,
        "noteread": signing.read_notes,
        "signout": signing.begin_sign_out,
        "handover": signing.begin_handover,
        "standin": standin.begin,
        "standyes": standin.agree,
        "standno": standin.decline,
        "newpost": planning.new_post,
        "manpost": planning.new_shift,
        "dutyoff": planning.cancel,
        "dutymonth": month.send_month,
    },
    forms=(
        FormSpec(NewPost, planning.submit_post, {"dutyunits": planning.units}, final=True),
        FormSpec(
            NewShift,
            planning.submit_shift,
            {"posts": planning.posts, "dutystaff": planning.staff},
            final=True,
        ),
        FormSpec(SignIn, signing.submit_sign_in, final=True),
        FormSpec(Handover, signing.submit_handover),
        FormSpec(StandIn, standin.submit, {"dutystaff": standin.offered}, final=True),
    ),
    menu=(MenuItem("duty", TEAM, drawer=Drawer.TEAM),),
)
