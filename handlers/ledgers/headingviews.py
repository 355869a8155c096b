"""What is said about the columns of ledgers: how they are called now, what a new sheet changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.documents.templates import Template
from models.files import fit_for_file
from models.ledgers.declaration import Ledger
from models.ledgers.headings import Change, Heading, Headings
from models.messages import Button, Outbound, Style, Text, Value, verbatim
from models.units import Unit

VERSIONS_SHOWN = 5


def choose(ledgers: Sequence[Ledger]) -> Outbound:
    buttons = [Button(one.title, f"a:headings:{one.code}") for one in ledgers]
    rows = tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
    return Outbound((Text("headings.choose"),), rows)


def _names(words: Sequence[str]) -> list[Text]:
    return [verbatim(one) for one in words]


def card(
    ledger: Ledger, usual: Headings, current: Headings, versions: Sequence[Template]
) -> Outbound:
    """How the columns are called, how that is changed, what it can go back to."""
    now = next((row for row in versions if row.in_force), None)
    told: dict[str, Value] = {"title": ledger.title}
    head = (
        Text("headings.standard", told)
        if now is None
        else Text("headings.own", {**told, "version": now.version, "at": now.at})
    )
    lines = [head, Text("headings.columns", {"names": _names([one.words for one in current])})]
    codes = {one.code for one in current}
    if out := [one.words for one in usual if one.code not in codes]:
        lines.append(Text("headings.out", {"names": _names(out)}))
    lines.append(Text("headings.how"))
    get = Button(Text("headings.get"), f"a:headings:{ledger.code}:get", style=Style.PRIMARY)
    rows: list[tuple[Button, ...]] = [(get,)]
    if now is not None:
        rows.append((Button(Text("headings.use_standard"), f"a:headings:{ledger.code}:use:0"),))
    for row in [row for row in versions if not row.in_force][:VERSIONS_SHOWN]:
        label = Text("template.use", {"version": row.version, "at": row.at})
        rows.append((Button(label, f"a:headings:{ledger.code}:use:{row.version}"),))
    return Outbound(tuple(lines), tuple(rows))


def file_name(ledger: Ledger) -> Text:
    return fit_for_file(Text("headings.file", {"title": ledger.title}))


def given(ledger: Ledger, key: str) -> Outbound:
    return Outbound((Text("headings.given", {"title": ledger.title}),), document=key)


def _button(job_id: int, label: Text, choice: str, style: Style = Style.PLAIN) -> Button:
    return Button(label, f"a:newheadings:{job_id}:{choice}", style=style)


def _otherwise(job_id: int) -> tuple[Button, ...]:
    """It was something else that she wanted, or nothing."""
    rows = _button(job_id, Text("headings.rows"), "rows")
    return (rows, _button(job_id, Text("headings.drop"), "drop"))


def preview(
    job_id: int,
    name: str,
    district: Unit,
    ledger: Ledger,
    found: Change,
    new: Sequence[Heading],
) -> Outbound:
    """What would be other than now. Nothing is before she confirms it."""
    told: dict[str, Value] = {"name": name, "title": ledger.title, "unit": district.name}
    lines = [Text("headings.preview", told), *_changes(found, new), Text("headings.then", told)]
    adopt = _button(job_id, Text("headings.adopt"), "adopt", Style.PRIMARY)
    return Outbound(tuple(lines), ((adopt,), _otherwise(job_id)))


def _changes(found: Change, new: Sequence[Heading]) -> Iterator[Text]:
    if found.renamed:
        pairs = [Text("headings.pair", {"old": old, "new": word}) for old, word in found.renamed]
        yield Text("headings.renamed", {"names": pairs})
    if found.gone:
        yield Text("headings.gone", {"names": _names(found.gone)})
    if found.back:
        yield Text("headings.back", {"names": _names(found.back)})
    if found.blank:
        yield Text("headings.blank", {"names": _names(found.blank)})
    order = [verbatim(one.words) for one in new]
    yield Text("headings.moved" if found.moved else "headings.order", {"names": order})


def same(job_id: int, name: str, ledger: Ledger) -> Outbound:
    """There is nothing to change; perhaps she meant the rows."""
    told: dict[str, Value] = {"name": name, "title": ledger.title}
    return Outbound((Text("headings.same", told),), (_otherwise(job_id),))


def refused(job_id: int, name: str, why: Text) -> Outbound:
    """It cannot be kept like this; perhaps she meant the rows."""
    told: dict[str, Value] = {"name": name, "why": why}
    return Outbound((Text("headings.refused", told),), (_otherwise(job_id),))


def looking(name: str) -> Outbound:
    return Outbound((Text("template.looking", {"name": name}),))


def dropped(name: str) -> Outbound:
    return Outbound((Text("headings.dropped", {"name": name}),))


def adopted(district: Unit, ledger: Ledger, version: int) -> Outbound:
    told: dict[str, Value] = {"title": ledger.title, "version": version, "unit": district.name}
    rows = ((Button(Text("headings.see"), f"a:headings:{ledger.code}"),),)
    return Outbound((Text("headings.adopted", told),), rows)
