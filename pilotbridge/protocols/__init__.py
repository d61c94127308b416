"""What flows and plugins may rely on: the typed contracts of everything that has more than one form.

Only shapes stand here, never behaviour; the store's own contract is in ``store/protocol.py``.
"""

from pilotbridge.protocols.gateways import (
    Accepted,
    Account,
    Deferred,
    Gateway,
    GatewayType,
    Guarded,
    Lost,
    Outcome,
    OutgoingSms,
    Receipt,
    Rejected,
    StatusReport,
    Submitted,
    Withheld,
)
from pilotbridge.protocols.plugins import Answered, Bridge, Hooks, KeyValue, LocalClock
from pilotbridge.protocols.running import Duty, HookThread, Meter, Rng, Runtime, Step, Troubles, Worker
from pilotbridge.protocols.sources import (
    Answering,
    Arrived,
    Incoming,
    Malformed,
    Recognising,
    SecretInBody,
    Source,
    Unreadable,
)

__all__ = [
    "Accepted",
    "Account",
    "Answered",
    "Answering",
    "Arrived",
    "Bridge",
    "Deferred",
    "Duty",
    "Gateway",
    "GatewayType",
    "Guarded",
    "HookThread",
    "Hooks",
    "Incoming",
    "KeyValue",
    "LocalClock",
    "Lost",
    "Malformed",
    "Meter",
    "Outcome",
    "OutgoingSms",
    "Receipt",
    "Recognising",
    "Rejected",
    "Rng",
    "Runtime",
    "SecretInBody",
    "Source",
    "StatusReport",
    "Step",
    "Submitted",
    "Troubles",
    "Unreadable",
    "Withheld",
    "Worker",
]
