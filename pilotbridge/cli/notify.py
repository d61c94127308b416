"""`pilotbridge notify`: what monitoring that only starts a command has to say, posted or kept in a file.

It owns which words each sender's flags and environment give; :mod:`pilotbridge.cli.hand_over` brings them to
the bridge. It starts quickly and needs neither the configuration nor the database.
"""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from pilotbridge.cli.hand_over import Ways, cause_of, hand_over
from pilotbridge.errors import ConfigurationError
from pilotbridge.spooled import Spooled

SETTINGS_FILE = Path("/etc/pilotbridge/notify.conf")
SETTINGS = ("url", "token_file", "spool", "source", "ca_file")
OUTPUT_MAX = 8_000
"""Characters of a plugin's output; nobody reads more of it on a phone."""

# What each sender leaves in the environment; the first variable that says something counts.
_NAGIOS_HOST = {"state": ("NAGIOS_HOSTSTATE",), "output": ("NAGIOS_HOSTOUTPUT",)}
_NAGIOS_SERVICE = {"state": ("NAGIOS_SERVICESTATE",), "output": ("NAGIOS_SERVICEOUTPUT",)}
_NAGIOS = {
    "type": ("NAGIOS_NOTIFICATIONTYPE",),
    "host": ("NAGIOS_HOSTNAME",),
    "address": ("NAGIOS_HOSTADDRESS",),
    "service": ("NAGIOS_SERVICEDESC",),
    "contact": ("NAGIOS_CONTACTPAGER", "NAGIOS_CONTACTNAME"),
    "time": ("NAGIOS_TIMET",),
    "author": ("NAGIOS_NOTIFICATIONAUTHOR",),
    "comment": ("NAGIOS_NOTIFICATIONCOMMENT",),
}
_MONIT = {
    "host": ("MONIT_HOST",),
    "service": ("MONIT_SERVICE",),
    "event": ("MONIT_EVENT",),
    "output": ("MONIT_DESCRIPTION",),
}


@click.command(context_settings={"show_default": True})
@click.option(
    "--from",
    "sender",
    type=click.Choice(["nagios", "icinga", "monit", "cron"]),
    required=True,
    help="Who starts the command.",
)
@click.option("--type", "type", help="PROBLEM, RECOVERY, ACKNOWLEDGEMENT, ...")
@click.option("--host", help="Which host.")
@click.option("--address", help="Its address.")
@click.option("--service", help="Which service; none: the host itself.")
@click.option("--name", help="What a job or a check is called.")
@click.option("--state", help="OK, WARNING, CRITICAL, UNKNOWN, UP, DOWN; of a job ok or failed.")
@click.option("--output", help="What the check or the job said.")
@click.option("--event", help="Monit's own word for it.")
@click.option("--severity", help="How bad it is, where the state does not tell.")
@click.option("--contact", help="Whom it is for: a contact, a receiver, or a contact's own phone.")
@click.option("--time", "time_", help="When, in seconds since 1970.  [now]")
@click.option("--author", help="Who acknowledged or wrote.")
@click.option("--comment", help="What they wrote.")
@click.option("--url", help="Where the bridge is, like http://127.0.0.1:8080.")
@click.option("--token-file", help="The file with the token of the source.")
@click.option("--ca-file", help="An authority (PEM) to trust for https.")
@click.option("--source", help="The source's name in the bridge's configuration.  [as --from]")
@click.option("--spool", help="The folder for what cannot be posted.")
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    envvar="PILOTBRIDGE_NOTIFY_SETTINGS",
    help=f"A file with url, token_file, spool and so on, `name: value` a line.  [{SETTINGS_FILE}]",
)
def notify(sender: str, time_: str | None, settings: Path | None, **given: str | None) -> None:
    """Hand a notification of monitoring to the bridge; for commands of Nagios, Icinga, Monit and scripts.

    \b
      pilotbridge notify --from cron --name backup --state $?

    It is posted; when that fails within 2 s it is kept in a file of the spool folder, which the bridge takes
    in. Exits 0 when one of both is done, 5 when the bridge refused what it says, 69 when nothing was kept.
    """
    ways = _ways(sender, settings, given)
    words = _words(sender, {**given, "time": time_})
    at_ms = time.time_ns() // 1_000_000
    body = json.dumps(words, ensure_ascii=False)
    said = hand_over(Spooled(ways.source, f"notify-{os.urandom(12).hex()}", at_ms, body), ways)
    if said:
        click.echo(f"pilotbridge: {said}", err=True)


# --- words ------------------------------------------------------------------------------------------


def _words(sender: str, given: Mapping[str, str | None]) -> dict[str, str]:
    """What is said, by the fields of the body; flags go before the environment."""
    names = ("type", "host", "address", "service", "name", "state", "output", "event", "severity")
    flags = {name: given[name] for name in (*names, "contact", "time", "author", "comment")}
    found = {
        **_environment(sender, flags),
        **{name: text for name, text in flags.items() if text is not None},
    }
    if sender in ("monit", "cron"):
        found.setdefault("host", socket.gethostname())
    if not found.get("time"):
        found["time"] = str(int(time.time()))
    words = {name: _utf8(text) for name, text in found.items() if text}
    if len(words.get("output", "")) > OUTPUT_MAX:
        words["output"] = words["output"][:OUTPUT_MAX] + ".."
    return {"notify": sender, **words}


def _environment(sender: str, flags: Mapping[str, str | None]) -> dict[str, str]:
    if sender == "monit":
        return _read(_MONIT)
    if sender != "nagios":
        return {}
    about = _read(_NAGIOS)
    is_service = bool(about.get("service") if flags["service"] is None else flags["service"])
    return {**about, **_read(_NAGIOS_SERVICE if is_service else _NAGIOS_HOST)}


def _read(variables: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    said = {name: next(filter(None, map(os.environ.get, names)), "") for name, names in variables.items()}
    return {name: text for name, text in said.items() if text}


def _utf8(text: str) -> str:
    """``text`` with a mark for each byte of the command line that is no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "\ufffd")


# --- ways -------------------------------------------------------------------------------------------


def _ways(sender: str, settings: Path | None, given: Mapping[str, Any]) -> Ways:
    """Flags go before the environment (``PILOTBRIDGE_NOTIFY_URL`` ...), that before the file.

    :raises ConfigurationError: when there is no way at all, or the file has a line that is none.
    """
    file = _settings(settings)
    found = {
        name: given.get(name) or os.environ.get(f"PILOTBRIDGE_NOTIFY_{name.upper()}") or file.get(name) or ""
        for name in SETTINGS
    }
    if not found["url"] and not found["spool"]:
        raise ConfigurationError(f"say where to: --url, --spool, or lines for them in {SETTINGS_FILE}")
    return Ways(**{**found, "source": found["source"] or sender})


def _settings(named: Path | None) -> dict[str, str]:
    path = named or SETTINGS_FILE
    if named is None and not path.exists():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {cause_of(error)}") from error
    stripped = (re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip() for line in lines)
    said = [(number, line) for number, line in enumerate(stripped, 1) if line]
    if odd := next((number for number, line in said if ":" not in line), None):
        # What stands there is not repeated: it may be a token.
        raise ConfigurationError(f"{path}: line {odd} is no `name: value`")
    pairs = [line.partition(":") for _, line in said]
    unknown = [name.strip() for name, _, _ in pairs if name.strip() not in SETTINGS]
    if unknown:
        raise ConfigurationError(f"{path}: there is no {unknown[0]!r}; there are {', '.join(SETTINGS)}")
    return {name.strip(): value.strip() for name, _, value in pairs}
