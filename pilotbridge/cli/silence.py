"""`pilotbridge silence`: keep alerts quiet for a time."""

from __future__ import annotations

from datetime import datetime

import click

from pilotbridge.cli.facts import json_option, show_list, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.parameters import DURATION, MOMENT

_COLUMNS = {
    "id": "ID",
    "matchers": "MATCHERS",
    "starts_at": "FROM",
    "ends_at": "TO",
    "author": "BY",
    "comment": "COMMENT",
}


@click.group()
def silence() -> None:
    """Keep alerts quiet for a time."""


@silence.command("add")
@click.argument("matchers", nargs=-1, required=True)
@click.option("-d", "--duration", type=DURATION, default="1h", show_default=True, help="How long.")
@click.option("--at", "starts", type=MOMENT, help="From when on; now.")
@click.option("-m", "--comment", default="", help="Why.")
@click.option("--tell", "tells", default="", metavar="RECEIVER", help="Who hears that it begins and ends.")
@json_option
@click.pass_obj
def add(
    invocation: Invocation,
    matchers: tuple[str, ...],
    duration: float,
    starts: datetime | None,
    comment: str,
    tells: str,
) -> None:
    """Keep alerts quiet that match all MATCHERS; with --tell as a maintenance that people hear of.

    \b
      pilotbridge silence add alertname=DiskFull 'cluster=~"eu.*"' -d 2h -m "moving disks"
      pilotbridge silence add cluster=eu1 --at 2026-11-25T02:00 -d 3h -m "new switches" --tell page-ops
    """
    from pilotbridge.cli.operate import operate

    wanted = {"matchers": list(matchers), "lasts_s": duration, "starts": starts, "comment": comment}
    fact = operate(invocation, "silence", **wanted, tells=tells)
    if invocation.as_json:
        show_one(fact, invocation)
    else:
        click.echo(fact["id"])


@silence.command("expire")
@click.argument("silence_id", metavar="ID")
@json_option
@click.pass_obj
def expire(invocation: Invocation, silence_id: str) -> None:
    """End a silence now."""
    from pilotbridge.cli.operate import operate

    fact = operate(invocation, "expire_silence", id=silence_id)
    if invocation.as_json:
        show_one(fact, invocation)
    else:
        click.echo(f"Silence {fact['id']} has ended.")


@silence.command("list")
@click.option("--expired", is_flag=True, help="Those that have ended too.")
@json_option
@click.pass_obj
def list_silences(invocation: Invocation, *, expired: bool) -> None:
    """List silences that hold or will, with who made them and why."""
    from pilotbridge.cli.database import facts
    from pilotbridge.clock import SystemClock
    from pilotbridge.desk import shown

    since_ms = 0 if expired else SystemClock().now_ms()
    with facts(invocation) as read:
        found = [shown.silence(silence) for silence in read.silences(since_ms)]
    show_list(found, _COLUMNS, invocation, empty="No silences.")
