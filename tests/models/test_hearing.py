"""Hours in which a supervisor hears of alerts: across midnight, the whole day, never too short."""

from __future__ import annotations

from datetime import datetime, time

import pytest
from cases import ZONE, account_of
from sqlalchemy.ext.asyncio import AsyncSession

from models.hearing import Hearing, choose, length
from models.messages import UserError


def at(hour: int, day: int = 4) -> datetime:
    return datetime(2022, 7, day, hour, tzinfo=ZONE)


def heard(since: int, until: int, *causes: str) -> Hearing:
    return Hearing(account_id=1, since=time(since), until=time(until), causes=list(causes))


@pytest.mark.parametrize(
    ("since", "until", "now", "begins"),
    [
        (7, 22, at(7), None),
        (7, 22, at(21), None),
        (7, 22, at(22), at(7, 5)),
        (7, 22, at(3), at(7)),
        (22, 6, at(23), None),
        (22, 6, at(5), None),
        (22, 6, at(6), at(22)),
        (0, 0, at(3), None),
    ],
)
def test_what_falls_outside_her_hours_waits_for_their_beginning(
    since: int, until: int, now: datetime, begins: datetime | None
) -> None:
    assert heard(since, until, "fever").waits_until("fever", now, ZONE) == begins


def test_a_positive_result_is_never_put_off_and_never_only_listed() -> None:
    choice = heard(7, 22)
    assert choice.waits_until("positive", at(3), ZONE) is None
    assert not choice.listed("positive")
    assert choice.listed("fever")


@pytest.mark.parametrize(("since", "until", "hours"), [(7, 22, 15), (22, 6, 8), (9, 9, 24)])
def test_hours_are_as_long_as_they_look(since: int, until: int, hours: int) -> None:
    assert length(time(since), time(until)) == hours * 60


async def test_nobody_hears_for_fewer_hours_than_her_district_asks(session: AsyncSession) -> None:
    account = (await account_of(session, "孙丽")).id
    with pytest.raises(UserError):
        await choose(session, account, time(7), time(14), ["fever"], 8)
    chosen = await choose(session, account, time(7), time(15), ["fever", "positive"], 8)
    assert chosen.causes == ["fever"]
