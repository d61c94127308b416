"""What of a new configuration counts at once, and what only from the next start."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pilotbridge import __version__
from pilotbridge.config.settings import Settings
from pilotbridge.metrics import Metrics
from pilotbridge.plugin_manager import Plugins
from pilotbridge.plugin_manager.asking import ROUND
from pilotbridge.plugin_manager.loading import hook_names


def needs_restart(before: Settings, after: Settings) -> list[str]:
    """The blocks that differ from those of the start ``before`` and are only read then."""
    fixed = {
        "gateways": (before.gateways, after.gateways),
        "store": (before.store, after.store),
        "network": (before.network, after.network),
        "bridge.data_dir": (before.bridge.data_dir, after.bridge.data_dir),
        "bridge.one_processor": (before.bridge.one_processor, after.bridge.one_processor),
        "bridge.heartbeat": (before.bridge.heartbeat, after.bridge.heartbeat),
        "bridge.plugin_folder": (before.bridge.plugin_folder, after.bridge.plugin_folder),
        "web.listen": (before.web.listen, after.web.listen),
        "web.public_listen": (before.web.public_listen, after.web.public_listen),
        "web.external_url": (before.web.external_url, after.web.external_url),
        "plugins": (list(before.plugins), list(after.plugins)),
        "chats": (before.chats, after.chats),
    }
    return [name for name, (old, new) in fixed.items() if old != new]


def unread_sources(settings: Settings, loaded: Collection[str]) -> list[str]:
    """Doors whose plugin was not loaded at the start."""
    return [f"sources.{name}" for name, source in settings.sources.items() if source.type not in loaded]


def new_meter(settings: Settings, plugins: Plugins) -> Metrics:
    """The metrics, with the names that this configuration has."""
    names = {
        "source": [*settings.sources, "pilotbridge"],
        "gateway": list(settings.gateways),
        "chat": list(settings.chats),
        "plugin": [plugin.name for plugin in plugins.loaded],
        "hook": [*hook_names(), ROUND],
    }
    return Metrics(version=__version__, names=names)


def control_socket(settings: Settings) -> Path:
    """Where commands reach the running bridge."""
    return settings.bridge.data_dir / "control.sock"
