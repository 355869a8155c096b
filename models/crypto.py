"""Personal fields at rest: AES-GCM under a key ring, and a blind index for equality.

A sealed value is `version | key id | nonce | ciphertext`, bound to its "table.column", so a value
moved to another column does not open. The composition root installs the ring, and whatever tells
that it was changed: a rotation adds a key while processes run.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

_VERSION = 1
_NONCE = 12
_BLOCK = 64  # bytes of SHA-256; the index key is shorter
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


@dataclass(frozen=True)
class KeyRing:
    """Data keys by id (1-255), newest id seals; one index key, which must never change: what is
    found by it, and is unique by it, would be somebody else under another one."""

    keys: dict[int, bytes]
    index_key: bytes

    @classmethod
    def fresh(cls) -> KeyRing:
        return cls({1: secrets.token_bytes(32)}, secrets.token_bytes(32))

    @property
    def current(self) -> int:
        """The id of the key that seals."""
        return max(self.keys)

    def grown(self) -> KeyRing:
        """With one more key, which seals from now on. Raises ValueError after 255 of them."""
        if self.current == 255:
            raise ValueError("a key ring has room for the ids 1-255")
        return replace(self, keys={**self.keys, self.current + 1: secrets.token_bytes(32)})

    def shrunk(self) -> KeyRing:
        """With the newest key alone."""
        return replace(self, keys={self.current: self.keys[self.current]})

    def marks(self) -> dict[str, str]:
        """What tells each key (by id, and "index") from every other, and nothing else of it."""
        named: Mapping[str, bytes] = {str(i): key for i, key in self.keys.items()}
        return {
            name: hmac.new(key, b"mark", hashlib.sha256).hexdigest()[:16]
            for name, key in {**named, "index": self.index_key}.items()
        }

    def dump(self) -> str:
        """JSON with base64 keys, the content of the key file."""

        def text(key: bytes) -> str:
            return base64.b64encode(key).decode()

        return json.dumps(
            {"keys": {str(k): text(v) for k, v in self.keys.items()}, "index": text(self.index_key)}
        )

    @classmethod
    def load(cls, text: str) -> KeyRing:
        """Raises ValueError when the text is no key ring."""
        try:
            raw = json.loads(text)
            keys = {int(k): base64.b64decode(v, validate=True) for k, v in raw["keys"].items()}
            ring = cls(keys, base64.b64decode(raw["index"], validate=True))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError("not a key ring: expected JSON with 'keys' and 'index'") from error
        if not keys or any(len(k) != 32 or not 0 < i < 256 for i, k in keys.items()):
            raise ValueError("a key ring needs 32-byte keys with ids 1-255")
        if len(ring.index_key) != 32:
            raise ValueError("a key ring needs a 32-byte index key")
        return ring


class LockedError(Exception):
    """A sealed value was met without the key that opens it."""


def _never() -> KeyRing | None:
    return None


_ring: KeyRing | None = None
_renewed: Callable[[], KeyRing | None] = _never


def install(ring: KeyRing, renewed: Callable[[], KeyRing | None] = _never) -> None:
    """Use `ring` for every sealed column of this process; `renewed` gives a newer one when there
    is one."""
    global _ring, _renewed
    _ring, _renewed = ring, renewed


def _installed() -> KeyRing:
    if _ring is None:
        raise LockedError("no key ring is installed")
    return _ring


def _newest() -> KeyRing:
    """The ring as it is now. One with another index key is not ours, wherever it came from."""
    global _ring
    ring, newer = _installed(), _renewed()
    if newer is not None and newer.index_key == ring.index_key:
        _ring = ring = newer
    return ring


def seal(text: str, place: str) -> bytes:
    """Encrypt `text` for the column `place` ("table.column")."""
    return seal_bytes(text.encode("utf-8", "replace"), place)


def seal_bytes(content: bytes, place: str) -> bytes:
    """Encrypt `content` for the column `place`."""
    # Asked each time: a key that was dropped from the ring must not seal once more.
    ring = _newest()
    nonce = secrets.token_bytes(_NONCE)
    key = ring.keys[ring.current]
    box = _cipher(key).encrypt(nonce, content, place.encode())
    return bytes((_VERSION, ring.current)) + nonce + box


def seal_all(texts: Sequence[str | None], place: str) -> list[bytes | None]:
    """`seal` for many values of one column, under one key; None stays."""
    ring = _newest()
    encrypt = _cipher(ring.keys[ring.current]).encrypt
    head, bound = bytes((_VERSION, ring.current)), place.encode()
    nonces = secrets.token_bytes(_NONCE * len(texts))
    boxes: list[bytes | None] = []
    for at, text in enumerate(texts):
        nonce = nonces[at * _NONCE : (at + 1) * _NONCE]
        boxes.append(
            None
            if text is None
            else head + nonce + encrypt(nonce, text.encode("utf-8", "replace"), bound)
        )
    return boxes


def unseal(box: bytes, place: str) -> str:
    """Decrypt what `seal` made for the same column."""
    return unseal_bytes(box, place).decode()


def unseal_bytes(box: bytes, place: str) -> bytes:
    """Decrypt what `seal_bytes` or `seal` made for the same column."""
    key = _installed().keys.get(box[1]) or _newest().keys.get(box[1])
    if box[0] != _VERSION or key is None:
        raise LockedError(f"{place}: key {box[1]} of version {box[0]} is not on the ring")
    start = 2 + _NONCE
    return _cipher(key).decrypt(box[2:start], box[start:], place.encode())


def blind_index(text: str, kind: str) -> str:
    """Equality without the value: 32 hex digits of HMAC-SHA256 over kind and text."""
    inner, outer = _halves(_installed().index_key)
    inner, outer = inner.copy(), outer.copy()
    inner.update(f"{kind}\0{text}".encode())
    outer.update(inner.digest())
    return outer.hexdigest()[:32]


@lru_cache(maxsize=8)  # the keys of a ring: making a cipher costs more than using it
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=2)
def _halves(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """HMAC-SHA256 after its key: the library would spend three times as long on every text."""
    padded = key.ljust(_BLOCK, b"\0")
    return hashlib.sha256(padded.translate(_INNER)), hashlib.sha256(padded.translate(_OUTER))


def one_way(code: str) -> str:
    """How a one-time code or a link token is stored."""
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()


class Sealed(TypeDecorator[str]):
    """A text column that is encrypted at rest; `place` is its "table.column"."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else seal(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else unseal(value, self.place)


class SealedBytes(TypeDecorator[bytes]):
    """A column of bytes that is encrypted at rest; `place` is its "table.column"."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else seal_bytes(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else unseal_bytes(value, self.place)
