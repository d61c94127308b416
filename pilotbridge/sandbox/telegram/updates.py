"""The updates that wait for the bot: who may fetch them, which are confirmed, who is waiting for more.

It blocks nobody: a poll that finds nothing is remembered and asked again. Delivery by webhook is planned
here and made by the server.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import msgspec

from pilotbridge.sandbox.callbacks import Heard
from pilotbridge.sandbox.telegram.wording import (
    POLL_ENDED_BY_WEBHOOK,
    POLL_TAKEN_OVER,
    WEBHOOK_ACTIVE,
    ApiError,
    conflict,
)

KEPT_MS = 24 * 3600 * 1000
FIRST_UPDATE = 700_000_001
BATCH_MAX = 100
# What a bot does not get unless it asks by name (Bot API, getUpdates).
ONLY_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True, slots=True)
class Update:
    """One thing that the bot is told; ``content`` stands below the name ``kind``."""

    update_id: int
    kind: str
    content: Any
    at_ms: int

    def shown(self) -> dict[str, Any]:
        return {"update_id": self.update_id, self.kind: self.content}


@dataclass(frozen=True, slots=True)
class Intake:
    """How the bot wants its updates; ``allowed`` None is what it gets without asking."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    allowed: tuple[str, ...] | None = None

    def wants(self, kind: str) -> bool:
        return kind not in ONLY_ON_REQUEST if self.allowed is None else kind in self.allowed


@dataclass(slots=True)
class Poll:
    """One getUpdates that waits; ``ended`` is why it will hear nothing."""

    until_ms: int
    limit: int
    ended: ApiError | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One update on its way to the webhook."""

    update: Update
    address: str
    secret: str
    tries: int

    @property
    def method(self) -> str:
        return "post"

    @property
    def headers(self) -> Mapping[str, str]:
        secret = {"X-Telegram-Bot-Api-Secret-Token": self.secret} if self.secret else {}
        return {"Content-Type": "application/json"} | secret

    @property
    def body(self) -> bytes:
        return msgspec.json.encode(self.update.shown())


class Mailbox:
    """The queue. ``record`` is told each change that is to be kept; ``news`` grows when a poll may end."""

    def __init__(self, record: Callable[[str, Any], None]) -> None:
        self.intake = Intake()
        self.waiting: deque[Update] = deque()
        self.polls: dict[int, Poll] = {}
        self.news = 0
        self.last_error: tuple[int, str] | None = None
        self._record = record
        self._next_id = FIRST_UPDATE
        self._tries = 0
        self._due_ms = 0
        self._is_on_its_way = False

    # -- in --------------------------------------------------------------------------------------

    def put(self, kind: str, content: Any, at_ms: int) -> Update | None:
        """Queue one update, unless the bot does not want its kind."""
        if not self.intake.wants(kind):
            return None
        self.drop_old(at_ms)
        update = Update(self._next_id, kind, content, at_ms)
        self.keep(update)
        self._record("update", update)
        return update

    def keep(self, update: Update) -> None:
        """Queue an update that is known already."""
        if not self.waiting:
            self._due_ms = update.at_ms
        self.waiting.append(update)
        self._next_id = max(self._next_id, update.update_id + 1)
        self.news += 1

    # -- out by getUpdates -----------------------------------------------------------------------

    def confirm(self, offset: int) -> None:
        """Forget what is older than ``offset``; a negative one counts from the end of the queue."""
        if offset < 0:
            first_kept = list(islice(self.waiting, max(0, len(self.waiting) + offset), None))
            offset = first_kept[0].update_id if first_kept else self._next_id
        before = len(self.waiting)
        while self.waiting and self.waiting[0].update_id < offset:
            self.waiting.popleft()
        if len(self.waiting) != before:
            self._record("confirmed", offset)

    def first(self, limit: int, at_ms: int) -> list[Update]:
        self.drop_old(at_ms)
        return list(islice(self.waiting, limit))

    def drop_old(self, at_ms: int) -> None:
        """Telegram keeps updates for 24 hours at most; what is dropped does not come back by a restart."""
        before = len(self.waiting)
        while self.waiting and self.waiting[0].at_ms + KEPT_MS <= at_ms:
            self.waiting.popleft()
        if len(self.waiting) != before:
            self._record("confirmed", self.waiting[0].update_id if self.waiting else self._next_id)

    def take_over(self) -> None:
        """A new getUpdates ends the one that waits.

        :raises ApiError: while a webhook is set.
        """
        if self.intake.url:
            raise conflict(WEBHOOK_ACTIVE)
        self._end_polls(POLL_TAKEN_OVER)

    def wait(self, number: int, poll: Poll) -> None:
        self.polls[number] = poll

    def look_again(self, number: int, at_ms: int) -> list[Update] | None:
        """What the poll ``number`` hears now; None while it should go on waiting.

        :raises ApiError: when it was ended by another call.
        """
        poll = self.polls.get(number)
        if poll is None:
            return []
        found = [] if poll.ended else self.first(poll.limit, at_ms)
        if not found and poll.ended is None and at_ms < poll.until_ms:
            return None
        del self.polls[number]
        if poll.ended is not None:
            raise poll.ended
        return found

    def give_up(self, number: int) -> None:
        """The client of the poll ``number`` went away."""
        self.polls.pop(number, None)

    def _end_polls(self, reason: str) -> None:
        for poll in self.polls.values():
            poll.ended = poll.ended or conflict(reason)
        self.news += 1

    # -- out by webhook --------------------------------------------------------------------------

    def set_intake(self, intake: Intake, at_ms: int) -> None:
        if intake.url and intake.url != self.intake.url:
            self._end_polls(POLL_ENDED_BY_WEBHOOK)
            self._tries, self._due_ms, self.last_error = 0, at_ms, None
        self.intake = intake
        self._record("intake", intake)

    def allow(self, kinds: tuple[str, ...] | None) -> None:
        """Remember which kinds the bot wants from now on."""
        if kinds != self.intake.allowed:
            self.intake = replace(self.intake, allowed=kinds)
            self._record("intake", self.intake)

    def next_due_ms(self) -> int | None:
        """When the webhook is to be called."""
        if not self.intake.url or not self.waiting or self._is_on_its_way:
            return None
        return max(self._due_ms, self.waiting[0].at_ms)

    def take_due(self, at_ms: int) -> list[Delivery]:
        """The one delivery to make now; it is to be answered by :meth:`heard`."""
        self.drop_old(at_ms)
        due_ms = self.next_due_ms()
        if due_ms is None or due_ms > at_ms:
            return []
        self._is_on_its_way = True
        return [Delivery(self.waiting[0], self.intake.url, self.intake.secret, self._tries)]

    def heard(
        self,
        delivery: Delivery,
        heard: Heard,
        retries_s: tuple[float, ...],
        at_ms: int,
        *,
        again: bool = False,
    ) -> None:
        """Take note of how ``delivery`` went; ``again`` sends an update once more that was taken."""
        self._is_on_its_way = False
        is_meant = bool(self.waiting) and self.waiting[0] is delivery.update
        if not is_meant or self.intake.url != delivery.address:
            return
        if heard.is_taken:
            self._tries, self._due_ms = 0, at_ms
            if not again:
                self.confirm(delivery.update.update_id + 1)
            return
        self.last_error = (at_ms, _failure(heard))
        wait_s = retries_s[min(self._tries, len(retries_s) - 1)]
        self._tries += 1
        self._due_ms = at_ms + int(wait_s * 1000)


def _failure(heard: Heard) -> str:
    if heard.status:
        return f"Wrong response from the webhook: {heard.status}"
    return f"Connection failed: {heard.body}"
