"""A ledger of ours that comes back to whoever decides on its columns: what they would be."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from bot.documents.words import say
from bot.imports.marks import Headed
from bot.imports.reader import Reader
from handlers.ledgers import headingviews as views
from models.actors import Actor
from models.documents.templates import decides, her_district
from models.errands import Errand, NewHeadings
from models.ledgers.declaration import Ledger
from models.ledgers.headings import change, in_force, marked, standard, understood
from models.messages import Outbound, UserError
from models.session import Database


async def proposed(
    db: Database,
    ledgers: Mapping[str, Ledger],
    actor: Actor,
    reader: Reader,
    errand: Errand,
    job_id: int,
) -> Outbound | None:
    """What she is asked, noted in `errand`; None where the sheet is no ledger of ours, or the
    columns are not hers to decide on."""
    if errand.rows_only or not decides(actor):
        return None
    try:
        heads = await reader.heads()
        ledger = marked(ledgers, [mark for mark, _ in heads.cells]) if heads else None
        if heads is None or ledger is None:
            return None
        async with db.read() as session:
            return await _asked(session, actor, ledger, heads, errand, job_id)
    except UserError as error:
        return views.refused(job_id, errand.name, error.text)


async def _asked(
    session: AsyncSession,
    actor: Actor,
    ledger: Ledger,
    heads: Headed,
    errand: Errand,
    job_id: int,
) -> Outbound:
    district = await her_district(session, actor)
    usual = standard(ledger, say)
    current, _ = await in_force(session, district, ledger, say)
    new = understood(ledger, usual, current, heads.cells)
    if new == current:
        return views.same(job_id, errand.name, ledger)
    columns = [(one.code, one.words) for one in new]
    errand.headings = NewHeadings(ledger=ledger.code, columns=columns)
    return views.preview(job_id, errand.name, district, ledger, change(current, new), new)
