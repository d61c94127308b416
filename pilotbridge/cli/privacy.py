"""`pilotbridge privacy`: what is kept about one number, for whoever has it, and forgetting it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from pilotbridge.cli.database import facts
from pilotbridge.cli.facts import confirm, counted, json_option, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.operate import operate
from pilotbridge.cli.own_file import write_own
from pilotbridge.cli.progress import progress
from pilotbridge.errors import TryLater

_WORDS = {
    "messages": "message",
    "inbound": "inbound SMS",
    "posts": "post",
    "chat_updates": "chat update",
    "conversations": "conversation",
    "optouts": "opt-out",
    "questions": "question",
    "plugin_values": "value of a plugin",
}
_PLURALS = {"inbound": "inbound SMS", "plugin_values": "values of plugins"}


@click.group()
def privacy() -> None:
    """What is kept about one number, on the wish of whoever has it."""


@privacy.command("export")
@click.argument("phone")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Into this file.")
@json_option
@click.pass_obj
def export(invocation: Invocation, phone: str, output: Path | None) -> None:
    """Print everything that is kept about PHONE, as JSON with whole numbers and texts.

    \b
      pilotbridge privacy export "+7 913 143-73-55" -o them.json

    A file is for its owner only, and an existing one is never overwritten.
    """
    from pilotbridge.desk.privacy import export as export_facts
    from pilotbridge.desk.shown import plain

    with facts(invocation) as read:
        found = export_facts(read, phone, invocation.settings())
    text = json.dumps(plain(found), ensure_ascii=False, indent=2)
    if output is None:
        click.echo(text)
        return
    write_own(output, text + "\n")
    counts = {name: len(found[name]) for name in _WORDS if name in found}
    click.echo(f"{output}: {_listed(counts) or 'nothing is kept'}", err=True)


@privacy.command("forget")
@click.argument("phone")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def forget(invocation: Invocation, phone: str, *, yes: bool) -> None:
    """Forget PHONE: its number and every text to and from it, for good.

    Rows stay for the counts, with neither number nor text; an opt-out stays as a digest, so that it is still
    heeded. Exits 4 while something is still to happen with the number, and says what.
    """
    if not yes:
        confirm(f"Forget everything about {phone}, for good?")
    forgotten: dict[str, int] = {}
    with progress("forgetting") as told:
        fact = operate(invocation, "forget", phone=phone)
        _add(forgotten, fact)
        while fact["left"]:
            done = sum(forgotten.values())
            told(done, done + fact["left"])
            fact = operate(invocation, "forget", phone=phone)
            _add(forgotten, fact)
            if sum(forgotten.values()) == done:
                raise TryLater(f"{fact['left']} rows are being worked with; try again in a moment")
    if invocation.as_json:
        show_one(fact | {"forgotten": forgotten}, invocation)
        return
    gone = _listed(forgotten)
    click.echo(f"Forgotten of {fact['phone']}: {gone or 'nothing, for nothing was kept'}.")
    for sentence in fact["stays"]:
        click.echo(f"- {sentence}")


def _add(forgotten: dict[str, int], fact: Mapping[str, Any]) -> None:
    for kind, count in fact["forgotten"].items():
        forgotten[kind] = forgotten.get(kind, 0) + count


def _listed(counts: Mapping[str, int]) -> str:
    """``2 messages, 1 inbound SMS``; empty when there is nothing."""
    return ", ".join(_counted(kind, counts[kind]) for kind in _WORDS if counts.get(kind))


def _counted(kind: str, count: int) -> str:
    if kind in _PLURALS and count != 1:
        return f"{count} {_PLURALS[kind]}"
    return counted(count, _WORDS[kind])
