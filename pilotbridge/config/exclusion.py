"""What conditions on labels say of each other: that they exclude one another, or follow from others.

Pure, and careful: it says so only where that holds for every alert there can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import permutations

from pilotbridge.matcher import Matcher, Matchers, Op

_WORDS = re.compile(r"\(?((?:[\w:/@ ,-]+\|)*[\w:/@ ,-]+)\)?")
_OPPOSITE = {
    Op.EQUAL: Op.NOT_EQUAL,
    Op.NOT_EQUAL: Op.EQUAL,
    Op.MATCHES: Op.NOT_MATCHES,
    Op.NOT_MATCHES: Op.MATCHES,
}


def excluding(matchers: Iterable[Matcher]) -> tuple[Matcher, ...]:
    """Those of ``matchers`` on one label that no value meets together; none: some alert may meet all."""
    for name, group in _by_label(matchers).items():
        known = _values(name, group)
        if known is not None and not known:
            return next(filter(_exclude, permutations(group, 2)), tuple(group))
        opposite = next((each for each in group if negated(each) in group), None)
        if opposite is not None:
            return opposite, negated(opposite)
    return ()


def implied(conditions: Iterable[Matcher], given: Matchers) -> bool:
    """Whether every alert that meets ``given`` meets all ``conditions``."""
    groups = _by_label(given)
    return all(always(each) or _follows(each, groups.get(each.name, [])) for each in conditions)


def always(matcher: Matcher) -> bool:
    return matcher.op is Op.MATCHES and matcher.value in (".*", "(.*)")


def negated(matcher: Matcher) -> Matcher:
    return Matcher(matcher.name, _OPPOSITE[matcher.op], matcher.value)


def _follows(matcher: Matcher, group: list[Matcher]) -> bool:
    if matcher in group:
        return True
    values = _values(matcher.name, group)
    return bool(values) and all(matcher.matches({matcher.name: value}) for value in values or ())


def _by_label(matchers: Iterable[Matcher]) -> Mapping[str, list[Matcher]]:
    groups: dict[str, list[Matcher]] = {}
    for each in matchers:
        groups.setdefault(each.name, []).append(each)
    return groups


def _values(name: str, group: list[Matcher]) -> list[str] | None:
    """Every value of the label that meets all of ``group``; None when they cannot be listed."""
    listed = [values for each in group if (values := _listed(each)) is not None]
    if not listed:
        return None
    return [value for value in min(listed, key=len) if all(each.matches({name: value}) for each in group)]


def _exclude(pair: tuple[Matcher, ...]) -> bool:
    first, other = pair
    values = _listed(first)
    return values is not None and not any(other.matches({first.name: value}) for value in values)


def _listed(matcher: Matcher) -> list[str] | None:
    """The values that a matcher names one by one."""
    if matcher.op is Op.EQUAL:
        return [matcher.value]
    found = _WORDS.fullmatch(matcher.value) if matcher.op is Op.MATCHES else None
    return found[1].split("|") if found else None
