"""``/metrics`` for Prometheus.

It owns the address; what is counted stands elsewhere and comes in as text.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

from pilotbridge.config.settings import Right
from pilotbridge.web.asgi import Answer
from pilotbridge.web.endpoints import Endpoint

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


def metrics_endpoint(render: Callable[[], bytes]) -> Endpoint:
    async def answer(_request: Request) -> Answer:
        return Answer(200, render(), CONTENT_TYPE)

    return Endpoint("/metrics", answer, Right.METRICS, open_on_loopback=True)
