"""What a feature sees of one event: an exchange with somebody, and the forms that she fills.

State, facts and messages of a turn are committed together or not at all; see conversation.py.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.engine.context import Context, Need, Option
from handlers.engine.draft import Draft
from handlers.engine.form import Form
from handlers.engine.frame import asks
from handlers.engine.step import Stepped, begin, show, step
from handlers.exchange import Exchange
from handlers.feature import FormSpec
from handlers.registry import Registry
from handlers.way import KEY as WAY_BACK
from handlers.way import button as back_button
from models.accounts import Account, account_of_person
from models.inbox import Conversation
from models.messages import Button, Edit, Inbound, Outbound, Rows, Text, UserError
from models.outbox import let_go
from models.people import Person
from models.registers import Submission, dump_answers, new_receipt
from models.verification import KEEP_DAYS

MAX_DRAFTS = 5
_MAX_NEEDS = 8


class Turn(Exchange):
    """An event and what may be done with it: answer, tell somebody, begin a form, file it."""

    def __init__(
        self,
        session: AsyncSession,
        registry: Registry,
        event: Inbound,
        inbox_id: int,
        conversation: Conversation,
        account: Account,
        now: datetime,
        zone: ZoneInfo,
    ) -> None:
        super().__init__(session, event, inbox_id, account, now, zone)
        self.registry = registry
        # A form that a deploy has taken away is forgotten: nothing could ever answer it.
        self.drafts = [d for d in _load(conversation.draft) if d.form in registry.forms]
        self._before = conversation.draft
        self._conversation = conversation
        self.refused = False  # what was said is no answer to the form's question
        self.news: tuple[Text, ...] = ()  # what a list says first: a deed just done
        self._begun = False
        self._in_place = False
        self._consented: tuple[Text, ...] = ()  # said of what was filed on somebody's behalf

    @property
    def draft(self) -> Draft | None:
        """The form under way."""
        return self.drafts[-1] if self.drafts else None

    def spec(self, code: str) -> FormSpec:
        return self.registry.forms[code]

    async def begin(
        self,
        form: type[Form],
        context: Mapping[str, Any] | None = None,
        answers: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Start a form. The same one half-filled is taken up again; another one is parked."""
        context = dict(context or {})
        self._in_place = self.way is not None
        for parked in self.drafts:
            if parked.form == form.code and _about(parked) == context and not answers:
                self.drafts.remove(parked)
                self.drafts.append(parked)
                await self.resume()
                return
        if self.way:
            context[WAY_BACK] = self.way.ref
        nonce = secrets.token_hex(3)
        spec = self.spec(form.code)
        draft = Draft(form.code, form.version, nonce, context=context)
        first = await self._settle(
            spec,
            draft,
            lambda known: begin(
                form, nonce, known, feature_context=context, answers=answers, labels=labels
            ),
        )
        self.drafts = [*self.drafts, draft][-MAX_DRAFTS:]
        await self._follow(spec, first)

    async def begin_with(self, form: type[Form], context: Mapping[str, Any]) -> None:
        """Start a form with the event itself as the first answer, without asking first."""
        sent, live = len(self.letters), self._conversation.live
        await self.begin(form, context)
        del self.letters[sent:]
        self._conversation.live = live
        await self.answer()

    async def submit_now(
        self, filled: Form, context: Mapping[str, Any], labels: Mapping[str, str] | None = None
    ) -> None:
        """A form that one tap has filled; one of its kind half-filled is done with it."""
        spec = self.spec(filled.code)
        self.drafts = [
            d for d in self.drafts if not (d.form == filled.code and _about(d) == context)
        ]
        nonce, said = secrets.token_hex(3), labels or {}
        draft = Draft(filled.code, filled.version, nonce, context=context, labels=said)
        await self._submit(spec, filled, draft)

    async def resume(self) -> None:
        """Show the question where she is; a form that cannot go on now says why."""
        if (draft := self.draft) is None:
            return
        self._begun = True
        spec = self.spec(draft.form)
        try:
            shown = await self._settle(spec, draft, lambda known: show(spec.form, draft, known))
        except UserError as error:
            if not any(error.text in letter.message.lines for letter in self.letters):
                self.send(Outbound((error.text,)))
            return
        await self._follow(spec, shown)

    async def answer(self) -> None:
        """Hand the event to the form under way."""
        draft = self.draft
        assert draft is not None, "the caller looked"
        self._begun = True
        spec = self.spec(draft.form)
        await self._follow(
            spec,
            await self._settle(
                spec, draft, lambda known: step(spec.form, draft, self.event, known)
            ),
        )

    async def cancel(self) -> None:
        """Drop the form under way; one that was parked comes back."""
        self.drafts.pop()
        await self._form_ended()

    async def _settle(self, spec: FormSpec, draft: Draft, run: Any) -> Stepped:
        """Run a step, resolving the options that it asks for."""
        known: dict[Need, Sequence[Option]] = {}
        for _ in range(_MAX_NEEDS):
            stepped: Stepped = run(Context(self.now, self.zone, self.say, known))
            if stepped.need is None:
                return stepped
            source = spec.options[stepped.need.source]
            known[stepped.need] = await source(self, stepped.draft or draft, stepped.need.query)
        raise RuntimeError(f"{spec.form.code}: options are asked for without end")

    async def _follow(self, spec: FormSpec, stepped: Stepped) -> None:
        """Keep what the step came to, say what it says."""
        self._begun = True
        self.refused = stepped.refused
        if stepped.submitted is not None:
            for message in stepped.replies:
                self.send(message)
            finished = self.drafts.pop()
            live, self._conversation.live = self._conversation.live, ""
            await self._submit(spec, stepped.submitted, stepped.draft or finished, live)
            return
        for message in stepped.replies:
            ended = self._way_rows(self.drafts[-1]) if stepped.cancelled else ()
            self._send_form(replace(message, rows=(*message.rows, *ended)))
        if stepped.cancelled:
            self.drafts.pop()
            await self._form_ended()
        elif stepped.draft is not None:
            self.drafts[-1] = stepped.draft

    def _send_form(self, message: Outbound) -> None:
        """A form's message takes the buttons of the one before it away."""
        live = self._conversation.live
        if self._in_place and not message.keyboard and message.edit == Edit.SEND:
            # Opened from a list: the form stands in its place, and leads back to it.
            self._in_place = False
            self._conversation.live = self.replace(message)
            return
        if message.edit == Edit.SEND and live and not message.dismiss_keyboard:
            message = replace(message, retires=live)
        self._conversation.live = self.send(message)

    async def _submit(self, spec: FormSpec, filled: Form, draft: Draft, live: str = "") -> None:
        """File the form; its last message, `live`, turns into the receipt or loses its buttons."""
        parked = self.draft
        filed = await spec.submit(self, filled, draft)
        if filed is None:
            if self.draft is parked:  # else it led on to another form, which was asked
                await self._form_ended()
            return
        lines, rows = (*filed.lines, *self._consented), filed.rows
        if filed.submission is not None:
            lines = (*lines, Text("receipt.number", {"number": filed.submission.receipt}))
            rows = (*rows, *self._correction_rows(spec, filed.submission))
        message = Outbound(lines, (*rows, *self._way_rows(draft)))
        if self.event.kind == "tap":
            self.replace(message)
        else:
            self.send(replace(message, retires=live))
        await self._form_ended()

    def _way_rows(self, draft: Draft) -> Rows:
        ref = draft.context.get(WAY_BACK)
        return ((back_button(ref, Text("list.go_on")),),) if ref else ()

    def _correction_rows(self, spec: FormSpec, submission: Submission) -> Rows:
        if spec.final:
            return ()
        number = str(submission.id)
        buttons = [Button(Text("receipt.correct"), f"a:correct:{number}")]
        if spec.withdraw is not None:
            buttons.append(Button(Text("receipt.withdraw"), f"a:withdraw:{number}"))
        return (tuple(buttons),)

    async def done(self, *lines: Text, protect: bool = False) -> None:
        """A deed is done: its card says so, or the list that it was opened from goes on."""
        if self.way is None:
            self.replace(Outbound(lines, protect=protect))
            return
        self.news, ref, self.way = lines, self.way.ref, None
        await self.registry.actions["day"](self, ref.split("-"))

    async def _form_ended(self) -> None:
        await let_go(self.session, self.account.id)
        if self.drafts:
            await self.resume()

    async def file(
        self,
        filled: Form,
        draft: Draft,
        *,
        person_id: int | None,
        unit_id: int | None,
        obligation_id: int | None = None,
        on_behalf: bool = False,
    ) -> Submission:
        """Write a submitted form down, with its receipt; a correction supersedes."""
        corrected = draft.context.get("corrects")
        row = Submission(
            form=filled.code,
            version=filled.version,
            receipt=new_receipt(self.today),
            answers=dump_answers(filled.model_dump(mode="json"), draft.labels),
            context=_about(draft, "corrects"),
            actor_id=self.account.id,
            person_id=person_id,
            unit_id=unit_id,
            obligation_id=obligation_id,
            at=self.now,
            on_behalf=on_behalf,
            supersedes_id=corrected,
            purge_on=self.today + timedelta(days=KEEP_DAYS),
        )
        self.session.add(row)
        await self.session.flush()
        if on_behalf and person_id is not None:
            await self.on_behalf(person_id, Text(f"{filled.code}.title"), row.receipt)
        return row

    async def on_behalf(self, person_id: int, what: Text, receipt: str) -> None:
        """A worker has done something in somebody's stead: kept, and told to her own chat."""
        person = await self.session.get(Person, person_id)
        if person is None or await self.speaks_for(person):
            return
        self.audit("on_behalf", f"person:{person.id}", "by word", what=what.key)
        self._consented = (Text("behalf.recorded", {"name": person.name}),)
        own = await account_of_person(self.session, person.id)
        if own is not None:
            told = Text("behalf.told", {"name": person.name, "what": what})
            self.tell(own.id, Outbound((told,)), f"behalf:{receipt}:a{own.id}")

    # -- pictures ------------------------------------------------------------------------------

    def asks_picture(self) -> bool:
        """Is she at a question that a picture answers?"""
        draft = self.draft
        return draft is not None and asks(self.spec(draft.form).form, draft) == "photo"

    def more_of_album(self) -> bool:
        """One more picture of those that she sent in one go: the first was taken for what it is,
        and of the others she is told once."""
        talk, album = self._conversation, self.event.album
        if not album:
            return False
        if talk.album != album:
            talk.album, talk.album_said = album, False
            return False
        if not talk.album_said:
            talk.album_said = True
            self.reply("unknown.album")
        self._begun = True
        return True

    # -- the end of the turn ------------------------------------------------------------------

    @property
    def interrupted(self) -> bool:
        """Was something else answered while a form is half-filled?"""
        return bool(self.drafts) and not self._begun

    def close(self) -> None:
        """Put the conversation's new state into its row."""
        self._conversation.handled_id = self._inbox_id
        text = _dump(self.drafts)
        if text != self._before:
            self._conversation.draft = text
            self._conversation.draft_at = self.now if text else None


def _about(draft: Draft, *without: str) -> dict[str, Any]:
    """What a form was begun with, wherever it was opened."""
    return {k: v for k, v in draft.context.items() if k not in (WAY_BACK, *without)}


def _load(text: str | None) -> list[Draft]:
    return [Draft.from_json(one) for one in json.loads(text)] if text else []


def _dump(drafts: Sequence[Draft]) -> str | None:
    return json.dumps([d.to_json() for d in drafts], ensure_ascii=False) if drafts else None
