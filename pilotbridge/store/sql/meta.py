"""Facts about the database itself, plugins' own values, and answers to repeated requests."""

from __future__ import annotations

from typing import Any

import msgspec

from pilotbridge.store.connection import Statements
from pilotbridge.store.records import Happening

_SHIFTED = (
    "shift_messages",
    "shift_lapses",
    "shift_groups",
    "shift_acknowledged",
    "shift_escalations",
    "shift_storms",
    "shift_storm_incidents",
    "shift_alerts",
    "shift_hints",
    "shift_posts",
    "shift_rooms",
    "shift_conversations",
)


class MetaReads(Statements):
    __slots__ = ()

    def meta(self, key: str) -> str | None:
        row = self.row("get_meta", (key,))
        return None if row is None else row[0]

    def epoch(self) -> int:
        """The newest ownership of this database."""
        return int(self.meta("epoch") or 0)

    def plugin_value(self, plugin: str, store: str, key: str) -> Any:
        row = self.row("plugin_get", (plugin, store, key))
        return None if row is None else msgspec.json.decode(row[0])

    def plugin_items(self, plugin: str, store: str) -> dict[str, Any]:
        return {key: msgspec.json.decode(value) for key, value in self.rows("plugin_items", (plugin, store))}

    def events_of(self, subject: str, subject_id: int) -> list[Happening]:
        return [Happening(*row) for row in self.rows("events_of", (subject, subject_id))]

    def answered_once(self, scope: str, key: str) -> str | None:
        """The earlier answer to a request with this Idempotency-Key."""
        row = self.row("get_once", (scope, key))
        return None if row is None else row[0]


class MetaWrites(MetaReads):
    __slots__ = ()

    def set_meta(self, key: str, value: str) -> None:
        self.run("set_meta", (key, value))

    def next_epoch(self) -> int:
        epoch = self.epoch() + 1
        self.set_meta("epoch", str(epoch))
        return epoch

    def set_plugin_value(self, plugin: str, store: str, key: str, value: Any) -> None:
        self.run("plugin_set", (plugin, store, key, msgspec.json.encode(value).decode()))

    def delete_plugin_value(self, plugin: str, store: str, key: str) -> None:
        self.run("plugin_delete", (plugin, store, key))

    def add_event(
        self, subject: str, subject_id: int, at_ms: int, event: str, *, state: str = "", reason: str = ""
    ) -> None:
        self.later("add_event", (subject, subject_id, at_ms, event, state, reason))

    def shift_times(self, by_ms: int) -> None:
        """The wall clock was set by ``by_ms``: whatever is still to come moves along."""
        for name in _SHIFTED:
            self.run(name, {"by": by_ms})

    def answer_once(self, scope: str, key: str, answer: str, at_ms: int) -> None:
        self.run("set_once", (scope, key, answer, at_ms))
