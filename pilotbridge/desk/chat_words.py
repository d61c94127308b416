"""What a chat reads when it only looks: what is open, what waits, what is left at the gateways."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pilotbridge.lifecycle import State
from pilotbridge.model import Incident
from pilotbridge.store.protocol import ReadVerbs

SHOWN_MAX = 20
_WAITING = (State.QUEUED, State.HELD, State.IN_DOUBT, State.PARKED)

HELP = """\
/status - open incidents and what is stuck
/ack 417 [note] - take an incident
/silence 417 [2h] - keep it quiet
/sms anna TEXT - send an SMS
/close - nobody waits in this topic any more
/who - who is on call
/oncall - until when, and who then; /oncall take 2h, /oncall swap boris
/balance - what is left at the gateway
/id - the ids of this chat and of you
/link CODE - tie this account to a contact"""


def status(read: ReadVerbs, now_ms: int) -> str:
    """Open incidents, the newest first, and how many SMS wait."""
    found = [row.incident for row in read.incidents_open(now_ms + 1, SHOWN_MAX + 1)]
    lines = [_line(incident) for incident in found[:SHOWN_MAX]] or ["No incident is open."]
    if len(found) > SHOWN_MAX:
        lines.append("and more: pilotbridge incidents list")
    counts = read.message_counts()
    waiting = [f"{counts[state]} {state.replace('_', ' ')}" for state in _WAITING if counts.get(state)]
    return "\n".join([*lines, f"SMS: {', '.join(waiting) or 'nothing waits'}"])


def _line(incident: Incident) -> str:
    taken = f", taken by {incident.acknowledged_by}" if incident.acknowledged_at else ""
    return f"#{incident.ref} {incident.severity.upper()} {incident.name} x{incident.alerts}{taken}"


def left_at(balances: Mapping[str, Decimal | None]) -> str:
    """Roubles by gateway; None: not told yet."""
    if not balances:
        return "No gateway is configured."
    shown = {name: "not told yet" if rub is None else f"{rub} roubles" for name, rub in balances.items()}
    return "\n".join(f"{name}: {left}" for name, left in shown.items())
