"""What is sealed opens only in its own column, with a key that is still on the ring."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import stat
from pathlib import Path

import pytest
from cases import account_of
from cryptography.exceptions import InvalidTag
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.settings import Settings
from models import crypto
from models.crypto import KeyRing, LockedError, blind_index, one_way, seal, seal_all, unseal

OLD, NEW = b"o" * 32, b"n" * 32


def test_a_sealed_value_opens_in_its_own_column() -> None:
    assert unseal(seal("王芳 𠮷🙂", "people.name"), "people.name") == "王芳 𠮷🙂"


def test_a_sealed_value_moved_to_another_column_does_not_open() -> None:
    with pytest.raises(InvalidTag):
        unseal(seal("510107199003071025", "people.id_number"), "people.phone")


def test_a_changed_byte_does_not_open() -> None:
    box = bytearray(seal("王芳", "people.name"))
    box[-1] ^= 1
    with pytest.raises(InvalidTag):
        unseal(bytes(box), "people.name")


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert seal("王芳", "people.name") != seal("王芳", "people.name")


def test_many_values_are_sealed_as_each_would_be() -> None:
    boxes = seal_all(["王芳", None, "a\ud800b", "王芳"], "people.name")
    opened = [box and unseal(box, "people.name") for box in boxes]
    assert opened == ["王芳", None, "a?b", "王芳"]
    assert len({box[2:14] for box in boxes if box}) == 3  # a nonce never comes twice


def test_half_a_character_is_replaced_rather_than_refused() -> None:
    assert unseal(seal("a\ud800b", "people.name"), "people.name") == "a?b"


def test_after_a_rotation_the_newest_key_seals_and_old_values_still_open() -> None:
    crypto.install(KeyRing({1: OLD}, b"i" * 32))
    before = seal("王芳", "people.name")
    crypto.install(KeyRing({1: OLD, 2: NEW}, b"i" * 32))
    after = seal("王芳", "people.name")
    assert (before[1], after[1]) == (1, 2)
    assert unseal(before, "people.name") == unseal(after, "people.name") == "王芳"


def test_a_value_whose_key_left_the_ring_says_which_key_is_missing() -> None:
    crypto.install(KeyRing({1: OLD}, b"i" * 32))
    box = seal("王芳", "people.name")
    crypto.install(KeyRing({2: NEW}, b"i" * 32))
    with pytest.raises(LockedError, match=r"people\.name: key 1 "):
        unseal(box, "people.name")


def test_a_value_of_an_unknown_version_is_locked() -> None:
    box = b"\x07" + seal("王芳", "people.name")[1:]
    with pytest.raises(LockedError, match="version 7"):
        unseal(box, "people.name")


def test_a_blind_index_survives_a_rotation_and_tells_kinds_apart() -> None:
    crypto.install(KeyRing({1: OLD}, b"i" * 32))
    index = blind_index("13812345678", "phone")
    crypto.install(KeyRing({2: NEW}, b"i" * 32))
    assert blind_index("13812345678", "phone") == index
    assert blind_index("13812345678", "people.id_number") != index
    assert len(index) == 32


def test_a_blind_index_cannot_be_made_without_the_index_key() -> None:
    index = blind_index("13812345678", "phone")
    crypto.install(KeyRing({1: b"k" * 32}, b"j" * 32))
    assert blind_index("13812345678", "phone") != index


def test_a_one_way_code_takes_any_text() -> None:
    assert one_way("a\ud800") == one_way("a?")
    assert len(one_way("x")) == 64


def test_a_ring_is_read_as_it_was_written() -> None:
    ring = KeyRing({1: OLD, 255: NEW}, b"i" * 32)
    assert KeyRing.load(ring.dump()) == ring


def test_two_fresh_rings_differ() -> None:
    assert KeyRing.fresh() != KeyRing.fresh()


def test_a_grown_ring_keeps_the_old_keys_and_a_shrunk_one_the_newest_alone() -> None:
    ring = KeyRing({1: OLD, 7: NEW}, b"i" * 32)
    grown = ring.grown()
    assert (grown.current, grown.keys[1], grown.keys[7]) == (8, OLD, NEW)
    assert grown.shrunk().keys == {8: grown.keys[8]}
    assert grown.shrunk().index_key == ring.index_key
    with pytest.raises(ValueError, match="room"):
        KeyRing({255: OLD}, b"i" * 32).grown()


def test_marks_tell_keys_apart_and_give_none_away() -> None:
    ring = KeyRing({1: OLD, 2: NEW}, b"i" * 32)
    marks = ring.marks()
    assert marks.keys() == {"1", "2", "index"}
    assert len(set(marks.values())) == 3
    assert marks["1"] == KeyRing({1: OLD}, b"j" * 32).marks()["1"]
    assert not any(key.hex()[:16] in marks.values() for key in (OLD, NEW, b"i" * 32))


def _ring(keys: object, index: object = base64.b64encode(b"i" * 32).decode()) -> str:
    return json.dumps({"keys": keys, "index": index})


GOOD = base64.b64encode(OLD).decode()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "null",
        "[]",
        "not json",
        json.dumps({"keys": {"1": GOOD}}),
        _ring({}),
        _ring([GOOD]),
        _ring({"0": GOOD}),
        _ring({"256": GOOD}),
        _ring({"one": GOOD}),
        _ring({"1": base64.b64encode(b"short").decode()}),
        _ring({"1": "%%%"}),
        _ring({"1": GOOD}, index=""),
        _ring({"1": GOOD}, index=base64.b64encode(b"i").decode()),
    ],
)
def test_what_is_no_key_ring_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match="key ring"):
        KeyRing.load(content)


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new" / "data")
    ring = settings.key_ring()
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    assert settings.key_ring() == ring


def test_a_ring_may_stand_in_the_setting_itself(tmp_path: Path) -> None:
    ring = KeyRing.fresh()
    assert Settings(data_dir=tmp_path, keys=ring.dump()).key_ring() == ring
    assert list(tmp_path.iterdir()) == []


async def test_a_personal_column_holds_no_readable_byte(session: AsyncSession) -> None:
    worker = await account_of(session, "李强")
    stored = await session.scalar(
        text("SELECT name FROM accounts WHERE id = :id"), {"id": worker.id}
    )
    assert worker.name == "李强"
    assert "李强".encode() not in stored
    assert unseal(stored, "accounts.name") == "李强"


def test_a_blind_index_is_an_hmac_of_kind_and_text() -> None:
    key = b"i" * 32
    crypto.install(KeyRing({1: OLD}, key))
    told = hmac.new(key, "phone\0一三八".encode(), hashlib.sha256).hexdigest()
    assert blind_index("一三八", "phone") == told[:32]
