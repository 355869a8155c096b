"""The packs that ship with the program, found by id and version.

Reads `<id>@<version>.toml` beside this module, once. Versions stay side by side, because an
episode keeps the one it began with. Knows nothing of which packs a district has switched on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from models.protocols.pack import Pack

FOLDER = Path(__file__).parent


class UnknownPack(LookupError):
    """No pack has this id, or none of its versions is the one asked for."""


class InvalidPack(ValueError):
    """A pack cannot be used; the message names the file and, line by line, the place in it."""


def get(pack_id: str, version: int | None = None) -> Pack:
    """The pack of an id: that version, or its newest."""
    versions = [pack for pack in all() if pack.id == pack_id and version in (None, pack.version)]
    if not versions:
        raise UnknownPack(f"{pack_id}@{version or 'newest'}")
    return versions[-1]


def all() -> list[Pack]:
    """Every version of every pack, by id, oldest version first."""
    return list(_shipped().values())


def newest() -> list[Pack]:
    """What a district can choose from: the last version of each pack, by id."""
    return list({pack.id: pack for pack in all()}.values())


def fever(pack: Pack, celsius: Decimal) -> bool:
    """Whether a reading is at or above the pack's threshold.

    Decimal on purpose: the float 37.3 is a little less than 37.3.
    """
    return celsius >= pack.fever_celsius


def read(folder: Path) -> Mapping[tuple[str, int], Pack]:
    """The packs in a folder, sorted by id and version."""
    packs = [load(path) for path in folder.glob("*.toml")]
    packs.sort(key=lambda pack: (pack.id, pack.version))
    return {(pack.id, pack.version): pack for pack in packs}


def load(path: Path) -> Pack:
    """The pack in one file, whose name must say what is in it."""
    try:
        pack = parse(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InvalidPack(f"{path}\n{_places(error)}") from error
    except ValueError as error:  # not TOML, not UTF-8
        raise InvalidPack(f"{path}\n  {error}") from error
    name = f"{pack.id}@{pack.version}.toml"
    if path.name != name:
        raise InvalidPack(f"{path}\n  id, version: the file must be named {name}")
    return pack


def parse(text: str) -> Pack:
    """A pack from its TOML."""
    return Pack.model_validate(tomllib.loads(text))


def _places(error: ValidationError) -> str:
    return "\n".join(
        f"  {'.'.join(str(step) for step in item['loc']) or 'pack'}: {item['msg']}"
        for item in error.errors(include_url=False)
    )


@cache
def _shipped() -> Mapping[tuple[str, int], Pack]:
    return read(FOLDER)
