"""One row of the database to one noun of the model, in the column order of the named fragments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from pilotbridge.clock import Instant, from_ms
from pilotbridge.lifecycle import State
from pilotbridge.model import (
    Alert,
    AlertState,
    Fingerprint,
    Group,
    GroupId,
    InboundId,
    InboundSms,
    Incident,
    IncidentId,
    JournalId,
    Labels,
    Message,
    MessageId,
    NotificationId,
    Ref,
    Severity,
    Silence,
    SilenceId,
)
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Incoming
from pilotbridge.store.records import AlertRow, Body, IncidentRow, OutboxRow

Row = Sequence[Any]

ALERT_STATES = {state.value: state for state in AlertState}
"""Asked for every row: calling the enumeration takes five times as long."""

_decode_labels = msgspec.json.Decoder(dict[str, str]).decode
_encode = msgspec.json.Encoder().encode


def labels_json(labels: Mapping[str, str]) -> str:
    if isinstance(labels, Labels):
        return labels.as_json()
    return _encode(labels if type(labels) is dict else dict(labels)).decode()


def labels_from(text: str) -> Labels:
    """From what :func:`labels_json` made of other Labels, which are sorted."""
    return Labels.of_sorted(_decode_labels(text))


def cost_e4(cost: Decimal | None) -> int | None:
    """Roubles as the store keeps them: 1/10000 rouble."""
    return None if cost is None else int(cost * 10_000)


def cost_rub(cost: int | None) -> Decimal | None:
    return None if cost is None else Decimal(cost) / 10_000


def moment(ms: int | None) -> Any:
    """The UTC datetime of a column, None for NULL."""
    return None if ms is None else from_ms(ms)


def alert_from(row: Row) -> Alert:
    """From ``alert_columns``."""
    return Alert(
        source=row[2],
        labels=labels_from(row[3]),
        annotations=labels_from(row[4]),
        state=ALERT_STATES[row[5]],
        starts_at=from_ms(row[6]),
        ends_at=moment(row[7]),
        expires_at=moment(row[8]),
        sender_group=row[9],
        url=row[10],
        is_test=bool(row[11]),
        fingerprint=Fingerprint(row[1]),
    )


def alert_row_from(row: Row) -> AlertRow:
    return AlertRow(row[0], alert_from(row), row[12], JournalId(row[13]), row[14])


def body_from(row: Row) -> Body:
    incoming = Incoming(
        source=row[1],
        body=row[5],
        headers=_decode_labels(row[3]),
        query=_decode_labels(row[4]),
        received_at=from_ms(row[2]),
    )
    return Body(incoming, alerts=row[6], once=row[7], id=JournalId(row[0]))


def incident_from(row: Row) -> IncidentRow:
    """From ``incident_columns``."""
    group = Group(GroupId(row[2]), receiver=row[3], route=row[4], labels=labels_from(row[5]))
    incident = Incident(
        id=IncidentId(row[0]),
        ref=Ref(row[1]),
        group=group,
        opened_at=from_ms(row[8]),
        closed_at=moment(row[9]),
        acknowledged_at=moment(row[10]),
        acknowledged_by=row[11],
        note=row[12],
        notifications=row[13],
        name=row[6],
        severity=Severity(row[7]),
        alerts=row[14],
        ended=row[17],
    )
    return IncidentRow(incident, acknowledged_alerts=row[15], acknowledged_severity=row[16])


def outbox_row_from(row: Row) -> OutboxRow:
    """From ``outbox_columns``."""
    return OutboxRow(
        id=MessageId(row[0]),
        state=State(row[1]),
        recipient=PhoneNumber(row[2]),
        contact=row[3],
        sender=row[4],
        text=row[5],
        text_is_unique=bool(row[6]),
        critical=bool(row[7]),
        prefer_duplicate=bool(row[8]),
        ttl_min=row[9],
        origin=row[10],
        incident_id=None if row[11] is None else IncidentId(row[11]),
        gateway=row[12],
        server_id=row[13],
        parts=row[14],
        attempts=row[15],
        failures=row[16],
        doubt_tries=row[17],
        created_at_ms=row[18],
        due_at_ms=row[19],
        lapses_at_ms=row[20],
        doubt=None if row[21] is None else Instant(row[21], row[22], row[23]),
        accepted_at_ms=row[24],
        checks=row[25],
        cause=row[26],
        revision=row[27],
    )


def message_from(row: Row) -> Message:
    """From ``message_columns``."""
    return Message(
        id=MessageId(row[0]),
        state=State(row[1]),
        reason=row[2],
        recipient=PhoneNumber(row[3]),
        text=row[4],
        sender=row[5],
        critical=bool(row[6]),
        created_at=from_ms(row[7]),
        attempts=row[8],
        contact=row[9],
        incident=None if row[10] is None else Ref(row[10]),
        notification=None if row[11] is None else NotificationId(row[11]),
        server_id=row[12],
        gateway=row[13],
        parts=row[14],
        cost_rub=cost_rub(row[15]),
        due_at=moment(row[16]),
        in_doubt_since=moment(row[17]),
        settled_at=moment(row[18]),
        retry_of=None if row[19] is None else MessageId(row[19]),
        origin=row[20],
        accepted_at=moment(row[21]),
    )


def inbound_from(row: Row) -> InboundSms:
    """From ``inbound_columns``."""
    return InboundSms(
        gateway=row[1],
        gateway_id=row[2],
        sender=row[3],
        number=row[4],
        text=row[5],
        created_at=from_ms(row[6]),
        id=InboundId(row[0]),
        received_at=from_ms(row[7]),
        state=row[8],
        reason=row[9],
    )


def silence_from(row: Row) -> Silence:
    return Silence(
        SilenceId(row[0]),
        tuple(msgspec.json.decode(row[1])),
        from_ms(row[2]),
        from_ms(row[3]),
        row[4],
        row[5],
    )
