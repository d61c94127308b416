"""Conditions on labels in Alertmanager's own syntax, compiled once and fast to ask.

Pure vocabulary: it reads text and compares strings; it knows neither alerts nor where a matcher was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotbridge.re2 import Pattern

_OPERATOR = re.compile(r"\s*(=~|!~|!=|=)\s*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE_NAME = re.compile(r"""[^\s{}!=~,\\"'`]+""")
_CLASSIC_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MEANS = {"n": "\n", '"': '"', "\\": "\\"}
_WRITES = str.maketrans({"\n": "\\n", '"': '\\"', "\\": "\\\\"})
_EXAMPLE = 'write it like severity=~"critical|warning"'


class Op(StrEnum):
    """How a matcher compares; regular expressions are anchored at both ends."""

    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    NOT_MATCHES = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label. An absent label counts as the empty string.

    A regular expression must match the whole value and is written as RE2 takes it.

    :raises ValueError: if the name is empty or the pattern is none that RE2 takes.
    """

    name: str
    op: Op
    value: str
    _pattern: Pattern | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a matcher needs the name of a label")
        is_regex = self.op in (Op.MATCHES, Op.NOT_MATCHES)
        object.__setattr__(self, "_pattern", _pattern_of(self.value) if is_regex else None)

    @classmethod
    def parse(cls, text: str) -> Matcher:
        """Read one matcher: ``severity="critical"``, ``team=~db|web``, ``"имя"!="x"``.

        :raises ValueError: with the cause and an example.
        """
        return _parse_one(text)

    def matches(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.name, "")
        if self._pattern is None:
            return (value == self.value) is (self.op is Op.EQUAL)
        return self._pattern.matches(value) is (self.op is Op.MATCHES)

    def __str__(self) -> str:
        name = self.name if _CLASSIC_NAME.fullmatch(self.name) else _quote(self.name)
        return f"{name}{self.op}{_quote(self.value)}"


@dataclass(frozen=True, slots=True)
class Matchers:
    """Several conditions that must all hold; none at all always holds."""

    all: tuple[Matcher, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Matchers:
        """Read ``{a="b", c!="d"}``, the same without braces, or a single matcher.

        :raises ValueError: with the cause and an example.
        """
        inside = text.strip()
        if inside.startswith("{") != inside.endswith("}"):
            # A lone } is a brace that was never opened, unless it ends a regex like a{2}.
            if inside.startswith("{") or not _parses(inside):
                raise ValueError(f"{text!r} has only one of the braces {{ }}; {_EXAMPLE}")
        elif inside.startswith("{"):
            inside = inside[1:-1]
        parts = list(_split(inside))
        if parts and not parts[-1].strip():
            parts.pop()
        return cls(tuple(_parse_one(part) for part in parts))

    def matches(self, labels: Mapping[str, str]) -> bool:
        for matcher in self.all:  # noqa: SIM110 - asked for every alert; a generator costs as much again
            if not matcher.matches(labels):
                return False
        return True

    def __iter__(self) -> Iterator[Matcher]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def __add__(self, other: Iterable[Matcher]) -> Matchers:
        return Matchers((*self.all, *other))

    def __str__(self) -> str:
        return "{" + ", ".join(map(str, self.all)) + "}"


def _pattern_of(text: str) -> Pattern:
    """:raises BadPattern: a ValueError, when RE2 does not take it."""
    from pilotbridge.re2 import compile_pattern

    return compile_pattern(text)


def _parse_one(text: str) -> Matcher:
    written = text.strip()
    name, rest = _name(written)
    operator = _OPERATOR.match(rest)
    if not name or not operator:
        raise ValueError(f"{text!r} is no matcher; {_EXAMPLE}")
    value = _value(rest[operator.end() :], text)
    try:
        return Matcher(name, Op(operator[1]), value)
    except ValueError as bad:
        raise ValueError(f"{text!r}: {bad}") from bad


def _name(written: str) -> tuple[str, str]:
    """The label's name and what follows it."""
    if quoted := _QUOTED.match(written):
        return _unescape(quoted[1]), written[quoted.end() :]
    bare = _BARE_NAME.match(written)
    return (bare[0], written[bare.end() :]) if bare else ("", written)


def _value(written: str, text: str) -> str:
    if quoted := _QUOTED.fullmatch(written):
        return _unescape(quoted[1])
    if re.search(r'(?<!\\)(?:\\\\)*"', written):
        raise ValueError(f'{text!r} has a stray double quote; write it as \\" inside quotes')
    return _unescape(written)


def _unescape(written: str) -> str:
    r"""Resolve ``\n``, ``\"`` and ``\\``; any other backslash stays, so that ``"web\d"`` is a pattern."""
    return _ESCAPE.sub(lambda found: _MEANS.get(found[1], found[0]), written)


def _quote(text: str) -> str:
    return f'"{text.translate(_WRITES)}"'


def _split(text: str) -> Iterator[str]:
    """The parts between commas that stand outside quotes."""
    start, quoted, escaped = 0, False, False
    for at, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _parses(text: str) -> bool:
    try:
        _parse_one(text)
    except ValueError:
        return False
    return True
