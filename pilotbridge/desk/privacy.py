"""What is kept about one number, shown whole or forgotten, on the wish of whoever has it.

What is forgotten goes in small transactions, one a call, so that alerts never wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from pilotbridge.clock import Clock, from_ms
from pilotbridge.config.settings import Settings
from pilotbridge.desk import shown, shown_relay
from pilotbridge.desk.looks import phone_named
from pilotbridge.errors import NotAllowed
from pilotbridge.logs import get_logger
from pilotbridge.phone import PhoneNumber
from pilotbridge.relay.rooms import contact_with
from pilotbridge.store.protocol import ReadVerbs, Store, WriteVerbs
from pilotbridge.store.views import Kept, Mentions, Unfinished

Fact = dict[str, Any]
CHUNK = 500
NAMED_MAX = 20

log = get_logger(__name__)


class PrivacyDesk:
    """A part of the desk. ``new_id`` makes a salt that nobody can guess."""

    def __init__(
        self,
        store: Store,
        *,
        settings: Callable[[], Settings],
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._new_id = new_id

    def export(self, name: str) -> Fact:
        """Everything that is kept about a number, with the number itself.

        :raises NotFound: when that is no phone.
        """
        with self._store.read() as read:
            return export(read, name, self._settings())

    def forget(self, name: str, *, by: str) -> Fact:
        """Forget one portion of what is finished; asked again until ``left`` is 0.

        :raises NotFound: when that is no phone.
        :raises NotAllowed: when something is still to happen with it.
        """
        phone = phone_named(name, self._settings())

        def job(tx: WriteVerbs) -> tuple[Kept, Kept]:
            unfinished = tx.unfinished_of(phone)
            if unfinished:
                raise NotAllowed(_why_not(phone, unfinished))
            gone = tx.forget_some(phone, CHUNK, self._new_id())
            left = tx.kept_of(phone)
            if total(gone) and not total(left):
                reason = f"{by} had a number forgotten"
                tx.add_event("privacy", 0, self._clock.now_ms(), "forget", reason=reason)
            return gone, left

        gone, left = self._store.write(job).result()
        if total(gone) and not total(left):
            log.info("a number was forgotten", by=by)
        return {
            "phone": str(phone),
            "forgotten": asdict(gone),
            "left": total(left),
            "stays": [] if total(left) else self._stays(phone),
        }

    def _stays(self, phone: PhoneNumber) -> list[str]:
        """What a verb cannot take back, in sentences."""
        with self._store.read() as read:
            mentions, optouts = read.mentions_of(phone), read.optouts_of(phone)
        settings = self._settings()
        contact = contact_with(phone.e164, settings)
        told = _of_bodies(mentions, settings, self._clock.utc_now())
        if contact is not None:
            told.append(f"the configuration names it as {contact.name}'s; remove it there")
        if optouts:
            lines = ", ".join(each.line for each in optouts)
            told.append(f"its opt-out ({lines}) is kept as a digest, so that it is still heeded")
        if settings.chats:
            told.append("what was posted stays in the chat; delete the topic there")
        told.append(
            "copies of the database, made before, still have it; the log of a running bridge (-wal) has it "
            "until that is written over"
        )
        return told


def total(kept: Kept) -> int:
    return sum(asdict(kept).values())


def _why_not(phone: PhoneNumber, unfinished: Sequence[Unfinished]) -> str:
    words = {"message": "message ", "inbound": "inbound SMS ", "post": "post p"}
    listed = [f"{words[each.kind]}{each.id} ({each.state})" for each in unfinished[:NAMED_MAX]]
    names = ", ".join(listed)
    more = f" and {len(unfinished) - NAMED_MAX} more" if len(unfinished) > NAMED_MAX else ""
    return (
        f"something is still to happen with {phone}: {names}{more}; wait for its end, or end it by "
        "pilotbridge messages cancel or resolve"
    )


def _of_bodies(mentions: Mentions, settings: Settings, now: datetime) -> list[str]:
    """Bodies go by their age, and say when the last of them will have gone."""
    by = f"{now + settings.privacy.journal:%Y-%m-%d}"
    told = []
    if mentions.journal:
        told.append(
            f"{mentions.journal} bodies of monitoring hold it; they go by {by} (privacy.journal), and what "
            "alerts say of it with the alerts (privacy.texts)"
        )
    if mentions.chat_updates:
        told.append(f"{mentions.chat_updates} chat updates hold it; they go by {by} (privacy.journal)")
    if mentions.plugin_values:
        told.append(f"{mentions.plugin_values} values of plugins hold it; ask whoever wrote the plugin")
    return told


# --- everything, for whoever it is about ------------------------------------------------------------


def export(read: ReadVerbs, name: str, settings: Settings) -> Fact:
    """Everything about the phone called ``name``, oldest first, with the number itself.

    :raises NotFound: when that is no phone.
    """
    phone = phone_named(name, settings)
    contact = contact_with(phone.e164, settings)
    return {
        "phone": phone.e164,
        "contact": contact.name if contact else None,
        "messages": _messages(read, phone),
        "inbound": _inbound(read, phone),
        "conversations": _conversations(read, phone, settings),
        "posts": _posts(read, phone, settings),
        "optouts": [
            {
                "line": each.line,
                "since": from_ms(each.since_ms),
                "reason": each.reason,
                "ended_at": from_ms(each.ended_at_ms) if each.ended_at_ms else None,
                "ended": each.ended or None,
            }
            for each in read.optouts_ever_of(phone)
        ],
        "plugin_values": [asdict(each) for each in read.plugin_values_of(phone)],
        "mentions": asdict(read.mentions_of(phone)),
    }


def _messages(read: ReadVerbs, phone: PhoneNumber) -> list[Fact]:
    views = sorted(read.messages_viewed(phone), key=lambda view: view.message.id)
    return [
        {
            **shown.message(view.message),
            "to": phone.e164,
            "conversation": view.conversation,
            "written_by": view.person or None,
            "attempt_list": [shown.attempt(each) for each in read.attempts_of(view.message.id)],
            "history": [shown.happening(each) for each in read.events_of("message", view.message.id)],
        }
        for view in views
    ]


def _inbound(read: ReadVerbs, phone: PhoneNumber) -> list[Fact]:
    views = sorted(read.inbound_viewed(sender=phone.digits), key=lambda view: view.sms.id)
    return [
        {**shown.inbound(view.sms), "from": phone.e164, "conversation": view.conversation} for view in views
    ]


def _conversations(read: ReadVerbs, phone: PhoneNumber, settings: Settings) -> list[Fact]:
    rooms = shown_relay.room_names(read, settings)
    views = read.conversations_viewed(party=phone.e164, limit=1_000_000)
    return [
        {
            **shown_relay.conversation(view, rooms, settings),
            "phone": phone.e164,
            "title": view.conversation.title,
        }
        for view in views
    ]


def _posts(read: ReadVerbs, phone: PhoneNumber, settings: Settings) -> list[Fact]:
    rooms = shown_relay.room_names(read, settings)
    return [
        {
            **shown_relay.post(row, rooms),
            "history": [shown.happening(each) for each in read.events_of("post", row.id)],
        }
        for row in read.posts_of_phone(phone)
    ]
