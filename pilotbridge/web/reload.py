"""``POST /-/reload``: reads the configuration again, as SIGHUP does.

It owns what the caller hears; what a reload is belongs to whoever hands it in. A bad file changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request

from pilotbridge.config.settings import Right
from pilotbridge.web.asgi import Answer, error, json_answer
from pilotbridge.web.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class ReloadOutcome:
    """``faults`` are the sentences of a configuration that was not taken; none: it was.

    ``needs_restart`` names what did change in the file but only counts from the next start.
    """

    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()


def reload_endpoint(reload: Callable[[], Awaitable[ReloadOutcome]]) -> Endpoint:
    async def answer(_request: Request) -> Answer:
        outcome = await reload()
        if outcome.faults:
            told = "nothing has changed: " + "; ".join(outcome.faults)
            return error(500, "bad-configuration", told)
        return json_answer(
            {"reloaded": True, "warnings": outcome.warnings, "needs_restart": outcome.needs_restart}
        )

    return Endpoint("/-/reload", answer, Right.ADMIN, methods=("POST", "PUT"))
