"""What the control shows of Telegram: chats, messages, topics, updates, calls, limits, faults.

Messages come as the Bot API shows them, with what only people see beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec

from pilotbridge.sandbox.telegram.chats import Chat, Topic
from pilotbridge.sandbox.telegram.faults import ArmedBotFault
from pilotbridge.sandbox.telegram.journal import BotCall
from pilotbridge.sandbox.telegram.limits import LIMITS
from pilotbridge.sandbox.telegram.posts import Post, Press
from pilotbridge.sandbox.telegram.shown import chat_shown, post_shown
from pilotbridge.sandbox.telegram.state import Telegram
from pilotbridge.sandbox.telegram.wording import GUESSES
from pilotbridge.sandbox.views import Look, iso, limit_of

Json = dict[str, Any]


def summary(look: Look) -> Json:
    telegram = look.world.telegram
    return {
        "bot": bot(look),
        "chats": len(telegram.chats),
        "people": len(telegram.people),
        "calls": telegram.journal.total,
        "updates": len(telegram.mailbox.waiting),
        "polls": len(telegram.mailbox.polls),
        "faults": len(telegram.faults),
    }


def bot(look: Look) -> Json:
    one = look.world.telegram.bot
    shown: Json = msgspec.to_builtins(one)
    return {"id": one.id} | shown


def people(look: Look) -> list[Json]:
    return [person.shown() for person in look.world.telegram.people.values()]


def chats(look: Look) -> list[Json]:
    """Every chat, the one with the newest message first."""
    telegram = look.world.telegram
    newest = sorted(telegram.chats.values(), key=lambda chat: -_last_ms(telegram, chat))
    return [chat_state(telegram, chat) for chat in newest[: limit_of(look.query)]]


def _last_ms(telegram: Telegram, chat: Chat) -> int:
    known = telegram.posts.get(chat.id)
    return known[next(reversed(known))].at_ms if known else 0


def chat_state(telegram: Telegram, chat: Chat) -> Json:
    return chat_shown(telegram, chat) | {
        "members": {str(one): standing.value for one, standing in chat.members.items()},
        "bot": chat.standing_of(telegram.bot.id).value,
        "rights": sorted(chat.rights),
        "migrated_to": chat.migrated_to or None,
        "messages": sum(not post.is_gone for post in telegram.posts.get(chat.id, {}).values()),
    }


def messages(look: Look, chat: Chat) -> list[Json]:
    """Messages of a chat, newest first; ``thread`` and ``text`` choose, ``gone=1`` shows deleted ones too."""
    telegram, query = look.world.telegram, look.query
    found: Iterable[Post] = reversed(telegram.posts.get(chat.id, {}).values())
    chosen = (post for post in found if "gone" in query or not post.is_gone)
    if "thread" in query:
        chosen = (post for post in chosen if str(post.thread_id) == query["thread"])
    wanted = (post for post in chosen if query.get("text", "") in post.text)
    return [message(telegram, post) for post in islice(wanted, limit_of(look.query))]


def message(telegram: Telegram, post: Post) -> Json:
    reactions = [{"from": person, "emoji": emoji} for person, emoji in post.reactions.items()]
    return post_shown(telegram, post) | {"reactions": reactions, "gone": post.is_gone}


def topics(look: Look, chat: Chat) -> list[Json]:
    """Topics of a chat, newest first, deleted ones too."""
    found = [topic for topic in look.world.telegram.topics.values() if topic.chat_id == chat.id]
    return [topic_shown(topic) for topic in reversed(found)][: limit_of(look.query)]


def topic_shown(topic: Topic) -> Json:
    state = {"closed": topic.is_closed, "deleted": topic.is_deleted}
    return {"message_thread_id": topic.thread_id} | topic.shown() | state


def presses(look: Look) -> list[Json]:
    """Presses of buttons with what the bot answered, newest first."""
    found = reversed(look.world.telegram.presses.values())
    return [press_shown(press) for press in islice(found, limit_of(look.query))]


def press_shown(press: Press) -> Json:
    return {
        "id": press.id,
        "at": iso(press.at_ms),
        "chat": press.chat_id,
        "message_id": press.message_id,
        "person": press.person_id,
        "data": press.button,
        "answer": press.answer,
    }


def updates(look: Look) -> list[Json]:
    """What the bot has not confirmed yet, oldest first."""
    waiting = look.world.telegram.mailbox.waiting
    return [update.shown() for update in islice(waiting, limit_of(look.query))]


def calls(look: Look) -> list[Json]:
    """Calls of the bot, newest first; ``method``, ``chat`` and ``outcome`` choose."""
    found = (call for call in reversed(look.world.telegram.journal) if _is_wanted(call, look))
    return [_call_shown(call) for call in islice(found, limit_of(look.query))]


def _is_wanted(call: BotCall, look: Look) -> bool:
    query = look.query
    if query.get("method", call.method).lower() != call.method.lower():
        return False
    if query.get("outcome", call.outcome) != call.outcome:
        return False
    return query.get("chat", str(call.chat_id)) == str(call.chat_id)


def _call_shown(call: BotCall) -> Json:
    shown: Json = msgspec.to_builtins(call)
    return {"number": call.number, "at": iso(shown.pop("at_ms"))} | shown


def limits(look: Look) -> list[Json]:
    """Each limit: how often it was gone over, and how full its window was at most."""
    known = look.world.telegram.limits
    return [
        {
            "name": limit.name,
            "calls": limit.calls,
            "within_s": limit.within_ms / 1000,
            "exceeded": known.exceeded[limit.name],
            "busiest": known.busiest[limit.name],
            "enforced": limit.name in known.enforced,
        }
        for limit in LIMITS
    ]


def faults(look: Look) -> list[Json]:
    return [armed(fault) for fault in look.world.telegram.faults]


def armed(fault: ArmedBotFault) -> Json:
    shown: Json = msgspec.to_builtins(fault.rule)
    until_ms = shown.pop("until_ms")
    until = None if until_ms is None else iso(until_ms)
    return {"id": fault.id, "struck": fault.struck, "until": until} | shown


def assumptions(_look: Look) -> list[str]:
    return list(GUESSES)
