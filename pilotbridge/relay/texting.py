"""From a chat to a phone: what a person wrote is judged and put into the outbox, within one transaction.

The text goes out byte for byte. Why it does not go is a reply in the chat, or a question with buttons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pilotbridge.chat import Buttons, Edited, Lane, RoomId, Tick, Written
from pilotbridge.config.settings import Settings
from pilotbridge.errors import NotAllowed
from pilotbridge.lifecycle import State
from pilotbridge.model import MessageId
from pilotbridge.outbox.enqueue import Order, Postage, enqueue, marked
from pilotbridge.outbox.holding import same_text_until_ms
from pilotbridge.outbox.posts.enqueue import Saying, Spot, in_conversation, mark, say
from pilotbridge.outbox.posts.moving import still_there
from pilotbridge.outbox.posts.rooms import rooms_of
from pilotbridge.outbox.wishes import opted_out
from pilotbridge.phone import PhoneNumber
from pilotbridge.relay import asking, wording
from pilotbridge.relay.conversations import tell
from pilotbridge.relay.deciding import Ask, Asked, Ignore, Refuse, Seen, Send, Verdict, decide
from pilotbridge.relay.enrolment import who_is
from pilotbridge.relay.rooms import contact_with, line_named
from pilotbridge.relay.whose import whose
from pilotbridge.store.chat_records import About, ChatSms, Conversation, ConversationId, Link, PostId
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs

EXPLAINED_FOR_MS = 3_600_000
NO_CONVERSATION = ConversationId(0)
"""Of an SMS that was sent by command."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an update: ``done`` or ``ignored``, why, and whom it was about.

    ``keeps_text`` is False when what was written must not stay.
    """

    state: str
    reason: str
    conversation: ConversationId | None = None
    keeps_text: bool = True


@dataclass(frozen=True, slots=True)
class Desk:
    """What the relay works with for as long as it lives. ``new_token`` makes a word nobody can guess."""

    settings: Callable[[], Settings]
    postage: Callable[[], Postage]
    new_token: Callable[[], str]


# --- what is known of a message ---------------------------------------------------------------------


def is_our_room(read: ReadVerbs, chat: str, room: RoomId, settings: Settings) -> bool:
    """Whether the configuration names the room, wherever it has moved; what comes late may name an old id."""
    here = read.room_now(chat, room)
    return any(read.room_now(chat, ours) == here for ours in rooms_of(settings, chat).values())


@dataclass(frozen=True, slots=True)
class Answered:
    """The questions about a text that were answered with yes, and the conversation they were about."""

    waived: frozenset[Asked] = frozenset()
    conversation: Conversation | None = None


NOTHING_ASKED = Answered()


def see(
    read: ReadVerbs, chat: str, written: Written, desk: Desk, now_ms: int, answered: Answered = NOTHING_ASKED
) -> Seen:
    """Gather all that counts for one message."""
    settings = desk.settings()
    author = who_is(read, chat, written.author, settings)
    ours = is_our_room(read, chat, written.place.room, settings)
    # What strangers quote is not looked for.
    looked_for = written if author else replace(written, quoted=None, thread_title="")
    meant = whose(read, chat, looked_for, settings, now_ms)
    seen = Seen(
        written,
        author,
        is_ours=ours or (written.is_private and author is not None),
        conversation=answered.conversation or meant.conversation,
        is_for_a_phone=meant.is_for_a_phone,
        parts_max=settings.limits.parts_per_sms,
        waived=answered.waived,
    )
    conversation = seen.conversation
    if not seen.is_ours or conversation is None:
        return seen
    phone = conversation.phone
    if author is None or phone is None:
        return replace(seen, was_explained=_explained_lately(read, conversation, now_ms))
    return with_phone(read, seen, conversation, phone, desk, now_ms)


def with_phone(
    read: ReadVerbs, seen: Seen, conversation: Conversation, phone: PhoneNumber, desk: Desk, now_ms: int
) -> Seen:
    """What counts of the phone that the text is for."""
    until_ms = same_text_until_ms(read, phone, seen.written.text, desk.postage(), now_ms)
    return replace(
        seen,
        optout=opted_out(read, phone, conversation.line),
        is_equal=until_ms > now_ms,
        rub_per_part=read.rub_per_part(),
    )


def _explained_lately(read: ReadVerbs, conversation: Conversation, now_ms: int) -> bool:
    told = read.posts_about(About("anonymous", conversation.id))
    return any(now_ms - post.created_at_ms < EXPLAINED_FOR_MS for post in told[-1:])


# --- what is done about it --------------------------------------------------------------------------


def take(
    tx: WriteVerbs,
    chat: str,
    written: Written,
    desk: Desk,
    now_ms: int,
    answered: Answered = NOTHING_ASKED,
) -> Outcome:
    """Judge a new message and carry the verdict out."""
    seen = see(tx, chat, written, desk, now_ms, answered)
    verdict = decide(seen)
    if isinstance(verdict, Send) and seen.conversation is not None:
        verdict = send(tx, chat, seen, seen.conversation, verdict, desk, now_ms)
    outcome = _carry_out(tx, chat, seen, verdict, desk, now_ms)
    return replace(outcome, conversation=seen.conversation.id) if seen.conversation else outcome


def _carry_out(tx: WriteVerbs, chat: str, seen: Seen, verdict: Verdict, desk: Desk, now_ms: int) -> Outcome:
    match verdict:
        case Ignore(reason):
            return Outcome("ignored", reason)
        case Refuse(sentence):
            _remember(tx, chat, seen, now_ms)
            _reply(tx, chat, seen, Saying(sentence, "a text was refused"), desk, now_ms)
            return Outcome("done", f"refused: {sentence}")
        case Ask():
            _remember(tx, chat, seen, now_ms)
            _ask(tx, chat, seen, verdict, desk, now_ms)
            return Outcome("done", f"asked: {verdict.kind}")
        case Send():
            return Outcome("done", "it is an SMS now")


def _remember(tx: WriteVerbs, chat: str, seen: Seen, now_ms: int) -> None:
    """Whose phone it was for: somebody may reply to it."""
    if seen.conversation is not None:
        written = seen.written
        tx.put_link(Link(chat, written.place.room, written.message, seen.conversation.id), now_ms)


def send(
    tx: WriteVerbs,
    chat: str,
    seen: Seen,
    conversation: Conversation,
    verdict: Send,
    desk: Desk,
    now_ms: int,
) -> Verdict:
    """The SMS, the message that shows how it fares, and its first tick; or why it may not be sent."""
    order = _order(tx, seen, conversation, desk, now_ms, is_marked=verdict.is_marked)
    try:
        sms = enqueue(tx, order, desk.postage(), now_ms)
    except NotAllowed as error:
        return Refuse(wording.not_allowed(error.reason))
    written = seen.written
    author = seen.author.name if seen.author else ""
    follow(
        tx,
        ChatSms(sms, chat, written.place, written.message, conversation.id, author, Tick.TAKEN.value),
        now_ms,
    )
    tx.said_in(conversation.id, now_ms)
    _say_if_held(tx, chat, seen, sms, desk, now_ms)
    return verdict


def follow(tx: WriteVerbs, sms: ChatSms, now_ms: int) -> None:
    """From now on the chat message shows how this SMS fares; one by command is in no conversation."""
    tx.put_chat_sms(sms)
    if not sms.message:  # it was written at the desk: no message of a person shows it
        return
    if sms.conversation != NO_CONVERSATION:
        tx.put_link(Link(sms.chat, sms.place.room, sms.message, sms.conversation, sms=sms.sms), now_ms)
    mark(
        tx, Spot(sms.chat, sms.place), sms.message, Tick.TAKEN, about=About("message", sms.sms), now_ms=now_ms
    )


def _order(
    tx: WriteVerbs,
    seen: Seen,
    conversation: Conversation,
    desk: Desk,
    now_ms: int,
    *,
    is_marked: bool,
) -> Order:
    settings, postage, text = desk.settings(), desk.postage(), seen.written.text
    phone, author = conversation.phone, seen.author
    assert phone is not None
    assert author is not None
    line = line_named(conversation.line, settings)
    waived = Asked.OPTED_OUT in seen.waived
    contact = contact_with(conversation.party, settings)
    return Order(
        recipient=phone,
        text=marked(tx, phone, text, postage, now_ms) if is_marked else text,
        reason=f"{author.name} sent it anyway"
        if waived
        else f"{author.name} wrote it in {conversation.chat}",
        origin=f"chat:{conversation.chat}",
        contact=contact.name if contact else "",
        sender=line.sender if line else "",
        line=conversation.line,
        is_unasked=not waived,
    )


def _say_if_held(tx: WriteVerbs, chat: str, seen: Seen, sms: MessageId, desk: Desk, now_ms: int) -> None:
    """An SMS that waits says why."""
    message = tx.message(sms)
    if message is not None and message.state is State.HELD:
        _reply(tx, chat, seen, Saying(wording.waits(message.reason), "an SMS waits"), desk, now_ms)


def _ask(tx: WriteVerbs, chat: str, seen: Seen, ask: Ask, desk: Desk, now_ms: int) -> None:
    written, conversation = seen.written, seen.conversation
    assert conversation is not None
    about = asking.About(
        chat=chat,
        room=written.place.room,
        thread=written.place.thread,
        message=written.message,
        conversation=conversation.id,
        sentence=ask.sentence,
        text=written.text,
        is_private=written.is_private,
        waived=(*sorted(seen.waived), ask.kind),
    )
    put_question(tx, about, ask.kind, ask.yes, desk, now_ms)


def put_question(
    tx: WriteVerbs, about: asking.About, kind: Asked, yes: str, desk: Desk, now_ms: int
) -> PostId | None:
    """Ask in the chat, in reply to the message it is about."""
    conversation = tx.conversation(about.conversation)
    if conversation is None and about.conversation != NO_CONVERSATION:
        return None
    token = desk.new_token()
    lane = Lane.URGENT if about.sms else Lane.ANSWER
    saying = Saying(
        about.sentence,
        f"a question about {kind}",
        lane=lane,
        reply_to=still_there(tx, about.chat, about.room, about.message),
        buttons=_buttons(kind, token, yes),
        about=About("message", about.sms) if about.sms else About(),
        repeats=lane is Lane.URGENT,
    )
    if conversation is None:
        post = say(tx, Spot(about.chat, about.place), saying, now_ms)
    else:
        post = tell(tx, conversation, saying, desk.settings(), now_ms)
    tx.put_question(token, kind.value, asking.written(about), post, now_ms)
    return post


def _buttons(kind: Asked, token: str, yes: str) -> Buttons:
    if kind is Asked.TOLD:
        return ()
    return asking.one_button(token, yes) if kind is Asked.RETRY else asking.two_buttons(token, yes)


def _reply(tx: WriteVerbs, chat: str, seen: Seen, saying: Saying, desk: Desk, now_ms: int) -> None:
    """Answer the message where it stands."""
    written, conversation = seen.written, seen.conversation
    answer = replace(saying, reply_to=still_there(tx, chat, written.place.room, written.message))
    if conversation is None:
        say(tx, Spot(chat, written.place), answer, now_ms)
        return
    if seen.author is None:
        answer = replace(answer, about=About("anonymous", conversation.id))
    tell(tx, conversation, answer, desk.settings(), now_ms)


def refuse_edit(tx: WriteVerbs, chat: str, edited: Edited, now_ms: int) -> Outcome:
    """A message was changed: an SMS, whose reader has the old text, or what might become one."""
    place, message = edited.place, edited.message
    link = tx.link(chat, place.room, message)
    sms = tx.message(link.sms) if link is not None and link.sms is not None else None
    found = tx.conversation(link.conversation) if link else tx.conversation_in(chat, place)
    if found is None:
        return Outcome("ignored", "what was changed is for no phone")
    if sms is not None and sms.text == edited.text:
        return Outcome("ignored", "its text is as it was")
    sentence = wording.UNSENT_EDIT if sms is None else wording.EDITED
    reply_to = still_there(tx, chat, place.room, message)
    say(tx, in_conversation(found), Saying(sentence, "a change is not sent", reply_to=reply_to), now_ms)
    return Outcome("done", f"refused: {sentence}", found.id)
