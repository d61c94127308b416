"""How this API tells of a fault: a JSON text, which amtool prints and Grafana shows."""

from __future__ import annotations

from pilotbridge.errors import Closed, NotFound, PilotBridgeError, TryLater
from pilotbridge.web.asgi import RETRY_AFTER, Answer, Declined, json_answer

UNREADABLE = 422
BAD_REQUEST = 400


def told(failure: PilotBridgeError) -> Answer:
    """The answer that says why not."""
    if isinstance(failure, TryLater | Closed):
        return Answer(503, json_answer(failure.reason).body, headers=(RETRY_AFTER,))
    return json_answer(failure.reason, 404 if isinstance(failure, NotFound) else BAD_REQUEST)


def told_declined(declined: Declined) -> Answer:
    """The same of a body that was turned away; its place stands in the sentence."""
    place = f" (at {declined.at})" if declined.at else ""
    status = BAD_REQUEST if declined.status == UNREADABLE else declined.status
    return Answer(status, json_answer(declined.message + place).body, headers=declined.headers)
