"""`pilotbridge messages`: the outbox, and what a person can do about a message."""

from __future__ import annotations

from typing import Any

import click

from pilotbridge.cli.database import facts
from pilotbridge.cli.facts import cell, json_option, show_list, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.operate import operate
from pilotbridge.cli.parameters import ID, limit_option, row_id
from pilotbridge.desk import shown
from pilotbridge.errors import NotFound
from pilotbridge.lifecycle import State

_COLUMNS = {
    "id": "ID",
    "state": "STATE",
    "to": "TO",
    "contact": "CONTACT",
    "text": "TEXT",
    "created_at": "CREATED",
    "reason": "REASON",
}


@click.group()
def messages() -> None:
    """The outbox, newest first."""


@messages.command("list")
@click.option("--stuck", is_flag=True, help="Only those that a person may have to look at.")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only these.")
@click.option(
    "--way",
    type=click.Choice(["sms", "chat", "all"]),
    help="SMS, posts to chats, or both.  [both where chats are configured]",
)
@limit_option()
@json_option
@click.pass_obj
def list_messages(
    invocation: Invocation, state: str | None, way: str | None, limit: int, *, stuck: bool
) -> None:
    """List messages and posts to chats. With --stuck it exits 1 when there are any.

    A post's ID begins with p.
    """
    from pilotbridge.desk import looks

    if stuck and state:
        raise click.UsageError("--stuck says which states already; write one of --stuck and --state")
    settings = invocation.settings()
    with facts(invocation) as read:
        wanted = looks.MessagesWanted(way or "", state or "", stuck=stuck, limit=limit)
        found = looks.messages(read, wanted, settings)
    told = found if invocation.as_json else [fact | {"id": _name(fact)} for fact in found]
    empty = "Nothing is stuck." if stuck else "No messages."
    show_list(told, _COLUMNS, invocation, empty=empty, limit=limit)
    if stuck and found:
        click.get_current_context().exit(1)


@messages.command("show")
@click.argument("name", metavar="ID")
@json_option
@click.pass_obj
def show_message(invocation: Invocation, name: str) -> None:
    """Show one message with its attempts, or the post pID with its history; `trace` tells their whole life.

    \b
      pilotbridge messages show 12
      pilotbridge messages show p7
    """
    post_id = post_number(name)
    if post_id:
        _show_post(invocation, post_id)
        return
    with facts(invocation) as read:
        found = read.message(row_id(name))
        if found is None:
            raise NotFound(f"there is no message {name}; see pilotbridge messages list")
        attempts = [shown.attempt(attempt) for attempt in read.attempts_of(found.id)]
    fact = shown.message(found)
    if invocation.as_json:
        show_one(fact | {"attempt_list": attempts}, invocation)
        return
    show_one(fact, invocation)
    for attempt in attempts:
        click.echo(
            f"attempt {attempt['number']}: {attempt['outcome']} at {cell(attempt['started_at'])} by "
            f"{attempt['gateway']}: {cell(attempt['reason'])}"
        )


@messages.command("retry")
@click.argument("name", metavar="ID")
@json_option
@click.pass_obj
def retry(invocation: Invocation, name: str) -> None:
    """Send again what was refused, not delivered or too old: as a new message that names the old one.

    A post pID that is held or parked is let go.
    """
    _tell(_operate_on(invocation, name, "retry"), invocation)


@messages.command("cancel")
@click.argument("name", metavar="ID")
@json_option
@click.pass_obj
def cancel(invocation: Invocation, name: str) -> None:
    """Do not send a message, or post the post pID, that is still waiting, held or parked."""
    _tell(_operate_on(invocation, name, "cancel"), invocation)


@messages.command("resolve")
@click.argument("message_id", type=ID, metavar="ID")
@click.option("--accepted/--not-accepted", default=None, help="Whether the gateway has it.  [needed]")
@json_option
@click.pass_obj
def resolve(invocation: Invocation, message_id: int, *, accepted: bool | None) -> None:
    """Say what became of a parked message: you asked the person, or looked into the account.

    --not-accepted lets it be sent again.
    """
    if accepted is None:
        raise click.UsageError("write what became of it: --accepted or --not-accepted")
    _tell(operate(invocation, "resolve", id=message_id, accepted=accepted), invocation)


@messages.command("pause")
@click.option("--reason", default="paused by an operator", show_default=True, help="What the others read.")
@json_option
@click.pass_obj
def pause(invocation: Invocation, reason: str) -> None:
    """The kill switch: send nothing until `messages resume`. Everything is still taken in."""
    fact = operate(invocation, "pause", reason=reason)
    if invocation.as_json:
        show_one(fact, invocation)
    else:
        click.echo(f"Nothing is sent any more ({reason}). pilotbridge messages resume lets it go again.")


@messages.command("resume")
@json_option
@click.pass_obj
def resume(invocation: Invocation) -> None:
    """Send again after `messages pause`."""
    fact = operate(invocation, "resume")
    if invocation.as_json:
        show_one(fact, invocation)
    else:
        click.echo("Messages go out again.")


def _operate_on(invocation: Invocation, name: str, verb: str) -> dict[str, Any]:
    """On the message or the post that is meant."""
    post_id = post_number(name)
    if post_id:
        return operate(invocation, f"{verb}_post", id=post_id)
    message_id = row_id(name)
    if not message_id:
        raise click.UsageError(f"{name!r} is no message; write its number, like 12, or p7 for a post")
    return operate(invocation, verb, id=message_id)


def post_number(name: str) -> int:
    """12 of ``p12``; 0 when ``name`` is no post's."""
    return row_id(name[1:]) if name.startswith("p") else 0


def _name(fact: dict[str, Any]) -> str:
    return f"p{fact['id']}" if fact["way"] == "chat" else str(fact["id"])


def _show_post(invocation: Invocation, post_id: int) -> None:
    from pilotbridge.desk import looks

    with facts(invocation) as read:
        fact = looks.post(read, post_id, invocation.settings())
    if invocation.as_json:
        show_one(fact, invocation)
        return
    history = fact.pop("history")
    show_one(fact | {"id": _name(fact)}, invocation)
    for step in history:
        click.echo(f"{step['event']} at {cell(step['at'])}: {cell(step['reason'])}")


def _tell(fact: dict[str, Any], invocation: Invocation) -> None:
    if invocation.as_json:
        show_one(fact, invocation)
    else:
        what = "post" if fact["way"] == "chat" else "message"
        click.echo(f"{what} {_name(fact)} to {fact['to']}: {fact['state']}, {fact['reason']}")
