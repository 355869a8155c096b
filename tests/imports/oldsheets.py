"""Workbooks in the old binary form, as small as a reader takes them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


@dataclass(frozen=True)
class Wrong:
    """A cell with an error: typed, or what its formula came to."""

    code: int
    formula: bool = True


def xls(*sheets: tuple[str, Sequence[Sequence[str | Wrong]]], chart: bool = False) -> bytes:
    """`chart`: each sheet has one within it, with an error of its own in the first cell."""
    inside = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) for _ in sheets]
    for number, (_, rows) in enumerate(sheets):
        width = max(len(row) for row in rows)
        inside[number] += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
        if chart:
            begin = struct.pack("<HHHHII", 0x0600, 0x0020, 0, 0, 0, 0)
            inside[number] += _record(0x0809, begin) + _cell(0, 0, Wrong(0x2A, formula=False))
            inside[number] += _record(0x000A)
        for at, row in enumerate(rows):
            inside[number] += b"".join(_cell(at, column, it) for column, it in enumerate(row) if it)
        inside[number] += _record(0x000A)
    names = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name, _ in sheets]
    start = 20 + sum(4 + 6 + len(name) for name in names) + 4
    book = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    for name, content in zip(names, inside, strict=True):
        book += _record(0x0085, struct.pack("<IH", start, 0) + name)
        start += len(content)
    return _file(book + _record(0x000A) + b"".join(inside))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _cell(row: int, column: int, cell: str | Wrong) -> bytes:
    at = struct.pack("<HHH", row, column, 0)
    if isinstance(cell, str):
        return _record(0x0204, at + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))
    if cell.formula:
        value = struct.pack("<BBBBBBH", 2, 0, cell.code, 0, 0, 0, 0xFFFF)
        return _record(0x0006, at + value + bytes(8))
    return _record(0x0205, at + struct.pack("<BB", cell.code, 1))


def _file(book: bytes) -> bytes:
    """One stream; below 4096 bytes it lies in small sectors."""
    small = len(book) < 4096
    size = 64 if small else _SECTOR
    data = book + bytes(-len(book) % _SECTOR)
    count = len(data) // _SECTOR
    # The sectors: which follows which, the directory, which small one follows which, the stream.
    following = [_FAT, _END, _END, *range(4, 3 + count), _END]
    following += [_FREE] * (128 - len(following))
    used = -(-len(book) // size)
    less = [*range(1, used), _END] if small else []
    less += [_FREE] * (128 - len(less))
    root = _entry("Root Entry", 5, 3 if small else _END, len(data) if small else 0, child=1)
    stream = _entry("Workbook", 2, 0 if small else 3, len(book))
    header = (
        bytes.fromhex("d0cf11e0a1b11ae1")
        + bytes(16)
        + struct.pack(
            "<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 2, 1, _END, 0, 0
        )
    )
    header += struct.pack("<I", _FREE) * ((_SECTOR - len(header)) // 4)
    return b"".join(
        (
            header,
            struct.pack("<128I", *following),
            (root + stream).ljust(_SECTOR, b"\0"),
            struct.pack("<128I", *less),
            data,
        )
    )


def _entry(name: str, kind: int, first: int, size: int, child: int = _FREE) -> bytes:
    said = name.encode("utf-16-le")
    head = said.ljust(64, b"\0") + struct.pack("<HBB", len(said) + 2, kind, 1)
    return head + struct.pack("<III36xIQ", _FREE, _FREE, child, first, size)
