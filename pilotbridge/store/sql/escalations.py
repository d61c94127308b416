"""How far incidents went through the steps of their receivers, and how the SMS of a step fare."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pilotbridge.lifecycle import State
from pilotbridge.model import IncidentId, MessageId, NotificationId
from pilotbridge.store.connection import Statements
from pilotbridge.store.records import Escalation, StepSms
from pilotbridge.store.sql.rows import Row


class EscalationReads(Statements):
    __slots__ = ()

    def escalations(self, ids: Sequence[IncidentId]) -> dict[IncidentId, Escalation]:
        """Those of some incidents; one whose receiver has a single step has none."""
        found = (_escalation(row) for row in self.rows_in("escalations_in", ids))
        return {each.incident: each for each in found}

    def has_escalations(self) -> bool:
        """Whether any open incident has further steps."""
        return self.row("any_escalation") is not None

    def due_escalations(self, now_ms: int, limit: int) -> list[Escalation]:
        return [_escalation(row) for row in self.rows("due_escalations", (now_ms, limit))]

    def next_escalation_due(self) -> int | None:
        row = self.row("next_escalation_due")
        return row[0] if row else None

    def step_sms(self, ids: Sequence[IncidentId]) -> dict[NotificationId, list[StepSms]]:
        """The SMS of some incidents by the notification that they told; a storm's for its newest step."""
        found: dict[NotificationId, list[StepSms]] = {}
        for row in [*self.rows_in("sms_of_notifications", ids), *self.rows_in("sms_of_storms", ids)]:
            sms = StepSms(MessageId(row[1]), State(row[2]), row[3], row[4])
            found.setdefault(NotificationId(row[0]), []).append(sms)
        return found


class EscalationWrites(EscalationReads):
    __slots__ = ()

    def begin_escalation(self, incident: IncidentId, notification: NotificationId, now_ms: int) -> None:
        """The first step was told."""
        params = {"incident": incident, "notification": notification, "now": now_ms}
        self.run("begin_escalation", params)

    def begin_missing_escalations(self, receivers: Sequence[str], now_ms: int) -> None:
        """These have further steps; open incidents that had none are led through them from now on."""
        names = msgspec.json.encode(list(receivers)).decode()
        self.run("begin_missing_escalations", {"receivers": names, "now": now_ms})

    def step_told(self, known: Escalation, step: int, notification: NotificationId, now_ms: int) -> None:
        """A further step was told."""
        params = {
            "incident": known.incident,
            "told": _json([*known.told, step]),
            "notification": notification,
            "now": now_ms,
        }
        self.run("step_told", params)

    def want_step(self, incident: IncidentId, step: int, cause: str) -> None:
        """It is told when its group is looked at next."""
        self.run("want_step", {"incident": incident, "step": step, "cause": cause})

    def await_step(self, incident: IncidentId, due_ms: int | None, asked_ms: int | None = None) -> None:
        """Look at it again at ``due_ms``; ``asked_ms``: the gateway was asked once more then."""
        self.run("await_step", {"incident": incident, "due": due_ms, "asked": asked_ms})

    def wake_escalation(self, incident: IncidentId, now_ms: int) -> None:
        self.run("wake_escalation", {"incident": incident, "now": now_ms})

    def wake_escalations(self, now_ms: int) -> None:
        self.run("wake_escalations", {"now": now_ms})

    def end_escalation(self, incident: IncidentId) -> None:
        self.run("end_escalation", (incident,))

    def hurry_statuses(self, known: Escalation, now_ms: int) -> bool:
        """Whether there is any SMS of its newest step whose fate the gateway is to be asked for."""
        params = {"incident": known.incident, "notification": known.notification, "now": now_ms}
        return self.run("hurry_statuses", params) > 0


def _escalation(row: Row) -> Escalation:
    told = tuple(msgspec.json.decode(row[1], type=list[int]))
    return Escalation(
        IncidentId(row[0]), told, row[2], NotificationId(row[3]), row[4], row[5], row[6], row[7]
    )


def _json(told: Sequence[int]) -> str:
    return msgspec.json.encode(list(told)).decode()
