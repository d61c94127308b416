"""Reads what Apprise posts by ``json://`` and ``form://``.

It owns that body; what a notification is about, only ``:key=`` or the title tells. Facts: captures of 2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from pilotbridge import Incoming, Parsed, Severity, Told, Unreadable, hookimpl, is_form, read_json

OWN_FIELDS = ("version", "title", "message", "type", "attachments", "key")
RESERVED = ("alertname", "severity")
MAX_FIELDS = 100
NAME_MAX = 80
"""Where there is no title, so much of the first line stands for it."""


class _Note(msgspec.Struct):
    version: str
    message: str
    type: str
    title: str = ""
    key: str = ""


_fields: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])
_note = msgspec.json.Decoder(_Note)


class Apprise:
    """The source type ``apprise``."""

    type = "apprise"
    sender = "a notification of Apprise"
    options = None
    groups = False
    severities: Mapping[str, Severity] = {
        "failure": Severity.CRITICAL,
        "warning": Severity.WARNING,
        "info": Severity.INFO,
        "success": Severity.INFO,
    }

    def looks_like(self, body: Any) -> bool:
        return isinstance(body, dict) and {"version", "title", "message", "type"} <= body.keys()

    def parse(self, incoming: Incoming, _options: Any) -> Parsed:
        """:raises Unreadable: when this is no notification of Apprise."""
        body = msgspec.json.encode(_read_form(incoming.body)) if _is_form(incoming) else incoming.body
        note, fields = read_json(body, _note), read_json(body, _fields)
        if note.type not in self.severities:
            words = ", ".join(self.severities)
            raise Unreadable(f"{note.type[:NAME_MAX]!r} is no type of Apprise; there are {words}", at="type")
        return Parsed((_told(note, fields).alert(incoming),))


@hookimpl
def register_sources() -> list[Apprise]:
    return [Apprise()]


def _is_form(incoming: Incoming) -> bool:
    """Whether Apprise's ``form://`` wrote it; nothing else that has ``=`` in it."""
    return is_form(incoming.body[:MAX_FIELDS]) and b"message=" in incoming.body


def _read_form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        return {name: value.replace("\0", "\ufffd") for name, value in pairs}
    except ValueError as error:
        raise Unreadable(f"the form has more than {MAX_FIELDS} fields, or is not UTF-8") from error


def _told(note: _Note, fields: Mapping[str, Any]) -> Told:
    """:raises Unreadable: when it says nothing."""
    first_line = next((line.strip() for line in note.message.splitlines() if line.strip()), "")
    name = note.title.strip() or first_line[:NAME_MAX]
    if not name:
        raise Unreadable("the notification has neither a title nor a message", at="message")
    return Told(
        name=name,
        identity={"key": note.key} if note.key else {"title": name},
        resolved=note.type == "success",
        severity=note.type,
        labels={
            name: value
            for name, value in fields.items()
            if isinstance(value, str) and name not in OWN_FIELDS and name not in RESERVED
        },
        value=note.message.strip() if note.title.strip() else "",
    )
