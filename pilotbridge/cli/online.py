"""`check --online`: what gateways and chats themselves say: key, balance, senders, rooms and rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pilotbridge.chat import RoomId
from pilotbridge.errors import PilotBridgeError
from pilotbridge.model import Way
from pilotbridge.outbox.posts.rooms import find_room

if TYPE_CHECKING:
    from pilotbridge.chat import RoomFacts
    from pilotbridge.config.settings import ChatSettings, GatewaySettings, Settings
    from pilotbridge.plugin_manager import Plugins
    from pilotbridge.protocols import Account, Gateway
    from pilotbridge.store.protocol import ReadVerbs


def open_gateway(settings: Settings, plugins: Plugins, name: str = "") -> Gateway:
    """The gateway called ``name``, or the first one.

    :raises NotFound: when there is none.
    """
    from pilotbridge.clock import SystemClock
    from pilotbridge.errors import NotFound
    from pilotbridge.gateways import open_gateway as open_one

    chosen = settings.gateways.get(name) if name else next(iter(settings.gateways.values()), None)
    if chosen is None:
        known = ", ".join(settings.gateways) or "none"
        raise NotFound(f"there is no gateway {name!r}; the configuration has: {known}")
    return open_one(chosen, settings, plugins.gateways, clock=SystemClock())


def ask_gateways(settings: Settings, plugins: Plugins) -> list[dict[str, Any]]:
    """What each gateway says of the account; ``fits`` tells whether messages would be taken."""
    return [_ask(gateway, settings, plugins) for gateway in settings.gateways.values()]


def _ask(gateway: GatewaySettings, settings: Settings, plugins: Plugins) -> dict[str, Any]:
    opened = open_gateway(settings, plugins, gateway.name)
    try:
        balance, account = opened.balance_rub(), opened.account()
    except PilotBridgeError as error:
        return {"gateway": gateway.name, "fits": False, "says": error.reason}
    finally:
        opened.close()
    fault = _sender_fault(gateway, account)
    senders = ", ".join(account.senders) or "none"
    return {
        "gateway": gateway.name,
        "fits": not fault,
        "says": fault or f"the key is good; balance {balance} roubles; senders {senders}",
        "balance_rub": balance,
        "senders": list(account.senders),
    }


def ask_chats(settings: Settings, plugins: Plugins) -> list[dict[str, Any]]:
    """What each chat says of our account, then of every room; ``fits``: people can talk there."""
    return [
        answer
        for chat in settings.chats.values()
        for answer in _ask_chat(chat, plugins, _rooms_used(settings, chat.name))
    ]


def _rooms_used(settings: Settings, chat: str) -> dict[str, RoomId]:
    """A chat's configured rooms, and the private chats in it that lines or receivers name."""
    steps = [step for receiver in settings.receivers.values() for step in receiver.steps]
    told = [address.name for step in steps for address in step.notify if address.way is Way.CHAT]
    private = [name for name in (*(line.room for line in settings.lines), *told) if name.startswith("@")]
    found = {name: find_room(name, settings) for name in (*settings.chats[chat].rooms, *private)}
    return {name: room.id for name, room in found.items() if room is not None and room.chat == chat}


def ask_who_writes(settings: Settings, read: ReadVerbs | None) -> list[dict[str, Any]]:
    """A finding when lines lead to rooms and nobody there may text; ``read`` is None: no database yet."""
    chat = next(iter(settings.chats), "")
    if not chat or not any(line.room for line in settings.lines):
        return []
    for contact in settings.contacts.values():
        tied = contact.telegram is not None or bool(read and read.enrolments_of(contact.name))
        if tied and contact.role != "viewer":
            return []
    name = next(iter(settings.contacts), "NAME")
    says = (
        "nobody can text from here: no contact (responder or admin) has a telegram id, and none is linked; "
        f"pilotbridge contacts link {name} gives a code to send to the bot"
    )
    return [{"chat": chat, "room": "", "fits": False, "says": says}]


def _ask_chat(chat: ChatSettings, plugins: Plugins, rooms: Mapping[str, RoomId]) -> list[dict[str, Any]]:
    try:
        opened = plugins.chats[chat.type].open(chat.name, chat.options)
        facts = opened.look_at(rooms)
    except PilotBridgeError as error:
        return [{"chat": chat.name, "room": "", "fits": False, "says": error.reason}]
    return [_room(chat.name, name, fact) for name, fact in facts.items()]


def _room(chat: str, name: str, facts: RoomFacts) -> dict[str, Any]:
    kind = "with threads" if facts.has_threads else "without threads"
    fine = f"{facts.title}, {kind}" if name else f"the token is good; the bridge is {facts.title}"
    return {
        "chat": chat,
        "room": name,
        "fits": not facts.faults,
        "says": "; ".join(facts.faults or (fine, *facts.hints)),
        "title": facts.title,
        "has_threads": facts.has_threads,
    }


def _sender_fault(gateway: GatewaySettings, account: Account) -> str:
    """What the account has against the configured sender."""
    known = {sender.lower() for sender in account.senders}
    if not gateway.sender or account.any_sender or gateway.sender.lower() in known | {"inform"}:
        return ""
    theirs = ", ".join(account.senders) or "none"
    return (
        f"the sender {gateway.sender!r} is not one of the account's ({theirs}): "
        "messages would be refused with 204; apply for it, or configure another"
    )
