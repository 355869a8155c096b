"""A district's own rules: each can be shown, typed and refused; what is set is kept."""

from __future__ import annotations

from datetime import time

import pytest
from cases import unit_of
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.rules.form import read
from handlers.rules.views import groups, shown
from handlers.rules.views import listed as grouped
from models.messages import UserError
from models.rules import GROUPS, Rules, rules_of, set_rule


@pytest.mark.parametrize("name", Rules.model_fields)
def test_every_rule_can_be_typed_as_it_is_shown(name: str) -> None:
    value = getattr(Rules(), name)
    words = {True: "是", False: "否"}[value] if isinstance(value, bool) else str(shown(value))
    words = words if value != "" else "-"  # not set: that is shown in words, and typed so
    assert read(name, words) == value


def test_every_rule_stands_in_one_group_that_fits_below_a_message() -> None:
    listed = [name for names in GROUPS.values() for name in names]
    assert sorted(listed) == sorted(Rules.model_fields)
    for message in (groups("清河区"), *(grouped(code, Rules()) for code in GROUPS)):
        assert sum(map(len, message.rows)) <= 10


@pytest.mark.parametrize("text", ["", "晚些时候", "25:99", "DROP TABLE", "９９９９９９"])
def test_what_is_no_hour_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        read("cut_off", text)


async def test_a_rule_that_is_set_holds_and_leaves_the_others(session: AsyncSession) -> None:
    top = await unit_of(session, "清河区")
    top.settings = {"gone": 7}
    set_rule(top, "cut_off", time(18, 30))
    await session.flush()
    await session.refresh(top)
    assert rules_of(top).cut_off == time(18, 30)
    assert top.settings["gone"] == 7, "a rule of a newer program is not forgotten"
