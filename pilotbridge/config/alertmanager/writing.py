"""A configuration as a file that people go on writing: blocks, short lists in one line, comments.

It writes plain values; what they mean and where they come from is told to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(:[A-Za-z0-9_./@-]+)*")
_NO_TEXT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_DURATION = re.compile(r"(\d+(ms|[smhdwy]))+")
_VARIABLE = re.compile(r"\$\{(?=[A-Za-z_][A-Za-z0-9_]*\})")
_UNQUOTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_FLOW_MAX = 90
_INDENT = "  "


def scalar(value: Any) -> str:
    """``value`` in one line, in quotes where it would be read as something else."""
    if isinstance(value, bool | int):
        return str(value).lower()
    # A ${VAR} of another program's file is no variable of ours.
    text = _VARIABLE.sub("$${", str(value))
    if (_PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT) or _DURATION.fullmatch(text):
        return text
    if _UNQUOTABLE.search(text):
        return json.dumps(text)
    return "'" + text.replace("'", "''") + "'"


def block(value: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """The lines of ``value``, ``depth`` levels in."""
    for key, item in value.items():
        head = f"{_INDENT * depth}{scalar(key)}:"
        if isinstance(item, Mapping) and item and not _fits(item):
            yield head
            yield from block(item, depth + 1)
        elif isinstance(item, list | tuple) and not _fits(item):
            yield head
            yield from items(item, depth + 1)
        else:
            yield f"{head} {flow(item)}"


def items(values: Sequence[Any], depth: int) -> Iterator[str]:
    """Each item after a dash."""
    for item in values:
        lines = list(block(item, depth + 1)) if isinstance(item, Mapping) else [flow(item)]
        yield f"{_INDENT * depth}- {lines[0].strip()}"
        yield from lines[1:]


def flow(value: Any) -> str:
    """``value`` in one line."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        inside = ", ".join(map(flow, value))
        return f"[{inside}]"
    return scalar(value)


def _fits(value: Any) -> bool:
    """Whether it is short and flat enough for one line."""
    return _is_flat(value) and len(flow(value)) <= _FLOW_MAX


def _is_flat(value: Any) -> bool:
    """Whether no block stands in it."""
    nested = value.values() if isinstance(value, Mapping) else value
    return not any(
        isinstance(each, Mapping) or (isinstance(each, list | tuple) and not _is_flat(each))
        for each in nested
    )
