"""What `doctor` looks at of the bridge: whether it runs, what waits in it, and the way to its gateways.

It only looks, beside a running bridge too; each look is a generator of findings.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pilotbridge.cli.facts import counted
from pilotbridge.cli.findings import Finding, bad, doubtful, well
from pilotbridge.cli.operate import SOCKET_NAME
from pilotbridge.clock import SystemClock, from_ms
from pilotbridge.config.settings import GatewaySettings, Settings
from pilotbridge.errors import ConfigurationError

if TYPE_CHECKING:
    from pilotbridge.config.loader import Outline
    from pilotbridge.store.protocol import ReadVerbs

BEHIND = timedelta(minutes=1)
"""A body that a running bridge has not taken in by then will not be by itself."""
AHEAD = timedelta(minutes=1)
_PORTS = {"https": 443, "http": 80, "socks5": 1080, "socks5h": 1080}


def running(settings: Settings) -> Iterator[Finding]:
    """Whether a bridge has the database and answers."""
    from pilotbridge.store.looking import holder_of

    control, holder = settings.bridge.data_dir / SOCKET_NAME, holder_of(settings.store.sqlite_path)
    if answers(control):
        yield well("bridge", f"it runs (process {holder}) and answers at {control}")
    elif holder:
        yield doubtful(
            "bridge",
            f"process {holder} has the database, and nobody answers at {control}",
            "it may be starting or ending; when it stays so, look at its log and restart it",
        )
    else:
        yield doubtful("bridge", "none runs on this data_dir", "start it: pilotbridge run")
        yield from _door(settings)


def _door(settings: Settings) -> Iterator[Finding]:
    """Whether the address could be had, now that nobody should have it."""
    from pilotbridge.web.server import bind_address

    try:
        bind_address(settings.web.listen).close()
    except OSError as error:
        yield bad("address", error.strerror or str(error), "free the address, or change web.listen")
    else:
        yield well("address", f"{settings.web.listen} is free")


def answers(control: Path) -> bool:
    """Whether somebody listens at the control socket."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(2)
        try:
            caller.connect(str(control))
        except OSError:
            return False
    return True


# --- the database -----------------------------------------------------------------------------------


def database(settings: Settings) -> Iterator[Finding]:
    """Whether it is sound, and what in it waits for somebody."""
    from pilotbridge.store.looking import look
    from pilotbridge.store.soundness import verify

    path = settings.store.sqlite_path
    if not path.exists():
        yield well("database", f"none at {path} yet; it is made at the first start")
        return
    try:
        faults = verify(path)
        with look(path) as read:
            waiting = list(_waiting(read, settings))
    except ConfigurationError as error:
        cause, _, fix = error.reason.partition("; ")
        yield bad("database", cause, fix or "bring a backup back: pilotbridge db restore FILE")
        return
    if faults:
        yield bad("database", "; ".join(faults[:3]), "stop the bridge; pilotbridge db restore FILE")
    else:
        yield well("database", f"{path} is sound")
    yield from waiting


def _waiting(read: ReadVerbs, settings: Settings) -> Iterator[Finding]:
    from pilotbridge.outbox.pausing import paused

    yield _backlog(read, runs=answers(settings.bridge.data_dir / SOCKET_NAME))
    if settings.bridge.heartbeat is not None:
        yield _heartbeat(read.meta("heartbeat"))
    why = paused(read)
    if why:
        yield doubtful("sending", why, "pilotbridge messages resume")
    stuck = read.messages_stuck()
    if stuck:
        says = f"{counted(len(stuck), 'message')} to look at; the newest: {stuck[0].reason}"
        yield doubtful("messages", says, "pilotbridge messages list --stuck")
    else:
        yield well("messages", "none is stuck")
    yield from _from_the_future(read)


def _heartbeat(noted: str | None) -> Finding:
    """What became of the last ping."""
    if noted is None:
        return doubtful("heartbeat", "none was due yet", "look again once the bridge has run for a while")
    at_ms, outcome, why = noted.split(" ", 2)
    at = f"{from_ms(int(at_ms)):%Y-%m-%d %H:%M:%S} UTC"
    if outcome == "sent":
        return well("heartbeat", f"the last ping went out at {at}")
    if outcome == "withheld":
        return bad("heartbeat", f"no ping at {at}, because a part does not work: {why}", "mend that part")
    return bad("heartbeat", f"the ping of {at} did not get through: {why}", "look at bridge.heartbeat.url")


def _backlog(read: ReadVerbs, *, runs: bool) -> Finding:
    bodies, _ = read.waiting_bodies(1)
    if not bodies:
        return well("journal", "every body is taken in")
    count = read.count_waiting()
    says = f"{count} {'body waits' if count == 1 else 'bodies wait'} to be taken in"
    if not runs:
        return doubtful("journal", says, "start the bridge; nothing of it is lost")
    behind = SystemClock().utc_now() - bodies[0].incoming.received_at
    if behind > BEHIND:
        return bad(
            "journal", f"{says}, the oldest for {int(behind.total_seconds())} s", "look at the bridge's log"
        )
    return well("journal", says)


def _from_the_future(read: ReadVerbs) -> Iterator[Finding]:
    """A fact that is younger than now says that the clock was set back."""
    newest = max((message.created_at for message in read.messages_listed(limit=1)), default=None)
    if newest is not None and newest > SystemClock().utc_now() + AHEAD:
        yield bad(
            "clock",
            f"the newest message is of {newest:%Y-%m-%d %H:%M} UTC, which is still to come",
            "set the clock; until then what is due waits",
        )


# --- the spool --------------------------------------------------------------------------------------


def spool(settings: Settings) -> Iterator[Finding]:
    """Whether what `pilotbridge notify` leaves there can be taken in, and whether something lies aside."""
    from pilotbridge.spooled import SUFFIX
    from pilotbridge.web.spool import ASIDE

    folder = settings.bridge.spool_folder
    if not folder.exists():
        if settings.bridge.spool is not None:
            yield bad("spool", f"{folder} is not there", "make it, as docs/nagios.md says")
        return
    if folder.stat().st_mode & stat.S_IWOTH:
        yield bad("spool", f"everybody may write into {folder}, so it is not read", f"chmod o-w {folder}")
        return
    aside = len(os.listdir(folder / ASIDE)) if (folder / ASIDE).is_dir() else 0
    if aside:
        says = f"{counted(aside, 'file')} in {folder / ASIDE} could not be taken in"
        yield doubtful("spool", says, "correct and move them back, or remove them")
    waiting = sum(name.endswith(SUFFIX) for name in os.listdir(folder))
    yield well("spool", f"{counted(waiting, 'file')} in {folder}")


# --- the way out ------------------------------------------------------------------------------------


def gateways(settings: Settings) -> Iterator[Finding]:
    """Whether a connection to each gateway stands; nothing is sent over it."""
    for gateway in settings.gateways.values():
        yield _reach(gateway)


def _reach(gateway: GatewaySettings) -> Finding:
    what = f"gateway {gateway.name}"
    if gateway.type != "smspilot" or gateway.proxy == "env":
        why = (
            "its way out is the environment's proxy"
            if gateway.proxy == "env"
            else "its type knows its address"
        )
        return well(what, f"not tried: {why}; pilotbridge check --online asks it")
    url = urlsplit(gateway.url if gateway.proxy == "direct" else gateway.proxy)
    host, port = url.hostname or "", url.port or _PORTS.get(url.scheme, 443)
    by = "" if gateway.proxy == "direct" else "the proxy "
    try:
        socket.create_connection((host, port), gateway.connect_timeout.total_seconds()).close()
    except OSError as error:
        says = f"{by}{host}:{port} cannot be reached: {error.strerror or error}"
        return bad(what, says, "look at the network, the firewall, and gateways.*.proxy")
    return well(what, f"{by}{host}:{port} can be reached")


# --- plugins ----------------------------------------------------------------------------------------


def plugins(outline: Outline) -> Iterator[Finding]:
    """Files of the plugin folder that nobody switched on."""
    from pilotbridge.plugin_manager.loading import unnamed_files

    for path in unnamed_files(outline):
        yield doubtful(
            "plugins", f"{path} is off", f"to switch it on write  plugins: {{ {path.stem}: {{}} }}"
        )
