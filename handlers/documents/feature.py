"""Documents asked for in chat. The turn gives the number and asks for the file; whoever does jobs
writes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers.claims import claimed_number
from handlers.documents import views
from handlers.documents.form import DocumentDays
from handlers.engine.draft import Draft
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.spans import checked, days_of
from handlers.turn import Turn
from models.accounts import SUPERVISORS, Role
from models.actors import Action
from models.documents.kinds import DocumentKind
from models.documents.series import DOCUMENT, IssuedDocument, issue
from models.jobs import file_job
from models.messages import Outbound, UserError
from models.units import Unit
from models.venues.access import access_inspection

ISSUERS = (*SUPERVISORS, Role.INSPECTOR)
BULLETIN = DocumentKind.BULLETIN.value
REPORT = DocumentKind.REPORT.value
ASKED = (BULLETIN, REPORT)


async def _unit(turn: Turn, path: str = "") -> Unit:
    """In whose name she hands out documents."""
    grant = (await turn.actor()).speaks(Action.ISSUE, path)
    if grant is None:
        raise UserError("access.issuers_only")
    return await turn.session.get_one(Unit, grant.unit_id)


async def _unit_for(turn: Turn, what: str) -> Unit:
    """The unit that it is about. A report says how the whole unit does, as the digest does: it is
    for those who read that."""
    if what != REPORT:
        return await _unit(turn)
    actor = await turn.actor()
    grant = actor.top(*SUPERVISORS)
    unit = await turn.session.get(Unit, grant.unit_id) if grant else None
    if unit is None or not actor.may(Action.OVERSEE, unit.path):
        raise UserError("access.supervisors_only")
    return unit


async def bulletin(turn: Turn, _argument: str) -> None:
    """Which days it should be about."""
    turn.send(views.choose(BULLETIN, await _unit(turn)))


async def report(turn: Turn, _argument: str) -> None:
    """Which days it should be about."""
    turn.send(views.choose(REPORT, await _unit_for(turn, REPORT)))


async def begin_report(turn: Turn, arguments: Sequence[str]) -> None:
    await _chosen(turn, REPORT, arguments)


async def begin_bulletin(turn: Turn, arguments: Sequence[str]) -> None:
    await _chosen(turn, BULLETIN, arguments)


async def _chosen(turn: Turn, what: str, arguments: Sequence[str]) -> None:
    """One of the usual spans, any other days, or which of them it should be."""
    unit = await _unit_for(turn, what)
    span = arguments[0] if arguments else ""
    if not span:
        turn.send(views.choose(what, unit))
    elif span == "days":
        await turn.begin(DocumentDays, {"what": what})
    else:
        turn.send(await _ask(turn, what, *days_of(span, turn.today)))


async def submit_days(turn: Turn, filled: DocumentDays, draft: Draft) -> Filed | None:
    first, last = checked(filled.first, filled.last, turn.today)
    what = str(draft.context["what"])
    if what not in ASKED:
        raise UserError("unknown.button")
    return Filed(None, (await _ask(turn, what, first, last)).lines)


async def _ask(turn: Turn, what: str, first: date, last: date) -> Outbound:
    unit = await _unit_for(turn, what)
    subject = f"unit:{unit.id}:{first}:{last}"
    document = await _issue(turn, DocumentKind(what), unit, subject)
    await _write(turn, document, {"first": first.isoformat(), "last": last.isoformat()})
    return views.writing(document, unit)


async def _issue(turn: Turn, kind: DocumentKind, unit: Unit, subject: str) -> IssuedDocument:
    by = turn.account.id
    document = await issue(turn.session, kind, unit, subject, by, turn.now, turn.zone)
    turn.audit(f"{kind}.issued", f"document:{document.id}")
    return document


async def _write(turn: Turn, document: IssuedDocument, told: dict[str, str]) -> None:
    task = {"document": document.id, **told}
    await file_job(turn.session, DOCUMENT, turn.account.id, task, turn.now)


async def notice(turn: Turn, arguments: Sequence[str]) -> None:
    """What an inspection found, as a notice to the venue; the manager has a copy in her chat."""
    number = claimed_number(arguments[0] if arguments else "")
    actor = await turn.actor()
    row = await access_inspection(turn.session, actor, number, turn.now, own=False)
    if not row.failed:
        raise UserError("document.nothing_failed")
    there = await turn.session.get_one(Unit, row.unit_id)
    unit = await _unit(turn, there.path)
    document = await _issue(turn, DocumentKind.NOTICE, unit, f"inspection:{row.id}")
    await _write(turn, document, {})
    turn.send(views.writing(document, await turn.session.get_one(Unit, document.unit_id)))


FEATURE = Feature(
    commands={"bulletin": bulletin, "report_period": report},
    actions={"bulletin": begin_bulletin, "notice": notice, "periodreport": begin_report},
    forms=(FormSpec(DocumentDays, submit_days, final=True),),
    menu=(
        MenuItem("bulletin", ISSUERS, drawer=Drawer.PAPERS),
        MenuItem("report_period", SUPERVISORS, drawer=Drawer.PAPERS),
    ),
)
