"""Storms: many incidents told to one person by one SMS."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pilotbridge.clock import from_ms
from pilotbridge.model import IncidentId, MessageId, Ref, Severity
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.connection import Statements
from pilotbridge.store.records import Storm, StormMember
from pilotbridge.store.sql.rows import Row


class StormReads(Statements):
    __slots__ = ()

    def open_storms(self) -> list[Storm]:
        return [_storm(row) for row in self.rows("open_storms")]

    def storm_of(self, recipient: PhoneNumber) -> Storm | None:
        """The one that rages over this number."""
        row = self.row("storm_of", (recipient.e164,))
        return _storm(row) if row else None

    def storm_by_ref(self, ref: str) -> Storm | None:
        row = self.row("storm_by_ref", (ref,))
        return _storm(row) if row else None

    def storms_told_to(self, recipient: PhoneNumber, since_ms: int) -> list[Storm]:
        """Those that this number was told of since then, newest first."""
        return [_storm(row) for row in self.rows("storms_told_to", (recipient.e164, since_ms))]

    def due_storms(self, now_ms: int, limit: int) -> list[Storm]:
        return [_storm(row) for row in self.rows("due_storms", (now_ms, limit))]

    def next_storm_due(self) -> int | None:
        row = self.row("next_storm_due")
        return row[0] if row else None

    def storm_members(self, storm_id: int) -> list[StormMember]:
        """Its incidents, in the order in which they joined it."""
        return [
            StormMember(
                IncidentId(row[0]),
                Ref(row[1]),
                row[2],
                Severity(row[3]),
                from_ms(row[4]),
                row[5] is None,
                row[6],
                row[7],
                bool(row[8]),
                row[9],
            )
            for row in self.rows("storm_members", (storm_id,))
        ]

    def messages_of_storm(self, storm_id: int) -> list[MessageId]:
        """The SMS that spoke for it, oldest first."""
        return [MessageId(row[0]) for row in self.rows("messages_of_storm", (storm_id,))]

    def is_in_storm(self, storm_id: int, incident: IncidentId) -> bool:
        return self.row("in_storm", (storm_id, incident)) is not None

    def incidents_in_storms(self, ids: Sequence[IncidentId]) -> set[IncidentId]:
        """Those that somebody is told of by the SMS of a storm."""
        return {IncidentId(row[0]) for row in self.rows_in("incidents_in_storms", ids)}


class StormWrites(StormReads):
    __slots__ = ()

    def open_storm(self, recipient: PhoneNumber, contact: str, now_ms: int, due_ms: int) -> int:
        """It begins; returns its number."""
        return self.insert("open_storm", (recipient.e164, contact, now_ms, due_ms))

    def join_storm(self, storm_id: int, incident: IncidentId, now_ms: int) -> None:
        self.run("join_storm", (storm_id, incident, now_ms))

    def storm_has_news(self, storm_id: int, incident: IncidentId) -> None:
        """An incident that is in it already has something to say."""
        self.run("storm_has_news", (storm_id, incident))

    def stir_storm(self, storm_id: int, due_ms: int) -> None:
        """Look at it no later than then."""
        self.run("stir_storm", {"id": storm_id, "due": due_ms})

    def storm_told(
        self,
        storm_id: int,
        ref: Ref,
        message: MessageId,
        *,
        count: int,
        names: Sequence[str],
        now_ms: int,
        due_ms: int,
    ) -> None:
        """Its next SMS is in the outbox."""
        params = {
            "id": storm_id,
            "ref": ref,
            "count": count,
            "names": _json(names),
            "now": now_ms,
            "due": due_ms,
        }
        self.run("storm_told", params)
        self.run("storm_news_told", (storm_id,))
        self.run("add_storm_message", (storm_id, message))

    def await_storm(self, storm_id: int, due_ms: int) -> None:
        """There is nothing to say before then."""
        self.run("await_storm", (due_ms, storm_id))

    def close_storm(self, storm_id: int, now_ms: int) -> None:
        self.run("close_storm", (now_ms, storm_id))


def _storm(row: Row) -> Storm:
    names = tuple(msgspec.json.decode(row[7], type=list[str]))
    return Storm(
        row[0],
        PhoneNumber(row[1]),
        row[2],
        Ref(row[3]),
        row[4],
        row[5],
        row[6],
        names,
        row[8],
        row[9] is None,
    )


def _json(names: Sequence[str]) -> str:
    return msgspec.json.encode(list(names)).decode()
