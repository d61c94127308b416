"""`pilotbridge send`: one SMS to one or several people, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from pilotbridge.cli.database import facts
from pilotbridge.cli.facts import json_option, show_list
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.operate import operate
from pilotbridge.cli.parameters import DURATION, MOMENT, is_utf8
from pilotbridge.errors import NotAllowed, NotFound, PilotBridgeError, Refused
from pilotbridge.lifecycle import FINISHED, State

if TYPE_CHECKING:
    from pilotbridge.config.settings import Settings

_COLUMNS = {"id": "ID", "to": "TO", "state": "STATE", "parts": "PARTS", "reason": "REASON"}
_LOOK_EVERY_S = 0.5
_DONE = {state.value for state in FINISHED | {State.PARKED}}
EXIT_CODES = {"delivered": 0, "in_doubt": 6, "parked": 6, "unconfirmed": 6}
EXIT_CODES |= dict.fromkeys(("refused", "undelivered", "cancelled", "lapsed"), 5)
_STILL_WAITS = 75


@click.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS... TEXT")
@click.option("--wait", is_flag=True, help="Follow it to its end.")
@click.option("--timeout", type=DURATION, default="5m", show_default=True, help="How long to --wait.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent and what it costs; send nothing.")
@click.option("--at", "send_at", type=MOMENT, help="Not before then.")
@click.option("--ttl", type=click.IntRange(10, 1440), metavar="MIN", help="How long the network tries.")
@click.option("--sender", default="", help="Another sender than the gateway's.")
@click.option("--repeat", is_flag=True, help="Send an equal text again at once, with a mark.")
@json_option
@click.pass_obj
def send(
    invocation: Invocation,
    addresses: tuple[str, ...],
    timeout: float,
    send_at: datetime | None,
    ttl: int | None,
    sender: str,
    *,
    wait: bool,
    dry_run: bool,
    repeat: bool,
) -> None:
    """Send TEXT to each ADDRESS: a contact's name or a phone number.

    \b
      pilotbridge send anna "The backup is done."
      pilotbridge send anna sms:+79087964781 "Call me" --wait

    It is on disk when this returns. Exits 0 when it is (with --wait: when it is delivered), 5 when the
    gateway refused it or it did not arrive, 6 when nobody can tell, 75 when it still waits. When one ADDRESS
    is wrong, those before it are told of and go all the same.
    """
    if len(addresses) < 2:
        raise click.UsageError('write whom and what, like: pilotbridge send anna "Call me"')
    *people, text = addresses
    if not is_utf8(text):
        raise click.UsageError("the text is not UTF-8; an SMS has no other characters")
    if dry_run:
        _rehearse(people, text, sender, invocation)
        return
    wanted = {"text": text, "sender": sender, "ttl_min": ttl, "send_at": send_at, "repeat": repeat}
    sent: list[dict[str, Any]] = []
    try:
        for to in people:
            sent.append(operate(invocation, "send", to=to, **wanted))
    except PilotBridgeError:
        if sent:  # these are on disk, whatever becomes of the others
            show_list(sent, _COLUMNS, invocation, empty="")
        raise
    if wait:
        sent = _follow([fact["id"] for fact in sent], timeout, invocation)
    show_list(sent, _COLUMNS, invocation, empty="")
    if wait:
        click.get_current_context().exit(max(EXIT_CODES.get(fact["state"], _STILL_WAITS) for fact in sent))


def _rehearse(people: Sequence[str], text: str, sender: str, invocation: Invocation) -> None:
    show_list(
        [_rehearsed(to, text, sender, invocation.settings()) for to in people],
        {"to": "TO", "contact": "CONTACT", "encoding": "ENCODING", "parts": "PARTS", "text": "TEXT"},
        invocation,
        empty="",
    )


def _rehearsed(to: str, text: str, sender: str, settings: Settings) -> dict[str, Any]:
    from pilotbridge.cli.database import present_or_empty
    from pilotbridge.clock import SystemClock
    from pilotbridge.desk.desk import Wanted, order_of, refuse_no_sender
    from pilotbridge.oncall.roster import roster_of
    from pilotbridge.sms_text import measure
    from pilotbridge.store.looking import look

    with present_or_empty(settings.store.sqlite_path) as path, look(path) as read:
        roster = roster_of(read, settings, SystemClock().now_ms())
    try:
        refuse_no_sender(sender, settings)
        order = order_of(Wanted(to, text), roster, by="a rehearsal")
    except Refused as error:
        raise error if isinstance(error, NotFound | NotAllowed) else NotAllowed(error.reason) from error
    measured = measure(order.text)
    return {
        "to": str(order.recipient),
        "contact": order.contact,
        "encoding": measured.encoding,
        "parts": measured.parts,
        "text": order.text,
    }


def _follow(ids: Sequence[int], timeout_s: float, invocation: Invocation) -> list[dict[str, Any]]:
    """Look until each has come to an end or the time is over, telling every change."""
    ends_at = time.monotonic() + timeout_s
    told: dict[int, str] = {}
    while True:
        found = _look(ids, invocation)
        for fact in found:
            if told.get(fact["id"]) != fact["state"] and not invocation.as_json:
                now = time.strftime("%H:%M:%S")
                click.echo(f"{now}  message {fact['id']} to {fact['to']}: {fact['state']}", err=True)
            told[fact["id"]] = fact["state"]
        if all(fact["state"] in _DONE for fact in found) or time.monotonic() >= ends_at:
            return found
        time.sleep(_LOOK_EVERY_S)


def _look(ids: Sequence[int], invocation: Invocation) -> list[dict[str, Any]]:
    from pilotbridge.desk import shown

    with facts(invocation) as read:
        rows = (read.message(message_id) for message_id in ids)
        return [shown.message(row) for row in rows if row is not None]
