"""`pilotbridge sandbox`: a gateway at home, alone."""

from __future__ import annotations

from pathlib import Path

import click

from pilotbridge.errors import ConfigurationError


@click.command()
@click.option("--listen", default="127.0.0.1:8025", show_default=True, metavar="HOST:PORT", help="Where.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep accounts, messages and time in this file of JSON lines.",
)
def sandbox(listen: str, state: Path | None) -> None:
    """Speak SMSPilot's API-2 from the gateway's side, with phones, faults and time to move.

    \b
      pilotbridge sandbox
      pilotbridge sandbox --listen 127.0.0.1:0 --state sandbox.jsonl

    It has no password; keep it on loopback. Its control is described in docs/sandbox.md.
    """
    from pilotbridge.sandbox.server import serve
    from pilotbridge.sandbox.state_file import BadState

    try:
        serve(listen, state, ready=lambda url: _tell(url, state))
    except BadState as error:
        raise ConfigurationError(str(error)) from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {listen}: {error.strerror}; choose another with --listen"
        ) from error


def _tell(url: str, state: Path | None) -> None:
    from pilotbridge.smspilot.wire import ASSUMPTIONS, TEST_KEY

    click.echo(f"gateway   {url}/api2.php")
    click.echo(f"phones    {url}/")
    click.echo(f"control   {url}/sandbox/")
    click.echo(f"test key  {TEST_KEY}")
    click.echo(f"state     {state or 'in memory'}")
    click.echo(
        f"Not the real gateway: {len(ASSUMPTIONS)} things no document settles are guessed, "
        f"see {url}/sandbox/assumptions"
    )
