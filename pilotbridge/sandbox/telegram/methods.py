"""The methods of the Bot API that the sandbox has, by their names in lower case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pilotbridge.sandbox.telegram import looking, polling, sending, topics
from pilotbridge.sandbox.telegram.asks import Ask

METHODS: dict[str, Callable[[Ask], Any]] = {
    "getme": looking.get_me,
    "getupdates": polling.get_updates,
    "setwebhook": polling.set_webhook,
    "deletewebhook": polling.delete_webhook,
    "getwebhookinfo": polling.webhook_shown,
    "sendmessage": sending.send_message,
    "senddocument": sending.send_document,
    "copymessage": sending.copy_message,
    "sendchataction": sending.send_chat_action,
    "editmessagetext": sending.edit_text,
    "editmessagereplymarkup": sending.edit_markup,
    "deletemessage": sending.delete_message,
    "setmessagereaction": sending.set_reaction,
    "createforumtopic": topics.create_topic,
    "editforumtopic": topics.edit_topic,
    "closeforumtopic": topics.close_topic,
    "reopenforumtopic": topics.reopen_topic,
    "deleteforumtopic": topics.delete_topic,
    "answercallbackquery": looking.answer_press,
    "getchat": looking.get_chat,
    "getchatmember": looking.get_chat_member,
    "getchatadministrators": looking.get_chat_administrators,
    "leavechat": looking.leave_chat,
    "setmycommands": looking.set_commands,
    "getmycommands": looking.get_commands,
}

# Of these every call counts for the flood limits of the chat (the Bots FAQ counts messages; measured, edits
# and reactions wait their turn as well).
COUNTED = frozenset(
    name for name in METHODS if not name.startswith(("get", "set", "leave", "answer", "deletewebhook"))
) | {"setmessagereaction"}
