"""Which rung is due when: every rung's moment, the edges of the night, a long silence."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import ZONE
from pydantic import ValidationError

from models.obligations import Kind, Obligation
from scheduler.ladders import Climb, Ladder, climb, ladders
from scheduler.sweep import RECURRING

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def at(text: str, day: int = 4) -> datetime:
    return datetime.fromisoformat(f"2022-07-{day:02}T{text}:00+08:00")


def obliged(kind: Kind, opens_at: datetime, within: timedelta = 2 * HOUR) -> Obligation:
    return Obligation(kind=kind, opens_at=opens_at, due_at=opens_at + within, rung=0, facts={})


def ladder(kind: Kind) -> Ladder:
    return ladders().by_kind[kind]


def go(item: Obligation, now: datetime) -> Climb:
    return climb(ladder(item.kind), item, now, ZONE)


def history(item: Obligation, until: datetime) -> list[tuple[datetime, str, str]]:
    """Who hears what when, if every look happens on time."""
    out = []
    look: datetime | None = item.opens_at
    while look is not None and look <= until:
        step = go(item, look)
        assert step.overtaken == ()
        if step.rung is not None:
            rung = ladder(item.kind).rungs[step.rung]
            out.append((look, rung.to, rung.say))
            item.rung = step.rung + 1
        look = step.next_at
    return out


def test_every_kind_that_does_not_recur_has_a_ladder() -> None:
    assert ladders().by_kind.keys() == set(Kind) - RECURRING.keys()


@pytest.mark.parametrize("kind", ladders().by_kind)
def test_the_rungs_of_a_ladder_stand_in_the_order_of_their_moments(kind: Kind) -> None:
    """Out of order, a rung would be overtaken by one that is said before it."""
    within = {Kind.RESULT: DAY, Kind.CONTACT: 4 * HOUR, Kind.TEST: 10 * HOUR}
    item = obliged(kind, at("09:00"), within.get(kind, 2 * HOUR))
    moments = [ladder(kind).moment(i, item, ZONE) for i in range(len(ladder(kind).rungs))]
    assert moments == sorted(moments)


def test_an_overdue_test_climbs_person_head_worker_village_township() -> None:
    item = obliged(Kind.TEST, at("08:00"), 10 * HOUR)
    assert history(item, at("23:59", 9)) == [
        (at("08:00"), "person", "ask"),
        (at("16:00"), "person", "remind"),
        (at("18:00"), "person", "overdue"),
        (at("19:00"), "head", "missed"),
        (at("20:00"), "ring", "knock"),
        (at("20:00"), "worker", "missed"),
        (at("10:00", 5), "village", "missed"),
        (at("14:00", 5), "township", "missed"),
    ]


def test_a_missed_checkin_climbs_to_the_village_and_its_night_rung_waits() -> None:
    morning, evening = obliged(Kind.CHECKIN, at("08:00")), obliged(Kind.CHECKIN, at("18:00"))
    assert history(morning, at("23:59", 9)) == [
        (at("08:00"), "person", "ask"),
        (at("10:00"), "person", "remind"),
        (at("10:30"), "head", "missed"),
        (at("11:00"), "ring", "knock"),
        (at("11:00"), "worker", "missed"),
        (at("13:00"), "village", "missed"),
    ]
    assert history(evening, at("23:59", 9))[-1] == (at("07:00", 5), "village", "missed")


def test_an_alert_climbs_through_the_night() -> None:
    item = obliged(Kind.ALERT, at("23:00"))
    assert history(item, at("23:59", 9)) == [
        (at("23:00"), "worker", "new"),
        (at("23:15"), "village", "unclaimed"),
        (at("23:30"), "township", "unclaimed"),
        (at("00:00", 5), "district", "unclaimed"),
        (at("01:00", 5), "worker", "overdue"),
        (at("01:00", 5), "village", "overdue"),
        (at("02:00", 5), "township", "overdue"),
        (at("04:00", 5), "district", "overdue"),
    ]


@pytest.mark.parametrize(
    ("now", "waits_until"),
    [
        ("21:59", None),
        ("22:00", at("07:00", 5)),
        ("23:59", at("07:00", 5)),
        ("00:00", at("07:00")),
        ("06:59", at("07:00")),
        ("07:00", None),
    ],
)
def test_the_night_begins_at_ten_and_ends_at_seven(now: str, waits_until: datetime | None) -> None:
    assert ladders().quiet_hours.end(at(now), ZONE) == waits_until
    item = obliged(Kind.TEST, at("12:00", 1))
    step = go(item, at(now))
    assert (step.rung is None) is (waits_until is not None)
    if waits_until:
        assert step == Climb(None, (), waits_until)


def test_what_opens_in_the_night_reaches_the_worker_first_in_the_morning() -> None:
    """She is not overtaken by those above her, who would have heard while she slept."""
    item = obliged(Kind.CONTACT, at("23:00"), 4 * HOUR)
    assert go(item, at("23:00")) == Climb(None, (), at("07:00", 5))
    first = go(item, at("07:00", 5))
    assert (first.rung, first.overtaken) == (0, ())
    assert ladder(Kind.CONTACT).rungs[0].to == "worker"


def test_nothing_is_said_before_it_opens() -> None:
    item = obliged(Kind.TEST, at("12:00"), HOUR)  # its reminder would stand at 11:00
    assert go(item, at("11:59")) == Climb(None, (), at("12:00"))
    assert go(item, at("12:00")).rung == 0
    item.rung = 1
    assert go(item, at("12:00")).rung == 1


def test_after_an_outage_only_the_latest_rung_is_said() -> None:
    item = obliged(Kind.TEST, at("08:00"), 10 * HOUR)
    assert go(item, at("12:00", 6)) == Climb(7, (0, 1, 2, 3, 4, 5, 6), None)


def test_after_an_outage_the_ladder_goes_on_from_where_it_is() -> None:
    item = obliged(Kind.CHECKIN, at("08:00"))
    item.rung = 2
    assert go(item, at("11:30")) == Climb(3, (2,), at("11:30"))


def test_an_outage_that_ends_at_night_waits_for_the_morning() -> None:
    item = obliged(Kind.CHECKIN, at("08:00"))
    assert go(item, at("03:00", 6)) == Climb(None, (), at("07:00", 6))


def test_rungs_of_one_minute_are_all_said() -> None:
    item = obliged(Kind.VERIFY, at("09:00"))
    item.rung = 3
    first = go(item, at("11:00"))
    assert first == Climb(3, (), at("11:00"))
    item.rung = 4
    assert go(item, at("11:00")).rung == 4


def test_within_an_hour_no_reminder_comes_with_the_news() -> None:
    item = obliged(Kind.VERIFY, at("09:00"), HOUR)
    heard = [(when, say) for when, _, say in history(item, at("10:00"))]
    assert heard == [
        (at("09:00"), "new"),
        (at("09:30"), "waiting"),
        (at("09:30"), "unclaimed"),
        (at("10:00"), "overdue"),
        (at("10:00"), "overdue"),
    ]


def test_the_last_rung_ends_the_ladder() -> None:
    item = obliged(Kind.CHECKIN, at("08:00"))
    item.rung = 5
    assert go(item, at("13:00")) == Climb(5, (), None)
    item.rung = 6
    assert go(item, at("13:00")) == Climb(None, (), None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet": True, "rungs": []},
        {"quiet": True, "rungs": [{"at": 0, "to": "mayor", "say": "new"}]},
        {"quiet": True, "rungs": [{"at": 0, "to": "worker", "say": "new", "onyl": "unclaimed"}]},
        {"quiet": True, "loud": True, "rungs": [{"at": 0, "to": "worker", "say": "new"}]},
    ],
)
def test_a_misspelt_ladder_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Ladder.model_validate(wrong)
