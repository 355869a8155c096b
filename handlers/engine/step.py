"""One event in a form: where she is, what she sent, where that leads, what she is told.

Pure and total: any event in any draft gives an answer, never an exception; a failing condition or
option source is the feature's bug. Options are asked for by a `need`, never fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from handlers.engine import parse
from handlers.engine.context import Context, Wanting
from handlers.engine.draft import REVIEW, Draft
from handlers.engine.form import Form
from handlers.engine.frame import Frame, leaf
from handlers.engine.migration import fits, migrate, still_valid
from handlers.engine.moves import STEERING, apply, arrive, press
from handlers.engine.plan import plan
from handlers.engine.question import Cell
from handlers.engine.refusals import Refusal, refuse
from handlers.engine.reply import Reply, Stepped
from handlers.engine.vocabulary import means
from models.messages import Inbound, Text

__all__ = ["Stepped", "begin", "show", "step"]

MOST_NONCE = 12
"""Bytes of a nonce; more would not fit into a button."""


def begin(
    form: type[Form],
    nonce: str,
    context: Context,
    *,
    feature_context: Mapping[str, Any] | None = None,
    answers: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Stepped:
    """Start a form at its first open question.

    `answers` are known beforehand (values or JSON; what is invalid is asked), `labels` the words
    of those among them that are options, by "source:value". `nonce` is at most 12 ASCII letters,
    digits or "-_", new for every draft.
    """
    if not 0 < len(nonce) <= MOST_NONCE or not nonce.isascii() or ":" in nonce:
        raise ValueError(f"not a nonce: {nonce!r}")
    walked = plan(form)
    draft = Draft(
        form=form.code,
        version=form.version,
        nonce=nonce,
        answers=still_valid(walked, answers or {}),
        context=feature_context or {},
        labels=labels or {},
    )
    reply = Reply(notices=(walked.title,))
    return _resolving(lambda: arrive(Frame(walked, draft, context), reply))


def show(form: type[Form], draft: Draft, context: Context) -> Stepped:
    """Say again where she is, after a break."""

    def shown() -> Stepped:
        frame, notices = _enter(form, draft, context)
        return Reply((*notices, _where(frame.parent or frame))).show(frame)

    return _resolving(shown)


def _where(frame: Frame) -> Text:
    if frame.question is None:
        return Text("engine.resume_review")
    return Text("engine.resume", {"n": frame.position})


def step(form: type[Form], draft: Draft, inbound: Inbound, context: Context) -> Stepped:
    """Take one event."""

    def stepped() -> Stepped:
        tapped = inbound.message_id if inbound.kind == "tap" else ""
        frame, notices = _enter(form, draft, context)
        reply = Reply(notices, tapped, keyboard=bool(frame.keyboard))
        if inbound.edited:
            return reply.noting(Text("engine.edited_hint")).show(frame)
        try:
            return _hear(frame, inbound, reply)
        except Refusal as refusal:
            return replace(reply.noting(refusal.text).show(frame), refused=True)

    return _resolving(stepped)


def _resolving(act: Callable[[], Stepped]) -> Stepped:
    try:
        return act()
    except Wanting as wanting:
        # Inside a list's item the whole form is the draft that the turn has.
        return Stepped(need=wanting.need, draft=None if wanting.draft.item else wanting.draft)


def _enter(form: type[Form], draft: Draft, context: Context) -> tuple[Frame, tuple[Text, ...]]:
    """The frame that is open; a draft of another version is brought up to date first."""
    walked = plan(form)
    if fits(walked, draft):
        return leaf(walked, draft, context), ()
    draft = migrate(walked, draft)
    frame = leaf(walked, draft, context)
    if frame.question is None:
        nearest = frame.open or (frame.reachable[-1] if frame.parent else None)
        frame = frame.at(frame.draft.moved(nearest.name if nearest else REVIEW))
    return frame, (Text("engine.form_changed"),)


def _hear(frame: Frame, inbound: Inbound, reply: Reply) -> Stepped:
    match inbound.kind:
        case "tap":
            return _tap(frame, inbound.data, reply)
        case "text":
            return _read(frame, inbound.text, reply)
        case _ if frame.question is not None:
            cleaned = replace(inbound, text=parse.clean(inbound.text))
            outcome = frame.question.sent(frame.look, cleaned)
            return apply(frame, frame.question, outcome, reply)
        case _:
            raise refuse("expected_tap")


def _tap(frame: Frame, tapped: str, reply: Reply) -> Stepped:
    prefix, _, rest = tapped.partition(":")
    nonce, _, place = rest.partition(":")
    if prefix != "f" or nonce != frame.draft.nonce:
        # An old message: it stays as it is, the question comes anew below it.
        return replace(reply, replaces="").noting(Text("engine.stale")).show(frame)
    address, _, tap = place.partition(".")
    shown = {cell.tap for row in frame.cells for cell in row}
    if address != frame.address or tap not in shown:
        return reply.show(frame)  # a double tap: the answer was taken, no scolding
    return press(frame, tap, reply)


def _read(frame: Frame, raw: str, reply: Reply) -> Stepped:
    text, say = parse.clean(raw), frame.context.say
    for word, act in STEERING:
        if means(word, text, say):
            return act(frame, reply)
    cells = [cell for row in frame.cells for cell in row if cell.typed]
    question = frame.question
    numbered = _numbered(frame, text)
    if numbered is not None and (question is None or question.chooses(frame.look)):
        return press(frame, numbered.tap, reply)
    named = [cell for cell in cells if means(cell.label, text, say)]
    if len(named) == 1:
        return press(frame, named[0].tap, reply)
    if question is None or not text:
        raise refuse(question.expected if question else "expected_tap")
    try:
        outcome = question.typed(frame.look, parse.prose(raw) if question.prose else text)
    except Refusal:
        # A stray digit where a name or a number was asked must not throw the draft away.
        if numbered is None or question.numeric or numbered.tap == "cancel":
            raise
        return press(frame, numbered.tap, reply)
    return apply(frame, question, outcome, reply)


def _numbered(frame: Frame, text: str) -> Cell | None:
    """The button of this number, counted in reading order."""
    cells = [cell for row in frame.cells for cell in row]
    if not text.isdecimal() or len(text) > 3 or not 1 <= int(text) <= len(cells):
        return None
    cell = cells[int(text) - 1]
    return cell if cell.typed else None
