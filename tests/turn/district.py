"""A district with everything in motion: each kind of duty open somewhere, cards on the phones.

In every grid lives somebody whose name, numbers and address stand nowhere else and whom nobody
ever types: whoever reads them in a message must have been shown them. Knows no chat.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cast import chat_of, settle
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from talk import ZONE, Talk, add_lead

from models.accounts import Account, Assignment, Invite, Role
from models.away import Absence, Intention, Promise
from models.batches import expect_answers
from models.cards import LIST_LENGTH
from models.crypto import one_way
from models.duty import Post, Shift
from models.entries import ROSTER_KEPT
from models.episodes import Episode
from models.identity import IdDocument, IdKind, mask_phone
from models.leads import Lead, LeadSource
from models.obligations import Kind, Obligation, Outcome, oblige
from models.observation import open_episode
from models.outbox import Delivery, OutboxRow
from models.people import Household, Person, address_index, id_index, phone_index
from models.points import Holder, Reason, Redemption, ShopItem, award
from models.protocols import catalogue
from models.reach import ask_contact
from models.rota import Watch, plan_shifts
from models.samples import Result, Sample, record_sampled
from models.sources import Batch, Source
from models.twins import Twins
from models.units import Unit
from models.volunteers import Volunteer
from scheduler.upkeep import plan_recurring


@dataclass(frozen=True, slots=True)
class Marked:
    """Somebody under observation, with a ward and a phone of her own."""

    unit: str
    ward: str
    number: str
    phone: str
    address: str

    def secrets(self) -> tuple[str, ...]:
        """What only those who may see her may read, as it stands in messages."""
        return (self.number, self.phone, mask_phone(self.phone), self.address, self.ward)


MARKED: Mapping[str, Marked] = {
    "邬秘一": Marked(
        "花园小区一网格", "邬幼一", "510107198001011016", "13770000001", "琉璃巷71号"
    ),
    "邬秘二": Marked(
        "花园小区二网格", "邬幼二", "510107198001011032", "13770000002", "琉璃巷72号"
    ),
    "邬秘三": Marked(
        "柳林村一网格", "邬幼三", "510107198001011059", "13770000003", "琉璃巷73号"
    ),
}  # fmt: skip
# What somebody may type after /start: each role once, one that is used, one that is too old.
INVITES: Mapping[str, Role] = {f"code-{role}": role for role in Role}
SHOWN_CODE = "00000077"
SPENT, EXPIRED = "code-spent", "code-expired"
NEW_WORKER = "13900000099"  # on the staff list, not signed in yet


async def prepare(talk: Talk) -> None:
    """Everything that the features know, open at once; then an hour passes."""
    async with talk.db.write() as session:
        await settle(session, talk.now)
        await _add_invites(session, talk.now)
        await _add_worker(session, talk.now)
        for name, marked in MARKED.items():
            await _add_marked(session, name, marked, talk.now)
        await _add_twin(session, talk.now)
        await _add_clan(session, talk.now)
        await plan_recurring(session, talk.now, ZONE)
    for name in ("王芳", "陈奶奶", "陈小明", "周涛"):
        await talk.observe(name, "spill-medium")
    for name, marked in MARKED.items():
        await _set_in_motion(talk, name, marked)
    await _on_duty(talk)
    await _report_coming(talk)
    async with talk.db.write() as session:
        await _send_away(session, talk.now)
        await _open_shop(session, talk.now)
        await _enlist(session, talk.now)
    await talk.pass_time(timedelta(hours=1))
    async with talk.db.write() as session:
        await session.execute(update(OutboxRow).values(state=Delivery.SENT, sent_at=talk.now))


async def _open_shop(session: AsyncSession, now: datetime) -> None:
    """A shop, somebody with points, and the code that she shows there."""
    village = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
    chat = Account.chat == chat_of("陈建国")
    account = (await session.scalars(select(Account).where(chat))).one()
    item = ShopItem(unit_id=village.id, name="大米", price=80, created_at=now)
    session.add(item)
    await session.flush()
    holder = Holder(account.person_id)
    await award(session, "made", holder, 1000, Reason.CONTEST, village.id, 1, now)
    session.add(
        Redemption(
            code_hash=one_way(SHOWN_CODE),
            item_id=item.id,
            unit_id=village.id,
            price=item.price,
            account_id=account.id,
            person_id=account.person_id,
            expires_at=now + timedelta(days=400),
        )
    )


async def _enlist(session: AsyncSession, now: datetime) -> None:
    """More than a page of volunteers; none of them has a phone."""
    grid = (await session.scalars(select(Unit).where(Unit.name == "花园小区一网格"))).one()
    for n in range(9):
        told = {"skills": ["order"], "days": ["sun"], "parts": ["evening"]}
        session.add(Volunteer(unit_id=grid.id, name=f"热心{n}", offered_at=now, **told))


async def _send_away(session: AsyncSession, now: datetime) -> None:
    """Everybody on record is away as well: more than a page of them, each in her grid."""
    people = list(await session.scalars(select(Person)))
    session.add_all(
        Absence(
            person_id=person.id,
            unit_id=person.unit_id,
            place="琉璃",
            intention=Intention.UNDECIDED,
            promise=Promise.WORD,
            created_at=now,
            created_by=1,
        )
        for person in people
    )


async def _add_invites(session: AsyncSession, now: datetime) -> None:
    units = {unit.name: unit.id for unit in await session.scalars(select(Unit))}
    good = now + timedelta(days=400)
    codes = [(code, role, good, None) for code, role in INVITES.items()]
    codes += [(SPENT, Role.TOWNSHIP, good, now), (EXPIRED, Role.TOWNSHIP, now, None)]
    for code, role, expires_at, used_at in codes:
        unit_id = units["柳林乡" if role != Role.ADMIN else "清河区"]
        session.add(
            Invite(
                code_hash=one_way(code),
                role=role,
                unit_id=unit_id,
                expires_at=expires_at,
                used_at=used_at,
            )
        )


async def _add_worker(session: AsyncSession, now: datetime) -> None:
    unit = (await session.scalars(select(Unit).where(Unit.name == "花园小区二网格"))).one()
    session.add(
        Assignment(
            role=Role.GRID_WORKER,
            unit_id=unit.id,
            name="新来",
            phone=NEW_WORKER,
            phone_index=phone_index(NEW_WORKER),
            since_at=now,
        )
    )


async def _add_marked(session: AsyncSession, name: str, marked: Marked, now: datetime) -> None:
    unit = (await session.scalars(select(Unit).where(Unit.name == marked.unit))).one()
    document = IdDocument(kind=IdKind.RESIDENT, number=marked.number)
    home = Household(
        unit_id=unit.id, address=marked.address, address_index=address_index(marked.address)
    )
    session.add(home)
    await session.flush()
    common: dict[str, Any] = {
        "unit_id": unit.id,
        "household_id": home.id,
        "address": marked.address,
        "created_at": now,
    }
    person = Person(
        **common,
        name=name,
        phone=marked.phone,
        phone_index=phone_index(marked.phone),
        id_kind=document.kind,
        id_number=document.number,
        id_index=id_index(document),
    )
    session.add(person)
    await session.flush()
    account = Account(chat=chat_of(name), name=name, person_id=person.id, created_at=now)
    session.add(account)
    await session.flush()
    home.head_id = person.id
    session.add(Person(**common, name=marked.ward, guardian_id=account.id))


async def _add_twin(session: AsyncSession, now: datetime) -> None:
    """Somebody without papers who may be one of the cast."""
    known = next(p for p in await session.scalars(select(Person)) if p.name == "陈建国")
    home = {"unit_id": known.unit_id, "household_id": known.household_id, "listed_at": now}
    twin = Person(**home, name="陈健国", address=known.address, created_at=now)
    session.add(twin)
    await session.flush()
    session.add(Twins(first_id=known.id, second_id=twin.id, found_at=now))


async def _add_clan(session: AsyncSession, now: datetime) -> None:
    """More people of one name than are shown at once."""
    village = (await session.scalars(select(Unit).where(Unit.name == "柳林村一网格"))).one()
    names = [f"欧{word}" for word in "阳兰江河湖海山川林"]
    listed = {"created_at": now, "listed_at": now, "purge_on": (now + ROSTER_KEPT).date()}
    session.add_all(Person(unit_id=village.id, name=name, **listed) for name in names)


async def _set_in_motion(talk: Talk, name: str, marked: Marked) -> None:
    """Of each kind of duty one; the ward is at the end of her observation."""
    now = talk.now
    async with talk.db.write() as session:
        people = {p.name: p for p in await session.scalars(select(Person))}
        person, ward = people[name], people[marked.ward]
        worker = await session.scalar(select(Account.id).where(Account.chat == chat_of("李强")))
        assert worker is not None, "the worker is of the cast"
        episode = await _observe(session, person, "spill-medium", date(2022, 7, 3), worker, now)
        await _tested(session, episode, worker, now)
        ending = await _observe(session, ward, "spill-low", date(2022, 6, 1), worker, now)
        await session.execute(
            update(Obligation)
            .where(Obligation.episode_id == ending.id, Obligation.kind == Kind.TEST)
            .values(outcome=Outcome.WAIVED)
        )
        session.add(_negative(ending, worker, now))
        lead = await add_lead_with_duty(session, person, now)
        if marked.unit == "花园小区一网格":
            await _push(session, lead, now)
        for kind in (Kind.ALERT, Kind.CALL, Kind.TASK):
            await oblige(session, [_duty(kind, episode, now)])
        await ask_contact(session, "correction", person, now)


async def _observe(
    session: AsyncSession, person: Person, category: str, anchor: date, by: int, now: datetime
) -> Episode:
    lead = await add_lead(session, person, now)
    pack = catalogue.get("cn-covid-v9")
    return await open_episode(session, lead, person, pack, category, anchor, by, now, ZONE)


async def _tested(session: AsyncSession, episode: Episode, by: int, now: datetime) -> None:
    """Sampled yesterday, the result is awaited; its picture lies behind the alert."""
    tests = await session.scalars(
        select(Obligation)
        .where(Obligation.episode_id == episode.id, Obligation.kind == Kind.TEST)
        .order_by(Obligation.due_at)
    )
    first = tests.first()
    assert first is not None, "the category has tests"
    sample = await record_sampled(session, first, by, now)
    sample.photo = "picture-of-a-result"


def _negative(episode: Episode, by: int, now: datetime) -> Sample:
    return Sample(
        episode_id=episode.id,
        person_id=episode.person_id,
        code="test:arrival",
        sampled_at=now,
        result=Result.NEGATIVE,
        resulted_at=now,
        reported_by=by,
    )


async def add_lead_with_duty(session: AsyncSession, person: Person, now: datetime) -> Lead:
    """A lead that waits for its worker."""
    lead = await add_lead(session, person, now)
    row = {
        "key": f"verify:lead{lead.id}",
        "kind": Kind.VERIFY,
        "unit_id": person.unit_id,
        "person_id": person.id,
        "lead_id": lead.id,
        "opens_at": now,
        "due_at": now + timedelta(hours=2),
    }
    await oblige(session, [row])
    return lead


async def _push(session: AsyncSession, lead: Lead, now: datetime) -> None:
    """More than a page of lists have named her, all brought by the village."""
    village = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
    times = {"pushed_at": now, "due_at": now + timedelta(hours=2), "created_at": now}
    batches = [
        Batch(channel=LeadSource.PUSHED, number=str(number), unit_id=village.id, **times)
        for number in range(LIST_LENGTH + 1)
    ]
    session.add_all(batches)
    await session.flush()
    sources = [
        Source(
            lead_id=lead.id,
            channel=LeadSource.PUSHED,
            batch_id=batch.id,
            purge_on=lead.purge_on,
            **times,
        )
        for batch in batches
    ]
    session.add_all(sources)
    await session.flush()
    await expect_answers(session, sources, now)


def _duty(kind: Kind, episode: Episode, now: datetime) -> dict[str, Any]:
    return {
        "key": f"{kind}:marked:ep{episode.id}",
        "kind": kind,
        "unit_id": episode.unit_id,
        "person_id": episode.person_id,
        "episode_id": episode.id,
        "opens_at": now,
        "due_at": now + timedelta(hours=2),
        "facts": {"day": 1} | ({"cause": "positive"} if kind == Kind.ALERT else {}),
        "detail": json.dumps({"code": "test:d1", "day": 1}),
    }


async def _on_duty(talk: Talk) -> None:
    """Two shifts that begin soon: at a post that asks for her place, and at one that does not.
    Somebody before her has left a note."""
    now = talk.now
    async with talk.db.write() as session:
        village = (await session.scalars(select(Unit).where(Unit.name == "花园社区"))).one()
        account = select(Account.id).where(Account.chat == chat_of("李强")).scalar_subquery()
        held = select(Assignment).where(Assignment.account_id == account)
        staff = (await session.scalars(held)).one()
        gate = {"latitude": 30.57, "longitude": 104.06, "located": True}
        posts = [Post(name="东门", **gate), Post(name="值班室", nightly=True)]
        for post in posts:
            post.unit_id, post.created_at = village.id, now
        session.add_all(posts)
        await session.flush()
        starts = now + timedelta(hours=1)
        watches = [Watch(post, staff, starts, starts + timedelta(hours=8)) for post in posts]
        await plan_shifts(session, watches, now, ZONE)
        times = {"since_at": now - timedelta(hours=8), "until_at": now, "due_at": now}
        before = Shift(post_id=posts[1].id, unit_id=village.id, note="钥匙在抽屉里", **times)
        before.signed_in_at, before.signed_out_at = times["since_at"], now
        session.add(before)


async def _report_coming(talk: Talk) -> None:
    """A resident who is not known yet reports herself: a lead with an account behind it."""
    for said in (
        "/start gate-qh010101",
        "1",
        "林志明 440306199205184016",
        "13812345681",
        "成都武侯",
        "1",
        "高铁 G1234",
        "花园小区1栋1单元102",
        "1",
    ):
        await talk.say("林志明", said)
