"""The routes below ``/sandbox/telegram``; documented in ``docs/sandbox.md``.

It leads to views and orders; what does not exist is answered with None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pilotbridge.sandbox.orders import Order, Refusal
from pilotbridge.sandbox.telegram import orders, views
from pilotbridge.sandbox.telegram.chat_orders import CHAT_ORDERS, change_topic
from pilotbridge.sandbox.telegram.chats import Chat
from pilotbridge.sandbox.telegram.state import Telegram
from pilotbridge.sandbox.views import Look

VIEWS: dict[str, Callable[[Look], Any]] = {
    "": views.summary,
    "bot": views.bot,
    "people": views.people,
    "chats": views.chats,
    "presses": views.presses,
    "updates": views.updates,
    "calls": views.calls,
    "limits": views.limits,
    "faults": views.faults,
    "assumptions": views.assumptions,
}
ORDERS: dict[str, Callable[[Order], Any]] = {
    "bot": orders.change_bot,
    "people": orders.add_person,
    "chats": orders.add_chat,
    "updates": orders.add_update,
    "calls/clear": orders.clear_calls,
    "limits": orders.set_limits,
    "limits/clear": orders.clear_limits,
    "faults": orders.add_fault,
    "faults/clear": orders.clear_faults,
}


def view(look: Look, name: str) -> Any:
    """What stands at ``name``, None when nothing does."""
    if name in VIEWS:
        return VIEWS[name](look)
    match name.split("/"):
        case ["chats", chat]:
            return views.chat_state(look.world.telegram, _chat(look.world.telegram, chat))
        case ["chats", chat, "messages"]:
            return views.messages(look, _chat(look.world.telegram, chat))
        case ["chats", chat, "topics"]:
            return views.topics(look, _chat(look.world.telegram, chat))
        case _:
            return None


def give(order: Order, name: str) -> Any:
    """Carry out the order ``name``, None when there is no such order."""
    if name in ORDERS:
        return ORDERS[name](order)
    match name.split("/"):
        case ["chats", chat, verb] if verb in CHAT_ORDERS:
            return CHAT_ORDERS[verb](order, _chat(order.world.telegram, chat))
        case ["chats", chat, "topics", thread, verb]:
            return change_topic(order, _chat(order.world.telegram, chat), thread, verb)
        case _:
            return None


def _chat(telegram: Telegram, written: str) -> Chat:
    is_number = written.removeprefix("-").isdigit() and written.isascii() and len(written) < 20
    chat = telegram.chats.get(int(written)) if is_number else None
    if chat is None:
        raise Refusal(f"there is no chat {written}", 404)
    return chat
