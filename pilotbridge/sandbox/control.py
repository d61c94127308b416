"""The sandbox's own routes below ``/sandbox/``: look at everything, change everything, in JSON.

It reads commands and writes facts; every change itself is the world's. The routes are documented in
``docs/sandbox.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from pilotbridge.sandbox import orders, views
from pilotbridge.sandbox.http import Request, Response, json_response, not_found
from pilotbridge.sandbox.orders import Order, Refusal
from pilotbridge.sandbox.telegram import control as telegram
from pilotbridge.sandbox.views import Look
from pilotbridge.sandbox.world import World

Json = dict[str, Any]
_PRIVATE = (".localhost", ".local", ".internal", ".test", ".home.arpa")

VIEWS: dict[str, Callable[[Look], Any]] = {
    "": views.summary,
    "account": views.account,
    "scripts": views.scripts,
    "faults": views.faults,
    "phones": views.phones,
    "messages": views.messages,
    "inbound": views.inbound,
    "requests": views.requests,
    "callbacks": views.callbacks,
    "time": views.time,
    "assumptions": views.assumptions,
}
ORDERS: dict[str, Callable[[Order], Any]] = {
    "account": orders.change_account,
    "scripts": orders.set_script,
    "scripts/clear": orders.clear_scripts,
    "faults": orders.add_fault,
    "faults/clear": orders.clear_faults,
    "time": orders.move_time,
    "reset": orders.reset,
    "requests/clear": orders.clear_requests,
}


def control(world: World, request: Request, at_ms: int) -> Response:
    """Answer one control request; 400 says what is wrong, 404 that there is no such thing."""
    if _is_from_elsewhere(request):
        return json_response({"error": "another site may not command the sandbox"}, 403)
    if not is_name_of_ours(request.headers.get("host", "")):
        told = "a site's name may not lead here; ask by address, or by a name without a dot or in .localhost"
        return json_response({"error": told}, 403)
    name = request.path.removeprefix("/sandbox").strip("/")
    try:
        if request.method in ("GET", "HEAD"):
            return _view(world, request, name, at_ms)
        if request.method == "POST":
            return _order(world, request, name, at_ms)
    except Refusal as refusal:
        return json_response(refusal.told, refusal.status)
    return json_response({"error": f"{request.method} does nothing here; GET looks, POST acts"}, 405)


def _is_from_elsewhere(request: Request) -> bool:
    """A page of another site that a browser shows beside ours."""
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc != request.headers.get("host", "")


def is_name_of_ours(host: str) -> bool:
    """Whether ``Host`` names this machine or one beside it, and not a site of the internet.

    A site may let its own name lead to 127.0.0.1, and then its pages ask here as if they were ours.
    """
    name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    if "." not in name or name.endswith(_PRIVATE):
        return True
    with suppress(ValueError):
        return bool(ip_address(name))
    return False


def _view(world: World, request: Request, name: str, at_ms: int) -> Response:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    if name in VIEWS:
        return _found(VIEWS[name](Look(world, at_ms, query)), request)
    match name.split("/"):
        case ["phones", phone]:
            return json_response(views.phone(world, at_ms, orders.digits(phone)))
        case ["messages", server_id] if (message := views.find_message(world, server_id)) is not None:
            return json_response(views.sent(message, at_ms))
        case ["telegram", *_]:
            return _found(telegram.view(Look(world, at_ms, query), _rest(name)), request)
        case _:
            return not_found(request.path)


def _rest(name: str) -> str:
    """What follows the first part of a name."""
    return name.partition("/")[2]


def _found(shown: Any, request: Request) -> Response:
    return not_found(request.path) if shown is None else json_response(shown)


def _order(world: World, request: Request, name: str, at_ms: int) -> Response:
    order = Order(world, at_ms, _read_fields(request.body))
    if name in ORDERS:
        return json_response(ORDERS[name](order))
    match name.split("/"):
        case ["phones", phone, "sms"]:
            return json_response(orders.write_sms(order, phone))
        case ["messages", server_id]:
            return json_response(orders.set_status(order, server_id))
        case ["telegram", *_]:
            return _found(telegram.give(order, _rest(name)), request)
        case _:
            return not_found(request.path)


def _read_fields(body: bytes) -> Json:
    try:
        fields = msgspec.json.decode(body) if body.strip() else {}
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Refusal("the body is no JSON") from error
    if not isinstance(fields, dict):
        raise Refusal("the body is no JSON object")
    return fields
