"""Everything due now becomes messages: `tick(now)` is a function of the database and `now`.

Takes what stands in `due` in small transactions, climbs each obligation's ladder, groups what one
person is to hear about the same thing, and writes outbox rows. Sends nothing itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.calls import keep_true
from models.cards import Brief, briefs, card, face_of, several, to_person
from models.cards.calls import called
from models.hearing import Hearing, hearings
from models.inbox import FORM_PATIENCE, filling
from models.leave import names_of
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
from scheduler.folds import place
from scheduler.hearers import Group, as_chosen, put_off, wait
from scheduler.ladders import Audience, Climb, Ladder, Rung, climb, height, ladders

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
        if not item.is_open():
            await _say_over(session, item, now)
        elif recur is None:
            climbing.append(item)
        else:
            await recur(session, item, now, zone)
    if climbing:
        await _climb_all(session, climbing, now, zone)


async def _say_over(session: AsyncSession, item: Obligation, now: datetime) -> None:
    """An alert was withdrawn: whoever was called need not go."""
    await enqueue(session, await keep_true(session, item, None, now), now)
    await advance(session, [(item.id, item.rung, None)])


@dataclass(slots=True)
class _Round:
    """What one batch comes to: who hears what, the proofs, where each ladder goes on."""

    now: datetime
    told: dict[Group, list[Obligation]]
    fresh: list[Obligation]  # told for the first time, of a kind that is posted
    nudges: list[dict[str, object]]
    moves: list[tuple[int, int, datetime | None]]
    hearings: Mapping[int, Hearing]  # what those who are called have chosen to hear

    def prove(self, item: Obligation, index: int, rung: Rung, skipped: str) -> None:
        """Write down why nobody heard anything on this rung."""
        self.nudges.append(_nudge(item.id, index, rung.to, self.now, skipped=skipped))

    def group(
        self, item: Obligation, account: int, index: int, say: str, to: Audience, zone: ZoneInfo
    ) -> Group:
        """What she hears of an obligation on a rung; of an alert as she has chosen."""
        cause = str(item.facts["cause"]) if item.kind == Kind.ALERT else ""
        group = Group(account, Kind(item.kind), index, say, to, cause)
        return as_chosen(group, item, self.hearings.get(account), self.now, zone)


async def _climb_all(
    session: AsyncSession, taken: Sequence[Obligation], now: datetime, zone: ZoneInfo
) -> None:
    audiences = await Audiences.load(session, taken, now)
    alerts = any(item.kind == Kind.ALERT for item in taken)
    chosen = await hearings(session, audiences.staff()) if alerts else {}
    round_ = _Round(now, defaultdict(list), [], [], [], chosen)
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
    """Say this rung; an urgent ladder goes on upwards at once while nobody hears it there."""
    assert step.rung is not None, "the caller looked"
    index, next_at = step.rung, step.next_at
    if ladder.post and step.rung == 0:
        round_.fresh.append(item)
    say = ladder.rungs[index].say  # whoever hears it in another's stead hears it as news
    told: list[Group] = []
    later: list[Group] = []
    empty: list[tuple[int, Rung, str]] = []
    while True:
        rung = ladder.rungs[index]
        taken_on = rung.only == "unclaimed" and item.owner_id is not None
        accounts = [] if taken_on else audiences.of(item, rung.to)
        heard = _just_heard(item, ladder, index, audiences, zone)
        groups = [round_.group(item, a, index, say, rung.to, zone) for a in accounts]
        told += [g for g in groups if g.account_id not in heard and not g.later]
        later += [g for g in groups if g.account_id not in heard and g.later]
        if not accounts:
            empty.append((index, rung, "claimed" if taken_on else "nobody"))
        elif heard.issuperset(accounts):
            empty.append((index, rung, "told"))
        index += 1
        stops = taken_on or any(not g.later for g in groups)
        if index == len(ladder.rungs) or stops or not ladder.urgent:
            break
        if _turns_back(item, ladder, range(step.rung, index), audiences):
            break
    rest = put_off(later, heard=stops)
    if rest.until is not None:
        found = wait(item, ladder, range(step.rung, index), rest.until, zone)
        round_.moves.append((item.id, found.rung, found.at))
        round_.nudges += [
            _skip(item, group, round_.now, "listed" if group.listed else "asleep")
            for group in later
        ]
        _prove_all(item, empty, found.rung, round_)
        return
    if not stops and rest.told:
        index = rest.told[0].rung + 1
    for group in (*told, *rest.told):
        round_.told[group].append(item)
    round_.nudges += [_skip(item, group, round_.now, "listed") for group in rest.listed]
    _prove_all(item, empty, index, round_)
    if step.rung + 1 != index:
        next_at = ladder.moment(index, item, zone)
    round_.moves.append((item.id, index, next_at))


def _turns_back(item: Obligation, ladder: Ladder, passed: range, audiences: Audiences) -> bool:
    """Does somebody lower than those passed over stand next? Hers is another matter, at its own
    minute: what stands at the deadline is not used up before it."""
    following = ladder.rungs[passed.stop].to
    highest = max(height(ladder.rungs[i].to) for i in passed)
    return height(following) < highest and bool(audiences.of(item, following))


def _prove_all(
    item: Obligation, empty: Sequence[tuple[int, Rung, str]], before: int, round_: _Round
) -> None:
    """Of the rungs that are behind it now."""
    for index, rung, why in empty:
        if index < before:
            round_.prove(item, index, rung, why)


def _skip(item: Obligation, group: Group, at: datetime, why: str) -> dict[str, object]:
    account = group.account_id
    return _nudge(item.id, group.rung, group.to, at, account_id=account, skipped=why)


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
    folding = {g: items for g, items in round_.told.items() if g.cause}
    letters += await _tell_of_alerts(session, folding, known, round_)
    for group, items in round_.told.items():
        if group.cause:
            continue
        message = await _message(session, group, [known[o.id] for o in items], round_.now, zone)
        # An obligation speaks once a rung; looked at anew (a release) it opens a new round.
        key = f"{items[0].key}:r{group.rung}:a{group.account_id}:{items[0].rounds}"
        urgent = ladders().by_kind[group.kind].urgent
        priority = Priority.ALERT if urgent else Priority.REMINDER
        answered_at = None if urgent else busy.get(group.account_id)
        after = answered_at + FORM_PATIENCE if answered_at else None
        letters.append(Letter(key, group.account_id, message, priority, after))
        _prove_told(round_, group, items, key)
    await enqueue(session, letters, round_.now)


async def _tell_of_alerts(
    session: AsyncSession,
    groups: Mapping[Group, Sequence[Obligation]],
    known: Mapping[int, Brief],
    round_: _Round,
) -> list[Letter]:
    """Alerts fold: new letters, while what joins a letter that waits is written there."""
    if not groups:
        return []
    window = timedelta(minutes=ladders().by_kind[Kind.ALERT].fold)
    owners = {o.owner_id for items in groups.values() for o in items if o.owner_id}
    names = await names_of(session, owners) if owners else {}
    letters = []
    for placed in await place(session, groups, round_.now, window):
        group, items = placed.group, [known[o.id] for o in placed.items]
        if not placed.joined:
            message = called(items, group.say, names, round_.now)
            letters.append(Letter(placed.key, group.account_id, message, Priority.ALERT, placed.at))
        _prove_told(round_, group, placed.items, placed.key)
    return letters


def _prove_told(round_: _Round, group: Group, items: Sequence[Obligation], key: str) -> None:
    round_.nudges += [
        _nudge(o.id, group.rung, group.to, round_.now, account_id=group.account_id, letter_key=key)
        for o in items
    ]


async def _message(
    session: AsyncSession, group: Group, items: list[Brief], now: datetime, zone: ZoneInfo
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
