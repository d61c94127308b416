"""From the chat outbox to one chat: claim, submit, settle. The intent is on disk before the chat is asked.

One :class:`Posting` per chat, driven by one thread; one post at a time per room, so that order is kept, and
several rooms at once. It knows no wire and no SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass

from pilotbridge.chat import ChatConnector, ChatPost, ChatReceipt, RoomId
from pilotbridge.clock import Clock
from pilotbridge.errors import ReplyLost, TryLater
from pilotbridge.lifecycle import Event, State, advance, doubt_after
from pilotbridge.logs import get_logger
from pilotbridge.outbox.backoff import DOWN_AFTER_MS, Breaker
from pilotbridge.outbox.posts import healing
from pilotbridge.outbox.posts.complaints import ChatComplaints
from pilotbridge.outbox.posts.content import chat_post
from pilotbridge.outbox.posts.settling import OF_THE_CHAT, PROBE, Cure, Outcome, Settlement, settle
from pilotbridge.protocols import Meter, Rng, Troubles
from pilotbridge.store.chat_records import PostKind, PostMove, PostRow
from pilotbridge.store.protocol import ReadVerbs, Store, WriteVerbs
from pilotbridge.store.records import changed

ROOMS_AT_ONCE = 8
ENDS_WITHIN_S = 2.0
LEASE_MS = 120_000
"""A connector that has not answered by then never will, as far as the post is concerned."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Flight:
    """A post on its way: as it was claimed, and the chat's promise."""

    row: PostRow
    future: Future[ChatReceipt]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A post whose intent is on disk."""

    row: PostRow
    post: ChatPost


class Posting:
    """The worker ``posting-<chat>``."""

    def __init__(
        self,
        store: Store,
        connector: ChatConnector,
        *,
        rooms: Callable[[], Mapping[str, RoomId]],
        clock: Clock,
        rng: Rng,
        meter: Meter,
        troubles: Troubles,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._connector = connector
        self._clock = clock
        self._rng = rng
        self._meter = meter
        self._wake = wake
        self._complaints = ChatComplaints(connector.name, rooms, troubles)
        self._flights: dict[RoomId, Flight] = {}
        self._rests: dict[RoomId, int] = {}
        self._breaker = Breaker()

    @property
    def name(self) -> str:
        return f"posting-{self._connector.name}"

    @property
    def chat(self) -> str:
        return self._connector.name

    def turn(self) -> int | None:
        """Settle what the chat has answered, then hand it what goes next; returns when to come back."""
        self._settle_landed(self._clock.now_ms())
        now_ms = self._clock.now_ms()
        rows, waits_ms = self._gather(now_ms)
        if rows:
            claimed = self._store.write(lambda tx: self._claim_all(tx, rows, now_ms)).result()
            why = self._why_not(now_ms) if claimed else ""
            for each in claimed:
                self._submit(each, why)
            return now_ms
        return self._next_due(waits_ms, now_ms)

    def recover(self) -> int:
        """At start: what an earlier run was posting may be there; returns how many that were."""
        now_ms = self._clock.now_ms()
        lost = ReplyLost("the bridge stopped while it was being posted")

        def job(tx: WriteVerbs) -> int:
            rows = tx.posts_sending(self.chat)
            for row in rows:
                self._apply(tx, row, settle(row, lost, now_ms, self._rng), now_ms)
            return len(rows)

        count = self._store.write(job).result()
        self._complaints.look_at_rooms(self._store)
        return count

    def is_down(self, now_ms: int) -> bool:
        """Whether nobody can be reached by this chat just now."""
        return self._complaints.is_down(now_ms, DOWN_AFTER_MS)

    def room_moved(self, old: RoomId, new: RoomId) -> None:
        """The chat said so by itself, and it is on disk."""
        self._complaints.moved(old, new)

    def finish(self) -> None:
        """Before the store closes: what the chat answers soon goes to disk; the rest will be in doubt."""
        wait([flight.future for flight in self._flights.values()], ENDS_WITHIN_S)
        self._settle_landed(self._clock.now_ms())

    # -- what goes next --------------------------------------------------------------------------

    def _gather(self, now_ms: int) -> tuple[list[PostRow], list[int]]:
        """The next post of each room that may go now, and when rooms that may not have to be looked at."""
        with self._store.read() as read:
            heads = self._heads(read, now_ms)
        rows, waits_ms = [], []
        limit = self._breaker.packet_limit(now_ms, ROOMS_AT_ONCE - len(self._flights))
        if not limit and self._breaker.failures:
            waits_ms.append(self._breaker.probe_at_ms)
        for row in heads[:limit]:
            wait_s = self._connector.wait_s(row.room, row.lane)
            free_ms = max(now_ms + int(wait_s * 1000 + 0.999), self._rests.get(row.room, 0))
            if free_ms > now_ms:
                waits_ms.append(free_ms)
            else:
                rows.append(row)
        return rows, waits_ms

    def _heads(self, read: ReadVerbs, now_ms: int) -> list[PostRow]:
        rooms = [room for room in read.pending_rooms(self.chat) if room not in self._flights]
        is_failing = bool(self._breaker.failures)
        found = (read.next_post(self.chat, room, now_ms, is_failing=is_failing) for room in rooms)
        return sorted((row for row in found if row is not None), key=_by_failures if is_failing else _by_age)

    def _claim_all(self, tx: WriteVerbs, rows: list[PostRow], now_ms: int) -> list[Claimed]:
        found = (self._claim(tx, row, now_ms) for row in rows)
        return [claimed for claimed in found if claimed is not None]

    def _claim(self, tx: WriteVerbs, row: PostRow, now_ms: int) -> Claimed | None:
        """The intent, or what has to happen first."""
        fact = tx.room_fact(self.chat, row.room)
        if fact.gone and row.state is State.QUEUED and row.cause != PROBE:
            healing.hold_room(tx, row, fact.gone, now_ms)
            return None
        conversation = tx.conversation(row.conversation) if row.conversation else None
        if conversation and healing.needs_thread(tx, row, conversation, now_ms):
            if fact.threadless:
                tx.set_room_threadless(self.chat, row.room, "", now_ms)
            healing.thread_first(tx, row, conversation, now_ms)
            return None
        aimed = self._aimed(tx, row, now_ms)
        if aimed is None or not self._take(tx, aimed, now_ms):
            return None
        sending = changed(
            aimed, state=State.SENDING, attempts=aimed.attempts + 1, revision=aimed.revision + 1
        )
        return Claimed(sending, chat_post(sending, healing.place_of(row, conversation)))

    def _take(self, tx: WriteVerbs, row: PostRow, now_ms: int) -> bool:
        reason = "its turn" if row.in_doubt_since_ms is None else "repeated in doubt, with its mark"
        claim = PostMove(
            row.id, row.revision, row.state, Event.CLAIM, reason, now_ms + LEASE_MS,
            in_doubt_since_ms=row.in_doubt_since_ms,
        )  # fmt: skip
        return tx.move_post(claim, now_ms)

    def _aimed(self, tx: WriteVerbs, row: PostRow, now_ms: int) -> PostRow | None:
        """An edit knows what it edits; one of a post that never came to be is cancelled."""
        if row.kind is not PostKind.EDIT or row.target or row.of_post is None:
            return row
        edited = tx.post(row.of_post)
        if edited is not None and edited.message:
            tx.aim_post(row.id, edited.message)
            return changed(row, target=edited.message)
        reason = "the post that it edits is not in the chat"
        tx.move_post(PostMove(row.id, row.revision, row.state, Event.CANCEL, reason), now_ms)
        return None

    def _next_due(self, waits_ms: list[int], now_ms: int) -> int | None:
        with self._store.read() as read:
            due_ms = read.next_post_due(self.chat, now_ms)
        return min([*waits_ms, *([due_ms] if due_ms is not None else [])], default=None)

    # -- the chat --------------------------------------------------------------------------------

    def _why_not(self, claimed_at_ms: int) -> str:
        """Why what was claimed may not go any more: this process was stopped since. Empty: it may."""
        if self._clock.now_ms() - claimed_at_ms >= LEASE_MS:
            return "not posted: the bridge was stopped until the lease had run out"
        try:
            with self._store.read() as read:
                is_ours = read.epoch() == self._store.epoch
        except TryLater as error:
            return f"not posted: {error.reason}"
        return "" if is_ours else "not posted: another PilotBridge has taken this database over"

    def _submit(self, claimed: Claimed, why_not: str) -> None:
        future = _failed(TryLater(why_not, counts=False)) if why_not else self._submitted(claimed.post)
        self._flights[claimed.row.room] = Flight(claimed.row, future)
        future.add_done_callback(lambda _: self._wake())

    def _submitted(self, post: ChatPost) -> Future[ChatReceipt]:
        try:
            return self._connector.submit(post)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other rooms go on
            return _failed(ReplyLost(f"the chat's plugin failed: {type(error).__name__}: {error}"))

    # -- what the chat answered ------------------------------------------------------------------

    def _settle_landed(self, now_ms: int) -> None:
        """One transaction for all that was answered, for leases that ran out, and for rooms to try again."""
        landed = [flight for flight in self._flights.values() if flight.future.done()]
        settlements = [
            (flight.row, settle(flight.row, _outcome(flight.future), now_ms, self._rng)) for flight in landed
        ]
        with self._store.read() as read:
            flying = {flight.row.id for flight in landed}
            expired = [
                row
                for row in read.posts_sending(self.chat)
                if (row.due_at_ms or 0) <= now_ms and row.id not in flying
            ]
            probing = bool(read.gone_rooms(self.chat, now_ms))
        lost = ReplyLost(f"the chat has not answered within {LEASE_MS // 1000} s")
        settlements += [(row, settle(row, lost, now_ms, self._rng)) for row in expired]
        if settlements or probing:
            self._store.write(lambda tx: self._settle_all(tx, settlements, now_ms)).result()
        for row, settlement in settlements:
            self._flights.pop(row.room, None)
            self._learn(row, settlement, now_ms)

    def _settle_all(self, tx: WriteVerbs, settlements: list[tuple[PostRow, Settlement]], now_ms: int) -> None:
        for row, settlement in settlements:
            self._apply(tx, row, settlement, now_ms)
        healing.release_probes(tx, self.chat, now_ms)
        if self._complaints.is_failing and any(settlement.answered for _, settlement in settlements):
            tx.hasten_posts(self.chat, OF_THE_CHAT, now_ms)

    def _apply(self, tx: WriteVerbs, row: PostRow, settlement: Settlement, now_ms: int) -> None:
        """Its moves, each from where the one before led; nothing when somebody else has moved it."""
        state, revision, doubt_ms = row.state, row.revision, row.in_doubt_since_ms
        for step in settlement.steps:
            if step.event is Event.LOSE and doubt_ms is None:
                doubt_ms = now_ms
            move = PostMove(
                row.id, revision, state, step.event, step.reason, step.due_ms, step.cause, doubt_ms, step.sets
            )
            if not tx.move_post(move, now_ms):
                return
            is_doubted = doubt_ms is not None
            state = advance(state, step.event, reason=step.reason, doubt=is_doubted)
            doubt_ms = doubt_ms if doubt_after(step.event, doubt=is_doubted) else None
            revision += 1
        healing.mend(tx, row, settlement, now_ms)
        healing.done(tx, row, settlement, now_ms)

    def _learn(self, row: PostRow, settlement: Settlement, now_ms: int) -> None:
        """What an answer says of the chat and of the room, for people and for the next posts."""
        self._meter.count("post_attempts", chat=self.chat, outcome=settlement.outcome)
        self._breaker = self._judged(settlement, now_ms)
        if settlement.rests_ms:
            self._rests[row.room] = now_ms + settlement.rests_ms
        reason = settlement.steps[0].reason
        self._complaints.tell(row.room, settlement, reason, now_ms)
        if settlement.cure is not Cure.NOTHING:
            log.warning("a chat post met an obstacle", chat=self.chat, post=row.id, met=settlement.cure.value)

    def _judged(self, settlement: Settlement, now_ms: int) -> Breaker:
        """A chat that does not answer is asked one thing at a time, later and later."""
        if settlement.answered:
            return Breaker()
        if settlement.outcome == "lost" and not self._breaker.failures:
            return self._breaker.lost(now_ms)
        return self._breaker.failed(now_ms, self._rng)


def _outcome(future: Future[ChatReceipt]) -> Outcome:
    if future.cancelled():
        return ReplyLost("the chat's plugin gave it up")
    return future.exception() or future.result()


def _failed(error: Exception) -> Future[ChatReceipt]:
    future: Future[ChatReceipt] = Future()
    future.set_exception(error)
    return future


def _by_age(row: PostRow) -> tuple[int, ...]:
    return row.lane, row.id


def _by_failures(row: PostRow) -> tuple[int, ...]:
    return row.lane, row.failures + row.doubt_tries, row.id
