"""``/api/v1``: what an operator can look at and have done, as JSON, by token or over the control socket.

It turns requests into the desk's verbs and the store's answers into facts; it decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from starlette.requests import Request

from pilotbridge.config.settings import Right
from pilotbridge.desk import shown
from pilotbridge.desk.desk import Desk
from pilotbridge.desk.verbs import VERBS, Verb
from pilotbridge.errors import Closed, NotAllowed, NotFound, PilotBridgeError, Refused, TryLater
from pilotbridge.store.protocol import ReadVerbs, Store
from pilotbridge.web.asgi import RETRY_AFTER, Answer, error, json_answer
from pilotbridge.web.endpoints import Endpoint

LIST_MAX = 1000

# The first kind that fits decides; the code is what a client compares.
_ANSWERS: tuple[tuple[type[PilotBridgeError], int, str], ...] = (
    (NotFound, 404, "not-found"),
    (NotAllowed, 403, "not-allowed"),
    (Refused, 422, "refused"),
    (Closed, 503, "closed"),
    (TryLater, 503, "try-later"),
)


def api_endpoints(desk: Desk, store: Store) -> tuple[Endpoint, ...]:
    """Every address below ``/api/v1`` with the right it needs."""
    acts = [
        Endpoint(verb.path, _act(desk, verb), verb.right, methods=(verb.method,)) for verb in VERBS.values()
    ]
    looks = [Endpoint(path, _look(store, look), Right.READ) for path, look in _LOOKS.items()]
    return (*acts, *looks)


def _act(desk: Desk, verb: Verb) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Answer:
        try:
            arguments = _arguments(await request.body(), request)
            fact = await asyncio.to_thread(verb.run, desk, arguments)
        except PilotBridgeError as failure:
            return told(failure)
        return json_answer(shown.plain(fact))

    return answer


def _arguments(body: bytes, request: Request) -> dict[str, Any]:
    try:
        given = msgspec.json.decode(body) if body.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise Refused(f"the body is no JSON: {failure}") from failure
    if not isinstance(given, dict):
        raise Refused("the body must be a JSON object")
    key = request.headers.get("idempotency-key", "")
    once = {"once": key} if key and request.url.path == VERBS["send"].path else {}
    return {**given, **once, **request.path_params}


def told(failure: PilotBridgeError) -> Answer:
    """The answer that says why not."""
    for kind, status, code in _ANSWERS:
        if isinstance(failure, kind):
            return error(status, code, failure.reason, headers=(RETRY_AFTER,) if status == 503 else ())
    return error(500, "failed", failure.reason)


# --- looking ----------------------------------------------------------------------------------------


def _look(store: Store, look: Callable[[ReadVerbs, Request], Any]) -> Callable[[Request], Any]:
    def read(request: Request) -> Any:
        with store.read() as verbs:
            return look(verbs, request)

    async def answer(request: Request) -> Answer:
        try:
            return json_answer(shown.plain(await asyncio.to_thread(read, request)))
        except PilotBridgeError as failure:
            return told(failure)

    return answer


def _limit(request: Request) -> int:
    written = request.query_params.get("limit", "100")
    if not written.isascii() or not written.isdigit() or not 1 <= int(written) <= LIST_MAX:
        raise Refused(f"limit must be 1 to {LIST_MAX}")
    return int(written)


def _messages(read: ReadVerbs, request: Request) -> Sequence[Any]:
    if request.query_params.get("stuck") in ("1", "true"):
        return [shown.message(found) for found in read.messages_stuck(_limit(request))]
    state = request.query_params.get("state", "")
    return [shown.message(found) for found in read.messages_listed(state=state, limit=_limit(request))]


def _message(read: ReadVerbs, request: Request) -> Any:
    number = request.path_params["id"]
    found = read.message(int(number)) if number.isascii() and number.isdigit() else None
    if found is None:
        raise NotFound(f"there is no message {number}")
    return shown.message(found)


_LOOKS: dict[str, Callable[[ReadVerbs, Request], Any]] = {
    "/api/v1/messages": _messages,
    "/api/v1/messages/{id}": _message,
    "/api/v1/alerts": lambda read, request: [
        shown.alert(row) for row in read.alerts_listed(request.query_params.get("state", ""), _limit(request))
    ],
    "/api/v1/incidents": lambda read, request: [
        shown.incident(row.incident) for row in read.incidents_listed(_limit(request))
    ],
    "/api/v1/inbox": lambda read, request: [
        shown.inbound(sms) for sms in read.inbound_listed(_limit(request))
    ],
    "/api/v1/silences": lambda read, _request: [shown.silence(found) for found in read.silences(0)],
}
