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
from bot.exports import COLUMNS
from bot.imports import vocabulary
from bot.imports.result import Outcome as Landed
from bot.settings import Settings
from handlers.away.deeds import DEEDS
from handlers.caseload.feature import CLOSINGS, WAIVERS
from handlers.checkin.form import Symptom
from handlers.documents.feature import ASKED
from handlers.duty.month import COLUMNS as MONTH_COLUMNS
from handlers.engine.form import Mode
from handlers.engine.parse import ERRORS
from handlers.engine.parse_disclosure import Disclosed
from handlers.engine.words import ENGINE_KEYS, word_keys
from handlers.feature import Drawer
from handlers.features import registry
from handlers.meant import feature as meant
from handlers.mydata.feature import LOOKS
from handlers.registers.disinfection import Agent
from handlers.registers.form import Outcome as Attendance
from handlers.registers.form import Wish
from handlers.registers.gathering import Occasion
from handlers.registers.listed import REGISTERS
from handlers.spans import LEDGER_SPANS, SPANS
from handlers.tips.form import Signed
from handlers.venues.feature import SETTABLE
from handlers.zero.feature import ADDABLE
from models.accounts import Role
from models.attempts import Way as Tried
from models.away import AwayEnd, Intention, Promise, Way
from models.broadcasts import Circle
from models.cards import FIRST_STEP, GROUPS, OWN_STEP, URGENCY, face_of
from models.documents.kinds import DocumentKind
from models.duty import ELEMENTS
from models.episodes import EpisodeEnd
from models.groups import GroupKind, Posting
from models.helping import Need
from models.leads import DISMISSALS, LeadSource
from models.likeness import Fact
from models.obligations import Kind, Outcome
from models.outbox import Priority
from models.papers import Lacking
from models.people import Care, Residence
from models.points import Reason
from models.protocols import catalogue as packs
from models.protocols import pack as packing
from models.replies import REPLIES
from models.reports.numbers import BALANCED
from models.reports.sections import COUNTED, SECTIONS
from models.rules import GROUPS as RULE_GROUPS
from models.rules import Rules
from models.samples import Result
from models.sendledger import Fate
from models.sheets import BROUGHT_BY
from models.supplies import Item as Stored
from models.tips import TipKind, TipOutcome
from models.units import Level
from models.venues.checklists import shipped
from models.venues.duties import Log
from models.venues.inspection import Visit as Walked
from models.venues.kinds import Trading, VenueKind
from models.venues.ladder import Colour, Ground
from models.venues.problem import State, Step
from models.venues.suggestion import To
from models.venues.suspension import Standing
from models.venues.team import Why
from models.visits import Found
from models.volunteers import Day, Part, Skill
from models.wanted import Sort
from scheduler.ladders import OWN_SIDE, Audience, ladders

REHEARSED = {"hour", "day", "n", "seconds", "kinds", "who", "unit", "tasks"}
CLOCKS = {"clock_database", "clock_platform"}  # of `apart`, which calls one of two
# Names, phones and papers in a sheet are refused for the reasons of the chat, in words of a sheet.
READ_BY_IMPORTS = {code for code in ERRORS if re.match("name_|id_|phone", code)}


def rungs() -> set[tuple[Kind, str, bool]]:
    """What ladders say: kind, word, and whether the person's own side hears it."""
    return {
        (kind, rung.say, rung.to in OWN_SIDE)
        for kind, ladder in ladders().by_kind.items()
        for rung in ladder.rungs
        if rung.to != "ring"  # whatever is due: no neighbour hears of it
    }


def card_keys() -> set[str]:
    """One obligation: as its ladder says it, opened by the person or by the team, claimed."""
    spoken = {kind for kind in URGENCY if kind != Kind.CHECK}  # a register's own words
    shown = {f"{kind}.{say}" for kind in spoken for say in ("ask", "open")}
    return (
        shown
        | {f"{kind}.{say}" for kind, say, _ in rungs() if kind != Kind.CHECK}
        | {
            "verify.claimed",
            "alert.claimed",
            "tip.claimed",
            "zero.outage",
            "log.open",
        }
    )


def several_keys() -> set[str]:
    """Many obligations in one message; a household's check-ins are a roll-call instead, and some
    kinds are told together in a way of their own."""
    return {
        f"{kind}.{say}.several"
        for kind, say, own in rungs()
        if not (own and kind == Kind.CHECKIN)
        and face_of(kind).together is None
        and not ladders().by_kind[kind].fold
    }


def follow_up_keys() -> set[str]:
    """What a register says in words of its own instead of those of its kind."""
    keys = set()
    for rule in (one.follow_up for one in REGISTERS if one.follow_up):
        said = {say for kind, say, _ in rungs() if kind == rule.kind} | {"ask", "open", "done"}
        keys |= of(rule.words, said)
    return keys


def own_words() -> set[str]:
    return {one.follow_up.words for one in REGISTERS if one.follow_up} - {Kind.FOLLOW}


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
        "document.choose.{}": of("document.choose", ASKED),
        "menu.drawer.{}": of("menu.drawer", Drawer),
        "action.{}": of(
            "action",
            constants("_button")
            | constants("button")
            | constants("primary")
            | {"verify", "close", "card", "dutyshift", "manpost", "newpost"},
        )
        | of("action", {*FIRST_STEP.values(), *OWN_STEP.values()}),
        "alert.state.{}": of("alert.state", ("open", "open_late", "taken", "taken_late")),
        "alert.clock.{}": of(
            "alert.clock",
            (
                *("open", "open_due", "open_late", "taken", "taken_due", "taken_late"),
                *("over", "over_late"),
            ),
        ),
        "alert.cause.{}": of("alert.cause", ("fever", "symptoms", "positive")),
        "attempt.{}": of("attempt", ("no_answer", "empty_number", "system_fault")),
        "attempt.way.{}": of("attempt.way", Tried),
        "audit.{}": of("audit", LOOKS),
        "find.part.{}": of("find.part", Sort),
        "rehearse.head.{}": of("rehearse.head", REHEARSED),
        "rehearse.kind.{}": of("rehearse.kind", ladders().by_kind),
        "rehearse.priority.{}": of("rehearse.priority", [one.name.lower() for one in Priority]),
        "papers.lacks.{}": of("papers.lacks", Lacking),
        "points.reason.{}": of("points.reason", Reason),
        "tip.answer.{}": of("tip.answer", TipOutcome),
        "tip.deed.{}": of("tip.deed", {*TipOutcome, "same", "picture", "lead"}),
        "tip.done.{}": of("tip.done", Signed),
        "tip.kind.choice.{}": of("tip.kind.choice", TipKind),
        "tip.outcome.{}": of("tip.outcome", TipOutcome),
        "away.change.{}": of("away.change", {*Way, Promise.WRITTEN, Promise.WORD}),
        "away.deed.{}": of("away.deed", DEEDS),
        "away.end.{}": of("away.end", AwayEnd),
        "away.intention.{}": of("away.intention", Intention),
        "away.promise.{}": of("away.promise", Promise),
        "away.way.{}": of("away.way", Way),
        "batches.{}": of("batches", ("answered", "changed", "overdue")),
        "behalf.do.{}": of("behalf.do", registry().on_behalf),
        "checkin.symptoms.choice.{}": of("checkin.symptoms.choice", Symptom),
        "checkin.{}.household": household_keys(),
        "checklist.{}": of(
            "checklist", (item.code for kind in VenueKind for item in shipped(kind))
        ),
        "close.{}": of("close", CLOSINGS),
        "command.{}.about": {f"command.{name}.about" for name in commands},
        "command.{}.label": {f"command.{name}.label" for name in commands},
        "daily.add.{}": of("daily.add", ADDABLE),
        "daily.{}": of("daily", (section.code for section in SECTIONS)),
        "daily.{}.{}": {
            f"daily.{section.code}.{name}"
            for section in COUNTED
            for name in section.names
            if section.said is None
        },
        "supplies.item.choice.{}": of("supplies.item.choice", Stored),
        "stores.figure.{}": of("stores.figure", ("stock", "used", "out")),
        "database.refused.{}": of("database.refused", ("login", "name", "file")),
        "digest.{}": of("digest", BALANCED),
        "cast.to.{}": of("cast.to", Circle),
        "cast.deed.{}": of("cast.deed", constants("_deed")),
        "why.fate.{}": of("why.fate", Fate),
        "why.to.{}": of("why.to", get_args(Audience)),
        "document.kind.{}": of("document.kind", DocumentKind),
        "document.number.{}": of("document.number", DocumentKind),
        "document.span.{}": of("document.span", (*SPANS, *LEDGER_SPANS)),
        "document.visit.{}": of("document.visit", Walked),
        "disinfect.agent.choice.{}": of("disinfect.agent.choice", Agent),
        "doctor.{}.bad": {f"doctor.{n}.bad" for n in constants("bad") | CLOCKS},
        "doctor.{}.good": {f"doctor.{n}.good" for n in constants("good") | CLOCKS},
        "doctor.{}.warn": {f"doctor.{n}.warn" for n in constants("warn")},
        "duty.column.{}": of("duty.column", MONTH_COLUMNS),
        "duty.sheet.{}": of("duty.sheet", ("ahead", "present", "late", "absent")),
        "duty.who.{}": of("duty.who", ("staff", "volunteer")),
        "duty.plan.{}": of("duty.plan", ELEMENTS),
        "engine.transport.{}": of("engine.transport", Mode),
        "episode.checkins.{}": of("episode.checkins", {len(pack.slots) for pack in packs.all()}),
        "groupbinding.kind.choice.{}": of("groupbinding.kind.choice", GroupKind),
        "groups.disclosed.{}": of("groups.disclosed", Disclosed),
        "groups.new.{}": of("groups.new", (k for k, one in ladders().by_kind.items() if one.post)),
        "groups.posts.{}": of("groups.posts", Posting),
        "groups.reads.{}": of("groups.reads", GroupKind),
        "help.need.{}": of("help.need", Need),
        "export.column.{}": of("export.column", COLUMNS),
        "import.column.{}": of("import.column", vocabulary.OWN_COLUMNS),
        "import.{}": of("import", READ_BY_IMPORTS),
        "import.field.{}": of("import.field", fields()),
        "import.result.{}": of("import.result", Landed),
        "inspect.manager.{}": of("inspect.manager", Walked),
        "keyboard.{}": of("keyboard", ("contact", "location")),
        "ledger.column.{}": {
            column.head.key
            for ledger in registry().ledgers.values()
            for column in ledger.columns
            if column.head.key.startswith("ledger.column.")
        },
        "ledger.done.{}": of("ledger.done", (*Outcome, "missing")),
        "ledger.standing.{}": of("ledger.standing", (*EpisodeEnd, "running")),
        "level.{}": of("level", Level),
        "log.{}": of("log", {say for kind, say, _ in rungs() if kind == Kind.LOG}),
        "log.part.{}": of("log.part", Log),
        "loggaps.{}": of("loggaps", Log),
        "line.{}": of(
            "line", {*URGENCY, Kind.RETRY, *own_words(), "overdue", "open"} - {Kind.CHECK}
        ),
        "{}.item.choice.{}": of("supplies.item.choice", Stored),
        "{}.done": of("follow", ("done",)) | {f"{words}.done" for words in own_words()},
        "measure.{}": of("measure", get_args(packing.Measure)),
        "missing.{}": of(
            "missing", ("days", "tests_missing", "test_positive", "contact_tests", "fever")
        ),
        "outcome.{}": of("outcome", Outcome),
        "pack.{}": pack_keys,
        "pack.{}.category.{}": pack_keys,
        "problem.state.{}": of("problem.state", (*State, "late")),
        "problem.step.{}": of("problem.step", Step),
        "result.result.choice.{}": of("result.result.choice", Result),
        "role.{}": of("role", Role),
        "rules.group.{}": of("rules.group", RULE_GROUPS),
        "rule.{}": of("rule", Rules.model_fields),
        "rule.{}.about": {f"rule.{name}.about" for name in Rules.model_fields},
        "rules.expects.{}": of("rules.expects", ("number", "time", "yes_no")),
        "settings.expects.{}": of("settings.expects", readable_settings()),
        "sheet.kind.{}": of("sheet.kind", BROUGHT_BY),
        "slot.{}": of("slot", {slot for pack in packs.all() for slot in pack.slots}),
        "source.{}": of("source", LeadSource),
        # A resident is not welcomed with a role: her report begins.
        "start.first.{}": of("start.first", set(Role) - {Role.RESIDENT}),
        "test.after.{}": of("test.after", Result),
        "today.group.{}": of("today.group", (group.code for group in GROUPS)),
        "care.{}": of("care", Care),
        "residence.{}": of("residence", (*Residence, "untold")),
        "roster.deed.{}": of("roster.deed", constants("deed")),
        "twins.action.{}": of("twins.action", constants("_choice")),
        "twins.agrees.{}": of("twins.agrees", Fact),
        "twins.fact.{}": of("twins.fact", Fact),
        "venue.kind.choice.{}": of("venue.kind.choice", VenueKind),
        "venue.set.{}": of("venue.set", SETTABLE),
        "venue.trading.{}": of("venue.trading", Trading),
        "venueday.{}": of("venueday", ("off", "fever")),
        "visits.found.{}": of("visits.found", Found),
        "verification.finding.choice.{}": of(
            "verification.finding.choice", ("observe", *DISMISSALS)
        ),
        "volunteer.state.{}": of("volunteer.state", ("waiting", "paused", "serving")),
        "volunteer.time.{}": of("volunteer.time", ("minutes", "hours", "both")),
        "volunteer.{}": of("volunteer", ("yours", "remind", "returned", "unanswered")),
        "volunteering.days.choice.{}": of("volunteering.days.choice", Day),
        "volunteering.parts.choice.{}": of("volunteering.parts.choice", Part),
        "volunteering.skills.choice.{}": of("volunteering.skills.choice", Skill),
        "waive.{}": of("waive", WAIVERS),
        "{}.title": {f"{form.code}.title" for form in registry().form_classes()},
        "{}.count.{}": {
            f"{one.code}.count.{name}" for one in REGISTERS for name in one.figure_names()
        },
        "gathering.occasion.choice.{}": of("gathering.occasion.choice", Occasion),
        "advice.wish.choice.{}": of("advice.wish.choice", Wish),
        "attended.outcome.choice.{}": of("attended.outcome.choice", Attendance),
        "{}.told.{}": {
            f"{one.code}.told.{finding}"
            for one in REGISTERS
            if one.follow_up and one.follow_up.kind == Kind.CHECK
            for finding in one.follow_up.findings
            if finding != one.follow_up.returns
        },
        "{}.{}.choice.{}": {
            key
            for one in REGISTERS
            if one.follow_up
            for key in word_keys(one)
            if ".choice." in key and key.split(".")[1] in one.follow_up.about
        },
        "{}.lead": {f"{one.code}.lead" for one in REGISTERS if one.brings},
        "{}.advice.{}": {f"{one.code}.advice.{name}" for one in REGISTERS for name in one.advice}
        | {f"{one.code}.advice.listed" for one in REGISTERS if one.origin_field}
        | {f"{one.code}.advice.late" for one in REGISTERS if one.notice},
        "replied.{}": of("replied", sorted(set(REPLIES.values()))),
        "newlead.{}": of("newlead", ("withdrawn", "mended")),
        "{}.follow": {
            f"{one.code}.follow"
            for one in REGISTERS
            if one.follow_up and one.follow_up.kind != Kind.GUIDE
        },
        "{}.found.{}": {
            f"{one.code}.found.{finding}"
            for one in REGISTERS
            if one.follow_up
            for finding in one.follow_up.findings
        },
        "{}.ask": {"waive.ask", "close.ask"},
        "colour.{}": of("colour", Colour),
        "colour.line.{}": of("colour.line", (*Colour, "waits", "late")),
        "colour.mark.{}": of("colour.mark", (*Colour, "shut")),
        "colour.told.{}": of("colour.told", (*Colour, "late")),
        "ground.{}": of("ground", Ground),
        "suggestion.{}": of("suggestion", To),
        "suggestion.told.{}": of("suggestion.told", To),
        "supervise.why.{}": of("supervise.why", Why),
        "suspend.what.{}": of("suspend.what", ("close", "extend")),
        "suspension.{}": of("suspension", ("issued", "longer")),
        "suspension.state.{}": of("suspension.state", Standing),
        "contact.cause.{}": of("contact.cause", {*entries("cause"), *constants("ask_contact", 1)}),
        "{}.{}": card_keys() | follow_up_keys() | chosen,
        "{}.{}.several": several_keys(),
    }


@cache
def reachable() -> frozenset[str]:
    """Every key that the program can say."""
    literal = {found.key for found in said() if "{}" not in found.key}
    asked = set().union(*(word_keys(form) for form in registry().form_classes()))
    own = {"list.separator", "word.language", "word.yes", "word.no"}  # of locales/ itself
    literal |= page_keys() | page_mentions()
    literal |= {f"{meant.SAID}{command}" for command in registry().commands}
    literal |= {meant.UNWELL, meant.DANGER, *meant.COURTESIES, *meant.COURTESIES.values()}
    return frozenset(literal | asked | own | ENGINE_KEYS.keys()).union(*derived().values())
