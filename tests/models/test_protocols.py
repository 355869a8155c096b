"""Protocol packs: what ships, what is refused, which days come out, and when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.protocols import catalogue
from models.protocols.pack import Anchor, Pack, word_keys
from models.protocols.plan import (
    Duty,
    ExitFacts,
    Plan,
    PlanError,
    event_test,
    plan,
    unmet,
    upgrade,
)

ZONE = ZoneInfo("Asia/Shanghai")
COVID = catalogue.get("cn-covid-v9")
MPOX = catalogue.get("mpox-cn")

HEAD = """
version = 1
source = "test"
fever_celsius = 38.0
[slots.am]
opens = "08:00"
due = "10:00"
[slots.pm]
opens = "18:00"
due = "20:00"
[windows.test]
opens = "08:00"
due = "18:00"
[windows.call]
opens = "09:00"
due = "17:00"
[windows.task]
opens = "08:00"
due = "18:00"
"""

# Two anchors and two clocks at once: watched from the last exposure on, kept out of school from
# day 5 after the first to day 21 after the last.
MEASLES = f"""
id = "measles"
disease = "measles"
{HEAD}
[categories.contact]
anchor = "last_exposure"
[[categories.contact.stages]]
id = "watch"
measure = "monitoring"
days = 21
checkins = ["am"]
[[categories.contact.stages]]
id = "out"
measure = "exclusion"
window = {{ first_day = 5, first_anchor = "first_exposure", last_day = 21 }}
checkins = ["am"]
calls = [1]
"""

# Two temperatures a day, a worker's call on listed days, a test when ill, a second clock beside.
EBOLA = f"""
id = "ebola"
disease = "ebola"
{HEAD}
[categories.contact]
anchor = "last_exposure"
event_tests = [{{ when = "fever", within_hours = 6 }}]
upgrades = [{{ on = "symptoms", to = "ill", beside = true }}, {{ on = "positive", to = "case" }}]
[[categories.contact.stages]]
id = "watch"
measure = "monitoring"
days = 21
checkins = ["am", "pm"]
calls = [1, 2, 3, 10, 21]
[categories.ill]
anchor = "onset"
exit = {{ afebrile_hours = 24 }}
[[categories.ill.stages]]
id = "apart"
measure = "central"
days = 5
checkins = ["am"]
checkin_days = [1, 3, 5]
"""

# Work on the surroundings: mosquito counts every third day, clearing water on listed days.
DENGUE = f"""
id = "dengue"
disease = "dengue"
{HEAD}
[categories.arrival]
anchor = "arrival"
stages = [{{ id = "watch", measure = "self_monitoring", days = 14, tasks = [
  {{ id = "breteau", every = 3 }}, {{ id = "clear-water", days = [1, 8] }}] }}]
"""

SECOND = """
[[categories.contact.stages]]
id = "after"
measure = "home"
days = 2
"""
NO_HOME = 'fallbacks = [{ when = "no_home", measure = "home", becomes = "central" }]'


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def opened(category: str, anchor_on: date, at: datetime | None = None, pack: Pack = COVID) -> Plan:
    """A plan opened at midnight before day 1, unless told otherwise."""
    return plan(pack, category, anchor_on, at or local(anchor_on, 0), ZONE)


def days(planned: Plan, kind: str) -> list[int]:
    return [duty.day for duty in planned.duties if duty.kind == kind]


def codes(duties: tuple[Duty, ...]) -> list[str]:
    return [duty.code for duty in duties]


def edited(old: str, new: str, pack: str = EBOLA) -> str:
    """A pack with one thing changed."""
    assert old in pack
    return pack.replace(old, new)


# -- what ships -------------------------------------------------------------------------------


def test_shipped_packs_are_historical_covid_and_current_mpox() -> None:
    assert [(p.id, p.version, p.historical, p.lapsed_on) for p in catalogue.all()] == [
        ("cn-covid-v9", 1, True, date(2023, 1, 8)),
        ("mpox-cn", 1, False, None),
    ]


@pytest.mark.parametrize(
    ("category", "anchor", "stages", "tests"),
    [
        ("contact", "last_exposure", [("central", 7), ("home_monitoring", 3)], [1, 2, 3, 5, 7, 10]),
        (
            "contact-care",
            "last_exposure",
            [("home", 7), ("home_monitoring", 3)],
            [1, 2, 3, 5, 7, 10],
        ),
        ("sub-contact", "last_exposure", [("home", 7)], [1, 4, 7]),
        ("entry", "arrival", [("central", 7), ("home_monitoring", 3)], [1, 2, 3, 5, 7, 10]),
        ("spill-high", "departure", [("central", 7)], [1, 2, 3, 5, 7]),
        ("spill-medium", "departure", [("home", 7)], [1, 4, 7]),
        ("spill-low", "arrival", [("monitoring", 3)], [1, 3]),
        ("closed-loop", "off_post", [("home", 7)], [1, 4, 7]),
        ("discharged", "discharge", [("home_monitoring", 7)], [3, 7]),
        ("venue-exposure", "last_exposure", [("self_monitoring", 3)], [1, 3]),
    ],
)
def test_ninth_edition_category_has_its_days_and_tests(
    category: str, anchor: str, stages: list[tuple[str, int]], tests: list[int]
) -> None:
    planned = opened(category, date(2022, 7, 1))
    assert COVID.categories[category].anchor == anchor
    assert [(s.measure, (s.last_on - s.first_on).days + 1) for s in planned.stages] == stages
    assert days(planned, "test") == tests
    assert planned.ends_on == date(2022, 7, 1) + timedelta(days=sum(n for _, n in stages))


def test_numbers_without_an_official_text_are_marked() -> None:
    marked = {name for name, category in COVID.categories.items() if category.verify}
    assert marked == {"closed-loop", "discharged", "venue-exposure"}


def test_mpox_contact_checks_herself_daily_and_is_called_weekly() -> None:
    planned = opened("contact", date(2024, 5, 1), pack=MPOX)
    assert days(planned, "checkin") == list(range(1, 22))
    assert days(planned, "call") == [7, 14, 21]
    assert days(planned, "test") == []
    assert planned.ends_on == date(2024, 5, 22)


@pytest.mark.parametrize(
    ("pack", "celsius", "expected"),
    [(COVID, "37.2", False), (COVID, "37.3", True), (MPOX, "37.9", False), (MPOX, "38.0", True)],
)
def test_fever_begins_at_the_threshold_of_the_pack(
    pack: Pack, celsius: str, expected: bool
) -> None:
    assert catalogue.fever(pack, Decimal(celsius)) is expected


def test_word_keys_name_pack_categories_and_every_reachable_measure() -> None:
    assert word_keys(MPOX) == [
        "measure.self_monitoring",
        "pack.mpox-cn",
        "pack.mpox-cn.category.contact",
    ]
    assert {f"pack.cn-covid-v9.category.{c}" for c in COVID.categories} < set(word_keys(COVID))
    assert "pack.dengue.task.breteau" in word_keys(catalogue.parse(DENGUE))


def test_word_keys_include_the_measure_that_only_a_fallback_reaches() -> None:
    rule = NO_HOME.replace('"home"', '"self_monitoring"')
    text = edited('anchor = "arrival"', f'anchor = "arrival"\n{rule}', DENGUE)
    assert "measure.central" in word_keys(catalogue.parse(text))


# -- other diseases, same schema --------------------------------------------------------------


def test_measles_runs_two_clocks_between_two_anchors() -> None:
    pack = catalogue.parse(MEASLES)
    assert pack.categories["contact"].anchors == ("last_exposure", "first_exposure")
    first_on, last_on = date(2026, 3, 1), date(2026, 3, 4)
    planned = plan(
        pack,
        "contact",
        last_on,
        local(last_on, 12),
        ZONE,
        anchors={"first_exposure": first_on},
    )
    assert [(s.id, s.first_on, s.last_on) for s in planned.stages] == [
        ("watch", date(2026, 3, 5), date(2026, 3, 25)),
        ("out", date(2026, 3, 6), date(2026, 3, 25)),
    ]
    # Both stages ask for the morning check-in; it is asked once, and the later stage still calls.
    checkins = [duty for duty in planned.duties if duty.kind == "checkin"]
    assert [(duty.day, duty.stage) for duty in checkins] == [(d, "watch") for d in range(1, 22)]
    assert [(d.code, d.stage, d.stage_day) for d in planned.duties if d.kind == "call"] == [
        ("call:d2", "out", 1)
    ]


def test_measles_without_first_exposure_cannot_be_planned() -> None:
    with pytest.raises(PlanError) as caught:
        opened("contact", date(2026, 3, 4), pack=catalogue.parse(MEASLES))
    assert (caught.value.code, caught.value.anchor) == ("missing_anchor", "first_exposure")


def test_first_exposure_long_after_the_last_cannot_be_planned() -> None:
    last_on = date(2026, 3, 4)
    late: dict[Anchor, date] = {"first_exposure": last_on + timedelta(days=17)}
    pack = catalogue.parse(MEASLES)
    with pytest.raises(PlanError) as caught:
        plan(pack, "contact", last_on, local(last_on, 0), ZONE, anchors=late)
    assert caught.value.code == "empty_window"


def test_ebola_asks_twice_daily_and_starts_a_second_clock_beside() -> None:
    pack = catalogue.parse(EBOLA)
    planned = opened("contact", date(2026, 3, 1), pack=pack)
    assert len(days(planned, "checkin")) == 42
    assert days(planned, "call") == [1, 2, 3, 10, 21]
    rule = upgrade(pack, "contact", "symptoms")
    assert rule is not None
    assert (rule.to, rule.beside) == ("ill", True)
    assert days(opened(rule.to, date(2026, 3, 8), pack=pack), "checkin") == [1, 3, 5]


def test_dengue_gives_tasks_for_the_surroundings() -> None:
    planned = opened("arrival", date(2026, 6, 1), pack=catalogue.parse(DENGUE))
    assert {d.code for d in planned.duties} == {
        *(f"task:breteau:d{day}" for day in (1, 4, 7, 10, 13)),
        *(f"task:clear-water:d{day}" for day in (1, 8)),
    }


# -- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (edited("calls = [1, 2, 3, 10, 21]", "calls = [22]"), "contact.stages.0", "beyond"),
        (edited("calls = [1, 2, 3, 10, 21]", "calls = [2, 1]"), "calls", "ascend"),
        (edited("calls = [1, 2, 3, 10, 21]", "calls = [0]"), "calls", "greater"),
        (edited('checkins = ["am", "pm"]', 'checkins = ["noon"]'), "", "unknown slots"),
        (edited('checkins = ["am", "pm"]', "checkin_days = [1]"), "", "without checkins"),
        (edited('to = "ill"', 'to = "elsewhere"'), "", "unknown category"),
        (edited('on = "symptoms"', 'on = "positive"'), "", "upgrade named twice"),
        (edited("days = 5", "day = 5"), "stages.0.day", "Extra inputs"),
        (edited("days = 5\n", ""), "", "either days or window"),
        (edited("afebrile_hours = 24", "all_tests_negative = true"), "ill", "without any test"),
        (edited('anchor = "onset"', 'anchor = "birthday"'), "ill.anchor", "Input should be"),
        (edited('due = "10:00"', 'due = "08:00"'), "slots.am", "before due"),
        (edited('source = "test"', "historical = true\nsource = 'x'"), "", "go together"),
        (edited('source = "test"', "lapsed_on = 2023-01-08\nsource = 'x'"), "", "go together"),
        (edited('id = "ebola"', 'id = "埃博拉"'), "id", "pattern"),
        (
            edited("[categories.ill]", f"{SECOND}[categories.ill]".replace("after", "watch")),
            "contact",
            "stage named twice",
        ),
        (
            edited(
                "within_hours = 6 }", 'within_hours = 6 }, { when = "fever", within_hours = 9 }'
            ),
            "contact",
            "event test named twice",
        ),
        (
            edited("days = 21", "", MEASLES).replace("window =", "days = 3\nwindow ="),
            "stages.1",
            "either days or window",
        ),
        (edited("last_day = 21", "last_day = 4", MEASLES), "window", "must not be after"),
        (edited("every = 3", "every = 3, days = [1]", DENGUE), "tasks.0", "either days or every"),
        (edited(", every = 3", "", DENGUE), "tasks.0", "either days or every"),
        (edited('"breteau"', '"clear-water"', DENGUE), "arrival", "task named twice"),
        (
            edited('anchor = "arrival"', f'anchor = "arrival"\n{NO_HOME}', DENGUE),
            "arrival",
            "no stage has",
        ),
    ],
)
def test_inconsistent_pack_is_refused_with_its_place(text: str, place: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        catalogue.parse(text)
    errors = [(".".join(map(str, e["loc"])), e["msg"]) for e in caught.value.errors()]
    assert any(place in loc and message in msg for loc, msg in errors), errors


def test_kind_of_duty_without_hours_is_refused() -> None:
    hours = '[windows.call]\nopens = "09:00"\ndue = "17:00"\n'
    with pytest.raises(ValidationError, match="no hours in windows for \\['call'\\]"):
        catalogue.parse(edited(hours, ""))


def test_load_error_names_file_and_place(tmp_path: Path) -> None:
    path = tmp_path / "ebola@1.toml"
    path.write_text(edited("days = 5", "days = 0"), encoding="utf-8")
    with pytest.raises(catalogue.InvalidPack) as caught:
        catalogue.read(tmp_path)
    assert str(path) in str(caught.value)
    assert "categories.ill.stages.0.days" in str(caught.value)


def test_broken_toml_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "ebola@1.toml"
    path.write_text("id = ", encoding="utf-8")
    with pytest.raises(catalogue.InvalidPack, match=r"ebola@1\.toml"):
        catalogue.load(path)


def test_file_named_for_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ebola@2.toml"
    path.write_text(EBOLA, encoding="utf-8")
    with pytest.raises(catalogue.InvalidPack, match=r"must be named ebola@1\.toml"):
        catalogue.load(path)


def test_versions_stand_side_by_side_and_the_newest_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in (2, 10, 1):  # as text, 10 would sort before 2
        path = tmp_path / f"ebola@{version}.toml"
        path.write_text(edited("version = 1", f"version = {version}"), encoding="utf-8")
    packs = catalogue.read(tmp_path)
    monkeypatch.setattr(catalogue, "_shipped", lambda: packs)
    assert [pack.version for pack in catalogue.all()] == [1, 2, 10]
    assert catalogue.get("ebola").version == 10
    assert catalogue.get("ebola", 2).version == 2
    assert [pack.version for pack in catalogue.newest()] == [10]


@pytest.mark.parametrize(("pack_id", "version"), [("plague", None), ("mpox-cn", 99)])
def test_unknown_pack_or_version_is_not_found(pack_id: str, version: int | None) -> None:
    with pytest.raises(catalogue.UnknownPack, match=pack_id):
        catalogue.get(pack_id, version)


# -- days -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("anchor_on", "first_on", "ends_on"),
    [
        (date(2022, 6, 30), date(2022, 7, 1), date(2022, 7, 10)),
        (date(2022, 12, 28), date(2022, 12, 29), date(2023, 1, 7)),
        (date(2022, 2, 25), date(2022, 2, 26), date(2022, 3, 7)),
        (date(2024, 2, 25), date(2024, 2, 26), date(2024, 3, 6)),  # leap year
    ],
)
def test_ten_days_cross_the_ends_of_months_and_years(
    anchor_on: date, first_on: date, ends_on: date
) -> None:
    planned = opened("contact", anchor_on)
    assert planned.stages[0].first_on == first_on
    assert planned.ends_on == ends_on
    assert min(duty.on for duty in planned.duties) == first_on
    assert max(duty.on for duty in planned.duties) == ends_on


def test_second_stage_follows_the_first_and_its_days_restart_at_one() -> None:
    planned = opened("contact", date(2022, 7, 1))
    assert [(s.id, s.first_on, s.last_on) for s in planned.stages] == [
        ("isolation", date(2022, 7, 2), date(2022, 7, 8)),
        ("monitoring", date(2022, 7, 9), date(2022, 7, 11)),
    ]
    last = [duty for duty in planned.duties if duty.kind == "test"][-1]
    assert (last.code, last.stage, last.stage_day) == ("test:d10", "monitoring", 3)
    assert last.on == date(2022, 7, 11)


@pytest.mark.parametrize(("offset", "first_on"), [(0, date(2022, 7, 1)), (1, date(2022, 7, 2))])
def test_day0_offset_decides_whether_the_anchor_day_is_day_one(offset: int, first_on: date) -> None:
    pack = COVID.model_copy(update={"day0_offset": offset})
    planned = opened("sub-contact", date(2022, 7, 1), pack=pack)
    assert planned.day_one_on == planned.stages[0].first_on == first_on
    assert planned.ends_on == first_on + timedelta(days=6)
    assert days(planned, "test") == [1, 4, 7]
    assert planned.day_of(first_on + timedelta(days=3)) == 4


def test_duties_open_and_fall_due_at_local_hours() -> None:
    planned = opened("sub-contact", date(2022, 3, 3))
    found = {d.code: (d.opens_at, d.due_at) for d in planned.duties if d.day == 1}
    day = date(2022, 3, 4)
    assert found == {
        "checkin:2022-03-04:am": (local(day, 8), local(day, 10)),
        "checkin:2022-03-04:pm": (local(day, 18), local(day, 20)),
        "test:d1": (local(day, 8), local(day, 18)),
    }
    assert found["test:d1"][0] == datetime(2022, 3, 4, 0, 0, tzinfo=UTC)
    assert found["test:d1"][0].tzinfo is UTC


def test_local_hours_hold_when_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 27, 0, 0, tzinfo=UTC)
    planned = plan(MPOX, "contact", date(2026, 3, 27), start, berlin)
    checkins = [duty for duty in planned.duties if duty.kind == "checkin"]
    assert [duty.due_at.hour for duty in checkins[:2]] == [19, 18]  # 20:00 before and after


def test_no_home_makes_home_isolation_central() -> None:
    at = local(date(2022, 7, 1), 0)
    planned = plan(
        COVID, "spill-medium", date(2022, 7, 1), at, ZONE, conditions={"no_home", "has_dog"}
    )
    assert [stage.measure for stage in planned.stages] == ["central"]
    assert days(planned, "test") == [1, 4, 7]


def test_no_home_leaves_later_monitoring_at_home() -> None:
    at = local(date(2022, 7, 1), 0)
    planned = plan(COVID, "contact-care", date(2022, 7, 1), at, ZONE, conditions={"no_home"})
    assert [stage.measure for stage in planned.stages] == ["central", "home_monitoring"]


# -- opened late ------------------------------------------------------------------------------

DAY_ONE = date(2022, 7, 2)


@pytest.mark.parametrize(
    ("opened_at", "opens_at"),
    [
        (local(DAY_ONE - timedelta(days=1), 23, 59), local(DAY_ONE, 8)),
        (local(DAY_ONE, 8), local(DAY_ONE, 8)),
        (local(DAY_ONE, 12, 30), local(DAY_ONE, 12, 30)),
        (local(DAY_ONE, 17, 59), local(DAY_ONE, 17, 59)),
    ],
)
def test_test_due_today_opens_no_earlier_than_the_episode(
    opened_at: datetime, opens_at: datetime
) -> None:
    planned = opened("sub-contact", date(2022, 7, 1), opened_at)
    first = next(duty for duty in planned.duties if duty.code == "test:d1")
    assert (first.opens_at, first.due_at) == (opens_at, local(DAY_ONE, 18))
    assert "test:d1" not in codes(planned.passed)


@pytest.mark.parametrize("opened_at", [local(DAY_ONE, 18), local(DAY_ONE + timedelta(days=1), 0)])
def test_test_whose_window_is_over_is_passed_not_planned(opened_at: datetime) -> None:
    planned = opened("sub-contact", date(2022, 7, 1), opened_at)
    assert "test:d1" in codes(planned.passed)
    assert days(planned, "test") == [4, 7]


def test_day_of_late_opening_keeps_only_what_can_still_be_done() -> None:
    planned = opened("sub-contact", date(2022, 7, 1), local(date(2022, 7, 5), 10))
    assert codes(planned.passed) == [
        "checkin:2022-07-02:am",
        "test:d1",
        "checkin:2022-07-02:pm",
        "checkin:2022-07-03:am",
        "checkin:2022-07-03:pm",
        "checkin:2022-07-04:am",
        "checkin:2022-07-04:pm",
        "checkin:2022-07-05:am",
    ]
    assert codes(planned.duties)[:2] == ["test:d4", "checkin:2022-07-05:pm"]
    assert planned.stages[0].first_on == DAY_ONE


def test_episode_opened_after_its_end_has_only_passed_duties() -> None:
    planned = opened("sub-contact", date(2022, 7, 1), local(date(2022, 7, 8), 20))
    assert planned.duties == ()
    assert len(planned.passed) == 17


@given(
    category=st.sampled_from(sorted(COVID.categories)),
    anchor_on=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    hours=st.integers(-48, 400),
)
def test_every_duty_is_either_due_or_passed_once(
    category: str, anchor_on: date, hours: int
) -> None:
    opened_at = local(anchor_on, 0) + timedelta(hours=hours)
    planned = opened(category, anchor_on, opened_at)
    everything = codes(planned.passed) + codes(planned.duties)
    assert everything == codes(opened(category, anchor_on).duties)
    assert len(set(everything)) == len(everything)
    assert all(opened_at <= duty.opens_at < duty.due_at for duty in planned.duties)
    assert all(duty.due_at <= opened_at for duty in planned.passed)


# -- events -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reported_at", "day", "code"),
    [
        (local(date(2024, 5, 1), 20), 0, "test:rash:2024-05-01"),
        (local(date(2024, 5, 6), 0, 30), 5, "test:rash:2024-05-06"),  # still the 5th in UTC
        (local(date(2024, 5, 22), 23), 21, "test:rash:2024-05-22"),
        (local(date(2024, 5, 23), 9), 22, "test:rash:2024-05-23"),
    ],
)
def test_rash_makes_a_test_due_within_a_day(reported_at: datetime, day: int, code: str) -> None:
    planned = opened("contact", date(2024, 5, 1), pack=MPOX)
    duty = event_test(MPOX, "contact", "rash", reported_at, planned, ZONE)
    assert duty is not None
    assert (duty.code, duty.day, duty.stage, duty.slot) == (code, day, "monitoring", "rash")
    assert (duty.opens_at, duty.due_at) == (reported_at, reported_at + timedelta(hours=24))


def test_event_in_the_second_stage_counts_in_that_stage() -> None:
    pack = catalogue.parse(edited("[categories.ill]", f"{SECOND}[categories.ill]"))
    planned = opened("contact", date(2026, 3, 1), pack=pack)
    places = []
    for day in (22, 23, 24):
        at = local(date(2026, 3, day), 9)
        duty = event_test(pack, "contact", "fever", at, planned, ZONE)
        assert duty is not None
        places.append((duty.day, duty.stage, duty.stage_day))
    assert places == [(21, "watch", 21), (22, "after", 1), (23, "after", 2)]


def test_event_without_a_rule_makes_no_test() -> None:
    planned = opened("contact", date(2024, 5, 1), pack=MPOX)
    at = local(date(2024, 5, 6), 9)
    assert event_test(MPOX, "contact", "cough", at, planned, ZONE) is None


def test_sub_contact_of_a_positive_contact_becomes_a_contact() -> None:
    contact = upgrade(COVID, "sub-contact", "contact_positive")
    case = upgrade(COVID, "sub-contact", "positive")
    assert contact is not None
    assert case is not None
    assert (contact.to, case.to) == ("contact", "case")
    assert upgrade(COVID, "contact", "contact_positive") is None


# -- the way out ------------------------------------------------------------------------------

TESTS = ("test:d1", "test:d4", "test:d7")
CLEAR = ExitFacts(
    today=date(2022, 7, 8),
    ends_on=date(2022, 7, 8),
    planned_tests=TESTS,
    results=dict.fromkeys(TESTS, "negative"),
    contact_results=("negative", "negative"),
)


@pytest.mark.parametrize(
    ("today", "sub_contact", "mpox"),
    [
        (date(2022, 7, 7), ["days"], ["days"]),
        (date(2022, 7, 8), [], ["days"]),  # mpox: the last day is still to be lived through
        (date(2022, 7, 9), [], []),
    ],
)
def test_days_are_done_on_or_after_the_last_as_the_category_says(
    today: date, sub_contact: list[str], mpox: list[str]
) -> None:
    facts = replace(CLEAR, today=today)
    assert unmet(COVID, "sub-contact", facts) == sub_contact
    assert unmet(MPOX, "contact", facts) == mpox


@pytest.mark.parametrize("last", [{}, {"test:d7": "pending"}, {"test:d7": "invalid"}])
def test_planned_test_without_a_result_holds_release(last: dict[str, str]) -> None:
    results = {"test:d1": "negative", "test:d4": "negative", **last}
    assert unmet(COVID, "sub-contact", replace(CLEAR, results=results)) == ["tests_missing"]


def test_one_positive_holds_release_even_when_unplanned() -> None:
    results = {**CLEAR.results, "test:extra": "positive"}
    assert unmet(COVID, "sub-contact", replace(CLEAR, results=results)) == ["test_positive"]


def test_episode_opened_after_its_last_test_day_is_not_cleared_untested() -> None:
    untested = replace(CLEAR, planned_tests=(), results={})
    assert unmet(COVID, "sub-contact", untested) == ["tests_missing"]
    later = replace(untested, results={"test:extra": "negative"})
    assert unmet(COVID, "sub-contact", later) == []


@pytest.mark.parametrize(
    ("contact_results", "expected"),
    [
        ((), ["contact_tests"]),
        (("negative",), ["contact_tests"]),
        (("negative", "pending"), ["contact_tests"]),
        (("negative", "positive"), ["contact_tests"]),
        (("negative", "negative", "positive"), ["contact_tests"]),
        (("pending", "negative", "negative"), []),
        (("negative", "negative"), []),
    ],
)
def test_sub_contact_waits_for_two_negatives_of_the_contact(
    contact_results: tuple[str, ...], expected: list[str]
) -> None:
    facts = replace(CLEAR, contact_results=contact_results)
    assert unmet(COVID, "sub-contact", facts) == expected
    assert unmet(COVID, "spill-medium", facts) == []


def test_mpox_contact_leaves_untested_unless_an_event_test_is_open() -> None:
    facts = replace(CLEAR, today=date(2022, 7, 9), planned_tests=(), results={})
    assert unmet(MPOX, "contact", facts) == []
    waiting = replace(facts, planned_tests=("test:rash:2022-07-05",))
    assert unmet(MPOX, "contact", waiting) == ["tests_missing"]


@pytest.mark.parametrize(
    ("afebrile_for", "expected"),
    [
        (None, ["fever"]),
        (timedelta(hours=24), ["fever"]),
        (timedelta(hours=24, minutes=1), []),
    ],
)
def test_patient_leaves_after_more_than_a_day_without_fever(
    afebrile_for: timedelta | None, expected: list[str]
) -> None:
    facts = replace(CLEAR, today=date(2022, 7, 9), afebrile_for=afebrile_for)
    assert unmet(catalogue.parse(EBOLA), "ill", facts) == expected


def test_all_unmet_conditions_are_named_at_once() -> None:
    facts = ExitFacts(date(2022, 7, 4), date(2022, 7, 8), TESTS, {})
    assert unmet(COVID, "sub-contact", facts) == ["days", "tests_missing", "contact_tests"]
