"""What the register of venues asks: a venue, and who answers for it inside."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form, Location, PersonName, Phone
from models.venues.kinds import VenueKind


class AddVenue(Form):
    """A venue (A35)."""

    code: ClassVar[str] = "venue"

    kind: VenueKind
    name: Annotated[str, Field(min_length=2, max_length=80)]
    address: Annotated[str, Field(min_length=2, max_length=200)]
    unit: Annotated[str, Ask(options="venueunits", search=False, given="address")]
    place: Annotated[Location | None, Ask(help=True)] = None
    manager: Annotated[PersonName | None, Ask(help=True)] = None
    phone: Annotated[Phone, Ask(own=False, personal=True, when=lambda a: bool(a.manager))]


class NewManager(Form):
    """Who answers for a venue from now on."""

    code: ClassVar[str] = "venuehead"
    review: ClassVar[bool] = False

    manager: PersonName
    phone: Annotated[Phone, Ask(own=False, personal=True)]


class OwnItem(Form):
    """An item that a district adds to a checklist."""

    code: ClassVar[str] = "ownitem"
    review: ClassVar[bool] = False

    text: Annotated[str, Field(min_length=2, max_length=60), Ask(help=True)]
    star: Annotated[bool, Ask(help=True)]
