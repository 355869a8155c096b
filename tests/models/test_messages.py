"""What is written into inbox and outbox comes back as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from models.messages import (
    Button,
    Edit,
    Inbound,
    Outbound,
    Poster,
    Style,
    Text,
    UserError,
    dump_inbound,
    dump_outbound,
    load_inbound,
    load_outbound,
    verbatim,
)

FULL = Outbound(
    lines=(
        Text(
            "card.full",
            {
                "text": "王芳 🙂 ‮",
                "n": 3,
                "share": 0.5,
                "yes": True,
                "nothing": None,
                "temperature": Decimal("37.30"),
                "on": date(2022, 7, 4),
                "at": datetime(2022, 7, 4, 0, 30, tzinfo=UTC),
                "hour": time(8, 30),
                "inner": Text("outer", {"inner": Text("inner", {"on": date(2022, 7, 5)})}),
                "list": [Text("one"), verbatim("two")],
            },
        ),
        verbatim("第二段"),
    ),
    rows=(
        (Button(Text("action.well", {"reading": "36.5"}), "a:well:1:36.5"),),
        (
            Button(verbatim("map"), url="https://example.org/"),
            Button(Text("action.release"), "a:release:1", style=Style.DANGER),
        ),
    ),
    photo="file-1",
    poster=Poster("token", (Text("slip.came", {"on": date(2022, 7, 4)}), verbatim("花园小区"))),
    edit=Edit.REPLACE,
    edits="17",
    retires="turn:1",
    keyboard="contact",
    protect=True,
    commands=("start", "report"),
)


def test_a_message_with_everything_comes_back_equal() -> None:
    assert load_outbound(dump_outbound(FULL)) == FULL


def test_values_come_back_with_their_types() -> None:
    params = load_outbound(dump_outbound(FULL)).lines[0].params
    assert {name: type(value) for name, value in params.items()} == {
        "text": str,
        "n": int,
        "share": float,
        "yes": bool,
        "nothing": type(None),
        "temperature": Decimal,
        "on": date,
        "at": datetime,
        "hour": time,
        "inner": Text,
        "list": list,
    }
    assert str(params["temperature"]) == "37.30"


def test_a_tuple_of_texts_comes_back_as_a_list() -> None:
    message = Outbound((Text("k", {"names": (verbatim("a"), verbatim("b"))}),))
    assert load_outbound(dump_outbound(message)).lines[0].params["names"] == [
        verbatim("a"),
        verbatim("b"),
    ]


def test_the_smallest_message_is_written_without_defaults() -> None:
    assert dump_outbound(Outbound((Text("k"),))) == '{"lines":[{"$t":"k","p":{}}]}'
    assert load_outbound('{"lines":[{"$t":"k","p":{}}]}') == Outbound((Text("k"),))


def test_a_message_that_takes_the_keyboard_away_comes_back() -> None:
    message = Outbound((Text("k"),), dismiss_keyboard=True)
    assert load_outbound(dump_outbound(message)) == message


def test_an_event_with_everything_comes_back_equal() -> None:
    event = Inbound(
        channel="telegram",
        chat="telegram:42",
        update_id="7",
        kind="location",
        text="𠮷",
        data="a:well:1",
        message_id="9",
        phone="13812345678",
        own_contact=True,
        file="file-2",
        latitude=30.65,
        longitude=-104.06,
        name="王芳",
        lang="zh-TW",
        edited=True,
        place="telegram:-100",
    )
    assert load_inbound(dump_inbound(event)) == event


def test_an_event_is_written_without_defaults() -> None:
    written = dump_inbound(Inbound("c", "c:1", "1", "text"))
    assert written == '{"channel":"c","chat":"c:1","update_id":"1","kind":"text"}'


@pytest.mark.parametrize(
    ("text", "command", "argument"),
    [
        ("/start", "start", ""),
        ("/start CODE", "start", "CODE"),
        ("/start@our_bot CODE", "start", "CODE"),
        ("/START", "start", ""),
        ("/report  two words ", "report", "two words"),
        ("/start\nCODE", "start", "CODE"),
        ("/", "", ""),
        ("/ x", "", ""),
        ("/\n", "", ""),
        ("/@bot x", "", ""),
        ("hello /start", "", ""),
        (" /start", "", ""),
        ("", "", ""),
    ],
)
def test_a_command_is_read_from_text(text: str, command: str, argument: str) -> None:
    event = Inbound("c", "c:1", "1", "text", text=text)
    assert (event.command, event.argument) == (command, argument)


def test_a_caption_is_no_command() -> None:
    assert Inbound("c", "c:1", "1", "photo", text="/start").command == ""


def test_a_user_error_carries_a_key_and_no_words() -> None:
    error = UserError("start.invite_used", day=date(2022, 7, 4))
    assert error.text == Text("start.invite_used", {"day": date(2022, 7, 4)})
