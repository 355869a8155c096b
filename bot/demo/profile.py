"""What the bot tells about itself: name, commands by scope and language, menu, descriptions.

Also the look-ups that need no chat: getMe, getChat, getFile.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from bot.demo.chats import Person
from bot.demo.params import Params
from bot.demo.rules import Body, bad_request
from bot.demo.town import Town

Scope: TypeAlias = tuple[str, int, int]  # type, chat, user
COMMAND_LIMIT = 100
FILE_LIMIT = 20_000_000  # bytes that a bot may download
DEFAULT_SCOPE: Scope = ("default", 0, 0)
SCOPE_TYPES = (
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
)


class Profile:
    def __init__(self, town: Town) -> None:
        self._town = town
        self._commands: dict[tuple[Scope, str], list[Body]] = {}
        self._menus: dict[int, Body] = {}
        self._descriptions: dict[tuple[str, str], str] = {}

    def commands_for(self, person: Person) -> list[Body]:
        """What the menu of this person's chat lists: the narrowest scope that has any."""
        language = person.language_code[:2]
        scopes: list[Scope] = [
            ("chat", person.user_id, 0),
            ("all_private_chats", 0, 0),
            DEFAULT_SCOPE,
        ]
        for key in ((scope, code) for scope in scopes for code in (language, "")):
            if found := self._commands.get(key):
                return found
        return []

    def description_for(self, person: Person) -> str:
        """What an empty chat shows above the Start button."""
        found = self._descriptions.get(("description", person.language_code[:2]))
        return found or self._descriptions.get(("description", ""), "")

    async def get_me(self, params: Params) -> Body:
        return self._town.bot | {
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def get_chat(self, params: Params) -> Body:
        chat_id = params.chat_id()
        person = self._town.people.get(chat_id)
        if (person is None or not person.started) and chat_id not in self._town.groups:
            raise bad_request("chat not found")
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription",
                 "gifts_from_channels")  # fmt: skip
        return self._town.chat_body(chat_id) | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }

    async def get_file(self, params: Params) -> Body:
        if (file := self._town.files.get(params.text("file_id"))) is None:
            raise bad_request("invalid file_id")
        if len(file.content) > FILE_LIMIT:
            raise bad_request("file is too big")
        return file.as_file()

    async def set_my_commands(self, params: Params) -> bool:
        commands = params.nested("commands") or []
        if len(commands) > COMMAND_LIMIT:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            _check_command(command)
        self._commands[self._scope_key(params)] = commands
        return True

    async def get_my_commands(self, params: Params) -> list[Body]:
        return self._commands.get(self._scope_key(params), [])

    async def delete_my_commands(self, params: Params) -> bool:
        self._commands.pop(self._scope_key(params), None)
        return True

    async def set_chat_menu_button(self, params: Params) -> bool:
        button = params.nested("menu_button") or {"type": "default"}
        if button.get("type") not in ("commands", "default", "web_app"):
            raise bad_request("MenuButton has unsupported type")
        self._menus[params.integer("chat_id")] = button
        return True

    async def get_chat_menu_button(self, params: Params) -> Body:
        default = self._menus.get(0, {"type": "commands"})
        return self._menus.get(params.integer("chat_id"), default)

    async def set_my_description(self, params: Params) -> bool:
        return self._describe("description", params, limit=512)

    async def set_my_short_description(self, params: Params) -> bool:
        return self._describe("short_description", params, limit=120)

    def _describe(self, field: str, params: Params, limit: int) -> bool:
        text = params.text(field)
        if len(text) > limit:
            raise bad_request(f"BOT_{field.upper()}_TOO_LONG")
        self._descriptions[field, _language(params)] = text
        return True

    def _scope_key(self, params: Params) -> tuple[Scope, str]:
        scope: dict[str, Any] = params.nested("scope") or {"type": "default"}
        if scope.get("type") not in SCOPE_TYPES:
            raise bad_request("can't parse BotCommandScope: Unsupported type specified")
        chat_id, user_id = scope.get("chat_id", 0), scope.get("user_id", 0)
        if chat_id and chat_id not in self._town.chats:
            raise bad_request("chat not found")
        return (scope["type"], chat_id, user_id), _language(params)


def _check_command(command: Body) -> None:
    if not re.fullmatch(r"[a-z0-9_]{1,32}", command.get("command", "").removeprefix("/")):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(command.get("description", "")) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")


def _language(params: Params) -> str:
    code = params.text("language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code
