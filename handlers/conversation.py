"""The way of an event through the features: `take` is one transaction for one or many turns.

Waiting events of different people go as one batch; when any fails, they go one by one, and the
one that fails is answered with an apology and a reference number, its draft kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

import locales
from handlers.exchange import MENU
from handlers.registry import Registry
from handlers.turn import Turn
from models.accounts import Account
from models.inbox import Waiting, take_waiting
from models.messages import Inbound, Outbound, Text, UserError, load_inbound
from models.outbox import Letter, enqueue
from models.reach import lose
from models.session import Database, is_outage

log = structlog.get_logger()


async def take(
    db: Database, registry: Registry, chats: Sequence[str], now: datetime, zone: ZoneInfo
) -> int:
    """Take the next waiting event of each of these chats; how many there were.

    Raises only when the database is away.
    """
    try:
        async with db.write() as session:
            return await _take_batch(session, registry, chats, now, zone)
    except Exception as error:
        if is_outage(error):
            raise
    taken = 0
    for chat in chats:
        taken += await _take_next(db, registry, chat, now, zone)
    return taken


async def _take_next(
    db: Database, registry: Registry, chat: str, now: datetime, zone: ZoneInfo
) -> int:
    """One event alone. What it had begun is rolled back when it fails, then it is answered."""
    try:
        async with db.write() as session:
            return await _take_batch(session, registry, [chat], now, zone)
    except UserError as error:
        refusal = _Refuse(error.text, resume=True)
    except Exception as error:
        if is_outage(error):
            raise
        refusal = _Refuse(_apology(error), resume=False)
    try:
        return await _refuse(db, registry, chat, now, zone, refusal)
    except Exception as error:
        if is_outage(error) or not refusal.resume:
            raise
        refusal = _Refuse(_apology(error), resume=False)
    return await _refuse(db, registry, chat, now, zone, refusal)


async def _refuse(
    db: Database, registry: Registry, chat: str, now: datetime, zone: ZoneInfo, refusal: _Refuse
) -> int:
    async with db.write() as session:
        rows = await take_waiting(session, [chat])
        return await _take_rows(session, registry, rows, now, zone, refusal)


@dataclass(frozen=True, slots=True)
class _Refuse:
    """Instead of doing what was asked: say why not, and go on with the form under way."""

    text: Text
    resume: bool

    async def __call__(self, turn: Turn) -> None:
        turn.send(Outbound((self.text,)))
        if self.resume:
            await turn.resume()


def _apology(error: Exception) -> Text:
    """A bug of ours: logged under the number that the person is told."""
    reference = secrets.token_hex(4)
    log.error("turn_failed", reference=reference, exc_info=error)
    return Text("error.internal", {"reference": reference})


async def _take_batch(
    session: AsyncSession,
    registry: Registry,
    chats: Sequence[str],
    now: datetime,
    zone: ZoneInfo,
) -> int:
    rows = await take_waiting(session, chats)
    return await _take_rows(session, registry, rows, now, zone, _route)


async def _take_rows(
    session: AsyncSession,
    registry: Registry,
    rows: Waiting,
    now: datetime,
    zone: ZoneInfo,
    answer: Callable[[Turn], Awaitable[None]],
) -> int:
    letters: list[Letter] = []
    for row, conversation, known in rows:
        event = load_inbound(row.payload)
        account = known or await _meet(session, event, now)
        account.name = account.name or event.name or None
        turn = Turn(session, registry, event, row.id, conversation, account, now, zone)
        await answer(turn)
        turn.close()
        letters += turn.letters
    await session.flush()
    await enqueue(session, letters, now)
    return len(rows)


async def _meet(session: AsyncSession, event: Inbound, now: datetime) -> Account:
    """Somebody writes for the first time. Whoever does so in a group cannot be written to before
    she has opened a chat of her own with us."""
    account = Account(chat=event.chat, lang=locales.closest(event.lang), created_at=now)
    account.blocked_at = now if event.place else None
    session.add(account)
    await session.flush()
    return account


async def _route(turn: Turn) -> None:
    event = turn.event
    if event.kind == "blocked":
        await lose(turn.session, turn.account.id, turn.now)
        turn.account.blocked_at = turn.now
        return
    if (happening := turn.registry.happenings.get(event.kind)) is not None:
        await happening(turn)
        return
    if event.place:
        for handler in turn.registry.gathered:
            if await handler(turn):
                return
    else:
        turn.account.blocked_at = None
    if event.kind == "unblocked":
        return
    if event.command and not event.edited:
        await _command(turn, event.command, event.argument)
    elif event.kind == "tap":
        await _tap(turn, event.data)
    elif event.kind == "photo" and turn.more_of_album():
        return
    elif turn.draft is not None and (event.kind != "file" or turn.asks_picture()):
        await turn.answer()  # a file is a sheet, but where she should send a picture
        for handler in turn.registry.refused if turn.refused else ():
            if await handler(turn):
                break
    else:
        await _free(turn)
    if turn.interrupted:
        await turn.resume()


async def _command(turn: Turn, name: str, argument: str) -> None:
    handler = turn.registry.commands.get(name)
    if handler is None:
        raise UserError("unknown.command")
    await handler(turn, argument)


async def _tap(turn: Turn, data: str) -> None:
    kind, _, rest = data.partition(":")
    if kind == "f":
        await _form_tap(turn, rest)
        return
    verb, *arguments = rest.split(":")
    handler = turn.registry.actions.get(verb) if kind == "a" else None
    if handler is None:
        raise UserError("unknown.button")
    await handler(turn, arguments)


async def _form_tap(turn: Turn, rest: str) -> None:
    """A button of a form: of the one under way, of a parked one, or of one that is over."""
    nonce = rest.partition(":")[0]
    for draft in turn.drafts[:-1]:
        if draft.nonce == nonce:
            turn.drafts.remove(draft)
            turn.drafts.append(draft)
            break
    if turn.draft is None:
        # Not in its place: the tapped message may have turned into a receipt meanwhile.
        turn.send(Outbound((Text("unknown.old_button"),), MENU))
        return
    await turn.answer()


async def _free(turn: Turn) -> None:
    """Something without a question: a feature may know what it answers."""
    for handler in turn.registry.free:
        if await handler(turn):
            return
    key = "unknown.text" if turn.event.kind == "text" else "unknown.kind"
    turn.send(Outbound((Text(key),), MENU))
