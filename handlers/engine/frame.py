"""Where a conversation stands: a draft laid over its form, or over the sub-form that is open.

Answers what is reachable, what is open and which buttons there are; decides nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from handlers.engine import vocabulary
from handlers.engine.context import Context, Look, mark
from handlers.engine.draft import EDIT, REVIEW, Draft
from handlers.engine.form import Answers, Form
from handlers.engine.lists import ChecklistQuestion, ListQuestion
from handlers.engine.plan import Plan, plan, plan_item
from handlers.engine.question import Cell, Grid, Question, grid
from models.messages import Style, Text

EDIT_TAP = "e:"


@dataclass(frozen=True)
class Frame:
    """One form being walked; `parent` is set while it is the sub-form of a list."""

    plan: Plan
    draft: Draft
    context: Context
    parent: Frame | None = None

    @property
    def question(self) -> Question | None:
        """The question being asked; None on the review page and the page of edits."""
        return self.plan.by_name.get(self.draft.at)

    @functools.cached_property
    def _walk(self) -> tuple[tuple[Question, ...], Answers, dict[str, object]]:
        """Answers of questions that no longer apply are unknown to the conditions below them."""
        raw = self.draft.answers
        known = {n: v for n, v in raw.items() if n not in self.plan.by_name}
        answers = self.plan.answers(known)
        reached = []
        for question in self.plan.questions:
            if question.applies(answers):
                reached.append(question)
                if question.name in raw:
                    known[question.name] = raw[question.name]
        return tuple(reached), answers, known

    @property
    def reachable(self) -> tuple[Question, ...]:
        """The questions that apply, given the answers so far."""
        return self._walk[0]

    @property
    def answers(self) -> Answers:
        """What is known, of the questions that apply."""
        return self._walk[1]

    @property
    def standing(self) -> dict[str, object]:
        """The JSON answers that count: those of the questions that apply."""
        return {n: v for n, v in self._walk[2].items() if n in self.plan.form.model_fields}

    @property
    def open(self) -> Question | None:
        """The first question without a final answer."""
        return next((q for q in self.reachable if not self.draft.holds(q.name)), None)

    @property
    def asked(self) -> tuple[Question, ...]:
        """What progress counts: not the questions that mostly answer themselves."""
        here = self.draft.at
        return tuple(q for q in self.reachable if not q.ask.given or q.name == here)

    @property
    def position(self) -> int:
        """Which of the questions this is, from 1; the last on the review page."""
        names = [question.name for question in self.asked]
        return names.index(self.draft.at) + 1 if self.draft.at in names else len(names)

    @functools.cached_property
    def look(self) -> Look:
        """What the question may see."""
        return Look(self.draft.at, self.draft, self.answers, self.context)

    @functools.cached_property
    def keyboard(self) -> str:
        """The platform keyboard that the question needs."""
        return self.question.keyboard(self.look) if self.question else ""

    @property
    def address(self) -> str:
        """Names the page in button data: form version, question, and those of an open item."""
        at = {REVIEW: "r", EDIT: "e"}.get(self.draft.at)
        place = at or str(self.question.index if self.question else "")
        here = f"{self.plan.form.version}-{place}"
        return f"{self.parent.address}-{mark(self.draft.item)}-{place}" if self.parent else here

    def at(self, draft: Draft) -> Frame:
        """The same form with another draft."""
        return Frame(self.plan, draft, self.context, self.parent)

    def root(self) -> Draft:
        """The whole draft, sub-drafts in their places."""
        return replace(self.parent.draft, sub=self.draft) if self.parent else self.draft

    @functools.cached_property
    def cells(self) -> Grid:
        """Every button of the page; none beside a platform keyboard, they share no message."""
        if self.draft.at == REVIEW:
            return _REVIEW_CELLS
        if self.draft.at == EDIT:
            return (*self._edit_cells(), (Cell(vocabulary.BACK, "back"),))
        if self.question is None or self.keyboard:
            return ()
        answers = self.question.cells(self.look)
        if "item" in self.draft.scratch:
            return answers
        return (*answers, tuple(self._controls(self.question)))

    def _edit_cells(self) -> Grid:
        fields = [q for q in self.reachable if q.name in self.draft.answers]
        return grid([Cell(q.label, f"{EDIT_TAP}{q.index}") for q in fields], 2)

    def _controls(self, question: Question) -> Iterator[Cell]:
        draft = self.draft
        if question.name in draft.again and not question.gathers and not draft.editing:
            yield Cell(Text("engine.keep"), "keep")
        if draft.trail or draft.editing or self.parent or "query" in draft.scratch:
            yield Cell(vocabulary.BACK, "back")
        if question.skippable:
            yield Cell(vocabulary.SKIP, "skip")
        yield Cell(vocabulary.CANCEL, "cancel")


_REVIEW_CELLS: Grid = (
    (Cell(vocabulary.SUBMIT, "submit", Style.PRIMARY),),
    (Cell(vocabulary.EDIT, "edit"), Cell(vocabulary.CANCEL, "cancel")),
)


def sub_plan(question: ListQuestion) -> Plan:
    """The questions of an item."""
    checklist = isinstance(question, ChecklistQuestion)
    return plan_item(question.sub) if checklist else plan(question.sub)


def asks(form: type[Form], draft: Draft) -> str:
    """The kind of the question that she is at, in a sub-form or not; empty on any other page."""
    walked = plan(form)
    question = walked.by_name.get(draft.at)
    while draft.sub is not None and isinstance(question, ListQuestion):
        walked, draft = sub_plan(question), draft.sub
        question = walked.by_name.get(draft.at)
    return question.kind if question is not None else ""


def leaf(walked: Plan, draft: Draft, context: Context) -> Frame:
    """The frame that hears the next event: the open sub-form's, else the form's own."""
    frame = Frame(walked, draft, context)
    if draft.sub is None or not isinstance(frame.question, ListQuestion):
        return frame
    return Frame(sub_plan(frame.question), draft.sub, context, frame.at(replace(draft, sub=None)))
