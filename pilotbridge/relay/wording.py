"""What people in a chat read from the bridge: one sentence for each thing that cannot be done as it is."""

from __future__ import annotations

from decimal import Decimal

KINDS = {
    "sticker": "a sticker",
    "photo": "a photo",
    "video": "a video",
    "voice": "a voice message",
    "audio": "a sound",
    "document": "a file",
    "animation": "an animation",
    "location": "a place on the map",
    "contact": "a contact",
    "poll": "a poll",
}
ANONYMOUS = "An SMS is sent for a person: switch off 'remain anonymous', and write again."
VIEWER = "You may read here and not write to phones: your role is viewer."
EDITED = "An SMS that was sent cannot be changed: write a new message."
UNSENT_EDIT = "A change is not sent: write a new message."
EMPTY = "There is nothing to send: write some text."
NO_CONVERSATION = "Reply to a message here, so that it is clear whose phone you mean."
FOR_NOBODY = (
    "Not sent: it is not known whose phone this is for. Write in their own topic, or reply to another of "
    "their messages."
)
NOTHING_TO_CLOSE = "Write /close in the topic of a conversation, or in reply to one of its messages."
CLOSED = "Closed. Their next SMS opens it."
CLOSED_ALREADY = "It is closed already; their next SMS opens it."
NO_PHONE = "Nobody can answer this sender: it is no mobile phone."
FORGED = "This button means nothing here."
OLD = "This button is too old: write the text again."
NOT_YOURS = "You may not do this: your role is viewer."
ADMINS_ONLY = "Only an admin may do this."


def not_text(kind: str) -> str:
    """A message that is no text."""
    return f"An SMS carries text only: {KINDS.get(kind, 'this')} was not sent."


def no_command(word: str) -> str:
    """What begins with a slash is no text for a phone."""
    return f"Not sent: there is no command /{word}. To text this, put something before the slash."


def mixed(word: str) -> str:
    return f"Not sent: {word} mixes Cyrillic and Latin letters, which the gateway refuses. Write it in one."


def too_long(parts: int, most: int) -> str:
    return f"Not sent: it would take {parts} SMS parts, and {most} are the most."


def many_parts(parts: int, rub_per_part: Decimal | None) -> str:
    """Whether a dear text is meant."""
    price = f", about {(rub_per_part * parts).normalize():f} roubles" if rub_per_part else ""
    return f"This takes {parts} SMS parts{price}. Send it?"


def equal_text() -> str:
    return (
        "The same text went to this phone a moment ago, and the gateway would refuse it. Send it with a mark?"
    )


def stopped(reason: str) -> str:
    """An opt-out stands in the way."""
    return f"Not sent: this phone wants no more texts ({reason})."


def not_allowed(reason: str) -> str:
    return f"Not sent: {reason}"


def waits(reason: str) -> str:
    return f"It waits: {reason}"


def failed(reason: str) -> str:
    return f"Not delivered: {reason}"


def in_doubt() -> str:
    return "The gateway's answer was lost: nobody knows whether this SMS was sent. Send it again?"


def was_first(who: str, clock: str) -> str:
    return f"{who} was first, {clock}"
