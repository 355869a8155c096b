"""Where an answer or a steering word leads: the next question, a sub-form, the review, the end.

Takes what a question made of an event; reads no event itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from handlers.engine import vocabulary
from handlers.engine.draft import EDIT, REVIEW, Draft
from handlers.engine.form import Form
from handlers.engine.frame import EDIT_TAP, Frame, sub_plan
from handlers.engine.lists import ListQuestion, RepeatQuestion
from handlers.engine.question import Opened, Outcome, Partly, Question, Taken, Turned, clip
from handlers.engine.refusals import Refusal, from_validation, refuse
from handlers.engine.reply import RETURNED, Reply, Stepped
from models.messages import Edit, Outbound, Text


def press(frame: Frame, tap: str, reply: Reply) -> Stepped:
    """A button of this page."""
    if tap in _CONTROLS:
        return _CONTROLS[tap](frame, reply)
    if frame.draft.at == EDIT:
        index = int(tap.removeprefix(EDIT_TAP))
        return reply.show(frame.at(frame.draft.edited(frame.plan.questions[index].name)))
    assert frame.question is not None
    outcome = frame.question.tapped(frame.look, tap)
    return reply.show(frame) if outcome is None else apply(frame, frame.question, outcome, reply)


def apply(frame: Frame, question: Question, outcome: Outcome, reply: Reply) -> Stepped:
    """What the question made of the event."""
    match outcome:
        case Taken():
            draft = frame.draft.labelled(outcome.labels).answered(question.name, outcome.value)
            draft = draft.without(
                q.name for q in frame.plan.questions if q.ask.given == question.name
            )
            filled, unread = _fill(frame.at(draft), question, outcome.rest)
            return arrive(filled, reply.noting(*unread))
        case Partly(value):
            return reply.show(frame.at(frame.draft.partly(question.name, value)))
        case Turned(scratch, reason):
            turned = frame.at(replace(frame.draft, scratch=scratch))
            return reply.noting(*([reason] if reason else [])).show(turned)
        case Opened():
            assert isinstance(question, ListQuestion)
            return arrive(_open(frame, question, outcome), reply)


def _fill(frame: Frame, question: Question, rest: str) -> tuple[Frame, tuple[Text, ...]]:
    """The rest of a typed answer goes to the fields that may take it, in order."""
    for name in question.ask.also:
        other = frame.plan.by_name[name]
        if not rest or frame.draft.holds(name) or other not in frame.reachable:
            continue
        try:
            outcome = other.typed(replace(frame.look, name=name), rest)
        except Refusal:
            continue
        if isinstance(outcome, Taken):
            draft = frame.draft.labelled(outcome.labels).answered(name, outcome.value)
            frame, rest = frame.at(draft), outcome.rest
    return frame, (Text("engine.rest_unread", {"text": clip(rest, 40)}),) if rest else ()


def _open(frame: Frame, question: ListQuestion, opened: Opened) -> Frame:
    walked = sub_plan(question)
    draft = frame.draft.labelled(opened.labels)
    sub = Draft(
        form=walked.form.code,
        version=walked.form.version,
        nonce=draft.nonce,
        answers=opened.answers,
        again=tuple(name for name in opened.answers if name in walked.by_name),
        labels=draft.labels,
        item=opened.item,
    )
    parent = frame.at(replace(draft.partly(question.name, question.items(frame.look)), sub=None))
    return Frame(walked, sub, frame.context, parent)


def arrive(frame: Frame, reply: Reply) -> Stepped:
    """At the first open question; past the last one, at the review or the end."""
    question = frame.open
    if question is None:
        return _finish(frame, reply)
    frame = frame.at(frame.draft.moved(question.name))
    if (taken := question.foregone(frame.look)) is not None:
        # Nobody was asked, so the way back does not lead here.
        draft = frame.draft.labelled(taken.labels)
        known = {**draft.answers, question.name: taken.value}
        return arrive(frame.at(replace(draft, answers=known)), reply)
    if isinstance(question, RepeatQuestion) and question.fewest and not question.items(frame.look):
        return arrive(_open(frame, question, Opened("0", {})), reply)
    return reply.show(frame)


def _finish(frame: Frame, reply: Reply) -> Stepped:
    if frame.parent is not None:
        return _collect(frame, frame.parent, reply)
    if frame.plan.form.review:
        return reply.show(frame.at(frame.draft.moved(REVIEW)))
    return _submit(frame, reply)


def _collect(frame: Frame, parent: Frame, reply: Reply) -> Stepped:
    """The finished item takes its place in the list."""
    built = _build(frame)
    if isinstance(built, _Fault):
        return built.show(frame, reply)
    assert isinstance(parent.question, ListQuestion)
    items = parent.question.placed(parent.look, frame.draft.item, frame.standing)
    draft = parent.draft.labelled(frame.draft.labels).partly(parent.question.name, items)
    return reply.show(parent.at(draft))


def _submit(frame: Frame, reply: Reply) -> Stepped:
    if (question := frame.open) is not None:
        return reply.show(frame.at(frame.draft.moved(question.name)))
    built = _build(frame)
    if isinstance(built, _Fault):
        return built.show(frame, reply)
    return Stepped(submitted=built, replies=reply.dismissed())


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why the whole does not hold, though every answer alone did."""

    field: str
    text: Text

    def show(self, frame: Frame, reply: Reply) -> Stepped:
        at = frame.draft.reopened(self.field) if self.field else frame.draft.moved(REVIEW)
        return reply.noting(self.text).show(frame.at(at))


def _build(frame: Frame) -> Form | _Fault:
    try:
        return frame.plan.form.model_validate(frame.standing)
    except ValidationError as problem:
        where = [str(part) for part in problem.errors(include_url=False)[0]["loc"][:1]]
        field = where[0] if where and where[0] in frame.plan.by_name else ""
        return _Fault(field, from_validation(problem, frame.plan.form).text)


# -- steering ---------------------------------------------------------------------------------


def back(frame: Frame, reply: Reply) -> Stepped:
    """To the question before; out of a search, an item, an edit."""
    reply = replace(reply, dismissal=RETURNED)
    draft = frame.draft
    if draft.scratch.keys() & {"item", "query"}:
        return reply.show(frame.at(replace(draft, scratch={})))
    if draft.at == EDIT:
        return reply.show(frame.at(draft.moved(REVIEW)))
    if draft.editing:
        return arrive(frame.at(draft.unedited()), reply)
    reached = {question.name for question in frame.reachable}
    trail = [name for name in draft.trail if name in reached and name != draft.at]
    if trail:
        earlier = replace(draft, trail=tuple(trail[:-1])).reopened(trail[-1])
        return reply.show(frame.at(earlier))
    if frame.parent is not None:
        return reply.show(frame.parent)
    return reply.noting(Text("engine.error.first_question")).show(frame)


def skip(frame: Frame, reply: Reply) -> Stepped:
    """Nothing to say here: None is the answer."""
    question = frame.question
    if question is None or not question.skippable:
        raise refuse("no_skip")
    return arrive(frame.at(frame.draft.answered(question.name, None)), reply)


def _keep(frame: Frame, reply: Reply) -> Stepped:
    name = frame.draft.at
    return arrive(frame.at(frame.draft.answered(name, frame.draft.answers[name])), reply)


def cancel(frame: Frame, reply: Reply) -> Stepped:
    """The whole form is given up."""
    message = Outbound((Text("engine.cancelled"),), dismiss_keyboard=reply.keyboard)
    if reply.replaces:
        message = replace(message, edit=Edit.REPLACE, edits=reply.replaces)
    return Stepped(replies=(message,), cancelled=True)


def _edit(frame: Frame, reply: Reply) -> Stepped:
    return reply.show(frame.at(frame.draft.moved(EDIT)))


Act = Callable[[Frame, Reply], Stepped]
_CONTROLS: Mapping[str, Act] = {
    "back": back,
    "skip": skip,
    "keep": _keep,
    "cancel": cancel,
    "submit": _submit,
    "edit": _edit,
}
STEERING: tuple[tuple[Text, Act], ...] = (
    (vocabulary.BACK, back),
    (vocabulary.CANCEL, cancel),
    (vocabulary.SKIP, skip),
)
"""Words that work on every page, whether it has their buttons or not."""
