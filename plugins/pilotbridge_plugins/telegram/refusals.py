"""What Telegram's errors mean to the bridge: one answer to *could it have happened?*, and what to do next.

It owns the wording of the Bot API and the names of the client's exceptions; no reason it gives holds the
token. An error it does not know is kept with Telegram's own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from pilotbridge import (
    ChatPost,
    Moved,
    NewPost,
    NewThread,
    NoThreads,
    PilotBridgeError,
    PostGone,
    Refused,
    ReplyLost,
    RoomGone,
    RoomId,
    ThreadClosed,
    ThreadGone,
    TryLater,
)
from pilotbridge_plugins.telegram.wire import NotSent

TOKEN_REFUSED = (
    "Telegram does not know this bot: take the token from @BotFather anew and write it into token_file"
)
"""Of a token that is wrong, was revoked, or whose ``api_url`` leads elsewhere."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

_Kind = Callable[[str], PilotBridgeError]

_WORDS: tuple[tuple[tuple[str, ...], _Kind, str], ...] = (
    (("message thread not found", "topic_id_invalid", "topic_deleted"), ThreadGone, "the topic is gone"),
    (("topic_closed",), ThreadClosed, "the topic is closed"),
    (
        ("the chat is not a forum", "chat_not_forum", "channel_forum_missing"),
        NoThreads,
        "the room has no topics: switch them on in the group's settings",
    ),
    (
        ("not enough rights to manage topics", "not enough rights to create a topic"),
        NoThreads,
        "the bot may not manage topics: make it an administrator with that right",
    ),
    (
        (
            *("message to edit not found", "message to react not found", "message to be replied not found"),
            *("replied message not found", "message_id_invalid", "message can't be edited"),
        ),
        PostGone,
        "the message is gone",
    ),
    (
        (
            *("chat not found", "peer_id_invalid", "user not found", "chat_id_invalid", "channel_private"),
            *("group chat was deactivated", "chat_write_forbidden", "not enough rights to send"),
            *("have no rights to send", "chat_restricted", "user_is_blocked", "input_user_deactivated"),
        ),
        RoomGone,
        "the bot may not write there",
    ),
    (
        ("reaction_invalid", "reactions_too_many"),
        Refused,
        "the room does not allow this reaction: allow all reactions in the group's settings",
    ),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads errors of one bot, whose ``token`` must not be told."""

    token: str

    def of_post(self, error: Exception, post: ChatPost) -> PilotBridgeError:
        """What ``error`` means for ``post``; what does no harm when repeated is never in doubt."""
        happens_anew = isinstance(post, NewPost | NewThread)
        return self.meaning(error, may_repeat=not happens_anew)

    def meaning(self, error: Exception, *, may_repeat: bool) -> PilotBridgeError:
        """What ``error`` of one call means."""
        match error:
            case RetryAfter():
                wait = error._retry_after  # its public form warns that it will be of another type
                return TryLater(f"Telegram asks for {wait.total_seconds():g} s", after=wait, counts=False)
            case ChatMigrated():
                moved = "the group has become a supergroup"
                return Moved(moved, new_room=RoomId(str(error.new_chat_id)))
            case ValueError():
                return Refused(f"no id of Telegram's: {self.clean(str(error))}")
        if _is_strangers(error):
            return self._not_telegram(error, may_repeat=may_repeat)
        match error:
            case Forbidden():
                return RoomGone(f"{_why_forbidden(error)} ({self.clean(error.message)})")
            case InvalidToken() | EndPointNotFound():
                return TryLater(TOKEN_REFUSED)
            case Conflict():
                return TryLater(f"Telegram reports a conflict: {self.clean(error.message)}")
            case BadRequest():
                return self._refused(error)
            case NetworkError():
                return self._failed(error, may_repeat=may_repeat)
        return self._doubt(self.clean(_told(error)), may_repeat=may_repeat)

    def clean(self, text: str) -> str:
        """``text`` without the token, of which the library may have changed the capitals."""
        return re.sub(re.escape(self.token), "***", text, flags=re.IGNORECASE)

    def _refused(self, error: BadRequest) -> PilotBridgeError:
        words = self.clean(error.message)
        for parts, kind, meaning in _WORDS:
            if any(part in words.lower() for part in parts):
                return kind(f"{meaning} ({words})")
        return Refused(f"Telegram refuses it: {words}", code=400)

    def _failed(self, error: NetworkError, *, may_repeat: bool) -> PilotBridgeError:
        cause = error.__cause__
        if isinstance(error, NotSent) or isinstance(cause, _NOT_SENT):
            return TryLater(f"no connection to Telegram: {self.clean(_told(cause))}; nothing was sent")
        if "too many requests" in error.message.lower():
            return TryLater(self.clean(error.message), after=timedelta(seconds=5), counts=False)
        told = _told(cause) if isinstance(cause, httpx.HTTPError) else error.message
        return self._doubt(self.clean(told), may_repeat=may_repeat)

    def _not_telegram(self, error: Exception, *, may_repeat: bool) -> PilotBridgeError:
        """Something on the way answered, or Telegram with half an answer."""
        if isinstance(error, BadRequest | Forbidden | InvalidToken | EndPointNotFound | Conflict):
            return TryLater("what answered is no Bot API: look at api_url and proxy; nothing was sent")
        return self._doubt("an answer that cannot be read", may_repeat=may_repeat)

    def _doubt(self, told: str, *, may_repeat: bool) -> PilotBridgeError:
        if may_repeat:
            return TryLater(f"Telegram did not answer: {told}")
        return ReplyLost(f"Telegram did not answer, and may have done it: {told}")


def _is_strangers(error: Exception) -> bool:
    """Whether the answer was no JSON, so that nobody knows whose it is."""
    cause: BaseException | None = error
    while cause is not None and type(cause) is not TelegramError:
        cause = cause.__cause__
    return cause is not None


def _why_forbidden(error: Forbidden) -> str:
    words = error.message.lower()
    if "can't initiate" in words:
        return "this person has not started the bot yet: they open it and press Start"
    if "blocked" in words:
        return "this person has blocked the bot"
    if "deactivated" in words:
        return "this account does not exist any more"
    if "kicked" in words or "not a member" in words:
        return "the bot is not in the room any more: add it again"
    return "the bot may not write there"


def _told(cause: BaseException | None) -> str:
    return f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__
