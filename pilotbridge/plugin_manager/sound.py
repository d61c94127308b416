"""Whether what a plugin answered can be kept, shown and sent; what cannot is nonsense and does not count.

Pure. Half a character, a number for a label, or ten megabytes of text would stop more than one alert.
"""

from __future__ import annotations

from collections.abc import Mapping

from pilotbridge.model import Alert, Labels, Reply, Route

TEXT_MAX = 10_000
"""Characters. An SMS of ten parts has 1,530; a chat's post 4,096."""
WHATEVER_IT_RAISES = (Exception, SystemExit)
"""SystemExit too: a file that ends itself must not end the bridge that reads its configuration again."""
_REASON_MAX = 500
_KEPT = (
    "fingerprint",
    "state",
    "starts_at",
    "ends_at",
    "expires_at",
    "source",
    "sender_group",
    "url",
    "is_test",
    "to",
)


def in_words(error: BaseException) -> str:
    """What a plugin raised, on one line that can be kept and shown, whatever its own words are."""
    try:
        words = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - its own words may fail as well
        words = ""
    said = words[:_REASON_MAX].encode("utf-8", "replace").decode()
    return f"{type(error).__name__}: {said or 'no reason given'}"


def is_text(value: object) -> bool:
    """Whether it is a text, of a length that people write, that UTF-8 can hold."""
    if not isinstance(value, str) or len(value) > TEXT_MAX:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_enriched(alert: object, other: object) -> bool:
    """Whether ``other`` is ``alert`` with nothing changed but labels and annotations."""
    if not isinstance(alert, Alert) or not isinstance(other, Alert):
        return False
    if not all(getattr(alert, name) == getattr(other, name) for name in _KEPT):
        return False
    return _are_labels(other.labels, alert.labels) and _are_labels(other.annotations, alert.annotations)


def _are_labels(labels: object, before: Mapping[str, str]) -> bool:
    """Names and texts; what the sender wrote was looked at when it came in."""
    if not isinstance(labels, Labels):
        return False
    return all(
        is_text(name) and (is_text(value) or before.get(name) == value) for name, value in labels.items()
    )


def is_opinion(alert: object, route: object) -> bool:
    """Whether it is a route for an alert."""
    if not isinstance(alert, Alert) or not isinstance(route, Route):
        return False
    return (route.receiver is None or is_text(route.receiver)) and is_text(route.reason)


def is_reply(answer: object) -> bool:
    """Whether it is an answer to an SMS."""
    return isinstance(answer, Reply) and is_text(answer.text) and is_text(answer.reason)
