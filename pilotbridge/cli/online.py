"""`check --online`: what the gateways themselves say: key, balance, senders, callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pilotbridge.errors import PilotBridgeError

if TYPE_CHECKING:
    from pilotbridge.config.settings import GatewaySettings, Settings
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


def ask_gateways(settings: Settings, plugins: Plugins) -> bool:
    """Ask each gateway for its account and say what does not fit; whether all answered well."""
    answers = [_ask(gateway, settings, plugins) for gateway in settings.gateways.values()]
    return all(answers)


def _ask(gateway: GatewaySettings, settings: Settings, plugins: Plugins) -> bool:
    opened = open_gateway(settings, plugins, gateway.name)
    try:
        balance, account = opened.balance_rub(), opened.account()
    except PilotBridgeError as error:
        click.echo(f"{gateway.name}: {error.reason}")
        return False
    finally:
        opened.close()
    click.echo(
        f"{gateway.name}: answers; balance {balance} roubles; senders {', '.join(account.senders) or 'none'}"
    )
    return _judge_sender(gateway, account)


def _judge_sender(gateway: GatewaySettings, account: Account) -> bool:
    known = {sender.lower() for sender in account.senders}
    if gateway.sender and not account.any_sender and gateway.sender.lower() not in known | {"inform"}:
        click.echo(
            f"{gateway.name}: the sender {gateway.sender!r} is not in the account's list: "
            "messages would be refused with 204"
        )
        return False
    return True
