"""What a contact ring's head hears without having asked: how everybody is, where to knock, a
notice to pass on. No name, no illness, no reason."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from models.messages import Button, Outbound, Rows, Style, Text, Value, verbatim
from models.rings import Ring, addresses
from models.units import Unit


def name_of(ring: Ring, unit: Unit) -> Text:
    return Text("ring.name", {"unit": unit.name, "n": ring.number})


def well_rows(ring: Ring, doors: int) -> Rows:
    """One tap when all is well; else: at which door does somebody need help, or has come?"""
    well = Button(
        Text("ring.all_well", {"n": doors}), f"a:ring:{ring.id}:well", style=Style.PRIMARY
    )
    needs = Button(Text("ring.one_needs"), f"a:ring:{ring.id}:need")
    return ((well,), (needs, Button(Text("ring.newcomer"), f"a:ring:{ring.id}:newcomer")))


def asked(ring: Ring, unit: Unit, doors: int) -> Outbound:
    """Every few days."""
    facts: dict[str, Value] = {"ring": name_of(ring, unit), "n": doors}
    return Outbound((Text("ring.asked", facts),), well_rows(ring, doors))


def notice(ring: Ring, unit: Unit, words: str) -> Outbound:
    """Words to pass on to the neighbours."""
    passed = Button(Text("ring.passed"), f"a:ring:{ring.id}:passed", style=Style.PRIMARY)
    facts: dict[str, Value] = {"ring": name_of(ring, unit), "words": words}
    return Outbound((Text("ring.notice", facts),), ((passed,),))


async def knock(session: AsyncSession, people: Sequence[int]) -> Outbound:
    """Please ask at these doors to look at the phone."""
    doors = [verbatim(address) for address in await addresses(session, people)]
    return Outbound((Text("ring.knock", {"doors": doors}),), protect=True)
