"""STOP and START: who wants no more texts from a line, how they say so, and what they are answered.

A contact is not taken off by SMS: whoever is on call must be reachable, and people decide who is.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from pilotbridge.config.settings import RelayLine, Settings
from pilotbridge.lifecycle import State
from pilotbridge.model import Contact
from pilotbridge.outbox.operating import cancel
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs
from pilotbridge.store.views import SmsView

START_WORDS = ("start", "старт")
_WAITING = frozenset({State.QUEUED, State.HELD})
_OF_PEOPLE = ("person", "chat:", "away:")
"""How the origins begin of what a phone did not ask for."""


class Wish(StrEnum):
    """What a phone wants."""

    STOP = "stop"
    START = "start"


@dataclass(frozen=True, slots=True)
class Granted:
    """What became of a wish: the SMS that answers it ('' when none does) and what the room reads."""

    answer: str
    told: str
    reason: str


def read_wish(text: str, line: RelayLine) -> Wish | None:
    """STOP when the whole text is one of the line's words, START when it is one of ours."""
    word = folded(text)
    if not word:
        return None
    if word in {folded(each) for each in line.words}:
        return Wish.STOP
    return Wish.START if word in START_WORDS else None


def folded(text: str) -> str:
    """Without case, punctuation, accents of ``ё`` and spaces around."""
    kept = (char for char in text.casefold().replace("ё", "е") if unicodedata.category(char)[0] not in "PCS")
    return " ".join("".join(kept).split())


def opt_out(tx: WriteVerbs, line: str, phone: PhoneNumber, reason: str, now_ms: int) -> bool:
    """From now on nothing of the line goes to the phone that it did not ask for, also what waits already.

    False when it wanted none before.
    """
    if not tx.add_optout(line, phone, reason, now_ms):
        return False
    for view in list(tx.messages_viewed(phone)):
        if view.message.state in _WAITING and _is_unasked(tx, view, line):
            cancel(tx, view.message.id, by="an opt-out", now_ms=now_ms, why=reason)
    return True


def _is_unasked(read: ReadVerbs, view: SmsView, line: str) -> bool:
    """Whether people wrote it for this line, or for none; alerts, answers and shifts are others' business."""
    if not view.message.origin.startswith(_OF_PEOPLE):
        return False
    conversation = read.conversation(view.conversation) if view.conversation is not None else None
    return conversation is None or conversation.line == line


def grant(
    tx: WriteVerbs, wish: Wish, phone: PhoneNumber, line: RelayLine, text: str, now_ms: int
) -> Granted | None:
    """Do what the phone wants; None: there is nothing to undo."""
    is_russian = any("а" <= char <= "я" for char in text.casefold())
    if wish is Wish.STOP:
        is_new = opt_out(tx, line.name, phone, f"texted {folded(text)}", now_ms)
        told = f"{text}\nThey want no more texts: none goes to this phone until it texts START."
        answer = _stopped(line, russian=is_russian) if is_new else ""
        return Granted(answer, told, "opted out" if is_new else "had opted out before")
    if not tx.end_optout(line.name, phone, f"texted {folded(text)}", now_ms):
        return None
    answer = "Вы снова будете получать наши сообщения." if is_russian else "You will get our texts again."
    return Granted(answer, f"{text}\nThis phone may be texted again.", "opted in again")


def explain(contact: Contact, text: str, settings: Settings) -> Granted:
    """A contact stays a contact: who can take them off, and the room hears it."""
    admins = [each.name for each in settings.contacts.values() if each.role == "admin"]
    who = ", ".join(name for name in admins if name != contact.name) or "whoever runs PilotBridge"
    answer = f"You are on call, so nothing has changed. To be taken off ask {who}."
    told = f"{text}\n{contact.name} is a contact and stays on call; {who} can take them off."
    return Granted(answer, told, f"{contact.name} is a contact: nothing has changed")


def _stopped(line: RelayLine, *, russian: bool) -> str:
    to = f"{line.line.prefix} {'СТАРТ' if russian else 'START'}".strip()
    if russian:
        return f"Больше не пишем. Вернуть: {to} на +{line.line.number}"
    return f"You get no more texts from us. To undo text {to} to +{line.line.number}"
