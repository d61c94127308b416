"""Reads request bodies without trusting their length: a cap for one, a cap for all that are in memory.

It owns the counting; it refuses to look inside a body.
"""

from __future__ import annotations

from pilotbridge.web.asgi import Declined, Head, Receive, try_later

TOTAL_BYTES = 64 * 1024 * 1024


class Gone(Exception):
    """The client went away before its request was whole."""


class Bodies:
    """All bodies that are in memory at this moment."""

    def __init__(self, total_bytes: int = TOTAL_BYTES) -> None:
        self._total_bytes = total_bytes
        self.held_bytes = 0

    async def read(self, receive: Receive, limit_bytes: int) -> bytes:
        """The whole body; whoever takes it gives it back with :meth:`release`.

        :raises Declined: 413 above ``limit_bytes``, 503 when all bodies together are too many.
        :raises Gone: when the client left.
        """
        event = await receive()
        if event["type"] == "http.request" and not event.get("more_body"):
            body: bytes = event.get("body", b"")
            self.hold(len(body), limit_bytes)
            return body
        return await self._read_on(event, receive, limit_bytes)

    async def _read_on(self, event: object, receive: Receive, limit_bytes: int) -> bytes:
        body = bytearray()
        try:
            while True:
                assert isinstance(event, dict)
                if event["type"] == "http.disconnect":
                    raise Gone
                part = event.get("body", b"")
                self._take(len(part), len(body) + len(part), limit_bytes)
                body += part
                if not event.get("more_body"):
                    return bytes(body)
                event = await receive()
        except BaseException:
            self.release(len(body))
            raise

    def hold(self, body_bytes: int, limit_bytes: int) -> None:
        """Count a body that is there already; :meth:`release` gives it back.

        :raises Declined: as :meth:`read`.
        """
        self._take(body_bytes, body_bytes, limit_bytes)

    def _take(self, part_bytes: int, body_bytes: int, limit_bytes: int) -> None:
        if body_bytes > limit_bytes:
            raise too_large(limit_bytes)
        if self.held_bytes + part_bytes > self._total_bytes:
            raise try_later("too many bodies are in memory already; send this one again")
        self.held_bytes += part_bytes

    def release(self, body_bytes: int) -> None:
        self.held_bytes -= body_bytes


def too_large(limit_bytes: int) -> Declined:
    return Declined(
        413, "too-large", f"the body is larger than {limit_bytes} bytes; send less, or raise web.max_body"
    )


def check_length(head: Head, limit_bytes: int) -> None:
    """Refuse by the announced length, before anything is read.

    :raises Declined: 413.
    """
    announced = head.fields.get(b"content-length", b"")
    if announced.isdigit() and int(announced[:19]) > limit_bytes:
        raise too_large(limit_bytes)


def check_form(head: Head) -> None:
    """Refuse what would have to be unpacked first: a packed body may be a bomb, a multipart one a maze.

    :raises Declined: 415.
    """
    encoding = head.fields.get(b"content-encoding", b"identity").strip().lower()
    if encoding not in (b"", b"identity"):
        raise Declined(415, "packed-body", "the body has a Content-Encoding; send it as it is")
    if head.fields.get(b"content-type", b"").lstrip()[:10].lower() == b"multipart/":
        raise Declined(415, "multipart-body", "multipart bodies are not read here; send JSON")
