"""The lines of a state file without those that later ones have overtaken: they make the same world.

It knows which line overtakes which; the file itself is :mod:`state_file`'s.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from pilotbridge.sandbox.world import RETENTION_MS

Line = tuple[str, Any]

_LISTED = ("packet", "written", "told")
"""Each of their lines is a thing of its own."""
_KEYS: dict[str, tuple[str, ...]] = {
    "account": ("name",),
    "scripts": ("phone",),
    "message": ("server_id",),
    "person": ("id",),
    "chat": ("id",),
    "topic": ("chat_id", "thread_id"),
    "post": ("chat_id", "message_id"),
    "press": ("id",),
    "update": ("update_id",),
}
"""What tells things of a kind apart; of a kind that is not here there is one."""


def condensed(lines: Sequence[Line]) -> list[Line]:
    """The newest word about each thing, where the first one stood: the next id goes by their order.

    How the accounts stand is to be written behind them, for what packets cost is counted once more.
    """
    gone = _too_old(lines)
    newest = {_key(line): line for line in lines}
    confirmed = ("telegram", "confirmed")
    kept: list[Line] = []
    for line in lines:
        key = _key(line)
        if line[0] in _LISTED and not _is_gone(line, gone):
            kept.append(line)
        elif key in newest and key != confirmed and not _is_gone(line, gone):
            kept.append(newest.pop(key))
    return [*_without_confirmed(kept, newest.get(confirmed)), *filter(None, [newest.get(confirmed)])]


def _key(line: Line) -> Hashable:
    kind, value = line
    if kind == "telegram":
        ((noun, thing),) = value.items()
        return kind, noun, *(thing[name] for name in _KEYS.get(noun, ()))
    return kind, *(value[name] for name in _KEYS.get(kind, ()))


def _too_old(lines: Sequence[Line]) -> frozenset[int]:
    """The messages that are past the retention when the newest one is taken; the last packet's ids stay."""
    packets = [value for kind, value in lines if kind == "packet"]
    oldest_ms = max((packet[0]["taken_ms"] for packet in packets), default=0) - RETENTION_MS
    old = (packet for packet in packets[:-1] if packet[0]["taken_ms"] < oldest_ms)
    return frozenset(message["server_id"] for packet in old for message in packet)


def _is_gone(line: Line, gone: frozenset[int]) -> bool:
    kind, value = line
    if kind == "packet":
        return value[0]["server_id"] in gone
    return (kind == "message" and value["server_id"] in gone) or (kind == "told" and value in gone)


def _without_confirmed(lines: Sequence[Line], confirmed: Line | None) -> list[Line]:
    """Without updates that the bot has; the last one stays, so that the next gets an id behind it."""
    if confirmed is None:
        return list(lines)
    offset = confirmed[1]["confirmed"]
    updates = [line for line in lines if line[0] == "telegram" and "update" in line[1]]
    had = {_key(line) for line in updates[:-1] if line[1]["update"]["update_id"] < offset}
    return [line for line in lines if _key(line) not in had]
