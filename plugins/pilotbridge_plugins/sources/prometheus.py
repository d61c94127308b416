"""Reads what Prometheus posts to an Alertmanager: a bare list of alerts, each with an end that is a lease.

It owns the shape of that list and what a missing time means. What a Prometheus can say is never refused: it
drops the whole batch on any answer but 2xx. Facts: Alertmanager's ``api/v2/api.go``, a capture of 2.42.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from pilotbridge import (
    USUAL_SEVERITIES,
    Alert,
    AlertState,
    Incoming,
    Labels,
    Malformed,
    Parsed,
    Positive,
    Unreadable,
    given_moment,
    hookimpl,
    read_json,
)

LAST_YEAR = 9998
"""The last year has no room for time zones."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Lease(BaseModel):
    """What may stand beside ``type: prometheus`` in ``sources.<name>``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resolve_timeout: Positive = Field(
        default=timedelta(minutes=5),
        description="How long an alert holds that does not say until when.",
    )


class Prometheus:
    """The source type ``prometheus``: the door ``/api/v2/alerts``, and ``/in/<name>`` like any other."""

    type = "prometheus"
    sender = "what Prometheus posts to an Alertmanager"
    options = Lease
    tails = ("/api/v2/alerts",)
    groups = False
    severities = USUAL_SEVERITIES

    def parse(self, incoming: Incoming, options: Lease | None) -> Parsed:
        """:raises Malformed: when this is no list of alerts, or one of them has no identity."""
        holds_for = (options or Lease()).resolve_timeout
        posted = _read(incoming.body)
        return Parsed(tuple(_alert(each, index, incoming, holds_for) for index, each in enumerate(posted)))

    def answer(self, _incoming: Incoming, _parsed: Parsed) -> Mapping[str, Any]:
        """Nobody reads more than the status."""
        return {}

    def looks_like(self, body: Any) -> bool:
        return isinstance(body, list) and bool(body) and isinstance(body[0], dict) and "labels" in body[0]


@hookimpl
def register_sources() -> list[Prometheus]:
    return [Prometheus()]


# --- one alert --------------------------------------------------------------------------------------


class _Posted(msgspec.Struct, rename="camel", gc=False):
    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    generator_url: str | None = msgspec.field(default="", name="generatorURL")


def _alert(posted: _Posted, index: int, incoming: Incoming, holds_for: timedelta) -> Alert:
    """An end in the future is a lease; one that has passed is the end.

    An end before its start was told by a clock that was set back in between: the start cannot be right.
    """
    now = incoming.received_at
    starts, ends = _moment(posted.starts_at, index), _moment(posted.ends_at, index)
    if starts is not None and ends is not None and ends < starts:
        starts = None
    is_over = ends is not None and ends <= now
    return Alert(
        source=incoming.source,
        labels=_labels(posted.labels, index),
        annotations=Labels(posted.annotations),
        state=AlertState.RESOLVED if is_over else AlertState.FIRING,
        starts_at=starts or min(now, ends or now),
        ends_at=ends if is_over else None,
        expires_at=None if is_over else ends or now + holds_for,
        url=posted.generator_url or "",
    )


def _labels(written: dict[str, str], index: int) -> Labels:
    """An empty value is no label at all; anything else has to have a name."""
    labels = {name: value for name, value in written.items() if value} if "" in written.values() else written
    if not labels:
        raise Malformed("an alert without labels has no identity", at=f"alerts[{index}].labels")
    if "" in labels:
        raise Malformed(f"the label with the value {labels['']!r} has no name", at=f"alerts[{index}].labels")
    return Labels(labels)


def _moment(written: datetime | None, index: int) -> datetime | None:
    """The time in UTC; None when it is not set."""
    moment = given_moment(written)
    if moment is not None and moment.year > LAST_YEAR:
        raise Malformed(f"the year {moment.year} is out of reach", at=f"alerts[{index}]")
    return moment


# --- the list ---------------------------------------------------------------------------------------

_decoder = msgspec.json.Decoder(list[_Posted])


def _read(body: bytes) -> list[_Posted]:
    """Whatever is wrong with it is 400 here, as an Alertmanager answers."""
    try:
        return read_json(body, _decoder)
    except Malformed:
        raise
    except Unreadable as fault:
        raise Malformed(fault.reason, at=f"alerts{fault.at}" if fault.at else "") from fault
