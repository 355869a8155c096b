"""Every word key that the program can reach: named in the source, asked by forms, put together
from kinds, roles, packs and ladders. Knows no words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import get_args

from said import ROOT, constants, entries, said

from bot.demo.assets import PREFIX
from bot.demo.district import read_cast
from bot.demo.tour import STEPS
from bot.imports import vocabulary
from bot.imports.result import Outcome as Landed
from bot.settings import Settings
from handlers.caseload.feature import CLOSINGS, WAIVERS
from handlers.checkin.form import Symptom
from handlers.engine.form import Mode
from handlers.engine.parse import ERRORS
from handlers.engine.words import ENGINE_KEYS, word_keys
from handlers.features import registry
from handlers.mydata.feature import LOOKS
from models.accounts import Role
from models.cards import FIRST_STEP, URGENCY
from models.leads import DISMISSALS, LeadSource
from models.obligations import Kind, Outcome
from models.protocols import catalogue as packs
from models.protocols import pack as packing
from models.reports.numbers import BALANCED
from models.samples import Result
from models.units import Level
from scheduler.ladders import ladders

CLOCKS = {"clock_database", "clock_platform"}  # of `apart`, which calls one of two
# Names, phones and papers in a sheet are refused for the reasons of the chat, in words of a sheet.
READ_BY_IMPORTS = {code for code in ERRORS if re.match("name_|id_|phone", code)}


def rungs() -> set[tuple[Kind, str, bool]]:
    """What ladders say: kind, word, and whether the person's own side hears it."""
    return {
        (kind, rung.say, rung.to in ("person", "head"))
        for kind, ladder in ladders().by_kind.items()
        for rung in ladder.rungs
    }


def card_keys() -> set[str]:
    """One obligation: as its ladder says it, opened by the person or by the team, claimed."""
    shown = {f"{kind}.{say}" for kind in URGENCY for say in ("ask", "open")}
    return (
        shown | {f"{kind}.{say}" for kind, say, _ in rungs()} | {"verify.claimed", "alert.claimed"}
    )


def several_keys() -> set[str]:
    """Many obligations in one message; a household's check-ins are a roll-call instead."""
    return {
        f"{kind}.{say}.several" for kind, say, own in rungs() if not (own and kind == Kind.CHECKIN)
    }


def household_keys() -> set[str]:
    own = {say for kind, say, own in rungs() if own and kind == Kind.CHECKIN}
    return {f"checkin.{say}.household" for say in own | {"ask"}}


def readable_settings() -> set[str]:
    """Settings that not every text is good for."""
    checked = chain.from_iterable(
        found.info.fields for found in Settings.__pydantic_decorators__.field_validators.values()
    )
    typed = {n for n, f in Settings.model_fields.items() if f.annotation not in (str, Path)}
    return typed | set(checked)


def fields() -> set[str]:
    """The columns of sheets."""
    text = (ROOT / "bot" / "imports" / "headers.toml").read_text("utf-8")
    return set(chain.from_iterable(tomllib.loads(text)["headings"].values()))


def page_source() -> str:
    files = (ROOT / "bot" / "demo" / "static").iterdir()
    return "\n".join(path.read_text("utf-8") for path in files)


def page_keys() -> set[str]:
    """What the demo's page must be able to say: named in its files, asked of its people, of the
    steps of its tour, of what falls due."""
    named = set(re.findall(r'(?:data-(?:word|label)=|\bword\()"(\w+)"', page_source()))
    people = (f"who.{phone['code']}" for phone in read_cast()["phones"])
    parts = {f"{person}.{part}" for person in people for part in ("name", "role", "story")}
    parts |= {f"tour.{step.code}.{part}" for step in STEPS for part in ("title", "text")}
    duties = {f"due.{kind}" for kind in Kind if kind != Kind.UPKEEP}
    states = {f"tour_{state}" for state in ("done", "current", "skipped", "ahead")}
    return {f"{PREFIX}{key}" for key in named | parts | duties | states}


def page_mentions() -> set[str]:
    """Every quoted name in the page's files: some are keys that reach word() by a variable."""
    return {f"{PREFIX}{key}" for key in re.findall(r'"(\w+)"', page_source())}


def of(prefix: str, names: Iterable[object]) -> set[str]:
    return {f"{prefix}.{name}" for name in names}


@cache
def derived() -> Mapping[str, set[str]]:
    """Each f-string that the source hands to Text, and what can come of it."""
    chosen = of("waive", WAIVERS) | of("close", CLOSINGS)
    commands = registry().commands
    pack_keys = {key for pack in packs.all() for key in packing.word_keys(pack)}
    return {
        "action.{}": of(
            "action", constants("_button") | {"verify", "close", "card", *FIRST_STEP.values()}
        ),
        "alert.cause.{}": of("alert.cause", ("fever", "symptoms", "positive")),
        "audit.{}": of("audit", LOOKS),
        "checkin.symptoms.choice.{}": of("checkin.symptoms.choice", Symptom),
        "checkin.{}.household": household_keys(),
        "close.{}": of("close", CLOSINGS),
        "command.{}.about": {f"command.{name}.about" for name in commands},
        "command.{}.label": {f"command.{name}.label" for name in commands},
        "database.refused.{}": of("database.refused", ("login", "name", "file")),
        "digest.check.{}": of("digest.check", (*BALANCED, "observed")),
        "digest.{}": of("digest", BALANCED),
        "doctor.{}.bad": {f"doctor.{n}.bad" for n in constants("bad") | CLOCKS},
        "doctor.{}.good": {f"doctor.{n}.good" for n in constants("good") | CLOCKS},
        "doctor.{}.warn": {f"doctor.{n}.warn" for n in constants("warn")},
        "engine.transport.{}": of("engine.transport", Mode),
        "episode.checkins.{}": of("episode.checkins", {len(pack.slots) for pack in packs.all()}),
        "import.column.{}": of("import.column", vocabulary.OWN_COLUMNS),
        "import.{}": of("import", READ_BY_IMPORTS),
        "import.field.{}": of("import.field", fields()),
        "import.result.{}": of("import.result", Landed),
        "keyboard.{}": of("keyboard", ("contact", "location")),
        "level.{}": of("level", Level),
        "line.{}": of("line", (*URGENCY, "overdue", "open")),
        "measure.{}": of("measure", get_args(packing.Measure)),
        "missing.{}": of(
            "missing", ("days", "tests_missing", "test_positive", "contact_tests", "fever")
        ),
        "outcome.{}": of("outcome", Outcome),
        "pack.{}": pack_keys,
        "pack.{}.category.{}": pack_keys,
        "result.result.choice.{}": of("result.result.choice", Result),
        "role.{}": of("role", Role),
        "settings.expects.{}": of("settings.expects", readable_settings()),
        "slot.{}": of("slot", {slot for pack in packs.all() for slot in pack.slots}),
        "source.{}": of("source", LeadSource),
        # A resident is not welcomed with a role: her report begins.
        "start.first.{}": of("start.first", set(Role) - {Role.RESIDENT}),
        "test.after.{}": of("test.after", Result),
        "verification.finding.choice.{}": of("verification.finding.choice", DISMISSALS),
        "waive.{}": of("waive", WAIVERS),
        "{}.ask": {"waive.ask", "close.ask"},
        "{}.cause.{}": of("contact.cause", {*entries("cause"), *constants("ask_contact", 1)}),
        "{}.{}": card_keys() | chosen,
        "{}.{}.several": several_keys(),
    }


@cache
def reachable() -> frozenset[str]:
    """Every key that the program can say."""
    literal = {found.key for found in said() if "{}" not in found.key}
    asked = set().union(*(word_keys(form) for form in registry().form_classes()))
    own = {"list.separator", "word.language", "word.yes", "word.no"}  # of locales/ itself
    literal |= page_keys() | page_mentions()
    return frozenset(literal | asked | own | ENGINE_KEYS.keys()).union(*derived().values())
