"""Callbacks: which change of status is to be told to whom, when, and what counts as told.

It makes no call itself: it hands out what is due and hears how it went. The changes of one message are
told in order; one that is not heard is tried again, and the next ones wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from urllib.parse import urlencode, urlsplit, urlunsplit

from pilotbridge.sandbox.messages import SentSms, Status

_LOG_MAX = 10_000
_ANSWER_KEPT = 200


@dataclass(frozen=True, slots=True)
class Call:
    """One request to make: tell ``url`` that a message has a new status."""

    server_id: int
    url: str
    method: str
    status: int
    error: int
    due_ms: int
    tries: int = 0

    @property
    def fields(self) -> str:
        """The three fields as a query or a form."""
        return urlencode({"server_id": self.server_id, "status": self.status, "error": self.error})

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Content-Type": "application/x-www-form-urlencoded"} if self.method == "post" else {}

    @property
    def body(self) -> bytes:
        return self.fields.encode() if self.method == "post" else b""

    @property
    def address(self) -> str:
        """The URL to ask; by GET the fields follow a query that is there already."""
        if self.method == "post":
            return self.url
        parts = urlsplit(self.url)
        query = f"{parts.query}&{self.fields}" if parts.query else self.fields
        return urlunsplit(parts._replace(query=query, fragment=""))


@dataclass(frozen=True, slots=True)
class Heard:
    """What a callback's script answered; status 0 with the reason in ``body`` when it did not."""

    status: int
    body: str

    @property
    def is_ok(self) -> bool:
        return self.is_taken and self.body.strip() == "OK"

    @property
    def is_taken(self) -> bool:
        """What a bot's webhook has to answer; its body does not matter."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Told:
    """One call that was made."""

    at_ms: int
    call: Call
    heard: Heard


class CallbackQueue:
    """The calls that are still to be made, and those that were."""

    def __init__(self) -> None:
        self.log: deque[Told] = deque(maxlen=_LOG_MAX)
        self._waiting: dict[int, deque[Call]] = {}
        self._due: list[tuple[int, int, Call]] = []
        self._sequence = 0

    def expect(self, message: SentSms) -> None:
        """Plan the calls for every change that ``message`` has ahead."""
        self._plan(message.server_id, deque(_call(message, change) for change in message.changes()))

    def overrule(self, message: SentSms, at_ms: int) -> None:
        """Drop what is no longer to happen and tell the status that ``message`` has now."""
        if not message.callback:
            return
        due = [call for call in self._waiting.get(message.server_id, ()) if call.due_ms < at_ms]
        now = _call(message, replace(message.status_at(at_ms), since_ms=at_ms))
        self._plan(message.server_id, deque([*due, now]))

    def next_due_ms(self) -> int | None:
        """When the next call is due."""
        while self._due and not self._is_current(self._due[0][2]):
            heappop(self._due)
        return self._due[0][0] if self._due else None

    def take_due(self, at_ms: int) -> list[Call]:
        """The calls to make now, at most one of a message; each is to be answered by :meth:`heard`."""
        taken = []
        while (due_ms := self.next_due_ms()) is not None and due_ms <= at_ms:
            taken.append(heappop(self._due)[2])
        return taken

    def heard(self, call: Call, heard: Heard, retries_s: Sequence[float], at_ms: int) -> bool:
        """Take note of how ``call`` went, and tell whether the change needs no further call.

        Unheard, it comes once more later; heard or given up, the message's next change has its turn.
        """
        self.log.append(Told(at_ms, call, replace(heard, body=heard.body[:_ANSWER_KEPT])))
        if not self._is_current(call):
            return False
        waiting = self._waiting[call.server_id]
        again = not heard.is_ok and call.tries < len(retries_s)
        if again:
            again_ms = at_ms + int(retries_s[call.tries] * 1000)
            waiting[0] = replace(call, tries=call.tries + 1, due_ms=again_ms)
        else:
            waiting.popleft()
        self._push_first(call.server_id)
        return not again

    def forget_told(self, server_id: int, told: int) -> None:
        """Skip the first ``told`` changes of a message: they were told in an earlier life."""
        waiting = self._waiting.get(server_id, deque())
        self._plan(server_id, deque(list(waiting)[told:]))

    def _plan(self, server_id: int, calls: deque[Call]) -> None:
        self._waiting[server_id] = calls
        self._push_first(server_id)

    def _push_first(self, server_id: int) -> None:
        waiting = self._waiting[server_id]
        if not waiting:
            del self._waiting[server_id]
            return
        self._sequence += 1
        heappush(self._due, (waiting[0].due_ms, self._sequence, waiting[0]))

    def _is_current(self, call: Call) -> bool:
        waiting = self._waiting.get(call.server_id)
        return bool(waiting) and waiting[0] is call  # type: ignore[index]


def _call(message: SentSms, change: Status) -> Call:
    return Call(
        message.server_id,
        message.callback,
        message.callback_method,
        change.status,
        change.error,
        change.since_ms,
    )
