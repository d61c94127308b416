"""One field of an answer: a number or a string, whichever the gateway's version writes.

What is neither raises; nothing is guessed.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

import msgspec

from pilotbridge.smspilot.wire.torn import Torn

_INTEGER = re.compile(r"-?[0-9]{1,18}")
# After a comma two digits at most: 1,000 may be a thousand.
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18}|,[0-9]{1,2})?")
_ABSENT = (None, "")


def is_integer(value: Any) -> bool:
    """Tell whether it is a number of 64 bits; JSON's true and false are none."""
    return type(value) is int and -(2**63) <= value < 2**63


def is_whole(value: Any) -> bool:
    """Tell whether it is an integer, also one that is written with a point: 7.0."""
    return is_integer(value) or (type(value) is float and value.is_integer() and abs(value) <= 2**53)


def as_integer(value: Any, name: str) -> int:
    """:raises Torn: unless it is an integer, or a string that holds one."""
    if is_whole(value):
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise Torn(f"{name} is no integer")


def as_integer_or_zero(value: Any, name: str) -> int:
    """Like :func:`as_integer`; absent or empty is 0."""
    return 0 if value in _ABSENT else as_integer(value, name)


def as_decimal(value: Any, name: str) -> Decimal:
    """A comma may stand for the point.

    :raises Torn: unless it is a finite number, or a string that holds one.
    """
    if is_integer(value) or (type(value) is float and math.isfinite(value)):
        return Decimal(str(value))
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value.replace(",", "."))
    raise Torn(f"{name} is no number")


def as_money(value: Any, name: str) -> Decimal | None:
    """Roubles told beside an answer; None when they are absent or nobody can read them.

    What a message cost never decides whether it was taken.
    """
    try:
        return None if value in _ABSENT else as_decimal(value, name)
    except Torn:
        return None


def as_text(value: Any, name: str) -> str:
    """Return a string, or an integer written as one; absent is empty.

    :raises Torn: for anything else.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if is_whole(value):
        return str(int(value))
    raise Torn(f"{name} is neither a string nor an integer")


def as_told(value: Any) -> str:
    """Return any value as a text, for what is never left out because of its type."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool) or is_whole(value):
        return str(int(value))
    return msgspec.json.encode(value).decode()


def as_list(value: Any, name: str) -> list[dict[str, Any]]:
    """:raises Torn: unless it is a list of objects."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Torn(f"{name} is no list of objects")
    return value
