"""The district's rules in chat: an administrator sees them all and changes one."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.feature import Feature, Filed, FormSpec, MenuItem
from handlers.rules import views
from handlers.rules.form import NewValue, read
from handlers.turn import Turn
from models.accounts import Role
from models.actors import Action
from models.messages import Text, UserError, Value
from models.rules import GROUPS, Rules, rules_of, set_rule
from models.units import Unit, district_of


async def _district(turn: Turn) -> Unit:
    """The district whose rules she may change: its own administrator, nobody below."""
    actor = await turn.actor()
    grant = actor.top(Role.ADMIN)
    unit = await turn.session.get(Unit, grant.unit_id) if grant else None
    top = await district_of(turn.session, unit) if unit else None
    if top is None or not actor.may(Action.ADMINISTER, top.path):
        raise UserError("access.admin_only")
    return top


async def rules(turn: Turn, _argument: str) -> None:
    top = await _district(turn)
    turn.send(views.groups(top.name))


async def group(turn: Turn, arguments: Sequence[str]) -> None:
    """The rules that belong together, as they are now."""
    top = await _district(turn)
    code = arguments[0] if arguments else ""
    if code not in GROUPS:
        raise UserError("unknown.button")
    turn.send(views.listed(code, rules_of(top)))


async def change(turn: Turn, arguments: Sequence[str]) -> None:
    """What the rule means, then its new value."""
    top = await _district(turn)
    name = arguments[0] if arguments else ""
    if name not in Rules.model_fields:
        raise UserError("unknown.button")
    turn.send(views.about(rules_of(top), name))
    await turn.begin(NewValue, {"rule": name})


async def _values(_turn: Turn, draft: Draft, query: str) -> Sequence[Option]:
    """The one value that she has typed."""
    value = read(str(draft.context["rule"]), query)
    label = views.shown(value)
    words = label if isinstance(label, Text) else Text("rules.value", {"value": label})
    return [Option(query, words, exact=True)]


async def submit(turn: Turn, filled: NewValue, draft: Draft) -> Filed:
    top = await _district(turn)
    name = str(draft.context["rule"])
    was = views.worded(rules_of(top), name)
    set_rule(top, name, read(name, filled.value))
    submission = await turn.file(filled, draft, person_id=None, unit_id=top.id)
    turn.audit("rule.changed", f"unit:{top.id}", rule=name, value=top.settings[name])
    facts: dict[str, Value] = {
        "rule": Text(f"rule.{name}"),
        "was": was,
        "value": views.worded(rules_of(top), name),
    }
    return Filed(submission, (Text("rules.changed", facts),))


FEATURE = Feature(
    commands={"rules": rules},
    actions={"rulegroup": group, "rule": change},
    forms=(FormSpec(NewValue, submit, {"values": _values}),),
    menu=(MenuItem("rules", (Role.ADMIN,)),),
)
