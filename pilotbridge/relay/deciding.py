"""What becomes of something that a person wrote in a chat: decided from facts alone.

Strangers and rooms that are none of ours get nothing, not even a word. Whoever is somebody here is always
told why a text was not sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from pilotbridge.chat import Written
from pilotbridge.model import Contact
from pilotbridge.relay import wording
from pilotbridge.sms_text import MAX_PARTS, measure, mixed_words
from pilotbridge.store.chat_records import Conversation, OptOut

VIEWER, ADMIN = "viewer", "admin"


class Asked(StrEnum):
    """What is asked about before a text goes, or after it did not arrive."""

    PARTS = "parts"
    EQUAL = "equal"
    OPTED_OUT = "opted_out"
    DOUBT = "doubt"
    RETRY = "retry"
    TOLD = "told"
    """Nothing is asked: it is only told."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that counts for one message. ``waived`` are the questions that were answered with yes.

    ``is_ours``: the configuration names the room, or it is the author's private chat. ``is_equal``: the same
    text went to this phone too lately. ``was_explained``: an anonymous author was told why not, lately.
    ``is_for_a_phone``: it was meant for one, whether it is clear for which or not.
    """

    written: Written
    author: Contact | None
    is_ours: bool
    conversation: Conversation | None
    optout: OptOut | None = None
    is_equal: bool = False
    parts_max: int = 2
    rub_per_part: Decimal | None = None
    was_explained: bool = False
    is_for_a_phone: bool = False
    waived: frozenset[Asked] = frozenset()


@dataclass(frozen=True, slots=True)
class Ignore:
    """Nobody's business here; nothing is answered."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Not sent, and the author is told why."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Not sent before somebody says yes."""

    kind: Asked
    sentence: str
    yes: str


@dataclass(frozen=True, slots=True)
class Send:
    """It goes to the phone; ``is_marked``: with a mark, because an equal one went before."""

    is_marked: bool = False


Verdict = Ignore | Refuse | Ask | Send


def decide(seen: Seen) -> Verdict:
    """What to do with a new message."""
    return _whose(seen) or _what(seen) or _whether(seen)


def _whose(seen: Seen) -> Verdict | None:
    """Is it for us, by somebody who may?"""
    written = seen.written
    if not seen.is_ours:
        return Ignore("the room is none of ours")
    if not written.author.is_person:
        if seen.conversation is None or seen.was_explained:
            return Ignore("it was written by no person")
        return Refuse(wording.ANONYMOUS)
    if seen.author is None:
        return Ignore("its author is no contact")
    if seen.conversation is None:
        return _for_nobody(seen)
    return Refuse(wording.VIEWER) if seen.author.role == VIEWER else None


def _for_nobody(seen: Seen) -> Verdict:
    """It is clear for no phone."""
    if seen.is_for_a_phone:
        return Refuse(wording.FOR_NOBODY)
    return Refuse(wording.NO_CONVERSATION) if seen.written.is_private else Ignore("it is for no phone")


def _what(seen: Seen) -> Verdict | None:
    """Can an SMS carry it, and can its phone be texted?"""
    written = seen.written
    if written.kind != "text":
        return Refuse(wording.not_text(written.kind))
    if not written.text.strip():
        return Refuse(wording.EMPTY)
    if seen.conversation is None or seen.conversation.phone is None:
        return Refuse(wording.NO_PHONE)
    if words := mixed_words(written.text):
        return Refuse(wording.mixed(words[0].word))
    parts = measure(written.text).parts
    return Refuse(wording.too_long(parts, MAX_PARTS)) if parts > MAX_PARTS else None


def _whether(seen: Seen) -> Verdict:
    """May it go without a question?"""
    if seen.optout is not None and Asked.OPTED_OUT not in seen.waived:
        sentence = wording.stopped(seen.optout.reason)
        is_admin = seen.author is not None and seen.author.role == ADMIN
        return Ask(Asked.OPTED_OUT, sentence, "Send anyway") if is_admin else Refuse(sentence)
    parts = measure(seen.written.text).parts
    if parts > seen.parts_max and Asked.PARTS not in seen.waived:
        sentence = wording.many_parts(parts, seen.rub_per_part)
        return Ask(Asked.PARTS, sentence, f"Send {parts} parts")
    if seen.is_equal and Asked.EQUAL not in seen.waived:
        return Ask(Asked.EQUAL, wording.equal_text(), "Send with a mark")
    return Send(is_marked=seen.is_equal)
