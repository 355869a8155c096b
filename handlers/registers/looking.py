"""The list of a register: seen, confirmed, sent back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.registers import views
from handlers.registers.declaration import Register
from handlers.registers.following import refuse
from handlers.registers.form import SendBack
from handlers.registers.lookup import hers, may_enter, number, register_of
from handlers.turn import Turn
from models.access import access_record
from models.messages import Button, Outbound, Text, UserError, Value
from models.records import Verdict, counted, end_looking, give_verdict, records, unconfirmed
from models.registers import Submission
from models.reports.periods import closed_period
from models.stays import count_inside
from models.units import root


async def list_registers(turn: Turn, _argument: str) -> None:
    """Her registers; the only one opens at once."""
    mine = await hers(turn)
    if not mine:
        raise UserError("access.staff_only")
    if len(mine) == 1:
        await _show(turn, mine[0], 0)
        return
    turn.send(views.choice(mine))


async def register(turn: Turn, arguments: Sequence[str]) -> None:
    found = register_of(turn, arguments)
    if found not in await hers(turn):
        raise UserError("access.denied")
    await _show(turn, found, min(number(arguments, 1), 999))


async def _show(turn: Turn, chosen: type[Register], page: int) -> None:
    """A page of records, newest first; that names were looked at is written down."""
    actor, roles = await turn.actor(), chosen.readers()
    query = records(actor, chosen.code, roles).offset(page * views.PAGE).limit(views.PAGE + 1)
    found = [(row[0], row[1]) for row in await turn.session.execute(query)]
    more, found = len(found) > views.PAGE, found[: views.PAGE]
    top = await root(turn.session)
    assert top is not None, "somebody with a role has a unit"
    since = (await closed_period(turn.session, top, turn.now, turn.zone)).until_at
    figures = await counted(turn.session, actor, chosen.code, roles, since)
    waiting, newest = await _waiting(turn, chosen)
    if found:
        turn.audit("records.read", f"register:{chosen.code}", page=page)
    lines = views.page(chosen, figures, found, since)
    within = None
    if chosen.stays:
        within = await count_inside(turn.session, actor, chosen.code, roles, turn.now)
    rows = views.page_rows(
        chosen,
        found,
        page,
        more=more,
        enters=await may_enter(turn, chosen),
        waiting=waiting,
        newest=newest,
        inside=within,
    )
    turn.replace(Outbound(tuple(lines), rows, protect=True))


async def _waiting(turn: Turn, chosen: type[Register]) -> tuple[int, int]:
    """How many wait for her verdict, and the newest of them."""
    verifying = chosen.verifying()
    if not (await turn.actor()).roles & set(verifying):
        return 0, 0
    wait = unconfirmed(await turn.actor(), chosen.code, verifying).order_by(None).subquery()
    found = await turn.session.execute(
        select(func.count(), func.coalesce(func.max(wait.c.id), 0)).select_from(wait)
    )
    many, last = found.one()
    return many, last


async def _record(turn: Turn, arguments: Sequence[str]) -> tuple[type[Register], Submission]:
    """The record that a button claims, if it is hers to see."""
    claimed = await turn.session.get(Submission, number(arguments, 0))
    if claimed is None:
        raise UserError("access.denied")
    chosen = register_of(turn, [claimed.form])
    found = await access_record(turn.session, await turn.actor(), claimed.id, chosen.readers())
    return chosen, found


async def row(turn: Turn, arguments: Sequence[str]) -> None:
    """One record, whole but for its numbers; that it was read is written down."""
    chosen, found = await _record(turn, arguments)
    await _show_one(turn, chosen, found)


async def _show_one(turn: Turn, chosen: type[Register], found: Submission) -> None:
    verdict = await turn.session.get(Verdict, found.id)
    waits = verdict is None and await _may_judge(turn, chosen, found)
    turn.audit("record.read", f"submission:{found.id}")
    turn.replace(views.record(chosen, found, verdict, waits_for_her=waits))


async def _may_judge(turn: Turn, chosen: type[Register], found: Submission) -> bool:
    """Nobody confirms what she entered herself."""
    mine = unconfirmed(await turn.actor(), chosen.code, chosen.verifying())
    here = mine.where(Submission.id == found.id)
    return (await turn.session.execute(here)).first() is not None


async def _judged(turn: Turn, arguments: Sequence[str]) -> tuple[type[Register], Submission]:
    """A record that waits for her verdict."""
    chosen, found = await _record(turn, arguments)
    if not await _may_judge(turn, chosen, found):
        raise UserError("records.judged")
    return chosen, found


async def approve(turn: Turn, arguments: Sequence[str]) -> None:
    """It is so: one tap, and the list again."""
    chosen, found = await _judged(turn, arguments)
    await _confirm(turn, chosen, [found])


async def approve_all(turn: Turn, arguments: Sequence[str]) -> None:
    """Everything that she was shown as waiting, and nothing that came meanwhile."""
    chosen = register_of(turn, arguments)
    mine = unconfirmed(await turn.actor(), chosen.code, chosen.verifying())
    shown = mine.where(Submission.id <= number(arguments, 1)).limit(views.AT_ONCE)
    found = [row[0] for row in await turn.session.execute(shown)]
    if not found:
        raise UserError("records.judged")
    await _confirm(turn, chosen, found)


async def _confirm(turn: Turn, chosen: type[Register], found: Sequence[Submission]) -> None:
    await give_verdict(turn.session, found, turn.account.id, turn.now)
    for one in found:
        turn.audit("record.confirmed", f"submission:{one.id}")
    await end_looking(turn.session, await turn.actor(), chosen.code, turn.now)
    await _show(turn, chosen, 0)


async def send_back(turn: Turn, arguments: Sequence[str]) -> None:
    """Something is wrong with it: what, in a word."""
    _, found = await _judged(turn, arguments)
    await turn.begin(SendBack, {"record": found.id})


async def submit_word(turn: Turn, filled: SendBack, draft: Draft) -> Filed:
    """Whoever entered it hears why, and mends it."""
    claimed = str(draft.context.get("record", ""))
    if "corrects" in draft.context:  # the word, put better: the verdict stands
        chosen, found = await _record(turn, [claimed])
    elif "duty" in draft.context:
        chosen, found = await refuse(turn, int(draft.context["duty"]))
    else:
        chosen, found = await _judged(turn, [claimed])
    noted = await turn.file(filled, draft, person_id=None, unit_id=found.unit_id)
    await give_verdict(turn.session, [found], turn.account.id, turn.now, filled.word)
    turn.audit("record.sent_back", f"submission:{found.id}")
    await end_looking(turn.session, await turn.actor(), chosen.code, turn.now)
    told: dict[str, Value] = {
        "title": views.title(chosen),
        "number": found.receipt,
        "word": filled.word,
    }
    mend = ((Button(Text("receipt.correct"), f"a:correct:{found.id}"),),)
    message = Outbound((Text("records.come_back", told),), mend, protect=True)
    turn.tell(found.actor_id, message, f"sent_back:{noted.id}")
    return Filed(noted, (Text("records.sent_back", {"number": found.receipt}),))
