"""The Bot API methods that speak: send, edit, delete, answer a tap.

Checks everything that the real server checks before anything is shown. Knows no HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.demo.chats import File, Message, image_size
from bot.demo.formatting import read_formatted
from bot.demo.limits import Meter
from bot.demo.params import Params
from bot.demo.rules import (
    ANSWER_LIMIT,
    Body,
    Refused,
    bad_request,
    blocked_by_user,
    check_caption,
    check_inline,
    check_reply_keyboard,
    check_text,
    too_many_requests,
    utf16_length,
)
from bot.demo.town import Answer, Town
from models.clock import monotonic

QUERY_LIFE_S = 60.0  # the real server is vague about it; a bot that answers at once never knows
DELETE_WITHIN_S = 48 * 3600
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)


class Sending:
    def __init__(self, town: Town, meter: Meter, query_life_s: float = QUERY_LIFE_S) -> None:
        self._town = town
        self._meter = meter
        self._query_life_s = query_life_s

    # -- sending ---------------------------------------------------------------------------

    async def send_message(self, params: Params) -> Body:
        text, entities = self._text(params, edit=False)
        return self._send(params, {"text": text} | _some("entities", entities))

    async def send_photo(self, params: Params) -> Body:
        caption = self._caption(params)
        chat_id = self.recipient(params)
        file = self._file(params, "photo", "image/jpeg")
        if image_size(file.content) is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
        return self._send(params, {"photo": file.as_photo()} | caption, chat_id)

    async def send_document(self, params: Params) -> Body:
        caption = self._caption(params)
        chat_id = self.recipient(params)
        file = self._file(params, "document", "application/octet-stream")
        return self._send(params, {"document": file.as_document()} | caption, chat_id)

    def recipient(self, params: Params) -> int:
        """The chat, when the bot may write there."""
        chat_id = params.chat_id()
        person = self._town.people.get(chat_id)
        if person is None and chat_id not in self._town.groups:
            raise bad_request("chat not found")
        if person is not None and person.blocked:
            raise blocked_by_user()
        if person is not None and not person.started:
            raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        return chat_id

    def _send(self, params: Params, content: Body, chat_id: int | None = None) -> Body:
        chat_id = self.recipient(params) if chat_id is None else chat_id
        inline, keyboard = self._markup(params, chat_id)
        content |= _some("reply_markup", inline) | self._reply(params, chat_id)
        if params.flag("protect_content"):
            content["has_protected_content"] = True
        self._pace(chat_id)
        return self._town.post(chat_id, content, keyboard)

    def _reply(self, params: Params, chat_id: int) -> Body:
        wanted = params.nested("reply_parameters")
        if not wanted:
            return {}
        if "message_id" not in wanted:
            raise bad_request('can\'t find field "message_id"')
        if found := self._town.chats[chat_id].messages.get(wanted["message_id"]):
            earlier = {k: v for k, v in found.body.items() if k != "reply_to_message"}
            return {"reply_to_message": earlier}
        if wanted.get("allow_sending_without_reply"):
            return {}
        raise bad_request("message to be replied not found")

    def _markup(self, params: Params, chat_id: int) -> tuple[Body | None, Body | None]:
        """The inline keyboard, and what is done to the reply keyboard."""
        markup = params.nested("reply_markup")
        if not markup:
            return None, None
        if not isinstance(markup, Mapping):
            raise bad_request("object expected as reply markup")
        if "inline_keyboard" in markup:
            return check_inline(markup), None
        if "keyboard" in markup:
            check_reply_keyboard(markup, private=chat_id > 0)
        return None, dict(markup)

    def _file(self, params: Params, name: str, mime: str) -> File:
        """An upload, or a file that the server already has."""
        if upload := params.upload(name):
            if not upload.content:
                raise bad_request("file must be non-empty")
            return self._town.keep_file(upload.content, upload.name, upload.mime or mime)
        if known := self._town.files.get(params.text(name)):
            return known
        if not params.text(name):
            raise bad_request(f"there is no {name} in the request")
        raise bad_request("wrong file identifier/HTTP URL specified")

    def _text(self, params: Params, *, edit: bool) -> tuple[str, list[Body]]:
        text, entities = read_formatted(
            params.text("text"), params.text("parse_mode"), params.nested("entities")
        )
        check_text(text, edit=edit)
        return text, entities

    def _caption(self, params: Params) -> Body:
        caption, entities = read_formatted(
            params.text("caption"), params.text("parse_mode"), params.nested("caption_entities")
        )
        check_caption(caption)
        return _some("caption", caption) | _some("caption_entities", entities)

    def _pace(self, chat_id: int) -> None:
        if wait := self._meter.take(chat_id, monotonic()):
            raise too_many_requests(wait)

    # -- editing ---------------------------------------------------------------------------

    async def edit_message_text(self, params: Params) -> Body:
        text, entities = self._text(params, edit=True)
        message = self._editable(params)
        if "text" not in message.body:
            raise bad_request("there is no text in the message to edit")
        return self._edit(message, params, {"text": text, "entities": entities})

    async def edit_message_caption(self, params: Params) -> Body:
        caption = self._caption(params)
        message = self._editable(params)
        if "photo" not in message.body and "document" not in message.body:
            raise bad_request("there is no caption in the message to edit")
        empty: Body = {"caption": None, "caption_entities": None}
        return self._edit(message, params, empty | caption)

    async def edit_message_reply_markup(self, params: Params) -> Body:
        return self._edit(self._editable(params), params, {})

    def _editable(self, params: Params) -> Message:
        message = self._find(params, "edit")
        if not message.by_bot:
            raise bad_request("message can't be edited")
        return message

    def _find(self, params: Params, purpose: str) -> Message:
        messages = self._town.chats[self.recipient(params)].messages
        if not params.text("message_id"):
            raise bad_request("message identifier is not specified")
        if (message := messages.get(params.integer("message_id"))) is None:
            raise bad_request(f"message to {purpose} not found")
        return message

    def _edit(self, message: Message, params: Params, changes: Body) -> Body:
        """Change what is given; an inline keyboard that is not given goes."""
        markup = params.nested("reply_markup")
        if markup and "inline_keyboard" not in markup:
            raise bad_request("inline keyboard expected")
        changes["reply_markup"] = check_inline(markup) if markup else None
        if all((message.body.get(name) or None) == (v or None) for name, v in changes.items()):
            raise bad_request(NOT_MODIFIED)
        chat_id = message.body["chat"]["id"]
        self._pace(chat_id)
        for name, value in changes.items():
            message.body.pop(name, None)
            message.body |= _some(name, value)
        if changes.keys() - {"reply_markup"}:  # buttons alone do not make a message "edited"
            message.body["edit_date"] = self._town.unix_now()
        self._town.changes.touch(chat_id)
        return message.body

    async def delete_message(self, params: Params) -> bool:
        message = self._find(params, "delete")
        if self._town.unix_now() - message.body["date"] > DELETE_WITHIN_S:
            raise bad_request("message can't be deleted for everyone")
        chat_id = message.body["chat"]["id"]
        del self._town.chats[chat_id].messages[message.message_id]
        self._town.changes.touch(chat_id)
        return True

    # -- small signs -----------------------------------------------------------------------

    async def answer_callback_query(self, params: Params) -> bool:
        query_id, text = params.text("callback_query_id"), params.text("text")
        if utf16_length(text) > ANSWER_LIMIT:
            raise bad_request("MESSAGE_TOO_LONG")
        query = self._town.queries.pop(query_id, None)
        if query is None or monotonic() - query.asked_at > self._query_life_s:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        alert = params.flag("show_alert")
        self._town.answers[query_id] = Answer(text, alert)
        self._town.changes.tell("answer", user_id=query.user_id, text=text, alert=alert)
        return True

    async def send_chat_action(self, params: Params) -> bool:
        chat_id = self.recipient(params)
        if not params.text("action"):
            raise bad_request("wrong parameter action in request")
        self._town.changes.tell("typing", user_id=chat_id)
        return True


def _some(name: str, value: Any) -> Body:
    """The field, unless there is nothing in it."""
    return {name: value} if value else {}
