"""What is said about ledgers: which there are, for which days, that one is ready."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers.spans import LEDGER_SPANS
from models.files import fit_for_file
from models.ledgers.declaration import Ledger
from models.messages import Button, Outbound, Text, Value
from models.reports.figures import Figures
from models.units import Unit

WHOLE = "w"


def choose(ledgers: Sequence[Ledger]) -> Outbound:
    buttons = [Button(one.title, f"a:ledger:{one.code}") for one in ledgers]
    rows = tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
    return Outbound((Text("ledger.choose"),), rows)


def days(
    ledger: Ledger, unit: Unit, *, whole: bool, unmasks: bool, own: bool, other: bool, heads: bool
) -> Outbound:
    """The usual spans, any other days; another unit; with whole names, for those who may; its
    columns, for her who decides on them."""
    how = WHOLE if whole else ""

    def pick(label: Text, span: str, then: str) -> Button:
        return Button(label, f"a:ledger:{ledger.code}:{span}:{unit.id}:{then}")

    spans = [pick(Text(f"document.span.{span}"), span, how) for span in LEDGER_SPANS]
    more = [pick(Text("document.span.days"), "days", how)]
    if other:
        more.append(pick(Text("ledger.other_unit"), "unit", how))
    rows = [tuple(spans[:2]), tuple(spans[2:]), tuple(more)]
    if whole:
        rows.append((pick(Text("ledger.masked_again"), "", ""),))
    elif unmasks:
        rows.append((pick(Text("ledger.unmask"), "", WHOLE),))
    if heads:
        rows.append((Button(Text("ledger.headings"), f"a:headings:{ledger.code}"),))
    told: dict[str, Value] = {"unit": unit.name, "title": ledger.title}
    lines = [Text("ledger.days", told)]
    if whole:
        lines.append(Text("ledger.days.whole"))
    if own:
        lines.append(Text("ledger.own_only"))
    return Outbound(tuple(lines), tuple(rows))


def span_text(first: date, last: date) -> Text:
    """The days that it is about."""
    if first == last:
        return Text("ledger.span.one", {"on": first})
    return Text("ledger.span", {"first": first, "last": last})


def _told(ledger: Ledger, unit: Unit, span: tuple[date, date]) -> dict[str, Value]:
    return {"unit": unit.name, "title": ledger.title, "days": span_text(*span)}


def writing(ledger: Ledger, unit: Unit, span: tuple[date, date], number: str) -> Outbound:
    return Outbound((Text("ledger.writing", {**_told(ledger, unit, span), "number": number}),))


def ready(
    ledger: Ledger,
    unit: Unit,
    span: tuple[date, date],
    rows: int,
    figures: Figures,
    key: str,
    *,
    whole: bool,
    own: bool,
) -> Outbound:
    """With the figures of the daily sheet for the same days; `own`: only what she has entered."""
    head = Text("ledger.ready", {**_told(ledger, unit, span), "n": rows})
    how = Text("ledger.ready.whole" if whole else "ledger.ready.masked")
    lines = (Text("ledger.own_only"),) if own else ledger.said(figures)
    return Outbound((head, *lines, how), document=key)


def nothing(ledger: Ledger, unit: Unit, span: tuple[date, date]) -> Outbound:
    """There is no row, so there is no file."""
    rows = ((Button(Text("ledger.other_days"), f"a:ledger:{ledger.code}::{unit.id}"),),)
    return Outbound((Text("ledger.nothing", _told(ledger, unit, span)),), rows)


def file_name(ledger: Ledger, unit: Unit, span: tuple[date, date], *, whole: bool) -> Text:
    told: dict[str, Value] = {"unit": unit.name, "title": ledger.title}
    days = {"first": f"{span[0]}", "last": f"{span[1]}"}
    return fit_for_file(Text("ledger.file.whole" if whole else "ledger.file", {**told, **days}))
