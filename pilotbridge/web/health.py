"""``/-/healthy`` and ``/-/ready``: is the process alive, and does it do its work.

It owns these two answers; it refuses to find out anything by itself: the app says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pilotbridge.web.asgi import RETRY_AFTER, TEXT, Answer, App, Receive, Scope, Send, error

if TYPE_CHECKING:
    from pilotbridge.web.endpoints import Endpoint

HEALTHY, READY = "/-/healthy", "/-/ready"
Missing = Callable[[], Sequence[str]]
"""Says in sentences what keeps the bridge from being ready; nothing: it is."""


def health_endpoints(missing: Missing) -> tuple[Endpoint, ...]:
    from pilotbridge.web.endpoints import Endpoint, Needs

    return tuple(Endpoint(path, _as_endpoint(say), Needs.NOTHING) for path, say in _answers(missing).items())


def health_doors(missing: Missing) -> dict[str, App]:
    """The same for a GET, by path: for whoever looks while the table of endpoints is still being loaded."""
    return {path: _as_door(say) for path, say in _answers(missing).items()}


def _answers(missing: Missing) -> dict[str, Callable[[], Answer]]:
    return {HEALTHY: lambda: Answer(200, b"OK", TEXT), READY: lambda: _ready(missing())}


def _ready(reasons: Sequence[str]) -> Answer:
    if not reasons:
        return Answer(200, b"OK", TEXT)
    return error(503, "not-ready", "; ".join(reasons), headers=(RETRY_AFTER,))


def _as_endpoint(say: Callable[[], Answer]) -> Any:
    async def answer(_request: object) -> Answer:
        return say()

    return answer


def _as_door(say: Callable[[], Answer]) -> App:
    async def door(_scope: Scope, _receive: Receive, send: Send) -> None:
        await say().give(send)

    return door
