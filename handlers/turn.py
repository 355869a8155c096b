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
from handlers.engine.step import Stepped, begin, show, step
from handlers.exchange import Exchange
from handlers.feature import Filed, FormSpec
from handlers.registry import Registry
from models.accounts import Account
from models.inbox import Conversation
from models.messages import Button, Edit, Inbound, Outbound, Rows, Text, UserError
from models.outbox import let_go
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
        self._begun = False

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
        for parked in self.drafts:
            if parked.form == form.code and dict(parked.context) == context and not answers:
                self.drafts.remove(parked)
                self.drafts.append(parked)
                await self.resume()
                return
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

    async def submit_now(self, filled: Form, context: Mapping[str, Any]) -> None:
        """A form that one tap has filled; one of its kind half-filled is done with it."""
        spec = self.spec(filled.code)
        self.drafts = [
            d for d in self.drafts if not (d.form == filled.code and dict(d.context) == context)
        ]
        draft = Draft(filled.code, filled.version, secrets.token_hex(3), context=context)
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
        if stepped.submitted is not None:
            for message in stepped.replies:
                self.send(message)
            finished = self.drafts.pop()
            live, self._conversation.live = self._conversation.live, ""
            await self._submit(spec, stepped.submitted, stepped.draft or finished, live)
            return
        for message in stepped.replies:
            self._send_form(message)
        if stepped.cancelled:
            self.drafts.pop()
            await self._form_ended()
        elif stepped.draft is not None:
            self.drafts[-1] = stepped.draft

    def _send_form(self, message: Outbound) -> None:
        """A form's message takes the buttons of the one before it away."""
        live = self._conversation.live
        if message.edit == Edit.SEND and live and not message.dismiss_keyboard:
            message = replace(message, retires=live)
        self._conversation.live = self.send(message)

    async def _submit(self, spec: FormSpec, filled: Form, draft: Draft, live: str = "") -> None:
        """File the form; its last message, `live`, turns into the receipt or loses its buttons."""
        filed = await spec.submit(self, filled, draft)
        receipt = Text("receipt.number", {"number": filed.submission.receipt})
        rows = (*filed.rows, *self._correction_rows(spec, filed))
        message = Outbound((*filed.lines, receipt), rows)
        if self.event.kind == "tap":
            self.replace(message)
        else:
            self.send(replace(message, retires=live))
        await self._form_ended()

    def _correction_rows(self, spec: FormSpec, filed: Filed) -> Rows:
        number = str(filed.submission.id)
        buttons = [Button(Text("receipt.correct"), f"a:correct:{number}")]
        if spec.withdraw is not None:
            buttons.append(Button(Text("receipt.withdraw"), f"a:withdraw:{number}"))
        return (tuple(buttons),)

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
            context={k: v for k, v in draft.context.items() if k != "corrects"},
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
        return row

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


def _load(text: str | None) -> list[Draft]:
    return [Draft.from_json(one) for one in json.loads(text)] if text else []


def _dump(drafts: Sequence[Draft]) -> str | None:
    return json.dumps([d.to_json() for d in drafts], ensure_ascii=False) if drafts else None
