"""The command line: parses words, calls what does the work, prints the outcome.

What `run` does not need is imported by the command that does.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import locales
from bot import logs, operations
from bot.app import App, database
from bot.channels.base import BadToken
from bot.channels.telegram import TelegramChannel
from bot.patience import Patience, Stopped
from bot.settings import Settings
from bot.web.health import pages
from bot.web.serving import serving
from bot.web.webhook import receiving
from models.accounts import Role
from models.clock import SystemClock
from models.leads import LeadSource
from models.messages import Text, UserError, Value
from models.sheets import BROUGHT_BY

Command: TypeAlias = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def say(key: str, **params: Value) -> str:
    """Words for the operator."""
    return locales.render(locales.SOURCE, Text(key, params))


def main() -> None:
    """The `gridbot` command."""
    arguments = _parser().parse_args()
    logs.configure(pretty=sys.stderr.isatty())
    try:
        settings = Settings.read()
    except UserError as error:
        sys.exit(locales.render(locales.SOURCE, error.text))
    logs.configure(settings.log_level, pretty=sys.stderr.isatty())
    run: Command = arguments.run
    try:
        sys.exit(asyncio.run(run(settings, arguments)))
    except UserError as error:
        sys.exit(locales.render(locales.SOURCE, error.text))
    except Stopped:
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)


def _tell(text: Text) -> None:
    print(locales.render(locales.SOURCE, text), flush=True)


def _warn(text: Text) -> None:
    print(locales.render(locales.SOURCE, text), file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gridbot", description="grassroots health protection")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Command, about: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about)
        command.set_defaults(run=run)
        return command

    add("run", _run, "run the bot (GRIDBOT_TELEGRAM_TOKEN is all it needs)")
    demo = add("demo", _demo, "play a day in a small district, no token needed")
    demo.add_argument("--port", type=int, default=0, help="of the page; 0 takes any free one")
    talk = add("chat", _chat, "the same conversations in the terminal")
    talk.add_argument("--as", dest="person", default="me", metavar="NAME", help="who is talking")
    talk.add_argument("--record", type=Path, metavar="FILE", help="write a transcript")
    init = add("init", _init, "create the database, print an administrator's one-time code")
    init.add_argument("--protocol", action="append", default=[], metavar="ID", help="active pack")
    sheet = add("import", _import, "take in a sheet; bad rows come back with their reasons")
    sheet.add_argument("kind", choices=tuple(BROUGHT_BY))
    sheet.add_argument("file", type=Path, metavar="FILE.xlsx")
    sheet.add_argument(
        "--source", choices=[one.value for one in LeadSource], help="of leads without such a column"
    )
    sheet.add_argument("--batch", default="", metavar="NUMBER", help="of leads: batch or letter")
    answer = add("export", _export, "the answer to a batch of leads, as a sheet")
    answer.add_argument("kind", choices=["leads"])
    answer.add_argument("--batch", required=True, metavar="NUMBER")
    answer.add_argument("--out", type=Path, required=True, metavar="FILE.xlsx")
    invite = add("invite", _invite, "print a one-time code, used as /start CODE")
    invite.add_argument("--role", required=True, choices=[role.value for role in Role])
    invite.add_argument("--unit", required=True, metavar="CODE")
    gate = add("gate", _gate, "make the QR code of a gate, which carries its unit")
    gate.add_argument("--unit", required=True, metavar="CODE")
    gate.add_argument("--out", type=Path, metavar="FILE.png", help="write the picture (png, svg)")
    tick = add("tick", _tick, "do everything that is due at an instant, once")
    tick.add_argument("--at", required=True, metavar="ISO8601")
    play = add("rehearse", _rehearse, "what would be sent until then; sends nothing")
    play.add_argument("--until", default="", metavar="ISO8601", help="else the end of tomorrow")
    keep = add("backup", _backup, "write everything to one file; the bot may run")
    keep.add_argument("file", type=Path, metavar="FILE")
    keep.add_argument("--with-keys", action="store_true", help="the key ring as well; guard it")
    back = add("restore", _restore, "put a backup into an empty database; the bot must not run")
    back.add_argument("file", type=Path, metavar="FILE")
    back.add_argument("--replace", action="store_true", help="drop what is in the database")
    rotate = add("rotate-keys", _rotate, "encrypt everything under a new key; the bot may run")
    rotate.add_argument("--forget-old", action="store_true", help="drop the keys not used any more")
    add("doctor", _doctor, "what is wrong with this installation, and what to do")
    return parser


def _now() -> datetime:
    return SystemClock().now()


async def _run(settings: Settings, _: argparse.Namespace) -> int:
    if not settings.telegram_token:
        print(say("run.no_token"), file=sys.stderr)
        return 2
    refused = False
    stop = _stop_on_signals()
    patience = Patience(stop, _warn)
    async with database(settings, patience) as db:
        channel = operations.telegram(settings)
        code = await patience.until_there(db, lambda: operations.first_admin(db, _now()))
        if code:
            print(say("run.first_admin", code=code), flush=True)
        polled, pushed = ((), (channel,)) if settings.webhook_url else ((channel,), ())
        app = App(db, settings, {TelegramChannel.name: channel}, polled, pushed)
        logs.watch(app.metrics.count_line)
        try:
            async with (
                receiving(app.hooks, settings.webhook_host, settings.webhook_port) as hook,
                serving(pages(app), settings.web_host, settings.web_port) as url,
            ):
                if hook:
                    print(say("run.receiving", url=hook, public=settings.webhook_url))
                print(say("run.started", url=url), flush=True)
                # What is there now stays; to look through it for garbage would hold up everybody.
                gc.freeze()
                await app.run(stop)
        except* BadToken:
            refused = True
            print(say("run.bad_token"), file=sys.stderr)
        finally:
            await channel.close()
    return 2 if refused else 0


def _stop_on_signals() -> asyncio.Event:
    """Set on Ctrl-C and SIGTERM, so that what is in flight is finished."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop


async def _demo(settings: Settings, arguments: argparse.Namespace) -> int:
    from bot.demo.play import play

    await play(settings, arguments.port, _stop_on_signals())
    return 0


async def _chat(settings: Settings, arguments: argparse.Namespace) -> int:
    from bot.terminal import chat

    async with database(settings) as db:
        await chat(settings, db, arguments.person, arguments.record)
    return 0


async def _init(settings: Settings, arguments: argparse.Namespace) -> int:
    async with database(settings) as db:
        code = await operations.initialise(db, arguments.protocol, _now())
    print(say("init.done", code=code))
    return 0


async def _import(settings: Settings, arguments: argparse.Namespace) -> int:
    from bot.imports.landing import import_sheet
    from models import twins

    async with database(settings) as db:
        done = await import_sheet(
            db,
            arguments.kind,
            arguments.file,
            _now(),
            settings.zone,
            {"source": arguments.source or "", "batch": arguments.batch},
        )
        async with db.read() as session:
            pairs = await twins.waiting(session)
    print(
        say(
            "import.done",
            landed=done.landed,
            changed=done.changed,
            unchanged=done.unchanged,
            refused=done.refused,
            path=str(done.returned),
        )
    )
    if pairs:
        print(say("import.twins", n=pairs))
    return 0


async def _export(settings: Settings, arguments: argparse.Namespace) -> int:
    from bot.exports import export_leads

    async with database(settings) as db:
        rows = await export_leads(db, arguments.batch, arguments.out, _now(), settings.zone)
    print(say("export.done", n=rows, path=str(arguments.out)))
    return 0


async def _invite(settings: Settings, arguments: argparse.Namespace) -> int:
    async with database(settings) as db:
        code = await operations.make_invite(db, Role(arguments.role), arguments.unit, _now())
    print(code)
    return 0


async def _gate(settings: Settings, arguments: argparse.Namespace) -> int:
    name = ""
    if settings.telegram_token:
        channel = operations.telegram(settings)
        try:
            name = await channel.identify()
        finally:
            await channel.close()
    async with database(settings) as db:
        print(await operations.make_gate(db, arguments.unit, name, arguments.out, _now()))
    return 0


def _instant(settings: Settings, text: str) -> datetime:
    """An instant as the operator writes it; without an offset it is local."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UserError("tick.bad_instant", text=text) from None
    return (at.replace(tzinfo=settings.zone) if at.tzinfo is None else at).astimezone(UTC)


async def _tick(settings: Settings, arguments: argparse.Namespace) -> int:
    at = _instant(settings, arguments.at)
    async with database(settings) as db:
        print(say("tick.done", n=await operations.tick_at(settings, db, at)))
    return 0


async def _rehearse(settings: Settings, arguments: argparse.Namespace) -> int:
    from bot.rehearsal import report, tomorrow_night

    now, told = _now(), arguments.until
    until = _instant(settings, told) if told else tomorrow_night(now, settings.zone)
    await report(settings, now, until, _tell)
    return 0


async def _backup(settings: Settings, arguments: argparse.Namespace) -> int:
    from bot.backup import backup

    await backup(settings, arguments.file, _now(), _tell, with_keys=arguments.with_keys)
    return 0


async def _restore(settings: Settings, arguments: argparse.Namespace) -> int:
    from bot.backup import restore

    await restore(settings, arguments.file, _now(), _tell, replace=arguments.replace)
    return 0


async def _rotate(settings: Settings, arguments: argparse.Namespace) -> int:
    from bot.rotation import forget_old, rotate

    async with database(settings) as db:
        await (forget_old if arguments.forget_old else rotate)(settings, db, _tell)
    return 0


async def _doctor(settings: Settings, _: argparse.Namespace) -> int:
    from bot.doctor import examine
    from bot.findings import Verdict

    marks = {
        Verdict.GOOD: say("doctor.good"),
        Verdict.WARN: say("doctor.warn"),
        Verdict.BAD: say("doctor.bad"),
    }
    bad = False
    async for finding in examine(settings):
        bad = bad or finding.verdict is Verdict.BAD
        print(marks[finding.verdict], locales.render(locales.SOURCE, finding.text))
    return 1 if bad else 0
