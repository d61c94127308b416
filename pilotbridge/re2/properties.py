r"""Unicode's general categories, which RE2 writes ``\pL`` or ``\p{Lu}``, as the insides of character classes.

Scripts (``\p{Cyrillic}``) are refused: nothing that comes with Python knows them.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

_EVERYTHING = [(0, sys.maxunicode)]
_UNASSIGNED = "Cn"
Ranges = list[tuple[int, int]]


@lru_cache(maxsize=64)
def inside_of(name: str, *, negated: bool) -> str:
    """What stands between [ and ] for this category; empty when there is no such one."""
    ranges = _EVERYTHING if name == "Any" else _merged(name)
    if not ranges:
        return ""
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in (_others(ranges) if negated else ranges))


def _merged(name: str) -> Ranges:
    """The ranges of ``Lu``, or of all categories that begin with ``L``."""
    wanted = {each for each in _categories() if each == name or (len(name) == 1 and each[0] == name)}
    return list(_joined(sorted(each for category in wanted for each in _categories()[category])))


def _joined(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Ranges in order, those that touch as one."""
    low, high = -2, -2
    for begins, ends in ranges:
        if begins > high + 1:
            if high >= 0:
                yield low, high
            low = begins
        high = ends
    if high >= 0:
        yield low, high


def _others(ranges: Ranges) -> Iterator[tuple[int, int]]:
    """What lies between ``ranges``."""
    at = 0
    for low, high in ranges:
        if low > at:
            yield at, low - 1
        at = high + 1
    if at <= sys.maxunicode:
        yield at, sys.maxunicode


@lru_cache(maxsize=1)
def _categories() -> dict[str, Ranges]:
    """The ranges of every category; unassigned code points are in none, as in RE2. Takes 0.2 s, once."""
    found: dict[str, Ranges] = {}
    begins, before = 0, unicodedata.category("\0")
    for code in range(1, sys.maxunicode + 2):
        category = unicodedata.category(chr(code)) if code <= sys.maxunicode else ""
        if category != before:
            found.setdefault(before, []).append((begins, code - 1))
            begins, before = code, category
    del found[_UNASSIGNED]
    return found
