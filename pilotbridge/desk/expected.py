"""What a verb takes, in the words of whoever calls it: which argument is wrong, and what belongs there.

The library's own sentence names Python's types and a path from `$`; only its field's name is read here.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

import msgspec
from msgspec import inspect

_MISSING = re.compile(r"missing required field `(\w+)`")
_UNKNOWN = re.compile(r"unknown field `(.*)`", re.DOTALL)
_AT = re.compile(r"- at `\$\.(\w+)")
_NAMED = (
    (inspect.StrType, "a text"),
    (inspect.BoolType, "true or false"),
    (inspect.DateTimeType, "a time like 2026-11-25T03:14:00Z"),
)


def in_words(error: msgspec.ValidationError, takes: type[msgspec.Struct]) -> str:
    """The sentence for ``error``: the argument, and what of it the struct ``takes``."""
    told = str(error)
    if unknown := _UNKNOWN.search(told):
        return _not_taken(unknown[1], takes)
    if missing := _MISSING.search(told):
        return f"{missing[1]} is missing; write {expected(missing[1], takes)}"
    if wrong := _AT.search(told):
        return f"{wrong[1]} must be {expected(wrong[1], takes)}"
    return told


def _not_taken(name: str, takes: type[msgspec.Struct]) -> str:
    near = get_close_matches(name, takes.__struct_fields__, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(takes.__struct_fields__)}"
    return f"{name[:40]} is nothing that can be said here; {hint}"


def expected(name: str, takes: type[msgspec.Struct]) -> str:
    """What belongs in the argument ``name``."""
    kinds = {field.name: field.type for field in msgspec.structs.fields(takes)}
    return _kind(inspect.type_info(kinds[name]))


def _kind(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.UnionType):
        return _kind(next(one for one in kind.types if not isinstance(one, inspect.NoneType)))
    if isinstance(kind, inspect.ListType):
        return "a list of texts, each in quotes"
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        whole = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
        return f"{whole}{_bounds(kind.ge, kind.le)}"
    return next((words for type_, words in _NAMED if isinstance(kind, type_)), "something else")


def _bounds(least: float | None, most: float | None) -> str:
    """Only bounds that somebody may reach by mistake are told."""
    if least is None or most is None:
        return ""
    return f" from {least:g}" + (f" to {most:.0f}" if most < 1e12 else "")
