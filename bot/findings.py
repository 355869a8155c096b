"""What a look at the installation comes to: how it is, and when it is not good what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.messages import Text, Value


class Verdict(StrEnum):
    """WARN: the bot runs, but see to it. BAD: it does not run like this, or must not."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    verdict: Verdict
    name: str
    text: Text


def good(name: str, **params: Value) -> Finding:
    return Finding(Verdict.GOOD, name, Text(f"doctor.{name}.good", params))


def warn(name: str, **params: Value) -> Finding:
    return Finding(Verdict.WARN, name, Text(f"doctor.{name}.warn", params))


def bad(name: str, **params: Value) -> Finding:
    return Finding(Verdict.BAD, name, Text(f"doctor.{name}.bad", params))
