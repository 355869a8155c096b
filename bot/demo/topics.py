"""Groups that are forums: who may make topics there, and making one."""

from __future__ import annotations

from bot.demo.chats import Group
from bot.demo.params import Params
from bot.demo.rules import Body, bad_request
from bot.demo.town import Town

NAME_LIMIT = 128
_RIGHTS = (
    *("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages"),
    *("can_manage_video_chats", "can_restrict_members", "can_promote_members"),
    *("can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories"),
    "can_delete_stories",
)


class Topics:
    """The methods of the Bot API about forums."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def _group(self, params: Params) -> Group:
        if (group := self._town.groups.get(params.chat_id())) is None:
            raise bad_request("chat not found")
        return group

    async def get_chat_member(self, params: Params) -> Body:
        """Of the bot itself: a plain member, or an administrator who may manage topics."""
        group = self._group(params)
        if params.integer("user_id") != self._town.bot["id"]:
            raise bad_request("PARTICIPANT_ID_INVALID")
        if not group.bot_manages:
            return {"status": "member", "user": self._town.bot}
        rights = dict.fromkeys(_RIGHTS, False) | {"can_manage_topics": True}
        return {"status": "administrator", "user": self._town.bot} | rights

    async def create_forum_topic(self, params: Params) -> Body:
        group, name = self._group(params), params.text("name")
        if not group.is_forum:
            raise bad_request("the chat is not a forum")
        if not group.bot_manages:
            raise bad_request("not enough rights to create a topic")
        if not 0 < len(name) <= NAME_LIMIT:
            raise bad_request("TOPIC_TITLE_EMPTY")
        thread = 2 + len(group.topics)
        group.topics[thread] = name
        return {"message_thread_id": thread, "name": name, "icon_color": 7322096}
