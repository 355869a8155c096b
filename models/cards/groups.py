"""Which kinds are done in one go and in which order, and what the person herself is reminded of."""

from __future__ import annotations

from dataclasses import dataclass

from models.obligations import Kind


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds that a worker does in one go: `today.group.<code>` names them."""

    code: str
    kinds: tuple[Kind, ...]


_VENUE = (
    Kind.SUSPEND,
    Kind.REOPEN,
    Kind.OUTING,
    Kind.CHECK,
    Kind.RECHECK,
    Kind.PROBLEM,
    Kind.LOOKBACK,
    Kind.STOCK,
)
# Most urgent first: a new kind is put into a group, or brings one.
GROUPS = (
    Group("alert", (Kind.ALERT,)),
    Group("lead", (Kind.VERIFY, Kind.TIP)),
    Group("test", (Kind.TEST, Kind.RESULT)),
    Group("checkin", (Kind.CHECKIN,)),
    Group("help", (Kind.HELP,)),
    Group("duty", (Kind.DUTY, Kind.ROTA, Kind.SIGNOUT)),
    Group("release", (Kind.RELEASE,)),
    Group("call", (Kind.CONTACT, Kind.CALL, Kind.AWAY)),
    Group("visit", (Kind.UNMET, Kind.VISIT, Kind.PAPERS)),
    Group("venue", _VENUE),
    Group("task", (Kind.TASK,)),
    Group("staff", (Kind.LEAVE,)),
    Group("volunteer", (Kind.VOLUNTEER,)),
    Group("register", (Kind.GUIDE, Kind.FOLLOW, Kind.RECORD)),
    Group("zero", (Kind.ZERO,)),
)
URGENCY = tuple(kind for group in GROUPS for kind in group.kinds)
# What a person does herself, and which words remind her when it is late: a worker's only then,
# or when nobody can be asked.
REMIND = {Kind.TEST: "overdue", Kind.RESULT: "remind", Kind.CHECKIN: "remind"}
LIST_LENGTH = 8
