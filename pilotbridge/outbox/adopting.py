"""At start: messages that wait for a gateway the configuration no longer has, or never had.

What surely was not sent goes by the first gateway there is; what may have been sent is put aside for a
person, for nobody can ask a gateway that is gone.
"""

from __future__ import annotations

from pilotbridge.clock import Instant
from pilotbridge.lifecycle import Event, State
from pilotbridge.outbox.fleet import Fleet
from pilotbridge.store.protocol import WriteVerbs
from pilotbridge.store.records import Move, OutboxRow

_EVER_MS = 1 << 61


def adopt(tx: WriteVerbs, fleet: Fleet, now: Instant) -> int:
    """Give strays to the first gateway; returns how many there were. Without a gateway they wait on."""
    first = next(iter(fleet.rules.values()), None)
    if first is None:
        return 0
    strays = [row for name in tx.unfinished_gateways() if name not in fleet.rules for row in _of(tx, name)]
    for row in strays:
        if row.state in (State.QUEUED, State.HELD):
            was = f"gateway {row.gateway} is not configured any more" if row.gateway else "a gateway appeared"
            tx.hand_over(
                row, first.gateway, first.sender, f"{was}; {first.gateway} takes it over", now.utc_ms
            )
        else:
            _park(tx, row, now)
    return len(strays)


def _of(tx: WriteVerbs, gateway: str) -> list[OutboxRow]:
    return [
        row
        for state in (State.QUEUED, State.HELD, State.SENDING, State.IN_DOUBT)
        for row in tx.all_due(state, gateway, now_ms=_EVER_MS, limit=_EVER_MS)
    ]


def _park(tx: WriteVerbs, row: OutboxRow, now: Instant) -> None:
    """It may have been sent, and its gateway cannot be asked."""
    reason = f"it may have been sent by {row.gateway}, which is not configured any more"
    doubt = row.doubt or tx.attempt_start(row.id, row.attempts) or now
    if row.state is State.SENDING:
        tx.move(
            Move(row.id, row.revision, row.state, Event.LOSE, reason, now.utc_ms, doubt=doubt), now.utc_ms
        )
        row = tx.outbox_row(row.id) or row
    tx.move(Move(row.id, row.revision, row.state, Event.PARK, reason, doubt=doubt), now.utc_ms)
