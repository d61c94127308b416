"""`pilotbridge inbox`: SMS that came in."""

from __future__ import annotations

from datetime import datetime

import click

from pilotbridge.cli.database import facts
from pilotbridge.cli.facts import json_option, show_list
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.parameters import MOMENT_OR_AGO, limit_option

_COLUMNS = {
    "id": "ID",
    "sent_at": "SENT",
    "from": "FROM",
    "to": "TO",
    "line": "LINE",
    "text": "TEXT",
    "state": "STATE",
    "conversation": "CONVERSATION",
    "reason": "REASON",
}
_STATES = ("received", "answered", "routed", "unrouted")


@click.group()
def inbox() -> None:
    """SMS that came in."""


@inbox.command("list")
@click.option("--from", "sender", default="", help="Only from this phone, contact or sender.")
@click.option("--line", default="", help="Only by this line.")
@click.option("--state", type=click.Choice(_STATES), help="Only these; unrouted ones went nowhere.")
@click.option("--since", type=MOMENT_OR_AGO, help="Only those sent since then: a time, or 2h, 7d ago.")
@limit_option()
@json_option
@click.pass_obj
def list_inbox(
    invocation: Invocation, sender: str, line: str, state: str | None, since: datetime | None, limit: int
) -> None:
    """List SMS that came in, newest first, with the conversation that each went to.

    \b
      pilotbridge inbox list --state unrouted --since 7d
    """
    from pilotbridge.desk import looks

    wanted = looks.InboxWanted(sender, line, state or "", since, limit)
    with facts(invocation) as read:
        found = looks.inbox(read, wanted, invocation.settings())
    show_list(found, _COLUMNS, invocation, empty="Nothing came in.", limit=limit)
