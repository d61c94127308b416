"""The methods that ask about chats and people, answer presses, set commands and leave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pilotbridge.sandbox.telegram import wording
from pilotbridge.sandbox.telegram.asks import Ask, open_chat
from pilotbridge.sandbox.telegram.chats import Kind, Standing
from pilotbridge.sandbox.telegram.entities import utf16_length
from pilotbridge.sandbox.telegram.shown import chat_shown
from pilotbridge.sandbox.telegram.wording import bad_request

Json = dict[str, Any]

ANSWER_MAX = 200
COMMANDS_MAX = 100
_GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


def get_me(ask: Ask) -> Json:
    return ask.telegram.bot.shown()


def get_chat(ask: Ask) -> Json:
    chat = open_chat(ask)
    return chat_shown(ask.telegram, chat) | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(_GIFTS, True),
    }


def get_chat_member(ask: Ask) -> Json:
    chat = open_chat(ask)
    person = ask.telegram.person(ask.params.integer("user_id") or 0)
    if person is None:
        raise bad_request(wording.USER_NOT_FOUND)
    if chat.kind is Kind.PRIVATE:
        return {"status": "member", "user": person.shown()}
    return chat.member_shown(person)


def get_chat_administrators(ask: Ask) -> list[Json]:
    chat = open_chat(ask)
    if chat.kind is Kind.PRIVATE:
        raise bad_request("there are no administrators in the private chat")
    above = (Standing.CREATOR, Standing.ADMINISTRATOR)
    people = [ask.telegram.person(one) for one, standing in chat.members.items() if standing in above]
    return [
        chat.member_shown(person) for person in people if person and person != ask.telegram.bot.as_person()
    ]


def leave_chat(ask: Ask) -> bool:
    chat = open_chat(ask)
    if chat.kind is Kind.PRIVATE:
        raise bad_request("chat member status can't be changed in private chats")
    ask.telegram.set_chat(replace(chat, members={**chat.members, ask.telegram.bot.id: Standing.LEFT}))
    return True


def set_commands(ask: Ask) -> bool:
    commands = ask.params.value("commands")
    if not isinstance(commands, list) or len(commands) > COMMANDS_MAX:
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    for command in commands:
        if not isinstance(command, dict) or not _is_command(command.get("command")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not isinstance(command.get("description"), str) or not 1 <= len(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    ask.telegram.set_bot(replace(ask.telegram.bot, commands=tuple(commands)))
    return True


def _is_command(name: Any) -> bool:
    is_text = isinstance(name, str) and 1 <= len(name) <= 32
    return is_text and all(
        char == "_" or (char.isascii() and (char.islower() or char.isdigit())) for char in name
    )


def get_commands(ask: Ask) -> list[Any]:
    return list(ask.telegram.bot.commands)


def answer_press(ask: Ask) -> bool:
    """Answer a press of a button: once, and within its time."""
    press = ask.telegram.presses.get(ask.params.text("callback_query_id"))
    if press is None or not press.can_be_answered(ask.at_ms):
        raise bad_request(wording.QUERY_TOO_OLD)
    text = ask.params.text("text")
    if utf16_length(text) > ANSWER_MAX:
        raise bad_request(wording.ANSWER_TOO_LONG)
    answer = {"text": text, "show_alert": ask.params.flag("show_alert"), "url": ask.params.text("url")}
    ask.telegram.set_press(replace(press, answer=answer))
    return True
