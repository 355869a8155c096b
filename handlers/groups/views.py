"""How a group looks to whoever looks after it, and what she is told about it."""

from __future__ import annotations

from collections.abc import Sequence

from models.groups import BY_ITSELF, Group, GroupKind, Posting
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.units import Level, Unit


def named(group: Group) -> Value:
    """Its title, as the platform has it."""
    return group.title or Text("groups.untitled")


def listed(groups: Sequence[tuple[Group, Unit | None]]) -> Outbound:
    """Her groups, a button each."""
    rows: list[tuple[Button, ...]] = []
    for group, unit in groups:
        whose: Value = unit.name if unit else Text("groups.unbound")
        label = Text("groups.item", {"title": named(group), "unit": whose})
        rows.append((Button(label, f"a:group:{group.id}"),))
    if sum(unit is not None for _, unit in groups) > 1:
        rows.append((Button(Text("groups.notice_all"), "a:groupnotice:all"),))
    return Outbound((Text("groups.title"),), tuple(rows))


def card(group: Group, unit: Unit) -> Outbound:
    """What is posted there by itself, and what she can do."""
    assert group.kind is not None, "a group of a unit is of a kind"
    params: dict[str, Value] = {
        "title": named(group),
        "unit": unit.name,
        "kind": Text(f"groupbinding.kind.choice.{group.kind}"),
    }
    rows: Rows = tuple(_toggle(group, posting) for posting in Posting if _fits(group, posting))
    return Outbound(
        (Text("groups.card", params), Text(f"groups.reads.{group.kind}")),
        (
            *rows,
            (
                Button(Text("groups.notice_one"), f"a:groupnotice:{group.id}", style=Style.PRIMARY),
                Button(Text("groups.gate"), f"a:groupgate:{group.id}"),
            ),
            *(((_topics(group),),) if has_topics(group, unit) else ()),
            (Button(Text("groups.unbind"), f"a:groupoff:{group.id}"),),
        ),
    )


def _topics(group: Group) -> Button:
    return Button(Text("groups.topics"), f"a:grouptopics:{group.id}")


def has_topics(group: Group, unit: Unit) -> bool:
    """What is posted of one grid alone is posted among staff, in the group of a unit above it."""
    return group.kind == GroupKind.STAFF and unit.level in (Level.VILLAGE, Level.TOWNSHIP)


def _fits(group: Group, posting: Posting) -> bool:
    """Alerts are no matter for neighbours."""
    return posting in BY_ITSELF[GroupKind.STAFF] and (
        posting is not Posting.ALERTS or group.kind == GroupKind.STAFF
    )


def _toggle(group: Group, posting: Posting) -> tuple[Button, ...]:
    on = posting in group.posts
    label = Text("groups.on" if on else "groups.off", {"what": Text(f"groups.posts.{posting}")})
    style = Style.PRIMARY if on else Style.PLAIN
    return (Button(label, f"a:groupposts:{group.id}:{posting}", style=style),)


def sure(group: Group, unit: Unit) -> Outbound:
    """Before nothing is posted there any more."""
    yes = Button(Text("groups.unbind_yes"), f"a:groupoff:{group.id}:yes", style=Style.DANGER)
    no = Button(Text("groups.unbind_no"), f"a:group:{group.id}")
    asked = Text("groups.unbind_sure", {"title": named(group), "unit": unit.name})
    return Outbound((asked,), ((yes, no),))


def please_delete(kinds: Sequence[Text]) -> Outbound:
    """To herself, about what she has just shown to everybody."""
    report = Button(Text("groups.report_here"), "a:go:report", style=Style.PRIMARY)
    menu = Button(Text("action.menu"), "a:menu")
    return Outbound((Text("groups.you_disclosed", {"kinds": kinds}),), ((report, menu),))


def sent(n: int, words: str) -> tuple[Text, ...]:
    return (Text("groups.notice_sent", {"n": n}), verbatim(words))
