"""`pilotbridge balance`: the gateway account's money."""

from __future__ import annotations

import click

from pilotbridge.cli.facts import json_option, show_one
from pilotbridge.cli.invocation import Invocation


@click.command()
@click.option("--gateway", default="", help="Which one; the first.")
@json_option
@click.pass_obj
def balance(invocation: Invocation, gateway: str) -> None:
    """Ask the gateway how much money is left."""
    from pilotbridge.cli.online import open_gateway

    loaded, plugins = invocation.load()
    opened = open_gateway(loaded.settled(), plugins, gateway)
    try:
        roubles = opened.balance_rub()
    finally:
        opened.close()
    if invocation.as_json:
        show_one({"gateway": opened.name, "balance_rub": roubles}, invocation)
    else:
        click.echo(f"{roubles:.2f} roubles at {opened.name}")
