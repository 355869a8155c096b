"""Leave: everything of hers goes to a colleague while she is away, and comes back to her."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from handlers.claims import claimed_number
from handlers.engine.context import Option
from handlers.engine.draft import Draft
from handlers.engine.form import DaySpan
from handlers.engine.parse_leave import parse_leave
from handlers.engine.question import fold
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.leave.form import NOBODY, LeaveRequest
from handlers.leave.views import rows_of, said, shown
from handlers.turn import Turn
from models.accounts import TEAM
from models.actors import Action
from models.handover import TODAY, begin, end, hours_of, name_receiver, refuse, refuse_until
from models.leave import Candidate, Leave, candidates, leave_of, leaves_of, name_of
from models.messages import Button, Outbound, Text, UserError, Value
from models.obligations import Kind, Obligation
from models.registers import Submission
from models.rules import rules_for
from models.units import Unit
from models.worklist import loads


async def leave(turn: Turn, _argument: str) -> None:
    """What she has asked for already, and a leave more; else the questions at once."""
    await _staff(turn)
    standing = await leaves_of(turn.session, turn.account.id, turn.now)
    if standing:
        turn.send(await shown(turn, standing))
    else:
        await turn.begin(LeaveRequest)


async def another(turn: Turn, _arguments: Sequence[str]) -> None:
    await _staff(turn)
    await turn.begin(LeaveRequest)


async def _begin(turn: Turn, first: date, last: date) -> None:
    """The days are said: who stands in. Whoever is on leave then is told so at once."""
    await _staff(turn)
    since_at, until_at = hours_of(first, last, turn.zone, turn.now)
    clash = await _clash(turn, since_at, until_at)
    if clash is not None:
        turn.send(await shown(turn, [clash]))
        return
    days = DaySpan(first=first, last=last)
    await turn.begin(LeaveRequest, answers={"days": days.model_dump(mode="json")})


async def _clash(
    turn: Turn, since_at: datetime, until_at: datetime, but: Leave | None = None
) -> Leave | None:
    """A leave of hers on the same days."""
    found = await leaves_of(turn.session, turn.account.id, turn.now)
    own = (one for one in found if one is not but)
    return next((one for one in own if one.since_at < until_at and since_at < one.until_at), None)


async def _staff(turn: Turn) -> None:
    if not (await turn.actor()).roles & set(TEAM):
        raise UserError("access.staff_only")


async def _receivers(turn: Turn, draft: Draft, _query: str) -> Sequence[Option]:
    """Colleagues with what they have to do already, and the way out when nobody can."""
    found = await _able(turn, DaySpan.model_validate(draft.answers["days"]))
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
    if filled.days.last < turn.today:
        raise UserError("leave.past")
    since_at, until_at = hours_of(filled.days.first, filled.days.last, turn.zone, turn.now)
    before = await _corrected(turn, draft)
    clash = await _clash(turn, since_at, until_at, before)
    if clash is not None:
        key = "leave.clash" if clash.to_come(turn.now) else "leave.already"
        raise UserError(key, since=clash.since_at, until=clash.until_at)
    receiver = await _chosen(turn, filled)
    if before is not None:
        turn.letters += await end(turn.session, before, turn.now, quietly=True)
    begun, letters = await begin(
        turn.session, turn.account.id, receiver, until_at, turn.now, since_at
    )
    turn.letters += letters
    await _not_too_long(turn, begun)
    turn.audit("leave.begun", f"account:{turn.account.id}", receiver=receiver, leave=begun.id)
    submission = await turn.file(filled, draft, person_id=None, unit_id=begun.unit_id)
    return Filed(submission, (await said(turn, begun),), rows_of(turn, begun))


async def _corrected(turn: Turn, draft: Draft) -> Leave | None:
    """The leave that she asked for with the submission that she corrects."""
    number = draft.context.get("corrects")
    earlier = await turn.session.get(Submission, number) if number else None
    return await _asked_with(turn, earlier) if earlier else None


async def _asked_with(turn: Turn, submission: Submission) -> Leave | None:
    """No two of hers end on one day."""
    days = submission.values().get("days")
    if days is None:
        return None
    last = DaySpan.model_validate(days).last
    _, until_at = hours_of(last, last, turn.zone, turn.now)
    found = await leaves_of(turn.session, turn.account.id, turn.now)
    return next((one for one in found if one.until_at == until_at), None)


async def _able(turn: Turn, days: DaySpan) -> list[Candidate]:
    """Colleagues who are here on all of these days."""
    since_at, until_at = hours_of(days.first, days.last, turn.zone, turn.now)
    return await candidates(turn.session, turn.account.id, since_at, until_at)


async def _chosen(turn: Turn, filled: LeaveRequest) -> int | None:
    if filled.receiver == NOBODY:
        return None
    found = await _able(turn, filled.days)
    if filled.receiver not in {str(one.account_id) for one in found}:
        raise UserError("leave.receiver_gone")
    return int(filled.receiver)


async def _not_too_long(turn: Turn, begun: Leave) -> None:
    unit = await turn.session.get(Unit, begun.unit_id)
    assert unit is not None, "a leave belongs to a unit"
    longest = (await rules_for(turn.session, unit)).leave_days
    if begun.until_at > begun.since_at + timedelta(days=longest):
        raise UserError("leave.too_long", n=longest)
    if begun.since_at > turn.now + timedelta(days=longest):
        raise UserError("leave.too_early", n=longest)


async def withdraw(turn: Turn, submission: Submission) -> None:
    """Taken back: as if she had come back at once, or had never asked for it."""
    found = await _asked_with(turn, submission)
    if found is None:
        turn.reply("leave.not_on", TODAY)
    else:
        await _end(turn, found)


async def call_off(turn: Turn, arguments: Sequence[str]) -> None:
    """She will not be away after all."""
    number = claimed_number(arguments[0] if arguments else "")
    found = await turn.session.get(Leave, number, with_for_update=True)
    if found is None or found.account_id != turn.account.id:
        raise UserError("access.denied")
    if not found.to_come(turn.now):
        raise UserError("claim.over")
    await _end(turn, found)
    told: dict[str, Value] = {"since": found.since_at, "until": found.until_at}
    turn.replace(Outbound((Text("leave.off", told),), TODAY))


async def back(turn: Turn, _argument: str) -> None:
    """She is back before her time, or says so when it is over anyway."""
    await _staff(turn)
    now_on = await leave_of(turn.session, turn.account.id, turn.now)
    if now_on is not None:
        await _end(turn, now_on)
        return
    turn.reply("leave.not_on", TODAY)
    to_come = await leaves_of(turn.session, turn.account.id, turn.now)
    if to_come:
        turn.send(await shown(turn, to_come))


async def _end(turn: Turn, found: Leave) -> None:
    turn.audit("leave.ended", f"account:{turn.account.id}", leave=found.id)
    turn.letters += await end(turn.session, found, turn.now)


async def refused(turn: Turn, arguments: Sequence[str]) -> None:
    """The receiver cannot, and says so in time."""
    claimed = arguments[0] if arguments else ""
    number = claimed_number(claimed)
    found = await turn.session.get(Leave, number, with_for_update=True)
    if found is None or found.receiver_id != turn.account.id or not found.stands(turn.now):
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
    if found is None or not item.is_open() or not found.stands(turn.now):
        raise UserError("claim.over")
    return item, found


async def appoint(turn: Turn, arguments: Sequence[str]) -> None:
    """Somebody is named to stand in: first the colleagues with their load, then the one."""
    item, found = await _waiting(turn, arguments)
    since_at = max(found.since_at, turn.now)
    able = await candidates(turn.session, found.account_id, since_at, found.until_at)
    chosen = arguments[1] if len(arguments) > 1 else ""
    name = await name_of(turn.session, found.account_id)
    if not chosen:
        rows = tuple(
            (Button(label, f"a:appoint:{item.id}:{one.account_id}"),)
            for one, label in await _labels(turn, able)
        )
        key = "leave.appoint_nobody" if not rows else "leave.appoint"
        if rows and found.to_come(turn.now):
            key = "leave.appoint_later"
        told: dict[str, Value] = {"name": name, "until": found.until_at, "since": found.since_at}
        turn.replace(Outbound((Text(key, told),), rows))
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
    days = parse_leave(turn.event.text, turn.today)
    if days is None or not (await turn.actor()).roles & set(TEAM):
        return False
    if days.open:
        turn.reply("engine.error.span_open")
        return True
    first, last = days.first or turn.today, days.last or days.first
    if last is None:
        await leave(turn, "")
    else:
        await _begin(turn, first, last)
    return True


FEATURE = Feature(
    commands={"leave": leave, "back": back},
    actions={
        "refuse": refused,
        "appoint": appoint,
        "calloff": call_off,
        "moreleave": another,
    },
    forms=(FormSpec(LeaveRequest, submit, {"receivers": _receivers}, withdraw=withdraw),),
    menu=(MenuItem("leave", TEAM, drawer=Drawer.TEAM),),
    free=(typed,),
)
