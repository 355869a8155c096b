"""The columns of ledgers: the district takes the headings of one, changes them, drops them back.

Whoever does jobs has looked at what she sent; it is kept here once she confirms it.
"""

from __future__ import annotations

from collections.abc import Sequence

import locales
from handlers.claims import claimed_number
from handlers.feature import Feature
from handlers.ledgers import headingviews as views
from handlers.turn import Turn
from models.documents.templates import go_back, her_district, keep_template, versions
from models.errands import IMPORT, Errand
from models.files import keep_file
from models.jobs import asking_job, drop, put_task, task_of, wake
from models.ledgers.declaration import Ledger
from models.ledgers.headings import (
    Heading,
    columns_of,
    dump,
    in_force,
    kind_of,
    mark,
    standard,
)
from models.messages import Outbound, Text, UserError
from models.sheets import SHEET, Head, form
from models.units import Unit


def _say(text: Text) -> str:
    """In the language of the offices."""
    return locales.render(locales.SOURCE, text)


async def _district(turn: Turn) -> Unit:
    return await her_district(turn.session, await turn.actor())


def _ledger(turn: Turn, code: str) -> Ledger:
    found = turn.registry.ledgers.get(code)
    if found is None:
        raise UserError("unknown.button")
    return found


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    """Which ledger; how its columns are called, take them, go back to others."""
    district = await _district(turn)
    code, what, version = (*arguments, "", "", "")[:3]
    if not code:
        turn.send(views.choose(list(turn.registry.ledgers.values())))
        return
    ledger = _ledger(turn, code)
    match what:
        case "":
            turn.send(await _card(turn, district, ledger))
        case "get":
            await _give(turn, district, ledger)
        case "use":
            kind = kind_of(ledger)
            await go_back(turn.session, district, kind, claimed_number(version))
            turn.audit("template.chosen", f"template:{kind}", version)
            turn.replace(await _card(turn, district, ledger))
        case _:
            raise UserError("unknown.button")


async def _card(turn: Turn, district: Unit, ledger: Ledger) -> Outbound:
    current, _ = await in_force(turn.session, district, ledger, _say)
    kept = await versions(turn.session, district, kind_of(ledger))
    return views.card(ledger, standard(ledger, _say), current, kept)


async def _give(turn: Turn, district: Unit, ledger: Ledger) -> None:
    """The headings in force, to be changed."""
    current, _ = await in_force(turn.session, district, ledger, _say)
    heads = [
        Head(_say(one.head), one.width, mark(ledger, one.code) if one.code else "")
        for one in columns_of(ledger, current)
    ]
    name, content = _say(views.file_name(ledger)), form(_say(ledger.title), heads)
    by, now = turn.account.id, turn.now
    key = await keep_file(turn.session, name, SHEET, content, account_id=by, now=now)
    turn.send(views.given(ledger, key))


async def decide(turn: Turn, arguments: Sequence[str]) -> None:
    """The columns are called so from now on; or the sheet is one of rows; or it is forgotten."""
    number, choice = (*arguments, "", "")[:2]
    district = await _district(turn)
    job = await asking_job(turn.session, claimed_number(number), turn.account.id)
    if job is None or job.kind != IMPORT:
        raise UserError("headings.over")
    errand = Errand.of(task_of(job))
    if errand.looks:  # she is asked about its rows
        raise UserError("headings.over")
    errand.message_id = turn.event.message_id
    match choice:
        case "drop":
            drop(job)
            turn.replace(views.dropped(errand.name))
        case "rows":
            errand.rows_only = True
            wake(job)
            turn.replace(views.looking(errand.name))
        case "adopt" if errand.headings is not None:
            drop(job)
            turn.replace(await _adopt(turn, district, errand))
        case _:
            raise UserError("unknown.button")
    put_task(job, errand.model_dump())


async def _adopt(turn: Turn, district: Unit, errand: Errand) -> Outbound:
    assert errand.headings is not None, "she was asked about them"
    ledger = _ledger(turn, errand.headings.ledger)
    new = tuple(Heading(code, words) for code, words in errand.headings.columns)
    kind, by = kind_of(ledger), turn.account.id
    row = await keep_template(turn.session, district, kind, dump(new), by, turn.now)
    turn.audit("template.adopted", f"template:{kind}", version=row.version)
    return views.adopted(district, ledger, row.version)


FEATURE = Feature(actions={"headings": show, "newheadings": decide})
