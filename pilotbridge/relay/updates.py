"""What people do in chats, taken up in the order it came: each update has its effect once, with its own end.

An update that cannot be read, or whose effect fails, is marked with the reason and keeps nobody waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pilotbridge.chat import (
    ChatConnector,
    ChatEvent,
    Edited,
    Pressed,
    RoomChanged,
    RoomId,
    RoomMoved,
    ThreadChanged,
    Written,
)
from pilotbridge.clock import Clock
from pilotbridge.errors import Closed, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import HAPPENED_LASTS, Contact, Trouble
from pilotbridge.outbox.posts.content import HEAD_UNITS
from pilotbridge.outbox.posts.enqueue import Saying, Spot, say, set_markless
from pilotbridge.outbox.posts.healing import room_is_back
from pilotbridge.outbox.posts.moving import follow_room, still_there
from pilotbridge.outbox.posts.settling import PROBE_AFTER_MS
from pilotbridge.protocols import Troubles
from pilotbridge.relay import wording
from pilotbridge.relay.closing import CLOSE, close_by_command
from pilotbridge.relay.deeds import Deeds, NoDeeds
from pilotbridge.relay.destination import cut
from pilotbridge.relay.enrolment import who_is
from pilotbridge.relay.pressing import Heard, press
from pilotbridge.relay.texting import Desk, Outcome, is_our_room, refuse_edit, take
from pilotbridge.relay.whose import whose
from pilotbridge.store.chat_records import ChatUpdate
from pilotbridge.store.protocol import Store, WriteVerbs

BATCH = 100
UNREADABLE, IGNORED = "unreadable", "ignored"
FAILED = "ChatUpdateFailed"

log = get_logger(__name__)


class ChatUpdates:
    """The worker ``chat-updates``. ``moved`` hears that a room has another id."""

    name = "chat-updates"

    def __init__(
        self,
        store: Store,
        connectors: Mapping[str, ChatConnector],
        desk: Desk,
        *,
        clock: Clock,
        wake: Callable[[], None],
        moved: Callable[[str, RoomId, RoomId], None],
        troubles: Troubles,
        deeds: Deeds | None = None,
    ) -> None:
        self._store = store
        self._connectors = connectors
        self._desk = desk
        self._clock = clock
        self._wake = wake
        self._moved = moved
        self._troubles = troubles
        self._deeds = deeds or NoDeeds()

    def turn(self) -> int | None:
        """Deal with what came, oldest first; returns when to come back (ms UTC)."""
        with self._store.read() as read:
            waiting = read.chat_updates_waiting(BATCH)
        for update in waiting:
            self._deal_with(update)
        return self._clock.now_ms() if len(waiting) == BATCH else None

    def _deal_with(self, update: ChatUpdate) -> None:
        connector = self._connectors.get(update.chat)
        if connector is None:
            self._leave(update, UNREADABLE, f"the configuration has no chat {update.chat} any more")
            return
        try:
            event = connector.read(update.body)
        except Exception as error:  # noqa: BLE001 - a stranger's bytes in a plugin's hands
            self._leave(update, UNREADABLE, f"{type(error).__name__}: {error}")
            return
        if event is None:
            self._leave(update, IGNORED, "nothing that concerns the bridge")
        else:
            self._act_on(update, event, connector)

    def _leave(self, update: ChatUpdate, state: str, reason: str) -> None:
        self._store.write(lambda tx: tx.settle_chat_update(update.id, state, reason)).result()
        if state == UNREADABLE:
            log.error("an update came to nothing", chat=update.chat, update=update.id, cause=reason)
            what = f"update {update.id} came to nothing, and whoever wrote it may have reached nobody"
            trouble = Trouble(FAILED, update.chat, f"{what}: {reason}", lasts=HAPPENED_LASTS)
            self._troubles.raise_trouble(trouble)

    def _act_on(self, update: ChatUpdate, event: ChatEvent, connector: ChatConnector) -> None:
        """Its effect and its end are one commit."""
        done = self._store.write(lambda tx: self._apply(tx, update, event))
        error = done.exception()
        if isinstance(error, TryLater | Closed):
            raise error
        if error is not None:
            log.error("an update's effect failed", chat=update.chat, update=update.id, exc_info=error)
            self._leave(update, UNREADABLE, f"its effect failed: {type(error).__name__}: {error}")
            return
        heard = done.result()
        if heard.outcome.state == "done":
            self._wake()
        if isinstance(event, Pressed) and heard.said:
            connector.answer_press(event.press, heard.said)
        if isinstance(event, RoomMoved) and heard.outcome.state == "done":
            self._moved(update.chat, event.room, event.new_room)

    def _apply(self, tx: WriteVerbs, update: ChatUpdate, event: ChatEvent) -> Heard:
        heard = self._effect(tx, update.chat, event)
        came = heard.outcome
        tx.settle_chat_update(
            update.id, came.state, came.reason, conversation=came.conversation, keeps_text=came.keeps_text
        )
        return heard

    def _effect(self, tx: WriteVerbs, chat: str, event: ChatEvent) -> Heard:
        now_ms = self._clock.now_ms()
        match event:
            case Written() if event.command:
                return Heard(self._command(tx, chat, event, now_ms))
            case Written():
                return Heard(take(tx, chat, event, self._desk, now_ms))
            case Pressed():
                return self._pressed(tx, chat, event, now_ms) or press(tx, chat, event, self._desk, now_ms)
            case Edited():
                return Heard(self._edited(tx, chat, event, now_ms))
            case RoomMoved():
                return Heard(self._room_moved(tx, chat, event, now_ms))
            case RoomChanged():
                return Heard(self._room_changed(tx, chat, event, now_ms))
            case ThreadChanged():
                return Heard(_thread_changed(tx, chat, event))

    def _pressed(self, tx: WriteVerbs, chat: str, event: Pressed, now_ms: int) -> Heard | None:
        """A button that is none of the relay's questions."""
        contact = who_is(tx, chat, event.author, self._desk.settings())
        said = self._deeds.press(tx, chat, event, contact, now_ms) if contact else None
        return None if said is None else Heard(Outcome("done", f"a button: {said}"), said)

    def _command(self, tx: WriteVerbs, chat: str, event: Written, now_ms: int) -> Outcome:
        settings = self._desk.settings()
        contact = who_is(tx, chat, event.author, settings)
        is_ours = is_our_room(tx, chat, event.place.room, settings) or event.is_private
        if event.command == CLOSE and contact is not None and is_ours:
            return self._close(tx, chat, event, contact, now_ms)
        answer = self._deeds.command(tx, chat, event, contact, is_ours=is_ours, now_ms=now_ms)
        if answer is None and contact is not None and is_ours:
            answer = self._of_no_command(tx, chat, event, now_ms)
        if answer is None:
            return Outcome(IGNORED, f"nothing is answered to /{event.command}")
        self._answer(tx, chat, event, answer, now_ms)
        return Outcome("done", f"/{event.command}: {answer}", keeps_text=False)

    def _of_no_command(self, tx: WriteVerbs, chat: str, event: Written, now_ms: int) -> str | None:
        """Where a text would have gone to a phone it is said that this one did not."""
        meant = whose(tx, chat, event, self._desk.settings(), now_ms)
        return wording.no_command(event.command) if meant.conversation or meant.is_for_a_phone else None

    def _close(self, tx: WriteVerbs, chat: str, event: Written, contact: Contact, now_ms: int) -> Outcome:
        found, answer = close_by_command(tx, chat, event, contact, self._desk.settings(), now_ms)
        if answer:
            self._answer(tx, chat, event, answer, now_ms)
        return Outcome(
            "done", f"/{CLOSE}: {answer or 'closed'}", found.id if found else None, keeps_text=False
        )

    def _answer(self, tx: WriteVerbs, chat: str, event: Written, answer: str, now_ms: int) -> None:
        """Where the command stands, in as many posts as it takes."""
        reply_to = still_there(tx, chat, event.place.room, event.message)
        saying = Saying(answer, f"the answer to /{event.command}", reply_to=reply_to)
        for piece in cut(answer, self._connectors[chat].max_text - HEAD_UNITS):
            say(tx, Spot(chat, event.place), replace(saying, text=piece), now_ms)

    def _edited(self, tx: WriteVerbs, chat: str, event: Edited, now_ms: int) -> Outcome:
        if who_is(tx, chat, event.author, self._desk.settings()) is None:
            return Outcome(IGNORED, "its author is no contact")
        return refuse_edit(tx, chat, event, now_ms)

    def _is_ours(self, tx: WriteVerbs, chat: str, room: RoomId) -> bool:
        """Whether the room is configured, or phones talk in it."""
        return is_our_room(tx, chat, room, self._desk.settings()) or tx.has_conversations(chat, room)

    def _room_moved(self, tx: WriteVerbs, chat: str, event: RoomMoved, now_ms: int) -> Outcome:
        """A stranger's group may become another one as often as it likes."""
        if not self._is_ours(tx, chat, event.room):
            return Outcome(IGNORED, "the room is none of ours")
        follow_room(tx, chat, event.room, event.new_room, now_ms)
        return Outcome("done", f"{event.room} is {event.new_room} now")

    def _room_changed(self, tx: WriteVerbs, chat: str, event: RoomChanged, now_ms: int) -> Outcome:
        """What we may do in a room has changed: whatever was believed of it is found out anew."""
        if not self._is_ours(tx, chat, event.room):
            if event.is_ours:
                log.info("a room that the configuration does not name let us in", chat=chat, id=event.room)
            return Outcome(IGNORED, "the room is none of ours")
        tx.set_room_threadless(chat, event.room, "", now_ms)
        set_markless(tx, chat, event.room, "")
        if event.is_ours:
            room_is_back(tx, chat, event.room, now_ms)
            return Outcome("done", "the room is open to us")
        gone = f"{event.by.name or 'somebody'} has closed the room to us"
        tx.set_room_gone(chat, event.room, gone, now_ms + PROBE_AFTER_MS)
        return Outcome("done", gone)


def _thread_changed(tx: WriteVerbs, chat: str, event: ThreadChanged) -> Outcome:
    """A conversation is over when its thread is closed, and not over when it is opened."""
    conversation = tx.conversation_in(chat, event.place)
    if conversation is None or event.is_open is None:
        return Outcome(IGNORED, "it concerns no conversation")
    if not event.is_open:
        tx.set_conversation_state(conversation.id, "closed")
        return Outcome("done", "the conversation is closed", conversation.id)
    if conversation.state == "closed":
        tx.set_conversation_state(conversation.id, "answered")
    return Outcome("done", "the conversation is open", conversation.id)
