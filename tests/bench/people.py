"""What everybody says in (a) and (b): answers to a self-report, and as many steps back.

Each is one plain step: state in, state out, a reply.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import locales
from handlers.engine.context import Context, Need, Option
from handlers.engine.draft import Draft
from handlers.engine.reply import Stepped
from handlers.engine.step import begin, step
from handlers.selfreport.form import SelfReport
from models import divisions
from models.messages import Inbound, Text, verbatim

CHANNEL = "bench"
AT_ONCE = 64
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
FIRST = "1"  # for herself: what brings her to the first question of the walk
ANSWERS = ("王芳", "13812345678", "510107199003071025", "成都武侯", "昨天下午3点", "高铁 G1234")
WALK = (*ANSWERS, *["返回"] * len(ANSWERS))


def chat(person: int) -> str:
    return f"{CHANNEL}:{person}"


def event(person: int, number: int, text: str) -> Inbound:
    return Inbound(
        CHANNEL, chat(person), str(number), "text", text=text, name="王芳", lang="zh-hans"
    )


def _say(text: Text) -> str:
    return locales.render("zh_Hans", text)


def _context(stepped: Stepped | None = None) -> Context:
    """The circumstances, with the options that a step has asked for."""
    if stepped is None or stepped.need is None:
        return Context(NOW, ZONE, _say)
    query = stepped.need.query
    found = divisions.search(query)
    options = [Option(place.label, verbatim(place.label), len(found) == 1) for place in found]
    return Context(NOW, ZONE, _say, {Need("divisions", query): options})


def answer(draft: Draft, inbound: Inbound) -> Stepped:
    """A step as a turn takes it, with its options resolved."""
    stepped = step(SelfReport, draft, inbound, _context())
    while stepped.need is not None:
        stepped = step(SelfReport, draft, inbound, _context(stepped))
    return stepped


def begun() -> Draft:
    """A draft that stands at the first question of the walk."""
    draft = begin(SelfReport, "n0nce", _context()).draft
    assert draft is not None, "a form begins with a question"
    draft = answer(draft, event(0, 0, FIRST)).draft
    assert draft is not None, "the first answer does not end it"
    return draft
