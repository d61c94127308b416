"""`pilotbridge run`: the bridge itself."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pilotbridge.cli.garbage import collect_from_here_on
from pilotbridge.cli.invocation import Invocation
from pilotbridge.errors import ConfigurationError

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from pilotbridge.config.settings import Settings
    from pilotbridge.web.reload import ReloadOutcome


@click.command()
@click.option("--safe", is_flag=True, help="Load no plugin but sources and gateways; alerts still go out.")
@click.option("--dry-run", is_flag=True, help="Send nothing and keep nothing: log what would have gone.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="What is worth a line.",
)
@click.pass_obj
def run(invocation: Invocation, log_level: str, *, safe: bool, dry_run: bool) -> None:
    """Run the bridge until SIGTERM or SIGINT; SIGHUP reads the configuration again.

    A 2xx from it means that the alert is on disk. A second signal ends it at once; nothing is lost then
    either, but what was being sent is in doubt until the next start.

    With --dry-run it takes in alerts at the configured address and logs each SMS and chat post with its text
    instead of sending it; its database is in a temporary folder, and the real one is not touched.
    """
    # What is made while modules are loaded lives as long as the process: looking for garbage among it costs
    # a tenth of the start.
    gc.disable()
    # pydantic would look through every installed package for plugins of its own.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from pilotbridge import logs
    from pilotbridge.clock import SystemClock
    from pilotbridge.service import Service

    loaded, plugins = invocation.load(safe=safe)
    configured = loaded.settled()
    redaction = logs.Redaction(configured.secrets)
    logs.configure(redaction, now=SystemClock().utc_now, level=log_level)
    log = logs.get_logger("pilotbridge.run")
    with _footing(dry=dry_run) as footing:
        plugins.chats = footing.chats(plugins.chats)
        settings = footing.settings(configured)

        def read_again() -> tuple[Settings | None, ReloadOutcome]:
            again, outcome = _read_again(invocation, safe=safe)
            if again is None:
                return None, outcome
            redaction.hide(again.secrets)
            return footing.settings(again), outcome

        def ready(url: str) -> None:
            for warning in loaded.warnings:
                log.warning("configuration", warning=str(warning))
            log.info(
                "ready",
                listen=url,
                gateways=list(settings.gateways),
                sources=list(settings.sources),
                dry_run=dry_run,
            )

        service = Service(
            settings,
            plugins,
            read_again=read_again,
            ready=ready,
            whole=collect_from_here_on,
            make_adapter=footing.make_adapter,
        )
        try:
            code = service.run()
        except OSError as error:
            raise ConfigurationError(error.strerror or str(error)) from error
    click.get_current_context().exit(code)


@dataclass(frozen=True, slots=True)
class _Footing:
    """What the configuration becomes before it counts, and what stands in for the network."""

    settings: Callable[[Settings], Settings]
    make_adapter: Callable[[], BaseAdapter] | None = None
    chats: Callable[[dict[str, Any]], dict[str, Any]] = lambda types: types


@contextmanager
def _footing(*, dry: bool) -> Iterator[_Footing]:
    if not dry:
        yield _Footing(lambda settings: settings)
        return
    from pilotbridge.cli.dry_chat import dry_chats
    from pilotbridge.cli.dry_run import dry_ground

    with dry_ground() as ground:
        yield _Footing(ground.settings, ground.adapter, dry_chats)


def _read_again(invocation: Invocation, *, safe: bool) -> tuple[Settings | None, ReloadOutcome]:
    from pilotbridge.config.loader import load, outline
    from pilotbridge.errors import ConfigurationError
    from pilotbridge.plugin_manager import load_plugins
    from pilotbridge.web.reload import ReloadOutcome

    try:
        outlined = outline(invocation.path, env=os.environ)
        plugins = load_plugins(outlined, safe=safe)
    except ConfigurationError as error:
        return None, ReloadOutcome((error.reason,))
    loaded = load(invocation.path, env=os.environ, known=plugins.known(safe=safe), outlined=outlined)
    warnings = tuple(map(str, loaded.warnings))
    return loaded.settings, ReloadOutcome(tuple(map(str, loaded.faults)), warnings)
