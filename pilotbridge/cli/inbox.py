"""`pilotbridge inbox`: SMS that came in."""

from __future__ import annotations

import click

from pilotbridge.cli.database import facts
from pilotbridge.cli.facts import json_option, show_list
from pilotbridge.cli.invocation import Invocation
from pilotbridge.desk import shown

_COLUMNS = {
    "id": "ID",
    "sent_at": "SENT",
    "from": "FROM",
    "to": "TO",
    "text": "TEXT",
    "state": "STATE",
    "reason": "REASON",
}


@click.group()
def inbox() -> None:
    """SMS that came in."""


@inbox.command("list")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_inbox(invocation: Invocation, limit: int) -> None:
    """List SMS that came in, newest first."""
    with facts(invocation) as read:
        found = [shown.inbound(sms) for sms in read.inbound_listed(limit)]
    show_list(found, _COLUMNS, invocation, empty="Nothing came in.")
