"""Where bodies meet the journal: those that come while a commit is on its way share the next one.

Nobody hears yes before it. It owns the sharing; it refuses to know HTTP. Whoever takes bodies in is asked
first whether it keeps them as well. One wake-up of the loop per commit answers them all, and reads those that
came meanwhile. Whatever follows, up to the packet that leaves, is done for those of one commit together.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import msgspec

from pilotbridge.errors import Closed, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import AlertState, JournalId, Parsed
from pilotbridge.protocols import Arrived, Meter
from pilotbridge.store.protocol import Store, WriteVerbs
from pilotbridge.store.records import Body

GATHER_MS = 1
ENOUGH_ALERTS = 500
"""When bodies with so many have gathered they wait for no more: a turn costs little beside them."""
TAKEN_WITHIN_S = 0.02
"""So long bodies may be on offer; then they are kept before anybody looks at them."""
STUCK_AFTER_S = 0.5
"""When bodies that are being taken are not on disk by then, others wait for them no longer."""
RESTS_S = 0.01
"""So long at a time the loop may wait with bodies that are being taken, while others come."""

_log = get_logger(__name__)


def gathers_s(bodies: int) -> float:
    """How long (seconds) bodies gather for the next commit after one of so many.

    Not at all when one was all there was. Under load a commit, and all that follows from it, costs more for
    each one than a second body in it does.
    """
    if bodies <= 1:
        return 0.0
    return GATHER_MS / 1000


class Kept(msgspec.Struct, frozen=True):
    """A body's row. A repeat has the row, and the number of alerts, of the first one.

    ``says`` is what its source wants its sender to read beside.
    """

    id: JournalId
    is_new: bool
    alerts: int
    says: Mapping[str, Any] = msgspec.field(default_factory=dict)


class _Waiting(msgspec.Struct, frozen=True):
    body: Body
    parsed: Parsed
    answer: asyncio.Future[Kept]


class _Offered(msgspec.Struct, frozen=True, eq=False):
    """Bodies that whoever takes them in has been offered; ``over`` is set once that has an end."""

    together: list[_Waiting]
    taken: Future[list[JournalId] | None]
    timers: Sequence[asyncio.TimerHandle]
    over: threading.Event = msgspec.field(default_factory=threading.Event)


Takes = Callable[[Sequence[tuple[Body, Parsed]]], "Future[list[JournalId] | None] | None"]
"""Who may keep bodies and take them in by one transaction: their numbers once they are on disk, None when
they are to be kept first. It fails as the store does. Until it has begun the future can be cancelled."""


def takes_nothing(_bodies: Sequence[tuple[Body, Parsed]]) -> None:
    """All bodies are kept first."""


class JournalDoor:
    """Keeps bodies; used on one event loop."""

    def __init__(
        self,
        *,
        store: Store,
        meter: Meter,
        on_arrived: Callable[[Sequence[Arrived]], None],
        takes: Takes = takes_nothing,
        rests_s: float = RESTS_S,
    ) -> None:
        self._store = store
        self._meter = meter
        self._on_arrived = on_arrived
        self._takes = takes
        self._rests_s = rests_s
        self._turn: list[_Waiting] = []
        self._alerts = 0
        self._is_writing = False
        self._gathering: asyncio.TimerHandle | None = None
        self._in_hand: _Offered | None = None
        self._is_to_rest = False

    def keep(self, body: Body, parsed: Parsed) -> asyncio.Future[Kept]:
        """Put ``body`` into the journal; the future resolves once it is on disk.

        It fails with :class:`~pilotbridge.errors.StoreUnavailable` or ``Closed`` when it is not.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Kept] = loop.create_future()
        if not self._turn and not self._is_writing:
            loop.call_soon(self._write_turn, loop)
        self._turn.append(_Waiting(body, parsed, answer))
        self._alerts += body.alerts
        if self._in_hand is not None and not self._is_to_rest:
            self._is_to_rest = True
            loop.call_soon(self._rest)
        if self._gathering is not None and self._alerts >= ENOUGH_ALERTS:
            self._stop_gathering()
            loop.call_soon(self._write_turn, loop)
        return answer

    def _rest(self) -> None:
        """What comes while others are taken has to wait for them, and to wake for it costs more than it does.

        So the loop waits, too; then it reads all that has come, and answers those that are on disk.
        """
        self._is_to_rest = False
        if self._in_hand is not None:
            self._in_hand.over.wait(self._rests_s)

    def _stop_gathering(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None

    def _write_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write what has gathered; what comes from now on waits until that is on disk."""
        self._stop_gathering()
        turn, self._turn, self._alerts = self._turn, [], 0
        self._is_writing = bool(turn)
        if turn:
            self._offer(loop, turn)

    def _offer(self, loop: asyncio.AbstractEventLoop, together: list[_Waiting]) -> None:
        """Whoever takes bodies in may keep these at once, if it has nothing else to do."""
        try:
            taking = self._takes([(waiting.body, waiting.parsed) for waiting in together])
        except Exception:  # noqa: BLE001 - no sender goes unanswered for a shortcut
            _log.exception("bodies could not be offered")
            taking = None
        if taking is None:
            self._write(loop, together)
            return
        offered = self._in_hand = _Offered(
            together,
            taking,
            timers=(
                loop.call_later(TAKEN_WITHIN_S, taking.cancel),
                loop.call_later(STUCK_AFTER_S, self._go_on, loop),
            ),
        )

        def done(_: Future[list[JournalId] | None]) -> None:
            offered.over.set()
            loop.call_soon_threadsafe(self._taken, loop, offered)

        taking.add_done_callback(done)

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """What is in hand is stuck: nobody waits for it any longer."""
        self._in_hand = None
        self._write_turn(loop)

    def _taken(self, loop: asyncio.AbstractEventLoop, offered: _Offered) -> None:
        together, taken = offered.together, offered.taken
        if self._in_hand is offered:
            self._in_hand = None
        for timer in offered.timers:
            timer.cancel()
        error = None if taken.cancelled() else taken.exception()
        if isinstance(error, TryLater | Closed):
            self._gather(loop, len(together))
            _fail(together, error)
            return
        numbers = None if taken.cancelled() or error is not None else taken.result()
        if numbers is None:
            self._write(loop, together)
            return
        self._gather(loop, len(together))
        for waiting, number in zip(together, numbers, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(Kept(number, True, waiting.body.alerts))
        self._count(together)

    def _write(self, loop: asyncio.AbstractEventLoop, together: list[_Waiting]) -> None:
        writing = self._store.write(lambda tx: [_append(tx, waiting.body) for waiting in together])
        writing.add_done_callback(lambda done: loop.call_soon_threadsafe(self._settle, loop, together, done))

    def _settle(
        self, loop: asyncio.AbstractEventLoop, together: list[_Waiting], done: Future[list[Kept]]
    ) -> None:
        self._gather(loop, len(together))
        error = done.exception()
        if error is None:
            self._tell(together, done.result())
        elif len(together) == 1 or isinstance(error, TryLater | Closed):
            _fail(together, error)
        else:
            # One body that cannot be written must not cost its neighbours their answer.
            for waiting in together:
                self._write(loop, [waiting])

    def _gather(self, loop: asyncio.AbstractEventLoop, before: int) -> None:
        """``before`` bodies are on disk: the next ones gather, or are written."""
        wait_s = 0 if self._alerts >= ENOUGH_ALERTS else gathers_s(before)
        if wait_s and self._gathering is None:
            self._gathering = loop.call_later(wait_s, self._write_turn, loop)
        elif not wait_s:
            self._write_turn(loop)

    def _tell(self, together: list[_Waiting], rows: list[Kept]) -> None:
        for waiting, kept in zip(together, rows, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(kept)
        fresh = [(waiting, kept.id) for waiting, kept in zip(together, rows, strict=True) if kept.is_new]
        self._count([waiting for waiting, _ in fresh])
        if fresh:
            self._on_arrived([_arrived(waiting, journal_id) for waiting, journal_id in fresh])

    def _count(self, fresh: list[_Waiting]) -> None:
        found: dict[tuple[str, AlertState], int] = {}
        for waiting in fresh:
            source = waiting.body.incoming.source
            for alert in waiting.parsed.alerts:
                found[source, alert.state] = found.get((source, alert.state), 0) + 1
        for (source, state), amount in found.items():
            self._meter.count("alerts_accepted", amount, source=source, state=state)


def _fail(together: list[_Waiting], error: BaseException) -> None:
    for waiting in together:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)


def _append(tx: WriteVerbs, body: Body) -> Kept:
    journal_id, is_new = tx.append_journal(body)
    earlier = None if is_new else tx.journal_body(journal_id)
    return Kept(journal_id, is_new, earlier.alerts if earlier else body.alerts)


def _arrived(waiting: _Waiting, journal_id: JournalId) -> Arrived:
    incoming = waiting.body.incoming
    return Arrived(journal_id, incoming.source, incoming.received_at, waiting.parsed)
