"""`pilotbridge ack`: take an incident, or give it back."""

from __future__ import annotations

import click

from pilotbridge.cli.facts import json_option, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.operate import operate


@click.command()
@click.argument("ref")
@click.option("--note", default="", help="A word to the others.")
@click.option("--undo", is_flag=True, help="Give it back; it pages again.")
@json_option
@click.pass_obj
def ack(invocation: Invocation, ref: str, note: str, *, undo: bool) -> None:
    """Take the incident REF: it stays quiet until it clears or gets worse.

    \b
      pilotbridge ack 417 --note "cleaning up"
      pilotbridge ack 417 --undo
    """
    ref = ref.removeprefix("#")
    fact = operate(invocation, "unack", ref=ref) if undo else operate(invocation, "ack", ref=ref, note=note)
    if invocation.as_json:
        show_one(fact, invocation)
    elif undo:
        click.echo(f"#{fact['ref']} {fact['name']} is open again.")
    else:
        click.echo(f"Taken #{fact['ref']} {fact['name']}. Silent till it clears.")
