"""A notice of a supervisor to many: to whom, the words, a preview, the sending, who has read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

import locales
from handlers.broadcasts import views
from handlers.broadcasts.form import BroadcastTranslation, BroadcastWords
from handlers.claims import claimed_number
from handlers.engine.draft import Draft
from handlers.feature import Drawer, Feature, Filed, FormSpec, MenuItem
from handlers.turn import Turn
from models.access import access_unit
from models.accounts import SUPERVISORS
from models.actors import Action
from models.broadcasts import (
    BROADCAST,
    Broadcast,
    Circle,
    access_broadcast,
    languages,
    mark_read,
    progress,
    put_words,
    sizes,
    stop,
    write,
)
from models.jobs import file_job
from models.messages import UserError
from models.units import Unit, children
from models.verification import KEEP_DAYS

LATEST = 3
KEPT = timedelta(days=KEEP_DAYS)


async def broadcast(turn: Turn, _argument: str) -> None:
    """Her unit, who in it may be meant, and the notices that she sent last."""
    top = (await turn.actor()).top(*SUPERVISORS)
    if top is None:
        raise UserError("access.supervisors_only")
    turn.send(views.circles(await _circles(turn, top.unit_id), await _latest(turn)))


async def _latest(turn: Turn) -> list[Broadcast]:
    found = await turn.session.scalars(
        select(Broadcast)
        .where(Broadcast.by_id == turn.account.id, Broadcast.sent_at.is_not(None))
        .order_by(Broadcast.id.desc())
        .limit(LATEST)
    )
    return list(found)


async def _unit(turn: Turn, unit_id: int) -> Unit:
    return await access_unit(turn.session, await turn.actor(), unit_id, Action.OVERSEE)


async def _circles(turn: Turn, unit_id: int) -> views.Audience:
    unit = await _unit(turn, unit_id)
    below = await children(turn.session, unit)
    return views.Audience(unit, await sizes(turn.session, unit, turn.now), bool(below))


async def cast(turn: Turn, arguments: Sequence[str]) -> None:
    """a:cast:<to, units, words, lang, go, again, drop, show or stop>:<number>:..."""
    verb, number, rest = (*arguments, "", "", "")[:3]
    deed = DEEDS.get(verb)
    if deed is None:
        raise UserError("unknown.button")
    await deed(turn, claimed_number(number), rest)


async def to(turn: Turn, unit_id: int, _rest: str) -> None:
    turn.replace(views.circles(await _circles(turn, unit_id), ()))


async def units(turn: Turn, unit_id: int, _rest: str) -> None:
    unit = await _unit(turn, unit_id)
    turn.replace(views.units(unit, await children(turn.session, unit)))


async def words(turn: Turn, unit_id: int, rest: str) -> None:
    """To whom is known: now the words."""
    unit = await _unit(turn, unit_id)
    if rest not in list(Circle):
        raise UserError("unknown.button")
    await turn.begin(BroadcastWords, {"unit": unit.id, "circle": rest})


async def written(turn: Turn, filled: BroadcastWords, draft: Draft) -> Filed:
    """The preview: as it will be read, to how many, how long it takes."""
    unit = await _unit(turn, int(draft.context["unit"]))
    circle = Circle(draft.context["circle"])
    said = {turn.account.lang: filled.words}
    notice = await write(
        turn.session, unit, circle, said, turn.account.id, turn.now, turn.today + KEPT
    )
    return await _preview(turn, notice, unit)


async def _preview(turn: Turn, notice: Broadcast, unit: Unit) -> Filed:
    counts = await languages(turn.session, unit, notice.circle, turn.now)
    shown = views.preview(notice, unit, counts, turn.account.lang)
    return Filed(None, shown.lines, shown.rows)


async def _draft(turn: Turn, broadcast_id: int) -> tuple[Broadcast, Unit]:
    """What she wrote and has not sent, of a unit that is still hers."""
    notice = await access_broadcast(turn.session, await turn.actor(), broadcast_id)
    if notice.sent_at is not None or not notice.said():
        raise UserError("cast.over")
    return notice, await _unit(turn, notice.unit_id)


async def lang(turn: Turn, broadcast_id: int, rest: str) -> None:
    """The same in another language."""
    notice, _ = await _draft(turn, broadcast_id)
    if rest not in locales.LANGS:
        raise UserError("unknown.button")
    await turn.begin(BroadcastTranslation, {"notice": notice.id, "lang": rest})


async def translated(turn: Turn, filled: BroadcastTranslation, draft: Draft) -> Filed:
    notice, unit = await _draft(turn, int(draft.context["notice"]))
    put_words(notice, str(draft.context["lang"]), filled.words)
    return await _preview(turn, notice, unit)


async def go(turn: Turn, broadcast_id: int, _rest: str) -> None:
    """Send it; a second tap shows how far it is."""
    notice = await access_broadcast(turn.session, await turn.actor(), broadcast_id)
    if notice.sent_at is not None:
        await show(turn, broadcast_id, "")
        return
    notice, unit = await _draft(turn, broadcast_id)
    counts = await languages(turn.session, unit, notice.circle, turn.now)
    if not counts:
        raise UserError("cast.nobody")
    notice.sent_at = turn.now
    await file_job(turn.session, BROADCAST, turn.account.id, {"notice": notice.id}, turn.now)
    turn.audit("broadcast.sent", f"broadcast:{notice.id}", unit=unit.id, n=sum(counts.values()))
    turn.replace(views.sending(notice, unit, sum(counts.values())))


async def again(turn: Turn, broadcast_id: int, _rest: str) -> None:
    """Other words to the same."""
    notice, unit = await _draft(turn, broadcast_id)
    circle = notice.circle
    await turn.session.delete(notice)
    await turn.begin(BroadcastWords, {"unit": unit.id, "circle": str(circle)})


async def drop(turn: Turn, broadcast_id: int, _rest: str) -> None:
    notice, _ = await _draft(turn, broadcast_id)
    await turn.session.delete(notice)
    turn.replace(views.dropped())


async def show(turn: Turn, broadcast_id: int, _rest: str) -> None:
    """How far it is, and who has read it: a number, no names."""
    notice = await access_broadcast(turn.session, await turn.actor(), broadcast_id)
    if notice.sent_at is None:
        raise UserError("cast.over")
    unit = await turn.session.get_one(Unit, notice.unit_id)
    turn.replace(views.state(notice, unit, await progress(turn.session, notice)))


async def end(turn: Turn, broadcast_id: int, _rest: str) -> None:
    """Nobody else hears of it."""
    notice = await access_broadcast(turn.session, await turn.actor(), broadcast_id)
    if notice.sent_at is None:
        raise UserError("cast.over")
    if notice.stopped_at is None:
        taken = await stop(turn.session, notice, turn.now)
        turn.audit("broadcast.stopped", f"broadcast:{notice.id}", n=taken)
    await show(turn, broadcast_id, "")


DEEDS = {
    "to": to,
    "units": units,
    "words": words,
    "lang": lang,
    "go": go,
    "again": again,
    "drop": drop,
    "show": show,
    "stop": end,
}


async def heard(turn: Turn, arguments: Sequence[str]) -> None:
    """Somebody has read a notice that was sent to her."""
    number = claimed_number(arguments[0]) if arguments else 0
    notice = await mark_read(turn.session, number, turn.account.id, turn.now)
    unit = await turn.session.get_one(Unit, notice.unit_id)
    turn.replace(views.read(notice, unit, turn.account.lang))


FEATURE = Feature(
    commands={"broadcast": broadcast},
    actions={"cast": cast, "heard": heard},
    forms=(
        FormSpec(BroadcastWords, written, final=True),
        FormSpec(BroadcastTranslation, translated, final=True),
    ),
    menu=(MenuItem("broadcast", SUPERVISORS, drawer=Drawer.TEAM),),
)
