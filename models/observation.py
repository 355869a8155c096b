"""An episode's life: its duties from the pack, what was measured and tested, the way out.

Knows no chat: handlers bring typed answers, and get rows back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.alerts import raise_alert
from models.clock import at_local, local_day
from models.episodes import Episode, EpisodeEnd
from models.leads import Lead, LeadOutcome
from models.obligations import (
    GONE,
    Kind,
    Obligation,
    Outcome,
    by_key,
    fulfil,
    oblige,
    open_of_episode,
    settle,
)
from models.people import Person
from models.protocols import catalogue
from models.protocols.pack import Pack
from models.protocols.plan import Duty, ExitFacts, Plan, event_test, plan, unmet
from models.samples import Sample
from models.verification import close_lead

RELEASE_FROM, RELEASE_WITHIN = time(8), timedelta(hours=10)


def pack_of(episode: Episode) -> Pack:
    """The pack in the version that the episode began with."""
    return catalogue.get(episode.pack, episode.pack_version)


def plan_of(episode: Episode, zone: ZoneInfo) -> Plan:
    """The episode's plan, derived again from what is stored."""
    return plan(
        pack_of(episode),
        episode.category,
        episode.anchor_on,
        episode.opened_at,
        zone,
        conditions=episode.conditions,
    )


async def open_episode(
    session: AsyncSession,
    lead: Lead,
    person: Person,
    pack: Pack,
    category: str,
    anchor_on: date,
    by: int,
    now: datetime,
    zone: ZoneInfo,
    conditions: Sequence[str] = (),
) -> Episode:
    """Begin observation as the pack says, and close the lead that led here."""
    planned = plan(pack, category, anchor_on, now, zone, conditions=conditions)
    episode = Episode(
        person_id=person.id,
        unit_id=person.unit_id,
        lead_id=lead.id,
        pack=pack.id,
        pack_version=pack.version,
        category=category,
        anchor_on=anchor_on,
        conditions=list(conditions),
        opened_at=now,
        opened_by=by,
        ends_on=planned.ends_on,
    )
    session.add(episode)
    await session.flush()
    await oblige(session, [_row(episode, duty) for duty in planned.duties])
    await _plan_release(session, episode, now, zone)
    await close_lead(session, lead, LeadOutcome.VERIFIED, by, now)
    return episode


def _row(episode: Episode, duty: Duty) -> dict[str, object]:
    return {
        "key": f"{duty.code}:ep{episode.id}",
        "kind": Kind(duty.kind),
        "unit_id": episode.unit_id,
        "person_id": episode.person_id,
        "episode_id": episode.id,
        "opens_at": duty.opens_at,
        "due_at": duty.due_at,
        "facts": {"code": duty.code, "day": duty.day, "slot": duty.slot, "stage": duty.stage},
    }


async def _plan_release(
    session: AsyncSession, episode: Episode, now: datetime, zone: ZoneInfo
) -> None:
    """Ask the worker when the days are over: on the last day, or the morning after it."""
    rule = pack_of(episode).categories[episode.category].exit
    wait = timedelta(days=0 if rule.days_done == "on_last_day" else 1)
    opens_at = max(now, at_local(episode.ends_on + wait, RELEASE_FROM, zone))
    row = {
        "key": f"release:ep{episode.id}",
        "kind": Kind.RELEASE,
        "unit_id": episode.unit_id,
        "person_id": episode.person_id,
        "episode_id": episode.id,
        "opens_at": opens_at,
        "due_at": opens_at + RELEASE_WITHIN,
    }
    await oblige(session, [row])


async def unplanned_checkin(
    session: AsyncSession, episode: Episode, now: datetime, zone: ZoneInfo
) -> Obligation:
    """A check-in that no calendar asks for: somebody falls ill between two."""
    day = plan_of(episode, zone).day_of(local_day(now, zone))
    key = f"checkin:{now.isoformat(timespec='seconds')}:ep{episode.id}"
    row = {
        "key": key,
        "kind": Kind.CHECKIN,
        "unit_id": episode.unit_id,
        "person_id": episode.person_id,
        "episode_id": episode.id,
        "opens_at": now,
        "due_at": now,
        "facts": {"code": "checkin", "day": day, "slot": "day", "stage": ""},
    }
    await oblige(session, [row])
    made = await by_key(session, key)
    assert made is not None, "it has just been made"
    return made


async def record_checkin(
    session: AsyncSession,
    obligation: Obligation,
    temperature: Decimal | None,
    symptoms: Sequence[str],
    by: int,
    now: datetime,
    zone: ZoneInfo,
) -> bool:
    """A check-in was made; True when it calls the team."""
    await fulfil(session, obligation, by, now)
    episode = await session.get(Episode, obligation.episode_id)
    assert episode is not None, "a check-in belongs to an episode"
    pack = pack_of(episode)
    fever = temperature is not None and catalogue.fever(pack, temperature)
    if not fever and not symptoms:
        return False
    cause = "fever" if fever else "symptoms"
    degrees = None if temperature is None else str(temperature)
    await raise_alert(
        session, cause, obligation, now, {"temperature": degrees, "symptoms": list(symptoms)}
    )
    await _ask_event_tests(session, episode, pack, symptoms, now, zone)
    return True


async def _ask_event_tests(
    session: AsyncSession,
    episode: Episode,
    pack: Pack,
    symptoms: Sequence[str],
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Tests that no calendar knows: a rash under mpox observation asks for a PCR."""
    waiting = await open_of_episode(session, episode.id, Kind.TEST, Kind.RESULT)
    for symptom in symptoms:
        duty = event_test(pack, episode.category, symptom, now, plan_of(episode, zone), zone)
        if duty and not any(str(w.facts["code"]).startswith(f"test:{symptom}:") for w in waiting):
            await oblige(session, [_row(episode, duty)])


async def missing_for_release(
    session: AsyncSession, episode: Episode, now: datetime, zone: ZoneInfo
) -> list[str]:
    """Codes of what still stands against release; empty when the worker may confirm."""
    expected = await session.scalars(
        select(Obligation).where(
            Obligation.episode_id == episode.id,
            Obligation.kind == Kind.TEST,
            (Obligation.outcome.is_(None)) | (Obligation.outcome.not_in((*GONE, Outcome.WAIVED))),
        )
    )
    samples = await session.scalars(select(Sample).where(Sample.episode_id == episode.id))
    facts = ExitFacts(
        today=local_day(now, zone),
        ends_on=episode.ends_on,
        planned_tests=[str(test.facts["code"]) for test in expected],
        results={sample.code: sample.result for sample in samples},
    )
    return unmet(pack_of(episode), episode.category, facts)


async def close_episode(
    session: AsyncSession, episode: Episode, outcome: EpisodeEnd, by: int, now: datetime
) -> None:
    """End observation: what is still open in it is cancelled, the release itself is done."""
    episode.outcome, episode.outcome_at, episode.outcome_by = outcome, now, by
    cancelled = []
    for item in await open_of_episode(session, episode.id):
        if item.kind == Kind.RELEASE and outcome == EpisodeEnd.RELEASED:
            await fulfil(session, item, by, now)
        elif item.kind != Kind.ALERT:
            cancelled.append(item)
    await settle(session, cancelled, Outcome.CANCELLED, by, now, outcome)
