"""``/-/healthy`` and ``/-/ready``: is the process alive, and does it do its work.

It owns these two answers; it refuses to find out anything by itself: the app says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.requests import Request

from pilotbridge.web.asgi import RETRY_AFTER, TEXT, Answer, error
from pilotbridge.web.endpoints import Endpoint, Needs

HEALTHY, READY = "/-/healthy", "/-/ready"


def health_endpoints(missing: Callable[[], Sequence[str]]) -> tuple[Endpoint, ...]:
    """``missing`` says in sentences what keeps the bridge from being ready; nothing: it is."""

    async def healthy(_request: Request) -> Answer:
        return Answer(200, b"OK", TEXT)

    async def ready(_request: Request) -> Answer:
        reasons = list(missing())
        if not reasons:
            return Answer(200, b"OK", TEXT)
        return error(503, "not-ready", "; ".join(reasons), headers=(RETRY_AFTER,))

    return Endpoint(HEALTHY, healthy, Needs.NOTHING), Endpoint(READY, ready, Needs.NOTHING)
