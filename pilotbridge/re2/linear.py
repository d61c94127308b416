"""A matcher whose time grows with the length of the text only, for patterns that make ``re`` explode.

It simulates all ways through the pattern at once (Thompson) and remembers the steps it has taken (a lazy
DFA); it refuses patterns that need too many states.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pilotbridge.re2.syntax import Assertion, BadPattern, Char, Choice, Node, Repeat, Sequence

MAX_STATES = 5000
MAX_REMEMBERED = 4000

# What stands on either side of a place: no character at all, a line feed, a word character, another one.
_EDGE, _NEWLINE, _WORD, _OTHER = "", "n", "w", "o"


@dataclass(slots=True)
class _State:
    """One place in the pattern: it takes one character, or goes on free of charge, or accepts."""

    takes: Callable[[str], object] | None = None
    holds: Callable[[str, str], bool] | None = None
    to: tuple[int, ...] = ()


_Place = tuple[frozenset[int], str]


class LinearMatcher:
    """One pattern, matched against whole texts."""

    def __init__(self, node: Node) -> None:
        self._states = [_State()]
        self._start: _Place = (frozenset([self._build(node, 0)]), _EDGE)
        self._steps: dict[tuple[_Place, str], _Place] = {}

    def matches(self, text: str) -> bool:
        place = self._start
        for char in text:
            key = (place, char)
            following = self._steps.get(key)
            if following is None:
                following = self._remember(key, self._step(place, char))
            place = following
            if not place[0]:
                return False
        return 0 in self._reach(place, _EDGE)

    def _remember(self, key: tuple[_Place, str], place: _Place) -> _Place:
        if len(self._steps) >= MAX_REMEMBERED:
            self._steps.clear()
        self._steps[key] = place
        return place

    def _step(self, place: _Place, char: str) -> _Place:
        kind = _kind(char)
        states = (self._states[index] for index in self._reach(place, kind))
        return frozenset(state.to[0] for state in states if state.takes and state.takes(char)), kind

    def _reach(self, place: _Place, following: str) -> set[int]:
        """Every state that can be reached without taking a character."""
        todo, seen = list(place[0]), set(place[0])
        while todo:
            state = self._states[todo.pop()]
            if state.takes or (state.holds and not state.holds(place[1], following)):
                continue
            fresh = [index for index in state.to if index not in seen]
            seen.update(fresh)
            todo.extend(fresh)
        return seen

    def _add(self, state: _State) -> int:
        if len(self._states) >= MAX_STATES:
            raise BadPattern("the pattern repeats too much; write it shorter")
        self._states.append(state)
        return len(self._states) - 1

    def _build(self, node: Node, after: int) -> int:
        """The state where ``node`` begins, when ``after`` is where it ends."""
        match node:
            case Char(python):
                return self._add(_State(takes=re.compile(python).fullmatch, to=(after,)))
            case Assertion(kind):
                return self._add(_State(holds=_HOLDS[kind], to=(after,)))
            case Sequence(items):
                for item in reversed(items):
                    after = self._build(item, after)
                return after
            case Choice(items):
                return self._add(_State(to=tuple(self._build(item, after) for item in items)))
            case Repeat():
                return self._build_repeat(node, after)

    def _build_repeat(self, node: Repeat, after: int) -> int:
        if node.high is None:
            loop = self._add(_State())
            self._states[loop].to = (self._build(node.item, loop), after)
            after = loop
        else:
            end = after
            for _ in range(node.high - node.low):
                after = self._add(_State(to=(self._build(node.item, after), end)))
        for _ in range(node.low):
            after = self._build(node.item, after)
        return after


def _kind(char: str) -> str:
    if char == "\n":
        return _NEWLINE
    return _WORD if char.isascii() and (char.isalnum() or char == "_") else _OTHER


def _boundary(before: str, following: str) -> bool:
    return (before == _WORD) != (following == _WORD)


_HOLDS: dict[str, Callable[[str, str], bool]] = {
    "A": lambda before, _: before == _EDGE,
    "z": lambda _, following: following == _EDGE,
    "^": lambda before, _: before in (_EDGE, _NEWLINE),
    "$": lambda _, following: following in (_EDGE, _NEWLINE),
    "b": _boundary,
    "B": lambda before, following: not _boundary(before, following),
}
