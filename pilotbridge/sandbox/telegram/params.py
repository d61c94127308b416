"""The parameters of one call, however they were sent: query, JSON, form or multipart.

A value that should be JSON may come as text; what cannot be read is refused in the Bot API's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from pilotbridge.sandbox.http import Request
from pilotbridge.sandbox.telegram.multipart import BadMultipart, File, read_multipart
from pilotbridge.sandbox.telegram.wording import bad_request

_TRUE = frozenset({"true", "1", "yes", "y", "t"})


@dataclass(frozen=True, slots=True)
class Params:
    """What a call carries."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.fields.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        return msgspec.json.encode(value).decode()

    def integer(self, name: str) -> int | None:
        """The whole number ``name``, None when it is absent.

        :raises ApiError: when it is none.
        """
        written = self.text(name).strip()
        if not written:
            return None
        try:
            number = int(written) if written.isascii() else None
        except ValueError:
            number = None
        if number is None or abs(number) >= 2**63:
            raise bad_request(f'field "{name}" must be a number')
        return number

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in _TRUE

    def value(self, name: str) -> Any:
        """The object or list ``name``, None when it is absent.

        :raises ApiError: when it is text that is no JSON.
        """
        value = self.fields.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError) as error:
            raise bad_request(f"can't parse {name} JSON object") from error

    def file(self, name: str) -> File | None:
        """The file sent as ``name``, or as the part that ``attach://`` names."""
        given = self.text(name)
        return self.files.get(given.removeprefix("attach://") if given.startswith("attach://") else name)


def read_params(request: Request) -> Params:
    """Read what ``request`` carries; the body wins over the query.

    :raises ApiError: when the body is not what its Content-Type says.
    """
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if not request.body:
        return Params(query)
    if kind == "application/json":
        return Params(query | _read_json(request.body))
    if kind == "multipart/form-data":
        try:
            fields, files = read_multipart(content_type, request.body)
        except BadMultipart as error:
            raise bad_request(f"can't parse the body: {error}") from error
        return Params(query | fields, files)
    return Params(query | _read_form(request.body))


def _read_form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise bad_request("can't parse the body: no JSON") from error
    if not isinstance(fields, dict):
        raise bad_request("can't parse the body: object expected")
    return fields
