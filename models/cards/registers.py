"""Cards of registers: a record to look after, a day's records, a unit's daily report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from models.cards.brief import Brief
from models.cards.face import Face, Facts, action, button, primary
from models.messages import Button, Rows, Style, Text
from models.obligations import Kind, Obligation
from models.reports.sheet import paragraphs, stamp


def _title(item: Obligation) -> Facts:
    return {"title": Text(f"{item.facts['register']}.title")}


def _follow_facts(item: Obligation) -> Facts:
    told, register = item.details(), item.facts["register"]
    shown: Facts = {
        name: [Text(f"{register}.{name}.choice.{code}") for code in value]
        if isinstance(value, list)
        else value
        for name, value in told.items()
    }
    why = Text(f"{register}.follow", shown) if told else Text("card.unknown")  # purged
    out: Facts = {**_title(item), "why": why}
    if "venue" in told:
        out["name"] = told["venue"]
    if "item" in told:
        out["name"] = Text(f"{register}.item.choice.{told['item']}")
    return out


def _follow_rows(item: Obligation) -> Rows:
    ask = ((button("call", item),),) if "phone" in item.details() else ()
    return (*ask, *_findings(item))


def _findings(item: Obligation) -> Iterator[tuple[Button, ...]]:
    """What can have come of looking after a record: one tap ends it."""
    for finding in item.facts["findings"]:
        label = Text(f"{item.facts['register']}.found.{finding}")
        yield (Button(label, action("followed", item, finding)),)


def _record_rows(item: Obligation) -> Rows:
    data = f"a:register:{item.facts['register']}"
    return ((Button(Text("action.look"), data, style=Style.PRIMARY),),)


def _zero_facts(item: Obligation) -> Facts:
    return {
        "on": date.fromisoformat(item.facts["on"]),
        "cut_off": datetime.fromisoformat(item.facts["until"]),
    }


def _zero_rows(item: Obligation) -> Rows:
    confirm = action("reportok", item, stamp(item.facts["figures"]))
    label = "action.report_zero" if item.facts["zero"] else "action.report"
    enter = Button(Text("action.report_enter"), action("recordfor", item))
    return (
        (Button(Text(label), confirm, style=Style.PRIMARY),),
        (button("reportadd", item), enter),
    )


def _sheet(brief: Brief, say: str) -> Sequence[Text]:
    """The day's figures, as they were composed. That there is nothing to report is for the unit
    itself to say: to those above it is only what is on record."""
    told = brief.obligation.facts
    if not told["zero"]:
        return [*paragraphs(told["figures"]), Text("zero.rest")]
    nothing = Text("zero.nothing", {"unit": brief.unit.name})
    last = Text("zero.unsaid") if say == "missing" else nothing
    return [*paragraphs(told["figures"]), last]


def _stock_facts(item: Obligation) -> Facts:
    return {"venue": item.details().get("venue", "")}


def _stock_rows(item: Obligation) -> Rows:
    return ((primary("stockzero", item),), (button("stock", item),))


FACES = {
    Kind.CHECK: Face(facts=_follow_facts, team=_follow_rows),
    Kind.STOCK: Face(facts=_stock_facts, own=_stock_rows),
    Kind.FOLLOW: Face(facts=_follow_facts, team=_follow_rows),
    Kind.RECORD: Face(facts=_title, team=_record_rows),
    Kind.ZERO: Face(facts=_zero_facts, team=_zero_rows, below=_sheet),
}
