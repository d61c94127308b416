"""What of a new configuration counts only from the next start is said by name, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pilotbridge.app.reloading import needs_restart
from pilotbridge.config.settings import (
    BridgeSettings,
    ChatSettings,
    GatewaySettings,
    LimitsSettings,
    NetworkSettings,
    RouteNode,
    Secret,
    Settings,
    StoreSettings,
    WebSettings,
)
from pilotbridge.config.settings_doors import HeartbeatSettings, Listen

BEFORE = Settings(store=StoreSettings("sqlite:///pilotbridge.db"), route=RouteNode("root", "ops"))
CHANGED: dict[str, dict[str, Any]] = {
    "gateways": {"gateways": {"main": GatewaySettings("main")}},
    "store": {"store": StoreSettings("sqlite:///elsewhere.db")},
    "network": {"network": NetworkSettings(Path("ca.pem"))},
    "bridge.data_dir": {"bridge": BridgeSettings(data_dir=Path("elsewhere"))},
    "bridge.one_processor": {"bridge": BridgeSettings(one_processor=False)},
    "bridge.heartbeat": {"bridge": BridgeSettings(heartbeat=HeartbeatSettings(Secret("https://beat")))},
    "bridge.plugin_folder": {"bridge": BridgeSettings(plugin_folder=Path("plugins"))},
    "web.listen": {"web": WebSettings(listen=Listen("127.0.0.1", 9090))},
    "web.public_listen": {"web": WebSettings(public_listen=Listen("127.0.0.1", 9090))},
    "web.external_url": {"web": WebSettings(external_url="https://bridge.example")},
    "plugins": {"plugins": {"digest": {}}},
    "chats": {"chats": {"team": ChatSettings("team", "telegram")}},
}


@pytest.mark.parametrize("name", CHANGED)
def test_what_counts_only_from_the_next_start_is_said_by_name(name):
    assert needs_restart(BEFORE, replace(BEFORE, **CHANGED[name])) == [name]


def test_what_counts_at_once_needs_no_restart():
    after = replace(
        BEFORE, limits=LimitsSettings(parts_per_sms=1), bridge=BridgeSettings(zone="Europe/Paris")
    )

    assert needs_restart(BEFORE, after) == []
