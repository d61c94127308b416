"""How names share the room of one SMS: short ones whole, long ones cut alike, each cut visible. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pilotbridge.alerting.facts import shorten
from pilotbridge.sms_text import Encoding, transliterate

SHARE_MIN = 8
"""Characters; less of a name tells nobody anything."""


def room_of(parts: int) -> int:
    """How many Latin characters ``parts`` hold; other letters are only used where they cost no part more."""
    return Encoding.GSM7.single if parts == 1 else parts * Encoding.GSM7.chained


def shared(names: Sequence[str], room: int) -> list[str]:
    """``names`` within ``room`` characters together; what short ones leave of their share, long ones have."""
    written = [len(transliterate(name)) for name in names]
    share = _share(written, room)
    return [
        name if length <= share else shorten(name, max(share * len(name) // length, SHARE_MIN))
        for name, length in zip(names, written, strict=True)
    ]


def _share(lengths: Sequence[int], room: int) -> int:
    """The most that each may have so that all are within ``room``: what short ones leave is the others'."""
    left, share = room, room
    for taken, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - taken)
        if length > share:
            break
        left -= length
    return max(share, SHARE_MIN)
