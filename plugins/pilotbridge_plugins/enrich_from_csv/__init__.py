"""Owner, runbook or any other column of a CSV file for each alert, by its host or another label.

The rows lie in the bridge's database: a file that cannot be read or makes no sense leaves the last good ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from pydantic import BaseModel

from pilotbridge import Alert, Bridge, Labels, Trouble, hookimpl
from pilotbridge_plugins.enrich_from_csv.options import EnrichFromCsv
from pilotbridge_plugins.enrich_from_csv.table import Row, Unusable, read_table

LOOKS_EVERY = timedelta(seconds=10)
UNUSABLE, TABLE = "CsvUnusable", "enrich_from_csv"
"""The Trouble is about the one table there is, so that it ends when the configuration names another file."""
ROWS, MADE_OF = "rows", "made of"


@hookimpl
def register_config() -> type[BaseModel]:
    return EnrichFromCsv


@hookimpl
def bridge_started(bridge: Bridge) -> None:
    watch = Watch(bridge)
    watch.look()
    bridge.every("look", LOOKS_EVERY, watch.look)


@hookimpl
def enrich_alerts(alerts: Sequence[Alert], bridge: Bridge) -> Mapping[Alert, Alert]:
    """What an alert says itself stands, unless ``overwrite`` says otherwise."""
    options, rows = bridge.config(EnrichFromCsv), bridge.storage(ROWS)
    keys = {alert: keys for alert in alerts if (keys := _keys(alert.labels.get(options.by), options))}
    known = {key: rows.get(key) for key in {key for found in keys.values() for key in found}}
    found = {alert: next((known[key] for key in keys[alert] if known[key]), None) for alert in keys}
    return {alert: _with(alert, row, options) for alert, row in found.items() if row is not None}


def _keys(value: str, options: EnrichFromCsv) -> tuple[str, ...]:
    """What to look for: the value, and without its port what is left of it."""
    if not value:
        return ()
    host, colon, port = value.rpartition(":")
    return (value, host) if options.without_port and colon and port.isdigit() and host else (value,)


def _with(alert: Alert, row: Row, options: EnrichFromCsv) -> Alert:
    return replace(
        alert,
        labels=_merged(alert.labels, row["labels"], options),
        annotations=_merged(alert.annotations, row["annotations"], options),
    )


def _merged(said: Labels, more: Mapping[str, str], options: EnrichFromCsv) -> Labels:
    return Labels({**said, **more} if options.overwrite else {**more, **said})


class Watch:
    """Reads the file when it, or what is wanted of it, differs from what the rows were made of."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def look(self) -> None:
        options = self._bridge.config(EnrichFromCsv)
        try:
            found = options.file.stat()
            self._take([found.st_mtime_ns, found.st_size, found.st_ino, options.model_dump_json()], options)
        except OSError as error:
            self._complain(f"{options.file} cannot be read: {error.strerror}")
        except Unusable as unusable:
            self._complain(str(unusable))
        else:
            self._bridge.clear_trouble(UNUSABLE, TABLE)

    def _take(self, wanted: list[object], options: EnrichFromCsv) -> None:
        """A file is noted together with its rows, so that neither is there without the other."""
        made_of = self._bridge.storage(MADE_OF)
        if made_of.get("file") != wanted:
            self._keep(read_table(options))
            made_of.set("file", wanted)

    def _keep(self, table: Mapping[str, Row]) -> None:
        """Write what differs."""
        rows = self._bridge.storage(ROWS)
        known = rows.items()
        for key in known.keys() - table.keys():
            rows.delete(key)
        for key, row in table.items():
            if known.get(key) != row:
                rows.set(key, row)

    def _complain(self, fault: str) -> None:
        summary = f"{fault}; the last good rows still count"
        self._bridge.raise_trouble(Trouble(UNUSABLE, TABLE, summary))
