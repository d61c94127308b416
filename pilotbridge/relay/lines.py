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
    here = [line for line in settings.lines if _digits(line.line.number) == _digits(sms.number)]
    by_prefix = {line.line.prefix: line for line in reversed(here)}
    found = _read(sms.text, sorted(by_prefix, key=len, reverse=True), glued=_is_contacts(sms, settings))
    if found is not None:
        return by_prefix[found[0]]
    return here[0] if len(here) == 1 else None


def written(sms: InboundSms, settings: Settings) -> str:
    """What the person wrote. A contact may forget the space behind the prefix."""
    glued = _is_contacts(sms, settings)
    return without_prefix(sms.text, sms.number, lines_of(settings), glued=glued)


def without_prefix(text: str, number: str, lines: Sequence[Line], *, glued: bool = False) -> str:
    """``text`` without the prefix of the line it came in by; the longest prefix is the first of ``lines``."""
    prefixes = [line.prefix for line in lines if line.prefix and _digits(line.number) == _digits(number)]
    found = _read(text, prefixes, glued=glued)
    return found[1] if found is not None else text.strip()


def _is_contacts(sms: InboundSms, settings: Settings) -> bool:
    return contact_with(party_of(sms.sender), settings) is not None


def _read(text: str, prefixes: Sequence[str], *, glued: bool) -> tuple[str, str] | None:
    """The first of ``prefixes`` that the text begins with, and what follows it."""
    for prefix in prefixes:
        rest = _behind(text, prefix)
        if rest is not None:
            return prefix, rest
    touching = ((prefix, _cut(text, prefix)) for prefix in prefixes if glued and prefix)
    return next((each for each in touching if _GLUED.fullmatch(each[1])), None)


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
