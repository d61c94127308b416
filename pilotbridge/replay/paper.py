"""A gateway that takes and delivers everything and sends nothing, and the sender that needs no wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from pilotbridge.clock import Instant
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import InboundSms, MessageId
from pilotbridge.outbox import sweeping
from pilotbridge.outbox.claiming import Claimed, claim
from pilotbridge.outbox.dispatch import Dispatch
from pilotbridge.outbox.settling import settle
from pilotbridge.outbox.turn import Turn
from pilotbridge.protocols import Accepted, Account, OutgoingSms, Receipt, StatusReport, Submitted
from pilotbridge.store.protocol import WriteVerbs
from pilotbridge.store.records import Move

ENOUGH_RUB = Decimal(1_000_000)


class PaperGateway:
    """One account of it. It is never asked: :class:`PaperDispatch` knows what it would say."""

    max_packet = 500

    def __init__(self, name: str) -> None:
        self.name = name

    def submit(self, packet: Sequence[OutgoingSms]) -> Submitted:
        return Submitted({sms.client_id: Accepted(Receipt(str(sms.client_id))) for sms in packet})

    def check(self, server_ids: Sequence[str]) -> list[StatusReport]:  # noqa: ARG002 - nothing is left to ask
        return []

    def fetch_inbound(self, since: datetime | None) -> list[InboundSms]:  # noqa: ARG002 - nobody writes
        return []

    def balance_rub(self) -> Decimal:
        return ENOUGH_RUB

    def account(self) -> Account:
        return Account(ENOUGH_RUB, (), "", any_sender=True, extra={})

    def close(self) -> None:
        """There is nothing to close."""


class PaperDispatch(Dispatch):
    """Every SMS that may go is delivered the moment it goes, in one transaction.

    What may not go yet (a cap, quiet hours, an equal text) waits by the very rules of a real sender.
    """

    def turn(self) -> int | None:
        """Deliver what is due; returns when to come back (ms UTC)."""
        now = self._clock.now()
        moved, due_ms = self._store.write(lambda tx: self._all_due(tx, now)).result()
        if moved:
            self._on_settled(moved)
        return due_ms

    def _all_due(self, tx: WriteVerbs, now: Instant) -> tuple[Sequence[MessageId], int | None]:
        turn = self._turn(tx, now)
        turn.look()
        more = sweeping.look_at_held(turn)
        while _is_due(turn):
            claimed, moved_aside = claim(turn)
            if claimed is not None:
                _deliver(turn, claimed)
            elif not moved_aside:
                break
        return tuple(dict.fromkeys(turn.moved)), now.utc_ms if more else self._next_due(turn)


def _is_due(turn: Turn) -> bool:
    due_ms = turn.tx.next_queued_due(turn.gateway)
    return due_ms is not None and due_ms <= turn.now_ms


def _deliver(turn: Turn, claimed: Claimed) -> None:
    taken = [(row, Accepted(Receipt(str(row.id), parts=row.parts))) for row in claimed.rows]
    started, terms, rng = claimed.started, turn.terms, turn.sender.rng
    turn.settle([settle(row, accepted, started, turn.now, terms, rng) for row, accepted in taken])
    turn.moves(
        [Move(row.id, row.revision + 1, State.ACCEPTED, Event.CONFIRM, "delivered") for row in claimed.rows]
    )
