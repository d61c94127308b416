"""One request to an ASGI application, without a socket and without a thread of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer as its client saw it."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def ask(
    app: Any, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Heard:
    """Let ``app`` answer one request from loopback."""
    parts = urlsplit(url)
    events = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Any] = []
    never = asyncio.Event()

    async def receive() -> Any:
        if events:
            return events.pop(0)
        await never.wait()
        return {"type": "http.disconnect"}

    async def send(event: Any) -> None:
        sent.append(event)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 8080),
    }
    await app(scope, receive, send)
    status = next(event["status"] for event in sent if event["type"] == "http.response.start")
    return Heard(status, b"".join(event.get("body", b"") for event in sent if "body" in event))
