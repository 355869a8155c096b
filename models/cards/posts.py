"""Cards of staff: shifts at a post, posts without anybody, and leave."""

from __future__ import annotations

from datetime import datetime, time

from models.cards.face import Face, Facts, button, primary
from models.messages import Button, Rows, Text
from models.obligations import Kind, Obligation


def _post_facts(item: Obligation) -> Facts:
    """Where somebody is to stand, and when."""
    told = item.facts
    if "post" not in told:
        return {}
    out: Facts = {"post": told["post"], "since": datetime.fromisoformat(told["since"])}
    if "until" in told:
        ends = time.fromisoformat(told["until"])
        out["until"] = Text("duty.next_day", {"until": ends}) if told["overnight"] else ends
    return out


def shift_rows(shift_id: int) -> Rows:
    """What she whose shift it is can do before it begins."""
    sign = primary("signin", shift_id)
    return ((sign,), (button("standin", shift_id), button("dutypost", shift_id)))


def signout_rows(shift_id: int) -> Rows:
    """One tap when there is nothing to hand over."""
    return ((primary("signout", shift_id),), (button("handover", shift_id),))


def substitute(shift_id: int) -> Button:
    """The leader names a stand-in."""
    named = primary("standin", shift_id)
    return Button(Text("action.substitute"), named.data, style=named.style)


def _own_shift(item: Obligation) -> Rows:
    return shift_rows(item.facts.get("shift", 0))


def _own_signout(item: Obligation) -> Rows:
    return signout_rows(item.facts.get("shift", 0))


def _shift_team(item: Obligation) -> Rows:
    shift = item.facts.get("shift", 0)
    return ((button("dutycall", shift), substitute(shift)),)


def _signout_team(item: Obligation) -> Rows:
    return ((button("dutycall", item.facts.get("shift", 0)),),)


def _post_team(item: Obligation) -> Rows:
    return ((primary("manpost", item.facts.get("post_id", 0)),),)


def _leave_team(item: Obligation) -> Rows:
    return ((primary("appoint", item),),)


FACES = {
    Kind.DUTY: Face(facts=_post_facts, team=_shift_team, own=_own_shift, own_first="signin"),
    Kind.SIGNOUT: Face(
        facts=_post_facts, team=_signout_team, own=_own_signout, own_first="signout"
    ),
    Kind.ROTA: Face(facts=_post_facts, team=_post_team),
    Kind.LEAVE: Face(team=_leave_team, first="appoint"),
}
