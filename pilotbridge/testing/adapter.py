"""The sandbox behind a requests session: real client code, no socket, no thread, time by hand.

It turns what the sandbox's core decides into the very answers and exceptions that sockets would give;
it knows nothing of documents.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError
from urllib3.response import HTTPResponse

from pilotbridge.sandbox.core import Sandbox
from pilotbridge.sandbox.http import Break, Fault, Request, Response

WAITS_FOR_EVER_S = float("inf")


class SandboxAdapter(BaseAdapter):
    """Mount it on a session, or hand ``lambda: SandboxAdapter(...)`` to a gateway as ``make_adapter``."""

    def __init__(self, sandbox: Sandbox, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._sandbox = sandbox
        self._now = now

    def send(self, request: requests.PreparedRequest, *_args: Any, **options: Any) -> requests.Response:
        """Let the sandbox answer. The document is taken from the request unless no connection stands."""
        outcome = self._sandbox.handle(_request(request), self._now())
        if isinstance(outcome, Fault) and outcome.how is Break.REFUSED:
            raise _refused(request)
        _take(request.body)
        if isinstance(outcome, Fault):
            return _broken(outcome, request, _patience_s(options.get("timeout")))
        if outcome.after_s > _patience_s(options.get("timeout")):
            raise _timed_out(request)
        return _answer(outcome, request, outcome.body)

    def close(self) -> None:
        """Nothing is open."""


def _request(request: requests.PreparedRequest) -> Request:
    parts = urlsplit(request.url or "")
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    return Request(request.method or "GET", parts.path, parts.query, headers, _document(request.body))


def _document(body: Any) -> bytes:
    """The document without taking it: whether a byte leaves is only known afterwards."""
    if isinstance(body, BytesIO):
        return body.getvalue()
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _take(body: Any) -> None:
    if isinstance(body, BytesIO):
        body.read()


def _patience_s(timeout: Any) -> float:
    read_s = timeout[1] if isinstance(timeout, tuple) else timeout
    return WAITS_FOR_EVER_S if read_s is None else float(read_s)


def _broken(fault: Fault, request: requests.PreparedRequest, patience_s: float) -> requests.Response:
    """How a connection that stood breaks, as a socket tells it."""
    if fault.how is Break.CUT and fault.response is not None:
        return _answer(fault.response, request, fault.response.body[: fault.sent_bytes])
    if fault.how is Break.HANG and fault.seconds >= patience_s:
        raise _timed_out(request)
    raise requests.ConnectionError(
        ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer")),
        request=request,
    )


def _refused(request: requests.PreparedRequest) -> requests.ConnectionError:
    error = NewConnectionError(None, "Failed to establish a new connection")  # type: ignore[arg-type]
    error.__cause__ = ConnectionRefusedError(111, "Connection refused")
    return requests.ConnectionError(error, request=request)


def _timed_out(request: requests.PreparedRequest) -> requests.ReadTimeout:
    why = ReadTimeoutError(None, request.url, "Read timed out.")  # type: ignore[arg-type]
    return requests.ReadTimeout(why, request=request)


def _answer(response: Response, request: requests.PreparedRequest, sent: bytes) -> requests.Response:
    """An answer whose head promises the whole body, of which ``sent`` arrives."""
    headers = {
        "Content-Type": response.content_type,
        **response.headers,
        "Content-Length": str(len(response.body)),
    }
    raw = HTTPResponse(BytesIO(sent), headers, response.status, preload_content=False)
    return HTTPAdapter().build_response(request, raw)
