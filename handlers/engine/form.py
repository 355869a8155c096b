"""What a feature declares: a form, and how its fields are asked.

A form is a pydantic model; a field's type and its `Ask` say everything about the question.
Knows nothing of drafts, messages or the words themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

ITEM = "item"
"""The field of a checklist's sub-form that holds the option's value; it is never asked."""


class Answers:
    """What is known so far, by attribute; None for what is not known yet."""

    __slots__ = ("_adapters", "_known", "_raw")

    def __init__(self, adapters: Mapping[str, TypeAdapter[Any]], raw: Mapping[str, Any]) -> None:
        self._adapters = adapters
        self._raw = raw
        self._known: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._adapters:
            # Not an AttributeError: a mistyped name in a condition must not read as "unknown".
            raise LookupError(f"the form has no field {name!r}")
        if (value := self._known.get(name)) is None and (value := self._value(name)) is not None:
            self._known[name] = value
        return value

    def _value(self, name: str) -> Any:
        if (raw := self._raw.get(name)) is None:
            return None
        try:
            return self._adapters[name].validate_python(raw)
        except ValidationError:
            return None


@dataclass(frozen=True)
class Ask:
    """How one field is asked, beyond what its type says."""

    when: Callable[[Answers], bool] | None = None
    """Asked only when true of the questions above. A comparison with an unknown is false."""
    options: str = ""
    """The option source that the turn resolves: "divisions", "members", ..."""
    search: bool = True
    """The person types a query; False shows a fixed list at once."""
    given: str = ""
    """The field whose answer is the query; a single exact option is taken without asking."""
    free: bool = False
    """What she typed may stand when no option fits."""
    also: tuple[str, ...] = ()
    """Fields that the rest of a typed answer may fill ("38.5 cough")."""
    quick: tuple[str, ...] = ()
    """One-tap answers: tokens that are read as if typed ("now", "36.5"); "_" stands for a space."""
    own: bool | Callable[[Answers], bool] = True
    """A phone question wants the sender's own contact, not somebody else's."""
    prefer: Literal["nearest", "past", "future"] = "nearest"
    """Which year a day without a year falls into."""
    help: bool = False
    """There is a `.help` line below the question."""
    skip: bool = True
    """An optional field may be skipped; False where None only means "not asked"."""
    personal: bool = False
    """The message shows personal data and must not be forwarded."""


@dataclass(frozen=True)
class Checklist:
    """On a list of sub-forms: one message, a button an option, all fine unless tapped."""

    options: str


class Reads(StrEnum):
    """Marks a plain type whose text has a reader of its own."""

    PROSE = "prose"
    NAME = "name"
    PHONE = "phone"
    TEMPERATURE = "temperature"
    PHOTO = "photo"


COLDEST, HOTTEST = 34, 42  # °C that a living person's thermometer shows
Celsius = Annotated[Decimal, Field(ge=COLDEST, le=HOTTEST), Reads.TEMPERATURE]
Prose = Annotated[str, Field(min_length=1, max_length=1000), Reads.PROSE]
PersonName = Annotated[str, Field(min_length=1, max_length=50), Reads.NAME]
Phone = Annotated[str, Field(min_length=3, max_length=20), Reads.PHONE]
Photo = Annotated[str, Field(min_length=1, max_length=500), Reads.PHOTO]
Moment = AwareDatetime


class Mode(StrEnum):
    """A means of transport."""

    TRAIN = "train"
    PLANE = "plane"
    COACH = "coach"
    CAR = "car"
    TAXI = "taxi"
    SHIP = "ship"
    OTHER = "other"


class Transport(BaseModel):
    """How somebody travelled; `number` is the train, the flight or the plate, "" if unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    mode: Mode
    number: Annotated[str, Field(max_length=40)] = ""


class DaySpan(BaseModel):
    """Some days in a row, both ends included."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    first: date
    last: date


class Location(BaseModel):
    """A point on the map, in degrees."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Form(BaseModel):
    """Base of every form. Word keys begin with `code`; raise `version` when questions change.

    A required field with a condition becomes optional: None means that it was not asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: ClassVar[str] = ""
    version: ClassVar[int] = 1
    review: ClassVar[bool] = True
    """False: submits itself after the last question (a one-tap check-in)."""
    errors: ClassVar[tuple[str, ...]] = ()
    """Codes of the form's own validators (PydanticCustomError), said as `<form>.error.<code>`."""
    conditional: ClassVar[frozenset[str]] = frozenset()
    """Fields that are None only because they were not asked; filled in by the class itself."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        fields = cls.__pydantic_fields__
        loose = {name for name, field in fields.items() if field.is_required() and _has_when(field)}
        for name in loose:
            inner: Any = Annotated[(fields[name].annotation, *fields[name].metadata)]
            fields[name] = FieldInfo.from_annotated_attribute(cast(Any, inner | None), None)
        if loose:
            cls.conditional = cls.conditional | loose
            cls.model_rebuild(force=True)


def _has_when(field: FieldInfo) -> bool:
    return any(isinstance(item, Ask) and item.when is not None for item in field.metadata)
