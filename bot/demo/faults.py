"""What goes wrong on purpose: refusals, silence, cut connections, repeated and late updates.

Only says what is due to fail; the server makes it fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

CallFault: TypeAlias = Literal["429", "500", "403", "hang", "drop_before", "drop_after"]
UpdateFault: TypeAlias = Literal["update_twice", "update_late"]
FaultKind: TypeAlias = CallFault | UpdateFault

_ON_UPDATES = ("update_twice", "update_late")


@dataclass(slots=True)
class Fault:
    """One thing to go wrong, `times` times (None: until cleared).

    - `429` with `retry_after`, `500`, `403` (blocked): refused, nothing done.
    - `hang`: done, but the answer comes `seconds` later.
    - `drop_before`, `drop_after`: the connection is cut without an answer, before or after the
      work is done.
    - `update_twice`: delivered again after it was confirmed. `update_late`: `seconds` late,
      so that younger ones overtake it.
    """

    kind: FaultKind
    method: str = "*"
    times: int | None = 1
    probability: float = 1.0
    seconds: float = 0.0
    retry_after: int = 1

    def concerns(self, method: str) -> bool:
        """`*` is every method but getUpdates, which has to be named."""
        if self.method == "*":
            return method.lower() != "getupdates"
        return self.method.lower() == method.lower()


class Faults:
    """The faults that tests have switched on; chance is seeded."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = Random(seed)  # noqa: S311 -- repeatable, not secret
        self._due: list[Fault] = []

    def push(
        self,
        kind: FaultKind,
        *,
        method: str = "*",
        times: int | None = 1,
        probability: float = 1.0,
        seconds: float = 0.0,
        retry_after: int = 1,
    ) -> Fault:
        fault = Fault(kind, method, times, probability, seconds, retry_after)
        self._due.append(fault)
        return fault

    def clear(self) -> None:
        self._due.clear()

    def take_for_call(self, method: str) -> Fault | None:
        """The first fault that strikes this call; one-shot ones are used up."""
        return self._take(
            [f for f in self._due if f.kind not in _ON_UPDATES and f.concerns(method)]
        )

    def take_for_update(self) -> Fault | None:
        return self._take([f for f in self._due if f.kind in _ON_UPDATES])

    def _take(self, candidates: list[Fault]) -> Fault | None:
        for fault in candidates:
            if self._chance.random() < fault.probability:
                self._use_up(fault)
                return fault
        return None

    def _use_up(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times <= 0:
            self._due.remove(fault)
