"""The key ring in its file: made once, changed by a rotation, followed by every running process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.files import private
from models.crypto import KeyRing
from models.messages import UserError


def write_ring(path: Path, ring: KeyRing) -> None:
    """Put a ring into its file, whole and durably: what it seals can be opened after any crash."""
    with private(path) as file:
        file.write(ring.dump().encode())


def make_ring(path: Path) -> None:
    """A fresh ring, unless another process has made one meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(path):
        if not path.exists():
            write_ring(path, KeyRing.fresh())


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody else changes the ring meanwhile; raises UserError when somebody does so now."""
    lock = _lock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise UserError("rotate.busy", path=str(path)) from None
    try:
        yield
    finally:
        lock.release()


def _lock(path: Path) -> FileLock:
    return FileLock(path.with_name(f"{path.name}.lock"), thread_local=False)


class Follower:
    """Tells the ring of a file whenever that has changed; of a bad or missing one, nothing."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)  # asked for at every value that is sealed
        self._seen: tuple[int, int, int] | None = None

    def __call__(self) -> KeyRing | None:
        """The new ring; None while the file is as it was when last asked."""
        try:
            stat = os.stat(self._path)
            mark = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
            if mark == self._seen:
                return None
            ring = KeyRing.load(Path(self._path).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        self._seen = mark
        return ring
