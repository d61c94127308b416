"""Silences as amtool and Grafana make, change and end them; what they do is the desk's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from starlette.requests import Request

from pilotbridge.clock import Clock, to_ms
from pilotbridge.config.settings import Right
from pilotbridge.desk.desk import Desk
from pilotbridge.errors import NotFound, PilotBridgeError, Refused
from pilotbridge.matcher import Matcher, Matchers
from pilotbridge.model import Silence
from pilotbridge.store.protocol import Store
from pilotbridge.web.alertmanager.asked import read_filter
from pilotbridge.web.alertmanager.faults import told
from pilotbridge.web.alertmanager.silence_shapes import read_silence, shown, state_of
from pilotbridge.web.asgi import Answer, json_answer
from pilotbridge.web.endpoints import Endpoint

NOT_FOUND = "silence not found"
_ORDER = ("active", "pending", "expired")


class Silences:
    """The four addresses of silences."""

    def __init__(self, desk: Desk, store: Store, clock: Clock) -> None:
        self._desk = desk
        self._store = store
        self._clock = clock

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint("/api/v2/silences", _answered(self._list), Right.READ),
            Endpoint("/api/v2/silences", _answered(self._set), Right.SILENCES, methods=("POST",)),
            Endpoint("/api/v2/silence/{id}", _answered(self._one), Right.READ),
            Endpoint("/api/v2/silence/{id}", _answered(self._expire), Right.SILENCES, methods=("DELETE",)),
        )

    async def _list(self, request: Request) -> Answer:
        asked, creators = read_filter(request.query_params), request.query_params.getlist("creator")
        now = self._clock.utc_now()

        def read() -> Sequence[object]:
            with self._store.read() as verbs:
                silences, written = verbs.silences(0), verbs.silences_written()
            found = [
                each for each in silences if _has(each, asked) and (not creators or each.author in creators)
            ]
            found.sort(key=lambda silence: _place(silence, now))
            return [shown(each, now, written.get(each.id, 0)) for each in found]

        return json_answer(await asyncio.to_thread(read))

    async def _one(self, request: Request) -> Answer:
        silence_id = request.path_params["id"]

        def read() -> object:
            with self._store.read() as verbs:
                silence, written = verbs.silence(silence_id), verbs.silences_written()
            if silence is None:
                raise NotFound(NOT_FOUND)
            return shown(silence, self._clock.utc_now(), written.get(silence.id, 0))

        return json_answer(await asyncio.to_thread(read))

    async def _set(self, request: Request) -> Answer:
        wanted = read_silence(await request.body())
        fact = await asyncio.to_thread(self._desk.set_silence, wanted)
        return json_answer({"silenceID": fact["id"]})

    async def _expire(self, request: Request) -> Answer:
        try:
            await asyncio.to_thread(self._desk.expire_silence, request.path_params["id"])
        except NotFound as error:
            raise NotFound(NOT_FOUND) from error
        except Refused:
            pass  # it has ended already, which is what was wanted
        return Answer(200, b"")


def _answered(ask: Callable[[Request], Awaitable[Answer]]) -> Callable[[Request], Awaitable[Answer]]:
    async def answer(request: Request) -> Answer:
        try:
            return await ask(request)
        except PilotBridgeError as failure:
            return told(failure)

    return answer


def _has(silence: Silence, asked: Matchers) -> bool:
    """Whether the silence has each of these matchers, as it is written."""
    own = {Matcher.parse(text) for text in silence.matchers}
    return own.issuperset(asked)


def _place(silence: Silence, now: datetime) -> tuple[int, int]:
    """Active ones first, the next to end before the others; then those to come; then what ended last."""
    state = state_of(silence, now)
    when = {
        "active": to_ms(silence.ends_at),
        "pending": to_ms(silence.starts_at),
        "expired": -to_ms(silence.ends_at),
    }
    return _ORDER.index(state), when[state]
