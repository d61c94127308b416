"""``/api/v1``: what an operator can look at and have done, as JSON, by token or over the control socket.

It turns requests into the desk's verbs and the store's answers into facts; it decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request

from pilotbridge.config.settings import Right, Settings
from pilotbridge.desk import looks, oncall_facts, shown
from pilotbridge.desk.contacts import contact_checks, contacts
from pilotbridge.desk.desk import Desk
from pilotbridge.desk.looks import (
    CONVERSATION_STATES,
    INBOUND_STATES,
    WAYS,
    ConversationsWanted,
    InboxWanted,
    MessagesWanted,
)
from pilotbridge.desk.verb import Verb, in_reach
from pilotbridge.desk.verbs import VERBS
from pilotbridge.errors import Closed, NotAllowed, NotFound, PilotBridgeError, Refused, TryLater
from pilotbridge.senders import why_no_json
from pilotbridge.store.protocol import ReadVerbs, Store
from pilotbridge.web.asgi import RETRY_AFTER, Answer, error, json_answer
from pilotbridge.web.endpoints import Endpoint

LIST_MAX = 1000
SHIFTS_MAX = 50

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
    looks = [Endpoint(path, _look(store, _asked(desk, look)), Right.READ) for path, look in _LOOKS.items()]
    on_call = [
        Endpoint(path, _look(store, partial(look, desk)), Right.READ) for path, look in _ON_CALL.items()
    ]
    return (*acts, *looks, *on_call)


def _act(desk: Desk, verb: Verb) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Answer:
        try:
            arguments = _arguments(await request.body(), request, verb)
            fact = await asyncio.to_thread(verb.run, desk, arguments)
        except PilotBridgeError as failure:
            return told(failure)
        return json_answer(shown.plain(fact))

    return answer


def _arguments(body: bytes, request: Request, verb: Verb) -> dict[str, Any]:
    try:
        given = msgspec.json.decode(body) if body.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise Refused(f"the body is no JSON: {why_no_json(body, failure)}") from failure
    if not isinstance(given, dict):
        raise Refused("the body must be a JSON object")
    key = request.headers.get("idempotency-key", "")
    once = {"once": key} if key and verb.is_once else {}
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


def _asked(
    desk: Desk, look: Callable[[ReadVerbs, Request, Settings], Any]
) -> Callable[[ReadVerbs, Request], Any]:
    """The same by the configuration that counts when it is asked."""
    return lambda read, request: look(read, request, desk.settings())


def _limit(request: Request) -> int:
    written = request.query_params.get("limit", "100")
    if not looks.is_number(written) or not 1 <= int(written) <= LIST_MAX:
        raise Refused(f"limit must be 1 to {LIST_MAX}")
    return int(written)


def _messages(read: ReadVerbs, request: Request, settings: Settings) -> Sequence[Any]:
    asked = request.query_params
    wanted = MessagesWanted(
        way=_one_of(request, "way", WAYS),
        state=asked.get("state", ""),
        stuck=asked.get("stuck") in ("1", "true"),
        limit=_limit(request),
    )
    return looks.messages(read, wanted, settings)


def _message(read: ReadVerbs, request: Request, _settings: Settings) -> Any:
    number = request.path_params["id"]
    found = read.message(int(number)) if looks.is_number(number) else None
    if found is None:
        raise NotFound(f"there is no message {number}")
    return shown.message(found)


def _post(read: ReadVerbs, request: Request, settings: Settings) -> Any:
    number = request.path_params["id"]
    return looks.post(read, int(number) if looks.is_number(number) else 0, settings)


def _conversations(read: ReadVerbs, request: Request, settings: Settings) -> Sequence[Any]:
    asked = request.query_params
    wanted = ConversationsWanted(
        line=asked.get("line", ""),
        phone=asked.get("phone", ""),
        state=_one_of(request, "state", CONVERSATION_STATES),
        limit=_limit(request),
    )
    return looks.conversations(read, wanted, settings)


def _inbox(read: ReadVerbs, request: Request, settings: Settings) -> Sequence[Any]:
    asked = request.query_params
    wanted = InboxWanted(
        sender=asked.get("from", ""),
        line=asked.get("line", ""),
        state=_one_of(request, "state", INBOUND_STATES),
        since=_moment(request, "since"),
        limit=_limit(request),
    )
    return looks.inbox(read, wanted, settings)


def _one_of(request: Request, name: str, allowed: Sequence[str]) -> str:
    given = request.query_params.get(name, "")
    if given and given not in allowed:
        raise Refused(f"{name} must be one of {', '.join(allowed)}")
    return given


def _moment(request: Request, name: str) -> datetime | None:
    """A time with its zone; without one it is UTC, as in every answer."""
    given = request.query_params.get(name, "")
    try:
        found = datetime.fromisoformat(given) if given else None
    except ValueError as error:
        raise Refused(f"{name} must be a time like 2026-11-25T03:14:00Z") from error
    return in_reach(name, found) if found else None


def _shifts(desk: Desk, read: ReadVerbs, request: Request) -> Sequence[Any]:
    name = request.query_params.get("schedule", "")
    return oncall_facts.schedules(desk.oncall.roster(read, _moment(request, "at")), name)


def _coming(desk: Desk, read: ReadVerbs, request: Request) -> Sequence[Any]:
    name = request.query_params.get("schedule", "")
    roster = desk.oncall.roster(read, _moment(request, "at"))
    return oncall_facts.coming(roster, name, min(_limit(request), SHIFTS_MAX))


_ON_CALL: dict[str, Callable[[Desk, ReadVerbs, Request], Any]] = {
    "/api/v1/oncall": _shifts,
    "/api/v1/oncall/next": _coming,
    "/api/v1/oncall/overrides": lambda desk, read, _request: oncall_facts.overrides(
        read, desk.oncall.now_ms()
    ),
    "/api/v1/oncall/swaps": lambda _desk, read, request: [
        oncall_facts.swap(found) for found in read.swaps_listed(_limit(request))
    ],
}

_LOOKS: dict[str, Callable[[ReadVerbs, Request, Settings], Any]] = {
    "/api/v1/messages": _messages,
    "/api/v1/messages/{id}": _message,
    "/api/v1/posts/{id}": _post,
    "/api/v1/alerts": lambda read, request, _settings: [
        shown.alert(row) for row in read.alerts_listed(request.query_params.get("state", ""), _limit(request))
    ],
    "/api/v1/incidents": lambda read, request, _settings: [
        shown.incident(row.incident) for row in read.incidents_listed(_limit(request))
    ],
    "/api/v1/inbox": _inbox,
    "/api/v1/conversations": _conversations,
    "/api/v1/conversations/{id}": lambda read, request, settings: looks.conversation(
        read, request.path_params["id"], settings, limit=_limit(request)
    ),
    "/api/v1/contacts": lambda read, _request, settings: contacts(read, settings),
    "/api/v1/contacts/{name}": lambda read, request, settings: contact_checks(
        read, request.path_params["name"], settings
    ),
    "/api/v1/optouts": lambda read, _request, _settings: looks.optouts(read),
    "/api/v1/silences": lambda read, _request, _settings: [
        shown.silence(found) for found in read.silences(0)
    ],
}
