"""Regular expressions as Prometheus and Alertmanager mean them (RE2), anchored at both ends.

A pattern that Python's backtracking ``re`` runs in good time is run by ``re``; every other text goes through
the linear matcher, so that no pattern and no label can make the bridge hang.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from pilotbridge.re2.linear import LinearMatcher
from pilotbridge.re2.syntax import BadPattern, Char, Choice, Node, Repeat, Sequence, parse, to_python

__all__ = ["BadPattern", "Pattern", "compile_pattern"]

MAX_STEPS = 1_000_000


class Pattern:
    """One compiled pattern."""

    __slots__ = ("_degree", "_fast", "_linear", "_node")

    def __init__(self, text: str) -> None:
        self._node = parse(text)
        self._degree = _degree(self._node)
        self._fast = re.compile(to_python(self._node))
        self._linear: LinearMatcher | None = None
        if self._degree > 1:
            self._linear = LinearMatcher(self._node)

    def matches(self, text: str) -> bool:
        """Whether all of ``text`` matches."""
        if self._linear is not None and len(text) ** min(self._degree, 20.0) > MAX_STEPS:
            return self._linear.matches(text)
        return self._fast.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def compile_pattern(text: str) -> Pattern:
    """:raises BadPattern: if RE2 would not take ``text``."""
    return Pattern(text)


def _degree(node: Node) -> float:
    """How the steps of a backtracking match grow: about ``len(text) ** degree``, infinite for 2 ** length."""
    match node:
        case Sequence(items):
            return sum(map(_degree, items))
        case Choice(items):
            return max(map(_degree, items))
        case Repeat(Char(), low, high):
            return 0 if low == high else 1
        case Repeat(item, _, high):
            if high is not None and high <= 1:
                return _degree(item)
            return math.inf if high is None or _degree(item) or _has_choice(item) else 0
    return 0


def _has_choice(node: Node) -> bool:
    match node:
        case Choice():
            return True
        case Sequence(items):
            return any(map(_has_choice, items))
        case Repeat(item):
            return _has_choice(item)
    return False
