"""What the operator sets: the only reader of the environment (GRIDBOT_*)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.channels.telegram import TELEGRAM_ROOT
from models.crypto import KeyRing


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
    keys: Annotated[str, NoDecode] = ""
    proxy: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no such time zone: {value!r}") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def database(self) -> str:
        """The database's URL with its asynchronous driver."""
        url = self.database_url or f"sqlite:///{self.data_dir.absolute() / 'gridbot.db'}"
        for plain, driver in _DRIVERS.items():
            if url.startswith(f"{plain}://"):
                return url.replace(plain, driver, 1)
        return url

    @property
    def key_file(self) -> Path:
        """Where the key ring lies: GRIDBOT_KEYS, unless that is a ring itself."""
        return Path(self.keys) if self.keys else self.data_dir / "keys.json"

    @property
    def has_keys(self) -> bool:
        """Is there a ring already, in the environment or in its file?"""
        return self.keys.lstrip().startswith("{") or self.key_file.exists()

    def key_ring(self) -> KeyRing:
        """The ring that is set; made, with mode 0600, when there is none yet."""
        if self.keys.lstrip().startswith("{"):
            return KeyRing.load(self.keys)
        path = self.key_file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(KeyRing.fresh().dump())
        return KeyRing.load(path.read_text(encoding="utf-8"))


_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
