"""Who in a chat is which contact, and the codes that say so."""

from __future__ import annotations

from pilotbridge.chat import PersonId
from pilotbridge.store.chat_records import Enrolment
from pilotbridge.store.connection import Statements


class PeopleReads(Statements):
    __slots__ = ()

    def enrolment(self, chat: str, person: PersonId) -> Enrolment | None:
        """Who a person in a chat is, by a code they were given."""
        row = self.row("get_enrolment", (chat, person))
        return None if row is None else Enrolment(*row)

    def enrolments_of(self, contact: str) -> list[Enrolment]:
        """Who a contact is in chats, newest first."""
        return [Enrolment(*row) for row in self.rows("enrolments_of", (contact,))]


class PeopleWrites(PeopleReads):
    __slots__ = ()

    def put_enrolment(self, enrolment: Enrolment) -> None:
        """This person is this contact from now on, whoever they were before."""
        made = enrolment
        self.run("put_enrolment", (made.chat, made.person, made.contact, made.at_ms))

    def put_link_code(self, digest: bytes, contact: str, *, by: str, now_ms: int, expires_at_ms: int) -> None:
        """A code for ``contact``; an earlier one that nobody used ends by it."""
        self.run("end_link_codes", (contact,))
        self.run("put_link_code", (digest, contact, by, now_ms, expires_at_ms))

    def use_link_code(self, digest: bytes, now_ms: int) -> str | None:
        """Whose code that is, once; None when there is none that counts."""
        row = self.row("use_link_code", {"digest": digest, "now": now_ms})
        return None if row is None else row[0]
