"""What is said about documents: for which days, that one is being written, what goes along with
it; about templates: which is in force, what a new one uses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from handlers.spans import SPANS
from models.documents.kinds import DocumentKind, Layout, layout
from models.documents.series import IssuedDocument
from models.documents.templates import Template
from models.files import fit_for_file
from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.units import Unit
from models.venues.inspection import Inspection
from models.venues.venue import Venue

WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
VERSIONS_SHOWN = 5
_BALANCE = ("before", "found", "relapsed", "closed", "open", "overdue")
_VERBS = {DocumentKind.REPORT.value: "periodreport"}  # "report" is a resident's


def choose(what: str, unit: Unit) -> Outbound:
    """The usual spans, and any other days."""
    verb = _VERBS.get(what, what)
    buttons = [Button(Text(f"document.span.{span}"), f"a:{verb}:{span}") for span in SPANS]
    rows = (tuple(buttons[:2]), tuple(buttons[2:]))
    days = (Button(Text("document.span.days"), f"a:{verb}:days"),)
    return Outbound((Text(f"document.choose.{what}", {"unit": unit.name}),), (*rows, days))


def kind_text(kind: DocumentKind) -> Text:
    return Text(f"document.kind.{kind}")


def writing(document: IssuedDocument, unit: Unit) -> Outbound:
    """It has its number; the file is on its way."""
    told: dict[str, Value] = {"number": document.number_text(unit)}
    return Outbound((Text("document.writing", {**told, "kind": kind_text(document.kind)}),))


def file_name(number: Text) -> Text:
    """A document is called by its number."""
    return Text("document.file", {"name": fit_for_file(number)})


def notice(
    document: IssuedDocument, unit: Unit, venue: Venue, row: Inspection, key: str, *, told: bool
) -> Outbound:
    """For whoever asked; `told`: the manager has it in her chat too."""
    facts: dict[str, Value] = {"number": document.number_text(unit), "venue": venue.name}
    lines = [Text("document.notice", {**facts, "n": row.failed})]
    lines.append(Text("document.notice.told" if told else "document.notice.by_hand", facts))
    # Not protected: it has to be printed, signed and handed over.
    return Outbound(tuple(lines), document=key)


def notice_to_manager(
    document: IssuedDocument, unit: Unit, venue: Venue, row: Inspection, key: str
) -> Outbound:
    """For her who has to put it right."""
    told: dict[str, Value] = {"number": document.number_text(unit), "venue": venue.name}
    rows: Rows = ((Button(Text("venue.own_problems"), "a:go:problems", style=Style.PRIMARY),),)
    lines = [Text("document.notice.yours", {**told, "n": row.failed})]
    if row.signed_at is None:
        sign = Button(Text("action.sign"), f"a:sign:{row.id}", style=Style.PRIMARY)
        rows, lines = ((sign,), *rows), [*lines, Text("inspect.please_sign")]
    return Outbound(tuple(lines), rows, document=key)


def bulletin(document: IssuedDocument, unit: Unit, facts: Mapping[str, Any], key: str) -> Outbound:
    """With what the document itself says."""
    told: dict[str, Value] = {"number": document.number_text(unit)}
    told |= {"first": facts["since"], "last": facts["until"]}
    counts = {name: facts[name] for name in ("inspections", "sites", "faulty")}
    balance = Text("digest.problems", {name: facts[name] for name in _BALANCE})
    return Outbound((Text("document.bulletin", {**told, **counts}), balance), document=key)


def report(document: IssuedDocument, unit: Unit, facts: Mapping[str, Any], key: str) -> Outbound:
    """With its conclusion, and what its writer has to supply."""
    told: dict[str, Value] = {
        "number": document.number_text(unit),
        "first": facts["since"],
        "last": facts["until"],
        "conclusion": facts["conclusion"],
    }
    known = layout(document.kind).fields
    gaps: list[Text] = [verbatim(known[code].name) for code in known if facts[code] is None]
    lines = [Text("document.report", told)]
    if gaps:
        lines.append(Text("document.report.gaps", {"n": len(gaps), "gaps": gaps}))
    return Outbound(tuple(lines), document=key)


# -- templates -------------------------------------------------------------------------------------


def kinds() -> Outbound:
    rows = tuple((Button(kind_text(kind), f"a:template:{kind}"),) for kind in DocumentKind)
    ledgers = (Button(Text("template.headings"), "a:headings"),)
    return Outbound((Text("template.choose"),), (*rows, ledgers))


def template(kind: DocumentKind, versions: Sequence[Template]) -> Outbound:
    """Which one is in force, how to change it, the names that it can use."""
    now = next((row for row in versions if row.in_force), None)
    told: dict[str, Value] = {"kind": kind_text(kind)}
    head = (
        Text("template.shipped", told)
        if now is None
        else Text("template.own", {**told, "version": now.version, "at": now.at})
    )
    lines = [head, Text("template.how"), *_names(layout(kind))]
    rows: list[tuple[Button, ...]] = [
        (Button(Text("template.get"), f"a:template:{kind}:get", style=Style.PRIMARY),)
    ]
    if now is not None:
        rows.append((Button(Text("template.use_shipped"), f"a:template:{kind}:use:0"),))
    for row in [row for row in versions if not row.in_force][:VERSIONS_SHOWN]:
        label = Text("template.use", {"version": row.version, "at": row.at})
        rows.append((Button(label, f"a:template:{kind}:use:{row.version}"),))
    return Outbound(tuple(lines), tuple(rows))


def _names(known: Layout) -> list[Text]:
    plain = [verbatim(one.name) for one in known.fields.values()]
    plain += [verbatim(name) for name in known.pictures.values()]
    lines = [Text("template.names", {"names": plain})]
    for one in known.lists.values():
        fields = [verbatim(name) for name in one.fields.values()]
        lines.append(Text("template.list", {"name": one.name, "names": fields}))
    return lines


def template_name(kind: DocumentKind, version: int) -> Text:
    key = "template.file" if version else "template.file.shipped"
    return Text(key, {"kind": kind_text(kind), "version": version})


def template_given(kind: DocumentKind, key: str) -> Outbound:
    return Outbound((Text("template.given", {"kind": kind_text(kind)}),), document=key)


def looking(name: str) -> Outbound:
    return Outbound((Text("template.looking", {"name": name}),))


def dropped(name: str) -> Outbound:
    return Outbound((Text("template.dropped", {"name": name}),))


def unknown(name: str, kind: DocumentKind, names: Sequence[str]) -> Outbound:
    """It uses names that its kind has not: each is named."""
    told: dict[str, Value] = {"name": name, "kind": kind_text(kind)}
    listed = [verbatim(f"{{{{ {one} }}}}") for one in names[:20]]
    rows = ((Button(Text("template.all_names"), f"a:template:{kind}"),),)
    return Outbound((Text("template.unknown", {**told, "names": listed}),), rows)


def preview(
    job_id: int, name: str, fitting: Sequence[DocumentKind], unused: Collection[str]
) -> Outbound:
    """It can be filled: as which kind of document it would be from now on."""
    told: dict[str, Value] = {"name": name, "kind": kind_text(fitting[0])}
    lines = [Text("template.fits", told)]
    if unused:
        names = [verbatim(one) for one in sorted(unused)]
        lines.append(Text("template.unused", {"names": names}))
    use = [
        (
            Button(
                Text("template.adopt", {"kind": kind_text(kind)}),
                f"a:newtemplate:{job_id}:{kind}",
                style=Style.PRIMARY if kind == fitting[0] else Style.PLAIN,
            ),
        )
        for kind in fitting
    ]
    return Outbound(
        tuple(lines), (*use, (Button(Text("template.drop"), f"a:newtemplate:{job_id}:drop"),))
    )


def sample(kind: DocumentKind, key: str) -> Outbound:
    return Outbound((Text("template.sample", {"kind": kind_text(kind)}),), document=key)


def adopted(kind: DocumentKind, version: int) -> Outbound:
    rows = ((Button(Text("template.back"), f"a:template:{kind}"),),)
    return Outbound(
        (Text("template.adopted", {"kind": kind_text(kind), "version": version}),), rows
    )


def refused(name: str, why: Text) -> Outbound:
    return Outbound((Text("template.refused", {"name": name, "why": why}),))
