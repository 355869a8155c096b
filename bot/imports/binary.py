"""The errors in the old xls, whose reader gives them as empty cells: [MS-XLS] records in a stream
of an [MS-CFB] file.

What is broken gives what could be told of it: whether a file can be read at all is said elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import islice

MARK = bytes.fromhex("d0cf11e0a1b11ae1")  # what such a file begins with
_SECTOR_SHIFT, _MINI_SHIFT, _FAT_SECTORS, _DIRECTORY, _MINI_CUTOFF = 30, 32, 44, 48, 56
_MINI_FAT, _MORE_FAT, _FAT_LIST, _HEADER_SIZE = 60, 68, 76, 512
_ENTRY_SIZE, _NAME_LENGTH, _ENTRY_START = 128, 64, 116
_SIZES = ((512, 64), (4096, 64))  # of sectors and small sectors
_STREAMS = ("workbook", "book")
_FORMULA, _EOF, _SHEET, _BOOL_OR_ERROR, _BEGIN = 0x0006, 0x000A, 0x0085, 0x0205, 0x0809
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def errors(content: bytes, at: int) -> Iterator[tuple[int, int, str]]:
    """Row, column (from 0) and error of such cells of the worksheet in that place (from 0)."""
    try:
        book = _workbook(content)
        starts = [struct.unpack_from("<I", book, where)[0] for where in _sheets(book)]
        if at < len(starts):
            yield from _cells(book, starts[at])
    except (struct.error, IndexError):
        return


def _sheets(book: bytes) -> Iterator[int]:
    """Where each worksheet is entered, in their order."""
    for kind, where, _ in _records(book, 0):
        if kind == _EOF:
            return
        if kind == _SHEET:
            yield where


def _cells(book: bytes, start: int) -> Iterator[tuple[int, int, str]]:
    depth = 0  # charts within the sheet have records like a sheet's
    for kind, where, size in _records(book, start):
        if kind == _BEGIN:
            depth += 1
        if kind == _EOF:
            depth -= 1
            if not depth:
                return
        code = None
        if depth == 1 and kind == _BOOL_OR_ERROR and size >= 8 and book[where + 7]:
            code = book[where + 6]
        # The value of a formula is a number, unless its last two bytes say that it is none; then
        # the first says what it is.
        elif depth == 1 and kind == _FORMULA and size >= 14:
            value = book[where + 6 : where + 14]
            code = value[2] if value[6:] == b"\xff\xff" and value[0] == 2 else None
        if code in _ERRORS:
            row, column = struct.unpack_from("<HH", book, where)
            yield row, column, _ERRORS[code]


def _records(book: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind of each record, and place and size of what it holds."""
    header = struct.Struct("<HH")
    while at + header.size <= len(book):
        kind, size = header.unpack_from(book, at)
        at += header.size
        yield kind, at, size
        at += size


def _workbook(content: bytes) -> bytes:
    """The stream with the sheets; empty where there is none."""
    sector = 1 << struct.unpack_from("<H", content, _SECTOR_SHIFT)[0]
    mini = 1 << struct.unpack_from("<H", content, _MINI_SHIFT)[0]
    if (sector, mini) not in _SIZES:
        return b""
    cutoff, mini_fat = struct.unpack_from("<II", content, _MINI_CUTOFF)
    file = _Sectors(content[sector:], sector, _fat(content, sector))
    directory = file.chain(struct.unpack_from("<I", content, _DIRECTORY)[0])
    root: tuple[int, int] | None = None
    for at in range(0, len(directory), _ENTRY_SIZE):
        entry = directory[at : at + _ENTRY_SIZE]
        name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode(
            "utf-16-le", "replace"
        )
        first, size = struct.unpack_from("<II", entry, _ENTRY_START)
        root = root or (first, size)
        if name.lower() in _STREAMS:
            if size < cutoff:
                links = _numbers(file.chain(mini_fat))
                file = _Sectors(file.chain(root[0]), mini, links)
            return file.chain(first)[:size]
    return b""


class _Sectors:
    """A file of sectors, each of which says which one follows it."""

    def __init__(self, data: bytes, size: int, following: Sequence[int]) -> None:
        self._data, self._size, self._following = data, size, following

    def chain(self, at: int) -> bytes:
        found = bytearray()
        for _ in self._following:  # a chain is no longer than all of them: none runs for ever
            if at >= len(self._following):  # an end, a hole, or nowhere
                break
            found += self._data[at * self._size : (at + 1) * self._size]
            at = self._following[at]
        return bytes(found)


def _fat(content: bytes, sector: int) -> list[int]:
    """Which sector follows which."""
    data = content[sector:]
    most = len(data) // sector + 1
    places = _numbers(content[_FAT_LIST:_HEADER_SIZE])
    more, count = struct.unpack_from("<II", content, _MORE_FAT)
    for _ in range(min(count, most)):
        if more >= most:
            break
        *listed, more = _numbers(data[more * sector : (more + 1) * sector])
        places += listed
    numbers = (
        number
        for place in places[: struct.unpack_from("<I", content, _FAT_SECTORS)[0]]
        for number in _numbers(data[place * sector : (place + 1) * sector])
    )
    return list(islice(numbers, most))


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))
