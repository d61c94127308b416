"""Says aloud that a cap keeps messages back, and that none does any more.

It looks at what is held; what may go is decided elsewhere.
"""

from __future__ import annotations

from collections import Counter

from pilotbridge.lifecycle import State
from pilotbridge.model import Severity, Trouble
from pilotbridge.outbox.budget import REACHED, stops_everybody
from pilotbridge.protocols import Troubles
from pilotbridge.store.protocol import ReadVerbs, Store

CAPPED, WHAT = "CapReached", "limits"
LOOKED_AT = 1_000


def tell_capped(store: Store, troubles: Troubles) -> None:
    """Raise or clear the Trouble about messages that a cap holds."""
    with store.read() as read:
        trouble = capped_trouble(read)
    if trouble is None:
        troubles.clear(CAPPED, WHAT)
    else:
        troubles.raise_trouble(trouble)


def capped_trouble(read: ReadVerbs) -> Trouble | None:
    """What is to be said of messages that a cap holds; None when there are none.

    It is critical, and so goes past the cap, where everybody's messages wait: nobody would hear of it.
    """
    held = read.messages_listed(state=State.HELD.value, limit=LOOKED_AT) if _any_held(read) else []
    reasons = Counter(message.reason for message in held if message.reason.startswith(REACHED))
    if not reasons:
        return None
    [(most, _)] = reasons.most_common(1)
    summary = f"{reasons.total()} SMS wait, {most}; pilotbridge messages list --stuck"
    severity = Severity.CRITICAL if any(map(stops_everybody, reasons)) else Severity.WARNING
    return Trouble(CAPPED, WHAT, summary, severity)


def _any_held(read: ReadVerbs) -> bool:
    return read.message_counts().get(State.HELD, 0) > 0
