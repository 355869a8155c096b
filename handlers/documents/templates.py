"""The templates of documents: the district takes one, edits it in Word, and drops it back.

The turn only asks for the work; whoever does jobs fetches the file and looks at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from handlers.claims import claimed_number
from handlers.documents import views
from handlers.feature import Drawer, Feature, MenuItem
from handlers.turn import Turn
from models.accounts import Role
from models.documents.kinds import DocumentKind
from models.documents.templates import TEMPLATE, go_back, her_district, in_force, versions
from models.errands import Errand
from models.files import keep_file
from models.jobs import asking_job, drop, file_job, put_task, task_of, wake
from models.messages import Outbound, UserError
from models.units import Unit

WORD = (".docx", ".docm", ".dotx", ".dotm", ".doc", ".dot", ".wps", ".odt", ".rtf")
_LONGEST_NAME = 80


async def _district(turn: Turn) -> Unit:
    """The district that she speaks for."""
    return await her_district(turn.session, await turn.actor())


def _kind(claimed: str) -> DocumentKind:
    if claimed not in set(DocumentKind):
        raise UserError("unknown.button")
    return DocumentKind(claimed)


async def templates(turn: Turn, _argument: str) -> None:
    await _district(turn)
    turn.send(views.kinds())


async def show(turn: Turn, arguments: Sequence[str]) -> None:
    """One kind: which template is in force, take it, go back to another."""
    district = await _district(turn)
    claimed, what, version = (*arguments, "", "", "")[:3]
    kind = _kind(claimed)
    match what:
        case "":
            turn.send(await _card(turn, district, kind))
        case "get":
            await _give(turn, district, kind)
        case "use":
            await go_back(turn.session, district, kind, claimed_number(version))
            turn.audit("template.chosen", f"template:{kind}", version)
            turn.replace(await _card(turn, district, kind))
        case _:
            raise UserError("unknown.button")


async def _card(turn: Turn, district: Unit, kind: DocumentKind) -> Outbound:
    return views.template(kind, await versions(turn.session, district, kind))


async def _give(turn: Turn, district: Unit, kind: DocumentKind) -> None:
    """The template in force, to be edited."""
    content, version = await in_force(turn.session, district, kind)
    key = await keep_file(
        turn.session,
        turn.say(views.template_name(kind, version)),
        views.WORD_TYPE,
        content,
        account_id=turn.account.id,
        now=turn.now,
    )
    turn.send(views.template_given(kind, key))


# -- one that is dropped into the chat -------------------------------------------------------------


async def take_template(turn: Turn) -> bool:
    """A member of staff drops a document of Word's or of its likes."""
    event = turn.event
    if event.kind != "file" or PurePath(event.file_name.lower()).suffix not in WORD:
        return False
    if not (await turn.actor()).roles:
        return False
    await _district(turn)
    if event.largest and event.size > event.largest:
        raise UserError("document.too_large", most=2)
    name = event.file_name[:_LONGEST_NAME]
    key = turn.send(views.looking(name))
    errand = Errand(channel=event.channel, file=event.file, name=name, key=key)
    await file_job(turn.session, TEMPLATE, turn.account.id, errand.model_dump(), turn.now)
    return True


async def decide(turn: Turn, arguments: Sequence[str]) -> None:
    """Documents are written by it from now on, or it is forgotten."""
    number, choice = (*arguments, "", "")[:2]
    await _district(turn)
    job = await asking_job(turn.session, claimed_number(number), turn.account.id)
    if job is None:
        raise UserError("template.over")
    errand = Errand.of(task_of(job))
    errand.message_id = turn.event.message_id
    if choice == "drop":
        drop(job)
        turn.replace(views.dropped(errand.name))
    else:
        errand.kind, errand.stage = _kind(choice), "land"
        wake(job)
        turn.replace(views.looking(errand.name))
    put_task(job, errand.model_dump())


FEATURE = Feature(
    commands={"template": templates},
    actions={"template": show, "newtemplate": decide},
    menu=(MenuItem("template", (Role.DISTRICT,), drawer=Drawer.PAPERS),),
    free=(take_template,),
)
