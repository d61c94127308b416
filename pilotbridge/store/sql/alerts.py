"""Alerts, the groups they are in, and the silences that keep them quiet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import msgspec

from pilotbridge.clock import to_ms
from pilotbridge.model import Alert, AlertState, Fingerprint, GroupId, IncidentId, Labels, Silence
from pilotbridge.store.connection import Statements
from pilotbridge.store.firing import FiringMember, FiringView, GroupView
from pilotbridge.store.records import (
    FIRST_REVISION,
    AlertChange,
    AlertEnd,
    AlertRow,
    DueGroup,
    FlushedGroup,
    KnownAlert,
    KnownGroup,
    Member,
    NewGroup,
    SeenAlert,
    Told,
    TouchedGroup,
)
from pilotbridge.store.sql.rows import (
    ALERT_STATES,
    Row,
    alert_from,
    alert_row_from,
    labels_from,
    labels_json,
    silence_from,
)

NEVER_MS = 2**62

_TOLD = {told.value: told for told in Told}


def _member(row: Row) -> Member:
    return Member(row[0], _TOLD[row[1]], ALERT_STATES[row[2]], labels_from(row[3]))


def _latest(row: AlertRow) -> tuple[int, int]:
    over = row.alert.ends_at if row.alert.state is not AlertState.FIRING else None
    return max(row.last_seen_at_ms, to_ms(over) if over else 0), row.id


class AlertReads(Statements):
    __slots__ = ()

    def known_alerts(self, fingerprints: Sequence[Fingerprint]) -> dict[Fingerprint, KnownAlert]:
        return {row[0]: _known_alert(row) for row in self.rows_in("known_alerts", fingerprints)}

    def expired_alerts(self, now_ms: int, limit: int) -> list[KnownAlert]:
        """Firing alerts nobody has spoken of in time."""
        return [_known_alert(row) for row in self.rows("expired_alerts", (now_ms, limit))]

    def firing_labels(self) -> Iterator[tuple[int, Labels]]:
        """Every firing alert by its number, one after the other: there may be very many."""
        for row in self.rows("firing_labels"):
            yield row[0], labels_from(row[1])

    def firing_members(self) -> Iterator[FiringMember]:
        """Every firing alert with its groups, one after the other."""
        for (alert_id, labels), rows in groupby(self.rows("firing_members"), key=itemgetter(0, 1)):
            groups = tuple([GroupId(row[2]) for row in rows if row[2] is not None])
            yield FiringMember(alert_id, labels_from(labels), groups)

    def firing_in(self, alert_ids: Sequence[int]) -> dict[int, FiringView]:
        """Those of these alerts that still fire, by number."""
        return {row[0]: FiringView(*row) for row in self.rows_in("firing_in", alert_ids)}

    def groups_with_members(self) -> Iterator[GroupView]:
        for row in self.rows("groups_with_members"):
            yield GroupView(GroupId(row[0]), row[1], row[2], labels_from(row[3]))

    def next_expiry(self) -> int | None:
        return self._number("next_expiry")

    def alerts_listed(self, state: str = "", limit: int = 100) -> list[AlertRow]:
        """Whatever was spoken of or ended last comes first."""
        firing, ended = AlertState.FIRING, (AlertState.RESOLVED, AlertState.STALE)
        found = list(self.rows("alerts_listed_firing", (limit,))) if state in ("", firing) else []
        for each in ended:
            if state in ("", each):
                found += self.rows("alerts_listed_ended", (each.value, limit))
        rows = map(alert_row_from, found)
        return sorted(rows, key=_latest, reverse=True)[:limit]

    def alerts_known(self, *, since_ms: int | None, surely: tuple[str, str] | None) -> Iterator[AlertRow]:
        """Those that fire, and what ended or was spoken of since; ``surely`` is a label all of them have."""
        piece = labels_json(dict([surely]))[1:-1] if surely else ""
        params = {"since": NEVER_MS if since_ms is None else since_ms, "piece": piece}
        for row in sorted(self.rows("alerts_known", params), key=itemgetter(0)):
            yield alert_row_from(row)

    def alert_row(self, alert_id: int) -> AlertRow | None:
        row = self.row("alert_by_id", (alert_id,))
        return None if row is None else alert_row_from(row)

    def alerts_in(self, alert_ids: Sequence[int]) -> dict[int, Alert]:
        return {row[0]: alert_from(row) for row in self.rows_in("alerts_in", alert_ids)}

    def firing_in_sender_group(self, sender_group: str, source: str) -> dict[Fingerprint, KnownAlert]:
        """Firing alerts of one sender's group."""
        rows = self.rows("firing_in_sender_group", (sender_group, source))
        return {row[0]: _known_alert(row) for row in rows}

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
                muted=row[11],
            )
            for row in self.rows("due_groups", (now_ms, limit))
        ]

    def next_group_due(self) -> int | None:
        return self._number("next_group_due")

    def group_revisions(self, group_ids: Sequence[GroupId]) -> dict[GroupId, int]:
        return {GroupId(row[0]): row[1] for row in self.rows_in("group_revisions", group_ids)}

    def members_of(self, group_ids: Sequence[GroupId]) -> Iterator[tuple[GroupId, Iterator[Member]]]:
        """The alerts of each of these groups that has any; take those of one before the next group."""
        for group_id, rows in groupby(self.rows_in("members_of", group_ids), key=itemgetter(0)):
            yield group_id, (_member(row[1:]) for row in rows)

    def known_groups(self, digests: Sequence[bytes]) -> dict[bytes, KnownGroup]:
        return {row[0]: KnownGroup(*row[1:]) for row in self.rows_in("known_groups", digests)}

    def groups_of_alerts(self, alert_ids: Sequence[int]) -> dict[GroupId, KnownGroup]:
        """The groups that any of these alerts is in."""
        return {row[1]: KnownGroup(*row[1:]) for row in self.rows_in("groups_of_alerts", alert_ids)}

    def silences(self, ending_after_ms: int) -> list[Silence]:
        return [silence_from(row) for row in self.rows("silences", (ending_after_ms,))]

    def silences_written(self) -> dict[str, int]:
        """When each silence was written down (ms UTC), by id."""
        return {row[0]: row[1] for row in self.rows("silences_written")}

    def silence(self, silence_id: str) -> Silence | None:
        row = self.row("silence_by_id", (silence_id,))
        return None if row is None else silence_from(row)

    def _number(self, query: str) -> int | None:
        row = self.row(query)
        return None if row is None else row[0]

    def last_numbers(self) -> tuple[int, int]:
        """Those of the last alert and of the last group; whatever is written next gets the ones after."""
        return self._number("last_alert_id") or 0, self._number("last_group_id") or 0


class AlertWrites(AlertReads):
    __slots__ = ()

    def save_alerts(self, changes: Sequence[AlertChange]) -> list[int]:
        """New facts of alerts, known (by ``id``) or new; returns their numbers, in order."""
        ids = [change.id or self.new_number("last_alert_id") for change in changes]
        self.run_many("save_alert", (_saved(*pair) for pair in zip(ids, changes, strict=True)))
        return ids

    def extend_leases(self, until_ms: int) -> None:
        """Nobody was here to see them renewed: leases end at ``until_ms`` at the earliest."""
        self.run("extend_leases", {"until": until_ms})

    def see_alerts(self, seen: Iterable[SeenAlert]) -> None:
        """Spoken of again, without news."""
        self.run_many("see_alert", ((s.last_seen_at_ms, s.expires_at_ms, s.id) for s in seen))

    def end_alerts(self, ended: Iterable[AlertEnd]) -> None:
        self.run_many(
            "end_alert", ((e.state.value, e.at_ms, e.by_lease, e.last_seen_at_ms, e.id) for e in ended)
        )

    def add_groups(self, groups: Sequence[NewGroup]) -> list[GroupId]:
        """Groups nobody saw before; returns their numbers, in order."""
        ids = [GroupId(self.new_number("last_group_id")) for _ in groups]
        self.run_many("add_group", (_new_group(*pair) for pair in zip(ids, groups, strict=True)))
        return ids

    def touch_groups(self, touched: Iterable[TouchedGroup]) -> None:
        """There is news in them: look at each by then at the latest."""
        self.run_many(
            "touch_group", ({"id": t.id, "due": t.due_at_ms, "left_out": t.left_out} for t in touched)
        )

    def join_groups(self, pairs: Iterable[tuple[GroupId, int]]) -> None:
        self.run_many("join_group", pairs)

    def tell_members(self, told: Told, group_id: GroupId, alert_ids: Sequence[int]) -> None:
        """What the group's receiver was last told of these alerts."""
        self.later("tell_member", *((told.value, group_id, alert_id) for alert_id in alert_ids))

    def leave_group(self, group_id: GroupId, alert_ids: Sequence[int]) -> None:
        """They are over, and whoever had to know was told."""
        self.run_in("leave_group", alert_ids, group_id)

    def flushed_groups(self, flushed: Sequence[FlushedGroup]) -> list[bool]:
        """Groups were looked at. False, and nothing done, for one that has changed since it was gathered."""
        revisions = self.group_revisions([each.group.id for each in flushed])
        current = [revisions.get(each.group.id) == each.group.revision for each in flushed]
        rows = [_flushed(each) for each, is_current in zip(flushed, current, strict=True) if is_current]
        self.run_many("flushed_group", rows)
        return current

    def postpone_group(self, group_id: GroupId, until_ms: int) -> None:
        self.run("postpone_group", (until_ms, group_id))

    def wake_group(self, group_id: GroupId, now_ms: int) -> None:
        self.run("wake_group", {"id": group_id, "now": now_ms})

    def wake_groups(self, now_ms: int) -> None:
        """Look at every group with members again: a silence or the configuration changed."""
        self.run("wake_groups", {"now": now_ms})

    def wake_muted(self, now_ms: int) -> None:
        """Look again at whatever is kept quiet."""
        self.run("wake_muted", {"now": now_ms})

    def put_silence(self, silence: Silence, now_ms: int) -> None:
        matchers = msgspec.json.encode(silence.matchers).decode()
        times = (to_ms(silence.starts_at), to_ms(silence.ends_at))
        self.run("put_silence", (silence.id, matchers, *times, silence.author, silence.comment, now_ms))

    def expire_silence(self, silence_id: str, now_ms: int) -> bool:
        return self.run("expire_silence", {"id": silence_id, "now": now_ms}) == 1


def _known_alert(row: Row) -> KnownAlert:
    severity = (row[6] or "") if len(row) > 6 else ""
    return KnownAlert(row[1], ALERT_STATES[row[2]], row[3], row[4], bool(row[5]), severity)


def _saved(alert_id: int, change: AlertChange) -> tuple[object, ...]:
    alert = change.alert
    return (
        alert_id,
        alert.fingerprint,
        alert.source,
        labels_json(alert.labels),
        labels_json(alert.annotations),
        change.state.value,
        change.starts_at_ms,
        change.ends_at_ms,
        change.last_seen_at_ms,
        change.expires_at_ms,
        change.leased,
        alert.sender_group,
        alert.url,
        alert.is_test,
        change.journal_id,
        change.decided,
    )


def _flushed(flushed: FlushedGroup) -> dict[str, object]:
    return {
        "id": flushed.group.id,
        "due": flushed.due_at_ms,
        "flushed": flushed.flushed_at_ms,
        "notified": flushed.notified_at_ms,
        "incident": flushed.incident_id,
        "muted": flushed.muted,
    }


def _new_group(group_id: int, group: NewGroup) -> tuple[object, ...]:
    key = group.key
    return (
        group_id,
        key.digest,
        key.receiver,
        key.route,
        labels_json(key.labels),
        key.sender_group,
        group.due_at_ms,
        group.left_out,
        FIRST_REVISION,
    )
