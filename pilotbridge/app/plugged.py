"""What plugins get of the bridge, and how they are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from pilotbridge.app.ground import Shared
from pilotbridge.bridge import BridgeParts, PluginBridge
from pilotbridge.plugin_manager import PluginHooks


def bridge_parts(shared: Shared, hook_path: Callable[[str], str]) -> BridgeParts:
    """What stands behind the bridge of every plugin; ``hook_path`` is where a chat's hook comes in."""
    return BridgeParts(
        store=shared.store,
        settings=shared.settings,
        postage=shared.postage,
        clock=shared.clock,
        raise_trouble=shared.troubles.raise_trouble,
        wake=shared.wakes.everyone,
        on_update=lambda: shared.wakes.one("chat-updates"),
        hook_path=hook_path,
        clear_trouble=shared.troubles.clear,
        runtime=shared.ground.runtime,
        do_round=lambda plugin, name, work: shared.in_force.hooks.do_round(plugin, name, work),
    )


def plugin_hooks(shared: Shared, parts: BridgeParts) -> PluginHooks:
    """The hooks of the plugins that were loaded, each within its deadline."""

    def apply(writes: Sequence[Callable[[Any], Any]]) -> Future[Any]:
        """What a plugin asked for, all of it or nothing."""
        written = shared.store.write(lambda tx: [write(tx) for write in writes])
        written.add_done_callback(lambda _: shared.wakes.everyone())
        return written

    return PluginHooks(
        shared.in_force.plugins,
        bridge_of=lambda name: PluginBridge(name, parts),
        thread=shared.ground.runtime.hook_thread,
        meter=shared.meter,
        apply=apply,
        raise_trouble=shared.troubles.raise_trouble,
        timer_s=shared.ground.timer_s,
        deadline_s=shared.settings().bridge.hook_deadline.total_seconds(),
    )
