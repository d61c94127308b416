"""The web's own words for a request and an answer: raw ASGI, without a framework's price.

It owns how an answer looks on the wire and which headers protect it; it decides nothing about who may ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import msgspec

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

JSON = b"application/json"
TEXT = b"text/plain; charset=utf-8"
RETRY_AFTER: Header = (b"retry-after", b"5")
"""Short: monitoring keeps a body only for as long as its own patience lasts."""

SECURITY: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
"""What every answer carries; a page that needs more says so in its own answer."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: tuple[Header, ...] = ()

    async def give(self, send: Send, *, is_head: bool = False) -> None:
        headers = [
            (b"content-type", self.content_type),
            *SECURITY,
            *self.headers,
            (b"content-length", b"%d" % len(self.body)),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if is_head else self.body})


class Declined(Exception):
    """This request gets no 2xx: which status instead, the short word of why, and a sentence.

    ``at`` is the path of the fault in the body. ``is_known`` says that the sender has proved who it is.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        at: str = "",
        headers: tuple[Header, ...] = (),
        is_known: bool = True,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.at = at
        self.headers = headers
        self.is_known = is_known

    def answer(self) -> Answer:
        return error(self.status, self.code, self.message, at=self.at, headers=self.headers)


def error(status: int, code: str, message: str, *, at: str = "", headers: tuple[Header, ...] = ()) -> Answer:
    """An error as every door tells it."""
    told = {"code": code, "message": message, "at": at}
    return Answer(status, _encode({"error": told}), headers=headers)


def json_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, _encode(value))


def not_found() -> Answer:
    return error(404, "not-found", "there is nothing at this address")


def try_later(message: str) -> Declined:
    """Nothing of the request was kept, and the sender should come again."""
    return Declined(503, "try-later", message, headers=(RETRY_AFTER,))


class Head:
    """The headers of one request by lower-case name, and which of them came more than once."""

    __slots__ = ("fields", "repeated")

    def __init__(self, headers: list[Header]) -> None:
        self.fields = dict(headers)
        self.repeated: frozenset[bytes] = frozenset()
        if len(self.fields) != len(headers):
            counted = Counter(name for name, _ in headers)
            self.repeated = frozenset(name for name, times in counted.items() if times > 1)

    def one(self, name: bytes) -> bytes:
        """The value of ``name``, empty when it is absent.

        :raises RepeatedHeader: when there are two: which one a proxy has looked at, nobody can tell.
        """
        if name in self.repeated:
            raise RepeatedHeader(name.decode("latin-1"))
        return self.fields.get(name, b"")


class RepeatedHeader(ValueError):
    """A header that may stand once stands twice."""
