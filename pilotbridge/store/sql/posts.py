"""The chat outbox: posts, their moves, and what is known of the rooms they go to."""

from __future__ import annotations

from pilotbridge.chat import ChatMessageId, Lane, RoomId, ThreadId
from pilotbridge.lifecycle import FINISHED, Event, State, advance, doubt_after
from pilotbridge.store.chat_records import (
    About,
    ConversationId,
    PostDraft,
    PostId,
    PostKind,
    PostMove,
    PostRow,
    RoomFact,
)
from pilotbridge.store.connection import Statements
from pilotbridge.store.sql.rows import Row

_NEWEST = 1 << 62
_STATES = {state.value: state for state in State}


class PostReads(Statements):
    __slots__ = ()

    def post(self, post_id: PostId) -> PostRow | None:
        row = self.row("post_row", (post_id,))
        return None if row is None else post_from(row)

    def pending_rooms(self, chat: str) -> list[RoomId]:
        """The rooms that posts wait for, due or not."""
        return [RoomId(row[0]) for row in self.rows("pending_rooms", {"chat": chat})]

    def next_post(self, chat: str, room: RoomId, now_ms: int, *, is_failing: bool = False) -> PostRow | None:
        """The post that goes next to a room; while the chat fails one that has failed least."""
        row = self.row("next_fresh_post" if is_failing else "next_post", (chat, room, now_ms))
        return None if row is None else post_from(row)

    def next_post_due(self, chat: str, after_ms: int) -> int | None:
        """When a post is due that is not due at ``after_ms``; or when a room we are out of is tried again."""
        found = [self.row("next_post_due", (chat, after_ms)), self.row("next_probe", (chat,))]
        return min((row[0] for row in found if row and row[0] is not None), default=None)

    def posts_sending(self, chat: str) -> list[PostRow]:
        """Posts that somebody is sending, or was."""
        return [post_from(row) for row in self.rows("posts_sending", (chat,))]

    def posts_held(self, chat: str, room: RoomId, limit: int) -> list[PostRow]:
        return [post_from(row) for row in self.rows("posts_held", (chat, room, limit))]

    def post_to_probe(self, chat: str, room: RoomId) -> PostRow | None:
        """The held post of a room that is to go first."""
        row = self.row("post_to_probe", (chat, room))
        return None if row is None else post_from(row)

    def posts_queued(self, chat: str, room: RoomId, limit: int) -> list[PostRow]:
        return [post_from(row) for row in self.rows("posts_queued", (chat, room, limit))]

    def posts_on_target(
        self, chat: str, room: RoomId, target: ChatMessageId, kind: PostKind
    ) -> list[PostRow]:
        """Waiting posts that do the same to the same message."""
        return [post_from(row) for row in self.rows("posts_on_target", (chat, room, target, kind.value))]

    def posts_of_post(self, post_id: PostId, kind: PostKind) -> list[PostRow]:
        """Waiting edits of a post of ours."""
        return [post_from(row) for row in self.rows("posts_of_post", (post_id, kind.value))]

    def pending_thread_post(self, conversation: ConversationId) -> PostId | None:
        """The post that makes this conversation's thread, while it is on its way."""
        row = self.row("pending_thread_post", (conversation,))
        return None if row is None else PostId(row[0])

    def last_post_of(self, conversation: ConversationId, lane: Lane) -> PostId | None:
        """The newest post of a conversation in a lane, marks and edits left out."""
        row = self.row("last_post_of_conversation", (conversation, int(lane)))
        return None if row is None else PostId(row[0])

    def posts_about(self, about: About) -> list[PostRow]:
        return [post_from(row) for row in self.rows("posts_about", (about.kind, about.id))]

    def posts_of_conversation(self, conversation: ConversationId, limit: int = 100) -> list[PostRow]:
        """Newest first."""
        return [post_from(row) for row in self.rows("posts_of_conversation", (conversation, limit))]

    def posts_listed(self, *, state: str = "", limit: int = 100, before: int = _NEWEST) -> list[PostRow]:
        """Newest first."""
        params = {"state": state, "limit": limit, "before": before}
        return [post_from(row) for row in self.rows("posts_listed", params)]

    def posts_stuck(self, limit: int = 1000) -> list[PostRow]:
        """Posts a person may have to look at."""
        return [post_from(row) for row in self.rows("posts_stuck", (limit,))]

    def posts_lost_in(self, chat: str, room: RoomId, kind: PostKind, since_ms: int) -> list[PostRow]:
        """Posts of a room's conversations that may be there under a number that we were never told."""
        params = {"chat": chat, "room": room, "kind": kind.value, "since": since_ms}
        return [post_from(row) for row in self.rows("posts_lost_in", params)]

    def posts_waiting_in(self, chat: str, room: RoomId) -> list[PostRow]:
        """Posts of a room that are still to go."""
        return [post_from(row) for row in self.rows("posts_waiting_in", {"chat": chat, "room": room})]

    def unfinished_chats(self) -> list[str]:
        """The chats that unfinished posts name, whether configured or not."""
        return sorted(row[0] for row in self.rows("unfinished_chats"))

    def posts_unfinished(self, chat: str) -> list[PostRow]:
        """Posts of one chat that are on their way."""
        return [post_from(row) for row in self.rows("posts_unfinished", (chat, chat))]

    def posts_held_for(self, chat: str, cause: str) -> list[PostRow]:
        return [post_from(row) for row in self.rows("posts_held_for", (chat, cause))]

    def unsent_posts(self) -> list[PostId]:
        """Texts that were on their way when this database was copied."""
        return [PostId(row[0]) for row in self.rows("unsent_posts")]

    def count_posts(self) -> tuple[int, int]:
        """How many are on their way, and how many are stuck."""
        found = [self.row(name) for name in ("count_posts_waiting", "count_posts_stuck")]
        waiting, stuck = (row[0] if row else 0 for row in found)
        return waiting, stuck

    def room_fact(self, chat: str, room: RoomId) -> RoomFact:
        row = self.row("room_fact", (chat, room))
        return RoomFact() if row is None else RoomFact(*row)

    def room_now(self, chat: str, room: RoomId) -> RoomId:
        """The present id of a room that may have moved."""
        row = self.row("room_moved", (chat, room))
        return room if row is None else RoomId(row[0])

    def gone_rooms(self, chat: str, now_ms: int) -> list[RoomId]:
        """Rooms we are out of whose time to be tried again has come."""
        return [RoomId(row[0]) for row in self.rows("gone_rooms", (chat, now_ms))]


class PostWrites(PostReads):
    __slots__ = ()

    def add_post(self, draft: PostDraft, now_ms: int) -> PostId:
        row = self.row("add_post", _drafted(draft, now_ms))
        assert row
        self.run("add_event", ("post", row[0], now_ms, "enqueue", State.QUEUED.value, draft.reason))
        return PostId(row[0])

    def move_post(self, move: PostMove, now_ms: int) -> bool:
        """Apply one move; False, and nothing done, when the row has changed since it was read.

        :raises IllegalMove: when the table of states has no such move.
        """
        doubt = move.in_doubt_since_ms is not None
        state = advance(move.state, move.event, reason=move.reason, doubt=doubt)
        params = {
            "id": move.id,
            "revision": move.revision,
            "state": state.value,
            "reason": move.reason,
            "cause": move.cause,
            "due": move.due_at_ms,
            "doubt": move.in_doubt_since_ms if doubt_after(move.event, doubt=doubt) else None,
            "claimed": move.event is Event.CLAIM,
            "settled": state in FINISHED,
            "now": now_ms,
        }
        if self.run("move_post", params) != 1:
            return False
        for column, value in move.sets.items():
            self.run(f"set_post_{column}", (value, move.id))
        self.run("add_event", ("post", move.id, now_ms, move.event.value, state.value, move.reason))
        return True

    def aim_post(self, post_id: PostId, target: ChatMessageId) -> None:
        """The id of the message that this post edits is known at last."""
        self.run("set_post_target", (target, post_id))

    def rewrite_post(self, post_id: PostId, content: str) -> None:
        """It says something else; JSON as in :class:`PostDraft`."""
        self.run("set_post_content", (content, post_id))

    def put_behind(self, post_id: PostId, before: PostId) -> None:
        """``before`` goes first."""
        self.run("set_post_after_id", (before, post_id))

    def hasten_posts(self, chat: str, cause: str, now_ms: int) -> int:
        """Whatever waits for this cause goes now."""
        return self.run("hasten_posts", {"chat": chat, "cause": cause, "now": now_ms})

    def set_room_gone(self, chat: str, room: RoomId, gone: str, probe_at_ms: int | None) -> None:
        """We are out of a room, and why; or ('') in it again."""
        self.run("set_room_gone", {"chat": chat, "id": room, "gone": gone, "probe": probe_at_ms})

    def set_room_threadless(self, chat: str, room: RoomId, why: str, now_ms: int) -> None:
        """It has no threads, and why; or ('') it may have."""
        self.run("set_room_threadless", {"chat": chat, "id": room, "threadless": why, "now": now_ms})

    def move_room(self, chat: str, old: RoomId, new: RoomId) -> int:
        """``old`` is ``new`` from now on: posts, conversations, and rooms that had moved to it before.

        Returns how many unfinished posts go there.
        """
        if old == new:
            return 0
        self.run("follow_moved_rooms", {"chat": chat, "old": old, "new": new})
        self.run("set_room_moved", (chat, old, new))
        self.run("unmove_room", (chat, new))
        self.run("move_conversations", {"chat": chat, "old": old, "new": new})
        return self.run("move_posts", {"chat": chat, "old": old, "new": new})


def _drafted(draft: PostDraft, now_ms: int) -> tuple[object, ...]:
    return (
        draft.reason,
        draft.chat,
        draft.room,
        draft.thread,
        int(draft.lane),
        draft.kind.value,
        draft.content,
        draft.conversation,
        draft.about.kind,
        draft.about.id,
        draft.target,
        draft.of_post,
        draft.after,
        draft.repeats,
        now_ms,
        draft.due_at_ms,
    )


def post_from(row: Row) -> PostRow:
    """From ``post_columns``."""
    return PostRow(
        id=PostId(row[0]),
        state=_STATES[row[1]],
        chat=row[2],
        room=RoomId(row[3]),
        thread=ThreadId(row[4]),
        lane=Lane(row[5]),
        kind=PostKind(row[6]),
        content=row[7],
        conversation=None if row[8] is None else ConversationId(row[8]),
        about=About(row[9], row[10]),
        target=ChatMessageId(row[11]),
        of_post=None if row[12] is None else PostId(row[12]),
        repeats=bool(row[13]),
        message=ChatMessageId(row[14]),
        attempts=row[15],
        failures=row[16],
        doubt_tries=row[17],
        heals=row[18],
        created_at_ms=row[19],
        due_at_ms=row[20],
        in_doubt_since_ms=row[21],
        settled_at_ms=row[22],
        cause=row[23],
        reason=row[24],
        revision=row[25],
    )
