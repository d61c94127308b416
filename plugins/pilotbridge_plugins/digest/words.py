"""A digest in words: the counts first, then as many names as there is room for, and how many are left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pilotbridge_plugins.digest.contents import Entry

UNITS_OF_PART = {"en": 145, "ru": 62}
"""A little less than a part holds, for what is written differently on its way."""
ROOM_UNITS = 3_500
DIGEST = {"en": "Digest", "ru": "Сводка"}
COUNTS = {
    "en": "{fresh} new, {over} over, {still} still on",
    "ru": "новых {fresh}, прошло {over}, ещё {still}",
}
ENDED = {"en": "over", "ru": "прошло"}


def for_phone(entries: Sequence[Entry], local: datetime, language: str, parts: int) -> str:
    """One line; ``language`` is the contact's."""
    language = language if language in DIGEST else "en"
    return _within(
        parts * UNITS_OF_PART[language], _head(entries, local, language), _items(entries, language), ", "
    )


def for_room(entries: Sequence[Entry], local: datetime) -> str:
    """A line for each alert that is news."""
    return _within(ROOM_UNITS, _head(entries, local, "en") + "\n", _items(entries, "en"), "\n")


def _head(entries: Sequence[Entry], local: datetime, language: str) -> str:
    counts = COUNTS[language].format(
        fresh=sum(not entry.was_told for entry in entries),
        over=sum(entry.is_over for entry in entries),
        still=sum(entry.was_told and not entry.is_over for entry in entries),
    )
    return f"{DIGEST[language]} {local:%d.%m %H:%M}: {counts}: "


def _items(entries: Iterable[Entry], language: str) -> list[str]:
    """Those that fire before those that are over, by name."""
    news = sorted((entry for entry in entries if entry.is_news), key=lambda e: (e.is_over, e.alert.name))
    return list(dict.fromkeys(_item(entry, language) for entry in news))


def _item(entry: Entry, language: str) -> str:
    words = [entry.alert.name, entry.alert.labels.get("instance")]
    return " ".join(word for word in (*words, ENDED[language] if entry.is_over else "") if word)


def _within(units: int, head: str, items: Sequence[str], between: str) -> str:
    """As many items as fit, and how many do not."""
    told, left = head, len(items)
    for item in items:
        more = (between if told != head else "") + item
        rest = f"{between}+{left - 1}" if left > 1 else ""
        if len(told) + len(more) + len(rest) > units:
            break
        told, left = told + more, left - 1
    return told + (f"{between if told != head else ''}+{left}" if left else "")
