"""The document of somebody who had none to show when she was found."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.engine.draft import Draft
from handlers.feature import Filed
from handlers.turn import Turn
from handlers.visits.form import Papers
from models.access import access_person
from models.actors import Action
from models.identity import IdDocument
from models.merging import keeper, merge
from models.messages import Text, UserError
from models.obligations import Kind
from models.papers import papers_shown
from models.people import Person, id_index, person_by_document


async def begin(turn: Turn, arguments: Sequence[str]) -> None:
    """a:papers:<obligation>"""
    item = await turn.obligation(arguments, Action.VERIFY, Kind.PAPERS)
    if not item.is_open():
        raise UserError("papers.over")
    await turn.begin(Papers, {"person": item.person_id})


async def submit(turn: Turn, filled: Papers, draft: Draft) -> Filed:
    """She has a document from now on, or turns out to be somebody on record."""
    actor = await turn.actor()
    person = await access_person(turn.session, actor, draft.context["person"], Action.VERIFY)
    if person.id_index is not None:
        raise UserError("papers.over")
    known = await person_by_document(turn.session, filled.document)
    same = known if known is not None and known is not person else None
    person = await _joined(turn, person, same) if same else _identified(person, filled.document)
    await turn.session.flush()
    submission = await turn.file(filled, draft, person_id=person.id, unit_id=person.unit_id)
    await papers_shown(turn.session, person.id, turn.account.id, turn.now)
    turn.audit("papers.shown", f"person:{person.id}")
    key = "papers.merged" if same else "papers.added"
    return Filed(submission, (Text(key, {"name": person.name}),))


def _identified(person: Person, document: IdDocument) -> Person:
    person.id_kind, person.id_number = document.kind, document.number
    person.id_index = id_index(document)
    return person


async def _joined(turn: Turn, person: Person, known: Person) -> Person:
    """The two rows become one, where both are hers to keep."""
    try:
        await access_person(turn.session, await turn.actor(), known.id, Action.VERIFY)
    except UserError:
        raise UserError("papers.elsewhere") from None
    kept, lost = keeper(person, known)
    await merge(turn.session, kept, lost, turn.account.id, turn.now)
    return kept
