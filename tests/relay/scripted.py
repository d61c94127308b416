"""A chat that does what a test says: rooms, threads and people in memory, and failures by script.

It keeps the contract of ``pilotbridge.chat`` and nothing of any real chat.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from pilotbridge.chat import (
    NO_THREAD,
    ChangeThread,
    ChatEvent,
    ChatMessageId,
    ChatPost,
    ChatReceipt,
    Edited,
    EditPost,
    Lane,
    MarkPost,
    Moved,
    NewPost,
    NewThread,
    NoThreads,
    Person,
    PersonId,
    Place,
    PostGone,
    Pressed,
    RoomChanged,
    RoomGone,
    RoomId,
    RoomMoved,
    ThreadChanged,
    ThreadClosed,
    ThreadGone,
    ThreadId,
    WebhookAnswer,
    Written,
)
from pilotbridge.errors import PilotBridgeError, ReplyLost
from pilotbridge.model import UpdateId

OPS = RoomId("-100")
AT = "2026-01-12T09:00:00+00:00"

PLUGIN = """
from pilotbridge import hookimpl


class Kind:
    type, options = "scripted", None

    def open(self, name, options, *, network=None):
        return network.account(name)


@hookimpl
def register_chats():
    return [Kind()]
"""


def write_plugin(folder: Path) -> Path:
    """The plugin that brings the type ``scripted``; the chat itself is handed in as its network."""
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "scripted.py").write_text(PLUGIN, encoding="utf-8")
    (folder / "scripted.py").chmod(0o600)
    return folder


@dataclass
class Posted:
    """One message of ours in the chat, as people see it now."""

    room: RoomId
    thread: ThreadId
    id: ChatMessageId
    text: str
    reply_to: ChatMessageId | None
    buttons: tuple[tuple[Any, ...], ...]


@dataclass
class ScriptedRoom:
    has_threads: bool = True
    gone: str = ""
    moved_to: RoomId | None = None
    threads: dict[ThreadId, str] = field(default_factory=dict)
    closed: set[ThreadId] = field(default_factory=set)


Failure = BaseException | None
Script = Callable[[ChatPost], Failure]


class ScriptedChat:
    """The whole chat. ``fails`` is asked before a call takes effect, ``loses`` after it did."""

    def __init__(self) -> None:
        self.rooms = {OPS: ScriptedRoom()}
        self.posted: list[Posted] = []
        self.marks: dict[ChatMessageId, list[str]] = {}
        self.calls: list[ChatPost] = []
        self.lost = 0
        self.fails: Script = lambda _post: None
        self.loses: Script = lambda _post: None
        self.wait_s: Callable[[RoomId, Lane], float] = lambda _room, _lane: 0.0
        self.told: list[str] = []
        self.holds: list[tuple[ChatPost, Future[ChatReceipt]]] | None = None
        self.updates: dict[UpdateId, bytes] = {}
        self._ids = count(1000)
        self._update_ids = count(1)
        self._bridge: Any = None

    def account(self, name: str) -> ScriptedAccount:
        return ScriptedAccount(name, self)

    # -- what the bridge asks --------------------------------------------------------------------

    def take(self, post: ChatPost) -> Future[ChatReceipt]:
        future: Future[ChatReceipt] = Future()
        if self.holds is not None:
            self.holds.append((post, future))
        else:
            self.answer(post, future)
        return future

    def answer(self, post: ChatPost, future: Future[ChatReceipt]) -> None:
        """Do it, and resolve or break the promise."""
        self.calls.append(post)
        try:
            if (failure := self.fails(post)) is not None:
                raise failure
            receipt = self._do(post)
            if (failure := self.loses(post)) is not None:
                self.lost += 1
                raise failure
        except PilotBridgeError as error:
            future.set_exception(error)
        else:
            future.set_result(receipt)

    def _do(self, post: ChatPost) -> ChatReceipt:
        room_id = post.room if isinstance(post, NewThread) else post.place.room
        room = self.rooms.setdefault(room_id, ScriptedRoom(has_threads=False))
        if room.moved_to:
            raise Moved(f"{room_id} has moved", new_room=room.moved_to)
        if room.gone:
            raise RoomGone(room.gone)
        match post:
            case NewThread(title=title):
                if not room.has_threads:
                    raise NoThreads("the group has no topics")
                thread = ThreadId(f"t{next(self._ids)}")
                room.threads[thread] = title
                return ChatReceipt(thread=thread)
            case NewPost():
                self._check_thread(room, post.place)
                message = ChatMessageId(f"m{next(self._ids)}")
                self.posted.append(
                    Posted(room_id, post.place.thread, message, post.text, post.reply_to, post.buttons)
                )
                return ChatReceipt(message=message)
            case EditPost():
                found = self.message(post.message)
                if found is None:
                    raise PostGone("there is no such message")
                found.text, found.buttons = post.text, post.buttons
                return ChatReceipt()
            case MarkPost():
                self.marks.setdefault(post.message, []).append(post.tick.value)
                return ChatReceipt()
            case ChangeThread():
                if post.is_open is not None:
                    (room.closed.discard if post.is_open else room.closed.add)(post.place.thread)
                return ChatReceipt()

    @staticmethod
    def _check_thread(room: ScriptedRoom, place: Place) -> None:
        if place.thread and place.thread not in room.threads:
            raise ThreadGone("message thread not found")
        if place.thread in room.closed:
            raise ThreadClosed("the topic is closed")

    # -- what people see -------------------------------------------------------------------------

    def message(self, message: ChatMessageId) -> Posted | None:
        return next((posted for posted in self.posted if posted.id == message), None)

    def texts(self, title: str | None = None) -> list[str]:
        """What stands in all threads of that title, oldest first; None: outside of threads."""
        return [posted.text for posted in self.posted if self._title(posted) == title]

    def _title(self, posted: Posted) -> str | None:
        return self.rooms[posted.room].threads.get(posted.thread) if posted.thread else None

    def threads(self, room: RoomId = OPS) -> list[str]:
        return list(self.rooms[room].threads.values())

    def thread(self, title: str, room: RoomId = OPS) -> ThreadId:
        return next(id_ for id_, name in self.rooms[room].threads.items() if name == title)

    def button(self, label: str) -> tuple[Posted, str]:
        """The newest message with a button of that label, and what the button carries."""
        for posted in reversed(self.posted):
            for row in posted.buttons:
                for button in row:
                    if button.label == label:
                        return posted, button.token
        raise AssertionError(f"no button {label}")

    # -- what people do --------------------------------------------------------------------------

    def writes(
        self,
        text: str,
        *,
        who: int = 1001,
        room: RoomId = OPS,
        thread: str = NO_THREAD,
        reply_to: str | None = None,
        **more: Any,
    ) -> ChatMessageId:
        """Somebody writes; returns the message's id."""
        message = ChatMessageId(f"p{next(self._ids)}")
        self.brings(
            "written",
            place=[room, thread],
            message=message,
            author=_author(who, more.pop("is_person", True)),
            text=text,
            reply_to=reply_to,
            **more,
        )
        return message

    def presses(self, posted: Posted, token: str, *, who: int = 1001) -> None:
        self.brings(
            "pressed",
            place=[posted.room, posted.thread],
            message=posted.id,
            author=_author(who),
            token=token,
            press="q1",
        )

    def brings(self, event: str, **fields: Any) -> None:
        self.brings_bytes(json.dumps({"event": event, **fields}).encode())

    def brings_bytes(self, body: bytes) -> None:
        """An update comes to the bridge, and comes again until it was taken."""
        update_id = UpdateId(next(self._update_ids))
        self.updates[update_id] = body
        self._deliver(update_id)

    def started(self, bridge: Any) -> None:
        self._bridge = bridge
        for update_id in list(self.updates):
            self._deliver(update_id)

    def _deliver(self, update_id: UpdateId) -> None:
        taken = self._bridge.store_update("team", update_id, self.updates[update_id])
        if taken.exception() is None:
            self.updates.pop(update_id, None)


class ScriptedAccount:
    """The connector; see :class:`pilotbridge.chat.ChatConnector`."""

    max_text = 4096

    def __init__(self, name: str, chat: ScriptedChat) -> None:
        self.name = name
        self._chat = chat

    def start(self, bridge: Any) -> None:
        self._chat.started(bridge)

    def wait_s(self, room: RoomId, lane: Lane) -> float:
        return self._chat.wait_s(room, lane)

    def submit(self, post: ChatPost) -> Future[ChatReceipt]:
        return self._chat.take(post)

    def answer_press(self, press: str, text: str) -> None:
        self._chat.told.append(text)

    def read(self, body: bytes) -> ChatEvent | None:
        fields = json.loads(body)
        kind = fields.pop("event")
        if kind == "nothing":
            return None
        for name in ("author", "by"):
            if name in fields:
                fields[name] = Person(**fields[name])
        if "place" in fields:
            fields["place"] = Place(*fields["place"])
        if kind == "written":
            fields["at"] = datetime.fromisoformat(fields.get("at", AT)).astimezone(UTC)
        return _EVENTS[kind](**fields)

    def webhook(self, headers: Mapping[str, str], body: bytes) -> Future[WebhookAnswer]:
        self._chat.brings_bytes(body)
        done: Future[WebhookAnswer] = Future()
        done.set_result(WebhookAnswer(200))
        return done

    def look_at(self, rooms: Mapping[str, RoomId]) -> Mapping[str, Any]:
        return {}

    def close(self) -> None:
        pass


_EVENTS: dict[str, Any] = {
    "written": Written,
    "edited": Edited,
    "pressed": Pressed,
    "room_moved": RoomMoved,
    "room_changed": RoomChanged,
    "thread_changed": ThreadChanged,
}


def _author(who: int, is_person: bool = True) -> dict[str, Any]:
    return {"id": PersonId(str(who)), "name": f"user {who}", "is_person": is_person}


def once(*failures: Failure) -> Script:
    """Each failure for one call, in order; then none."""
    left: Iterator[Failure] = iter(failures)
    return lambda _post: next(left, None)


def lost() -> ReplyLost:
    return ReplyLost("the answer was lost")
