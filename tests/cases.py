"""Cases of the cast: leads, episodes and single duties, made in a line each for tests of the rules.

Knows the models and the cast, no chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from cast import RESIDENTS, UNITS, chat_of, settle
from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import tables
from models.access import actor_of
from models.accounts import Account, Assignment
from models.actors import Actor
from models.clock import local_day
from models.duty import Post, Shift
from models.episodes import Episode
from models.identity import IdDocument, IdKind
from models.leads import Lead
from models.messages import Outbound, Text, load_outbound
from models.obligations import Kind, Nudge, Obligation, by_key, oblige
from models.observation import open_episode
from models.outbox import OutboxRow
from models.people import Person, person_by_document
from models.protocols import catalogue
from models.rota import Watch, plan_shifts
from models.units import Unit, unit_by_code
from models.verification import Report, open_lead, remember_person

ZONE = ZoneInfo("Asia/Shanghai")
Rows: TypeAlias = list[dict[str, Any]]
_settled: dict[datetime, list[tuple[Table, Rows]]] = {}


async def settle_cast(session: AsyncSession, now: datetime) -> None:
    """`cast.settle`, done step by step once a run and as a few bulk inserts from then on."""
    if now not in _settled:
        await settle(session, now)
        await session.flush()
        _settled[now] = [
            (table, found)
            for table in tables.metadata.sorted_tables
            if (found := await _rows(session, table))
        ]
        return
    for table, rows in _settled[now]:
        await session.execute(insert(table), rows)
    if session.get_bind().dialect.name == "postgresql":
        last = [
            func.setval(func.pg_get_serial_sequence(table.name, "id"), rows[-1]["id"])
            for table, rows in _settled[now]
        ]
        await session.execute(select(*last))


async def _rows(session: AsyncSession, table: Table) -> Rows:
    """In the order in which they were made: a unit stands after the one above it."""
    found = await session.execute(select(table).order_by(*table.primary_key.columns))
    return [dict(row) for row in found.mappings()]


async def unit_of(session: AsyncSession, name: str) -> Unit:
    found = await unit_by_code(session, UNITS[name][0])
    assert found is not None
    return found


async def account_of(session: AsyncSession, name: str) -> Account:
    return (
        await session.execute(select(Account).where(Account.chat == chat_of(name)))
    ).scalar_one()


async def actor(session: AsyncSession, name: str, now: datetime) -> Actor:
    return await actor_of(session, await account_of(session, name), now)


def document_of(name: str) -> IdDocument:
    return IdDocument(kind=IdKind.RESIDENT, number=RESIDENTS[name].number)


async def person_of(session: AsyncSession, name: str) -> Person:
    found = await person_by_document(session, document_of(name))
    assert found is not None
    return found


async def report_of(session: AsyncSession, who: str, at: datetime, **changes: Any) -> Report:
    """What a resident of the cast tells about herself, arriving at `at`."""
    resident = RESIDENTS[who]
    told: dict[str, Any] = {
        "name": who,
        "phone": resident.phone or None,
        "document": document_of(who),
        "address": resident.address,
        "origin": "上海市",
        "transport": "train G1234",
        "expected_at": at,
        "unit_id": (await unit_of(session, resident.unit)).id,
    }
    return Report(**{**told, **changes})


async def lead_of(
    session: AsyncSession,
    name: str,
    now: datetime,
    *,
    by: str = "李强",
    at: datetime | None = None,
    **changes: Any,
) -> Lead:
    """A resident's own report, with the account from which she wrote it."""
    report = await report_of(session, name, at or now, **changes)
    person, _ = await remember_person(session, report, now)
    reporter = await account_of(session, by)
    lead, _ = await open_lead(session, report, person, reporter.id, None, now, ZONE)
    return lead


async def episode_of(
    session: AsyncSession,
    name: str,
    now: datetime,
    *,
    pack: str = "cn-covid-v9",
    category: str = "spill-low",
    anchor_on: date | None = None,
    **changes: Any,
) -> Episode:
    """Observation whose first day is today, unless an anchor is given."""
    lead = await lead_of(session, name, now, **changes)
    person = await person_of(session, name)
    worker = await account_of(session, "李强")
    begun = anchor_on or local_day(now, ZONE) - timedelta(days=1)
    chosen = catalogue.get(pack)
    return await open_episode(session, lead, person, chosen, category, begun, worker.id, now, ZONE)


async def duty(
    session: AsyncSession,
    key: str,
    now: datetime,
    *,
    kind: Kind = Kind.CHECKIN,
    unit: str = "花园小区一网格",
    within: timedelta = timedelta(hours=2),
    **columns: Any,
) -> Obligation:
    """One obligation that opens now."""
    row = {"key": key, "kind": kind, "unit_id": (await unit_of(session, unit)).id}
    await oblige(session, [{**row, "opens_at": now, "due_at": now + within, **columns}])
    found = await by_key(session, key)
    assert found is not None
    return found


async def manned(
    session: AsyncSession,
    since_at: datetime,
    now: datetime,
    *,
    by: str = "李强",
    unit: str = "花园社区",
    hours: int = 8,
    **columns: Any,
) -> Shift:
    """A post with one shift on the rota."""
    owner = await unit_of(session, unit)
    post = Post(**{"unit_id": owner.id, "name": "东门卡口", "created_at": now, **columns})
    session.add(post)
    await session.flush()
    return await watch(session, post, since_at, now, by=by, hours=hours)


async def watch(
    session: AsyncSession,
    post: Post,
    since_at: datetime,
    now: datetime,
    *,
    by: str = "李强",
    hours: int = 8,
) -> Shift:
    """One more shift at a post."""
    staff = await staff_of(session, by)
    until_at = since_at + timedelta(hours=hours)
    (made,) = await plan_shifts(session, [Watch(post, staff, since_at, until_at)], now, ZONE)
    assert made is not None
    return made


async def staff_of(session: AsyncSession, name: str) -> Assignment:
    """The place of one of the cast on the staff list."""
    account = await account_of(session, name)
    return (
        await session.execute(select(Assignment).where(Assignment.account_id == account.id))
    ).scalar_one()


async def duties_of(session: AsyncSession, episode: Episode, *kinds: Kind) -> list[Obligation]:
    """Everything ever due in an episode, by the hour."""
    found = await session.scalars(
        select(Obligation)
        .where(Obligation.episode_id == episode.id)
        .order_by(Obligation.due_at, Obligation.id)
        .execution_options(populate_existing=True)
    )
    return [item for item in found if not kinds or item.kind in kinds]


async def accounts_for(session: AsyncSession, names: Sequence[str], now: datetime) -> None:
    """Give residents phones: an account each that speaks for herself."""
    for name in names:
        person = await person_of(session, name)
        session.add(Account(chat=chat_of(name), created_at=now, person_id=person.id))
    await session.flush()


async def letters(session: AsyncSession, name: str = "") -> list[Outbound]:
    """What was put into the outbox, for one of the cast or for all, in order."""
    query = select(OutboxRow).order_by(OutboxRow.id)
    if name:
        query = query.where(OutboxRow.account_id == (await account_of(session, name)).id)
    return [load_outbound(row.payload) for row in await session.scalars(query)]


async def heads(session: AsyncSession, name: str = "") -> list[str]:
    """The word keys that letters begin with."""
    return [letter.lines[0].key for letter in await letters(session, name)]


async def proofs(session: AsyncSession, key: str) -> list[tuple[int, str, str | None]]:
    """Rung, audience and why nobody was told, of one obligation, in order."""
    found = await session.execute(
        select(Nudge.rung, Nudge.audience, Nudge.skipped)
        .join(Obligation, Obligation.id == Nudge.obligation_id)
        .where(Obligation.key == key)
        .order_by(Nudge.id)
    )
    return [(rung, audience, skipped) for rung, audience, skipped in found]


def words(message: Outbound) -> list[Text]:
    """Every word of a message: its paragraphs and its buttons."""
    return [*message.lines, *(button.label for row in message.rows for button in row)]
