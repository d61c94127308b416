"""A request and what comes of it, as plain values: what the sandbox's core speaks instead of sockets.

A fault is an outcome like any other; breaking a real connection is the server's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are lower case; ``query`` is what stands after ``?``, undecoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Response:
    """One whole answer, to be given ``after_s`` seconds from now."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0


class Break(StrEnum):
    """How a connection breaks.

    ``REFUSED`` before it stood, so no byte of the request has left; ``RESET`` without an answer;
    ``HANG`` nothing comes for ``seconds``, then RESET; ``CUT`` the answer's head promises all of it,
    ``sent_bytes`` of its body come, then RESET.
    """

    REFUSED = "refused"
    RESET = "reset"
    HANG = "hang"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that does not come, or not whole. ``taken`` tells whether the call had its effect."""

    how: Break
    taken: bool = False
    seconds: float = 0.0
    response: Response | None = None
    sent_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """No answer yet: ask again with ``number`` when there is news, ``seconds`` from now at the latest."""

    number: int
    seconds: float


def not_found(path: str) -> Response:
    return json_response({"error": f"there is nothing at {path}"}, 404)


def json_response(content: Any, status: int = 200) -> Response:
    return Response(status, msgspec.json.encode(content) + b"\n")
