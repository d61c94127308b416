"""`pilotbridge db`: copies of the database, whether it is sound, and forgetting what is old."""

from __future__ import annotations

import os
from pathlib import Path
from random import SystemRandom

import click

from pilotbridge.cli.database import existing, owned, refuse_beside_a_bridge
from pilotbridge.cli.facts import confirm, counted, json_option, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.progress import progress
from pilotbridge.clock import SystemClock
from pilotbridge.errors import ConfigurationError, NotAllowed, NotFound

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def db() -> None:
    """Look after the database."""


@db.command("backup")
@click.argument("file", type=_FILE)
@json_option
@click.pass_obj
def backup(invocation: Invocation, file: Path) -> None:
    """Copy the database into FILE, also beside a running bridge; an existing FILE is never overwritten.

    \b
      pilotbridge db backup /var/backups/pilotbridge-$(date +%F).db
    """
    from pilotbridge.store import copies

    path = existing(invocation)
    if file.exists():
        raise NotAllowed(f"{file} exists already; name another, a backup overwrites nothing")
    _refuse_no_folder(file.parent)
    with progress("copying") as told:
        copies.backup(path, file, progress=told)
    if invocation.as_json:
        show_one({"file": str(file), "bytes": file.stat().st_size}, invocation)
    else:
        click.echo(f"{path} is copied into {file} ({file.stat().st_size >> 10} KiB)")


def _refuse_no_folder(folder: Path) -> None:
    """Before the library says no more than that some file cannot be opened."""
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}; make it, or name another")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NotAllowed(f"this user may not write into {folder}; name another")


@db.command("verify")
@click.argument("file", type=_FILE, required=False)
@json_option
@click.pass_obj
def verify(invocation: Invocation, file: Path | None) -> None:
    """Look whether the database (or the copy FILE) is sound. Exits 1 when it is not."""
    path = file or existing(invocation)
    if not path.is_file():
        raise NotFound(f"there is no file {path}")
    with progress("looking"):
        faults = _faults_of(path)
    if invocation.as_json:
        show_one({"file": str(path), "sound": not faults, "faults": faults}, invocation)
    else:
        click.echo("\n".join(faults) or f"{path} is sound")
    click.get_current_context().exit(1 if faults else 0)


def _faults_of(path: Path) -> list[str]:
    """What is wrong with it, also when it can be read by nobody."""
    from pilotbridge.store import soundness

    try:
        return soundness.verify(path)
    except ConfigurationError as error:
        return [error.reason]


@db.command("restore")
@click.argument("file", type=_FILE)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--anyway", is_flag=True, help="Also a copy that is not sound: all of it that can be read.")
@json_option
@click.pass_obj
def restore(invocation: Invocation, file: Path, *, yes: bool, anyway: bool) -> None:
    """Bring the copy FILE back as the database. The bridge must not run; the present database is kept.

    What was on its way when the copy was made may have been sent since: it comes back in doubt, and is
    settled like everything in doubt, by asking the gateway, by the receiver's rule, or by you.
    """
    from pilotbridge.store import restoring

    path = invocation.settings().store.sqlite_path
    refuse_beside_a_bridge(path)
    if not file.is_file():
        raise NotFound(f"there is no file {file}")
    if path.exists() and file.samefile(path):
        raise NotAllowed(f"{file} is the database itself; name a copy of it")
    if not yes:
        confirm(f"Replace {path} by {file}?")
    with progress("copying") as told:
        restored = restoring.restore(
            file, path, clock=SystemClock(), rng=SystemRandom(), anyway=anyway, progress=told
        )
    kept = path.with_suffix(".replaced.db")
    if invocation.as_json:
        before = str(kept) if kept.exists() else None
        facts = {"file": str(path), "in_doubt": restored.in_doubt, "replaced": before}
        show_one({**facts, "faults": list(restored.faults)}, invocation)
        return
    click.echo(f"{path} is what {file} was.")
    if kept.exists():
        click.echo(f"What it replaced is {kept}.")
    for fault in restored.faults:
        click.echo(f"Was not sound: {fault}")
    if restored.in_doubt:
        click.echo(
            f"{counted(restored.in_doubt, 'message')} may have been sent since the copy was made: in doubt "
            "now; see pilotbridge messages list --stuck"
        )


@db.command("prune")
@json_option
@click.pass_obj
def prune(invocation: Invocation) -> None:
    """Forget finished things that are older than `privacy` says. A running bridge does it by itself."""
    from pilotbridge.store import forgetting

    path = existing(invocation)
    with owned(path) as store, progress("forgetting"):
        gone = forgetting.prune(store, invocation.settings().privacy, SystemClock().now_ms())
    if invocation.as_json:
        show_one({"rows": gone}, invocation)
    else:
        click.echo(f"{counted(gone, 'row')} gone" if gone else "nothing is old enough")
