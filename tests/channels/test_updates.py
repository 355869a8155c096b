"""What Telegram writes, and what we take from it."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update

from bot.channels.updates import inbound, receipt
from models.messages import Inbound

ME = "gridbot_bot"
WANG = {
    "id": 42,
    "is_bot": False,
    "first_name": "芳",
    "last_name": "王",
    "language_code": "zh-hans",
}
PRIVATE = {"id": 42, "type": "private", "first_name": "芳"}
GROUP = {"id": -1001, "type": "supergroup", "title": "花园村"}


def update(kind: str, body: dict[str, Any]) -> Update:
    return Update.de_json({"update_id": 900, kind: body}, None)


def said(content: dict[str, Any], chat: dict[str, Any] = PRIVATE, **more: Any) -> Inbound | None:
    body = {"message_id": 7, "date": 1, "chat": chat, "from": WANG, **content, **more}
    return inbound(update("message", body), ME)


def event(**fields: Any) -> Inbound:
    person = {"channel": "telegram", "chat": "telegram:42", "update_id": "900"}
    return Inbound(**(person | {"name": "芳 王", "lang": "zh-hans"} | fields))


def test_text_is_text() -> None:
    assert said({"text": "36度5"}) == event(kind="text", text="36度5", message_id="7")


def test_an_edited_message_says_so() -> None:
    body = {"message_id": 7, "date": 1, "edit_date": 2, "chat": PRIVATE, "from": WANG}
    got = inbound(update("edited_message", body | {"text": "37.1"}), ME)
    assert got == event(kind="text", text="37.1", message_id="7", edited=True)


@pytest.mark.parametrize(
    ("user_id", "more", "own"),
    [
        (42, {}, True),
        (43, {}, False),
        (None, {}, False),
        (
            42,
            {"forward_origin": {"type": "user", "date": 1, "sender_user": WANG}},
            False,
        ),
    ],
)
def test_a_contact_is_her_own_only_when_she_shared_it_herself(
    user_id: int | None, more: dict[str, Any], own: bool
) -> None:
    contact: dict[str, Any] = {"phone_number": "+8613800000001", "first_name": "芳"}
    if user_id is not None:
        contact["user_id"] = user_id
    got = said({"contact": contact}, **more)
    assert got == event(kind="contact", phone="+8613800000001", own_contact=own, message_id="7")


def test_the_largest_size_of_a_picture_is_taken() -> None:
    sizes = [
        {"file_id": f"f{w}", "file_unique_id": f"u{w}", "width": w, "height": w}
        for w in (90, 1280, 320)
    ]
    got = said({"photo": sizes, "caption": "抗原"})
    assert got == event(kind="photo", file="f1280", text="抗原", message_id="7")


@pytest.mark.parametrize(("mime", "kind"), [("image/png", "photo"), ("application/pdf", "file")])
def test_a_picture_sent_as_a_file_is_a_picture(mime: str, kind: str) -> None:
    got = said({"document": {"file_id": "d", "file_unique_id": "u", "mime_type": mime}})
    assert got is not None
    assert (got.kind, got.file) == (kind, "d")


def test_a_location_has_coordinates() -> None:
    got = said({"location": {"latitude": 30.5, "longitude": 114.3}})
    assert got == event(kind="location", latitude=30.5, longitude=114.3, message_id="7")


def test_whatever_else_a_person_sends_is_other() -> None:
    dice = {"dice": {"emoji": "🎲", "value": 3}}
    assert said(dice) == event(kind="other", message_id="7")
    assert said({"something_from_next_year": {"a": 1}}) == event(kind="other", message_id="7")


def test_a_tap_brings_its_data_and_its_message() -> None:
    message = {"message_id": 5, "date": 1, "chat": PRIVATE, "text": "?"}
    query = {"id": "q1", "from": WANG, "chat_instance": "1", "data": "c:1", "message": message}
    tapped = update("callback_query", query)
    assert inbound(tapped, ME) == event(kind="tap", data="c:1", message_id="5")
    assert receipt(tapped) == "q1"


def test_a_tap_on_a_message_too_old_to_be_shown_still_counts() -> None:
    message = {"message_id": 5, "date": 0, "chat": PRIVATE}
    query = {"id": "q1", "from": WANG, "chat_instance": "1", "data": "c:1", "message": message}
    assert inbound(update("callback_query", query), ME) == event(
        kind="tap", data="c:1", message_id="5"
    )


@pytest.mark.parametrize(("status", "kind"), [("kicked", "blocked"), ("member", "unblocked")])
def test_blocking_and_coming_back_are_events(status: str, kind: str) -> None:
    bot = {"id": 1, "is_bot": True, "first_name": "gridbot"}
    new: dict[str, Any] = {"user": bot, "status": status}
    if status == "kicked":
        new["until_date"] = 0
    body = {
        "chat": PRIVATE,
        "from": WANG,
        "date": 1,
        "old_chat_member": {"user": bot, "status": "left"},
        "new_chat_member": new,
    }
    assert inbound(update("my_chat_member", body), ME) == event(kind=kind)


BROUGHT = event(kind="joined", text="花园村", place="telegram:-1001")
OUT = Inbound("telegram", "telegram:-1001", "900", "left")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("left", "member", BROUGHT),
        ("kicked", "administrator", BROUGHT),
        ("member", "administrator", None),
        ("member", "left", OUT),
        ("administrator", "kicked", OUT),
    ],
)
def test_being_brought_into_a_group_and_thrown_out_are_events(
    before: str, after: str, expected: Inbound | None
) -> None:
    bot = {"id": 1, "is_bot": True, "first_name": "gridbot"}
    rights = dict.fromkeys(ADMIN_RIGHTS, False)

    def member(status: str) -> dict[str, Any]:
        extra = {"kicked": {"until_date": 0}, "administrator": rights}.get(status, {})
        return {"user": bot, "status": status, **extra}

    body = {
        "chat": GROUP,
        "from": WANG,
        "date": 1,
        "old_chat_member": member(before),
        "new_chat_member": member(after),
    }
    assert inbound(update("my_chat_member", body), ME) == expected


ADMIN_RIGHTS = (
    *("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages"),
    *("can_manage_video_chats", "can_restrict_members", "can_promote_members"),
    *("can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories"),
    "can_delete_stories",
)


def test_a_group_with_a_new_address_is_the_same_group_whoever_did_it() -> None:
    hidden = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    message = {"message_id": 9, "date": 1, "chat": GROUP, "migrate_to_chat_id": -100200}
    for who in ({"from": WANG}, {"from": hidden, "sender_chat": GROUP}):
        got = inbound(update("message", message | who), ME)
        assert got == Inbound("telegram", "telegram:-1001", "900", "moved", data="telegram:-100200")


@pytest.mark.parametrize(
    ("text", "kinds", "kept"),
    [
        ("我是王芳，身份证510107199003071025", "document", ""),
        ("13812345678有事打我", "phone", ""),
        ("/report@gridbot_bot 王芳 510107199003071025 13812345678", "document,phone",
         "/report@gridbot_bot"),
        ("@gridbot_bot 我的电话 13812345678", "phone", ""),
    ],
)  # fmt: skip
def test_of_numbers_shown_in_a_group_only_the_kinds_are_heard(
    text: str, kinds: str, kept: str
) -> None:
    for part in ("text", "caption"):
        got = said({part: text}, chat=GROUP)
        assert got is not None
        assert (got.kind, got.data, got.text, got.name) == ("disclosure", kinds, kept, "")
        assert (got.place, got.chat) == ("telegram:-1001", "telegram:42")


def test_a_contact_card_in_a_group_shows_a_number() -> None:
    card = {"phone_number": "13812345678", "first_name": "芳"}
    got = said({"contact": card}, chat=GROUP)
    assert got is not None
    assert (got.kind, got.data, got.phone) == ("disclosure", "phone", "")


def test_a_thread_of_a_group_is_known() -> None:
    got = said({"text": "/topic"}, chat=GROUP, message_thread_id=77, is_topic_message=True)
    assert got is not None
    assert got.topic == "77"


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("/digest", "/digest"),
        ("/digest@gridbot_bot 今天", "/digest@gridbot_bot 今天"),
        ("/digest@other_bot", None),
        ("@GridBot_bot 今天几个？", "今天几个？"),
        ("请 @gridbot_bot 汇总", "请 汇总"),
        ("@gridbot_bot2 你好", None),
        ("mail me@gridbot_bot", None),
        ("大家好", None),
    ],
)
def test_in_a_group_only_what_is_said_to_us_counts(text: str, taken: str | None) -> None:
    got = said({"text": text}, chat=GROUP)
    assert (got.text if got else None) == taken
    assert got is None or got.place == "telegram:-1001"


def test_a_tap_in_a_group_knows_its_place() -> None:
    message = {"message_id": 5, "date": 1, "chat": GROUP, "text": "?"}
    query = {"id": "q1", "from": WANG, "chat_instance": "1", "data": "c", "message": message}
    got = inbound(update("callback_query", query), ME)
    assert got is not None
    assert (got.place, got.chat) == ("telegram:-1001", "telegram:42")


def test_channels_bots_and_nameless_updates_are_dropped() -> None:
    channel = {"id": -1002, "type": "channel", "title": "公告"}
    post = {"message_id": 1, "date": 1, "chat": channel, "text": "公告"}
    assert inbound(update("channel_post", post), ME) is None
    assert said({"text": "/digest"}, chat=GROUP, sender_chat=channel) is None
    assert said({"text": "hi"}, **{"from": WANG | {"is_bot": True}}) is None
    assert inbound(Update(901), ME) is None
