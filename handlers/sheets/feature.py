"""A sheet dropped into the chat: looked at, shown, corrected, confirmed; then it lands.

The turn only asks for the work; who fetches and reads the file is the runner of jobs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from handlers.claims import claimed_number
from handlers.feature import Feature
from handlers.sheets import views
from handlers.turn import Turn
from models.errands import IMPORT, Errand
from models.jobs import Job, asking_job, drop, file_job, newest_asking, put_task, task_of, wake
from models.messages import UserError
from models.sheets import kinds_for

MEGABYTE = 1_000_000
_LONGEST_NAME = 80

Choice: TypeAlias = Callable[[Turn, Job, Errand, Sequence[str]], Awaitable[None]]


async def take_file(turn: Turn) -> bool:
    """A member of staff drops a file."""
    event = turn.event
    if event.kind != "file":
        return False
    actor = await turn.actor()
    if not actor.roles:
        return False
    if not kinds_for(actor):
        raise UserError("sheet.not_allowed")
    if event.largest and event.size > event.largest:
        megabytes = -(-event.size // MEGABYTE)
        raise UserError("sheet.too_large", n=megabytes, most=event.largest // MEGABYTE)
    name = event.file_name[:_LONGEST_NAME]
    key = turn.send(views.reading(name))
    errand = Errand(channel=event.channel, file=event.file, name=name, key=key)
    await file_job(turn.session, IMPORT, turn.account.id, errand.model_dump(), turn.now)
    return True


async def choose(turn: Turn, arguments: Sequence[str]) -> None:
    """A button under a sheet: the job, what to do with it, and with which part of it."""
    number, choice, *rest = (*arguments, "", "")
    job_id = claimed_number(number)
    if choice not in _CHOICES:
        raise UserError("unknown.button")
    job = await asking_job(turn.session, job_id, turn.account.id)
    errand = None if job is None else Errand.of(task_of(job))
    if job is None or errand is None or not errand.looks:  # she is asked about something else
        raise UserError("sheet.over")
    errand.message_id = turn.event.message_id
    await _CHOICES[choice](turn, job, errand, rest)
    put_task(job, errand.model_dump())


async def _show(turn: Turn, job: Job, errand: Errand, _rest: Sequence[str]) -> None:
    turn.replace(views.preview(job.id, errand))


async def _go(turn: Turn, job: Job, errand: Errand, _rest: Sequence[str]) -> None:
    if errand.kind not in kinds_for(await turn.actor()):
        raise UserError("sheet.not_allowed")
    if errand.look.lacks or not errand.look.rows:
        raise UserError("unknown.button")
    errand.stage = "land"
    wake(job)
    turn.replace(views.progress(errand.name, 0, errand.look.rows))


async def _drop(turn: Turn, job: Job, errand: Errand, _rest: Sequence[str]) -> None:
    drop(job)
    turn.replace(views.dropped(errand.name))


async def _kinds(turn: Turn, job: Job, errand: Errand, _rest: Sequence[str]) -> None:
    turn.replace(views.kinds(job.id, errand))


async def _kind(turn: Turn, job: Job, errand: Errand, rest: Sequence[str]) -> None:
    if rest[0] not in errand.looks:
        raise UserError("unknown.button")
    errand.kind = rest[0]
    turn.replace(views.preview(job.id, errand))


async def _columns(turn: Turn, job: Job, errand: Errand, _rest: Sequence[str]) -> None:
    turn.replace(views.columns(job.id, errand.look))


async def _column(turn: Turn, job: Job, errand: Errand, rest: Sequence[str]) -> None:
    turn.replace(views.meanings(job.id, errand.look, _column_of(errand, rest[0])))


async def _mean(turn: Turn, job: Job, errand: Errand, rest: Sequence[str]) -> None:
    at, field = _column_of(errand, rest[0]), rest[1]
    if field and field not in errand.look.fields:
        raise UserError("unknown.button")
    before = errand.look.columns.get(field, at)
    errand.looks[errand.kind] = look = errand.look.with_meaning(at, field)
    news = () if before == at else (views.moved(look, before, field),)
    if look.lacks:
        turn.replace(views.columns(job.id, look, *news, views.lacking(look)))
    else:
        turn.replace(views.preview(job.id, errand, *news))


async def cancel(turn: Turn) -> bool:
    """The newest sheet that waits for her word is not brought in."""
    job = await newest_asking(turn.session, IMPORT, turn.account.id)
    if job is None:
        return False
    drop(job)
    errand = Errand.of(task_of(job))
    turn.send(replace(views.dropped(errand.name), retires=errand.key))
    return True


def _column_of(errand: Errand, text: str) -> int:
    at = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1
    if not 0 <= at < len(errand.look.headings):
        raise UserError("unknown.button")
    return at


_CHOICES: Mapping[str, Choice] = {
    "show": _show,
    "go": _go,
    "drop": _drop,
    "kinds": _kinds,
    "kind": _kind,
    "columns": _columns,
    "column": _column,
    "mean": _mean,
}

FEATURE = Feature(actions={"sheet": choose}, free=(take_file,), cancels=(cancel,))
