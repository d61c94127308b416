"""By which line an SMS came in, and what of its text the person wrote, without the line's prefix. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pilotbridge.config.settings import RelayLine, Settings
from pilotbridge.model import InboundSms, Line
from pilotbridge.relay.rooms import contact_with, party_of

_BEFORE = " \t\r\n\u00a0\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""What nobody sees before a prefix: spaces, and the marks that come along when it is copied."""
_BEHIND = ",;:.-\u2013\u2014"
"""What people put between the prefix and their words beside a space."""
_GLUED = re.compile(r"\d{3,4}|[^\W\d].*|[#+?].*", re.DOTALL)
"""What a contact may have written right behind it: a ref alone, or words."""


def lines_of(settings: Settings) -> list[Line]:
    """Every line people can text back on, the longest prefix first."""
    gateways = [gateway.reply_to for gateway in settings.gateways.values() if gateway.reply_to]
    lines = dict.fromkeys([*(relay.line for relay in settings.lines), *gateways])
    return sorted(lines, key=lambda line: len(line.prefix), reverse=True)


def line_of(sms: InboundSms, settings: Settings) -> RelayLine | None:
    """The line it came in by: its number, and the prefix that the text begins with.

    A number with one line only needs no prefix: the gateway has told them apart already.
    """
    lines = [line for line in settings.lines if _digits(line.line.number) == _digits(sms.number)]
    by_length = sorted(lines, key=lambda line: len(line.line.prefix), reverse=True)
    found = (line for line in by_length if _behind(sms.text, line.line.prefix) is not None)
    return next(found, lines[0] if len(lines) == 1 else None)


def written(sms: InboundSms, settings: Settings) -> str:
    """What the person wrote. A contact may forget the space behind the prefix."""
    is_contact = contact_with(party_of(sms.sender), settings) is not None
    return without_prefix(sms.text, sms.number, lines_of(settings), glued=is_contact)


def without_prefix(text: str, number: str, lines: Sequence[Line], *, glued: bool = False) -> str:
    """``text`` without the prefix of the line it came in by; the longest prefix is the first of ``lines``."""
    prefixes = [line.prefix for line in lines if line.prefix and _digits(line.number) == _digits(number)]
    found = [rest for prefix in prefixes if (rest := _behind(text, prefix)) is not None]
    if glued and not found:
        found = [rest for prefix in prefixes if _GLUED.fullmatch(rest := _cut(text, prefix))]
    return found[0] if found else text.strip()


def _behind(text: str, prefix: str) -> str | None:
    """What stands behind ``prefix`` as a word of its own; None when the text begins otherwise."""
    if not prefix:
        return text.strip()
    if not text.lstrip(_BEFORE).startswith(prefix):
        return None
    rest = _cut(text, prefix)
    is_apart = not rest or rest[0].isspace() or rest[0] in _BEHIND
    return rest.lstrip(_BEFORE + _BEHIND).rstrip() if is_apart else None


def _cut(text: str, prefix: str) -> str:
    """What follows the prefix; '' when it is not there."""
    said = text.lstrip(_BEFORE)
    return said[len(prefix) :] if said.startswith(prefix) else ""


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isdigit())
