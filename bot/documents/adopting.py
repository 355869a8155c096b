"""Looks at a template that was dropped into a chat, shows what it would come to, and keeps it
once that is confirmed. The file is fetched and looked at again then."""

from __future__ import annotations

import io
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Files
from bot.documents import process
from bot.documents.words import GAP, filled, say
from bot.dropped import fetch_dropped
from bot.imports.saying import add, show
from handlers.documents import views
from models import audit
from models.access import actor_of
from models.accounts import Account
from models.clock import Clock
from models.documents.kinds import DocumentKind, layout
from models.documents.templates import her_district, keep_template
from models.errands import Errand
from models.files import keep_file
from models.jobs import Claimed, ask, end
from models.messages import Text, UserError
from models.session import Database
from models.units import Unit


def placeholder() -> bytes:
    """A grey picture, which stands in a sample where one of figures will."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (600, 400), "#DDDDDD").save(out, "png")
    return out.getvalue()


class TemplateWork:
    """Jobs of the kind TEMPLATE. `files` are the channels that files can be fetched from."""

    def __init__(
        self, db: Database, files: Mapping[str, Files], clock: Clock, zone: ZoneInfo
    ) -> None:
        self._db = db
        self._files = files
        self._clock = clock
        self._zone = zone

    async def do(self, job: Claimed) -> None:
        errand = Errand.of(job.task)
        content = await fetch_dropped(self._files, errand)
        if errand.stage == "look":
            await self._look(job, errand, content)
        else:
            await self._adopt(job, errand, content)

    async def give_up(self, job: Claimed, why: Text) -> None:
        errand = Errand.of(job.task)
        async with self._db.write() as session:
            await end(session, job, well=False)
            await show(session, job, errand, views.refused(errand.name, why), self._clock.now())

    async def _look(self, job: Claimed, errand: Errand, content: bytes) -> None:
        """Say what it would be a template of, with a document of invented facts; or which of its
        names nobody knows."""
        found = {kind: await process.look(content, layout(kind)) for kind in DocumentKind}
        if not any(known or unknown for known, unknown in found.values()):
            raise UserError("template.no_names")
        order = sorted(found, key=lambda kind: (len(found[kind][1]), -len(found[kind][0])))
        fitting = [kind for kind in order if not found[kind][1]]
        best, now = order[0], self._clock.now()
        if not fitting:
            message = views.unknown(errand.name, best, found[best][1])
            async with self._db.write() as session:
                await end(session, job, well=False)
                await show(session, job, errand, message, now)
            return
        known = layout(best)
        words = filled(known, known.sample, self._zone)
        pictures = dict.fromkeys(known.pictures.values(), placeholder())
        sample = await process.fill(content, words, say(GAP), pictures)
        unused = (known.names | known.columns.keys()) - found[best][0]
        async with self._db.write() as session:
            message = views.preview(job.id, errand.name, fitting, unused)
            await show(session, job, errand, message, now)
            name = say(Text("template.file.sample", {"kind": views.kind_text(best)}))
            by = job.account_id
            key = await keep_file(session, name, views.WORD_TYPE, sample, account_id=by, now=now)
            await add(session, job, errand, views.sample(best, key), now)
            await ask(session, job, errand.model_dump())

    async def _adopt(self, job: Claimed, errand: Errand, content: bytes) -> None:
        kind = DocumentKind(errand.kind)
        _, unknown = await process.look(content, layout(kind))
        if unknown:
            raise UserError("template.changed")
        async with self._db.write() as session:
            await end(session, job)
            district, now = await self._district(session, job), self._clock.now()
            row = await keep_template(session, district, kind, content, job.account_id, now)
            what = f"template:{kind}"
            audit.record(
                session, now, job.account_id, "template.adopted", what, version=row.version
            )
            await show(session, job, errand, views.adopted(kind, row.version), now)

    async def _district(self, session: AsyncSession, job: Claimed) -> Unit:
        account = await session.get_one(Account, job.account_id)
        return await her_district(session, await actor_of(session, account, self._clock.now()))
