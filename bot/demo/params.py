"""The parameters of one Bot API call, from a query, JSON, a form or multipart.

Reads requests; knows no method. Written here because Starlette's form parser needs a package
that nothing else of ours does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.demo.rules import bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    content: bytes
    name: str
    mime: str


class Params:
    """Values by name; a nested one may come as an object or as its JSON."""

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload]) -> None:
        self.values = dict(values)
        self._uploads = uploads

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise bad_request(f'field "{name}" must be a Number') from None

    def chat_id(self) -> int:
        """The chat that is meant; 0, which is nobody, for a name that we do not know."""
        raw = self.text("chat_id")
        if not raw:
            raise bad_request("chat_id is empty")
        try:
            return int(raw)
        except ValueError:
            return 0

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "yes", "1")

    def nested(self, name: str) -> Any:
        """The decoded object; None when absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def upload(self, name: str) -> Upload | None:
        """The file of that name, or the one that its `attach://` points to."""
        return self._uploads.get(self.text(name).removeprefix("attach://") or name)


async def read_params(request: Request) -> Params:
    values: dict[str, Any] = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    body = await request.body()
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        values |= _read_json(body)
    elif kind.startswith("multipart/form-data"):
        fields, uploads = read_multipart(body, kind)
        values |= fields
    elif body:
        values |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    return Params(values, uploads)


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        raise bad_request("can't parse JSON") from None
    if not isinstance(values, dict):
        raise bad_request("object expected as request body")
    return values


def read_multipart(body: bytes, content_type: str) -> tuple[dict[str, str], dict[str, Upload]]:
    """Fields and files (RFC 7578); file content is kept byte for byte."""
    header = Message()
    header["Content-Type"] = content_type
    delimiter = b"\r\n--" + str(header.get_boundary("")).encode()
    fields: dict[str, str] = {}
    uploads: dict[str, Upload] = {}
    for part in (b"\r\n" + body).split(delimiter)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        about = HeaderParser().parsestr(head.decode().lstrip())
        name = str(about.get_param("name", header="content-disposition"))
        if (file_name := about.get_filename()) is None:
            fields[name] = content.decode()
        else:
            uploads[name] = Upload(content, file_name, about.get_content_type())
    return fields, uploads
