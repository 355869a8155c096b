"""A finding of these days that holds for a new source as well: confirmed, and taken back."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.leads.form import Finding, Verification
from handlers.turn import Turn
from models.episodes import Episode
from models.leadcards import finding_text
from models.leads import Lead, LeadOutcome
from models.leadwork import confirm, take_apart
from models.messages import Text, UserError, Value
from models.people import Person
from models.registers import Submission
from models.sources import Source

SAME = "same"  # of a submission's context: the earlier lead
_SOURCES = "sources"  # those that its finding answers as well


async def finding_of(turn: Turn, earlier: Lead) -> Verification | None:
    """What was found about her, as it would be filled in again; None when that is not known."""
    if earlier.outcome is None:
        return None
    if earlier.outcome != LeadOutcome.VERIFIED:
        told = {"finding": earlier.outcome, "place": earlier.place}
        return Verification.model_validate(told)
    episode = await turn.session.scalar(
        select(Episode).where(Episode.lead_id == earlier.id).order_by(Episode.id.desc()).limit(1)
    )
    if episode is None:
        return None
    observed = {
        "finding": Finding.OBSERVE,
        "category": f"{episode.pack}/{episode.category}",
        "anchor_on": episode.anchor_on,
        "home_ok": "no_home" not in episode.conditions,
    }
    return Verification.model_validate(observed)


def labels_of(turn: Turn, filled: Verification) -> dict[str, str]:
    """The words of what nobody has picked, for when it is corrected."""
    if not filled.category:
        return {}
    said = turn.say(category_label(filled.category))
    return {f"categories:{filled.category}": said}


def category_label(code: str) -> Text:
    """A category of a pack, "pack/category", in words."""
    pack_id, _, category = code.partition("/")
    return Text(f"pack.{pack_id}.category.{category}")


async def file_same(
    turn: Turn, filled: Verification, draft: Draft, lead: Lead, person: Person
) -> Filed:
    """One more submission, so that it can be taken back like any finding."""
    earlier = await turn.session.get(Lead, int(draft.context[SAME]))
    if earlier is None or earlier.outcome is None:
        raise UserError("verify.nothing_before")
    ids = select(Source.id).where(Source.lead_id == lead.id).order_by(Source.id)
    sources = list(await turn.session.scalars(ids))
    kept = replace(draft, context={**draft.context, _SOURCES: sources})
    submission = await turn.file(filled, kept, person_id=person.id, unit_id=lead.unit_id)
    await confirm(turn.session, lead, earlier, sources, turn.account.id, turn.now)
    turn.audit("lead.confirmed", f"person:{person.id}", lead=earlier.id)
    facts: dict[str, Value] = {"name": person.name, "reason": finding_text(earlier.outcome)}
    return Filed(submission, (Text("verification.dismissed", facts),))


async def undo_same(turn: Turn, lead: Lead, submission_id: int) -> None:
    """The lead waits again, with the sources that it had."""
    said = await turn.session.get(Submission, submission_id)
    if said is not None and SAME in said.context:
        await take_apart(turn.session, lead, said.context[_SOURCES])


def without_same(draft: Draft) -> Draft:
    """A correction says itself what was found."""
    kept = {k: v for k, v in draft.context.items() if k not in (SAME, _SOURCES)}
    return replace(draft, context=kept)
