"""`check --online`: what gateways and chats themselves say: key, balance, senders, rooms and rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotbridge.chat import RoomId
from pilotbridge.errors import PilotBridgeError

if TYPE_CHECKING:
    from pilotbridge.chat import RoomFacts
    from pilotbridge.config.settings import ChatSettings, GatewaySettings, Settings
    from pilotbridge.plugin_manager import Plugins
    from pilotbridge.protocols import Account, Gateway


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
    return [answer for chat in settings.chats.values() for answer in _ask_chat(chat, plugins)]


def _ask_chat(chat: ChatSettings, plugins: Plugins) -> list[dict[str, Any]]:
    try:
        opened = plugins.chats[chat.type].open(chat.name, chat.options)
        facts = opened.look_at({name: RoomId(room) for name, room in chat.rooms.items()})
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
