"""`pilotbridge account`: what the gateway knows of the account."""

from __future__ import annotations

import click

from pilotbridge.cli.facts import json_option, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.phone import mask


@click.command()
@click.option("--gateway", default="", help="Which one; the first.")
@json_option
@click.pass_obj
def account(invocation: Invocation, gateway: str) -> None:
    """Ask the gateway what it knows of the account."""
    from pilotbridge.cli.online import open_gateway

    loaded, plugins = invocation.load()
    opened = open_gateway(loaded.settled(), plugins, gateway)
    try:
        told = opened.account()
    finally:
        opened.close()
    known = {
        "gateway": opened.name,
        "balance_rub": told.balance_rub,
        "senders": list(told.senders),
        "default_sender": told.default_sender,
        "any_sender": told.any_sender,
    }
    extra = {name: value for name, value in told.extra.items() if name not in known}
    if "phone" in extra:
        extra["phone"] = mask(extra["phone"])
    if not invocation.as_json:
        extra.pop("balance", None)  # the same money in the gateway's own words; JSON always had it
    show_one(known | extra, invocation)
