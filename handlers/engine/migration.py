"""A draft that was begun with another version of its form, brought to the present one.

Answers are kept by field name where they are still valid; the rest is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handlers.engine.draft import EDIT, REVIEW, Draft
from handlers.engine.form import ITEM
from handlers.engine.frame import sub_plan
from handlers.engine.lists import ListQuestion
from handlers.engine.plan import Plan
from handlers.engine.refusals import Refusal


def fits(plan: Plan, draft: Draft) -> bool:
    """Whether the draft was made by this very version of the form."""
    if (draft.form, draft.version) != (plan.form.code, plan.form.version):
        return False
    if draft.at not in plan.by_name and draft.at not in (REVIEW, EDIT):
        return False
    if draft.sub is None:
        return True
    question = plan.by_name.get(draft.at)
    return isinstance(question, ListQuestion) and fits(sub_plan(question), draft.sub)


def migrate(plan: Plan, draft: Draft) -> Draft:
    """The draft under the present version; `at` is "" where the question is gone."""
    at = draft.at if draft.at in plan.by_name else ""
    return replace(
        draft,
        form=plan.form.code,
        version=plan.form.version,
        answers=still_valid(plan, draft.answers),
        at=at,
        scratch={},
        editing="",
        was=None,
        trail=tuple(name for name in draft.trail if name in plan.by_name),
        again=tuple(name for name in draft.again if name in plan.by_name),
        sub=_migrate_sub(plan, draft),
    )


def still_valid(plan: Plan, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, values or JSON, that the form accepts, as JSON."""
    kept: dict[str, Any] = {ITEM: answers[ITEM]} if _hidden_item(plan, answers) else {}
    for name, value in answers.items():
        if name in plan.by_name:
            try:
                kept[name] = plan.by_name[name].accept(value)
            except Refusal:
                continue  # asked again
    return kept


def _hidden_item(plan: Plan, answers: Mapping[str, Any]) -> bool:
    return ITEM in answers and ITEM in plan.form.model_fields and ITEM not in plan.by_name


def _migrate_sub(plan: Plan, draft: Draft) -> Draft | None:
    question = plan.by_name.get(draft.at)
    if draft.sub is None or not isinstance(question, ListQuestion):
        return None
    return migrate(sub_plan(question), draft.sub)
