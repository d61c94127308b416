"""How facts are printed: a table for people on a terminal, columns in a pipe, JSON when asked.

It owns the looks; the words and keys are the commands'.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import click

from pilotbridge.cli.invocation import Invocation
from pilotbridge.clock import SystemClock
from pilotbridge.desk.shown import plain

F = TypeVar("F", bound=Callable[..., Any])
Fact = Mapping[str, Any]

SHORT_CELL = 20
"""A column whose longest text is no longer is never folded: phones, times, states."""
_FOLDED_MIN = 12
"""Narrower than this a folded text is no pleasure to read."""
_PADDED_MAX = 120
"""What is longer sticks out of its own line, and makes no other longer."""
_GAP = 2


def json_option(command: F) -> F:
    """Let `--json` stand behind the command's name too."""

    def asked(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
        if value:
            ctx.obj = Invocation(ctx.obj.config, as_json=True, language=ctx.obj.language)

    return click.option(
        "--json", is_flag=True, expose_value=False, callback=asked, help="Print facts as JSON."
    )(command)


def confirm(question: str) -> None:
    """Ask whether it is meant: a person, or a pipe.

    :raises Abort: when the answer is no.
    :raises UsageError: when nobody is there to answer.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        click.confirm(question, abort=True, err=True)
        return
    answer = _piped_line()
    if not answer:
        raise click.UsageError(f"{question} Nobody is here to answer; add --yes when it is meant.")
    click.echo(f"{question} [y/N]: {answer.strip()}", err=True)
    if answer.strip().lower() not in ("y", "yes"):
        raise click.Abort


def _piped_line() -> str:
    """What the pipe says; empty when there is none, or it has ended."""
    try:
        return sys.stdin.readline() if sys.stdin is not None else ""
    except OSError:
        return ""


def show_list(
    facts: Sequence[Fact],
    columns: Mapping[str, str],
    invocation: Invocation,
    *,
    empty: str,
    limit: int | None = None,
) -> None:
    """Print rows. ``columns`` maps a fact's key to the heading people see; JSON has every key.

    With as many rows as ``limit`` allows it says, beside the output, that there may be more.
    """
    if invocation.as_json:
        click.echo(json.dumps([plain(fact) for fact in facts], ensure_ascii=False, indent=2))
    elif not facts:
        click.echo(empty)
    elif sys.stdout.isatty():
        _table(facts, columns)
    else:
        _columns(facts, columns)
    if limit is not None and len(facts) >= limit:
        click.echo(f"no more than {limit} are shown; to see others: --limit {10 * limit}", err=True)


def show_one(fact: Fact, invocation: Invocation) -> None:
    """Print one thing, a line for each of its keys."""
    if invocation.as_json:
        click.echo(json.dumps(plain(fact), ensure_ascii=False, indent=2))
        return
    width = max(map(len, fact), default=0)
    for name, value in fact.items():
        if value not in (None, "", [], (), {}):
            click.echo(f"{name.replace('_', ' '):{width}}  {cell(value)}")


def is_coloured() -> bool:
    """Whether a person looks, who did not ask for plain text (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def counted(number: int, noun: str) -> str:
    """``1 part``, ``2 parts``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def cell(value: Any) -> str:
    """``value`` as people read it, on one line."""
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:.2f}"
        case list() | tuple():
            return ", ".join(map(cell, value))
        case Mapping():
            return " ".join(f"{name}={cell(item)}" for name, item in value.items())
    return _harmless(" ".join(str(value).split()))


def _harmless(text: str) -> str:
    """``text`` without what a terminal would obey: labels and SMS are written by strangers."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in text)


def _table(facts: Sequence[Fact], columns: Mapping[str, str]) -> None:
    """Columns for a terminal: what is short stays on one line, what is long is folded."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    today = SystemClock().utc_now().astimezone()
    rows = [[_brief(fact.get(name), today) for name in columns] for fact in facts]
    headings = list(columns.values())
    widths = [max(len(row[at]) for row in [headings, *rows]) for at in range(len(headings))]
    least = [width if width <= SHORT_CELL else _FOLDED_MIN for width in widths]
    console = Console()
    if sum(least) + _GAP * (len(least) - 1) > console.width:
        _stack(rows, headings)
        return
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for heading, width, narrowest in zip(headings, widths, least, strict=True):
        table.add_column(heading, overflow="fold", no_wrap=width <= SHORT_CELL, min_width=narrowest)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _stack(rows: Sequence[Sequence[str]], headings: Sequence[str]) -> None:
    """One cell under the other: a terminal too narrow for columns would cut numbers, and then they lie."""
    width = max(map(len, headings))
    for row in rows:
        for heading, text in zip(headings, row, strict=True):
            if text:
                click.echo(f"{heading:{width}}  {text}")
        click.echo()


def _brief(value: Any, today: datetime) -> str:
    """A time of today without its date, one of another day without its seconds."""
    if not isinstance(value, datetime):
        return cell(value)
    moment = value.astimezone(today.tzinfo)
    return moment.strftime("%H:%M:%S" if moment.date() == today.date() else "%Y-%m-%d %H:%M")


def _columns(facts: Sequence[Fact], columns: Mapping[str, str]) -> None:
    rows = [list(columns.values()), *([cell(fact.get(name)) for name in columns] for fact in facts)]
    widths = [min(max(len(row[at]) for row in rows), _PADDED_MAX) for at in range(len(columns))]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
