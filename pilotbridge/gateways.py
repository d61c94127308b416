"""From the configuration's gateways to open ones: the shipped kind, or one that a plugin brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pilotbridge import __version__
from pilotbridge.clock import Clock
from pilotbridge.config.settings import GatewaySettings, Settings
from pilotbridge.errors import ConfigurationError
from pilotbridge.protocols import Gateway, GatewayType, Meter
from pilotbridge.smspilot.client import SmspilotGateway

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

USER_AGENT = f"PilotBridge/{__version__}"
SMSPILOT = "smspilot"


def open_gateway(
    gateway: GatewaySettings,
    settings: Settings,
    types: Mapping[str, GatewayType],
    *,
    clock: Clock,
    meter: Meter | None = None,
    make_adapter: Callable[[], BaseAdapter] | None = None,
) -> Gateway:
    """One account. No network call yet; ``make_adapter`` stands in for the network in tests.

    :raises ConfigurationError: when no plugin brings the type, or the type refuses its keys.
    """
    if gateway.type == SMSPILOT:
        return SmspilotGateway(
            gateway,
            clock=clock,
            user_agent=USER_AGENT,
            ca_file=settings.network.ca_file,
            meter=meter,
            make_adapter=make_adapter,
        )
    kind = types.get(gateway.type)
    if kind is None:
        raise ConfigurationError(f"gateways.{gateway.name}: no plugin brings the type {gateway.type!r}")
    return kind.open(gateway, clock)
