"""``/api/v2/status`` and ``/api/v2/receivers``: what this is, and its routes, without a secret."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

from pilotbridge import __version__
from pilotbridge.clock import Clock, to_ms
from pilotbridge.config.alertmanager_file import as_alertmanager_file
from pilotbridge.config.settings import Right, Settings
from pilotbridge.web.alertmanager.pages import moment
from pilotbridge.web.asgi import Answer, json_answer
from pilotbridge.web.endpoints import Endpoint

SPOKEN = "0.28.0"
"""The version of Alertmanager whose API this is: clients choose their words by it."""


def status_endpoints(settings: Callable[[], Settings], clock: Clock) -> tuple[Endpoint, ...]:
    """It is up since now."""
    up_since = moment(to_ms(clock.utc_now()))

    async def status(_request: Request) -> Answer:
        return json_answer(
            {
                "cluster": {"peers": [], "status": "disabled"},
                "config": {"original": as_alertmanager_file(settings())},
                "uptime": up_since,
                "versionInfo": {
                    "branch": "",
                    "buildDate": "",
                    "buildUser": "",
                    "goVersion": "",
                    "revision": f"PilotBridge {__version__}",
                    "version": SPOKEN,
                },
            }
        )

    async def receivers(_request: Request) -> Answer:
        return json_answer([{"name": name} for name in settings().receivers])

    return (
        Endpoint("/api/v2/status", status, Right.READ),
        Endpoint("/api/v2/receivers", receivers, Right.READ),
    )
