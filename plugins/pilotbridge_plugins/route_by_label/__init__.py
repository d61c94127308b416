"""A label, such as ``team``, says who is told: what it may say, and whom that means, the configuration lists.

A word that is not listed decides nothing: the next one is asked, and the alert's trace says which it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from pilotbridge import Alert, Bridge, PhoneNumber, ReceiverName, Route, hookimpl

SHOWN_MAX = 60


def _by_word(written: Any) -> Any:
    """A list names receivers by their own names."""
    return {name: name for name in written} if isinstance(written, list | tuple) else written


class RouteByLabel(BaseModel):
    """``plugins.route_by_label``; ``receivers`` is a list of names, or word -> name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field("team", min_length=1)
    receivers: Annotated[Mapping[str, ReceiverName], BeforeValidator(_by_word)] = Field(min_length=1)
    and_continue: bool = False

    @field_validator("receivers")
    @classmethod
    def _names_no_phone(cls, receivers: Mapping[str, str]) -> Mapping[str, str]:
        for text in (*receivers, *receivers.values()):
            if _is_phone(text):
                raise ValueError(
                    "a phone number is no receiver: a label never chooses a number; name a receiver"
                )
        return receivers


def _is_phone(text: str) -> bool:
    try:
        PhoneNumber.parse(text.rpartition(":")[2])
    except ValueError:
        return False
    return True


@hookimpl
def register_config() -> type[BaseModel]:
    return RouteByLabel


@hookimpl
def route_alerts(alerts: Sequence[Alert], bridge: Bridge) -> Mapping[Alert, Route]:
    """Alerts without the label are left out; a word that is not listed is only remarked on."""
    options = bridge.config(RouteByLabel)
    named = {alert: alert.labels.get(options.label) for alert in alerts}
    _log_unlisted({word for word in named.values() if word} - options.receivers.keys(), options, bridge)
    return {alert: _route(word, options) for alert, word in named.items() if word}


def _route(word: str, options: RouteByLabel) -> Route:
    receiver = options.receivers.get(word)
    if receiver is None:
        reason = f"{options.label}={word[:SHOWN_MAX]!r} is not listed, ignored"
        return Route(None, and_continue=True, reason=reason)
    return Route(receiver, and_continue=options.and_continue, reason=f"{options.label}={word}")


def _log_unlisted(words: Iterable[str], options: RouteByLabel, bridge: Bridge) -> None:
    for word in sorted(words)[:1]:
        bridge.log().warning(
            "a label names no listed receiver", label=options.label, word=word[:SHOWN_MAX], fix="list it"
        )
