"""Leave: everything of hers goes to a colleague while she is away, and comes back to her."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from handlers.claims import claimed_number
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.engine.parse_leave import parse_leave
from handlers.engine.question import fold
from handlers.feature import Feature, Filed, FormSpec, MenuItem
from handlers.leave.form import NOBODY, LeaveRequest
from handlers.turn import Turn
from models.access import Action
from models.accounts import TEAM
from models.handover import (
    TODAY,
    begin,
    end,
    load_of,
    name_receiver,
    refuse,
    refuse_until,
    until_of,
    worded,
)
from models.leave import Candidate, Leave, candidates, leave_of, name_of
from models.messages import Button, Outbound, Rows, Text, UserError, Value
from models.obligations import Kind, Obligation
from models.registers import Submission
from models.rules import rules_for
from models.units import Unit
from models.worklist import loads

BACK: Rows = ((Button(Text("command.back.label"), "a:go:back"),),)


async def leave(turn: Turn, _argument: str) -> None:
    await _begin(turn, None)


async def _begin(turn: Turn, last: date | None) -> None:
    """Until when, unless she has said it, and who; whoever is on leave already can only come
    back."""
    await _staff(turn)
    now_on = await leave_of(turn.session, turn.account.id, turn.now)
    if now_on is None:
        await turn.begin(LeaveRequest, answers={"until": last.isoformat()} if last else None)
        return
    until, holder = now_on.until_at, now_on.holder_id
    if holder is None:
        turn.reply("leave.on_unheld", BACK, until=until)
    else:
        turn.reply("leave.on", BACK, until=until, name=await name_of(turn.session, holder))


async def _staff(turn: Turn) -> None:
    if not (await turn.actor()).roles & set(TEAM):
        raise UserError("access.staff_only")


async def _receivers(turn: Turn, _draft: Draft, _query: str) -> Sequence[Option]:
    """Colleagues with what they have to do already, and the way out when nobody can."""
    found = await candidates(turn.session, turn.account.id, turn.now)
    labels = await _labels(turn, found)
    known = [Option(str(one.account_id), label) for one, label in labels]
    return [*known, Option(NOBODY, Text("leave.let_name"))]


async def _labels(turn: Turn, found: Sequence[Candidate]) -> list[tuple[Candidate, Text]]:
    """Each with what she has to do already."""
    known = await loads(turn.session, {one.account_id: one.path for one in found}, turn.now)
    out = []
    for one in found:
        load = known[one.account_id]
        told: dict[str, Value] = {"name": one.name, "unit": one.unit}
        label = Text("leave.candidate", {**told, "n": load.n, "urgent": load.urgent})
        out.append((one, label))
    return out


async def submit(turn: Turn, filled: LeaveRequest, draft: Draft) -> Filed:
    await _staff(turn)
    before = await leave_of(turn.session, turn.account.id, turn.now)
    if before is not None and "corrects" not in draft.context:
        raise UserError("leave.already", until=before.until_at)
    receiver = await _chosen(turn, filled.receiver)
    until_at = until_of(filled.until, turn.zone)
    if filled.until < turn.today:
        raise UserError("leave.past")
    if before is not None:
        turn.letters += await end(turn.session, before, turn.now, quietly=True)
    begun, letters = await begin(turn.session, turn.account.id, receiver, until_at, turn.now)
    turn.letters += letters
    await _not_too_long(turn, begun)
    turn.audit("leave.begun", f"account:{turn.account.id}", receiver=receiver, leave=begun.id)
    unit_id = begun.unit_id
    submission = await turn.file(filled, draft, person_id=None, unit_id=unit_id)
    told: dict[str, Value] = {"until": until_at}
    if receiver is None:
        return Filed(submission, (Text("leave.taken_open", told),), BACK)
    told["name"] = await name_of(turn.session, receiver)
    load = await load_of(turn.session, turn.account.id, turn.now, begun.holder_id or 0)
    line = Text("leave.taken", {**told, "load": worded(load)})
    return Filed(submission, (line,), BACK)


async def _chosen(turn: Turn, value: str) -> int | None:
    if value == NOBODY:
        return None
    found = await candidates(turn.session, turn.account.id, turn.now)
    if value not in {str(one.account_id) for one in found}:
        raise UserError("leave.receiver_gone")
    return int(value)


async def _not_too_long(turn: Turn, begun: Leave) -> None:
    unit = await turn.session.get(Unit, begun.unit_id)
    assert unit is not None, "a leave belongs to a unit"
    longest = (await rules_for(turn.session, unit)).leave_days
    if begun.until_at > turn.now + timedelta(days=longest):
        raise UserError("leave.too_long", n=longest)


async def withdraw(turn: Turn, _submission: Submission) -> None:
    """Taken back: as if she had come back at once."""
    await back(turn, "")


async def back(turn: Turn, _argument: str) -> None:
    """She is back before her time, or says so when it is over anyway."""
    await _staff(turn)
    now_on = await leave_of(turn.session, turn.account.id, turn.now)
    if now_on is None:
        turn.reply("leave.not_on", TODAY)
        return
    turn.audit("leave.ended", f"account:{turn.account.id}", leave=now_on.id)
    turn.letters += await end(turn.session, now_on, turn.now)


async def refused(turn: Turn, arguments: Sequence[str]) -> None:
    """The receiver cannot, and says so in time."""
    claimed = arguments[0] if arguments else ""
    number = claimed_number(claimed)
    found = await turn.session.get(Leave, number, with_for_update=True)
    if found is None or found.receiver_id != turn.account.id or not found.runs(turn.now):
        raise UserError("access.denied")
    latest = await refuse_until(turn.session, found)
    if found.refusals or turn.now >= latest:
        raise UserError("leave.refuse_late", at=latest)
    turn.audit("leave.refused", f"account:{found.account_id}", leave=found.id)
    turn.letters += await refuse(turn.session, found, turn.account.id, turn.now)
    turn.replace(Outbound((Text("leave.refusal_taken"),)))


async def _waiting(turn: Turn, arguments: Sequence[str]) -> tuple[Obligation, Leave]:
    """The leave that waits for a receiver, if she may name one."""
    item = await turn.obligation(arguments, Action.OVERSEE, Kind.LEAVE)
    found = await turn.session.get(Leave, item.facts["leave"], with_for_update=True)
    if found is None or not item.is_open() or not found.runs(turn.now):
        raise UserError("claim.over")
    return item, found


async def appoint(turn: Turn, arguments: Sequence[str]) -> None:
    """Somebody is named to stand in: first the colleagues with their load, then the one."""
    item, found = await _waiting(turn, arguments)
    able = await candidates(turn.session, found.account_id, turn.now)
    chosen = arguments[1] if len(arguments) > 1 else ""
    name = await name_of(turn.session, found.account_id)
    if not chosen:
        rows = tuple(
            (Button(label, f"a:appoint:{item.id}:{one.account_id}"),)
            for one, label in await _labels(turn, able)
        )
        key = "leave.appoint" if rows else "leave.appoint_nobody"
        turn.replace(Outbound((Text(key, {"name": name, "until": found.until_at}),), rows))
        return
    one = next((one for one in able if str(one.account_id) == chosen), None)
    if one is None:
        raise UserError("leave.receiver_gone")
    turn.audit("leave.appointed", f"account:{found.account_id}", receiver=one.account_id)
    turn.letters += await name_receiver(
        turn.session, found, one.account_id, turn.account.id, turn.now
    )
    await turn.done(Text("leave.appointed", {"name": name, "by": one.name}))


async def typed(turn: Turn) -> bool:
    """She says it in her own words."""
    if turn.event.kind != "text":
        return False
    if fold(turn.event.text) == fold(turn.say(Text("leave.phrase_back"))):
        await back(turn, "")
        return True
    said = parse_leave(turn.event.text, turn.today)
    if said is None or not (await turn.actor()).roles & set(TEAM):
        return False
    if said.since is not None and said.since > turn.today:
        # What is handed over goes at once: on a day to come it is not time yet.
        turn.reply("leave.not_yet", since=said.since)
        return True
    await _begin(turn, said.until or said.since)
    return True


FEATURE = Feature(
    commands={"leave": leave, "back": back},
    actions={"refuse": refused, "appoint": appoint},
    forms=(FormSpec(LeaveRequest, submit, {"receivers": _receivers}, withdraw=withdraw),),
    menu=(MenuItem("leave", TEAM),),
    free=(typed,),
)
