"""Reads any JSON body by a mapping in the configuration: which path holds the title, the status and so on.

It owns the mapping and its words; it refuses to guess: a path that must be there and is not, is a fault with
its place. ``dry_run`` shows what a saved body would become.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pilotbridge import (
    Alert,
    Incoming,
    Parsed,
    Severity,
    Told,
    Unreadable,
    hookimpl,
    read_json,
    read_moment,
)

RESOLVED_WORDS = (
    "resolved",
    "resolve",
    "ok",
    "up",
    "recovered",
    "recovery",
    "success",
    "normal",
    "clear",
    "cleared",
    "closed",
)
MAX_ITEMS = 100_000

_PART = re.compile(r"""\.?([^.\[\]"'\s]+)|\[(\d+)\]|\["([^"]+)"\]|\['([^']+)'\]""")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MISSING = object()
_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


# --- the mapping ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pick:
    """Where a value stands in the body, or the value itself when it is written as ``=text``."""

    written: str
    parts: tuple[str | int, ...] = ()
    constant: str | None = None

    @classmethod
    def parse(cls, written: object) -> Pick:
        """:raises ValueError: with an example, when this is neither a path nor a constant."""
        if isinstance(written, Pick):
            return written
        if not isinstance(written, str):
            raise ValueError("write a path like $.alert.id, or a constant like =text")
        if written.startswith("="):
            return cls(written, constant=written[1:])
        return cls(written, parts=_parts_of(written))

    def find(self, body: Any) -> Any:
        """The value in ``body``; ``_MISSING`` when there is none, null counts as none."""
        if self.constant is not None:
            return self.constant
        found = body
        for part in self.parts:
            in_list = isinstance(found, list) and isinstance(part, int) and part < len(found)
            if not in_list and not (isinstance(found, dict) and part in found):
                return _MISSING
            found = found[part]
        return _MISSING if found is None else found


def _parts_of(written: str) -> tuple[str | int, ...]:
    path = written.removeprefix("$")
    parts: list[str | int] = []
    at = 0
    while at < len(path):
        part = _PART.match(path, at)
        if part is None:
            raise ValueError(f'no path at {path[at:]!r}; write it like $.alert.id, a.b[0].c or a["odd key"]')
        parts.append(int(part[2]) if part[2] else part[1] or part[3] or part[4])
        at = part.end()
    return tuple(parts)


PathText = Annotated[Pick, BeforeValidator(Pick.parse)]


def _label_names(labels: object) -> object:
    if isinstance(labels, Mapping):
        for name in labels:
            if not isinstance(name, str) or not _LABEL.fullmatch(name):
                raise ValueError(f"{name!r} is no label name; use letters, digits and _")
    return labels


def _lower_words(words: object) -> object:
    listed = [words] if isinstance(words, str | int) else words
    return [str(word).strip().lower() for word in listed] if isinstance(listed, list) else listed


class Mapped(BaseModel):
    """What may stand beside ``type: generic_json`` in ``sources.<name>``."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    title: PathText = Field(
        default=Pick.parse("$.title"), description="What is wrong; becomes the label alertname."
    )
    id: PathText | None = Field(default=None, description="What stays the same from firing to resolved.")
    status: PathText | None = Field(
        default=None, description="Firing or resolved; without it every body fires."
    )
    resolved_when: Annotated[tuple[str, ...], BeforeValidator(_lower_words)] = Field(
        RESOLVED_WORDS, description="The values of status that mean resolved; any other fires."
    )
    level: PathText | None = Field(
        default=None,
        description="The sender's word for how bad it is; `severity` beside it maps words of your own.",
    )
    text: PathText | None = Field(default=None, description="More words; becomes the annotation summary.")
    url: PathText | None = Field(default=None, description="Where to look.")
    starts_at: PathText | None = Field(
        default=None, description="Since when: ISO 8601, or seconds since 1970."
    )
    labels: Annotated[dict[str, PathText], BeforeValidator(_label_names)] = Field(
        default_factory=dict, description="Further labels by name."
    )
    items: PathText | None = Field(default=None, description="The list in the body whose entries are alerts.")


# --- reading ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """One alert as the mapping reads it; texts are empty where the body has nothing."""

    at: str
    title: str
    id: str
    status: str
    resolved: bool
    severity: str
    text: str
    url: str
    starts_at: datetime | None
    labels: Mapping[str, str]
    warnings: tuple[str, ...] = ()


def dry_run(body: bytes, options: Mapped) -> tuple[Reading, ...]:
    """What ``body`` would become.

    :raises Unreadable: with the place of the fault.
    """
    entries = _entries(read_json(body, _decoder), options.items)
    return tuple(_reading(entry, at, options) for at, entry in entries)


class GenericJson:
    """The source type ``generic_json``."""

    type = "generic_json"
    options = Mapped
    groups = False
    severities: Mapping[str, Severity] = {
        "critical": Severity.CRITICAL,
        "crit": Severity.CRITICAL,
        "fatal": Severity.CRITICAL,
        "emergency": Severity.CRITICAL,
        "alert": Severity.CRITICAL,
        "disaster": Severity.CRITICAL,
        "error": Severity.CRITICAL,
        "failure": Severity.CRITICAL,
        "high": Severity.CRITICAL,
        "major": Severity.CRITICAL,
        "down": Severity.CRITICAL,
        "warning": Severity.WARNING,
        "warn": Severity.WARNING,
        "minor": Severity.WARNING,
        "average": Severity.WARNING,
        "medium": Severity.WARNING,
        "info": Severity.INFO,
        "information": Severity.INFO,
        "informational": Severity.INFO,
        "notice": Severity.INFO,
        "low": Severity.INFO,
        "debug": Severity.INFO,
    }

    def parse(self, incoming: Incoming, options: Any) -> Parsed:
        """:raises Unreadable: when the body is no JSON or the mapping does not fit it."""
        mapped = options if isinstance(options, Mapped) else Mapped.model_validate({})
        readings = dry_run(incoming.body, mapped)
        alerts = tuple(_alert(reading, incoming) for reading in readings)
        return Parsed(alerts, warnings=tuple(warning for each in readings for warning in each.warnings))


@hookimpl
def register_sources() -> list[GenericJson]:
    return [GenericJson()]


def _entries(body: Any, items: Pick | None) -> Sequence[tuple[str, Any]]:
    """The alerts in the body, each with its place."""
    if items is None:
        return [("", body)]
    found = items.find(body)
    if found is _MISSING:
        raise Unreadable(
            f"there is nothing at {items.written}, where the list of alerts should be", at=items.written
        )
    if not isinstance(found, list):
        raise Unreadable(f"{items.written} is no list of alerts", at=items.written)
    if len(found) > MAX_ITEMS:
        raise Unreadable(f"more than {MAX_ITEMS} alerts in one body", at=items.written)
    return [(f"{items.written}[{index}]", entry) for index, entry in enumerate(found)]


def _reading(entry: Any, at: str, options: Mapped) -> Reading:
    title = _needed(entry, at, options.title, "title")
    status = _needed(entry, at, options.status, "status") if options.status else ""
    starts_at, warnings = _start(entry, at, options.starts_at)
    return Reading(
        at=at,
        title=title,
        id=_needed(entry, at, options.id, "id") if options.id else "",
        status=status,
        resolved=status.strip().lower() in options.resolved_when,
        severity=_text(entry, at, options.level),
        text=_text(entry, at, options.text),
        url=_text(entry, at, options.url),
        starts_at=starts_at,
        labels={name: _text(entry, at, pick) for name, pick in options.labels.items()},
        warnings=warnings,
    )


def _needed(entry: Any, at: str, pick: Pick, what: str) -> str:
    text = _text(entry, at, pick)
    if not text.strip():
        raise Unreadable(f"there is no {what} at {pick.written}", at=_place(at, pick))
    return text


def _text(entry: Any, at: str, pick: Pick | None) -> str:
    """The value as text; empty when it is not there.

    :raises Unreadable: when it is a list or an object.
    """
    found = _MISSING if pick is None else pick.find(entry)
    if found is _MISSING:
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, str | int | float):
        return str(found)
    assert pick is not None
    kind = "a list" if isinstance(found, list) else "an object"
    raise Unreadable(f"{pick.written} is {kind}, where a text should be", at=_place(at, pick))


def _place(at: str, pick: Pick) -> str:
    path = pick.written.removeprefix("$").removeprefix(".")
    return f"{at}.{path}" if at else pick.written


def _start(entry: Any, at: str, pick: Pick | None) -> tuple[datetime | None, tuple[str, ...]]:
    """Since when; a time that cannot be read costs a warning, not the alert."""
    written = _text(entry, at, pick).strip()
    if not written or pick is None:
        return None, ()
    moment = read_moment(written)
    if moment is None:
        return None, (f"{_place(at, pick)} is no time: {written[:40]!r}; the time of arrival counts",)
    return moment, ()


def _alert(reading: Reading, incoming: Incoming) -> Alert:
    # With an id the title may change from firing to resolved; how bad it is may change without one, too.
    identity = {"id": reading.id} if reading.id else {"alertname": reading.title, **reading.labels}
    return Told(
        name=reading.title,
        identity=identity,
        resolved=reading.resolved,
        severity=reading.severity,
        labels=reading.labels,
        summary=reading.text,
        since=reading.starts_at,
        url=reading.url,
    ).alert(incoming)
