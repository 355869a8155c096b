"""What Telegram refuses, in Telegram's own words: lengths, buttons, keyboards.

Pure: knows no chat, no person and no request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

Body: TypeAlias = dict[str, Any]

TEXT_LIMIT = 4096  # UTF-16 code units, like every length below
CAPTION_LIMIT = 1024
ANSWER_LIMIT = 200
DATA_LIMIT = 64  # bytes
BUTTON_LIMIT = 100
STYLES = ("danger", "success", "primary")
ACTIONS = ("callback_data", "url", "copy_text", "web_app", "login_url", "switch_inline_query",
           "switch_inline_query_current_chat", "switch_inline_query_chosen_chat")  # fmt: skip


class Refused(Exception):
    """An answer with `ok: false`: the code, the description and perhaps parameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters

    def as_body(self) -> Body:
        body: Body = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(what: str) -> Refused:
    return Refused(400, f"Bad Request: {what}")


def too_many_requests(retry_after: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def blocked_by_user() -> Refused:
    return Refused(403, "Forbidden: bot was blocked by the user")


def utf16_length(text: str) -> int:
    """How long Telegram thinks the text is: characters outside the BMP count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_text(text: str, *, edit: bool) -> None:
    if not text:
        raise bad_request("message text is empty")
    if not text.strip():
        raise bad_request("text must be non-empty")
    if utf16_length(text) > TEXT_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG" if edit else "message is too long")


def check_caption(caption: str) -> None:
    if utf16_length(caption) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")


def check_inline(markup: Any) -> Body | None:
    """The inline keyboard to store; None when it has no buttons."""
    rows = _array(markup, "inline_keyboard")
    for button in (button for row in rows for button in row):
        _check_inline_button(button)
    if sum(len(row) for row in rows) > BUTTON_LIMIT:
        raise bad_request("reply markup is too long")
    rows = [row for row in rows if row]
    return {"inline_keyboard": rows} if rows else None


def check_reply_keyboard(markup: Any, *, private: bool) -> None:
    """Contact and location can be asked for in private chats only."""
    for button in (button for row in _array(markup, "keyboard") for button in row):
        if isinstance(button, str):
            continue
        if not isinstance(button, Mapping) or not button.get("text"):
            raise bad_request("keyboard button text must be non-empty")
        if button.get("request_contact") and not private:
            raise bad_request("phone number can be requested in private chats only")
        if button.get("request_location") and not private:
            raise bad_request("location can be requested in private chats only")


def _array(markup: Any, name: str) -> list[list[Any]]:
    rows = markup[name]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" must be of type Array')
    return rows


def _check_inline_button(button: Any) -> None:
    problem = "can't parse inline keyboard button: "
    if not isinstance(button, Mapping):
        raise bad_request(problem + "expected an Object")
    if not isinstance(button.get("text"), str):
        raise bad_request(problem + 'Can\'t find field "text"')
    if not button["text"].strip():
        raise bad_request("inline keyboard button text is empty")
    if button.get("style") not in (None, *STYLES):
        raise bad_request("invalid button style specified")
    if not any(button.get(action) not in (None, "") for action in ACTIONS):
        raise bad_request(problem + "Text buttons are unallowed in the inline keyboard")
    if len(str(button.get("callback_data", "")).encode()) > DATA_LIMIT:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        _check_url(str(button["url"]))


def _check_url(url: str) -> None:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    problem = ""
    if parts.scheme not in ("http", "https", "tg"):
        problem = "Unsupported URL protocol"
    elif parts.scheme != "tg" and "." not in (parts.hostname or ""):
        problem = "Wrong HTTP URL"
    if problem:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {problem}")
