"""`pilotbridge routes`: which alert goes to whom, with which text, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotbridge.cli.facts import cell, counted, json_option, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.parameters import DURATION, LABEL, MOMENT, PRICE, human
from pilotbridge.clock import SystemClock, to_ms
from pilotbridge.desk.shown import plain
from pilotbridge.errors import NotAllowed

if TYPE_CHECKING:
    from pilotbridge.alerting.plan import Letter
    from pilotbridge.config.settings import RouteNode, Settings, SourceSettings
    from pilotbridge.desk.rehearsal import Heard, Rehearsed
    from pilotbridge.protocols import Source, Unreadable


@click.group()
def routes() -> None:
    """Which alert goes to whom, and why."""


# --- show -------------------------------------------------------------------------------------------


@routes.command("show")
@json_option
@click.pass_obj
def show(invocation: Invocation) -> None:
    """Show the tree of routes: each with its matchers, its receiver, and what differs from the one above."""
    loaded, plugins = invocation.load()
    settings = loaded.settled()
    asked = [each.plugin for each in plugins.implementations("route_alerts")]
    if invocation.as_json:
        fact = {
            "plugins": asked,
            "troubles": settings.troubles_receiver,
            "route": _node_fact(settings.route, settings),
        }
        show_one(fact, invocation)
        return
    if asked:
        click.echo(f"asked first: {', '.join(asked)}")
    for line in _branch(settings.route, None, settings, depth=0):
        click.echo(line)
    click.echo(f"what the bridge says of itself -> {settings.troubles_receiver}")


def _branch(node: RouteNode, above: RouteNode | None, settings: Settings, *, depth: int) -> Iterator[str]:
    matchers = str(node.matchers)[1:-1] or ("root" if above is None else "everything")
    people = ", ".join(_first_told(node.receiver, settings)) or "nobody"
    goes_on = " (goes on)" if node.goes_on else ""
    yield f"{'  ' * depth}{matchers} -> {node.receiver}: {people}{goes_on}{_waits(node, above)}"
    for child in node.children:
        yield from _branch(child, node, settings, depth=depth + 1)


def _first_told(receiver: str, settings: Settings) -> list[str]:
    steps = settings.receivers[receiver].steps
    return [str(address) for address in steps[0].notify] if steps else []


def _waits(node: RouteNode, above: RouteNode | None) -> str:
    """What holds on this route, as far as it differs from the one above."""
    mine, theirs = _rules(node), _rules(above) if above else {}
    differing = [f"{name} {value}" for name, value in mine.items() if theirs.get(name) != value]
    return f"  [{', '.join(differing)}]" if differing else ""


def _rules(node: RouteNode) -> dict[str, str]:
    grouped = "every alert" if node.group_by_all else ",".join(node.group_by) or "the route"
    return {
        "by": grouped,
        "wait": human(node.group_wait),
        "interval": human(node.group_interval),
        "repeat": human(node.repeat_interval),
    }


def _node_fact(node: RouteNode, settings: Settings) -> dict[str, Any]:
    return {
        "path": node.path,
        "matchers": [str(matcher) for matcher in node.matchers],
        "receiver": node.receiver,
        "first_told": _first_told(node.receiver, settings),
        "goes_on": node.goes_on,
        "group_by": ["..."] if node.group_by_all else list(node.group_by),
        "group_wait_s": node.group_wait.total_seconds(),
        "group_interval_s": node.group_interval.total_seconds(),
        "repeat_interval_s": node.repeat_interval.total_seconds(),
        "routes": [_node_fact(child, settings) for child in node.children],
    }


# --- test -------------------------------------------------------------------------------------------


@routes.command("test")
@click.argument("labels", nargs=-1, type=LABEL, metavar="LABEL=VALUE...")
@click.option("--source", default="", help="By which door it comes in; the first.")
@click.option(
    "--body",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Instead of labels: a saved body, read as the source reads it.",
)
@click.option("--at", "moment", type=MOMENT, help="When; now.")
@click.option("--price", type=PRICE, help="Roubles a part, to reckon what it costs.")
@click.option(
    "--expect",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Receivers, one a line, or a part of the JSON: exit 1 with a diff when it differs.",
)
@json_option
@click.pass_obj
def test(
    invocation: Invocation,
    labels: tuple[tuple[str, str], ...],
    source: str,
    body: Path | None,
    moment: datetime | None,
    price: Decimal | None,
    expect: Path | None,
) -> None:
    """Say what would become of an alert with these labels: who would be told, with which text, and why.

    \b
      pilotbridge routes test alertname=DiskFull severity=critical instance=db01
      pilotbridge routes test alertname=DiskFull team=db --at 2026-11-25T03:14 --price 2.96
      pilotbridge routes test alertname=DiskFull team=db --expect expected.txt
      pilotbridge routes test --source lines --body saved.json

    Plugins are asked as for a real alert, and silences that hold are heeded. Nothing is sent or written. In
    the texts #000 stands for the ref of the incident.
    """
    if bool(labels) == (body is not None):
        raise click.UsageError("write the labels of an alert like alertname=DiskFull, or --body FILE")
    loaded, plugins = invocation.load()
    settings = _in_language(loaded.settled(), invocation.language)
    complaints: list[str] = []
    from pilotbridge.cli.rehearsing import stage
    from pilotbridge.protocols import Unreadable

    now_ms = SystemClock().now_ms() if moment is None else to_ms(moment)
    with stage(settings, plugins, lambda trouble: complaints.append(trouble.summary)) as rehearsal:
        door = source or _first_source(settings)
        if body is not None:
            try:
                found = rehearsal.of_body(body.read_bytes(), door, now_ms)
            except Unreadable as error:
                raise _refused(error, body, settings.sources, door, plugins.sources) from error
            _tell_body(found, complaints, price, invocation)
            return
        rehearsed = rehearsal.of(dict(labels), door, now_ms)
    fact = _fact(rehearsed, complaints, price)
    if expect is not None:
        _compare(fact, expect)
    elif invocation.as_json:
        show_one(fact, invocation)
    else:
        for line in _lines(fact):
            click.echo(line)


def _refused(
    error: Unreadable,
    body: Path,
    doors: Mapping[str, SourceSettings],
    door: str,
    sources: Mapping[str, Source],
) -> NotAllowed:
    """What the sender of such a body would be answered, and which source it belongs to."""
    from pilotbridge.plugin_manager.loading import shipped_sources
    from pilotbridge.web.recognising import tell_whose

    known = {**shipped_sources(), **sources}.values()
    whose = tell_whose(body.read_bytes(), doors[door].type, known, doors)
    reason = f"{whose} ({error.reason})" if whose else error.reason
    at = f" at {error.at}" if error.at else ""
    return NotAllowed(f"{door} would be answered 422: {reason}{at}")


def _tell_body(
    rehearsed: Sequence[Rehearsed], complaints: Sequence[str], price: Decimal | None, invocation: Invocation
) -> None:
    facts = [_fact(each, complaints, price) for each in rehearsed]
    if invocation.as_json:
        click.echo(json.dumps(plain(facts), ensure_ascii=False, indent=2))
        return
    click.echo(f"{counted(len(facts), 'alert')} in this body")
    for fact in facts:
        click.echo()
        for line in _lines(fact):
            click.echo(line)


def _first_source(settings: Settings) -> str:
    return next(iter(settings.sources), "")


def _in_language(settings: Settings, language: str | None) -> Settings:
    """The same people, all of them in ``language``."""
    if language is None:
        return settings
    letters = {"en": "latin", "ru": "ru"}[language]
    contacts = {
        name: replace(contact, language=language, sms_text=letters)
        for name, contact in settings.contacts.items()
    }
    return replace(settings, contacts=contacts)


# --- replay -----------------------------------------------------------------------------------------


@routes.command("replay")
@click.option("--since", type=DURATION, default="7d", show_default=True, help="How far back.")
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Another configuration to compare with; what was really sent.",
)
@click.option("--price", type=PRICE, help="Roubles a part, to reckon what it costs.")
@json_option
@click.pass_obj
def replay(invocation: Invocation, since: float, against: Path | None, price: Decimal | None) -> None:
    """Play what monitoring posted through this configuration: who would have got how many SMS, and at night.

    \b
      pilotbridge -c changed.yaml routes replay --since 14d --price 2.96
      pilotbridge -c changed.yaml routes replay --against pilotbridge.yaml

    Bodies come from the journal (privacy.journal says how long it is kept), each at its time; what people
    took then they take now. Every SMS is taken as delivered. Plugins are asked as for real alerts; nothing is
    sent, posted or written. Compared is with what was really sent, or with another configuration. SMS between
    22 and 7 on their reader's clock are counted as at night.
    """
    from pilotbridge.cli.replaying import replayed

    fact = replayed(invocation, since, against, price)
    if invocation.as_json:
        show_one(fact, invocation)
        return
    for line in _replay_lines(fact):
        click.echo(line)


def _replay_lines(fact: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{_bodies(fact['bodies'])} with {counted(fact['alerts'], 'alert')} since "
        f"{fact['since']:%Y-%m-%d %H:%M} UTC: {counted(fact['incidents'], 'incident')}"
    )
    if fact["unread"]:
        yield f"{_bodies(fact['unread'])} could not be read under this configuration"
    for schedule in fact["schedules_unknown"]:
        yield f"who was on call by {schedule} is not known: its calendar was never read, and is not asked now"
    yield f"compared with {fact['compared_with']}"
    yield ""
    if not fact["people"]:
        yield "nobody is told anything, before and after"
        return
    yield f"{'PERSON':<16} {'SMS':>15} {'PARTS':>15} {'AT NIGHT':>15} {'NIGHTS':>13}"
    for row in fact["people"]:
        cells = [_change(row, name) for name in ("sms", "parts", "at_night", "nights")]
        yield f"{cell(row['person']):<16} {cells[0]:>15} {cells[1]:>15} {cells[2]:>15} {cells[3]:>13}"
    if fact["people"][0]["rub_before"] is not None:
        before, after = (
            sum(Decimal(row[f"rub_{when}"]) for row in fact["people"]) for when in ("before", "after")
        )
        yield f"\nroubles: {before:.2f} -> {after:.2f} ({after - before:+.2f})"


def _bodies(number: int) -> str:
    return f"{number} body" if number == 1 else f"{number} bodies"


def _change(row: Mapping[str, Any], name: str) -> str:
    before, after = row[f"{name}_before"], row[f"{name}_after"]
    return f"{before}" if before == after else f"{before} -> {after} ({after - before:+d})"


# --- what is said -----------------------------------------------------------------------------------


def _fact(rehearsed: Rehearsed, complaints: Sequence[str], price: Decimal | None) -> dict[str, Any]:
    return {
        "source": rehearsed.alert.source,
        "labels": dict(rehearsed.alert.labels),
        "routed": rehearsed.routed,
        "receivers": [heard.receiver for heard in rehearsed.heard],
        "told": [_heard_fact(heard, price) for heard in rehearsed.heard],
        "unknown_receivers": [f"{plugin}: {receiver}" for plugin, receiver in rehearsed.unknown],
        "plugins_failed": list(complaints),
    }


def _heard_fact(heard: Heard, price: Decimal | None) -> dict[str, Any]:
    return {
        "receiver": heard.receiver,
        "route": heard.route,
        "grouped_by": "its sender" if heard.by_sender else dict(heard.grouped_by),
        "after_s": heard.after.total_seconds(),
        "quiet": heard.quiet,
        "people": [_letter_fact(letter, price) for letter in heard.letters],
        "rooms": list(heard.rooms),
    }


def _letter_fact(letter: Letter, price: Decimal | None) -> dict[str, Any]:
    from pilotbridge.sms_text import measure

    measured = measure(letter.text)
    return {
        "contact": letter.person.contact.name,
        "to": str(letter.person.phone),
        "text": letter.text,
        "encoding": measured.encoding,
        "parts": measured.parts,
        "price_rub": None if price is None else f"{price * measured.parts:.2f}",
        "template_fault": letter.fault,
    }


def _lines(fact: Mapping[str, Any]) -> Iterator[str]:
    yield f"alert   {cell(fact['labels'])} by {fact['source']}"
    yield f"routed  {cell(fact['routed'])}"
    for unknown in fact["unknown_receivers"]:
        yield f"ignored {unknown}: there is no such receiver"
    for failure in fact["plugins_failed"]:
        yield f"failed  {cell(failure)}"
    for heard in fact["told"]:
        yield ""
        yield from _heard_lines(heard)
    if not fact["told"]:
        yield "\nnobody is told"
    prices = [person["price_rub"] for heard in fact["told"] for person in heard["people"]]
    if prices and prices[0] is not None:
        yield f"\n{sum(map(Decimal, prices)):.2f} roubles in all"


def _heard_lines(heard: Mapping[str, Any]) -> Iterator[str]:
    grouped = heard["grouped_by"]
    by = f"grouped by {grouped}" if isinstance(grouped, str) else f"group {cell(grouped) or 'of the route'}"
    wait = f"after {heard['after_s']:g} s" if heard["after_s"] else "at once"
    yield f"{heard['receiver']}  ({by}, {wait})"
    if heard["quiet"]:
        yield f"  nobody is told: {cell(heard['quiet'])}"
    for person in heard["people"]:
        price = "" if person["price_rub"] is None else f", {person['price_rub']} roubles"
        cost = f"{counted(person['parts'], 'part')} {person['encoding']}{price}"
        yield f"  {person['contact']} {person['to']}  {cost}"
        yield f"    {cell(person['text'])}"
        if person["template_fault"]:
            yield f"    the template failed: {cell(person['template_fault'])}"
    for room in heard["rooms"]:
        yield f"  a card in the chat {cell(room)}"


# --- what was expected ------------------------------------------------------------------------------


def _compare(fact: dict[str, Any], file: Path) -> None:
    """Exit 1 with a diff when ``fact`` is not what ``file`` says."""
    from difflib import unified_diff

    try:
        expected = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not UTF-8") from error
    wanted, found = _as_lines(expected, plain(fact), file)
    difference = list(unified_diff(wanted, found, str(file), "now", lineterm=""))
    for line in difference:
        click.echo(line)
    if difference:
        click.get_current_context().exit(1)
    click.echo("as expected")


def _as_lines(expected: str, fact: dict[str, Any], file: Path) -> tuple[list[str], list[str]]:
    if not expected.lstrip().startswith(("{", "[")):
        lines = (line.partition("#")[0].strip() for line in expected.splitlines())
        return [line for line in lines if line], fact["receivers"]
    try:
        wanted = json.loads(expected)
    except ValueError as error:
        raise click.UsageError(f"{file} is no JSON: {error}") from error
    found = fact["told"] if isinstance(wanted, list) else fact
    return _pretty(wanted), _pretty(_same_part(found, wanted))


def _same_part(found: Any, wanted: Any) -> Any:
    """Of ``found`` only what ``wanted`` speaks of; elements it does not have stay, and so show."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return {name: _same_part(found.get(name), wanted[name]) for name in wanted}
    if isinstance(found, list) and isinstance(wanted, list):
        more = len(found) - len(wanted)
        return [_same_part(*pair) for pair in zip(found, wanted, strict=False)] + (
            found[-more:] if more > 0 else []
        )
    return found


def _pretty(value: Any) -> list[str]:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).splitlines()
