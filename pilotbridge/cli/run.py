"""`pilotbridge run`: the bridge itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pilotbridge.cli.invocation import Invocation

if TYPE_CHECKING:
    from pilotbridge.config.settings import Settings
    from pilotbridge.web.reload import ReloadOutcome


@click.command()
@click.option("--safe", is_flag=True, help="Load no plugin but sources and gateways; alerts still go out.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="What is worth a line.",
)
@click.pass_obj
def run(invocation: Invocation, log_level: str, *, safe: bool) -> None:
    """Run the bridge until SIGTERM or SIGINT; SIGHUP reads the configuration again.

    A 2xx from it means that the alert is on disk. A second signal ends it at once; nothing is lost then
    either, but what was being sent is in doubt until the next start.
    """
    from pilotbridge import logs
    from pilotbridge.clock import SystemClock
    from pilotbridge.service import Service

    loaded, plugins = invocation.load(safe=safe)
    settings = loaded.settled()
    redaction = logs.Redaction(settings.secrets)
    logs.configure(redaction, now=SystemClock().utc_now, level=log_level)
    log = logs.get_logger("pilotbridge.run")
    for warning in loaded.warnings:
        log.warning("configuration", warning=str(warning))

    def read_again() -> tuple[Settings | None, ReloadOutcome]:
        settings, outcome = _read_again(invocation, safe=safe)
        if settings is not None:
            redaction.hide(settings.secrets)
        return settings, outcome

    def ready(url: str) -> None:
        log.info("ready", listen=url, gateways=list(settings.gateways), sources=list(settings.sources))

    service = Service(settings, plugins, read_again=read_again, ready=ready)
    click.get_current_context().exit(service.run())


def _read_again(invocation: Invocation, *, safe: bool) -> tuple[Settings | None, ReloadOutcome]:
    from pilotbridge.config.loader import load, outline
    from pilotbridge.errors import ConfigurationError
    from pilotbridge.plugin_manager import load_plugins
    from pilotbridge.web.reload import ReloadOutcome

    try:
        plugins = load_plugins(outline(invocation.path, env=os.environ), safe=safe)
    except ConfigurationError as error:
        return None, ReloadOutcome((error.reason,))
    loaded = load(invocation.path, env=os.environ, known=plugins.known(safe=safe))
    warnings = tuple(map(str, loaded.warnings))
    return loaded.settings, ReloadOutcome(tuple(map(str, loaded.faults)), warnings)
