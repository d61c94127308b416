"""Phones that want no more texts, per line."""

from __future__ import annotations

from pilotbridge.phone import PhoneNumber
from pilotbridge.store.chat_records import OptOut
from pilotbridge.store.connection import Statements
from pilotbridge.store.sql.rows import Row


class OptOutReads(Statements):
    __slots__ = ()

    def optouts_of(self, phone: PhoneNumber) -> list[OptOut]:
        """What a phone has opted out of, by line."""
        return [_optout(row) for row in self.rows("optouts_of", (phone.e164,))]

    def optouts_listed(self) -> list[OptOut]:
        """Every phone that wants no texts, oldest first."""
        return [_optout(row) for row in self.rows("optouts_listed")]


class OptOutWrites(OptOutReads):
    __slots__ = ()

    def add_optout(self, line: str, phone: PhoneNumber, reason: str, now_ms: int) -> bool:
        """False when it wanted none before."""
        row = self.row("add_optout", (line, phone.e164, now_ms, reason))
        if row is not None:
            self.run("add_event", ("optout", row[0], now_ms, "add", "", reason))
        return row is not None

    def end_optout(self, line: str, phone: PhoneNumber, reason: str, now_ms: int) -> bool:
        """False when there was none."""
        params = {"line": line, "phone": phone.e164, "reason": reason, "now": now_ms}
        row = self.row("end_optout", params)
        if row is not None:
            self.run("add_event", ("optout", row[0], now_ms, "end", "", reason))
        return row is not None


def _optout(row: Row) -> OptOut:
    return OptOut(row[0], row[1], PhoneNumber(row[2]), row[3], row[4])
