"""Who may do what to whose record, through real taps: a table of deeds, actors and answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from cast import CHANNEL, PACKS, add_resident, chat_of
from ledger import dump, facts, of
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from talk import ZONE, Read, Talk, add_lead

from handlers.features import registry
from models.accounts import Account, Assignment
from models.away import Absence, Intention, Promise
from models.episodes import Episode, EpisodeEnd
from models.errands import IMPORT
from models.groups import Group, GroupKind, enter
from models.inbox import Conversation
from models.jobs import Job, JobState, ask, claim
from models.leads import Lead, LeadSource
from models.leave import Leave
from models.obligations import Kind, Obligation, Outcome, oblige
from models.observation import close_episode, open_episode
from models.people import Person
from models.points import Holder, PointEntry, Reason, Redemption, ShopItem, ask_for, award
from models.protocols import catalogue
from models.registers import Submission
from models.rules import Rules
from models.samples import Result, Sample
from models.sources import Batch, Source
from models.tips import Tip, TipKind, ask_to_check
from models.units import Unit
from models.visits import Found, Visit

SUBJECT = "王芳"  # lives in 花园小区一网格, answers for herself
WARD = "陈小明"  # same grid, a child; 陈建国 answers for him
SELF, GUARDIAN = "王芳", "陈建国"
TEAM = ["李强", "赵敏", "孙丽", "钱伟", "吴刚"]  # her grid, and every level above it
# A stranger, a neighbour, grid, village and township elsewhere, the administrator.
ADMIN = "冯静"
OUTSIDERS = ["路人", "林志明", "刘洋", "何平", "高峰", ADMIN]


@dataclass(frozen=True, slots=True)
class Deed:
    """A tap on an obligation of a kind; `personal`: the person's own side may do it too."""

    verb: str
    kind: Kind
    rest: str = ""
    personal: bool = False

    def __str__(self) -> str:
        return f"{self.verb}:{self.kind}{self.rest}"


DEEDS = [
    Deed("well", Kind.CHECKIN, ":36.5", personal=True),
    Deed("measure", Kind.CHECKIN, personal=True),
    Deed("unwell", Kind.CHECKIN, personal=True),
    Deed("behalf", Kind.CHECKIN, personal=True),
    Deed("sampled", Kind.TEST, personal=True),
    Deed("result", Kind.TEST, personal=True),
    Deed("trouble", Kind.TEST, personal=True),
    Deed("claim", Kind.ALERT),
    Deed("close", Kind.ALERT, ":home"),
    Deed("call", Kind.CHECKIN),
    Deed("call", Kind.ALERT),
    Deed("picture", Kind.ALERT),
    Deed("unreachable", Kind.CHECKIN),
    Deed("unreachable", Kind.TEST),
    Deed("waive", Kind.CHECKIN, ":hospital"),
    Deed("waive", Kind.TEST, ":away"),
    Deed("reached", Kind.CONTACT),
    Deed("release", Kind.RELEASE, ":yes"),
    Deed("followed", Kind.FOLLOW, ":back"),
    Deed("reportok", Kind.ZERO),
    Deed("reportadd", Kind.ZERO),
    Deed("claim", Kind.VERIFY),
    Deed("verify", Kind.VERIFY),
    Deed("paper", Kind.VERIFY),
    Deed("papers", Kind.PAPERS),
    Deed("tried", Kind.VERIFY, ":no_answer"),
    Deed("tried", Kind.VERIFY, ":empty_number"),
]
# These show something and change nothing: told apart by the answer alone.
SHOWN = [
    Deed("card", Kind.CHECKIN, personal=True),
    Deed("card", Kind.ALERT, personal=True),
    Deed("card", Kind.VERIFY, personal=True),
    Deed("pending", Kind.RESULT, personal=True),
]
# Buttons that claim something else than an obligation, or nothing at all; each has a test of its
# own below, in test_roles.py where it is a command's page, or in test_roster_rights.py.
OTHERS = {
    *("twins", "home", "member"),
    "why",  # test_send_ledger.py
    *("found", "seek"),  # test_find.py
    *("cast", "heard"),  # tests/models/test_broadcasts.py
    *("newcomer", "newhead", "moveout", "newphone", "letting", "caring"),
    "twins",
    "sheet",
    *(
        "register",
        "row",
        "enter",
        "enterat",
        "inside",
        "letout",
        "stock",
        "stockzero",
        "stockok",
        "guide",
        "guideby",
        "guideadvice",
        "attended",
        "areaadd",
        "areaoff",
        "approve",
        "approveall",
        "sendback",
    ),  # test_records.py
    *("recordfor", "reports", "reportnudge"),  # test_reports.py
    *("correct", "withdraw", "fixdata", "ill", "pack", "allwell", "rollcall"),
    *("group", "groupposts", "groupgate", "groupnotice", "groupoff", "grouptopics"),
    *("refuse", "appoint", "calloff", "moreleave"),
    *("for", "staff", "post", "leaves", "stays", "newcode"),
    "giveback",  # test_alerts.py
    *("alerthours", "menu", "go", "lang", "day", "again", "digest", "overdue", "nudgeall"),
    *("rulegroup", "rule"),
    *("away", "awaynew", "awaypage", "awaynames"),
    *("walk", "grids", "order", "shift", "storeys", "doors", "door", "seen", "other", "when"),
    # of duty, see test_duty_taps.py
    *("dutyshift", "dutypost", "dutycall", "signin", "noteread", "signout", "handover"),
    *("standin", "standyes", "standno", "newpost", "manpost", "dutyoff", "dutymonth"),
    *("tip", "want", "spend", "unpoint", "merit", "shopadd", "shopoff"),
    # of errands, see test_helping.py
    *("helptake", "helpdone", "helpback", "helpgot", "helpfine", "helplack", "helpmore"),
    "helpoff",
    # of volunteers, see test_volunteers.py
    *("voledit", "volpause", "volresume", "volleave", "volpage", "vol", "volok", "volphone"),
    *("volend", "helpcall", "servetake", "serveno", "servedone", "serveback"),
    # of venues, see test_venues.py
    *("inspect", "sign", "problem", "probpic", "proback", "prove", "probclose", "probagain"),
    *("probheld", "venue", "addvenue", "trading", "venuehead", "venueofficer"),
    *("venuedoor", "suggest"),
    # of suspensions, see test_suspensions.py
    *("suspension", "susdraft", "sustrading", "susissue", "susrefuse", "susopen", "susshut"),
    # of a venue's day, see test_venue_days.py
    *("venueday", "loggaps", "tempok", "tempill", "asbefore", "venuestaff", "onestaff"),
    *("staffadd", "staffgone", "staffback", "deputy", "deputyoff"),
    *("swabs", "swab", "swaball", "swabresults", "swabneg", "swabres"),
    *("checklist", "itemswitch", "itemadd"),
    *("notice", "bulletin", "template", "newtemplate"),  # test_documents.py
    "ledger",  # test_export.py
    *("headings", "newheadings"),  # test_export.py
    *("periodreport", "chart"),  # test_documents.py
    *("unvisit", "revisit", "arrival", "sick", "newround", "endround"),
    *("giveup", "same"),
    *("batches", "answer"),
    *("ring", "rings", "ringhome"),  # test_rings.py
    *("slip", "scanned", "slipwell", "slipreport", "slipcall"),
}


def test_every_button_has_its_row() -> None:
    deeds = {deed.verb for deed in [*DEEDS, *SHOWN]}
    assert deeds | OTHERS == set(registry().actions)
    assert not deeds & OTHERS


FACTS = {
    **{"day": 1, "cause": "fever", "register": "absence", "record": 0, "findings": ["back"]},
    **{"problem": 0, "item": "shop.air", "relapses": 0},
    **{"on": "2022-07-03", "zero": True, "figures": {}},
    **{"since": "2022-07-02T09:00:00+00:00", "until": "2022-07-03T09:00:00+00:00"},
}


class Town:
    """The subject under observation again and again, with one obligation for each tap."""

    def __init__(self, talk: Talk, subject: str) -> None:
        self.talk = talk
        self.subject = subject
        self._made = 0

    async def settle(self) -> None:
        """The subject and the neighbour are known and have written before."""
        async with self.talk.db.write() as session:
            for name in (SELF, "林志明"):
                await add_resident(session, name, self.talk.now)
        for name in OUTSIDERS:
            await self.talk.say(name, "/start")

    async def owe(self, deed: Deed) -> int:
        """A fresh obligation of the subject, open now; its id."""
        self._made += 1
        now = self.talk.now
        async with self.talk.db.write() as session:
            people = await session.scalars(select(Person))
            person = next(one for one in people if one.name == self.subject)
            lead = await add_lead(session, person, now)
            row = {
                "key": f"deed:{self._made}",
                "kind": deed.kind,
                "unit_id": person.unit_id,
                "person_id": person.id,
                "opens_at": now,
                "due_at": now + timedelta(hours=4),
                "facts": {**FACTS, "code": f"test:made:{self._made}"},
                "detail": json.dumps({"code": "test:arrival", "day": 1}),
            }
            if deed.kind == Kind.VERIFY:
                row["lead_id"] = lead.id
            else:
                row["episode_id"] = (await self._observe(session, lead, person)).id
            await oblige(session, [row])
            found = await session.scalar(select(Obligation.id).where(Obligation.key == row["key"]))
        assert found is not None
        return found

    async def _observe(self, session: AsyncSession, lead: Lead, person: Person) -> Episode:
        """A new episode, its end reached, nothing missing for a release; the last one is over."""
        now = self.talk.now
        last = await session.scalar(
            select(Episode).where(Episode.person_id == person.id, Episode.outcome.is_(None))
        )
        if last is not None:
            await close_episode(session, last, EpisodeEnd.CANCELLED, 1, now)
        pack, anchor = catalogue.get("cn-covid-v9"), date(2022, 6, 1)
        episode = await open_episode(session, lead, person, pack, "spill-low", anchor, 1, now, ZONE)
        await session.execute(
            update(Obligation)
            .where(Obligation.episode_id == episode.id, Obligation.kind == Kind.TEST)
            .values(outcome=Outcome.WAIVED)
        )
        session.add(
            Sample(
                episode_id=episode.id,
                person_id=person.id,
                code="test:arrival",
                sampled_at=now,
                photo="a-picture",
                result=Result.NEGATIVE,
                resulted_at=now,
                reported_by=1,
            )
        )
        return episode

    async def state(self) -> object:
        """Everything that a deed can change."""
        async with self.talk.db.read() as session:
            ledger = await dump(session)
        drafts = [row["draft"] for row in of(ledger, "conversations") if row["draft"]]
        return facts(ledger), drafts

    async def try_(self, actor: str, deed: Deed, owed: int = 0) -> tuple[bool, list[str]]:
        """Tap; whether anything changed, and what the actor was told first."""
        data = f"a:{deed.verb}:{owed or await self.owe(deed)}{deed.rest}"
        before = await self.state()
        letters = await self.talk.tap(actor, data)
        changed = await self.state() != before
        await self._forget_drafts(actor)
        return changed, first(letters, actor)

    async def refuses(self, actors: Sequence[str], deed: Deed) -> None:
        """Nobody of these gets anything done on one and the same obligation."""
        owed = await self.owe(deed)
        for actor in actors:
            assert await self.try_(actor, deed, owed) == (False, ["access.denied"]), actor

    async def _forget_drafts(self, actor: str) -> None:
        async with self.talk.db.write() as session:
            chat = Conversation.chat == f"{CHANNEL}:{actor}"
            await session.execute(update(Conversation).where(chat).values(draft=None))


def first(letters: Sequence[Read], actor: str) -> list[str]:
    return next(letter.keys for letter in letters if letter.to == actor)


@pytest.fixture
async def town(talk: Talk) -> Town:
    made = Town(talk, SUBJECT)
    await made.settle()
    return made


@pytest.fixture
async def family(talk: Talk) -> Town:
    made = Town(talk, WARD)
    await made.settle()
    return made


@pytest.mark.parametrize("deed", DEEDS, ids=str)
async def test_a_deed_is_done_by_those_who_may_and_by_nobody_else(town: Town, deed: Deed) -> None:
    own = [SELF]
    await town.refuses([*OUTSIDERS, GUARDIAN, *(() if deed.personal else own)], deed)
    for actor in [*TEAM, *(own if deed.personal else ())]:
        changed, told = await town.try_(actor, deed)
        assert changed, (actor, told)
        assert told[0] != "access.denied"


@pytest.mark.parametrize("deed", [deed for deed in DEEDS if deed.personal], ids=str)
async def test_a_ward_is_answered_for_by_the_guardian_and_by_no_neighbour(
    family: Town, deed: Deed
) -> None:
    await family.refuses(["路人", SELF, "刘洋"], deed)
    changed, told = await family.try_(GUARDIAN, deed)
    assert changed, told


@pytest.mark.parametrize("deed", SHOWN, ids=str)
async def test_what_changes_nothing_is_shown_to_those_who_may_and_to_nobody_else(
    town: Town, deed: Deed
) -> None:
    await town.refuses([*OUTSIDERS, GUARDIAN], deed)
    for actor in [*TEAM, SELF]:
        _, told = await town.try_(actor, deed)
        assert told[0] != "access.denied", actor


@pytest.mark.parametrize(
    ("verb", "answer"), [("giveup", "attempt.not_enough"), ("same", "verify.nothing_before")]
)
async def test_only_whoever_may_verify_hears_why_a_lead_cannot_end_yet(
    town: Town, verb: str, answer: str
) -> None:
    deed = Deed(verb, Kind.VERIFY)
    await town.refuses([*OUTSIDERS, GUARDIAN, SELF], deed)
    for actor in TEAM:
        _, told = await town.try_(actor, deed)
        assert told[0] == answer, actor


async def test_only_she_whose_receipt_it_is_corrects_it(town: Town) -> None:
    await town.try_(SELF, Deed("well", Kind.CHECKIN, ":36.5", personal=True))
    (number,) = (await town.talk.rows(Submission.id))[0]
    for actor in [*OUTSIDERS, *TEAM, GUARDIAN]:
        for verb in ("correct", "withdraw"):
            letters = await town.talk.tap(actor, f"a:{verb}:{number}")
            assert first(letters, actor) == ["access.denied"], actor
    letters = await town.talk.tap(SELF, f"a:correct:{number}")
    assert "checkin.temperature.ask" in first(letters, SELF)


async def test_only_the_administrator_switches_packs(town: Town) -> None:
    before = await town.state()
    for actor in [*TEAM, SELF, *(name for name in OUTSIDERS if name != ADMIN)]:
        assert first(await town.talk.tap(actor, "a:pack:mpox-cn"), actor) == ["access.admin_only"]
    assert await town.state() == before
    assert await _packs(town) == PACKS
    letters = await town.talk.tap(ADMIN, "a:pack:mpox-cn")
    assert first(letters, ADMIN) == ["packs.title"]
    assert await _packs(town) == ["cn-covid-v9"]


async def _packs(town: Town) -> list[str]:
    rows = await town.talk.rows(Unit.id, Unit.parent_id, Unit.packs)
    found: list[str] = next(row.packs for row in rows if row.parent_id is None)
    return found


async def test_work_of_another_grid_is_in_nobodys_list(town: Town) -> None:
    await town.owe(Deed("card", Kind.CHECKIN))
    for actor in ("刘洋", "何平", "高峰"):
        assert first(await town.talk.say(actor, "/today"), actor) == ["today.nothing"]
    assert first(await town.talk.say("李强", "/today"), "李强")[0] == "today.title"


async def test_only_her_own_workers_remind_her(town: Town) -> None:
    await town.owe(Deed("card", Kind.CHECKIN))
    for _ in range(6):  # its ladder has spoken, more than an hour ago
        await town.talk.pass_time(timedelta(hours=1))
    for actor in ("刘洋", "何平", "高峰"):
        letters = await town.talk.tap(actor, "a:again:all")
        assert [letter.to for letter in letters] == [actor]
        assert first(letters, actor) == ["remind.nobody"]
    letters = await town.talk.tap("李强", "a:again:all")
    assert first(letters, "李强") == ["remind.told"]
    assert SELF in [letter.to for letter in letters]


async def test_nothing_is_done_in_her_stead_by_others_or_before_she_agreed(town: Town) -> None:
    await town.owe(Deed("behalf", Kind.CHECKIN))
    people = await town.talk.rows(Person.id, Person.name)
    number = next(person.id for person in people if person.name == SUBJECT)
    for actor in [*OUTSIDERS, SELF, GUARDIAN]:
        for rest in ("", ":ok", ":checkin", ":status", ":correct", ":report"):
            told = first(await town.talk.tap(actor, f"a:for:{number}{rest}"), actor)
            assert told[0].startswith("access."), (actor, rest)
    for actor in TEAM:
        asked = first(await town.talk.tap(actor, f"a:for:{number}:status"), actor)
        assert asked[0] == "behalf.card", actor
        assert first(await town.talk.tap(actor, f"a:for:{number}:ok"), actor) == ["behalf.menu"]
        told = first(await town.talk.tap(actor, f"a:for:{number}:status"), actor)
        assert told[0] == "status.observed", actor


async def test_a_role_is_ended_by_those_above_and_by_nobody_else(town: Town) -> None:
    talk = town.talk
    workers = await talk.rows(Assignment.id, Assignment.name)
    number = next(row.id for row in workers if row.name == "李强")
    before = await town.state()
    for actor in ["路人", "林志明", "刘洋", "何平", "高峰", "李强", "赵敏", SELF]:
        for rest in (
            f"post:{number}",
            f"leaves:{number}:0",
            f"stays:{number}",
            f"newcode:{number}",
        ):
            told = first(await talk.tap(actor, f"a:{rest}"), actor)
            assert told[0].startswith("access."), (actor, rest)
    assert await town.state() == before
    for actor in ("孙丽", "钱伟", "吴刚", ADMIN):
        assert first(await talk.tap(actor, f"a:leaves:{number}:0"), actor) == ["staff.ended"]
        assert first(await talk.say("李强", "/today"), "李强") == ["access.staff_only"]
        assert first(await talk.tap(actor, f"a:stays:{number}"), actor) == ["staff.post"]
    own = next(row.id for row in workers if row.name == "孙丽")
    assert first(await talk.tap("孙丽", f"a:leaves:{own}:0"), "孙丽") == ["access.denied"]


async def test_a_leave_to_come_is_called_off_by_her_alone(town: Town) -> None:
    talk = town.talk
    await talk.say("李强", "明天到周五请假")
    await talk.press("李强", "leave.candidate")
    (number,) = (await talk.rows(Leave.id))[0]
    for actor in [*OUTSIDERS, "赵敏", "孙丽", SELF]:
        letters = await talk.tap(actor, f"a:calloff:{number}")
        assert first(letters, actor) == ["access.denied"], actor
    assert first(await talk.tap(SELF, "a:moreleave"), SELF) == ["access.staff_only"]
    assert first(await talk.tap("李强", f"a:calloff:{number}"), "李强") == ["leave.off"]
    assert first(await talk.tap("李强", f"a:calloff:{number}"), "李强") == ["claim.over"]


async def test_a_stand_in_is_refused_by_her_alone_and_named_by_those_above(town: Town) -> None:
    talk = town.talk
    await talk.say("李强", "/leave")
    await talk.press("李强", "leave.days.quick.today")
    await talk.press("李强", "leave.candidate")
    (number,) = (await talk.rows(Leave.id))[0]
    for actor in [*OUTSIDERS, "李强", "孙丽", SELF]:
        letters = await talk.tap(actor, f"a:refuse:{number}")
        assert first(letters, actor) == ["access.denied"], actor
    letters = await talk.tap("赵敏", f"a:refuse:{number}")
    assert first(letters, "赵敏") == ["leave.refusal_taken"]
    rows = await talk.rows(Obligation.id, Obligation.kind)
    asked = next(row.id for row in rows if row.kind == Kind.LEAVE)
    for actor in [*OUTSIDERS, "李强", "赵敏", SELF]:
        letters = await talk.tap(actor, f"a:appoint:{asked}")
        assert first(letters, actor) == ["access.denied"], actor
    for actor in ("孙丽", "钱伟", "吴刚"):
        assert first(await talk.tap(actor, f"a:appoint:{asked}"), actor) == ["leave.appoint"]
    stranger = await talk.account("刘洋")
    assert stranger is not None
    letters = await talk.tap("孙丽", f"a:appoint:{asked}:{stranger.id}")
    assert first(letters, "孙丽") == ["leave.receiver_gone"]


async def test_a_correction_of_data_is_asked_by_those_who_answer_for_her(town: Town) -> None:
    people = await town.talk.rows(Person.id, Person.name)
    number = next(person.id for person in people if person.name == SUBJECT)
    for actor in [*OUTSIDERS, GUARDIAN]:
        letters = await town.talk.tap(actor, f"a:fixdata:{number}")
        assert first(letters, actor) == ["access.denied"], actor
    letters = await town.talk.tap(SELF, f"a:fixdata:{number}")
    assert first(letters, SELF) == ["mydata.correction_asked"]
    kinds = [row.kind for row in await town.talk.rows(Obligation.id, Obligation.kind)]
    assert kinds == [Kind.CONTACT]


async def test_between_two_checkins_she_reports_for_her_own_side_only(family: Town) -> None:
    people = await family.talk.rows(Person.id, Person.name)
    number = next(person.id for person in people if person.name == WARD)
    await family.owe(Deed("well", Kind.CHECKIN))
    for actor in [*OUTSIDERS, *TEAM, SELF]:
        letters = await family.talk.tap(actor, f"a:ill:{number}")
        assert first(letters, actor) == ["access.denied"], actor
    letters = await family.talk.tap(GUARDIAN, f"a:ill:{number}")
    assert "checkin.temperature.ask" in first(letters, GUARDIAN)


@pytest.mark.parametrize("verb", ["allwell", "rollcall"])
async def test_a_roll_call_is_of_her_own_people(town: Town, verb: str) -> None:
    await town.owe(Deed("well", Kind.CHECKIN))
    before = await town.state()
    for actor in [*OUTSIDERS, *TEAM, GUARDIAN]:
        letters = await town.talk.tap(actor, f"a:{verb}")
        assert first(letters, actor) == ["checkin.none"], actor
    assert await town.state() == before
    await town.talk.tap(SELF, f"a:{verb}")
    assert await town.state() != before


@pytest.mark.parametrize("deed", ["", ":call", ":staying", ":missed", ":back", ":past", ":end"])
async def test_a_record_of_one_away_is_her_teams_alone(town: Town, deed: str) -> None:
    people = await town.talk.rows(Person.id, Person.unit_id, Person.name)
    subject = next(person for person in people if person.name == SUBJECT)
    async with town.talk.db.write() as session:
        absence = Absence(
            person_id=subject.id,
            unit_id=subject.unit_id,
            place="深圳",
            intention=Intention.STAYING,
            promise=Promise.WORD,
            created_at=town.talk.now,
            created_by=1,
        )
        session.add(absence)
        await session.flush()
        number = absence.id
    before = await town.state()
    for actor in [*OUTSIDERS, SELF, GUARDIAN]:
        letters = await town.talk.tap(actor, f"a:away:{number}{deed}")
        assert first(letters, actor) == ["access.denied"], actor
    assert await town.state() == before
    for actor in TEAM:
        letters = await town.talk.tap(actor, f"a:away:{number}{deed}")
        assert first(letters, actor)[0] != "access.denied", actor


@pytest.mark.parametrize("person", [SELF, *OUTSIDERS])
@pytest.mark.parametrize(
    "verb", ["group", "groupposts", "groupgate", "groupnotice", "groupoff", "grouptopics"]
)
async def test_a_group_chat_is_touched_only_by_those_of_its_unit(
    talk: Talk, person: str, verb: str
) -> None:
    async with talk.db.write() as session:
        account = await session.scalar(select(Account).where(Account.chat == chat_of("李强")))
        unit = await session.scalar(select(Unit).where(Unit.name == "花园小区一网格"))
        assert account is not None
        assert unit is not None
        group = await enter(session, "phone:#群", "群", account, talk.now)
        group.unit_id, group.kind = unit.id, GroupKind.STAFF
        number = group.id
    rest = {"groupposts": ":numbers", "groupoff": ":yes"}.get(verb, "")
    letters = await talk.deliver(
        talk.event(person, kind="tap", data=f"a:{verb}:{number}{rest}", message_id="m1")
    )
    assert {letter.to for letter in letters} == {person}
    assert letters[0].keys[0] in ("access.denied", "access.staff_only")
    async with talk.db.read() as session:
        kept = await session.get_one(Group, number)
        assert (kept.unit_id, kept.posts, kept.left_at) == (unit.id, [], None)


async def _walked(town: Town) -> dict[str, str]:
    """李强 met nobody at one door; the buttons of that walk by their verbs."""
    await town.talk.say("李强", "/visit")
    seen: dict[str, str] = {}
    for verb in ("doors", "door", "other", "walk", "order"):
        seen |= await _buttons(town)
        await town.talk.tap("李强", seen[verb])
    await town.talk.tap("李强", seen["door"].replace("door", "seen") + ":absent")
    seen |= await _buttons(town)
    item = max(await town.talk.rows(Obligation.id, Obligation.kind))
    assert item.kind == Kind.VISIT
    grid = seen["walk"].rpartition(":")[2]
    return {**seen, "revisit": f"a:revisit:{item.id}", "grids": f"a:grids:{grid}"}


async def _buttons(town: Town) -> dict[str, str]:
    """Whatever 李强 was ever shown, the newest of each verb."""
    letters = [one for one in await town.talk.letters(0) if one.to == "李强"]
    return {data.split(":")[1]: data for letter in letters for data in letter.taps}


async def test_a_walk_is_for_those_who_answer_for_the_grid(town: Town) -> None:
    buttons = await _walked(town)
    mine = {"walk", "grids", "order", "shift", "storeys", "doors", "door", "seen", "other"}
    mine |= {"arrival", "sick"}
    assert {*mine, "when", "unvisit", "revisit"} <= buttons.keys()
    before = await town.state()
    for actor in [*OUTSIDERS, SELF, GUARDIAN]:
        for verb in (*mine, "when", "unvisit", "revisit", "slip"):
            answered = first(await town.talk.tap(actor, buttons[verb]), actor)
            assert answered == ["access.denied"], (actor, verb)
    # What she did herself nobody else takes back or appoints anew.
    for verb in ("when", "unvisit", "slip"):
        assert first(await town.talk.tap("赵敏", buttons[verb]), "赵敏") == ["access.denied"]
    assert await town.state() == before
    for verb in (*sorted(mine), "revisit", "when", "unvisit"):
        answered = first(await town.talk.tap("李强", buttons[verb]), "李强")
        assert not answered[0].startswith(("access.", "unknown.")), (verb, answered)
    for actor in TEAM:
        assert first(await town.talk.tap(actor, buttons["door"]), actor)[0].startswith("visits.")


async def test_a_slip_answers_for_its_door_and_shows_nothing_of_it(town: Town) -> None:
    """A token is for whoever has it; one that nobody was given opens nothing."""
    talk, made_up = town.talk, "abcdefgh23456789"
    before = await town.state()
    for verb in ("scanned", "slipwell", "slipreport", "slipcall"):
        answered = first(await talk.tap("路人", f"a:{verb}:{made_up}"), "路人")
        assert answered == ["unknown.button"], verb
        assert first(await talk.tap("路人", f"a:{verb}"), "路人") == ["unknown.button"], verb
    assert await town.state() == before
    await talk.tap("李强", (await _walked(town))["slip"])
    (poster,) = [m.poster for m in (one.message for one in await talk.letters(0)) if m.poster]
    for reader in ("路人", "刘洋", SELF):
        (shown,) = await talk.say(reader, f"/start {poster.start}")
        names = [person.name for person in await talk.rows(Person.name)]
        assert not any(name in str((shown.message, poster)) for name in names if name)
    told = await talk.tap("路人", f"a:slipwell:{poster.start}")
    assert first(told, "路人") == ["slip.thanks"]
    assert [one.to for one in told] == ["路人", "李强"]
    assert [row.found for row in await talk.rows(Visit.found)] == [Found.ABSENT, Found.TOLD]


@pytest.mark.parametrize("other", ["李强", "何平", "冯静", "王芳"])
async def test_a_sheet_is_for_whoever_dropped_it(town: Town, other: str) -> None:
    """Not even the administrator imports what somebody else has sent."""
    talk = town.talk
    await talk.deliver(talk.event("孙丽", kind="file", file="f", file_name="名册.xlsx"))
    async with talk.db.write() as session:
        job = await claim(session, talk.now, [IMPORT])
        assert job is not None
        await ask(session, job, job.task)
    for choice in ("go", "drop", "columns", "mean:0:phone"):
        (letter,) = await talk.tap(other, f"a:sheet:{job.id}:{choice}")
        assert letter.keys == ["sheet.over"]
    (letter,) = await talk.say(other, "/cancel")
    assert letter.keys == ["cancel.nothing"]
    async with talk.db.read() as session:
        assert await session.scalar(select(Job.state)) == JobState.ASKING


@pytest.mark.parametrize("deed", [":true", ":untrue", ":same", ":picture"])
async def test_a_tip_is_read_and_closed_by_its_units_team_alone(town: Town, deed: str) -> None:
    async with town.talk.db.write() as session:
        unit = (await session.scalars(select(Unit).where(Unit.name == "花园小区一网格"))).one()
        now = town.talk.now
        tips = [
            Tip(
                unit_id=unit.id,
                kind=TipKind.VENUE,
                anonymous=True,
                text="没扫码",
                photo="a-picture",
                seen_at=now,
                created_at=now,
            )
            for _ in range(2)
        ]
        session.add_all(tips)
        await session.flush()
        for tip in tips:
            await ask_to_check(session, tip, "花园", Rules(), now)
    found = await town.talk.rows(Obligation.id, Obligation.kind)
    number = next(row.id for row in found if row.kind == Kind.TIP)
    before = await town.state()
    for actor in [*OUTSIDERS, SELF, GUARDIAN]:
        letters = await town.talk.tap(actor, f"a:tip:{number}{deed}")
        assert first(letters, actor) == ["access.denied"], actor
    assert await town.state() == before
    letters = await town.talk.tap("李强", f"a:tip:{number}{deed}")
    assert first(letters, "李强")[0] in ("tip.closed", "tip.which", "tip.picture")


async def test_points_are_given_and_taken_by_staff_of_the_place_alone(town: Town) -> None:
    async with town.talk.db.write() as session:
        unit = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
        chen = (
            await session.scalars(select(Account).where(Account.chat == chat_of(GUARDIAN)))
        ).one()
        item = ShopItem(unit_id=unit.id, name="大米", price=80, created_at=town.talk.now)
        session.add(item)
        await session.flush()
        holder = Holder(chen.person_id)
        await award(session, "made", holder, 100, Reason.OTHER, unit.id, 1, town.talk.now)
        await ask_for(session, item, chen, town.talk.now)
        entry = await session.scalar(select(PointEntry.id))
        asked = await session.scalar(select(Redemption.id))
    before = await town.state()
    taps = (f"a:spend:{asked}", f"a:unpoint:{entry}:yes", f"a:shopoff:{item.id}")
    for actor in ["路人", "林志明", "刘洋", "何平", "高峰", ADMIN, SELF, GUARDIAN]:
        for tap in taps:
            assert first(await town.talk.tap(actor, tap), actor) == ["access.denied"], (actor, tap)
    for actor in ["路人", ADMIN, SELF, GUARDIAN]:
        for tap in ("a:merit", "a:shopadd"):
            (key,) = first(await town.talk.tap(actor, tap), actor)
            assert key in ("access.staff_only", "points.village_only")
    assert first(await town.talk.tap("林志明", f"a:want:{item.id}"), "林志明") == ["points.too_few"]
    assert first(await town.talk.tap("路人", f"a:want:{item.id}"), "路人") == ["points.no_item"]
    assert await town.state() == before


async def test_a_round_is_begun_and_ended_by_those_above_the_grid(town: Town) -> None:
    letters = await town.talk.say("孙丽", "/visit")
    begin = next(data for data in letters[-1].taps if data.startswith("a:newround:"))
    before = await town.state()
    for actor in [*OUTSIDERS, SELF, GUARDIAN, "李强"]:
        assert first(await town.talk.tap(actor, begin), actor) == ["access.denied"], actor
        assert first(await town.talk.tap(actor, "a:endround:r1"), actor) == ["access.denied"]
    assert await town.state() == before
    assert "newround.purpose.ask" in first(await town.talk.tap("孙丽", begin), "孙丽")


async def test_a_batch_is_answered_to_its_own_unit_and_those_above(town: Town) -> None:
    """The village has brought it: not to the grid whose worker has verified its people."""
    async with town.talk.db.write() as session:
        people = list(await session.scalars(select(Person)))
        person = next(one for one in people if one.name == SUBJECT)
        lead = await add_lead(session, person, town.talk.now)
        unit = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
        now = town.talk.now
        times = {"pushed_at": now, "due_at": now + timedelta(hours=1), "created_at": now}
        batch = Batch(channel=LeadSource.PUSHED, number="1", unit_id=unit.id, **times)
        session.add(batch)
        await session.flush()
        told = {"lead_id": lead.id, "channel": batch.channel, "batch_id": batch.id}
        session.add(Source(**told, purge_on=date(2022, 10, 1), **times))
    tap, before = f"a:answer:{batch.id}", await town.state()
    for actor in [*OUTSIDERS, SELF, GUARDIAN, "李强", "赵敏"]:
        assert first(await town.talk.tap(actor, tap), actor) == ["access.denied"], actor
    assert await town.state() == before
    for actor in ("李强", "何平"):
        assert first(await town.talk.say(actor, "/batches"), actor) == ["batches.none"]
    for actor in ("孙丽", "钱伟", "吴刚"):
        assert first(await town.talk.tap(actor, tap), actor) == ["batches.writing"]
        listed = first(await town.talk.say(actor, "/batches"), actor)
        assert listed == ["batches.title", "batches.line.open"]
