"""Where this machine keeps a font with Chinese characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
_CHINESE = re.compile(
    r"cjk|wqy|wenquanyi|sourcehan|droidsansfallback|noto(sans|serif)[sth]c|uming|ukai"
    r"|pingfang|heiti|songti|hiragino.*gb|msyh|msjh|simsun|simhei|mingliu",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"regular|^wqy|pingfang|msyh$|simhei", re.IGNORECASE)
_own: Path | None = None


def use_font(path: Path | None) -> None:
    """The operator names the font to set words in; None leaves it to what the machine has."""
    global _own
    _own = path


def chinese_fonts(folders: Sequence[str] = FOLDERS) -> Iterator[Path]:
    """Font files that are known to have Chinese, by their names."""
    for folder in folders:
        for path in sorted(Path(folder).expanduser().rglob("*.[to]t[fc]")):
            if _CHINESE.search(path.stem):
                yield path


def reading_font(folders: Sequence[str] = FOLDERS) -> Path | None:
    """The one to set words in: the operator's own; else plain rather than bold or fine, sans
    rather than serif. None where there is none."""
    if _own is not None:
        return _own if _own.is_file() else None
    found = list(chinese_fonts(folders))
    return min(
        found, key=lambda p: (not _PLAIN.search(p.stem), "serif" in p.stem.lower()), default=None
    )
