"""The model's nouns as facts with stable keys, for people and for `--json`. Phones are masked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from pilotbridge.clock import from_ms
from pilotbridge.config.settings import SEVERITY, SEVERITY_GRADE
from pilotbridge.model import InboundSms, Incident, Message, Silence
from pilotbridge.phone import NOBODY, mask
from pilotbridge.store.records import AlertRow, Attempt, Happening


def message(found: Message) -> dict[str, Any]:
    return {
        "id": found.id,
        "way": "sms",
        "state": found.state,
        "reason": found.reason,
        "to": "(forgotten)" if found.recipient == NOBODY else str(found.recipient),
        "contact": found.contact,
        "text": found.text,
        "sender": found.sender,
        "incident": found.incident,
        "critical": found.critical,
        "parts": found.parts,
        "cost_rub": found.cost_rub,
        "attempts": found.attempts,
        "gateway": found.gateway,
        "server_id": found.server_id,
        "origin": found.origin,
        "created_at": found.created_at,
        "accepted_at": found.accepted_at,
        "settled_at": found.settled_at,
        "due_at": found.due_at,
        "in_doubt_since": found.in_doubt_since,
        "retry_of": found.retry_of,
    }


def alert(row: AlertRow) -> dict[str, Any]:
    found = row.alert
    return {
        "id": row.id,
        "state": found.state,
        "name": found.name,
        "severity": found.labels.get(SEVERITY_GRADE) or found.labels.get(SEVERITY),
        "source": found.source,
        "labels": dict(found.labels),
        "annotations": dict(found.annotations),
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "url": found.url,
        "fingerprint": found.fingerprint.hex(),
        "journal": row.journal_id,
        "decided": row.decided,
    }


def incident(found: Incident) -> dict[str, Any]:
    if found.closed_at is not None:
        state = found.ended or "closed"
    else:
        state = "acknowledged" if found.acknowledged_at else "open"
    return {
        "ref": found.ref,
        "state": state,
        "name": found.name,
        "severity": found.severity,
        "alerts": found.alerts,
        "receiver": found.group.receiver,
        "labels": dict(found.group.labels),
        "opened_at": found.opened_at,
        "closed_at": found.closed_at,
        "acknowledged_at": found.acknowledged_at,
        "acknowledged_by": found.acknowledged_by,
        "note": found.note,
        "notifications": found.notifications,
    }


def inbound(found: InboundSms) -> dict[str, Any]:
    return {
        "id": found.id,
        "from": mask(found.sender) if found.phone else found.sender,
        "to": found.number,
        "text": found.text,
        "sent_at": found.created_at,
        "received_at": found.received_at,
        "state": found.state,
        "reason": found.reason,
        "gateway": found.gateway,
        "gateway_id": found.gateway_id,
    }


def silence(found: Silence) -> dict[str, Any]:
    return {
        "id": found.id,
        "matchers": list(found.matchers),
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "author": found.author,
        "comment": found.comment,
    }


def attempt(found: Attempt) -> dict[str, Any]:
    return {
        "number": found.number,
        "gateway": found.gateway,
        "packet_size": found.packet_size,
        "started_at": _moment(found.started_at_ms),
        "ended_at": _moment(found.ended_at_ms),
        "outcome": found.outcome or "under way",
        "code": found.code or None,
        "reason": found.reason,
    }


def happening(found: Happening) -> dict[str, Any]:
    return {
        "at": _moment(found.at_ms),
        "event": found.event,
        "state": found.state,
        "reason": found.reason,
    }


def plain(value: Any) -> Any:
    """``value`` as JSON has it: money as text, times in ISO 8601 UTC."""
    match value:
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case datetime():
            return value.isoformat(timespec="seconds").replace("+00:00", "Z")
        case Enum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
    return str(value)


def _moment(ms: int | None) -> Any:
    return None if ms is None else from_ms(ms)
