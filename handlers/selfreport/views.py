"""What a worker is told of a report that has changed, and its sender of one that cannot change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from handlers.engine.plan import plan
from handlers.selfreport.form import SelfReport
from models.cards import team_rows
from models.identity import IdDocument, mask_id, mask_phone
from models.messages import Button, Outbound, Text, verbatim
from models.obligations import Obligation


def _document(value: IdDocument) -> str:
    return mask_id(value.number)


# Numbers are masked wherever they are shown.
_MASKED: Mapping[str, Callable[[Any], str]] = {
    "phone": mask_phone,
    "family_phone": mask_phone,
    "document": _document,
}


def changes(before: Mapping[str, Any], filled: SelfReport, labels: Mapping[str, str]) -> list[Text]:
    """A line for each answer that is not what it was; none is made of an answer taken away."""
    now = filled.model_dump(mode="json")
    lines = []
    for question in plan(SelfReport).questions:
        value = getattr(filled, question.name)
        if value is None or now[question.name] == before.get(question.name):
            continue
        mask = _MASKED.get(question.name)
        shown = verbatim(mask(value)) if mask else question.show(value, labels)
        lines.append(Text("engine.review_line", {"label": question.label, "value": shown}))
    return lines


def changed(name: str, lines: Sequence[Text], duty: Obligation) -> Outbound:
    """The lead is still hers; this is different now."""
    head, end = Text("verify.changed", {"name": name}), Text("verify.due", {"due": duty.due_at})
    return Outbound((head, *lines, end), team_rows(duty), protect=True)


def verified_already(person_id: int | None) -> Outbound:
    """Why she cannot change it, and who can; `person_id` where she may ask for that with a tap."""
    ask = Button(Text("selfreport.ask_worker"), f"a:fixdata:{person_id}")
    rows = ((ask,),) if person_id is not None else ()
    return Outbound((Text("selfreport.verified_already"),), rows)
