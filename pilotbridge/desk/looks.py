"""What people look at of the relay, found by the names they use, as facts; the same by API and by command.

It reads and joins; nothing here is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from pilotbridge.clock import from_ms, to_ms
from pilotbridge.config.settings import RelayLine, Settings
from pilotbridge.desk import shown, shown_relay
from pilotbridge.errors import NotFound, Refused
from pilotbridge.model import InboundSms, MessageId
from pilotbridge.phone import InvalidPhone, PhoneNumber
from pilotbridge.relay.lines import line_of, written
from pilotbridge.relay.rooms import line_named
from pilotbridge.store.chat_records import About, ConversationId, OptOut, PostId
from pilotbridge.store.protocol import ReadVerbs
from pilotbridge.store.views import ConversationView, InboundView, SmsView

Fact = dict[str, Any]
WAYS = ("sms", "chat", "all")
CONVERSATION_STATES = ("new", "answered", "closed")
INBOUND_STATES = ("received", "answered", "routed", "unrouted")
NUMBER_MAX = 9
"""More digits are a phone and no number of a row."""


# --- by the names people use ------------------------------------------------------------------------


def phone_named(name: str, settings: Settings) -> PhoneNumber:
    """The phone of a contact, or the one that is written.

    :raises NotFound: when it is neither.
    """
    contact = settings.contacts.get(name)
    if contact is not None and contact.phone is not None:
        return contact.phone
    try:
        return PhoneNumber.parse(name)
    except InvalidPhone as error:
        raise NotFound(f"{name!r} is neither a contact with a phone nor a phone number: {error}") from error


def line_called(name: str, settings: Settings) -> RelayLine:
    """:raises NotFound: when the configuration has no such line."""
    line = line_named(name, settings)
    if line is None:
        names = ", ".join(each.name for each in settings.lines) or "none"
        raise NotFound(f"there is no line {name!r}; relay.lines has: {names}")
    return line


def is_number(name: str) -> bool:
    """Whether ``name`` is the number of a row, and no phone."""
    return name.isascii() and name.isdigit() and len(name) <= NUMBER_MAX


def conversation_named(read: ReadVerbs, name: str, settings: Settings) -> ConversationView:
    """The conversation of that number, or the only one with that phone or contact.

    :raises NotFound: when there is none.
    :raises Refused: when there are several with that phone.
    """
    if is_number(name):
        found = read.conversation_viewed(ConversationId(int(name)))
        if found is None:
            raise NotFound(f"there is no conversation {name}; see pilotbridge conversations list")
        return found
    phone = phone_named(name, settings)
    views = read.conversations_viewed(party=phone.e164)
    if not views:
        raise NotFound(f"there is no conversation with {phone}; nobody has texted from there to a line")
    if len(views) > 1:
        numbers = ", ".join(f"{each.conversation.id} (line {each.conversation.line})" for each in views)
        raise Refused(f"there are several conversations with {phone}: {numbers}; name one by its number")
    return views[0]


# --- conversations ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConversationsWanted:
    """Which conversations; an empty value is any."""

    line: str = ""
    phone: str = ""
    state: str = ""
    limit: int = 100


def conversations(read: ReadVerbs, wanted: ConversationsWanted, settings: Settings) -> list[Fact]:
    """The one where something happened last comes first."""
    if wanted.line:
        line_called(wanted.line, settings)
    party = phone_named(wanted.phone, settings).e164 if wanted.phone else ""
    found = read.conversations_viewed(line=wanted.line, party=party, state=wanted.state, limit=wanted.limit)
    rooms = shown_relay.room_names(read, settings)
    return [shown_relay.conversation(view, rooms, settings) for view in found]


def conversation(read: ReadVerbs, name: str, settings: Settings, *, limit: int = 100) -> Fact:
    """One conversation with its newest ``limit`` texts, in the order they were said."""
    view = conversation_named(read, name, settings)
    phone = view.conversation.phone
    optouts = read.optouts_of(phone) if phone else []
    reasons = [each.reason for each in optouts if each.line == view.conversation.line]
    return {
        **shown_relay.conversation(view, shown_relay.room_names(read, settings), settings),
        "title": view.conversation.title,
        "opted_out": reasons[0] if reasons else None,
        "texts": _texts(read, view, settings, limit),
    }


def _texts(read: ReadVerbs, view: ConversationView, settings: Settings, limit: int) -> list[Fact]:
    came = list(islice(inbound_of(read, view, settings), limit))
    replies = {each.reply for each in came if each.reply is not None}
    went = list(islice(messages_of(read, view, replies), limit))
    texts = [_came(read, each.sms, settings) for each in came] + [_went(each) for each in went]
    return sorted(texts, key=lambda text: text["at"])[-limit:]


def inbound_of(read: ReadVerbs, view: ConversationView, settings: Settings) -> Iterator[InboundView]:
    """SMS that came in by this conversation, those that a plugin answered too; newest first."""
    here = view.conversation
    line = line_named(here.line, settings)
    for each in read.inbound_viewed(sender=here.party.removeprefix("+")):
        is_alike = each.conversation is None and line is not None and line_of(each.sms, settings) == line
        if each.conversation == here.id or is_alike:
            yield each


def messages_of(read: ReadVerbs, view: ConversationView, replies: set[MessageId]) -> Iterator[SmsView]:
    """SMS that were written in this conversation, and ``replies``; newest first."""
    here = view.conversation
    if here.phone is None:
        return
    for each in read.messages_of_conversation(here.id, replies):
        is_here = each.conversation == here.id or each.message.id in replies
        if is_here and each.message.recipient == here.phone:
            yield each


def _came(read: ReadVerbs, sms: InboundSms, settings: Settings) -> Fact:
    posts = read.posts_about(About("inbound", sms.id))
    return {
        "at": sms.received_at,
        "way": "in",
        "id": sms.id,
        "by": None,
        "text": written(sms, settings),
        "state": sms.state,
        "reason": sms.reason,
        "posts": [{"id": post.id, "state": post.state, "reason": post.reason} for post in posts],
    }


def _went(view: SmsView) -> Fact:
    message = view.message
    return {
        "at": message.created_at,
        "way": "out",
        "id": message.id,
        "by": view.person or message.origin,
        "text": message.text,
        "state": message.state,
        "reason": message.reason,
        "posts": [],
    }


# --- the inbox --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InboxWanted:
    """Which SMS that came in; an empty value is any."""

    sender: str = ""
    line: str = ""
    state: str = ""
    since: datetime | None = None
    limit: int = 100


def inbox(read: ReadVerbs, wanted: InboxWanted, settings: Settings) -> list[Fact]:
    """Newest first."""
    line = line_called(wanted.line, settings) if wanted.line else None
    views = read.inbound_viewed(
        sender=_sender(wanted.sender, settings) if wanted.sender else "",
        state=wanted.state,
        since_ms=0 if wanted.since is None else to_ms(wanted.since),
    )
    chosen = (view for view in views if line is None or line_of(view.sms, settings) == line)
    return [inbound(view, settings) for view in islice(chosen, wanted.limit)]


def inbound(view: InboundView, settings: Settings) -> Fact:
    line = line_of(view.sms, settings)
    return shown.inbound(view.sms) | {
        "line": line.name if line else None,
        "conversation": view.conversation,
    }


def _sender(name: str, settings: Settings) -> str:
    """As a gateway writes it; a sender that is no phone is named as it was given."""
    try:
        return phone_named(name, settings).digits
    except NotFound:
        return name


# --- the outbox, both ways --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessagesWanted:
    """Which messages; ``way`` is ``sms``, ``chat``, ``all``, or empty: all there are by the configuration."""

    way: str = ""
    state: str = ""
    stuck: bool = False
    limit: int = 100


def messages(read: ReadVerbs, wanted: MessagesWanted, settings: Settings) -> list[Fact]:
    """SMS and chat posts, newest first."""
    way = wanted.way or ("all" if settings.chats else "sms")
    sms = _sms(read, wanted) if way in ("sms", "all") else []
    posts = _posts(read, wanted, settings) if way in ("chat", "all") else []
    both = merge(sms, posts, key=lambda fact: fact["created_at"], reverse=True)
    return list(islice(both, wanted.limit))


def _sms(read: ReadVerbs, wanted: MessagesWanted) -> Sequence[Fact]:
    if wanted.stuck:
        return [shown.message(row) for row in read.messages_stuck(wanted.limit)]
    return [shown.message(row) for row in read.messages_listed(state=wanted.state, limit=wanted.limit)]


def _posts(read: ReadVerbs, wanted: MessagesWanted, settings: Settings) -> Sequence[Fact]:
    rooms = shown_relay.room_names(read, settings)
    if wanted.stuck:
        rows = read.posts_stuck(wanted.limit)
    else:
        words = wanted.way != "chat"
        rows = read.posts_viewed(state=wanted.state, words=words, limit=wanted.limit)
    return [shown_relay.post(row, rooms) for row in rows]


def post(read: ReadVerbs, post_id: int, settings: Settings) -> Fact:
    """One chat post with what happened to it.

    :raises NotFound: when there is none.
    """
    row = read.post(PostId(post_id))
    if row is None:
        raise NotFound(f"there is no post {post_id}; see pilotbridge messages list --way chat")
    history = [shown.happening(each) for each in read.events_of("post", row.id)]
    return shown_relay.post(row, shown_relay.room_names(read, settings)) | {"history": history}


# --- who wants no more texts ------------------------------------------------------------------------


def optouts(read: ReadVerbs, *, full: bool = False) -> list[Fact]:
    """Every phone that wants no texts, oldest first. ``full`` shows whole numbers."""
    return [optout_fact(each, full=full) for each in read.optouts_listed()]


def optout_fact(found: OptOut, *, full: bool = False) -> Fact:
    return {
        "id": found.id,
        "phone": _number(found.phone, full=full),
        "line": found.line,
        "since": from_ms(found.since_ms),
        "reason": found.reason,
    }


def _number(phone: PhoneNumber | None, *, full: bool) -> str:
    """A number that is forgotten is still heeded."""
    if phone is None:
        return "(forgotten)"
    return phone.e164 if full else str(phone)
