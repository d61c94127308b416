"""`pilotbridge conversations`: who texts with us, what was said, and an answer from here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from pilotbridge.cli.database import facts
from pilotbridge.cli.facts import counted, json_option, show_list, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.parameters import is_utf8, limit_option

_COLUMNS = {
    "id": "ID",
    "line": "LINE",
    "phone": "PHONE",
    "contact": "CONTACT",
    "room": "ROOM",
    "state": "STATE",
    "unanswered": "UNANSWERED",
    "last_in_at": "LAST IN",
    "last_out_at": "LAST OUT",
    "waits_since": "WAITS SINCE",
}
_TEXTS = {"at": "AT", "way": "WAY", "by": "BY", "text": "TEXT", "state": "STATE", "reason": "REASON"}
_STATES = ("new", "answered", "closed")


@click.group()
def conversations() -> None:
    """Who texts to our lines, and what was said."""


@conversations.command("list")
@click.option("--line", default="", help="Only those of this line.")
@click.option("--phone", default="", help="Only those with this phone, or with this contact.")
@click.option("--state", type=click.Choice(_STATES), help="Only these; new ones wait for an answer.")
@limit_option()
@json_option
@click.pass_obj
def list_conversations(invocation: Invocation, line: str, phone: str, state: str | None, limit: int) -> None:
    """List conversations, those where something happened last first.

    \b
      pilotbridge conversations list --state new
    """
    from pilotbridge.desk import looks

    wanted = looks.ConversationsWanted(line, phone, state or "", limit)
    with facts(invocation) as read:
        found = looks.conversations(read, wanted, invocation.settings())
    show_list(found, _COLUMNS, invocation, empty="No conversations.", limit=limit)


@conversations.command("show")
@click.argument("name", metavar="NUMBER|PHONE")
@limit_option("The newest so many.")
@json_option
@click.pass_obj
def show_conversation(invocation: Invocation, name: str, limit: int) -> None:
    """Show what was said in a conversation, both ways, in the bridge's time zone.

    \b
      pilotbridge conversations show 3
      pilotbridge conversations show "+7 913 143-73-55"
    """
    from pilotbridge.desk import looks

    settings = invocation.settings()
    with facts(invocation) as read:
        found = looks.conversation(read, name, settings, limit=limit)
    if invocation.as_json:
        show_one(found, invocation)
        return
    zone = ZoneInfo(settings.bridge.zone)
    show_one(_head(found), invocation)
    click.echo()
    told = [_line(text, zone) for text in found["texts"]]
    show_list(told, _TEXTS, invocation, empty="Nothing was said, or it is forgotten already.", limit=limit)


def _head(found: Mapping[str, Any]) -> dict[str, Any]:
    """Who it is with, in few lines."""
    waiting = f", {found['unanswered']} unanswered" if found["unanswered"] else ""
    opted_out = f"no texts wanted: {found['opted_out']}" if found["opted_out"] else ""
    return {
        "conversation": found["id"],
        "line": found["line"],
        "phone": " ".join(filter(None, (found["phone"], found["contact"]))),
        "room": found["room"],
        "state": f"{found['state']}{waiting}",
        "opted out": opted_out,
    }


def _line(text: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """One text for people; a post that is not in the chat yet is said with its reason."""
    at: datetime = text["at"]
    late = next((post for post in text["posts"] if post["state"] != "delivered"), None)
    state = f"{text['state']}, post {late['state']}" if late else str(text["state"])
    reason = late["reason"] if late else text["reason"]
    when = at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return {**text, "at": when, "state": state, "reason": "" if reason == text["state"] else reason}


@conversations.command("reply")
@click.argument("name", metavar="NUMBER|PHONE")
@click.argument("text")
@click.option("--repeat", is_flag=True, help="An equal text at once, with a mark.")
@click.option("--max-parts", type=click.IntRange(1), help="Allow more SMS parts than limits.parts_per_sms.")
@json_option
@click.pass_obj
def reply(invocation: Invocation, name: str, text: str, max_parts: int | None, *, repeat: bool) -> None:
    """Send TEXT to whoever the conversation is with; it shows in the chat too, with your name.

    \b
      pilotbridge conversations reply 3 "It is on its way"

    Exits 4 when the phone wants no texts, or when the text is too long or an equal one went a moment ago.
    """
    from pilotbridge.cli.operate import operate

    if not is_utf8(text):
        raise click.UsageError("the text is not UTF-8; an SMS has no other characters")
    fact = operate(invocation, "reply", id=name, text=text, repeat=repeat, max_parts=max_parts or 0)
    if invocation.as_json:
        show_one(fact, invocation)
        return
    parts = counted(fact["parts"], "part")
    click.echo(f"message {fact['id']} to {fact['to']} ({parts}): {fact['state']}, {fact['reason']}")


@conversations.command("close")
@click.argument("name", metavar="NUMBER|PHONE")
@json_option
@click.pass_obj
def close(invocation: Invocation, name: str) -> None:
    """Nobody waits in this conversation any more; its topic is closed, and their next SMS opens it.

    \b
      pilotbridge conversations close 3
    """
    from pilotbridge.cli.operate import operate

    fact = operate(invocation, "close", id=name)
    if invocation.as_json:
        show_one(fact, invocation)
    else:
        click.echo(f"conversation {fact['id']} with {fact['phone']} is closed; their next SMS opens it")
