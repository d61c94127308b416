"""A reset that is ordered for a client who has gone already is nothing to complain of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from pilotbridge.sandbox.asgi import break_connection
from pilotbridge.sandbox.http import Break, Fault


async def reset_after_the_client_has_gone() -> None:
    opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    closed = asyncio.Event()

    class Held(asyncio.Protocol):
        def connection_made(self, transport):
            opened.set_result(transport)

        def connection_lost(self, _error):
            closed.set()

    server = await asyncio.get_running_loop().create_server(Held, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    transport = await opened
    writer.close()
    await closed.wait()

    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    await break_connection(transport, Fault(Break.RESET), gone, asyncio.Event())
    server.close()


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_reset_meets_a_client_that_has_gone(run: Callable[[Any], Any]):
    run(reset_after_the_client_has_gone())
