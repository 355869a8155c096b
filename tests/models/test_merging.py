"""Two rows become one: nothing refers to the lost one any more, in any table there is."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from cases import account_of, episode_of, lead_of, person_of, unit_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows import add_row
from sqlalchemy import (
    Column,
    Table,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from models import tables
from models.leads import Lead, LeadOutcome
from models.merging import keeper, merge, references
from models.messages import UserError
from models.people import Care, Household, Person, Residence, address_index, dump_care
from models.tenancies import Tenancy
from models.twins import Twins

PEOPLE = tables.metadata.tables["people"]


def person_columns() -> list[Column[Any]]:
    """What holds the id of a person, found without the program's help: by key, or by name."""
    found = []
    for table in tables.metadata.sorted_tables:
        for column in table.columns:
            keyed = any(key.column.table is PEOPLE for key in column.foreign_keys)
            named = column.name in ("person_id", "head_id", "resident_id", "patient_id")
            if keyed or named:
                found.append(column)
    return found


COLUMNS = person_columns()
FREE = [column for column in COLUMNS if column.table.name not in ("twins", "people", "households")]


def test_every_column_that_holds_a_person_is_known() -> None:
    assert set(references(tables.metadata.sorted_tables)) == set(COLUMNS)


async def mentions(session: AsyncSession, person_id: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for column in COLUMNS:
        query = select(func.count()).select_from(column.table).where(column == person_id)
        found[f"{column.table.name}.{column.name}"] = await session.scalar(query) or 0
    return +found


async def double(session: AsyncSession, of: Person, **told: Any) -> Person:
    """Another row of somebody, without papers."""
    facts = {"unit_id": of.unit_id, "name": of.name, "created_at": of.created_at, **told}
    person = Person(**facts)
    session.add(person)
    await session.flush()
    return person


def _stands_alone(column: Column[Any]) -> bool:
    """May a person have one such row only?"""
    table = column.table
    assert isinstance(table, Table)
    return any(index.unique and list(index.columns) == [column] for index in table.indexes)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(FREE), st.booleans()), max_size=12),
    st.booleans(),
)
async def test_no_table_remembers_the_lost_one(
    session: AsyncSession, now: datetime, rows: list[tuple[Column[Any], bool]], head: bool
) -> None:
    savepoint = await session.begin_nested()
    kept = await person_of(session, "陈小明")
    lost = await double(session, kept, household_id=kept.household_id)
    alone = {column for column, _ in rows if _stands_alone(column)}
    for column, hers in dict.fromkeys(rows) if alone else rows:
        ended = {"outcome": "released"} if column.table.name == "episodes" else {}
        await add_row(
            session, column.table, {column.name: lost.id if hers else kept.id, **ended}, now
        )
    if head:
        (await session.get_one(Household, kept.household_id)).head_id = lost.id
    await session.flush()
    before = await mentions(session, kept.id) + await mentions(session, lost.id)
    await merge(session, kept, lost, 1, now)
    assert await mentions(session, lost.id) == {}
    assert await session.get(Person, lost.id) is None
    after = await mentions(session, kept.id)
    # Whoever was known by a name behind a door is known by it from now on.
    assert after - before <= Counter({"known_as.person_id": 1})
    doubled = Counter({f"{c.table.name}.{c.name}": 1 for c in alone})
    assert before - after <= doubled
    assert head is (after["households.head_id"] > 0)
    await savepoint.rollback()


async def test_the_one_with_papers_stays_and_learns_what_the_other_knew(
    session: AsyncSession, now: datetime
) -> None:
    chen, worker = await person_of(session, "陈小明"), await account_of(session, "李强")
    chen.address = chen.household_id = chen.listed_at = None
    chen.care = dump_care([Care.CHILD])
    home = Household(
        unit_id=chen.unit_id, address="别处1号", address_index=address_index("别处1号")
    )
    session.add(home)
    await session.flush()
    lost = await double(
        session,
        chen,
        name="陈晓明",
        phone="13700000001",
        phone_index="x",
        address="别处1号",
        household_id=home.id,
        residence=Residence.TENANT,
        care=dump_care([Care.DISABLED]),
        listed_at=now,
        purge_on=now.date() + timedelta(days=900),
    )
    assert keeper(lost, chen) == (chen, lost)
    await merge(session, chen, lost, worker.id, now)
    assert (chen.name, chen.phone, chen.phone_index) == ("陈小明", "13700000001", "x")
    assert (chen.address, chen.household_id, chen.residence) == ("别处1号", home.id, "tenant")
    assert chen.groups == (Care.DISABLED, Care.CHILD)
    assert (chen.listed_at, chen.purge_on) == (now, now.date() + timedelta(days=900))


async def test_two_running_episodes_do_not_merge(session: AsyncSession, now: datetime) -> None:
    await episode_of(session, "陈建国", now)
    await episode_of(session, "林秀英", now)
    kept, lost = await person_of(session, "陈建国"), await person_of(session, "林秀英")
    with pytest.raises(UserError, match=r"twins\.both_observed"):
        await merge(session, kept, lost, 1, now)


async def test_two_leads_of_one_grid_become_one(session: AsyncSession, now: datetime) -> None:
    first = await lead_of(session, "陈建国", now)
    second = await lead_of(session, "林秀英", now)
    kept, lost = await person_of(session, "陈建国"), await person_of(session, "林秀英")
    worker = await account_of(session, "李强")
    second.claimed_by = worker.id
    await session.flush()
    await merge(session, kept, lost, worker.id, now)
    outcomes = await session.execute(
        select(Lead.id, Lead.outcome, Lead.person_id).order_by(Lead.id)
    )
    assert list(outcomes) == [
        (first.id, LeadOutcome.MERGED, kept.id),
        (second.id, None, kept.id),
    ]


async def test_one_tenancy_of_a_door_is_left(session: AsyncSession, now: datetime) -> None:
    kept = await person_of(session, "陈小明")
    lost = await double(session, kept, household_id=kept.household_id)
    for person, name in ((kept, None), (lost, "赵房东")):
        assert kept.household_id is not None
        session.add(
            Tenancy(person_id=person.id, household_id=kept.household_id, landlord_name=name)
        )
    await session.flush()
    await merge(session, kept, lost, 1, now)
    (rent,) = await session.scalars(select(Tenancy))
    assert (rent.person_id, rent.landlord_name) == (kept.id, "赵房东")


async def test_whom_the_lost_one_is_not_the_kept_one_is_not_either(
    session: AsyncSession, now: datetime
) -> None:
    kept = await person_of(session, "陈建国")
    lost, third, fourth = [await double(session, kept) for _ in range(3)]
    pairs = [(kept, lost, None), (kept, third, None), (lost, third, now), (lost, fourth, None)]
    for one, other, parted_at in pairs:
        session.add(Twins(first_id=one.id, second_id=other.id, found_at=now, parted_at=parted_at))
    await session.flush()
    await merge(session, kept, lost, 1, now)
    found = await session.execute(select(Twins.first_id, Twins.second_id, Twins.parted_at))
    assert set(found) == {(kept.id, third.id, now), (kept.id, fourth.id, None)}


async def test_whoever_stands_for_herself_is_nobodys_ward(
    session: AsyncSession, now: datetime
) -> None:
    account = await account_of(session, "陈建国")
    known = await person_of(session, "陈建国")
    child = await person_of(session, "陈小明")
    account.person_id = None
    bare = await double(session, child, guardian_id=None)
    account.person_id = bare.id
    await session.flush()
    assert child.guardian_id == account.id
    await merge(session, child, bare, 1, now)
    assert (child.guardian_id, known.guardian_id) == (None, None)


async def test_the_head_of_a_home_she_does_not_live_in_is_no_head(
    session: AsyncSession, now: datetime
) -> None:
    zhou, chen = await person_of(session, "周大山"), await person_of(session, "陈建国")
    home = await session.get_one(Household, zhou.household_id)
    zhou.id_number = zhou.id_index = zhou.id_kind = None
    await session.flush()
    await merge(session, chen, zhou, 1, now)
    await session.refresh(home)
    assert home.head_id is None
    assert (await unit_of(session, "花园小区一网格")).id == chen.unit_id
