"""`pilotbridge import`: an Alertmanager's configuration as ours, and a list of what became of each part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotbridge.cli.facts import cell, counted, json_option
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.own_file import write_own
from pilotbridge.errors import ConfigurationError

if TYPE_CHECKING:
    from pilotbridge.config.alertmanager.carrying import Carried


class _Filled(click.ParamType[tuple[str, str], Any]):
    name = "contact"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        from pilotbridge.phone import InvalidPhone, PhoneNumber

        name, equals, phone = str(value).partition("=")
        if not name or not equals:
            self.fail(f"{value!r} names no contact; write it like anna=+79087964781", param, ctx)
        try:
            return name, PhoneNumber.parse(phone).e164
        except InvalidPhone as error:
            self.fail(f"{name}: {error}", param, ctx)


@click.command("import")
@click.argument(
    "file", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="ALERTMANAGER.YML"
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Into this file.")
@click.option(
    "--contact",
    "filled",
    type=_Filled(),
    multiple=True,
    metavar="NAME=PHONE",
    help="Fill in a contact's phone.",
)
@json_option
@click.pass_obj
def import_(
    invocation: Invocation, file: Path, output: Path | None, filled: tuple[tuple[str, str], ...]
) -> None:
    """Write the configuration of an Alertmanager as ours, and say what could not be carried.

    \b
      pilotbridge import alertmanager.yml -o pilotbridge.yaml
      pilotbridge import alertmanager.yml --contact ops=+79087964781 > pilotbridge.yaml

    Routes, rules and times are carried as they are; who was paged is a contact to be filled in, a chat of
    Telegram is a room. No secret is copied: each is named as a file to put it in. FILE is for its owner only
    and never overwritten.

    Exits 0 when nobody is to be filled in, 1 when somebody is, 78 when the file cannot be read.
    """
    from pilotbridge.config.alertmanager.carrying import carry

    carried = carry(_read(file), file=str(file), folder=file.absolute().parent, phones=dict(filled))
    if carried.faults:
        raise ConfigurationError("\n".join(map(str, carried.faults)))
    if carried.unknown:
        known = ", ".join(carried.contacts) or "none"
        raise click.UsageError(f"there is no contact {', '.join(carried.unknown)}; the file has: {known}")
    if output is not None:
        write_own(output, carried.text)
    if invocation.as_json:
        click.echo(json.dumps(_fact(carried, output), ensure_ascii=False, indent=2))
    else:
        if output is None:
            click.echo(carried.text, nl=False)
        for line in _report(carried, file, output):
            click.echo(line, err=output is None)
    click.get_current_context().exit(1 if carried.blanks else 0)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{file}:{line}: not UTF-8; save the file as UTF-8") from error
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error


def _report(carried: Carried, file: Path, output: Path | None) -> Iterator[str]:
    yield f"--- {cell(str(file))}"
    yield f"+++ {cell(str(output or 'pilotbridge.yaml'))}"
    yield "Carried as they are: the route, inhibit_rules and time_intervals. Of the rest:"
    yield from (cell(str(note)) for note in carried.notes)
    yield ""
    if carried.blanks:
        yield f"Fill in the phone of {counted(len(carried.blanks), 'contact')}: {', '.join(carried.blanks)}"
        yield f"  here, or once more with --contact {carried.blanks[0]}=+7..."
    yield "Write one word into each of these files, beside the configuration:"
    for name, what in carried.secrets.items():
        yield f"  {cell(name)}: {what}"
    yield "Then: pilotbridge -c FILE check, and pilotbridge -c FILE routes test alertname=... severity=..."


def _fact(carried: Carried, output: Path | None) -> dict[str, Any]:
    return {
        "output": None if output is None else str(output),
        "configuration": carried.text,
        "contacts": list(carried.contacts),
        "blanks": list(carried.blanks),
        "secrets": dict(carried.secrets),
        "notes": [
            {
                "kind": note.kind.name.lower(),
                "line": note.line,
                "col": note.col,
                "path": note.path,
                "says": note.says,
            }
            for note in carried.notes
        ],
    }
