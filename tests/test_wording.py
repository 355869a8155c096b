"""The words do what they say: each card renders in each language, each example can be typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from reach import card_keys, household_keys, several_keys

import locales
from handlers.caseload import views as caseload
from handlers.engine import parse
from handlers.engine.vocabulary import BACK, CANCEL, SKIP, means
from handlers.release import views as release
from models.cards import URGENCY, Brief, card, line, rollcall, several
from models.episodes import Episode
from models.leads import Lead, LeadSource
from models.messages import Outbound, Text
from models.obligations import Kind, Obligation, Outcome
from models.people import Person
from models.reports.digest import write
from models.reports.numbers import CHECKS, Numbers
from models.reports.periods import Period
from models.reports.sections import SECTIONS
from models.units import Level, Unit

NOW = datetime(2022, 7, 4, tzinfo=UTC)
UNIT = Unit(id=1, code="g1", name="Garden grid", level=Level.GRID, path="1/")
POSTED = (Kind.DUTY, Kind.SIGNOUT, Kind.ROTA, Kind.HELP)
SHIFT = {
    "shift": 1,
    "post": "East gate",
    "post_id": 1,
    "since": f"{NOW}",
    "until": "06:00",
    "overnight": False,
}
FOUND = {"problem": 1, "item": "shop.air", "relapses": 1}
ORDER = {"suspension": 1, "ground": "unchecked", "days": 3, "items": ["common.scan"]}
FACTS: Mapping[Kind, dict[str, object]] = {
    Kind.ALERT: {"cause": "fever"},
    Kind.CONTACT: {"cause": "blocked"},
    Kind.TIP: {"tip": 1, "tip_kind": "venue", "photo": True},
    Kind.VOLUNTEER: {"volunteer": 1},
    Kind.AWAY: {"away": 1, "intention": "staying", "promise": "word"},
    Kind.CHECKIN: {"day": 2, "slot": "am"},
    **dict.fromkeys(POSTED, SHIFT),
    Kind.HELP: {"need": "medicine"},
    Kind.PAPERS: {"lacks": "lost"},
    **dict.fromkeys((Kind.PROBLEM, Kind.RECHECK, Kind.LOOKBACK), FOUND),
    **dict.fromkeys((Kind.SUSPEND, Kind.REOPEN), ORDER),
    Kind.OUTING: {"outing": 1, "team": "Team one"},
    Kind.LOG: {"venue": 1, "log": "disinfect", "times": 2, "done": 0},
    Kind.FOLLOW: {"register": "absence", "findings": ["back"]},
    Kind.GUIDE: {"register": "gathering", "findings": []},
    Kind.CHECK: {"register": "coldchain", "words": "lacking", "findings": ["sealed"]},
    Kind.RECORD: {"register": "drugsale"},
    Kind.ZERO: {
        "on": "2022-07-04",
        "since": "2022-07-03T09:00:00+00:00",
        "until": "2022-07-04T09:00:00+00:00",
        "zero": False,
        "figures": {f"{section.code}.{name}": 1 for section in SECTIONS for name in section.names}
        | {"drugsale.total": 1, "drugsale.fever": 1, "drugsale.total_total": 2},
    },
}


def brief(kind: Kind) -> Brief:
    """An obligation with the rows that every one of its kind has, and no others."""
    about = {"unit_id": 1, "opens_at": NOW, "due_at": NOW, "facts": FACTS.get(kind, {"day": 2})}
    item = Obligation(id=1, kind=kind, outcome=Outcome.WAIVED, **about)
    observed = kind not in (Kind.VERIFY, Kind.CONTACT, *POSTED)
    episode = Episode(pack="mpox-cn", pack_version=1, category="contact", ends_on=date(2022, 7, 9))
    lead = Lead(transport="train G1234", source=LeadSource.TIP, expected_at=NOW)
    person = Person(name="Wang Fang") if kind not in (Kind.TASK, Kind.CONTACT, *POSTED) else None
    return Brief(
        item, person, episode if observed else None, lead if kind == "verify" else None, UNIT
    )


def cards() -> Iterable[Outbound]:
    for key in card_keys():
        kind, _, say = key.partition(".")
        yield card(brief(Kind(kind)), say)
    for key in several_keys():
        kind, say, _ = key.split(".")
        yield several([brief(Kind(kind))] * 9, say, NOW)
    for key in household_keys():
        yield rollcall([brief(Kind.CHECKIN)] * 2, key.split(".")[1])
    for kind in URGENCY:
        yield Outbound((line(brief(kind), 1, NOW), caseload.ended(brief(kind))))
    released = brief(Kind.RELEASE)
    yield card(released, "blocked", extra=release.blocked(released, ["days"]))
    yield from (release.confirm(released), release.attest(released))
    yield Outbound((release.released(released),))
    yield release.notice(released, date(2022, 7, 9))


def digest() -> Outbound:
    """A digest whose figures do not add up, so that it has everything to say."""
    seeded = {name: 2 + n for n, name in enumerate(name for one in CHECKS for name in one.names)}
    numbers = Numbers(Period(NOW, NOW), seeded)
    before = Numbers(Period(NOW, NOW))
    assert {one.check for one in numbers.mismatches(before)} == set(CHECKS)
    return write(UNIT, numbers, {"checkin": 1, "zero": 1}, (), before)


@pytest.mark.parametrize("lang", locales.LANGS)
def test_every_card_and_the_digest_can_be_said(lang: str):
    for message in [*cards(), digest()]:
        buttons = [button.label for row in message.rows for button in row]
        for text in [*message.lines, *buttons]:
            words = locales.render(lang, text)
            assert not re.search(r"\b[a-z_]+\.[a-z_]+\b|\{", words), (text.key, words)


# -- what the words tell a person to do works -----------------------------------------------------


def quoted(lang: str, key: str) -> list[str]:
    """What stands between quotation marks in a message."""
    (words,) = locales.catalogue(lang)[key]
    return re.findall("[“「](.+?)[”」]", words)


@pytest.mark.parametrize("lang", locales.LANGS)
def test_what_one_is_told_to_send_is_understood(lang: str):
    told = {"engine.share_contact": (BACK, CANCEL), "engine.share_location": (BACK, CANCEL)}
    told |= dict.fromkeys(("engine.skip_typed", "selfreport.family_phone.help"), (SKIP,))
    for key, labels in told.items():
        for label, typed in zip(labels, quoted(lang, key), strict=True):
            assert means(label, typed, lambda text: locales.render(lang, text)), (key, typed)
    yes, no = quoted(lang, "engine.error.yes_no")
    assert (parse.yes_no(yes), parse.yes_no(no)) == (True, False)


@pytest.mark.parametrize("lang", locales.LANGS)
def test_every_example_can_be_read(lang: str):
    zone = ZoneInfo("Asia/Shanghai")
    readers = {
        parse.transport: ("engine.error.transport", "engine.error.expected_transport"),
        lambda text: parse.day(text, NOW.date()): (
            "engine.error.date_format",
            "engine.error.expected_day",
            "verification.anchor_on.help",
        ),
        lambda text: parse.moment(text, NOW, zone): (
            "engine.error.time_format",
            "engine.error.expected_moment",
            "selfreport.arrival_at.ask",
            "selfreport.arrival_at.help",
            "awayentry.planned_at.help",
            "awayplan.planned_at.help",
            "awayback.arrived_at.help",
        ),
        parse.temperature_and_rest: ("checkin.temperature.help", "ill.temperature.help"),
    }
    for read, keys in readers.items():
        for key in keys:
            assert quoted(lang, key), key
            for example in quoted(lang, key):
                read(example)  # raises Unreadable


@pytest.mark.parametrize("lang", locales.LANGS)
def test_a_button_is_called_what_it_says(lang: str):
    buttons = {
        "away.back_future": "away.deed.planned",
        "away.name_needed": "engine.edit",
        "away.none": "away.new",
        "away.plan_past": "away.deed.back",
        "checkin.done_already": "receipt.correct",
        "checkin.symptoms.ask": "engine.none",
        "engine.edited_hint": "engine.back",
        "engine.review": "engine.submit",
        "help.resident": "receipt.correct",
        "missing.contact_tests": "action.release",
        "result.photo.ask": "engine.skip",
        "selfreport.next": "receipt.correct",
        "start.contact_not_own": "keyboard.contact",
        "start.first.grid_worker": "command.today.label",
        "start.hello": "command.report.label",
        "test.overdue": "action.sampled",
        "test.result_already": "receipt.correct",
    }
    for key, button in buttons.items():
        label = locales.render(lang, Text(button))
        assert any(label.endswith(name) for name in quoted(lang, key)), (key, label)


@pytest.mark.parametrize("lang", locales.LANGS)
def test_a_choice_of_language_is_answered_in_it(lang: str):
    own = {"zh_Hans": "简体中文", "zh_Hant": "繁體中文", "en": "English"}[lang]
    assert locales.own_name(lang) == own
    assert own in locales.render(lang, Text("lang.chosen"))
