"""Two rows become one person: what either knows is kept, every reference moves, nobody else's does.

What refers to people is read from the declarations of all tables, so that a new one cannot be
forgotten: a foreign key, or a column with `info={"of": "people"}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    and_,
    delete,
    exists,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account
from models.audit import AuditRow
from models.away import join_absences
from models.base import Base
from models.episodes import Episode
from models.leads import Lead, LeadOutcome
from models.messages import UserError
from models.people import Household, KnownAs, Person, door_mark, dump_care
from models.registers import Submission
from models.statements import insert_new
from models.tenancies import Tenancy
from models.twins import Twins
from models.units import villages
from models.verification import close_lead

MERGED = "people.merged"  # in the audit, about the one who stays; `lost` is the other's id
_TOLD = ("phone", "phone_index", "address", "household_id", "guardian_id", "residence")


def keeper(one: Person, other: Person) -> tuple[Person, Person]:
    """Who stays and who goes: papers before none, the roster before a report, the older row."""
    first, second = sorted(
        (one, other),
        key=lambda p: (p.id_number is None, p.listed_at is None, p.id),
    )
    return first, second


async def merge(
    session: AsyncSession, kept: Person, lost: Person, by: int, now: datetime
) -> dict[str, int]:
    """Make them one; how many rows moved, by "table.column".

    Raises UserError(twins.both_observed): two plans of check-ins cannot become one by themselves.
    """
    await _refuse_two_episodes(session, kept, lost)
    _fill(kept, lost)
    await remember(session, lost, of=kept)
    await _settle_pairs(session, kept.id, lost.id)
    await _leave_home(session, kept, lost)
    await join_absences(session, kept.id, lost.id, by, now)
    moved = {}
    for column in references(Base.metadata.sorted_tables):
        if column.table.name != Twins.__tablename__:
            moved[f"{column.table.name}.{column.name}"] = await _move(
                session, column, kept.id, lost.id
            )
    await _answer_for_herself(session, kept)
    await _rewrite_contexts(session, kept.id, lost.id)
    await session.execute(delete(Person).where(Person.id == lost.id))
    session.expunge(lost)
    await _join_leads(session, kept.id, by, now)
    await _join_tenancies(session, kept.id)
    return {name: n for name, n in moved.items() if n}


def references(tables: list[Table]) -> Iterator[Column[Any]]:
    """Every column that holds the id of a person."""
    for table in tables:
        for column in table.columns:
            named = any(key.column is Person.__table__.c.id for key in column.foreign_keys)
            if named or column.info.get("of") == "people":
                yield column


async def remember(session: AsyncSession, told: Person, of: Person) -> None:
    """A list that comes again may name `told` as before: it means this person."""
    marks = await _marks(session, told)
    await session.flush()
    await insert_new(session, KnownAs, [{"mark": mark, "person_id": of.id} for mark in marks])


async def unlearn(session: AsyncSession, person: Person) -> None:
    """She stands in the roster under her own name again."""
    await session.execute(delete(KnownAs).where(KnownAs.mark.in_(await _marks(session, person))))


async def _marks(session: AsyncSession, told: Person) -> list[str]:
    """What a list knows somebody by: her document, else her name behind her door."""
    if told.id_index or not told.address:
        return [told.id_index] if told.id_index else []
    unit = (await villages(session))[told.unit_id]
    return [door_mark(unit, told.name, told.address)]


async def former_ids(session: AsyncSession, person_id: int) -> list[int]:
    """The ids of the rows that became one with her: the audit knows her by them."""
    found: list[int] = []
    waiting = [person_id]
    while waiting:
        merged = await session.scalars(
            select(AuditRow.facts).where(
                AuditRow.subject == f"person:{waiting.pop()}", AuditRow.action == MERGED
            )
        )
        lost = [int(facts["lost"]) for facts in merged]
        found += lost
        waiting += lost
    return found


async def _refuse_two_episodes(session: AsyncSession, kept: Person, lost: Person) -> None:
    running = await session.execute(
        select(Episode.person_id, Episode.ends_on).where(
            Episode.person_id.in_((kept.id, lost.id)), Episode.outcome.is_(None)
        )
    )
    ends: dict[int, date] = dict(running.all())
    if len(ends) == 2:
        raise UserError("twins.both_observed", name=kept.name, until=max(ends.values()))


def _fill(kept: Person, lost: Person) -> None:
    """What she lacks is taken from the other."""
    for field in _TOLD:
        if getattr(kept, field) is None:
            setattr(kept, field, getattr(lost, field))
    if lost.listed_at is not None:
        kept.listed_at = min(kept.listed_at or lost.listed_at, lost.listed_at)
    if lost.purge_on is not None:
        kept.purge_on = max(kept.purge_on or lost.purge_on, lost.purge_on)
    kept.care = dump_care((*kept.groups, *lost.groups))


async def _settle_pairs(session: AsyncSession, kept: int, lost: int) -> None:
    """Whom the lost one may be, the kept one may be too; whom she is not, neither is."""
    hers = or_(Twins.first_id == lost, Twins.second_id == lost)
    found = list(await session.scalars(select(Twins).where(hers).order_by(Twins.id)))
    theirs = or_(Twins.first_id == kept, Twins.second_id == kept)
    known = {
        (pair.first_id, pair.second_id): pair
        for pair in await session.scalars(select(Twins).where(theirs))
    }
    for pair in found:
        other = pair.second_id if pair.first_id == lost else pair.first_id
        ends = (min(kept, other), max(kept, other))
        before = known.get(ends)
        if other == kept or before is not None:
            if before is not None and other != kept and before.parted_at is None:
                before.parted_at, before.parted_by = pair.parted_at, pair.parted_by
            await session.delete(pair)
        else:
            pair.first_id, pair.second_id = ends
    await session.flush()


async def _leave_home(session: AsyncSession, kept: Person, lost: Person) -> None:
    """Of a household in which she does not live she is no head."""
    if lost.household_id != kept.household_id:
        await session.execute(
            update(Household).where(Household.head_id == lost.id).values(head_id=None)
        )


async def _move(session: AsyncSession, column: Column[Any], kept: int, lost: int) -> int:
    """Point a column's rows to the one who stays; a row that she has already goes."""
    table = column.table
    assert isinstance(table, Table), "a column of a declared table"
    for others, among in _unique_with(table, column):
        same = table.alias()
        hers = and_(same.c[column.name] == kept, *(same.c[o.name] == o for o in others), among)
        twice = exists(select(1).select_from(same).where(hers))
        await session.execute(delete(table).where(column == lost, among, twice))
    done: Any = await session.execute(
        update(table).where(column == lost).values({column.name: kept})
    )
    return int(done.rowcount)


def _unique_with(
    table: Table, column: Column[Any]
) -> Iterator[tuple[list[Column[Any]], ColumnElement[bool]]]:
    """The other columns of each unique key that the column is part of, and the rows that the key
    is limited to."""
    kinds = (UniqueConstraint, PrimaryKeyConstraint)
    keys = [(list(c.columns), true()) for c in table.constraints if isinstance(c, kinds)]
    for index in table.indexes:
        if index.unique:
            limit = index.dialect_options["sqlite"]["where"]
            keys.append((list(index.columns), true() if limit is None else limit))
    for key, among in keys:
        if any(one is column for one in key):
            yield [one for one in key if one is not column], among


async def _answer_for_herself(session: AsyncSession, kept: Person) -> None:
    """Whoever answered for the row without a phone may be she herself."""
    if kept.guardian_id is not None:
        own = await session.scalar(select(Account.person_id).where(Account.id == kept.guardian_id))
        if own == kept.id:
            kept.guardian_id = None


async def _rewrite_contexts(session: AsyncSession, kept: int, lost: int) -> None:
    """A form that was begun with her can still be corrected."""
    for row in await session.scalars(select(Submission).where(Submission.person_id == kept)):
        if row.context.get("person") == lost:
            row.context = {**row.context, "person": kept}


async def _join_leads(session: AsyncSession, person_id: int, by: int, now: datetime) -> None:
    """Report once, count once: of her open leads in a unit the one that somebody has claimed, else
    the oldest, stays."""
    found = await session.scalars(
        select(Lead)
        .where(Lead.person_id == person_id, Lead.outcome.is_(None))
        .order_by(Lead.claimed_by.is_(None), Lead.id)
        .execution_options(populate_existing=True)
    )
    kept: set[int] = set()
    for lead in list(found):
        if lead.unit_id in kept:
            await close_lead(session, lead, LeadOutcome.MERGED, by, now)
        kept.add(lead.unit_id)


async def _join_tenancies(session: AsyncSession, person_id: int) -> None:
    """One running tenancy of a door."""
    found = await session.scalars(
        select(Tenancy)
        .where(Tenancy.person_id == person_id, Tenancy.until_on.is_(None))
        .order_by(Tenancy.id)
        .execution_options(populate_existing=True)
    )
    first: dict[int, Tenancy] = {}
    for tenancy in list(found):
        stays = first.setdefault(tenancy.household_id, tenancy)
        if stays is not tenancy:
            stays.since_on = stays.since_on or tenancy.since_on
            stays.landlord_name = stays.landlord_name or tenancy.landlord_name
            stays.landlord_phone = stays.landlord_phone or tenancy.landlord_phone
            await session.delete(tenancy)
