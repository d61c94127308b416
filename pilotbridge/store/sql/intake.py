"""The journal: bodies as they came, those that still wait, and those that were turned away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotbridge.clock import to_ms
from pilotbridge.model import JournalId
from pilotbridge.store.connection import Statements
from pilotbridge.store.records import Body, Refusal
from pilotbridge.store.sql.rows import body_from, labels_json


class IntakeReads(Statements):
    __slots__ = ()

    def waiting_bodies(self, alerts: int) -> tuple[list[Body], bool]:
        """The oldest bodies not yet taken in, of about so many ``alerts``; and whether those are all."""
        found: list[Body] = []
        for row in self.rows("waiting_bodies"):
            if alerts <= 0:
                return found, False
            found.append(body_from(row))
            alerts -= max(found[-1].alerts, 1)
        return found, True

    def still_waiting(self, journal_ids: Sequence[JournalId]) -> set[JournalId]:
        """Those of ``journal_ids`` that are not taken in yet."""
        return {JournalId(row[0]) for row in self.rows_in("still_waiting", journal_ids)}

    def oldest_waiting(self) -> JournalId | None:
        row = self.row("oldest_waiting")
        return None if row is None else row[0]

    def last_journal_number(self) -> int:
        row = self.row("last_journal_id")
        return int(row[0] or 0) if row else 0

    def count_waiting(self) -> int:
        row = self.row("count_waiting")
        assert row
        return int(row[0])

    def journal_body(self, journal_id: JournalId) -> Body | None:
        row = self.row("journal_body", (journal_id,))
        return None if row is None else body_from(row)

    def refusals(self, since_ms: int, limit: int = 100) -> list[Refusal]:
        return [Refusal(*row) for row in self.rows("refusals", (since_ms, limit))]


class IntakeWrites(IntakeReads):
    __slots__ = ()

    def append_journal(self, body: Body, *, waits: bool = True) -> tuple[JournalId, bool]:
        """Keep ``body``; return its number and whether it is new (a known ``once`` is not).

        It ``waits`` to be taken in, unless that is done by the same transaction.
        """
        incoming = body.incoming
        if body.once is not None:
            known = self.row("journal_once", (incoming.source, body.once))
            if known is not None:
                return JournalId(known[0]), False
        number = self.new_number("last_journal_id")
        params = (
            number,
            incoming.source,
            to_ms(incoming.received_at),
            labels_json(incoming.headers),
            labels_json(incoming.query),
            incoming.body,
            body.alerts,
            body.once,
        )
        self.later("append_journal", params)
        if waits:
            self.later("await_intake", (number,))
        return JournalId(number), True

    def mark_repeats(self, journal_ids: Iterable[JournalId]) -> None:
        """These bodies brought no news."""
        self.later("mark_repeat", *((journal_id,) for journal_id in journal_ids))

    def taken_in(self, journal_ids: Sequence[JournalId]) -> None:
        self.run_many("taken_in", ((journal_id,) for journal_id in journal_ids))

    def add_refusal(self, refusal: Refusal) -> None:
        params = (
            refusal.at_ms,
            refusal.source,
            refusal.status,
            refusal.code,
            refusal.message,
            refusal.place,
            refusal.head,
        )
        self.run("add_refusal", params)
