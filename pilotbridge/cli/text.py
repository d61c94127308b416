"""`pilotbridge text`: what a text costs as SMS, which characters are to blame, and a cheaper spelling."""

from __future__ import annotations

import sys
from typing import Any

import click

from pilotbridge.cli.facts import json_option, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.errors import Refused
from pilotbridge.sms_text import MAX_PARTS, Costly, Measured, measure, mixed_words, transliterate


@click.command()
@click.argument("text", required=False)
@click.option("--price", type=float, help="Roubles a part, to reckon what it costs.")
@json_option
@click.pass_obj
def text(invocation: Invocation, text: str | None, price: float | None) -> None:
    """Measure TEXT (or what comes in by the pipe) as a phone network does.

    \b
      pilotbridge text "Диск полон: db01"
      pilotbridge text --price 2.96 < message.txt
    """
    written = text if text is not None else _from_pipe()
    if not written.strip():
        raise click.UsageError('an SMS needs a text, like: pilotbridge text "disk full on db01"')
    measured = measure(written)
    show_one(_facts(written, measured, price), invocation)
    if measured.parts > MAX_PARTS:
        raise Refused(f"{measured.parts} parts are more than the {MAX_PARTS} an SMS may have (error 221)")


def _from_pipe() -> str:
    return "" if sys.stdin.isatty() else sys.stdin.read().rstrip("\n")


def _facts(written: str, measured: Measured, price: float | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "encoding": measured.encoding,
        "units": measured.units,
        "parts": measured.parts,
        "dear_characters": [_blame(costly) for costly in measured.expensive[:20]],
        "mixed_words": [f"{word.word} at {word.position + 1} (error 248)" for word in mixed_words(written)],
    }
    latin = transliterate(written)
    if latin != written and measure(latin).parts < measured.parts:
        facts["cheaper"] = f"{latin}  ({measure(latin).parts} parts instead of {measured.parts})"
    if price is not None:
        facts["price_rub"] = f"{price * measured.parts:.2f}"
    return facts


def _blame(costly: Costly) -> str:
    places = ", ".join(str(at + 1) for at in costly.positions[:5])
    more = f" and {len(costly.positions) - 5} more" if len(costly.positions) > 5 else ""
    why = "makes all of it UCS-2" if costly.forces_ucs2 else "takes two places"
    return f"{costly.character!r} at {places}{more}: {why}"
