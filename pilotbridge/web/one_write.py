"""A connection's way out on which the pieces of one answer leave together."""

from __future__ import annotations

import asyncio
from typing import Any

WRITTEN_AT_ONCE = 16 * 1024


class OneWrite:
    """A transport to which head and body of an answer, written one after the other, go in one piece.

    Each piece is a call of the system and a packet; an answer to a post is two short ones.
    """

    __slots__ = ("_loop", "_parts", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self.flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size > WRITTEN_AT_ONCE:  # who streams must feel how fast the client reads
            self.flush()

    def write_whole(self, data: bytes) -> None:
        """Write at once what is all of an answer."""
        if self._parts:
            self.flush()
        self._transport.write(data)

    def flush(self) -> None:
        """Hand over what waits."""
        if self._parts:
            parts, self._parts, self._size = self._parts, [], 0
            self._transport.write(b"".join(parts))

    def is_closing(self) -> bool:  # asked for every answer, and __getattr__ takes ten times as long
        return self._transport.is_closing()

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        self._parts, self._size = [], 0
        self._transport.abort()
