"""The guided tour: six steps through the main job, each noticed in the database when it is done.

Its words are the page's (page.tour.<code>.title and .text). Knows no page and no phone but by the
code of who holds it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Exists, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account, Assignment, Role
from models.episodes import Episode
from models.leads import Lead, LeadOutcome, LeadSource
from models.obligations import REPORTED, Kind, Nudge, Obligation
from models.outbox import OutboxRow
from scheduler.ladders import Audience

TOP: Audience = "township"
Done: TypeAlias = Callable[[AsyncSession], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Step:
    """`who` is whose phone it happens on; `controls` are what to press there, the first that is
    to be seen: "start", "answer" (whatever the bot asks for), "data:<prefix>" (a button),
    "clock:<move>"."""

    code: str
    who: str
    controls: tuple[str, ...]
    done: Done


def _fact(fact: Exists) -> Done:
    async def done(session: AsyncSession) -> bool:
        return bool(await session.scalar(select(fact)))

    return done


def _reported() -> Exists:
    return exists().where(Lead.source == LeadSource.SELF_REPORT)


def _claimed() -> Exists:
    taken = Lead.claimed_by.is_not(None) | (Lead.outcome == LeadOutcome.VERIFIED)
    return _reported().where(taken)


def _observed() -> Exists:
    return _reported().where(Episode.lead_id == Lead.id)


def _checked_in() -> Exists:
    return _observed().where(
        Obligation.episode_id == Episode.id,
        Obligation.kind == Kind.CHECKIN,
        Obligation.outcome.in_(REPORTED),
    )


def _climbed() -> Exists:
    """An overdue test was told to the township."""
    return exists().where(
        Nudge.obligation_id == Obligation.id,
        Obligation.kind == Kind.TEST,
        Nudge.audience == TOP,
        Nudge.letter_key.is_not(None),
    )


def _summed_up() -> Exists:
    """The township's supervisor has a digest that is younger than that."""
    digest = OutboxRow.dedupe_key.startswith(f"{Kind.DIGEST}:", autoescape=True)
    return _climbed().where(
        Assignment.role == Role.TOWNSHIP,
        Account.id == Assignment.account_id,
        OutboxRow.account_id == Account.id,
        digest,
        OutboxRow.created_at > Nudge.at,
    )


STEPS = (
    Step("report", "returnee", ("start", "answer"), _fact(_reported())),
    Step("claim", "worker", ("data:a:claim:",), _fact(_claimed())),
    Step("verify", "worker", ("answer",), _fact(_observed())),
    Step("checkin", "returnee", ("data:a:well:", "clock:next"), _fact(_checked_in())),
    Step("climb", "supervisor", ("clock:next",), _fact(_climbed())),
    Step("digest", "supervisor", ("clock:next",), _fact(_summed_up())),
)
CODES = frozenset(step.code for step in STEPS)


async def done(session: AsyncSession) -> set[str]:
    """The codes of the steps that have happened."""
    return {step.code for step in STEPS if await step.done(session)}
