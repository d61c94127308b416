"""Silences that tell people that they begin and end."""

from __future__ import annotations

from pilotbridge.model import SilenceId
from pilotbridge.store.connection import Statements
from pilotbridge.store.records import SilenceNotice
from pilotbridge.store.sql.rows import silence_from


class NoticeReads(Statements):
    __slots__ = ()

    def due_notices(self, now_ms: int) -> list[SilenceNotice]:
        rows = self.rows("due_notices", {"now": now_ms})
        return [SilenceNotice(silence_from(row[2:]), row[0], row[1]) for row in rows]

    def notice_of(self, silence: SilenceId) -> str:
        """The receiver that hears of it; empty when nobody does."""
        row = self.row("notice_of", (silence,))
        return row[0] if row else ""

    def next_notice_due(self) -> int | None:
        row = self.row("next_notice_due")
        return row[0] if row else None


class NoticeWrites(NoticeReads):
    __slots__ = ()

    def tell_of_silence(self, silence: SilenceId, receiver: str) -> None:
        """``receiver`` hears when it begins and when it ends."""
        self.run("tell_of_silence", (silence, receiver))

    def notice_told(self, silence: SilenceId, told: int) -> None:
        self.run("notice_told", (told, silence))
