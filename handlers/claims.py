"""What a button claims: a number that anybody may have written there, and no right to anything."""

from __future__ import annotations

LONGEST = 15  # digits; every database takes a number of so many


def claimed_number(text: str) -> int:
    """The number in a button's data; 0, which nothing has, where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else 0
