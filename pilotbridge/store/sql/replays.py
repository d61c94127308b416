"""What a replay plays: bodies as they came, and what people took."""

from __future__ import annotations

from collections.abc import Iterator

from pilotbridge.model import Fingerprint, Message
from pilotbridge.store.connection import Statements
from pilotbridge.store.records import Body, Taking
from pilotbridge.store.sql.rows import body_from, message_from

PAGE = 500


class ReplayReads(Statements):
    __slots__ = ()

    def bodies_since(self, since_ms: int) -> Iterator[Body]:
        """Those that came since then, oldest first, never all of them in memory."""
        after = 0
        while page := list(self.rows("bodies_after", {"since": since_ms, "after": after, "limit": PAGE})):
            yield from (body_from(row) for row in page)
            after = page[-1][0]

    def count_bodies(self, since_ms: int) -> tuple[int, int]:
        """How many came since then, and their alerts."""
        row = self.row("count_bodies", (since_ms,))
        assert row
        return row[0], row[1]

    def last_happening(self) -> int | None:
        """When the bridge last wrote anything down (ms)."""
        row = self.row("last_happening")
        return row[0] if row else None

    def takings(self, since_ms: int) -> list[Taking]:
        """What people took since then, in order."""
        rows = self.rows("takings", (since_ms,))
        return [Taking(row[0], row[1].removeprefix("by "), Fingerprint(row[2])) for row in rows]

    def ran_out(self, since_ms: int) -> dict[tuple[Fingerprint, int], int]:
        """When alerts ended by themselves since then (ms), by what identifies them and their start (ms)."""
        return {(Fingerprint(row[0]), row[1]): row[2] for row in self.rows("ran_out", (since_ms,))}

    def alert_messages(self, since_ms: int) -> Iterator[Message]:
        """SMS about alerts made since then, oldest first, never all of them in memory."""
        return map(message_from, self.rows("alert_messages", (since_ms,)))

    def count_incidents(self) -> int:
        """How many incidents there are."""
        row = self.row("count_incidents")
        assert row
        return int(row[0])
