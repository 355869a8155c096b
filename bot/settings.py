"""What the operator sets: the only reader of the environment (GRIDBOT_*)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.channels.telegram import TELEGRAM_ROOT
from bot.keys import Follower, make_ring
from models import crypto
from models.crypto import KeyRing
from models.messages import Text, UserError


class Settings(BaseSettings):
    """Every setting, with the default that lets a new user start with a token alone."""

    # A value that cannot be read is not shown: it may be a token, or a URL with its password.
    model_config = SettingsConfigDict(env_prefix="GRIDBOT_", frozen=True, hide_input_in_errors=True)

    telegram_token: str = ""
    telegram_api: str = TELEGRAM_ROOT
    database_url: str = ""
    data_dir: Path = Path("var")
    timezone: str = "Asia/Shanghai"
    web_port: Annotated[int, Field(ge=0, le=65535)] = 0
    web_host: str = "127.0.0.1"
    webhook_url: str = ""
    webhook_host: str = "127.0.0.1"
    webhook_port: Annotated[int, Field(ge=0, le=65535)] = 0
    keys: Annotated[str, NoDecode] = ""
    proxy: str = ""
    font: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no such time zone: {value!r}") from error
        return value

    @field_validator("webhook_url")
    @classmethod
    def _public(cls, value: str, info: ValidationInfo) -> str:
        """The platform delivers over https alone; a Bot API server of one's own takes http too."""
        own = info.data.get("telegram_api") != TELEGRAM_ROOT
        if value and not value.startswith(("https://", "http://") if own else "https://"):
            raise ValueError("the address has to begin with https://")
        return value

    @field_validator("database_url")
    @classmethod
    def _ours(cls, value: str) -> str:
        try:
            driver = make_url(_with_driver(value)).drivername if value else ""
        except ArgumentError as error:
            raise ValueError("this is no address") from error
        if value and driver not in _DRIVERS.values():
            raise ValueError("the address has to begin with postgresql:// or sqlite:///")
        return value

    @classmethod
    def read(cls) -> Self:
        """The settings of the environment. Raises UserError that names what cannot be read, and
        shows none of it."""
        try:
            return cls()
        except ValidationError as error:
            names = dict.fromkeys(str(found["loc"][0]) for found in error.errors())
            wrong = [_wrong(name) for name in names]
            raise UserError("settings.bad", wrong=wrong) from error

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def database(self) -> str:
        """The database's URL with its asynchronous driver."""
        return _with_driver(
            self.database_url or f"sqlite:///{self.data_dir.absolute() / 'gridbot.db'}"
        )

    @property
    def key_file(self) -> Path:
        """Where the key ring lies: GRIDBOT_KEYS, unless that is a ring itself."""
        return Path(self.keys) if self.keys else self.data_dir / "keys.json"

    @property
    def own_font(self) -> Path | None:
        """The font that the operator names for pictures."""
        return Path(self.font) if self.font else None

    @property
    def keys_inline(self) -> bool:
        """Is GRIDBOT_KEYS the ring itself?"""
        return self.keys.lstrip().startswith("{")

    @property
    def key_place(self) -> str:
        """Where the ring is, to be shown: never the ring itself."""
        return "GRIDBOT_KEYS" if self.keys_inline else str(self.key_file)

    @property
    def has_keys(self) -> bool:
        """Is there a ring already, in the environment or in its file?"""
        return self.keys_inline or self.key_file.exists()

    def key_ring(self) -> KeyRing:
        """The ring that is set; made, with mode 0600, when there is none yet.

        Raises UserError when it cannot be read.
        """
        try:
            if self.keys_inline:
                return KeyRing.load(self.keys)
            if not self.key_file.exists():
                make_ring(self.key_file)
            return KeyRing.load(self.key_file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            what = type(error).__name__
            raise UserError("run.key_unreadable", path=self.key_place, error=what) from error

    def install_keys(self) -> KeyRing:
        """Use the ring in this process, and every newer one that comes into its file."""
        ring = self.key_ring()
        if self.keys_inline:
            crypto.install(ring)
        else:
            crypto.install(ring, Follower(self.key_file))
        return ring


_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


def _with_driver(url: str) -> str:
    """A database's address with its asynchronous driver."""
    for plain, driver in _DRIVERS.items():
        if url.startswith(f"{plain}://"):
            return url.replace(plain, driver, 1)
    return url


def _wrong(name: str) -> Text:
    """A setting that cannot be read, and what it should be."""
    expected = Text(f"settings.expects.{name}")
    return Text("settings.wrong", {"name": f"GRIDBOT_{name.upper()}", "expected": expected})
