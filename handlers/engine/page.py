"""What a frame looks like as a message: the question with its buttons, the review, the edits.

Knows how things are laid out; nothing changes here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from handlers.engine.draft import EDIT, REVIEW
from handlers.engine.frame import Frame
from handlers.engine.lists import ListQuestion
from handlers.engine.question import Question
from models.messages import Button, Outbound, Rows, Text

KEYBOARD_LINES = {
    "contact": Text("engine.share_contact"),
    "location": Text("engine.share_location"),
}
SKIPPED = Text("engine.value.skipped")


def page(frame: Frame, notices: tuple[Text, ...] = ()) -> Outbound:
    """The message for where she is; notices come first."""
    return Outbound(
        lines=(*notices, *(line for line in _lines(frame) if line not in notices)),
        rows=_rows(frame),
        keyboard=cast(Literal["", "contact", "location"], frame.keyboard),
        protect=_personal(frame),
    )


def data(frame: Frame, tap: str) -> str:
    """What a button sends back: at most 64 bytes."""
    return f"f:{frame.draft.nonce}:{frame.address}.{tap}"


def _rows(frame: Frame) -> Rows:
    prefix = data(frame, "")
    return tuple(
        tuple(Button(cell.label, prefix + cell.tap, style=cell.style) for cell in row)
        for row in frame.cells
    )


def _lines(frame: Frame) -> Iterator[Text]:
    if frame.draft.at == REVIEW:
        yield from _review(frame)
    elif frame.draft.at == EDIT:
        yield Text("engine.choose_edit")
    elif frame.question is not None:
        yield from _question(frame, frame.question)


def _review(frame: Frame) -> Iterator[Text]:
    yield frame.plan.title
    for question in frame.reachable:
        if question.name in frame.draft.answers:
            value = _value(frame, question)
            yield Text("engine.review_line", {"label": question.label, "value": value})
    yield Text("engine.review")


def _question(frame: Frame, question: Question) -> Iterator[Text]:
    if frame.parent is not None:
        yield _about(frame.parent, frame.draft.item)
    elif len(frame.asked) > 1:
        yield Text("engine.progress", {"n": frame.position, "of": len(frame.asked)})
    yield from question.prompt
    if isinstance(question, ListQuestion):
        yield from question.lines(frame.look)
    elif question.name in frame.draft.again and not question.gathers:
        yield Text("engine.current", {"value": _value(frame, question)})
    if frame.keyboard:
        yield KEYBOARD_LINES[frame.keyboard]
        if question.skippable:
            yield Text("engine.skip_typed")


def _about(parent: Frame, item: str) -> Text:
    assert isinstance(parent.question, ListQuestion)
    about = parent.question.about(item, parent.draft.labels)
    return Text("engine.about", {"item": about})


def _value(frame: Frame, question: Question) -> Text:
    value = getattr(frame.answers, question.name)
    return SKIPPED if value is None else question.show(value, frame.draft.labels)


def _personal(frame: Frame) -> bool:
    shown = frame.reachable if frame.draft.at == REVIEW else (frame.question,)
    return any(q is not None and q.ask.personal for q in shown)
