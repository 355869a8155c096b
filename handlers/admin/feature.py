"""The administrator in chat: protocol packs, invitations, gates, the tree of units."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from handlers.admin.form import NewGate, NewInvite
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Feature, Filed, FormSpec, MenuItem
from handlers.places import units_named
from handlers.turn import Turn
from models.access import under
from models.accounts import Role, invite, open_gate
from models.actors import Action
from models.messages import Button, Outbound, Style, Text, UserError, Value
from models.protocols import catalogue
from models.units import Level, Unit, unit_by_code


async def _require(turn: Turn, path: str = "") -> None:
    if not (await turn.actor()).may(Action.ADMINISTER, path):
        raise UserError("access.admin_only")


async def _district(turn: Turn) -> Unit:
    """The top of the administrator's branch."""
    grant = (await turn.actor()).top(Role.ADMIN)
    unit = await turn.session.get(Unit, grant.unit_id) if grant else None
    if unit is None:
        raise UserError("access.admin_only")
    return unit


async def packs(turn: Turn, _argument: str) -> None:
    """The packs, switched on and off with a tap."""
    turn.send(_packs_page(await _district(turn)))


def _packs_page(unit: Unit) -> Outbound:
    rows = []
    for pack in catalogue.newest():
        on = pack.id in unit.packs
        label = Text("packs.on" if on else "packs.off", {"pack": Text(f"pack.{pack.id}")})
        style = Style.PRIMARY if on else Style.PLAIN
        rows.append((Button(label, f"a:pack:{pack.id}", style=style),))
    return Outbound((Text("packs.title", {"unit": unit.name}),), tuple(rows))


async def switch_pack(turn: Turn, arguments: Sequence[str]) -> None:
    """New episodes follow; one under way keeps the pack that it began with."""
    unit = await _district(turn)
    wanted = arguments[0] if arguments else ""
    if wanted not in {pack.id for pack in catalogue.newest()}:
        raise UserError("unknown.button")
    unit.packs = sorted(set(unit.packs) ^ {wanted})
    turn.audit("packs.switched", f"unit:{unit.id}", packs=unit.packs)
    turn.replace(_packs_page(unit))


async def new_invite(turn: Turn, _argument: str) -> None:
    await _require(turn)
    await turn.begin(NewInvite)


async def new_gate(turn: Turn, _argument: str) -> None:
    await _require(turn)
    await turn.begin(NewGate)


async def _units(turn: Turn, _draft: Draft, query: str) -> Sequence[Option]:
    """Units of hers whose name or code holds the query."""
    actor = await turn.actor()
    hers = under(actor.paths(Action.ADMINISTER), Unit.id)
    return await units_named(turn, hers, query, coded=True)


async def _chosen(turn: Turn, code: str) -> Unit:
    unit = await unit_by_code(turn.session, code)
    if unit is None:
        raise UserError("selfreport.unit_gone")
    await _require(turn, unit.path)
    return unit


async def submit_invite(turn: Turn, filled: NewInvite, draft: Draft) -> Filed:
    unit = await _chosen(turn, filled.unit)
    code = await invite(turn.session, filled.role, unit.id, turn.now)
    turn.audit("invite.made", f"unit:{unit.id}", role=filled.role)
    submission = await turn.file(filled, draft, person_id=None, unit_id=unit.id)
    params: dict[str, Value] = {
        "code": code,
        "role": Text(f"role.{filled.role}"),
        "unit": unit.name,
    }
    return Filed(submission, (Text("invite.made", params), Text("start.command", {"code": code})))


async def submit_gate(turn: Turn, filled: NewGate, draft: Draft) -> Filed:
    unit = await _chosen(turn, filled.unit)
    token = await open_gate(turn.session, unit.id, turn.now)
    turn.audit("gate.opened", f"unit:{unit.id}")
    submission = await turn.file(filled, draft, person_id=None, unit_id=unit.id)
    lines = (Text("gate.made", {"unit": unit.name}), Text("start.command", {"code": token}))
    return Filed(submission, lines)


async def units(turn: Turn, _argument: str) -> None:
    """How many units of each level there are."""
    top = await _district(turn)
    found = await turn.session.execute(
        select(Unit.level, func.count().label("n"))
        .where(Unit.path.startswith(top.path))
        .group_by(Unit.level)
    )
    counts = {row.level: row.n for row in found}
    lines = [Text("units.title", {"unit": top.name})]
    lines += [
        Text("units.line", {"level": Text(f"level.{level}"), "n": counts[level]})
        for level in Level
        if level in counts
    ]
    turn.send(Outbound(tuple(lines)))


FEATURE = Feature(
    commands={"packs": packs, "invite": new_invite, "gate": new_gate, "units": units},
    actions={"pack": switch_pack},
    forms=(
        FormSpec(NewInvite, submit_invite, {"units": _units}),
        FormSpec(NewGate, submit_gate, {"units": _units}),
    ),
    menu=tuple(MenuItem(name, (Role.ADMIN,)) for name in ("packs", "invite", "gate", "units")),
)
