"""`pilotbridge doctor`: looks for trouble on this machine, and says how to mend it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from pilotbridge.cli.facts import counted, json_option, show_list
from pilotbridge.cli.findings import Finding, Level, bad, doubtful, show, well
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.progress import progress
from pilotbridge.errors import ConfigurationError, NotAllowed

if TYPE_CHECKING:
    from pilotbridge.config.loader import Outline


@click.command()
@json_option
@click.pass_obj
def doctor(invocation: Invocation) -> None:
    """Look at programs, clock, disk, files, the bridge, its database and the way to its gateways.

    Changes nothing and sends nothing. Exits 1 when something must be mended.
    """
    with progress("looking"):
        findings = list(_until_forbidden(_examine(invocation)))
    if invocation.as_json:
        show_list([finding.fact() for finding in findings], {}, invocation, empty="")
    else:
        show(findings)
    if any(finding.level is Level.FAIL for finding in findings):
        click.get_current_context().exit(1)


def _until_forbidden(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Another user's files are a finding too, and a folder that cannot be one."""
    try:
        yield from findings
    except PermissionError as error:
        says = f"{error.filename}: this user may not look at it"
        yield bad("permission", says, "call doctor as the user that the bridge runs as")
    except NotADirectoryError as error:
        yield bad("data_dir", f"{error.filename} lies below a file", "change bridge.data_dir")
    except (ConfigurationError, NotAllowed) as error:
        cause, _, fix = error.reason.partition("; ")
        yield bad("data_dir", cause, fix)


def _examine(invocation: Invocation) -> Iterator[Finding]:
    from pilotbridge.cli import examine_bridge, examine_machine

    yield from examine_machine.programs()
    yield from examine_machine.clock()
    yield from examine_machine.limits()
    try:
        loaded, _ = invocation.load()
    except ConfigurationError as error:
        yield bad("configuration", error.reason, "mend it first; the rest cannot be looked at without it")
        return
    yield _configuration(len(loaded.faults), len(loaded.warnings), str(invocation.path))
    settings = loaded.settings
    if settings is None:
        return
    yield from examine_machine.files(invocation.path, settings)
    yield from examine_machine.room(settings)
    yield from examine_bridge.running(settings)
    yield from examine_bridge.database(settings)
    yield from examine_bridge.spool(settings)
    yield from examine_bridge.gateways(settings)
    yield from examine_bridge.plugins(_outline(invocation))


def _configuration(faults: int, warnings: int, path: str) -> Finding:
    if faults:
        return bad(
            "configuration",
            f"{path} has {counted(faults, 'fault')}",
            "pilotbridge check names each with its fix",
        )
    if warnings:
        return doubtful(
            "configuration", f"{path} has {counted(warnings, 'warning')}", "pilotbridge check names each"
        )
    return well("configuration", f"{path} is fine")


def _outline(invocation: Invocation) -> Outline:
    from pilotbridge.config.loader import outline

    return outline(invocation.path, env=os.environ)
