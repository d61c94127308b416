"""`pilotbridge alerts`: what monitoring says."""

from __future__ import annotations

import click

from pilotbridge.cli.database import facts
from pilotbridge.cli.facts import json_option, show_list, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.parameters import ID, limit_option
from pilotbridge.desk import shown
from pilotbridge.errors import NotFound

_COLUMNS = {
    "id": "ID",
    "state": "STATE",
    "severity": "SEVERITY",
    "name": "NAME",
    "source": "SOURCE",
    "starts_at": "SINCE",
    "decided": "DECIDED",
}


@click.group()
def alerts() -> None:
    """What monitoring says, newest word first."""


@alerts.command("list")
@click.option("--state", type=click.Choice(["firing", "resolved", "stale"]), help="Only these.")
@limit_option()
@json_option
@click.pass_obj
def list_alerts(invocation: Invocation, state: str | None, limit: int) -> None:
    """List alerts, those that were spoken of last first."""
    with facts(invocation) as read:
        found = [shown.alert(row) for row in read.alerts_listed(state or "", limit)]
    show_list(found, _COLUMNS, invocation, empty="No alerts.", limit=limit)


@alerts.command("show")
@click.argument("alert_id", type=ID, metavar="ID")
@json_option
@click.pass_obj
def show_alert(invocation: Invocation, alert_id: int) -> None:
    """Show one alert with its labels and what was decided about it."""
    with facts(invocation) as read:
        row = read.alert_row(alert_id)
    if row is None:
        raise NotFound(f"there is no alert {alert_id}; see pilotbridge alerts list")
    show_one(shown.alert(row), invocation)
