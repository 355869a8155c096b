"""The people around the bot and what they do with their phones; each act becomes an update.

Holds every chat as its members see it. Knows no HTTP and no Bot API method.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from mimetypes import guess_type
from typing import Any

from bot.demo.changes import Changes
from bot.demo.chats import Chat, File, Group, Message, Person, Shown
from bot.demo.faults import Faults
from bot.demo.formatting import command_entities
from bot.demo.rules import TEXT_LIMIT, Body
from bot.demo.updates import Updates
from models.clock import Clock, SystemClock, monotonic

PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
STICKER: Body = {
    "file_id": "sticker-1", "file_unique_id": "usticker-1", "type": "regular", "width": 512,
    "height": 512, "is_animated": False, "is_video": False, "emoji": "👍",
}  # fmt: skip


@dataclass(slots=True)
class Query:
    """A tap that the bot has not answered yet."""

    user_id: int
    asked_at: float  # monotonic


@dataclass(frozen=True, slots=True)
class Answer:
    """What popped up after a tap."""

    text: str
    alert: bool


class Town:
    """Acts raise ValueError where no client would let the person do it."""

    def __init__(
        self,
        token: str,
        *,
        name: str = "gridbot",
        username: str = "gridbot_demo_bot",
        clock: Clock | None = None,
        seed: int = 0,
    ) -> None:
        self.token = token
        self.clock = clock or SystemClock()
        self.faults = Faults(seed)
        self.updates = Updates(self.faults)
        self.changes = Changes()
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self.queries: dict[str, Query] = {}
        self.answers: dict[str, Answer] = {}
        self.bot: Body = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": name,
            "username": username,
        }
        self._ids = itertools.count(1)

    # -- who is there ----------------------------------------------------------------------

    def add_person(
        self,
        user_id: int,
        first_name: str,
        last_name: str = "",
        phone: str = "",
        language_code: str = "zh-hans",
    ) -> Person:
        person = Person(user_id, first_name, last_name, phone, language_code)
        self.people[user_id] = person
        self.chats[user_id] = Chat()
        return person

    def add_group(self, group_id: int, title: str, members: Iterable[int]) -> Group:
        """A group that the bot belongs to, with ears for everything said in it."""
        if group_id >= 0:
            raise ValueError("group ids are negative")
        group = Group(group_id, title, frozenset(members))
        self.groups[group_id] = group
        self.chats[group_id] = Chat()
        return group

    def chat(self, chat_id: int) -> list[Shown]:
        """The messages of a chat as they look now, oldest first."""
        return [m.shown(self._photo_of(m)) for m in self.chats[chat_id].messages.values()]

    def keyboard(self, user_id: int) -> Body | None:
        """The reply keyboard that is up on this phone."""
        return self.chats[user_id].keyboard

    # -- what people do --------------------------------------------------------------------

    def start(self, user_id: int, payload: str = "") -> int:
        """Press Start, perhaps behind a deep link; lifts a block like the client's button."""
        if not PAYLOAD.fullmatch(payload):
            raise ValueError("a deep link carries at most 64 of A-Z a-z 0-9 _ -")
        if self.people[user_id].blocked:
            self.unblock(user_id)
        return self.write(user_id, f"/start {payload}".rstrip())

    def write(self, user_id: int, text: str, chat_id: int | None = None) -> int:
        """Type a message; clients cut long ones. Gives the id of the (last) message."""
        if not text.strip():
            raise ValueError("clients do not send empty messages")
        for piece in _pieces(text):
            entities = command_entities(piece)
            content: Body = {"text": piece} | ({"entities": entities} if entities else {})
            message_id = self._say(user_id, content, chat_id)
        return message_id

    def edit(self, user_id: int, message_id: int, text: str) -> None:
        """Change an own message."""
        message = self.chats[user_id].messages[message_id]
        if message.body["from"]["id"] != user_id:
            raise ValueError("people edit their own messages")
        message.body |= {"text": text, "edit_date": self.unix_now()}
        self.updates.put("edited_message", message.body)
        self.changes.touch(user_id)

    def tap(self, user_id: int, message_id: int, data: str, chat_id: int | None = None) -> str:
        """Tap a button, or forge a tap: nothing checks that the message has it. The query id."""
        place = chat_id or user_id
        query_id = f"{user_id}{next(self._ids):08d}"
        self.queries[query_id] = Query(user_id, monotonic())
        found = self.chats[place].messages.get(message_id)
        gone = {"chat": self.chat_body(place), "message_id": message_id, "date": 0}
        query: Body = {
            "id": query_id,
            "from": self.people[user_id].as_user(),
            "message": found.body if found else gone,
            "chat_instance": str(place),
            "data": data,
        }
        self.updates.put("callback_query", query)
        return query_id

    def share_contact(
        self, user_id: int, phone: str | None = None, contact_user_id: int | None = None
    ) -> int:
        """Share the own contact, or with `contact_user_id` pretend that it is another's."""
        person = self.people[contact_user_id or user_id]
        return self._say(user_id, {"contact": _contact(person, phone or person.phone)})

    def forward_contact(self, user_id: int, contact_user_id: int | None, phone: str = "") -> int:
        """Pass on somebody else's card; None is a card of somebody without an account."""
        if contact_user_id is None:
            return self._say(user_id, {"contact": {"phone_number": phone, "first_name": "?"}})
        return self.share_contact(user_id, phone or None, contact_user_id)

    def send_photo(self, user_id: int, content: bytes, caption: str = "") -> int:
        photo = self.keep_file(content, "photo.jpg", "image/jpeg").as_photo()
        return self._say(user_id, {"photo": photo} | ({"caption": caption} if caption else {}))

    def send_document(self, user_id: int, content: bytes, name: str, caption: str = "") -> int:
        mime = guess_type(name)[0] or "application/octet-stream"
        document = self.keep_file(content, name, mime).as_document()
        said = {"caption": caption} if caption else {}
        return self._say(user_id, {"document": document} | said)

    def send_location(self, user_id: int, latitude: float, longitude: float) -> int:
        return self._say(user_id, {"location": {"latitude": latitude, "longitude": longitude}})

    def send_sticker(self, user_id: int) -> int:
        return self._say(user_id, {"sticker": STICKER})

    def block(self, user_id: int) -> None:
        self._set_blocked(user_id, True)

    def unblock(self, user_id: int) -> None:
        self._set_blocked(user_id, False)

    # -- for the methods -------------------------------------------------------------------

    def post(self, chat_id: int, content: Body, keyboard: Body | None = None) -> Body:
        """A message from the bot, in every phone of the chat."""
        message = Message(self._body(chat_id, self.bot, content), keyboard)
        chat = self.chats[chat_id]
        chat.add(message)
        chat.raise_keyboard(keyboard or {})
        self.changes.touch(chat_id)
        return message.body

    def keep_file(self, content: bytes, name: str, mime: str) -> File:
        file = File(f"file-{next(self._ids)}", content, name.rpartition("/")[2] or "file", mime)
        self.files[file.file_id] = file
        return file

    def chat_body(self, chat_id: int) -> Body:
        place = self.people.get(chat_id) or self.groups[chat_id]
        return place.as_chat()

    def unix_now(self) -> int:
        return int(self.clock.now().timestamp())

    # -- within ----------------------------------------------------------------------------

    def _say(self, user_id: int, content: Body, chat_id: int | None = None) -> int:
        person, place = self.people[user_id], chat_id or user_id
        if place == user_id:
            if person.blocked:
                raise ValueError("a person who blocked the bot cannot write to it")
            person.started = True
        elif user_id not in self.groups[place].members:
            raise ValueError("only members write in a group")
        message = Message(self._body(place, person.as_user(), content))
        self.chats[place].add(message)
        self.chats[place].lower_used_keyboard()
        message.update_id = self.updates.put("message", message.body)
        self.changes.touch(place)
        return message.message_id

    def _body(self, chat_id: int, sender: Body, content: Body) -> Body:
        head: Body = {
            "message_id": next(self._ids),
            "from": sender,
            "chat": self.chat_body(chat_id),
            "date": self.unix_now(),
        }
        return head | content

    def _set_blocked(self, user_id: int, blocked: bool) -> None:
        person = self.people[user_id]
        states = ("member", "kicked") if blocked else ("kicked", "member")
        person.blocked = blocked
        old, new = ({"user": self.bot, "status": s} | _until(s) for s in states)
        change: Body = {
            "chat": person.as_chat(),
            "from": person.as_user(),
            "date": self.unix_now(),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        self.updates.put("my_chat_member", change)
        self.changes.touch(user_id)

    def _photo_of(self, message: Message) -> bytes:
        photos = message.body.get("photo")
        return self.files[photos[-1]["file_id"]].content if photos else b""


def _until(status: str) -> dict[str, Any]:
    return {"until_date": 0} if status == "kicked" else {}


def _contact(person: Person, phone: str) -> Body:
    contact: Body = {"phone_number": phone, "first_name": person.first_name}
    if person.last_name:
        contact["last_name"] = person.last_name
    return contact | {"user_id": person.user_id}


def _pieces(text: str) -> Iterable[str]:
    """Cuts of at most TEXT_LIMIT UTF-16 units; no character is split."""
    piece: list[str] = []
    room = TEXT_LIMIT
    for character in text:
        width = 2 if ord(character) > 0xFFFF else 1
        if width > room:
            yield "".join(piece)
            piece, room = [], TEXT_LIMIT
        piece.append(character)
        room -= width
    yield "".join(piece)
