"""A request for help that is out with volunteers: nobody accepts, and it is the worker's again;
somebody has, and is reminded before it is due."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.helpcards import returned, yours
from models.obligations import Obligation, Outcome, settle
from models.outbox import Letter, Priority, enqueue
from models.service import Ended, Task, close
from models.volunteers import Volunteer


async def run(session: AsyncSession, item: Obligation, now: datetime, _zone: ZoneInfo) -> None:
    """One of RECURRING, though it comes at most twice: it does something besides telling."""
    task = await session.get_one(Task, item.facts["task"])
    # Whoever taps has the request before its task: to wait for her here could wait for ever.
    held = select(Obligation).where(Obligation.id == task.obligation_id)
    request = await session.scalar(held.with_for_update(skip_locked=True))
    if request is None:
        return  # it stays due, and the sweep comes back at once
    await session.refresh(task)
    if not task.is_open:
        await settle(session, [item], Outcome.DONE, None, now)
    elif not request.is_open():
        await close(session, task, Ended.OFF, now)
    elif task.volunteer_id is None:
        await close(session, task, Ended.NOBODY, now)
        told = Letter(
            f"{item.key}:nobody", request.owner_id or task.by_id, returned(request, "unanswered"),
            Priority.ALERT,
        )  # fmt: skip
        await enqueue(session, [told], now)
    else:
        await settle(session, [item], Outcome.DONE, None, now)
        volunteer = await session.get_one(Volunteer, task.volunteer_id)
        if volunteer.account_id is not None:
            message = yours(request, task.id, "remind")
            key = f"{item.key}:remind"
            letter = Letter(key, volunteer.account_id, message, Priority.REMINDER)
            await enqueue(session, [letter], now)
