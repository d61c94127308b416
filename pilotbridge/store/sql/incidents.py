"""Incidents, their refs, who was told of them and who took them."""

from __future__ import annotations

from collections.abc import Sequence

from pilotbridge.model import GroupId, IncidentId, JournalId, NotificationId, Reason, Ref, Severity
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.connection import Statements
from pilotbridge.store.records import AlertRow, DueGroup, IncidentRow, NewNotification, NotificationRow
from pilotbridge.store.sql.rows import alert_row_from, incident_from, labels_json

TOLD = "told"
"""The event of a further notification; what was told stands in the notification itself."""


class IncidentReads(Statements):
    __slots__ = ()

    def incident_by_ref(self, ref: str) -> IncidentRow | None:
        """The newest incident that carried ``ref``."""
        row = self.row("incident_by_ref", (ref,))
        return None if row is None else incident_from(row)

    def incidents(self, ids: Sequence[IncidentId]) -> dict[IncidentId, IncidentRow]:
        found = (incident_from(row) for row in self.rows_in("incidents_in", ids))
        return {row.incident.id: row for row in found}

    def incidents_of_group(self, group: GroupId, since_ms: int) -> int:
        """How many it opened since then."""
        row = self.row("incidents_of_group", (group, since_ms))
        assert row
        return int(row[0])

    def incidents_open(self, closed_since_ms: int, limit: int = 1000) -> list[IncidentRow]:
        """Open incidents and those closed since then, newest first."""
        return [incident_from(row) for row in self.rows("incidents_open", (closed_since_ms, limit))]

    def incidents_listed(self, limit: int = 100) -> list[IncidentRow]:
        return [incident_from(row) for row in self.rows("incidents_listed", (limit,))]

    def incidents_told_to(
        self, recipient: PhoneNumber, *, told_since_ms: int, closed_since_ms: int
    ) -> list[IncidentRow]:
        """Open or lately closed incidents this number was told of since then, newest first."""
        params = {
            "recipient": recipient.e164,
            "told_since": told_since_ms,
            "closed_since": closed_since_ms,
        }
        return [incident_from(row) for row in self.rows("incidents_told_to", params)]

    def count_open_incidents(self) -> int:
        row = self.row("count_open_incidents")
        return row[0] if row else 0

    def alerts_of_incident(
        self, incident_id: IncidentId, limit: int = 1000
    ) -> list[tuple[AlertRow, JournalId]]:
        """Alerts people were told of with this incident, each with the body that first said so."""
        rows = self.rows("alerts_of_incident", (incident_id, limit))
        return [(alert_row_from(row), JournalId(row[-1])) for row in rows]

    def notifications_of(self, incident_id: IncidentId) -> list[NotificationRow]:
        return [NotificationRow(*row) for row in self.rows("notifications_of", (incident_id,))]

    def busy_refs(self, since_ms: int) -> set[str]:
        """Refs that are open, or were used or closed since then."""
        return {row[0] for row in self.rows("busy_refs", {"since": since_ms})}


class IncidentWrites(IncidentReads):
    __slots__ = ()

    def open_incident(
        self,
        group: DueGroup,
        ref: Ref,
        *,
        name: str,
        severity: Severity,
        alerts: int,
        now_ms: int,
    ) -> IncidentId:
        """A new episode of a group, told of for the first time; the group points to it."""
        labels = labels_json(group.labels)
        number = self.new_number("last_incident_id")
        params = (ref, group.id, group.receiver, group.route, labels, name, severity.value, now_ms, alerts)
        self.later("open_incident", (number, *params))
        self.later("incident_into_group", (number, group.id))
        self.later("add_event", ("incident", number, now_ms, "open", "open", f"first firing alert: {name}"))
        return IncidentId(number)

    def tell_alerts(self, incident_id: IncidentId, alert_ids: Sequence[int]) -> None:
        """People are told of these alerts with this incident."""
        self.later("add_incident_alert", *((incident_id, alert_id) for alert_id in alert_ids))

    def close_incident(self, incident_id: IncidentId, now_ms: int, ended: str) -> None:
        self.run("close_incident", (now_ms, ended, incident_id))
        self.later("add_event", ("incident", incident_id, now_ms, "close", "closed", ended))

    def incident_told(
        self,
        incident_id: IncidentId,
        *,
        notifications: int,
        alerts: int,
        severity: Severity,
        reason: Reason,
        now_ms: int,
    ) -> None:
        """A further notification of it."""
        self.run("incident_told", (notifications, alerts, severity.value, incident_id))
        self.later("add_event", ("incident", incident_id, now_ms, TOLD, "open", reason.value))

    def acknowledge_incident(self, incident_id: IncidentId, *, by: str, note: str, now_ms: int) -> None:
        self.run("acknowledge_incident", {"id": incident_id, "at": now_ms, "by": by, "note": note})
        self.later("add_event", ("incident", incident_id, now_ms, "acknowledge", "acknowledged", f"by {by}"))

    def unacknowledge_incident(self, incident_id: IncidentId, *, by: str, now_ms: int) -> None:
        self.run("unacknowledge_incident", (incident_id,))
        self.later("add_event", ("incident", incident_id, now_ms, "unacknowledge", "open", f"by {by}"))

    def incident_worsened(self, incident_id: IncidentId, *, alerts: int, severity: Severity) -> None:
        """Whoever took it was told how much worse it got: from here on that is the measure."""
        self.run("incident_worsened", (alerts, severity.value, incident_id))

    def add_notification(self, notification: NewNotification, now_ms: int) -> NotificationId:
        number = self.new_number("last_notification_id")
        params = (
            number,
            notification.incident_id,
            notification.number,
            now_ms,
            notification.reason.value,
            notification.receiver,
            notification.firing,
            notification.fresh,
            notification.resolved,
            notification.step,
        )
        self.later("add_notification", params)
        return NotificationId(number)
