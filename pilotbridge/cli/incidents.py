"""`pilotbridge incidents`: what people were told of, and who has it."""

from __future__ import annotations

import click

from pilotbridge.cli.database import facts
from pilotbridge.cli.facts import json_option, show_list, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.parameters import limit_option
from pilotbridge.clock import SystemClock
from pilotbridge.desk import shown
from pilotbridge.errors import NotFound

_COLUMNS = {
    "ref": "REF",
    "state": "STATE",
    "severity": "SEVERITY",
    "name": "NAME",
    "alerts": "ALERTS",
    "receiver": "RECEIVER",
    "opened_at": "SINCE",
    "acknowledged_by": "TAKEN BY",
}


@click.group()
def incidents() -> None:
    """What people were told of, newest first."""


@incidents.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those that are not over.")
@limit_option()
@json_option
@click.pass_obj
def list_incidents(invocation: Invocation, limit: int, *, only_open: bool) -> None:
    """List incidents, the newest first."""
    with facts(invocation) as read:
        rows = (
            read.incidents_open(SystemClock().now_ms() + 1, limit)
            if only_open
            else read.incidents_listed(limit)
        )
    found = [shown.incident(row.incident) for row in rows]
    show_list(found, _COLUMNS, invocation, empty="No incidents.", limit=limit)


@incidents.command("show")
@click.argument("ref")
@json_option
@click.pass_obj
def show_incident(invocation: Invocation, ref: str) -> None:
    """Show one incident by its REF; `trace REF` tells its whole life."""
    with facts(invocation) as read:
        row = read.incident_by_ref(ref.removeprefix("#"))
    if row is None:
        raise NotFound(f"there is no incident {ref}; see pilotbridge incidents list")
    show_one(shown.incident(row.incident), invocation)
