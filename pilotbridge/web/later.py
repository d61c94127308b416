"""An application that no sender of alerts waits for: made once the bridge takes alerts, not before.

It owns the moment; what is made is whoever's who asks for it. A request that comes earlier has it made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pilotbridge.web.asgi import App, Receive, Scope, Send


class Later:
    """``make`` runs once, beside the loop, because it may load modules."""

    def __init__(self, make: Callable[[], App]) -> None:
        self._make = make
        self._made: asyncio.Future[App] | None = None

    async def made(self) -> App:
        """The application, as soon as it is there; whoever stops waiting does not stop it."""
        if self._made is None:
            self._made = asyncio.get_running_loop().run_in_executor(None, self._make)
        return await asyncio.shield(self._made)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = await self.made()
        await app(scope, receive, send)
