"""Says aloud that a cap keeps messages back, and that none does any more.

It looks at what is held; what may go is decided elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pilotbridge.lifecycle import State
from pilotbridge.model import Ref, Severity, Trouble
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

    It is critical, and so goes past the cap, where everybody's messages wait: nobody would hear of it. What
    was to be sent about this very Trouble does not count, or its end would be held and begin it anew.
    """
    held = read.messages_listed(state=State.HELD.value, limit=LOOKED_AT) if _any_held(read) else []
    capped = [message for message in held if message.reason.startswith(REACHED)]
    own = _own(read, {message.incident for message in capped if message.incident is not None})
    reasons = Counter(message.reason for message in capped if message.incident not in own)
    if not reasons:
        return None
    [(most, _)] = reasons.most_common(1)
    summary = f"{reasons.total()} SMS wait, {most}; pilotbridge messages list --stuck"
    severity = Severity.CRITICAL if any(map(stops_everybody, reasons)) else Severity.WARNING
    return Trouble(CAPPED, WHAT, summary, severity)


def _own(read: ReadVerbs, refs: Iterable[Ref]) -> set[Ref | None]:
    """Those of ``refs`` that are this Trouble's own incidents."""
    found = {ref: read.incident_by_ref(ref) for ref in refs}
    return {ref for ref, row in found.items() if row is not None and row.incident.name == CAPPED}


def _any_held(read: ReadVerbs) -> bool:
    return read.message_counts().get(State.HELD, 0) > 0
