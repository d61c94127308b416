"""What the bridge is compared with: the least an ASGI application can do with a body.

It reads the body and says 202; it keeps nothing.
"""

from __future__ import annotations

from typing import Any

_START = {"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"2")]}
_BODY = {"type": "http.response.body", "body": b"ok"}


async def app(_scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send(_START)
    await send(_BODY)
