"""How a command has something done: by the running bridge over its control socket, else by itself.

The file rights of the socket are the authority. With no bridge running the command takes the store's lock,
so that two never write at once.
"""

from __future__ import annotations

import getpass
import http.client
import json
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from pilotbridge.cli.invocation import Invocation
from pilotbridge.errors import (
    Closed,
    ConfigurationError,
    NotAllowed,
    NotFound,
    PilotBridgeError,
    Refused,
    TryLater,
)

if TYPE_CHECKING:
    from pilotbridge.config.settings import Settings

SOCKET_NAME = "control.sock"
TIMEOUT_S = 30.0
_SENDING = ("send", "retry", "reply", "retry_post", "oncall_swap")
_ERRORS: dict[str, type[PilotBridgeError]] = {
    "not-found": NotFound,
    "not-allowed": NotAllowed,
    "refused": Refused,
    "closed": Closed,
    "try-later": TryLater,
}


def operate(invocation: Invocation, verb: str, **arguments: Any) -> dict[str, Any]:
    """Have ``verb`` of the desk done and return the fact as it stands then.

    :raises PilotBridgeError: as the desk does; Closed when the bridge ended meanwhile. What the desk itself
        refuses is not allowed: the gateway had no word in it.
    """
    try:
        return _operate(invocation, verb, arguments)
    except Refused as error:
        if isinstance(error, NotFound | NotAllowed):
            raise
        raise NotAllowed(error.reason) from error


def _operate(invocation: Invocation, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
    from pilotbridge.desk.verbs import VERBS

    settings = invocation.settings()
    if empty := [name for name in arguments if f"{{{name}}}" in VERBS[verb].path and arguments[name] == ""]:
        raise NotFound(f"there is nothing without a name: {empty[0]} is empty")
    arguments["by"] = who_calls()
    path = settings.bridge.data_dir / SOCKET_NAME
    try:
        connection = _connect(path)
    except (FileNotFoundError, ConnectionRefusedError):
        return _by_itself(settings, verb, arguments)
    except NotADirectoryError:
        raise ConfigurationError(f"{path} lies below a file; change bridge.data_dir") from None
    except PermissionError as error:
        raise NotAllowed(f"{path}: this user may not command the bridge; use the one it runs as") from error
    return _by_bridge(connection, verb, arguments)


def who_calls(ask: Callable[[], str] = getpass.getuser) -> str:
    """The name of the user; a number where no file names them, as in many a container."""
    try:
        return ask()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


# --- a bridge is running ----------------------------------------------------------------------------


def _why_silent(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"not within {TIMEOUT_S:g} s"
    return getattr(error, "strerror", None) or "it ended, or what it said was cut off"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, connected: socket.socket) -> None:
        super().__init__("bridge", timeout=TIMEOUT_S)
        self._connected = connected

    def connect(self) -> None:
        self.sock = self._connected


def _connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(TIMEOUT_S)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection


def _by_bridge(connection: socket.socket, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
    from pilotbridge.desk.shown import plain
    from pilotbridge.desk.verbs import VERBS

    meant = VERBS[verb]
    in_path = {
        name: quote(str(arguments[name]), safe="") for name in arguments if f"{{{name}}}" in meant.path
    }
    body = {name: plain(value) for name, value in arguments.items() if name not in in_path}
    client = _UnixConnection(connection)
    try:
        headers = {"Content-Type": "application/json"}
        client.request(meant.method, meant.path.format_map(in_path), json.dumps(body), headers)
        response = client.getresponse()
        told = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = _why_silent(error)
        raise Closed(f"the bridge did not answer: {why}; see its log, and whether it was done") from error
    finally:
        client.close()
    if response.status >= 400:
        fault = told["error"]
        raise _ERRORS.get(fault["code"], Refused)(fault["message"])
    return dict(told)


# --- no bridge is running ---------------------------------------------------------------------------


def _by_itself(settings: Settings, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
    from pilotbridge.cli.database import owned
    from pilotbridge.clock import SystemClock
    from pilotbridge.desk.desk import Desk
    from pilotbridge.desk.verbs import VERBS
    from pilotbridge.outbox.enqueue import postage_of

    with owned(settings.store.sqlite_path) as store:
        desk = Desk(
            store,
            settings=lambda: settings,
            postage=lambda: postage_of(settings),
            clock=SystemClock(),
            new_id=lambda: secrets.token_hex(8),
            wake=lambda: None,
        )
        done = VERBS[verb].run(desk, arguments)
    if verb in _SENDING:
        click.echo("no bridge runs on this data_dir; it goes out when one starts", err=True)
    return done
