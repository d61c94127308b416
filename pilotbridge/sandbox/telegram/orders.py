"""What the control can change of Telegram: the bot, people, chats, limits, faults, and any raw update.

Every order is checked whole before anything changes, and answers what stands afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any

import msgspec

from pilotbridge.sandbox.orders import (
    LONGEST_S,
    Order,
    Refusal,
    check_dice,
    check_names,
    converted,
    milliseconds,
)
from pilotbridge.sandbox.telegram import views
from pilotbridge.sandbox.telegram.chats import Bot, Chat, Kind, Person, Standing
from pilotbridge.sandbox.telegram.faults import BotFaultRule
from pilotbridge.sandbox.telegram.limits import LIMITS
from pilotbridge.sandbox.telegram.methods import METHODS
from pilotbridge.sandbox.telegram.state import FIRST_PERSON, Telegram

Json = dict[str, Any]

_TOKEN = re.compile(r"[1-9][0-9]{0,14}:[A-Za-z0-9_-]{20,}")


def change_bot(order: Order) -> Json:
    """Change the settings of the bot that are named."""
    check_names(order.fields, (known.name for known in fields_of(Bot)))
    bot = converted(msgspec.to_builtins(order.world.telegram.bot) | dict(order.fields), Bot)
    if not _TOKEN.fullmatch(bot.token):
        raise Refusal("token must be an id, a colon and at least 20 of A-Z a-z 0-9 _ -")
    if not bot.webhook_retries_s or min(bot.webhook_retries_s) <= 0:
        raise Refusal("webhook_retries_s must be one or more waits above 0, or a failing webhook never rests")
    order.world.telegram.set_bot(bot)
    return views.bot(order.look())


def add_person(order: Order) -> Json:
    """Make a person, or change the one with that ``id``."""
    telegram = order.world.telegram
    check_names(order.fields, ("id", "first_name", "last_name", "username", "language_code"))
    free = max((one for one in telegram.people), default=FIRST_PERSON - 1) + 1
    person = converted({"id": free, "first_name": f"Person {free}"} | dict(order.fields), Person)
    if not 0 < person.id < 2**52 or person.id == telegram.bot.id:
        raise Refusal("id must be a positive number that is not the bot's")
    telegram.set_person(person)
    return person.shown()


def add_chat(order: Order) -> Json:
    """Make a chat.

    A ``private`` one is with ``person`` and means that they have started the bot. In a ``group`` or
    ``supergroup`` the first of ``members`` is its owner, and ``bot`` says what the bot is there.
    """
    telegram = order.world.telegram
    check_names(order.fields, ("kind", "id", "person", "title", "is_forum", "members", "bot"))
    kind = converted(order.fields.get("kind", "supergroup"), Kind)
    standing = converted(order.fields.get("bot", "member"), Standing)
    if kind is Kind.PRIVATE:
        person = person_of(telegram, order.fields.get("person"))
        chat = Chat(person.id, kind, members={telegram.bot.id: Standing.MEMBER})
    else:
        chat = _group(order, kind, standing)
    if chat.id in telegram.chats:
        raise Refusal(f"there is a chat {chat.id} already", 409)
    telegram.set_chat(chat)
    return views.chat_state(telegram, chat)


def _group(order: Order, kind: Kind, standing: Standing) -> Chat:
    telegram, fields = order.world.telegram, order.fields
    is_forum = converted(fields.get("is_forum", False), bool)
    if is_forum and kind is not Kind.SUPERGROUP:
        raise Refusal("only a supergroup can be a forum")
    given = converted(fields.get("members", list(telegram.people)[:1]), list[int])
    people = [person_of(telegram, one).id for one in given]
    members = dict.fromkeys(people, Standing.MEMBER) | dict.fromkeys(people[:1], Standing.CREATOR)
    chat_id = converted(fields.get("id", telegram.next_chat_id(kind)), int)
    if chat_id >= 0:
        raise Refusal("the id of a group is negative")
    title = converted(fields.get("title", "Group"), str)
    return Chat(chat_id, kind, title, is_forum, {**members, telegram.bot.id: standing})


def person_of(telegram: Telegram, person_id: Any) -> Person:
    """The person named; without a name the first one."""
    if person_id is None and telegram.people:
        return next(iter(telegram.people.values()))
    person = telegram.people.get(converted(person_id, int))
    if person is None:
        raise Refusal(f"there is no person {person_id}", 404)
    return person


def add_update(order: Order) -> Json:
    """Queue any update at all, as it is; one that the bot does not want is left out, and null answered."""
    update = order.fields.get("update")
    if not isinstance(update, dict) or len(update) != 1:
        raise Refusal('say {"update": {"channel_post": {...}}}, with one kind of update')
    ((kind, content),) = update.items()
    queued = order.world.telegram.mailbox.put(kind, content, order.at_ms)
    return {"queued": queued.shown() if queued else None}


def clear_calls(order: Order) -> Json:
    order.world.telegram.journal.clear()
    return views.summary(order.look())


def set_limits(order: Order) -> list[Json]:
    """Say which limits are enforced: ``{"enforce": true}``, ``false`` or a list of names."""
    check_names(order.fields, ("enforce",))
    names = tuple(limit.name for limit in LIMITS)
    wanted = order.fields.get("enforce", True)
    enforced: Iterable[str] = (
        (names if wanted else ()) if isinstance(wanted, bool) else converted(wanted, list[str])
    )
    check_names(enforced, names)
    order.world.telegram.limits.enforced = frozenset(enforced)
    return views.limits(order.look())


def clear_limits(order: Order) -> list[Json]:
    order.world.telegram.limits.clear()
    return views.limits(order.look())


def add_fault(order: Order) -> Json:
    """Let calls fail; ``for_s`` ends the fault by time instead of by count."""
    fields = dict(order.fields)
    for_s = fields.pop("for_s", None)
    check_names(fields, (known.name for known in fields_of(BotFaultRule) if known.name != "until_ms"))
    if for_s is not None:
        fields = {"count": None, "until_ms": order.at_ms + milliseconds(for_s)} | fields
    rule = converted(fields, BotFaultRule)
    if rule.method and rule.method.lower() not in METHODS:
        raise Refusal(f"there is no method {rule.method}")
    if not all(400 <= code <= 599 for code in (rule.status, rule.error_code)):
        raise Refusal("status and error_code must be 400 to 599")
    if not 0 <= rule.seconds <= LONGEST_S or rule.at_byte < 0 or rule.retry_after < 1:
        raise Refusal("seconds and at_byte must not be negative, retry_after at least 1")
    check_dice(rule.probability, rule.count)
    return views.armed(order.world.telegram.add_fault(rule))


def clear_faults(order: Order) -> list[Json]:
    telegram, which = order.world.telegram, order.fields.get("id")
    telegram.faults = [fault for fault in telegram.faults if which is not None and fault.id != which]
    return views.faults(order.look())


def change_rights(chat: Chat, standing: Standing, rights: Iterable[str] | None, who: int) -> Chat:
    """The chat with ``who`` as ``standing``."""
    members = {**chat.members, who: standing}
    return replace(chat, members=members, rights=chat.rights if rights is None else frozenset(rights))
