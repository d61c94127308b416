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
from pilotbridge.errors import PilotBridgeError

if TYPE_CHECKING:
    from pilotbridge.config.loader import Loaded
    from pilotbridge.config.settings import Settings


@click.command()
@click.option(
    "--online",
    is_flag=True,
    help="Ask gateways, chats and calendars: key, balance, senders, rooms, shifts.",
)
@json_option
@click.pass_obj
def check(invocation: Invocation, *, online: bool) -> None:
    """Read the configuration and tell everything that is wrong with it.

    \b
      pilotbridge check
      pilotbridge -c pilotbridge.yaml check --online

    Exits 0 when it can be run, 78 when it cannot, 1 when a gateway or a chat says no.
    """
    loaded, plugins = invocation.load()
    loaded, schedules = _with_calendars(invocation, loaded, online=online)
    if not invocation.as_json:
        _tell_faults(loaded)
    gateways: list[dict[str, Any]] = []
    chats: list[dict[str, Any]] = []
    if online and loaded.settings is not None:
        from pilotbridge.cli.online import ask_chats, ask_gateways

        gateways, chats = ask_gateways(loaded.settings, plugins), ask_chats(loaded.settings, plugins)
        chats += _who_writes(invocation, loaded.settings)
        if not invocation.as_json:
            for answer in [*gateways, *chats, *schedules]:
                click.echo(f"{_who(answer)}: {answer['says']}")
    if invocation.as_json:
        facts = _facts(loaded, gateways, chats) | {"schedules": schedules}
        click.echo(json.dumps(plain(facts), ensure_ascii=False, indent=2))
    click.get_current_context().exit(_code(loaded, [*gateways, *chats, *schedules]))


def _with_calendars(
    invocation: Invocation, loaded: Loaded, *, online: bool
) -> tuple[Loaded, list[dict[str, Any]]]:
    """Schedules whose calendar stands at an address: judged by what the bridge read last, or asked now."""
    if loaded.settings is None or not _has_calendars(loaded.settings):
        return loaded, []
    from pilotbridge.calendars import fetch_calendar
    from pilotbridge.cli import ahead
    from pilotbridge.cli.database import facts
    from pilotbridge.clock import SystemClock

    now, known = SystemClock().utc_now(), dict[str, ahead.Known]()
    found: list[dict[str, Any]] = []
    try:
        with facts(invocation) as read:
            known = ahead.kept(read, loaded.settings, now)
    except PilotBridgeError:
        pass  # there is no database yet, or this user may not look at it: then nothing is known
    if online:
        found, known = ahead.ask_calendars(loaded.settings, known, fetch_calendar, now)
    return ahead.with_gaps(loaded, known, now), found


def _has_calendars(settings: Settings) -> bool:
    return any(each.calendar and each.calendar.url for each in settings.schedules.values())


def _who_writes(invocation: Invocation, settings: Settings) -> list[dict[str, Any]]:
    """People may be linked in the database, if there is one and this user may look at it."""
    from pilotbridge.cli.database import facts
    from pilotbridge.cli.online import ask_who_writes

    try:
        with facts(invocation) as read:
            return ask_who_writes(settings, read)
    except PilotBridgeError:
        return ask_who_writes(settings, None)


def _who(answer: Mapping[str, Any]) -> str:
    if schedule := answer.get("schedule"):
        return f"schedule {schedule}"
    return " ".join(part for part in (answer.get("gateway") or answer["chat"], answer.get("room")) if part)


def _facts(
    loaded: Loaded, gateways: Sequence[Mapping[str, Any]], chats: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "faults": [
            *({"level": "error", **asdict(fault)} for fault in loaded.faults),
            *({"level": "warning", **asdict(fault)} for fault in loaded.warnings),
        ],
        "gateways": gateways,
        "chats": chats,
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
