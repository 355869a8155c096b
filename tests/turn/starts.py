"""Where a conversation may stand before anything can happen: every question of every form, every
command and every button, reached by somebody who does it right.

A play is one person's lines: what she types, or in brackets what she taps (the beginning or the
end of a button's data, on her newest button that has it) or sends. "@26h" lets time pass, "name> "
before a line gives it to somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import wraps
from typing import Any

from cast import RESIDENTS, chat_of, phone_of
from crowd import Crowd
from district import MARKED, NEW_WORKER
from ledger import of

from handlers.engine.frame import sub_plan
from handlers.engine.lists import ListQuestion
from handlers.engine.plan import Plan, plan
from handlers.features import registry
from handlers.registry import Registry
from models import crypto


@dataclass(frozen=True, slots=True)
class Play:
    person: str
    lines: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{self.person}: {' '.join(self.lines)}"


# -- the forms, each to its last line --------------------------------------------------------------

_WELL_TOLD = ("成都武侯", "刚到", "高铁 G1234", "琉璃大街5号")
FORMS = (
    Play("路人", ("/start gate-qh", "2", "高建军", "13600000001", "510107197702146090",
                *_WELL_TOLD, "1", "[.submit]")),
    Play("路人", ("/report", "1", "高建军", "[own contact]", "510107197702146090",
                *_WELL_TOLD, "1", "[.submit]")),
    Play("王芳", ("[a:measure:]", "38.5", "[.+:cough]", "[.done]")),
    Play("陈建国", ("[a:rollcall]", "1", "38.5", "1", "[.done]")),
    Play("王芳", ("[a:result:]", "1", "[photo]")),
    Play("李强", ("[a:verify:]", "1", "密接的密接", "今天", "是", "[.submit]")),
    Play("冯静", ("/invite", "2", "QH010101")),
    Play("冯静", ("/gate", "QH010101")),
)  # fmt: skip

# -- everything else that a hand can do ------------------------------------------------------------

_REPORTED = FORMS[1].lines
_WORKERS, _SUPERVISORS = ("李强", "刘洋"), ("孙丽", "何平", "钱伟", "高峰")
_LEADS = ("刘洋> /verify", "李强> /verify")
_LISTS = (
    *(f"{name}> {said}" for name in _WORKERS for said in ("/today", "/verify")),
    *(f"{name}> {said}" for name in _SUPERVISORS for said in ("/today", "/overdue")),
)
DEEDS = (
    *(Play("李强", (f"/{name}",)) for name in ("today", "verify", "menu", "help", "status")),
    *(Play("冯静", (f"/{name}",)) for name in ("packs", "units", "cancel", "lang")),
    *(Play("王芳", (f"/{name}",)) for name in ("checkin", "test", "mydata", "start", "report")),
    *(Play("吴刚", (f"/start code-{role}",)) for role in ("inspector", "admin", "resident")),
    Play("吴刚", ("/today", "[a:page:1]", "[a:page:0]")),
    Play("孙丽", ("/digest 8点", "/digest", "[a:digest]")),
    Play("吴刚", ("@26h", "/digest", "[a:overdue]", "[a:overdue:1]", "/overdue 1")),
    Play("孙丽", ("@26h", *_LISTS)),
    # In time, late, not at all; counted before the cut-off and after it.
    Play("王芳", ("[a:well:]", "@4h", "邬秘一> 36.5", "邬秘一> [.none]",
                "孙丽> /digest", "@9h", "孙丽> /digest", "孙丽> [a:digest]", "@24h")),
    Play("王芳", ("在吗", "[a:menu]", "[a:go:checkin]", "[a:well:]", "[a:correct:]", "37",
                "[.none]")),
    Play("王芳", ("[a:unwell:]", "/cancel", "/checkin", "36.6", "[.none]", "/checkin",
                "[a:ill:]", "39", "[.none]")),
    Play("王芳", ("[a:sampled:]", "/test", "[a:pending:]", "[a:trouble:]", "[photo]", "1")),
    Play("王芳", ("/mydata", "[a:fixdata:]", "/lang", "[a:lang:en]", "[a:menu]")),
    Play("陈建国", ("[a:allwell]", "/test", "[a:card:]")),
    Play("路人", (*_REPORTED, "[a:correct:]", "[.submit]", "[a:withdraw:]")),
    # A stranger who has read somebody's number off a card.
    Play("路人", ("/start gate-qh020101", "2", "高建军", "13600000001",
                RESIDENTS["林志明"].number, *_WELL_TOLD, "[.submit]", *_LEADS)),
    Play("路人", ("/start gate-qh010101", "2", "高建军", "13600000001",
                RESIDENTS["林志明"].number, *_WELL_TOLD, "[.submit]", *_LEADS)),
    Play("路人", ("/start gate-qh020101", "2", "高建军", "13600000001", MARKED["邬秘一"].number,
                *_WELL_TOLD, "[.submit]", *_LEADS)),
    Play("李强", ("/today", "[a:claim:]", "[a:call:]", "/today", "[a:close:]", "[:home]")),
    Play("李强", ("[a:release:]", "[:yes]")),
    Play("李强", ("/today", "[a:claim:]", "[a:picture:]")),
    Play("李强", ("[a:reached:]",)),
    Play("李强", ("[a:waive:]", "[:away]")),
    Play("李强", ("[a:unreachable:]",)),
    Play("李强", ("@26h", "/today", "[a:behalf:]", "36.5", "[.none]")),
    Play("李强", (*FORMS[5].lines, "[a:withdraw:]")),
    Play("冯静", ("/packs", "[a:pack:mpox-cn]")),
    Play("刚来", ("打卡",)),
    Play("刚来", ("[staff contact]",)),
)  # fmt: skip


def plays() -> list[Play]:
    """Each form from every one of its questions, and everything else."""
    stopped = [
        Play(play.person, play.lines[:end])
        for play in FORMS
        for end in range(1, len(play.lines) + 1)
    ]
    return [*stopped, *DEEDS]


async def perform(crowd: Crowd, play: Play, reached: Reached) -> None:
    for line in play.lines:
        if line.startswith("@"):
            await crowd.pass_time(timedelta(hours=int(line.strip("@h"))))
            continue
        other, _, said = line.rpartition("> ")
        person = other or play.person
        await crowd.act(person, **_content(crowd, person, said))
        reached.look(crowd, person)


def _content(crowd: Crowd, person: str, line: str) -> dict[str, Any]:
    """What the line stands for. Raises LookupError where she has no such button."""
    if not line.startswith("["):
        return {"kind": "text", "text": line}
    inside = line.strip("[]")
    match inside:
        case "own contact":
            return {"kind": "contact", "phone": phone_of(person), "own_contact": True}
        case "staff contact":
            return {"kind": "contact", "phone": NEW_WORKER, "own_contact": True}
        case "photo":
            return {"kind": "photo", "file": "a-picture"}
    for owner, data in reversed(crowd.shown):
        if owner == person and (data.startswith(inside) or data.endswith(inside)):
            return {"kind": "tap", "data": data, "message_id": "m1"}
    raise LookupError(f"{person} has no button {inside}")


# -- what was reached ------------------------------------------------------------------------------


@dataclass
class Reached:
    """Which handlers did their work, and which questions somebody was asked."""

    done: set[str] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)

    def registry(self) -> Registry:
        """All features, each handler noted when it has not refused."""
        made = registry()
        for kind in ("commands", "actions"):
            handlers = getattr(made, kind)
            handlers |= {name: self._noting(f"{kind}:{name}", h) for name, h in handlers.items()}
        for code, spec in made.forms.items():
            submit = self._noting(f"submit:{code}", spec.submit)
            withdraw = spec.withdraw and self._noting(f"withdraw:{code}", spec.withdraw)
            made.forms[code] = replace(spec, submit=submit, withdraw=withdraw)
        return made

    def _noting(self, name: str, handler: Any) -> Any:
        @wraps(handler)
        async def noted(*arguments: Any) -> Any:
            result = await handler(*arguments)
            self.done.add(name)
            return result

        return noted

    def look(self, crowd: Crowd, person: str) -> None:
        """The question that she is at."""
        for row in of(crowd.ledger, "conversations"):
            if row["chat"] == chat_of(person) and row["draft"]:
                drafts = json.loads(crypto.unseal(row["draft"], "conversations.draft"))
                self._note(json.loads(drafts[-1]))

    def _note(self, draft: dict[str, Any]) -> None:
        self.asked.add((draft["form"], draft["at"]))
        if draft.get("sub"):
            self._note(draft["sub"])

    def missing(self) -> list[str]:
        """What nobody has reached."""
        made = registry()
        handlers = {f"commands:{name}" for name in made.commands}
        handlers |= {f"actions:{name}" for name in made.actions}
        handlers |= {f"submit:{code}" for code in made.forms}
        handlers |= {f"withdraw:{code}" for code, spec in made.forms.items() if spec.withdraw}
        fields = {asked for form in made.form_classes() for asked in _questions(plan(form))}
        lost = sorted(handlers - self.done)
        return [*lost, *(f"{form}.{name}" for form, name in sorted(fields - self.asked))]


def _questions(walked: Plan) -> Iterator[tuple[str, str]]:
    for question in walked.questions:
        yield walked.form.code, question.name
        if isinstance(question, ListQuestion):
            yield from _questions(sub_plan(question))
