"""What an operator can have done of the relay: answer people, tie them to contacts, heed what they want.

Each verb is one transaction and returns the fact as it stands after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pilotbridge.clock import Clock, from_ms
from pilotbridge.config.settings import Settings
from pilotbridge.desk import shown, shown_relay
from pilotbridge.desk.looks import conversation_named, is_number, line_called, optout_fact, phone_named, post
from pilotbridge.errors import NotAllowed, NotFound
from pilotbridge.model import MessageId
from pilotbridge.outbox.posts.operating import cancel_post, retry_post
from pilotbridge.phone import PhoneNumber
from pilotbridge.relay.answering import Answer, answer
from pilotbridge.relay.closing import close
from pilotbridge.relay.enrolment import CODE_LASTS, offer_code
from pilotbridge.relay.optouts import opt_out
from pilotbridge.relay.texting import Desk as Relay
from pilotbridge.store.chat_records import OptOut, PostId
from pilotbridge.store.protocol import WriteVerbs

Fact = dict[str, Any]
T = TypeVar("T")


class PeopleDesk:
    """A part of the desk. ``done`` carries a job out in one transaction; ``new_id`` nobody can guess."""

    def __init__(
        self,
        done: Callable[[Callable[[WriteVerbs], Any]], Any],
        relay: Relay,
        *,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._done = done
        self._relay = relay
        self._clock = clock
        self._new_id = new_id

    @property
    def _settings(self) -> Settings:
        return self._relay.settings()

    # -- conversations ---------------------------------------------------------------------------

    def reply(self, name: str, wanted: Answer, *, once: str = "") -> Fact:
        """Write an SMS in the conversation of that number or phone.

        :raises NotFound: when there is no such conversation.
        :raises NotAllowed: when a text from the chat would be refused or asked about.
        """

        def job(tx: WriteVerbs) -> Fact:
            now_ms = self._clock.now_ms()
            here = conversation_named(tx, name, self._settings).conversation
            earlier = tx.answered_once("reply", once) if once else None
            sms = MessageId(int(earlier)) if earlier else answer(tx, here, wanted, self._relay, now_ms)
            if once and not earlier:
                tx.answer_once("reply", once, str(sms), now_ms)
            message = tx.message(sms)
            if message is None:
                raise NotFound(f"message {sms}, which answered this, is forgotten already")
            return shown.message(message) | {"conversation": here.id}

        return dict(self._done(job))

    def close(self, name: str, *, by: str) -> Fact:
        """Nobody waits in this conversation any more; its topic is closed too.

        :raises NotFound: when there is no such conversation.
        :raises NotAllowed: when it is closed already.
        """

        def job(tx: WriteVerbs) -> Fact:
            here = conversation_named(tx, name, self._settings).conversation
            if not close(tx, here, self._settings, by=by, now_ms=self._clock.now_ms()):
                raise NotAllowed(f"conversation {here.id} is closed already")
            after = conversation_named(tx, str(here.id), self._settings)
            return shown_relay.conversation(after, shown_relay.room_names(tx, self._settings), self._settings)

        return dict(self._done(job))

    # -- posts -----------------------------------------------------------------------------------

    def retry_post(self, post_id: int, *, by: str) -> Fact:
        """Let a post go that is held or parked."""
        return self._on_post(post_id, retry_post, by)

    def cancel_post(self, post_id: int, *, by: str) -> Fact:
        """It will not be posted."""
        return self._on_post(post_id, cancel_post, by)

    def _on_post(self, post_id: int, verb: Callable[..., PostId], by: str) -> Fact:
        def job(tx: WriteVerbs) -> Fact:
            verb(tx, PostId(post_id), by=by, now_ms=self._clock.now_ms())
            return post(tx, post_id, self._settings)

        return dict(self._done(job))

    # -- who is who ------------------------------------------------------------------------------

    def link(self, name: str, *, by: str) -> Fact:
        """A code that ties whoever sends it to the contact ``name``, once and not for long.

        :raises NotFound: when there is no such contact.
        :raises NotAllowed: when there is no chat to send it in.
        """
        settings = self._settings
        contact = settings.contacts.get(name)
        if contact is None:
            names = ", ".join(settings.contacts) or "none"
            raise NotFound(f"there is no contact {name!r}; the configuration has: {names}")
        if not settings.chats:
            raise NotAllowed("no chat is configured, so nobody could send the code; add chats: first")
        code = "".join(char for char in self._new_id() if char.isalnum())
        expires_ms = self._done(lambda tx: offer_code(tx, contact, code, by=by, now_ms=self._clock.now_ms()))
        return {
            "contact": name,
            "code": code,
            "send": f"/link {code}",
            "expires_at": from_ms(expires_ms),
            "lasts_s": int(CODE_LASTS.total_seconds()),
        }

    # -- who wants no more texts -----------------------------------------------------------------

    def add_optout(self, phone: str, *, line: str, reason: str, by: str) -> Fact:
        """``phone`` gets no more texts of ``line``, of any line when none is named.

        :raises NotFound: when there is no such phone or line.
        """
        number, why = self._phone(phone), f"{by}: {reason}" if reason else f"{by} wrote it down"

        def job(tx: WriteVerbs) -> Fact:
            added = [
                name for name in self._lines(line) if opt_out(tx, name, number, why, self._clock.now_ms())
            ]
            return _optouts(number, added, tx.optouts_of(number))

        return dict(self._done(job))

    def end_optout(self, phone: str, *, line: str, reason: str, by: str) -> Fact:
        """``phone`` may be texted again by ``line``, or by every line.

        :raises NotFound: when it had opted out of none of them.
        """
        number, why = self._phone(phone), f"{by}: {reason}" if reason else f"{by} lifted it"

        def job(tx: WriteVerbs) -> Fact:
            stood = [each.line for each in tx.optouts_of(number) if not line or each.line == line]
            if not stood:
                of_what = f"the line {line}" if line else "any line"
                raise NotFound(f"{number} has not opted out of {of_what}; see contacts optouts list")
            for name in stood:
                tx.end_optout(name, number, why, self._clock.now_ms())
            return _optouts(number, stood, tx.optouts_of(number))

        return dict(self._done(job))

    def _phone(self, name: str) -> PhoneNumber:
        """A phone, a contact, or the number of a conversation."""

        def job(tx: WriteVerbs) -> PhoneNumber:
            found = conversation_named(tx, name, self._settings).conversation.phone
            if found is None:
                raise NotAllowed(f"nobody can text to conversation {name}: its sender is no phone")
            return found

        return self._done(job) if is_number(name) else phone_named(name, self._settings)

    def _lines(self, line: str) -> list[str]:
        if line:
            return [line_called(line, self._settings).name]
        if not self._settings.lines:
            raise NotAllowed("there are no lines in the configuration, so there is nothing to opt out of")
        return [each.name for each in self._settings.lines]


def _optouts(phone: PhoneNumber, changed: list[str], stands: list[OptOut]) -> Fact:
    return {
        "phone": str(phone),
        "changed": changed,
        "stands": [optout_fact(each) for each in stands],
    }
