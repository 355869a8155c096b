"""Alerts and the hours of those who hear them: any hours, any kinds muted, any hour of the day.

Whatever supervisors choose, an alert reaches somebody, its rungs come in their order and none of
the deadline before it, and nobody's phone rings outside her hours but for what presses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from cases import ZONE, account_of, duty
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from test_sweep import live_until

from models.accounts import Account
from models.alerts import ALERT_WITHIN, CAUSES, CHOOSABLE, PRESSING
from models.hearing import Hearing
from models.obligations import Due, Kind, Nudge, Obligation
from models.outbox import OutboxRow
from models.session import Database
from scheduler.ladders import ladders

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WORKERS, LEADERS = ("李强", "赵敏"), ("孙丽", "钱伟", "吴刚")
RUNGS = ladders().by_kind[Kind.ALERT].rungs


@dataclass(frozen=True, slots=True)
class Choice:
    """Hours from `since` on, and the kinds that come as a message."""

    since: time
    hours: int
    causes: frozenset[str] = frozenset(CHOOSABLE)

    @property
    def until(self) -> time:
        return time((self.since.hour + self.hours) % 24, self.since.minute)

    def within(self, at: datetime) -> bool:
        local = at.astimezone(ZONE)
        minute = local.hour * 60 + local.minute
        return (minute - self.since.hour * 60 - self.since.minute) % 1440 < self.hours * 60


@dataclass(frozen=True, slots=True)
class Told:
    """A letter of an alert: whose, of which rung, when it was written and when it comes."""

    name: str
    rung: int
    written_at: datetime
    comes_at: datetime


DAYTIME = Choice(time(7), 15)
choices = st.builds(
    Choice,
    st.builds(time, st.integers(0, 23), st.sampled_from((0, 30))),
    st.integers(8, 24),
    st.frozensets(st.sampled_from(CHOOSABLE)),
)


def at(text: str, day: int = 4) -> datetime:
    return datetime.fromisoformat(f"2022-07-{day:02}T{text}:00+08:00")


async def played(
    db: Database,
    opens_at: datetime,
    chosen: Mapping[str, Choice],
    *,
    cause: str = "fever",
    gone: frozenset[str] = frozenset(),
) -> list[Told]:
    """Who hears what when of one alert that nobody answers."""
    async with db.write() as session:
        for table in (Nudge, Due, Obligation, OutboxRow, Hearing):
            await session.execute(delete(table))
        await session.execute(update(Account).values(blocked_at=None))
        for name in gone:
            (await account_of(session, name)).blocked_at = opens_at
        for name, choice in chosen.items():
            account = (await account_of(session, name)).id
            session.add(
                Hearing(
                    account_id=account,
                    since=choice.since,
                    until=choice.until,
                    causes=sorted(choice.causes),
                )
            )
        facts = {"cause": cause}
        await duty(
            session, f"alert:{cause}:ob1", opens_at, kind=Kind.ALERT, facts=facts,
            within=ALERT_WITHIN,
        )  # fmt: skip
    await live_until(db, opens_at + 9 * DAY)
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Due)) == 0
        rows = await session.execute(
            select(Account.name, Nudge.rung, Nudge.at, OutboxRow.not_before_at)
            .join(Account, Account.id == Nudge.account_id)
            .join(OutboxRow, OutboxRow.dedupe_key == Nudge.letter_key)
            .order_by(Nudge.at, Nudge.rung, Nudge.id)
        )
        return [
            Told(name, rung, when, max(when, after or when)) for name, rung, when, after in rows
        ]


async def skipped(db: Database) -> list[tuple[int, str]]:
    async with db.read() as session:
        rows = await session.execute(
            select(Nudge.rung, Nudge.skipped)
            .where(Nudge.skipped.is_not(None))
            .order_by(Nudge.at, Nudge.rung, Nudge.id)
        )
        return [(rung, why) for rung, why in rows]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 24 * 60 - 1),
    st.fixed_dictionaries({}, optional=dict.fromkeys(LEADERS, choices)),
    st.sampled_from(CAUSES),
    st.frozensets(st.sampled_from((*WORKERS, *LEADERS)), max_size=4),
)
async def test_an_alert_reaches_somebody_in_order_and_in_her_hours(
    district: Database,
    minute: int,
    chosen: dict[str, Choice],
    cause: str,
    gone: frozenset[str],
) -> None:
    opens_at = at("00:00") + minute * MINUTE
    told = await played(district, opens_at, chosen, cause=cause, gone=gone)
    assert told, "it is never lost"
    passes: dict[datetime, set[int]] = defaultdict(set)
    for one in told:
        passes[one.written_at].add(one.rung)
        if cause in PRESSING:
            assert one.comes_at == one.written_at
        elif one.name in chosen:
            assert chosen[one.name].within(one.comes_at), one
        if RUNGS[one.rung].since == "due":
            assert one.written_at >= opens_at + ALERT_WITHIN, one
    heights = [passes[when] for when in sorted(passes)]
    for before, after in pairwise(heights):
        assert max(before) < min(after), told
    if not gone & set(WORKERS):
        assert told[0].comes_at == opens_at, "whoever is at work hears it at once"
    if cause in PRESSING and not gone:
        nominal = {opens_at + timedelta(minutes=rung.at) for rung in RUNGS if rung.since == "opens"}
        assert nominal < set(passes)


async def test_at_night_the_clock_stands_still_and_no_rung_is_used_up(district: Database) -> None:
    """The worker hears at once and at the deadline, the others from seven on one by one."""
    told = await played(district, at("23:00"), dict.fromkeys(LEADERS, DAYTIME))
    heard = [(one.name, one.rung, one.comes_at) for one in told if one.name != "赵敏"]
    assert heard == [
        ("李强", 0, at("23:00")),
        ("李强", 4, at("01:00", 5)),
        ("孙丽", 5, at("07:00", 5)),
        ("钱伟", 6, at("08:00", 5)),
        ("吴刚", 7, at("10:00", 5)),
    ]
    assert (1, "asleep") in await skipped(district)


async def test_the_first_hour_of_anybody_ends_the_waiting(district: Database) -> None:
    """The township begins at half past five and hears in the village's stead. Half an hour had
    stood still by then, and three quarters more until the district's hours: so does the rest."""
    hours = {"孙丽": DAYTIME, "钱伟": Choice(time(5, 30), 12), "吴刚": DAYTIME}
    told = await played(district, at("04:45"), hours)
    assert [(one.name, one.rung, one.comes_at) for one in told if one.name not in WORKERS] == [
        ("孙丽", 1, at("07:00")),
        ("钱伟", 2, at("05:30")),
        ("吴刚", 3, at("07:00")),
        ("孙丽", 5, at("08:00")),
        ("钱伟", 6, at("09:00")),
        ("吴刚", 7, at("11:00")),
    ]


async def test_a_positive_result_wakes_them_all(district: Database) -> None:
    none = Choice(time(7), 8, frozenset())
    told = await played(district, at("23:00"), dict.fromkeys(LEADERS, none), cause="positive")
    assert [(one.name, one.comes_at) for one in told if one.name in LEADERS][:3] == [
        ("孙丽", at("23:15")),
        ("钱伟", at("23:30")),
        ("吴刚", at("00:00", 5)),
    ]


async def test_what_a_village_has_muted_climbs_at_once(district: Database) -> None:
    symptoms = Choice(time(0), 24, frozenset({"symptoms"}))
    told = await played(district, at("09:00"), {"孙丽": symptoms})
    assert [(one.name, one.rung, one.comes_at) for one in told if one.name in LEADERS] == [
        ("钱伟", 2, at("09:15")),
        ("吴刚", 3, at("10:00")),
        ("钱伟", 6, at("11:00")),
        ("吴刚", 7, at("14:00")),
    ]
    assert await skipped(district) == [(1, "listed"), (5, "listed")]


@pytest.mark.parametrize(("opens", "begins"), [("09:00", at("09:00")), ("23:00", at("07:00", 5))])
async def test_what_all_have_muted_still_reaches_one_after_the_other(
    district: Database, opens: str, begins: datetime
) -> None:
    none = dict.fromkeys(LEADERS, Choice(time(7), 15, frozenset()))
    told = await played(district, at(opens), none, gone=frozenset(WORKERS))
    assert {one.name for one in told} == set(LEADERS)
    assert (told[0].name, told[0].comes_at) == ("孙丽", begins)
    comes = [one.comes_at for one in told]
    assert comes == sorted(set(comes)), "nobody is told all at once"


async def test_nobody_at_the_top_does_not_call_the_workers_before_the_deadline(
    district: Database,
) -> None:
    told = await played(district, at("09:00"), {}, gone=frozenset({"吴刚"}))
    assert [(one.rung, one.comes_at) for one in told if one.name == "李强"] == [
        (0, at("09:00")),
        (4, at("11:00")),
    ]
