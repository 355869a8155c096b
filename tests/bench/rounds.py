"""Rounds of several sides in turn, so that whatever else the machine does hits all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias, TypeVar

Round: TypeAlias = Callable[[], Awaitable[float]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: in full, or just enough to see that it runs."""

    quick: bool = False
    postgres: str = ""  # URL of a server where databases may be made; empty where there is none
    rows: int = 0  # of a list, where another size than the usual one is asked for

    @property
    def rounds(self) -> int:
        return self.of(5, 1)

    def of(self, full: T, quick: T) -> T:
        return quick if self.quick else full


async def compete(sides: Mapping[str, Round], rounds: int) -> dict[str, float]:
    """Each side once a round, one after the other; the median of each."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, play in sides.items():
            found[name].append(await play())
    return {name: median(figures) for name, figures in found.items()}
