"""From a file to settings, or to everything that is wrong with it at once.

It puts the parts together and reads top to bottom; each part judges itself. The environment is passed in.
"""

from __future__ import annotations

import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path as FilePath
from typing import Any

from pilotbridge.clock import SystemClock
from pilotbridge.config.chats import read_chats
from pilotbridge.config.diagnostics import Fault, Path, suggest
from pilotbridge.config.document import Document, read_document
from pilotbridge.config.doors import (
    judge_doors,
    read_gateways,
    read_heartbeat,
    read_network,
    read_sources,
    read_store,
    read_web,
)
from pilotbridge.config.lines import LineGround, read_lines
from pilotbridge.config.names import Names
from pilotbridge.config.people import (
    read_contacts,
    read_limits,
    read_receivers,
    read_storm,
    read_templates,
    receiver_names,
    warn_of_one_way,
)
from pilotbridge.config.quiet import judge_intervals, read_inhibit_rules, read_intervals
from pilotbridge.config.reading import Known, Reading, plain
from pilotbridge.config.routes import read_route, warn_of_unused
from pilotbridge.config.schedules import judge_schedules, read_schedules
from pilotbridge.config.schema import Configuration, PrivacyBlock, TemplatesBlock
from pilotbridge.config.schema_doors import BridgeBlock
from pilotbridge.config.sense import warn_of_nonsense
from pilotbridge.config.settings import BridgeSettings, PrivacySettings, RouteNode, Settings
from pilotbridge.errors import ConfigurationError

__all__ = ["Fault", "Known", "Loaded", "Outline", "load", "outline", "parse"]

NOBODY_ASKED = Known()


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file: settings, or the faults that forbid them. Warnings forbid nothing."""

    settings: Settings | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    document: Document = field(default_factory=lambda: Document(""), repr=False, compare=False)

    def fault(self, code: str, path: Path, cause: str, fix: str, *, key: bool = False) -> Fault:
        """One that is found out later, with its place in the file."""
        return self.document.fault(code, path, cause, fix, key=key)

    def settled(self) -> Settings:
        """:raises ConfigurationError: with every fault, one a line."""
        if self.settings is None:
            raise ConfigurationError("\n".join(map(str, self.faults)))
        return self.settings


@dataclass(frozen=True, slots=True)
class Outline:
    """What must be known of a file before its plugins can be loaded; whatever is wrong is left out.

    ``document`` and the file's ``mode`` are kept for :func:`load`; without a document nothing could be read.
    """

    plugins: tuple[str, ...]
    sources: frozenset[str]
    gateways: frozenset[str]
    plugin_folder: FilePath | None
    chats: frozenset[str] = frozenset()
    document: Document | None = field(default=None, repr=False, compare=False)
    mode: int = field(default=0, repr=False, compare=False)


def load(
    path: FilePath,
    *,
    env: Mapping[str, str],
    known: Known = NOBODY_ASKED,
    now: datetime | None = None,
    outlined: Outline | None = None,
) -> Loaded:
    """Read the file at ``path``. Names of files in it are relative to its folder.

    ``outlined`` is what :func:`outline` said of this file; then it is not read again, which takes a second
    for every 100 KB.
    """
    if outlined is not None and outlined.document is not None:
        return _judged(outlined.document, path.parent, known, outlined.mode, now)
    try:
        text, mode = path.read_text(encoding="utf-8"), path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        return Loaded(None, (_unreadable(path, error),), ())
    return parse(text, env=env, known=known, file=str(path), folder=path.parent, mode=mode, now=now)


def parse(
    text: str,
    *,
    env: Mapping[str, str] | None = None,
    known: Known = NOBODY_ASKED,
    file: str = "<text>",
    folder: FilePath = FilePath(),
    mode: int = 0,
    now: datetime | None = None,
) -> Loaded:
    """Read ``text``. ``mode`` is that of its file; others may not read one that holds secrets.

    ``now`` is what warnings about the time to come are reckoned from; the present moment.
    """
    return _judged(read_document(text, file=file, env=env or {}), folder, known, mode, now)


def _judged(document: Document, folder: FilePath, known: Known, mode: int, now: datetime | None) -> Loaded:
    reading = Reading(document, folder, known, faults=[*document.faults])
    settings = None if _is_broken(document.faults) else _read(reading, now or SystemClock().utc_now())
    if mode & stat.S_IROTH:
        _refuse_open_file(reading)
    faults = tuple(sorted(_without_echoes(reading.faults), key=_position))
    warnings = tuple(sorted(reading.warnings, key=_position))
    return Loaded(None if faults else settings, faults, warnings, document)


def outline(path: FilePath, *, env: Mapping[str, str]) -> Outline:
    """Look which plugins, types and plugin folder the file at ``path`` names; never complains."""
    try:
        text, mode = path.read_text(encoding="utf-8"), path.stat().st_mode
    except (OSError, UnicodeDecodeError):
        return Outline((), frozenset(), frozenset(), None)
    document = read_document(text, file=str(path), env=env)
    reading = Reading(document, path.parent, NOBODY_ASKED)
    types = {
        kind: frozenset(reading.text((kind, name, "type")) or name for name in reading.names((kind,)))
        for kind in ("sources", "gateways", "chats")
    }
    folder = document.get(("bridge", "plugin_folder"))
    return Outline(
        plugins=tuple(reading.names(("plugins",))),
        sources=types["sources"],
        gateways=types["gateways"],
        chats=types["chats"],
        plugin_folder=path.parent / folder if isinstance(folder, str) else None,
        document=document,
        mode=mode,
    )


def _read(reading: Reading, now: datetime) -> Settings | None:
    """Every part of the file, in an order that lets each look at those before it."""
    _refuse_unknown(reading)
    reading.nameable = _nameable(reading)
    bridge = _bridge(reading)
    web = read_web(reading)
    network = read_network(reading)
    store = read_store(reading, bridge.data_dir)
    gateways = read_gateways(reading, web)
    sources = read_sources(reading)
    judge_doors(reading)
    contacts = read_contacts(reading, bridge)
    limits = read_limits(reading, contacts)
    chats = read_chats(reading, network)
    receivers = read_receivers(reading, contacts)
    warn_of_one_way(reading, receivers, gateways.values())
    plugins = _plugins(reading)
    route = _route(reading, bridge)
    time_intervals = read_intervals(reading, bridge)
    judge_intervals(reading, route, time_intervals)
    schedules = read_schedules(reading, bridge, contacts, time_intervals)
    schedules = judge_schedules(reading, schedules, contacts, receivers, now)
    line_ground = LineGround(
        chats, time_intervals, bridge.zone, tuple(gateway.type for gateway in gateways.values())
    )
    templates = reading.block(TemplatesBlock, ("templates",), default=TemplatesBlock()) or TemplatesBlock()
    settings = Settings(
        store=store,
        route=route,
        bridge=bridge,
        web=web,
        network=network,
        gateways=gateways,
        sources=sources,
        contacts=contacts,
        schedules=schedules,
        receivers=receivers,
        inhibit_rules=read_inhibit_rules(reading),
        time_intervals=time_intervals,
        limits=limits,
        storm=read_storm(reading, limits),
        privacy=_privacy(reading),
        chats=chats,
        lines=read_lines(reading, contacts, line_ground),
        plugins=plugins,
        templates=read_templates(reading, templates, ("templates",)),
        secrets=frozenset(reading.secrets),
    )
    warn_of_nonsense(reading, settings, now)
    return settings


def _is_broken(faults: list[Fault]) -> bool:
    """Whether there is nothing to read: the file is no YAML or no block of keys."""
    return any(fault.code in ("bad-yaml", "bad-type") and not fault.path for fault in faults)


def _without_echoes(faults: list[Fault]) -> list[Fault]:
    """All faults but those that follow from another: a variable not set, a secret's file not there."""
    unset = {fault.path for fault in faults if fault.code == "missing-env"}
    unread = {fault.path for fault in faults if fault.code == "missing-file"}
    return [
        fault
        for fault in faults
        if (fault.code == "missing-env" or fault.path not in unset) and not _is_unread(fault, unread)
    ]


def _is_unread(fault: Fault, files: Collection[str]) -> bool:
    """Whether the key that is missing would have come from one of ``files``, each named by its path."""
    of_block = (file.rpartition(".") for file in files)
    keys = {key.removesuffix("_file") for block, _, key in of_block if block == fault.path}
    return fault.code == "missing-key" and any(f"'{key}'" in fault.cause for key in keys)


def _refuse_unknown(reading: Reading) -> None:
    for name in reading.names(()):
        if name not in Configuration.model_fields:
            reading.unknown_key((name,), name, Configuration.model_fields.keys())


def _nameable(reading: Reading) -> Names:
    """Everything that has a name, what is wrong with it or not."""
    contacts, chats = reading.names(("contacts",)), reading.names(("chats",))
    rooms = {room for chat in chats for room in reading.names(("chats", chat, "rooms"))}
    private = {f"@{name}" for name in contacts if reading.document.get(("contacts", name, "telegram"))}
    intervals = range(reading.count(("time_intervals",)))
    return Names(
        {
            "receiver": receiver_names(reading),
            "contact": contacts,
            "phone": [name for name in contacts if reading.document.get(("contacts", name, "phone"))],
            "schedule": reading.names(("schedules",)),
            "room": rooms | (private if chats else set()),
            "time interval": {reading.text(("time_intervals", index, "name")) for index in intervals},
        }
    )


def _bridge(reading: Reading) -> BridgeSettings:
    block = reading.block(BridgeBlock, ("bridge",))
    if block is None:
        return BridgeSettings()
    folder = block.plugin_folder and reading.folder / block.plugin_folder
    return BridgeSettings(
        name=block.name,
        zone=block.zone,
        language=block.language,
        troubles=block.troubles,
        data_dir=block.data_dir,
        plugin_folder=folder,
        spool=block.spool,
        hook_deadline=block.hook_deadline,
        one_processor=block.one_processor,
        heartbeat=read_heartbeat(reading, block.heartbeat) if block.heartbeat else None,
    )


def _route(reading: Reading, bridge: BridgeSettings) -> RouteNode:
    receivers = receiver_names(reading)
    route = read_route(reading, receivers)
    if bridge.troubles and bridge.troubles not in receivers:
        fix = suggest(bridge.troubles, receivers, what="receivers")
        cause = f"there is no receiver {bridge.troubles!r}"
        reading.fault("unknown-receiver", ("bridge", "troubles"), cause, fix)
    if route:
        warn_of_unused(reading, route, receivers, bridge.troubles)
    return route or RouteNode("root", "")


def _privacy(reading: Reading) -> PrivacySettings:
    block = reading.block(PrivacyBlock, ("privacy",))
    return PrivacySettings(block.texts, block.journal, block.phones_in_chat) if block else PrivacySettings()


def _plugins(reading: Reading) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for name in reading.entries(("plugins",), in_url=True):
        path: Path = ("plugins", name)
        reading.expect(path, dict)
        block = reading.document.get(path)
        if isinstance(block, dict) or block is None:
            found[name] = plain(block or {})
            _judge_plugin(reading, path, name, block or {})
    return found


def _judge_plugin(reading: Reading, path: Path, name: str, block: dict[str, Any]) -> None:
    known = reading.known.plugins
    if known is not None and name not in known:
        fix = suggest(name, {*known, *reading.known.installed}, what="plugins")
        reading.fault("unknown-plugin", path, f"no installed plugin is called {name!r}", fix, key=True)
    if name in reading.known.idle:
        fix = "write @hookimpl above a function named like a hook (docs/plugins/README.md), or remove it"
        reading.warn("idle-plugin", path, "it answers no hook, so that it does nothing", fix)
    reading.options(known, path, block, (), kind=name)


def _refuse_open_file(reading: Reading) -> None:
    if reading.inline:
        file = reading.document.file
        cause = "everybody on this machine can read this secret"
        reading.fault(
            "open-file", reading.inline[0], cause, f"chmod 640 {file}, or move it into a file of its own"
        )


def _unreadable(path: FilePath, error: OSError | UnicodeDecodeError) -> Fault:
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return Fault("bad-yaml", str(path), line, 1, "", "not UTF-8", "save the file as UTF-8")
    cause = f"cannot be read: {error.strerror}"
    is_forbidden = isinstance(error, PermissionError)
    fix = "use the user that the bridge runs as" if is_forbidden else "name another with --config"
    return Fault("missing-file", str(path), 0, 0, "", cause, fix)


def _position(fault: Fault) -> tuple[int, int, str]:
    return fault.line, fault.col, fault.code
