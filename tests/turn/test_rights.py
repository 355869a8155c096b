"""Who may do what to whose record, through real taps: a table of deeds, actors and answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from cast import CHANNEL, PACKS, add_resident
from ledger import dump, facts, of
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from talk import ZONE, Read, Talk, add_lead

from handlers.features import registry
from models.episodes import Episode, EpisodeEnd
from models.inbox import Conversation
from models.leads import Lead
from models.obligations import Kind, Obligation, Outcome, oblige
from models.observation import close_episode, open_episode
from models.people import Person
from models.protocols import catalogue
from models.registers import Submission
from models.samples import Result, Sample
from models.units import Unit

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
    Deed("claim", Kind.VERIFY),
    Deed("verify", Kind.VERIFY),
]
# These show something and change nothing: told apart by the answer alone.
SHOWN = [
    Deed("card", Kind.CHECKIN, personal=True),
    Deed("card", Kind.ALERT, personal=True),
    Deed("card", Kind.VERIFY, personal=True),
    Deed("pending", Kind.RESULT, personal=True),
]
# Buttons that claim something else than an obligation, or nothing at all; each has a test of its
# own below, or in test_roles.py where it is a command's page.
OTHERS = {
    *("correct", "withdraw", "fixdata", "ill", "pack", "allwell", "rollcall"),
    *("menu", "go", "lang", "page", "digest", "overdue"),
}


def test_every_button_has_its_row() -> None:
    deeds = {deed.verb for deed in [*DEEDS, *SHOWN]}
    assert deeds | OTHERS == set(registry().actions)
    assert not deeds & OTHERS


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
                "facts": {"code": f"test:made:{self._made}", "day": 1, "cause": "fever"},
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
