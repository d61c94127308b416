"""`pilotbridge text`: what a text costs as SMS, which characters are to blame, and a cheaper spelling."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

import click

from pilotbridge.cli.facts import counted, json_option, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.parameters import PRICE, is_utf8
from pilotbridge.sms_text import MAX_PARTS, Costly, Measured, measure, mixed_words, transliterate

NAMED_MAX = 5
PLACES_MAX = 5


@click.command()
@click.argument("text", required=False)
@click.option("--price", type=PRICE, help="Roubles a part, to reckon what it costs.")
@json_option
@click.pass_obj
def text(invocation: Invocation, text: str | None, price: Decimal | None) -> None:
    """Measure TEXT (or what comes in by the pipe) as a phone network does.

    \b
      pilotbridge text "Диск полон: db01"
      pilotbridge text --price 2.96 < message.txt

    Exits 1 when no gateway would take it.
    """
    written = text if text is not None else _from_pipe()
    if not written.strip():
        raise click.UsageError('an SMS needs a text, like: pilotbridge text "disk full on db01"')
    if not is_utf8(written):
        raise click.UsageError("the text is not UTF-8; an SMS has no other characters")
    measured = measure(written)
    facts = _facts(written, measured, price)
    show_one(facts if invocation.as_json else _told(facts), invocation)
    if measured.parts > MAX_PARTS:
        click.echo(f"An SMS may have {MAX_PARTS} parts; the gateway refuses more (error 221).", err=True)
        click.get_current_context().exit(1)


def _from_pipe() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape").rstrip("\n")


def _facts(written: str, measured: Measured, price: Decimal | None) -> dict[str, Any]:
    dear = measured.expensive
    facts: dict[str, Any] = {
        "encoding": measured.encoding,
        "units": measured.units,
        "parts": measured.parts,
        "dear_characters": [_blame(costly) for costly in dear[:NAMED_MAX]],
        "more_dear_characters": len(dear[NAMED_MAX:]),
        "mixed_words": [{"word": word.word, "at": word.position + 1} for word in mixed_words(written)],
    }
    latin = transliterate(written)
    if latin != written and measure(latin).parts < measured.parts:
        facts["cheaper"] = {"text": latin, "parts": measure(latin).parts}
    if price is not None:
        facts["price_rub"] = f"{price * measured.parts:.2f}"
    return facts


def _blame(costly: Costly) -> dict[str, Any]:
    return {
        "character": costly.character,
        "at": [at + 1 for at in costly.positions[:PLACES_MAX]],
        "more": len(costly.positions[PLACES_MAX:]),
        "makes_ucs2": costly.forces_ucs2,
    }


# --- for people -------------------------------------------------------------------------------------


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """The same in sentences."""
    told = {name: facts[name] for name in ("encoding", "units", "parts")}
    if facts["dear_characters"]:
        told["dear characters"] = _dear(facts["dear_characters"], facts["more_dear_characters"])
    if facts["mixed_words"]:
        words = (f"{word['word']} at {word['at']}" for word in facts["mixed_words"])
        told["mixed scripts"] = f"{', '.join(words)}: the gateway refuses such a word (error 248)"
    if "cheaper" in facts:
        cheaper = facts["cheaper"]
        told["cheaper"] = (
            f"{cheaper['text']}  ({counted(cheaper['parts'], 'part')} instead of {facts['parts']})"
        )
    if "price_rub" in facts:
        told["price"] = f"{facts['price_rub']} roubles"
    return told


def _dear(named: list[dict[str, Any]], more: int) -> str:
    """Which characters are to blame, and once for all of them what they do: they are all of one kind."""
    written = ", ".join(f"{blamed['character']!r} at {_places(blamed)}" for blamed in named)
    others = f" and {more} more" if more else ""
    one = len(named) + more == 1
    if named[0]["makes_ucs2"]:
        return f"{written}{others} {'makes' if one else 'make'} all of it UCS-2: 70 units a part, not 160"
    return f"{written}{others} {'takes' if one else 'take'} two units each time"


def _places(blamed: dict[str, Any]) -> str:
    more = f" and {blamed['more']} more places" if blamed["more"] else ""
    return ", ".join(map(str, blamed["at"])) + more
