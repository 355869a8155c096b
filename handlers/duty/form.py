"""What duty asks: a post, a shift, where she stands, what she hands over, who stands in."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from handlers.engine.form import Ask, Form, Location, Moment

Words = Annotated[str, Field(max_length=400)]


class Repeat(StrEnum):
    """How often a shift comes again."""

    ONCE = "once"
    WEEKLY = "weekly"
    DAILY = "daily"


class NewPost(Form):
    """A place to be manned, with the five elements of its plan (点位名、概况、任务、处置、特情)."""

    code: ClassVar[str] = "newpost"

    unit: Annotated[str, Ask(options="dutyunits", search=False)]
    name: Annotated[str, Field(min_length=1, max_length=40)]
    nightly: bool
    located: Annotated[bool, Ask(help=True)]
    place: Annotated[Location, Ask(when=lambda a: a.located, help=True)]
    overview: Words | None = None
    tasks: Words | None = None
    handling: Words | None = None
    special: Words | None = None


class NewShift(Form):
    """Somebody's hours at a post, once or again and again."""

    code: ClassVar[str] = "newshift"

    post: Annotated[str, Ask(options="posts", search=False)]
    staff: Annotated[str, Ask(options="dutystaff", search=False, given="post", help=True)]
    since_at: Annotated[
        Moment, Ask(quick=("today_20:00", "tomorrow_8:00"), prefer="future", help=True)
    ]
    hours: Annotated[int, Field(ge=1, le=24), Ask(quick=("8", "12", "24"))]
    repeat: Repeat


class SignIn(Form):
    """Where she stands, for a post that asks for it."""

    code: ClassVar[str] = "signin"
    review: ClassVar[bool] = False

    place: Annotated[Location | None, Ask(help=True)] = None


class Handover(Form):
    """What the next one has to know."""

    code: ClassVar[str] = "handover"
    review: ClassVar[bool] = False

    note: Annotated[str, Field(min_length=1, max_length=400), Ask(help=True)]


class StandIn(Form):
    """Who takes a shift over."""

    code: ClassVar[str] = "standin"
    review: ClassVar[bool] = False

    staff: Annotated[str, Ask(options="dutystaff", search=False, help=True)]
