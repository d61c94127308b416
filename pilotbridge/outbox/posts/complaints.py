"""What the bridge says aloud about a chat: it does not answer, a room has moved or is closed to us.

Each Trouble clears by the answer that proves it over; nothing here changes what is posted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pilotbridge.chat import RoomId
from pilotbridge.model import Severity, Trouble
from pilotbridge.outbox.posts.settling import Cure, Settlement
from pilotbridge.protocols import Troubles
from pilotbridge.store.protocol import Store

DOWN, GONE, MOVED = "ChatDown", "ChatRoomGone", "ChatRoomMoved"
DOWN_AFTER_MS = 5 * 60_000


class ChatComplaints:
    """The Troubles of one chat. ``rooms`` are the configured ones by name."""

    def __init__(self, chat: str, rooms: Callable[[], Mapping[str, RoomId]], troubles: Troubles) -> None:
        self._chat = chat
        self._rooms = rooms
        self._troubles = troubles
        self._failing_since_ms: int | None = None
        self._now: dict[RoomId, RoomId] = {}
        self._untold: set[RoomId] = set()

    @property
    def is_failing(self) -> bool:
        """Whether the chat did not answer when it was last asked."""
        return self._failing_since_ms is not None

    def is_down(self, now_ms: int, after_ms: int) -> bool:
        """Whether the chat has not answered for so long."""
        return self._failing_since_ms is not None and now_ms - self._failing_since_ms >= after_ms

    def tell(self, room: RoomId, settlement: Settlement, reason: str, now_ms: int) -> None:
        """What one post's answer says."""
        self._of_the_chat(settlement, reason, now_ms)
        match settlement.cure:
            case Cure.ROOM_GONE:
                self._gone(room, reason)
            case Cure.ROOM_MOVED if settlement.new_room is not None:
                self._now[settlement.new_room] = self._now.get(room, room)
                self._untold.add(settlement.new_room)
            case _ if settlement.receipt is not None:
                self._troubles.clear(GONE, self._named(room))
                self._tell_moved(room)

    def look_at_rooms(self, store: Store) -> None:
        """At the start: which configured rooms are elsewhere now, or closed to us."""
        with store.read() as read:
            found = {room: read.room_now(self._chat, room) for room in self._rooms().values()}
            facts = {now_at: read.room_fact(self._chat, now_at) for now_at in found.values()}
        for room, now_at in found.items():
            if now_at == room:
                self._troubles.clear(MOVED, self._named(room))
            else:
                self.moved(room, now_at)
            if gone := facts[now_at].gone:
                self._gone(now_at, gone)

    def _tell_moved(self, room: RoomId) -> None:
        """Where the moves of a room have ended, once something was posted there."""
        if room in self._untold:
            self._untold.discard(room)
            self.moved(room, room)

    def moved(self, old: RoomId, new: RoomId) -> None:
        """A room has another id; what the configuration says of it is out of date."""
        self._now[new] = self._now.get(old, old)
        name = self._named(new)
        summary = (
            f"the room {name} has another id now, and posts go there; in the configuration write "
            f'chats.{self._chat}.rooms.{name}.id: "{new}"'
        )
        self._troubles.raise_trouble(Trouble(MOVED, name, summary))

    def _gone(self, room: RoomId, reason: str) -> None:
        name = self._named(room)
        summary = f"the room {name} is closed to {self._chat}: {reason}; what is meant for it waits"
        self._troubles.raise_trouble(Trouble(GONE, name, summary, Severity.CRITICAL))

    def _of_the_chat(self, settlement: Settlement, reason: str, now_ms: int) -> None:
        if settlement.answered:
            self._failing_since_ms = None
            self._troubles.clear(DOWN, self._chat)
            return
        if self._failing_since_ms is None:
            self._failing_since_ms = now_ms
        if now_ms - self._failing_since_ms >= DOWN_AFTER_MS:
            minutes = (now_ms - self._failing_since_ms) // 60_000
            summary = f"{self._chat} has not answered for {minutes} minutes: {reason}; posts wait"
            self._troubles.raise_trouble(Trouble(DOWN, self._chat, summary, Severity.CRITICAL))

    def _named(self, room: RoomId) -> str:
        """The room by our name; one without a name is somebody's private chat."""
        before = self._now.get(room, room)
        return next((name for name, id_ in self._rooms().items() if id_ in (room, before)), f"{before}")
