"""Cross-foot checks: what must add up, told beside the section that it is about.

Nothing is hidden because it does not add up: it is shown with both values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

Parts: TypeAlias = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Check:
    """The figure `whole` is the sum of `plus`, and of `carried` as they were a period ago, less
    `minus`; all by their whole names."""

    whole: str
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()

    @property
    def names(self) -> Sequence[str]:
        return (self.whole, *self.plus, *self.minus, *self.carried)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A check that fails: what the whole is, and its parts, which come to `sum`."""

    check: Check
    whole: int
    plus: Parts
    minus: Parts
    carried: Parts

    @property
    def sum(self) -> int:
        added = sum(n for _, n in chain(self.plus, self.carried))
        return added - sum(n for _, n in self.minus)


def mismatches(
    checks: Iterable[Check],
    figures: Mapping[str, int],
    before: Mapping[str, int] | None = None,
) -> Sequence[Mismatch]:
    """The checks that fail. A figure that is not there is 0; what is carried over is looked at
    where the period before is known."""
    looked = (
        Mismatch(
            check,
            figures.get(check.whole, 0),
            _of(figures, check.plus),
            _of(figures, check.minus),
            _of(before or {}, check.carried),
        )
        for check in checks
        if before is not None or not check.carried
    )
    return [one for one in looked if one.whole != one.sum]


def _of(figures: Mapping[str, int], names: Iterable[str]) -> Parts:
    return [(name, figures.get(name, 0)) for name in names]
