"""Every command in the mouth of every role: who gets further than a refusal."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from cast import RESIDENTS, STAFF
from sqlalchemy import select
from talk import Talk

from handlers.features import registry
from models.accounts import SUPERVISORS, TEAM, Role, invite
from models.units import Level, Unit

HOLDERS: Mapping[Role, str] = {
    Role.RESIDENT: "王芳",
    Role.GRID_WORKER: "李强",
    Role.COMMUNITY: "孙丽",
    Role.TOWNSHIP: "钱伟",
    Role.DISTRICT: "吴刚",
    Role.INSPECTOR: "督查员",
    Role.VENUE: "店主",
    Role.SENTINEL: "药师",
    Role.ADMIN: "冯静",
}
EVERYBODY = tuple(Role)
# Whose command it is, in words of its own and not of the menus, which are only an offer.
OF: Mapping[str, tuple[Role, ...]] = {
    "today": TEAM,
    "verify": TEAM,
    "batches": TEAM,
    "staff": (*SUPERVISORS, Role.ADMIN),
    "away": TEAM,
    "groups": TEAM,
    "roster": TEAM,
    "twins": TEAM,
    "visit": TEAM,
    "ring": EVERYBODY,
    **dict.fromkeys(("leave", "back", "for"), TEAM),
    "duty": EVERYBODY,
    "tip": EVERYBODY,
    "points": EVERYBODY,
    "need": EVERYBODY,
    "volunteer": EVERYBODY,
    "lead": TEAM,
    "digest": SUPERVISORS,
    "alerts": TEAM,
    "care": SUPERVISORS,
    "overdue": SUPERVISORS,
    "why": TEAM,
    "find": (*TEAM, Role.INSPECTOR),
    "broadcast": SUPERVISORS,
    "zero": TEAM,
    "records": (*TEAM, Role.INSPECTOR, Role.VENUE, Role.SENTINEL),
    "gathering": EVERYBODY,
    "areas": (*TEAM, Role.INSPECTOR, Role.VENUE, Role.SENTINEL),
    **dict.fromkeys(("inspect", "checklist", "supervise"), (*TEAM, Role.INSPECTOR)),
    **dict.fromkeys(("venue", "venues", "problems"), (*TEAM, Role.INSPECTOR, Role.VENUE)),
    "bulletin": (*SUPERVISORS, Role.INSPECTOR),
    "report_period": SUPERVISORS,
    "export": (*TEAM, Role.INSPECTOR, Role.VENUE, Role.SENTINEL),
    "template": (Role.DISTRICT,),
    "packs": (Role.ADMIN,),
    "invite": (Role.ADMIN,),
    "gate": (Role.ADMIN,),
    "units": (Role.ADMIN,),
    "rules": (Role.ADMIN,),
    **dict.fromkeys(
        ("report", "checkin", "test", "status", "mydata", "lang", "help", "start", "menu"),
        EVERYBODY,
    ),
    "cancel": EVERYBODY,
}
# Buttons that turn the pages of a command.
PAGES = {
    "day": "today",
    "again": "today",
    "digest": "digest",
    "overdue": "overdue",
    "nudgeall": "digest",
    "alerthours": "digest",
    "rulegroup": "rules",
    "rule": "rules",
    "batches": "batches",
    "rings": "lead",
    **dict.fromkeys(("awaypage", "awaynew", "awaynames"), "away"),
}


def test_every_role_and_every_command_has_its_row() -> None:
    assert set(HOLDERS) == set(Role)
    assert set(OF) == set(registry().commands)
    for item in registry().menu:
        offered = set(item.roles or EVERYBODY)
        assert offered <= set(OF[item.command]), f"/{item.command} is offered and then refused"


async def _sign_in(talk: Talk, role: Role) -> str:
    """Somebody who holds the role and nothing else."""
    name = HOLDERS[role]
    if name in STAFF or name in RESIDENTS:
        return name
    async with talk.db.write() as session:
        village = await session.scalar(select(Unit.id).where(Unit.level == Level.VILLAGE))
        assert village is not None
        code = await invite(session, role, village, talk.now)
    await talk.say(name, f"/start {code}")
    return name


@pytest.mark.parametrize("role", Role)
async def test_a_role_has_its_commands_and_no_others(talk: Talk, role: Role) -> None:
    name = await _sign_in(talk, role)
    for command, roles in OF.items():
        answers = [line for letter in await talk.say(name, f"/{command}") for line in letter.keys]
        refused = any(key.startswith("access.") for key in answers)
        assert refused == (role not in roles), (command, answers)
    for verb, command in PAGES.items():
        answers = [line for letter in await talk.tap(name, f"a:{verb}:0") for line in letter.keys]
        refused = any(key.startswith("access.") for key in answers)
        assert refused == (role not in OF[command]), (verb, answers)
