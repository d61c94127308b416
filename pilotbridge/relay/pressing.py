"""A button was pressed: who may, whether somebody was first, and what its question then comes to.

Whoever is no contact gets no answer at all; everybody else hears what happened, also a second or a day late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from pilotbridge.chat import Pressed, Tick, Written
from pilotbridge.clock import from_ms
from pilotbridge.config.settings import Settings
from pilotbridge.errors import Refused
from pilotbridge.model import Contact, MessageId
from pilotbridge.outbox import operating
from pilotbridge.outbox.posts.enqueue import Edition, Spot, edit
from pilotbridge.outbox.wishes import opted_out
from pilotbridge.relay import asking, wording
from pilotbridge.relay.asking import NO, OLD_AFTER_MS
from pilotbridge.relay.deciding import ADMIN, VIEWER, Asked
from pilotbridge.relay.enrolment import who_is
from pilotbridge.relay.texting import Answered, Desk, Outcome, follow, take
from pilotbridge.store.chat_records import ChatSms, Question
from pilotbridge.store.protocol import WriteVerbs


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a press, and what whoever pressed is told ('' nothing)."""

    outcome: Outcome
    said: str = ""


def press(tx: WriteVerbs, chat: str, event: Pressed, desk: Desk, now_ms: int) -> Heard:
    """Answer the question that the button belongs to, once."""
    contact = who_is(tx, chat, event.author, desk.settings())
    if contact is None:
        return Heard(Outcome("ignored", "a button was pressed by no contact"))
    token, choice = asking.pressed(event.token)
    question = tx.question(token) if choice else None
    about = asking.read(question.content) if question else None
    if question is None or about is None or about.chat != chat or about.room != event.place.room:
        return _told("a button that means nothing", wording.FORGED)
    heard = _answer(tx, event, question, about, contact, desk, now_ms)
    return replace(heard, outcome=replace(heard.outcome, conversation=about.conversation or None))


def _answer(
    tx: WriteVerbs,
    event: Pressed,
    question: Question,
    about: asking.About,
    contact: Contact,
    desk: Desk,
    now_ms: int,
) -> Heard:
    choice = asking.pressed(event.token)[1]
    why_not = _why_not(question, contact, desk.settings(), now_ms)
    if why_not:
        return _told("a button that may not be pressed", why_not)
    if choice == NO:
        said = "Left as it is"
    else:
        said = _say_yes(tx, event, question, about, contact, desk, now_ms)
    if not said:
        return _told("a button that cannot be obeyed any more", wording.FORGED)
    tx.answer_question(question.token, choice, by=contact.name, now_ms=now_ms)
    _close(tx, event, about, f"{contact.name}: {said}, {_clock(now_ms, desk.settings())}", now_ms)
    return _told(f"{question.kind}: {said}", said)


def _told(reason: str, said: str) -> Heard:
    return Heard(Outcome("done", reason), said)


def _why_not(question: Question, contact: Contact, settings: Settings, now_ms: int) -> str:
    """Why this press counts for nothing; empty when it counts."""
    if question.answered_at_ms is not None:
        return wording.was_first(question.answered_by, _clock(question.answered_at_ms, settings))
    if now_ms - question.asked_at_ms >= OLD_AFTER_MS:
        return wording.OLD
    if contact.role == VIEWER:
        return wording.NOT_YOURS
    if question.kind == Asked.OPTED_OUT and contact.role != ADMIN:
        return wording.ADMINS_ONLY
    return ""


def _clock(at_ms: int, settings: Settings) -> str:
    return f"{from_ms(at_ms).astimezone(ZoneInfo(settings.bridge.zone)):%H:%M}"


def _say_yes(
    tx: WriteVerbs,
    event: Pressed,
    question: Question,
    about: asking.About,
    contact: Contact,
    desk: Desk,
    now_ms: int,
) -> str:
    """Do what was asked about; returns what happened, in words."""
    try:
        if question.kind == Asked.DOUBT:
            operating.resolve(tx, MessageId(about.sms), accepted=False, by=contact.name, now_ms=now_ms)
            return "sent again"
        if question.kind == Asked.RETRY:
            return _retry(tx, about, contact, now_ms)
    except Refused as error:
        return error.reason
    return _send_after_all(tx, event, about, desk, now_ms)


def _retry(tx: WriteVerbs, about: asking.About, contact: Contact, now_ms: int) -> str:
    """A new message that names the old one; the chat message shows how this one fares."""
    message = tx.message(about.sms)
    conversation = tx.conversation(about.conversation)
    if message is None or conversation is None:
        return "it is forgotten already"
    optout = opted_out(tx, message.recipient, conversation.line)
    if optout is not None:
        return wording.stopped(optout.reason)
    again = operating.retry(tx, MessageId(about.sms), by=contact.name, now_ms=now_ms)
    sms = ChatSms(
        again, about.chat, about.place, about.message, conversation.id, contact.name, Tick.TAKEN.value
    )
    if again != about.sms:
        follow(tx, sms, now_ms)
    return "tried again"


def _send_after_all(tx: WriteVerbs, event: Pressed, about: asking.About, desk: Desk, now_ms: int) -> str:
    """The text that was asked about goes, unless something else stands in its way by now."""
    conversation = tx.conversation(about.conversation)
    if conversation is None:
        return "it is forgotten already"
    written = Written(
        place=about.place,
        message=about.message,
        author=event.author,
        at=from_ms(now_ms),
        text=about.text,
        is_private=about.is_private,
    )
    outcome = take(tx, about.chat, written, desk, now_ms, Answered(frozenset(about.waived), conversation))
    return "sent" if outcome.reason == "it is an SMS now" else "not sent yet"


def _close(tx: WriteVerbs, event: Pressed, about: asking.About, answer: str, now_ms: int) -> None:
    """The question shows its answer and has no buttons any more."""
    edition = Edition(f"{about.sentence}\n{answer}", "the question was answered", message=event.message)
    edit(tx, Spot(about.chat, event.place), edition, now_ms)
