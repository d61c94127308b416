"""What a question about alerts or silences asks for, read from its query as Alertmanager reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from pilotbridge.errors import Refused
from pilotbridge.matcher import Matcher, Matchers
from pilotbridge.re2 import BadPattern, Pattern, compile_pattern

_YES = frozenset({"true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Which alerts. ``receiver``: only those that one of the receivers it matches is told of.

    ``muted``: groups too that are quiet at this time.
    """

    matchers: Matchers = Matchers()
    active: bool = True
    silenced: bool = True
    inhibited: bool = True
    muted: bool = True
    receiver: Pattern | None = None

    def wants(self, *, silenced: bool, inhibited: bool) -> bool:
        """Whether an alert that stands so is asked for."""
        if silenced or inhibited:
            return (self.silenced or not silenced) and (self.inhibited or not inhibited)
        return self.active

    def wants_receiver(self, name: str) -> bool:
        return self.receiver is None or self.receiver.matches(name)


def read_asked(query: QueryParams) -> Asked:
    """:raises Refused: when a filter or the receiver cannot be read."""
    return Asked(
        matchers=read_filter(query),
        active=_flag(query, "active"),
        silenced=_flag(query, "silenced"),
        inhibited=_flag(query, "inhibited"),
        muted=_flag(query, "muted"),
        receiver=_receiver(query.get("receiver", "")),
    )


def read_filter(query: QueryParams) -> Matchers:
    """:raises Refused: when one cannot be read."""
    return Matchers(tuple(_matchers(query.getlist("filter"))))


def _matchers(texts: Iterable[str]) -> Iterable[Matcher]:
    for text in texts:
        try:
            yield Matcher.parse(text)
        except ValueError as error:
            raise Refused(f"bad matcher in filter: {error}") from error


def _flag(query: QueryParams, name: str) -> bool:
    written = query.get(name, "")
    return not written or written.lower() in _YES


def _receiver(written: str) -> Pattern | None:
    try:
        return compile_pattern(written) if written else None
    except BadPattern as error:
        raise Refused(f"failed to parse receiver param: {error}") from error
