"""A table of addresses, each with the right it needs, and the guard that stands before all of them.

Nothing is open by omission: an endpoint without a declared need cannot be made. Fast doors with their own
credentials (intake, callbacks) stand outside this table.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from pilotbridge.config.settings import Right, Settings
from pilotbridge.logs import get_logger
from pilotbridge.web.asgi import SECURITY, Answer, App, Declined, Head, Message, Receive, Scope, Send, error
from pilotbridge.web.auth import check_token
from pilotbridge.web.bodies import check_form, check_length, too_large

_log = get_logger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Needs(StrEnum):
    """What an endpoint may need other than a right."""

    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address and what it needs. ``open_on_loopback``: a client on this machine needs no token."""

    path: str
    answer: Callable[[Request], Awaitable[Answer | Response]]
    needs: Right | Needs
    methods: tuple[str, ...] = ("GET",)
    open_on_loopback: bool = False


Authority = Callable[[Request, Endpoint], None]
"""Lets a request pass, or raises :class:`~pilotbridge.web.asgi.Declined`."""


# --- who may ----------------------------------------------------------------------------------------


def by_file_rights(_request: Request, _endpoint: Endpoint) -> None:
    """Over the control socket the file's rights are the authority: who can open it may do all."""


def by_token(settings: Callable[[], Settings]) -> Authority:
    """Who asks over the network needs a token with the endpoint's right."""

    def judge(request: Request, endpoint: Endpoint) -> None:
        refuse_other_sites(request)
        if not isinstance(endpoint.needs, Right):
            return
        if endpoint.open_on_loopback and _is_on_this_machine(request):
            return
        head = Head(request.scope["headers"])
        check_token(settings().web.tokens, endpoint.needs, head)

    return judge


def refuse_other_sites(request: Request) -> None:
    """A browser sends credentials it remembers for any page that asks: another site's page may not write.

    :raises Declined: 403.
    """
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "")
    is_own = not origin or _host_of(origin) == request.headers.get("host", "")
    if site not in ("", "same-origin", "none") or not is_own:
        raise Declined(403, "other-site", "this request comes from another site's page")


def _host_of(origin: str) -> str | None:
    """Host and port of an origin; None for one without a host, as a sandboxed page has."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


def _is_on_this_machine(request: Request) -> bool:
    """Whether the client itself is here; behind a proxy on this machine everybody would be."""
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via")):
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


# --- the application --------------------------------------------------------------------------------


def serve_endpoints(
    endpoints: Sequence[Endpoint], authority: Authority, settings: Callable[[], Settings]
) -> App:
    """An ASGI application of ``endpoints``; what is not in the table is 404 or 405."""
    app = Starlette(
        routes=[
            Route(each.path, _guarded(each, authority), methods=list(each.methods)) for each in endpoints
        ],
        exception_handlers={
            Declined: _tell_declined,
            HTTPException: _tell_http,
            Exception: _tell_failure,
        },
    )

    app.router.redirect_slashes = False

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        max_body_bytes = settings().web.max_body_bytes
        try:
            head = Head(scope["headers"])
            check_length(head, max_body_bytes)
            check_form(head)
        except Declined as declined:
            await declined.answer().give(send)
            return
        try:
            await app(scope, _capped(receive, max_body_bytes), _secured(send))
        except ClientDisconnect:
            return
        except Exception:  # noqa: BLE001 - a web request: it has got its 500, and the others go on
            _log.exception("a request failed", method=scope["method"], path=scope["path"])

    return bounded


def _guarded(endpoint: Endpoint, authority: Authority) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        authority(request, endpoint)
        return _as_response(await endpoint.answer(request))

    return answer


def _as_response(answer: Answer | Response) -> Response:
    if isinstance(answer, Response):
        return answer
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Response(answer.body, answer.status, headers, media_type=answer.content_type.decode())


def _capped(receive: Receive, limit_bytes: int) -> Receive:
    """Ends a body that is longer than allowed, whatever its announced length was."""
    seen_bytes = 0

    async def counted() -> Message:
        nonlocal seen_bytes
        message = await receive()
        seen_bytes += len(message.get("body", b""))
        if seen_bytes > limit_bytes:
            raise too_large(limit_bytes)
        return message

    return counted


def _secured(send: Send) -> Send:
    """Adds the protecting headers that an answer does not have in its own words."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name for name, _ in message["headers"]}
            message["headers"] = [
                *message["headers"],
                *(header for header in SECURITY if header[0] not in present),
            ]
        await send(message)

    return with_headers


async def _tell_declined(_request: Request, declined: Exception) -> Response:
    assert isinstance(declined, Declined)
    return _as_response(declined.answer())


async def _tell_http(_request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    code = {404: "not-found", 405: "method"}.get(fault.status_code, "refused")
    told = {404: "there is nothing at this address", 405: "this address does not know this method"}
    message = told.get(fault.status_code, fault.detail)
    headers = tuple((name.lower().encode(), value.encode()) for name, value in (fault.headers or {}).items())
    return _as_response(error(fault.status_code, code, message, headers=headers))


async def _tell_failure(_request: Request, _fault: Exception) -> Response:
    """Starlette raises the fault again after this; it is logged then."""
    return _as_response(error(500, "failed", "PilotBridge failed on this request; its log says why"))
