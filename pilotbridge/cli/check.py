"""`pilotbridge check`: every fault of the configuration at once, with its place, cause and fix."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from pilotbridge.cli.facts import counted, json_option
from pilotbridge.cli.invocation import Invocation
from pilotbridge.desk.shown import plain

if TYPE_CHECKING:
    from pilotbridge.config.loader import Loaded


@click.command()
@click.option("--online", is_flag=True, help="Ask the gateways too: key, balance, senders.")
@json_option
@click.pass_obj
def check(invocation: Invocation, *, online: bool) -> None:
    """Read the configuration and tell everything that is wrong with it.

    \b
      pilotbridge check
      pilotbridge -c pilotbridge.yaml check --online

    Exits 0 when it can be run, 78 when it cannot, 1 when a gateway says no.
    """
    loaded, plugins = invocation.load()
    if not invocation.as_json:
        _tell_faults(loaded)
    answers = []
    if online and loaded.settings is not None:
        from pilotbridge.cli.online import ask_gateways

        answers = ask_gateways(loaded.settings, plugins)
        if not invocation.as_json:
            for answer in answers:
                click.echo(f"{answer['gateway']}: {answer['says']}")
    if invocation.as_json:
        click.echo(json.dumps(plain(_facts(loaded, answers)), ensure_ascii=False, indent=2))
    click.get_current_context().exit(_code(loaded, answers))


def _facts(loaded: Loaded, answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "faults": [
            *({"level": "error", **asdict(fault)} for fault in loaded.faults),
            *({"level": "warning", **asdict(fault)} for fault in loaded.warnings),
        ],
        "gateways": answers,
    }


def _tell_faults(loaded: Loaded) -> None:
    for fault in loaded.faults:
        click.echo(f"error: {fault}")
    for fault in loaded.warnings:
        click.echo(f"warning: {fault}")
    click.echo(_verdict(len(loaded.faults), len(loaded.warnings)))


def _verdict(faults: int, warnings: int) -> str:
    if faults:
        return f"{counted(faults, 'error')}: the bridge would not start."
    if warnings:
        return f"The configuration can be run, with {counted(warnings, 'warning')}."
    return "The configuration is fine."


def _code(loaded: Loaded, answers: Sequence[Mapping[str, Any]]) -> int:
    if loaded.faults:
        return 78
    return 0 if all(answer["fits"] for answer in answers) else 1
