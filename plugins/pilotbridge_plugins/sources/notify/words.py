"""The body that `pilotbridge notify` writes, whoever has started it.

It owns the fields and how a macro that was not filled in is known; each sender's own module says what they
mean.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from pilotbridge import Incoming, Unreadable, read_json

_UNFILLED = re.compile(r"\$[A-Za-z_][\w.:]*\$")
"""A macro that Nagios or Icinga does not know in this place."""


class Words(msgspec.Struct):
    """All of it texts; what was not said is empty. ``notify`` is who started the command."""

    notify: str
    type: str = ""
    host: str = ""
    address: str = ""
    service: str = ""
    name: str = ""
    state: str = ""
    output: str = ""
    event: str = ""
    severity: str = ""
    contact: str = ""
    time: str = ""
    author: str = ""
    comment: str = ""


_decoder = msgspec.json.Decoder(Words)


def read_words(incoming: Incoming, sender: str, *needed: str) -> Words:
    """:raises Unreadable: when another sender wrote them, or one of ``needed`` was not filled in."""
    written = read_json(incoming.body, _decoder)
    if written.notify != sender:
        raise Unreadable(f"this is of `notify --from {written.notify[:20]}`, not {sender}", at="notify")
    words = Words(*[_filled(getattr(written, name)) for name in Words.__struct_fields__])
    for name in needed:
        if not getattr(words, name):
            told = f"{name} is {getattr(written, name)[:40]!r}; without it the alert has no identity"
            raise Unreadable(told, at=name)
    return words


def is_from(body: Any, sender: str) -> bool:
    return isinstance(body, dict) and body.get("notify") == sender


def _filled(text: str) -> str:
    return "" if _UNFILLED.fullmatch(text.strip()) else text.strip()
