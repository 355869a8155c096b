"""Receipts: correct or take back what was submitted, for every form alike."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.claims import claimed_number
from handlers.feature import Feature, FormSpec
from handlers.turn import Turn
from models.messages import Outbound, Text, UserError
from models.registers import Submission, superseded


async def _mine(turn: Turn, arguments: Sequence[str]) -> tuple[Submission, FormSpec]:
    """The submission behind the button, if it is hers and its window is open."""
    claimed = arguments[0] if arguments else ""
    number = claimed_number(claimed)
    row = await turn.session.get(Submission, number)
    if row is None or row.actor_id != turn.account.id or row.form not in turn.registry.forms:
        raise UserError("access.denied")
    if row.withdrawn_at is not None:
        raise UserError("receipt.withdrawn_already")
    if await superseded(turn.session, row):
        raise UserError("receipt.superseded")
    spec = turn.spec(row.form)
    if spec.final or turn.now > row.at + spec.correctable:
        raise UserError("receipt.too_late")
    return row, spec


async def _settled(turn: Turn, row: Submission, spec: FormSpec) -> bool:
    """Is it too late? Said before she types anything."""
    instead = await spec.settled(turn, row) if spec.settled else None
    if instead is not None:
        turn.send(instead)
    return instead is not None


async def correct(turn: Turn, arguments: Sequence[str]) -> None:
    """The form again, its answers filled in; submitting supersedes, both versions stay."""
    row, spec = await _mine(turn, arguments)
    if await _settled(turn, row, spec):
        return
    context = {**row.context, "corrects": row.id}
    if spec.form.review:
        await turn.begin(spec.form, context, row.values(), row.labels())
    else:
        await turn.begin(spec.form, context)


async def withdraw(turn: Turn, arguments: Sequence[str]) -> None:
    row, spec = await _mine(turn, arguments)
    if spec.withdraw is None:
        raise UserError("unknown.button")
    if await _settled(turn, row, spec):
        return
    await spec.withdraw(turn, row)
    row.withdrawn_at = turn.now
    turn.audit("submission.withdrawn", f"submission:{row.id}")
    turn.replace(Outbound((Text("receipt.withdrawn", {"number": row.receipt}),)))


FEATURE = Feature(actions={"correct": correct, "withdraw": withdraw})
