"""Phones that want no more texts, per line; also those whose number is forgotten, by its digest."""

from __future__ import annotations

import hashlib
import hmac

from pilotbridge.phone import PhoneNumber
from pilotbridge.store.chat_records import OptOut
from pilotbridge.store.connection import Statements

SALT = "optout_salt"
"""The fact of the database that digests are made with; it is there once a number was forgotten."""


class OptOutReads(Statements):
    __slots__ = ()

    def optouts_of(self, phone: PhoneNumber) -> list[OptOut]:
        """What a phone has opted out of, by line."""
        rows = self.rows("optouts_of", (phone.e164, self._digest(phone)))
        return [OptOut(row[0], row[1], phone, row[3], row[4]) for row in rows]

    def optouts_listed(self) -> list[OptOut]:
        """Every phone that wants no texts, oldest first."""
        rows = self.rows("optouts_listed")
        return [OptOut(row[0], row[1], _known(row[2]), row[3], row[4]) for row in rows]

    def _digest(self, phone: PhoneNumber) -> str:
        """What stands in place of this number once it is forgotten."""
        salt = self.row("get_meta", (SALT,))
        return digest_of(phone, salt[0]) if salt else phone.e164


class OptOutWrites(OptOutReads):
    __slots__ = ()

    def add_optout(self, line: str, phone: PhoneNumber, reason: str, now_ms: int) -> bool:
        """False when it wanted none before."""
        if any(each.line == line for each in self.optouts_of(phone)):
            return False
        row = self.row("add_optout", (line, phone.e164, now_ms, reason))
        if row is not None:
            self.run("add_event", ("optout", row[0], now_ms, "add", "", reason))
        return row is not None

    def end_optout(self, line: str, phone: PhoneNumber, reason: str, now_ms: int) -> bool:
        """False when there was none."""
        params = {
            "line": line,
            "phone": phone.e164,
            "digest": self._digest(phone),
            "reason": reason,
            "now": now_ms,
        }
        row = self.row("end_optout", params)
        if row is not None:
            self.run("add_event", ("optout", row[0], now_ms, "end", "", reason))
        return row is not None


def digest_of(phone: PhoneNumber, salt: str) -> str:
    """A number that can be recognised and not read: SHA-256 with the salt of the database as key.

    Whoever has the database can still try every number that there is.
    """
    return hmac.new(salt.encode(), phone.e164.encode(), hashlib.sha256).hexdigest()


def _known(written: str) -> PhoneNumber | None:
    return PhoneNumber(written) if written.startswith("+") else None
