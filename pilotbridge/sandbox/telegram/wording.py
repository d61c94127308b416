"""How Telegram words a refusal: the code, the sentence and the parameters a client may read.

It knows words only; when one is said is decided where the call is carried out.
"""

from __future__ import annotations

from typing import Any

GUESSES = (
    "A closed topic refuses the bot's messages with TOPIC_CLOSED even when it may manage topics.",
    "Message ids are counted in each chat, also in private chats and plain groups.",
    "A second answer to one press is refused as one that is too old.",
    "A call that was refused for flood does not count as a call.",
    "A webhook gets one update at a time, and after a failure waits as long as webhook_retries_s says.",
    "A webhook's address may be plain HTTP; an uploaded certificate is refused.",
    "Text is kept as it was sent; Telegram itself trims blanks at its ends.",
    "Of the parse modes only HTML is read.",
    "The windows of the limits slide; Telegram calls its limits approximate.",
    "Left out: method calls in a webhook's answer, inline messages, channels, media other than documents.",
)


class ApiError(Exception):
    """A call that Telegram refuses; ``parameters`` are those of a ResponseParameters object."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad_request(reason: str) -> ApiError:
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    return ApiError(403, f"Forbidden: {reason}")


def conflict(reason: str) -> ApiError:
    return ApiError(409, f"Conflict: {reason}")


def migrated(chat_id: int) -> ApiError:
    reason = "Bad Request: group chat was upgraded to a supergroup chat"
    return ApiError(400, reason, migrate_to_chat_id=chat_id)


def too_many(retry_after_s: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {retry_after_s}", retry_after=retry_after_s)


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized")


def not_found() -> ApiError:
    return ApiError(404, "Not Found")


CHAT_NOT_FOUND = "chat not found"
CHAT_ID_EMPTY = "chat_id is empty"
USER_NOT_FOUND = "user not found"
TEXT_EMPTY = "message text is empty"
TEXT_TOO_LONG = "message is too long"
CAPTION_TOO_LONG = "message caption is too long"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
NO_MESSAGE_ID = "message identifier is not specified"
EDIT_NOT_FOUND = "message to edit not found"
CANNOT_EDIT = "message can't be edited"
NO_TEXT_TO_EDIT = "there is no text in the message to edit"
DELETE_NOT_FOUND = "message to delete not found"
CANNOT_DELETE = "message can't be deleted"
CANNOT_DELETE_FOR_ALL = "message can't be deleted for everyone"
COPY_NOT_FOUND = "message to copy not found"
CANNOT_COPY = "message can't be copied"
REACT_NOT_FOUND = "message to react not found"
REPLY_NOT_FOUND = "message to be replied not found"
THREAD_NOT_FOUND = "message thread not found"
TOPIC_CLOSED = "TOPIC_CLOSED"
TOPIC_NOT_MODIFIED = "TOPIC_NOT_MODIFIED"
TOPIC_ID_INVALID = "TOPIC_ID_INVALID"
TOPIC_NAME_INVALID = "TOPIC_TITLE_EMPTY"
TOPIC_NAME_TOO_LONG = "topic name is too long"
ICON_COLOR_INVALID = "TOPIC_ICON_COLOR_INVALID"
NOT_A_FORUM = "the chat is not a forum"
NO_TOPIC_RIGHTS = "not enough rights to manage topics"
NO_CREATE_TOPIC_RIGHTS = "not enough rights to create a topic"
REACTION_INVALID = "REACTION_INVALID"
REACTIONS_TOO_MANY = "REACTIONS_TOO_MANY"
BUTTON_DATA_INVALID = "BUTTON_DATA_INVALID"
BUTTON_UNREADABLE = "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
ANSWER_TOO_LONG = "MESSAGE_TOO_LONG"
DOCUMENT_MISSING = "there is no document in the request"
FILE_ID_WRONG = "wrong file identifier/HTTP URL specified"
ACTION_WRONG = "wrong parameter action in request"

BLOCKED = "bot was blocked by the user"
CANNOT_INITIATE = "bot can't initiate conversation with a user"

POLL_TAKEN_OVER = "terminated by other getUpdates request; make sure that only one bot instance is running"
POLL_ENDED_BY_WEBHOOK = "terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
