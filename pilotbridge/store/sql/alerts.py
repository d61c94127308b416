"""Alerts, the groups they are in, and the silences that keep them quiet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pilotbridge.clock import to_ms
from pilotbridge.model import AlertState, Fingerprint, GroupId, IncidentId, Silence
from pilotbridge.store.connection import Statements
from pilotbridge.store.records import (
    AlertChange,
    AlertRow,
    DueGroup,
    GroupKey,
    KnownAlert,
    KnownGroup,
    Member,
    SeenAlert,
    Told,
)
from pilotbridge.store.sql.rows import alert_from, alert_row_from, labels_from, labels_json, silence_from


class AlertReads(Statements):
    __slots__ = ()

    def known_alerts(self, fingerprints: Sequence[Fingerprint]) -> dict[Fingerprint, KnownAlert]:
        return {
            row[0]: KnownAlert(row[1], AlertState(row[2]), row[3], row[4], bool(row[5]))
            for row in self.rows_in("known_alerts", fingerprints)
        }

    def expired_alerts(self, now_ms: int, limit: int) -> list[tuple[AlertRow, bool]]:
        """Firing alerts nobody has spoken of in time, each with whether it was only leased."""
        return [(alert_row_from(row), bool(row[15])) for row in self.rows("expired_alerts", (now_ms, limit))]

    def next_expiry(self) -> int | None:
        return self._number("next_expiry")

    def alerts_listed(self, state: str = "", limit: int = 100) -> list[AlertRow]:
        return [alert_row_from(row) for row in self.rows("alerts_listed", (state, state, limit))]

    def alert_row(self, alert_id: int) -> AlertRow | None:
        row = self.row("alert_by_id", (alert_id,))
        return None if row is None else alert_row_from(row)

    def firing_in_sender_group(self, sender_group: str) -> list[AlertRow]:
        return [alert_row_from(row) for row in self.rows("alerts_of_group_firing", (sender_group,))]

    def count_firing(self) -> int:
        return self._number("count_firing") or 0

    def due_groups(self, now_ms: int, limit: int) -> list[DueGroup]:
        """Groups whose time has come; their incidents and members are asked for apart."""
        return [
            DueGroup(
                id=GroupId(row[0]),
                receiver=row[1],
                route=row[2],
                labels=labels_from(row[3]),
                sender_group=row[4],
                revision=row[5],
                due_at_ms=row[6],
                flushed_at_ms=row[7],
                notified_at_ms=row[8],
                left_out=row[9],
                incident_id=None if row[10] is None else IncidentId(row[10]),
            )
            for row in self.rows("due_groups", (now_ms, limit))
        ]

    def next_group_due(self) -> int | None:
        return self._number("next_group_due")

    def members(self, group_id: GroupId) -> list[Member]:
        return [
            Member(row[1], alert_from(row[1:]), Told(row[0])) for row in self.rows("members", (group_id,))
        ]

    def silences(self, ending_after_ms: int) -> list[Silence]:
        return [silence_from(row) for row in self.rows("silences", (ending_after_ms,))]

    def silence(self, silence_id: str) -> Silence | None:
        row = self.row("silence_by_id", (silence_id,))
        return None if row is None else silence_from(row)

    def _number(self, query: str) -> int | None:
        row = self.row(query)
        return None if row is None else row[0]


class AlertWrites(AlertReads):
    __slots__ = ()

    def add_alerts(self, changes: Sequence[AlertChange]) -> list[int]:
        """Rows for conditions nobody spoke of before; returns their numbers, in order."""
        first = (self._number("last_alert_id") or 0) + 1
        self.run_many("add_alert", (_new_alert(first + n, change) for n, change in enumerate(changes)))
        return list(range(first, first + len(changes)))

    def change_alerts(self, changes: Iterable[AlertChange]) -> None:
        self.run_many("change_alert", (_changed_alert(change) for change in changes))

    def see_alerts(self, seen: Iterable[SeenAlert]) -> None:
        """Spoken of again, without news."""
        self.run_many("see_alert", ((s.last_seen_at_ms, s.expires_at_ms, s.id) for s in seen))

    def end_alerts(self, ended: Iterable[tuple[int, AlertState, int]]) -> None:
        """(alert id, how it ended, when)."""
        self.run_many("end_alert", ((state.value, at_ms, alert_id) for alert_id, state, at_ms in ended))

    def groups_of_alert(self, alert_id: int) -> list[GroupId]:
        return [GroupId(row[0]) for row in self.rows("groups_of_alert", (alert_id,))]

    def known_group(self, digest: bytes) -> KnownGroup | None:
        row = self.row("known_group", (digest,))
        return None if row is None else KnownGroup(*row)

    def add_group(self, key: GroupKey, due_at_ms: int, left_out: int) -> GroupId:
        labels = labels_json(key.labels)
        params = (key.digest, key.receiver, key.route, labels, key.sender_group, due_at_ms, left_out)
        row = self.row("add_group", params)
        assert row
        return GroupId(row[0])

    def touch_group(self, group_id: GroupId, due_at_ms: int, left_out: int = 0) -> None:
        """There is news in it: look at it by then at the latest."""
        self.run("touch_group", {"id": group_id, "due": due_at_ms, "left_out": left_out})

    def join_groups(self, pairs: Iterable[tuple[GroupId, int]]) -> None:
        self.run_many("join_group", pairs)

    def tell_members(self, told: Iterable[tuple[Told, GroupId, int]]) -> None:
        self.run_many("tell_member", told)

    def leave_groups(self, pairs: Iterable[tuple[GroupId, int]]) -> None:
        self.run_many("leave_group", pairs)

    def flushed_group(
        self,
        group: DueGroup,
        *,
        due_at_ms: int | None,
        flushed_at_ms: int,
        notified_at_ms: int | None,
        incident_id: IncidentId | None,
        muted: str,
    ) -> bool:
        """The group was looked at. False, and nothing done, when it has changed since it was gathered."""
        params = {
            "id": group.id,
            "revision": group.revision,
            "due": due_at_ms,
            "flushed": flushed_at_ms,
            "notified": notified_at_ms,
            "incident": incident_id,
            "muted": muted,
        }
        return self.run("flushed_group", params) == 1

    def wake_group(self, group_id: GroupId, now_ms: int) -> None:
        self.run("wake_group", {"id": group_id, "now": now_ms})

    def wake_groups(self, now_ms: int) -> None:
        """Look at every group with members again: a silence or the configuration changed."""
        self.run("wake_groups", {"now": now_ms})

    def put_silence(self, silence: Silence, now_ms: int) -> None:
        matchers = msgspec.json.encode(silence.matchers).decode()
        times = (to_ms(silence.starts_at), to_ms(silence.ends_at))
        self.run("put_silence", (silence.id, matchers, *times, silence.author, silence.comment, now_ms))

    def expire_silence(self, silence_id: str, now_ms: int) -> bool:
        return self.run("expire_silence", {"id": silence_id, "now": now_ms}) == 1


def _new_alert(alert_id: int, change: AlertChange) -> tuple[object, ...]:
    alert = change.alert
    return (
        alert_id,
        alert.fingerprint,
        alert.source,
        labels_json(alert.labels),
        labels_json(alert.annotations),
        alert.state.value,
        to_ms(alert.starts_at),
        None if alert.ends_at is None else to_ms(alert.ends_at),
        change.last_seen_at_ms,
        change.expires_at_ms,
        change.leased,
        alert.sender_group,
        alert.url,
        alert.is_test,
        change.journal_id,
        change.decided,
    )


def _changed_alert(change: AlertChange) -> tuple[object, ...]:
    alert = change.alert
    return (
        labels_json(alert.annotations),
        alert.state.value,
        to_ms(alert.starts_at),
        None if alert.ends_at is None else to_ms(alert.ends_at),
        change.last_seen_at_ms,
        change.expires_at_ms,
        change.leased,
        alert.sender_group,
        alert.url,
        change.journal_id,
        change.decided,
        change.id,
    )
