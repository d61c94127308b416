"""The body that `pilotbridge notify` writes, whoever has started it.

It owns the fields and how a macro that was not filled in is known; each sender's own module says what they
mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pilotbridge import Incoming, Parsed, Severity, Unreadable, read_json

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


@dataclass(frozen=True, slots=True)
class NotifySource:
    """The source type ``type``: bodies that `pilotbridge notify --from TYPE` has written.

    ``read`` makes alerts of the words, of which ``needed`` must be said.
    """

    type: str
    severities: Mapping[str, Severity]
    needed: str
    read: Callable[[Words, Incoming], Parsed]
    options: None = None
    groups: bool = False

    @property
    def sender(self) -> str:
        return f"what `pilotbridge notify --from {self.type}` posts"

    def looks_like(self, body: Any) -> bool:
        return isinstance(body, dict) and body.get("notify") == self.type

    def parse(self, incoming: Incoming, _options: Any) -> Parsed:
        """:raises Unreadable: when it is another sender's, or does not say what it must."""
        return self.read(_read_words(incoming, self.type, self.needed), incoming)


def _read_words(incoming: Incoming, sender: str, needed: str) -> Words:
    """:raises Unreadable: when another sender wrote them, or ``needed`` was not filled in."""
    written = read_json(incoming.body, _decoder)
    if written.notify != sender:
        raise Unreadable(f"this is of `notify --from {written.notify[:20]}`, not {sender}", at="notify")
    words = Words(*[_filled(getattr(written, name)) for name in Words.__struct_fields__])
    if not getattr(words, needed):
        given = getattr(written, needed)[:40]
        told = f"{needed} is {given!r}" if given else f"no {needed} was said"
        told += "; without it the alert has no identity"
        raise Unreadable(told, at=needed)
    return words


def _filled(text: str) -> str:
    return "" if _UNFILLED.fullmatch(text.strip()) else text.strip()
