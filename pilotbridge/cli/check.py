"""`pilotbridge check`: every fault of the configuration at once, with its place, cause and fix."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from pilotbridge.cli.facts import json_option
from pilotbridge.cli.invocation import Invocation


@click.command()
@click.option("--online", is_flag=True, help="Ask the gateways too: key, balance, senders.")
@json_option
@click.pass_obj
def check(invocation: Invocation, *, online: bool) -> None:
    """Read the configuration and tell everything that is wrong with it.

    Exits 0 when it can be run, 78 when it cannot, 1 when a gateway says no.
    """
    loaded, plugins = invocation.load()
    faults = [
        *({"level": "error", **asdict(fault)} for fault in loaded.faults),
        *({"level": "warning", **asdict(fault)} for fault in loaded.warnings),
    ]
    if invocation.as_json:
        click.echo(json.dumps(faults, ensure_ascii=False, indent=2))
    else:
        for fault in loaded.faults:
            click.echo(f"error: {fault}")
        for fault in loaded.warnings:
            click.echo(f"warning: {fault}")
        click.echo(_verdict(len(loaded.faults), len(loaded.warnings)))
    if loaded.faults:
        click.get_current_context().exit(78)
    if online and loaded.settings is not None:
        from pilotbridge.cli.online import ask_gateways

        if not ask_gateways(loaded.settings, plugins):
            click.get_current_context().exit(1)


def _verdict(faults: int, warnings: int) -> str:
    if faults:
        return f"{faults} {'error' if faults == 1 else 'errors'}: the bridge would not start."
    return "The configuration is fine." if not warnings else "The configuration can be run."
