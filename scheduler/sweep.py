"""Everything due now becomes messages: `tick(now)` is a function of the database and `now`.

Takes what stands in `due` in small transactions, climbs each obligation's ladder, groups what one
person is to hear about the same thing, and writes outbox rows. Sends nothing itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.cards import Brief, briefs, card, face_of, several, to_person
from models.inbox import FORM_PATIENCE, filling
from models.messages import Outbound, Text
from models.obligations import Kind, Nudge, Obligation, advance, claim_due
from models.observation import missing_for_release
from models.outbox import Letter, Priority, enqueue
from models.ringcards import knock
from models.session import Database
from scheduler import (
    batches,
    closings,
    colours,
    digests,
    leaves,
    logdays,
    postings,
    rings,
    rounds,
    services,
    upkeep,
)
from scheduler.audience import Audiences
from scheduler.ladders import OWN_SIDE, Audience, Climb, Ladder, Rung, climb, ladders

BATCH = 200
# What the program does itself; everything else climbs a ladder.
RECURRING = {
    Kind.DIGEST: digests.run,
    Kind.UPKEEP: upkeep.run,
    Kind.BACK: leaves.run,
    Kind.ROUND: rounds.run,
    Kind.BATCH: batches.run,
    Kind.CLOSING: closings.run,
    Kind.SERVICE: services.run,
    Kind.COLOUR: colours.run,
    Kind.RING: rings.run,
    Kind.LOGDAY: logdays.run,
}


@dataclass(frozen=True, slots=True)
class _Group:
    """What one account hears in one message."""

    account_id: int
    kind: Kind
    rung: int
    say: str
    to: Audience

    @property
    def own(self) -> bool:
        """Is it said to the person's own side, not to the team?"""
        return self.to in OWN_SIDE


async def tick(db: Database, now: datetime, zone: ZoneInfo) -> int:
    """Do everything that is due at `now`; the number of obligations looked at."""
    total = 0
    while True:
        async with db.write() as session:
            taken = await claim_due(session, now, BATCH)
            if taken:
                await _sweep(session, taken, now, zone)
        total += len(taken)
        if not taken:
            return total


async def _sweep(
    session: AsyncSession, taken: Sequence[Obligation], now: datetime, zone: ZoneInfo
) -> None:
    climbing = []
    for item in taken:
        recur = RECURRING.get(Kind(item.kind))
        if recur is None:
            climbing.append(item)
        else:
            await recur(session, item, now, zone)
    if climbing:
        await _climb_all(session, climbing, now, zone)


@dataclass(slots=True)
class _Round:
    """What one batch comes to: who hears what, the proofs, where each ladder goes on."""

    now: datetime
    told: dict[_Group, list[Obligation]]
    fresh: list[Obligation]  # told for the first time, of a kind that is posted
    nudges: list[dict[str, object]]
    moves: list[tuple[int, int, datetime | None]]

    def prove(self, item: Obligation, index: int, rung: Rung, skipped: str) -> None:
        """Write down why nobody heard anything on this rung."""
        self.nudges.append(_nudge(item.id, index, rung.to, self.now, skipped=skipped))


async def _climb_all(
    session: AsyncSession, taken: Sequence[Obligation], now: datetime, zone: ZoneInfo
) -> None:
    audiences = await Audiences.load(session, taken, now)
    round_ = _Round(now, defaultdict(list), [], [], [])
    for item in taken:
        ladder = ladders().by_kind[Kind(item.kind)]
        step = climb(ladder, item, now, zone)
        for index in step.overtaken:
            round_.prove(item, index, ladder.rungs[index], "overtaken")
        if step.rung is None:
            round_.moves.append((item.id, item.rung, step.next_at))
        else:
            _climb_one(item, ladder, step, audiences, round_, zone)
    await _tell(session, round_, zone)
    if round_.nudges:
        await session.execute(insert(Nudge), round_.nudges)
    await advance(session, round_.moves)


def _climb_one(
    item: Obligation,
    ladder: Ladder,
    step: Climb,
    audiences: Audiences,
    round_: _Round,
    zone: ZoneInfo,
) -> None:
    """Say this rung; an urgent ladder goes on at once while nobody can be reached on it."""
    assert step.rung is not None, "the caller looked"
    index, next_at = step.rung, step.next_at
    if ladder.post and index == 0:
        round_.fresh.append(item)
    say = ladder.rungs[index].say  # whoever hears it in another's stead hears it as news
    while True:
        rung = ladder.rungs[index]
        taken_on = rung.only == "unclaimed" and item.owner_id is not None
        accounts = [] if taken_on else audiences.of(item, rung.to)
        heard = _just_heard(item, ladder, index, audiences, zone)
        for account in accounts:
            if account not in heard:
                group = _Group(account, Kind(item.kind), index, say, rung.to)
                round_.told[group].append(item)
        if not accounts:
            round_.prove(item, index, rung, "claimed" if taken_on else "nobody")
        elif heard.issuperset(accounts):
            round_.prove(item, index, rung, "told")
        index += 1
        if index == len(ladder.rungs) or accounts or taken_on or not ladder.urgent:
            break
    if step.rung + 1 != index:
        next_at = ladder.moment(index, item, zone)
    round_.moves.append((item.id, index, next_at))


def _just_heard(
    item: Obligation, ladder: Ladder, index: int, audiences: Audiences, zone: ZoneInfo
) -> set[int]:
    """Who hears the same words on the rung before, of the same minute: a village's own staff are
    its workers as well."""
    before, rung = ladder.rungs[index - 1], ladder.rungs[index]
    if index == 0 or before.say != rung.say or (before.only == "unclaimed" and item.owner_id):
        return set()
    if ladder.moment(index - 1, item, zone) != ladder.moment(index, item, zone):
        return set()
    return set(audiences.of(item, before.to))


def _nudge(
    obligation_id: int,
    rung: int,
    audience: str,
    at: datetime,
    *,
    account_id: int | None = None,
    letter_key: str | None = None,
    skipped: str | None = None,
) -> dict[str, object]:
    return {
        "obligation_id": obligation_id,
        "rung": rung,
        "audience": audience,
        "at": at,
        "account_id": account_id,
        "letter_key": letter_key,
        "skipped": skipped,
    }


async def _tell(session: AsyncSession, round_: _Round, zone: ZoneInfo) -> None:
    """One message an account and subject matter, and its proof."""
    letters = await postings.news(session, round_.fresh)
    busy = await filling(session, [g.account_id for g in round_.told], round_.now - FORM_PATIENCE)
    every = {o.id: o for items in round_.told.values() for o in items}
    known = {b.obligation.id: b for b in await briefs(session, list(every.values()))}
    for group, items in round_.told.items():
        message = await _message(session, group, [known[o.id] for o in items], round_.now, zone)
        # An obligation speaks once a rung; looked at anew (a release) it opens a new round.
        key = f"{items[0].key}:r{group.rung}:a{group.account_id}:{items[0].rounds}"
        urgent = ladders().by_kind[group.kind].urgent
        priority = Priority.ALERT if urgent else Priority.REMINDER
        answered_at = None if urgent else busy.get(group.account_id)
        after = answered_at + FORM_PATIENCE if answered_at else None
        letters.append(Letter(key, group.account_id, message, priority, after))
        round_.nudges += [
            _nudge(
                o.id, group.rung, group.to, round_.now, account_id=group.account_id, letter_key=key
            )
            for o in items
        ]
    await enqueue(session, letters, round_.now)


async def _message(
    session: AsyncSession, group: _Group, items: list[Brief], now: datetime, zone: ZoneInfo
) -> Outbound:
    if group.to == "ring":
        return await knock(session, [item.person.id for item in items if item.person])
    if (together := face_of(group.kind).together) is not None:
        return together(items, group.say)
    if group.to == "person":
        return to_person(items, group.say, now)
    # A head answers one by one for those who have phones of their own.
    if len(items) > 1:
        return several(items, group.say, now, own=group.own)
    brief = items[0]
    if group.kind == Kind.RELEASE and brief.episode is not None:
        missing = await missing_for_release(session, brief.episode, now, zone)
        if missing:
            return card(
                brief, "blocked", extra={"missing": [Text(f"missing.{m}") for m in missing]}
            )
    return card(brief, group.say, own=group.own)
