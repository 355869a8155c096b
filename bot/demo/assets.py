"""What the page is made of: its files, its words, and the headers that keep it at home."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from urllib.parse import quote

from starlette.responses import Response

import locales
from bot.demo.chats import File, image_kind

KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
PREFIX = "page."
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@cache
def static() -> dict[str, bytes]:
    """Every file of the page by its name."""
    folder = files("bot.demo") / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir() if _kind(file.name)}


def send_static(name: str) -> Response:
    content = static().get(name)
    if content is None:
        return Response(status_code=404, headers=HEADERS)
    return Response(content, media_type=_kind(name), headers=HEADERS)


def send_words() -> Response:
    """The page's words: language -> key without its prefix -> text with {holes}."""
    words = {
        lang: {
            key.removeprefix(PREFIX): forms[0]
            for key, forms in locales.catalogue(lang).items()
            if key.startswith(PREFIX)
        }
        for lang in locales.LANGS
    }
    body = json.dumps(words, ensure_ascii=False)
    return Response(body, media_type="application/json", headers=HEADERS)


def send_file(file: File | None, *, download: bool) -> Response:
    """A file of a chat. Only what is a picture by its bytes is shown; the rest is downloaded, so
    that nothing which a person sent can run here."""
    if file is None:
        return Response(status_code=404, headers=HEADERS)
    kind = image_kind(file.content)
    shown = bool(kind) and not download
    disposition = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(file.name)}"
    return Response(
        file.content,
        media_type=kind or "application/octet-stream",
        headers=HEADERS | {"Content-Disposition": disposition},
    )


def _kind(name: str) -> str:
    return KINDS.get(PurePosixPath(name).suffix, "")
