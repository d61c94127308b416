"""Whose body this is, when the source it was posted to cannot read it: one sentence more for its operator.

It owns the sentence; each source knows its own sender's body. Pure, and asked about refused bodies only.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from pilotbridge.config.settings import SourceSettings
from pilotbridge.protocols import Recognising, Source
from pilotbridge.senders import is_form

MAX_FIELDS = 100
GZIP, GZIP_WINDOW = b"\x1f\x8b", 31
MAX_UNPACKED_BYTES = 1024 * 1024
"""More of a packed body is not looked at: it may be a bomb."""


def tell_whose(
    body: bytes, given_to: str, sources: Iterable[Source], doors: Mapping[str, SourceSettings]
) -> str:
    """What ``body`` looks like and where it should go; empty when no source of another type knows it."""
    seen = _decoded(body)
    found = next((source for source in _asked(sources, given_to) if _knows(source, seen)), None)
    if found is None:
        return ""
    there = next((f"/in/{door.name}" for door in doors.values() if door.type == found.type), "")
    where = f"post it to {there}" if there else f"give it a source of the type {found.type}"
    return f"this looks like {found.sender}; {where}"


def _asked(sources: Iterable[Source], given_to: str) -> Iterable[Recognising]:
    return (source for source in sources if isinstance(source, Recognising) and source.type != given_to)


def _knows(source: Recognising, seen: Any) -> bool:
    try:
        return source.looks_like(seen)
    except Exception:  # noqa: BLE001 - a plugin that fails here may not change what is wrong with the body
        return False


def _decoded(body: bytes) -> Any:
    """The body as JSON, or the fields of a form, packed or not; None when it is neither."""
    body = _unpacked(body)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    if not is_form(body[:MAX_FIELDS]):
        return None
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        return None


def _unpacked(body: bytes) -> bytes:
    """What gzip had packed, or the body as it is."""
    if not body.startswith(GZIP):
        return body
    try:
        return zlib.decompressobj(GZIP_WINDOW).decompress(body, MAX_UNPACKED_BYTES)
    except zlib.error:
        return body
