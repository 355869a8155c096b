"""A household in a contact ring: what it is in, no knocking, out of it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.rings import views
from handlers.rings.known import known
from handlers.turn import Turn
from models.messages import Outbound, Text, UserError
from models.people import Person
from models.rings import Ring, RingHome, home_in, without_head


async def hers(turn: Turn) -> RingHome | None:
    """The place of her own door in its ring."""
    if turn.account.person_id is None:
        return None
    person = await turn.session.get_one(Person, turn.account.person_id)
    return await home_in(turn.session, person.household_id)


async def show(turn: Turn, home: RingHome, *news: Text) -> None:
    ring = await turn.session.get_one(Ring, home.ring_id)
    turn.replace(views.home_card(await known(turn, ring), *news, quiet=home.quiet))


async def deed(turn: Turn, arguments: Sequence[str]) -> None:
    """a:ringhome:<quiet or leave>: of her own door, whatever ring it is in."""
    home = await hers(turn)
    if home is None:
        raise UserError("ring.not_in")
    match arguments[:1]:
        case ["quiet"]:
            home.quiet = not home.quiet
            await show(turn, home, Text("ring.quiet" if home.quiet else "ring.not_quiet"))
        case ["leave"]:
            await _leave(turn, home)
        case _:
            raise UserError("unknown.button")


async def _leave(turn: Turn, home: RingHome) -> None:
    """At once, without a reason."""
    ring = await turn.session.get_one(Ring, home.ring_id, with_for_update=True)
    home.left_at = turn.now
    await turn.session.flush()
    if ring.head_id is not None and (await known(turn, ring)).head is None:
        await without_head(turn.session, ring, turn.now)
    turn.audit("ring.left", f"ring:{ring.id}")
    turn.replace(Outbound((Text("ring.left"),)))
