"""What Prometheus can ask of the bridge: one table of every metric, and the meter that counts.

It owns names, labels and help; it refuses label values outside their set, which become ``other``, because a
stranger's words must not become time series.
"""

from __future__ import annotations

import platform
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from pilotbridge.lifecycle import Event, State
from pilotbridge.model import AlertState, Reason

PREFIX = "pilotbridge"
OTHER = "other"

_COMMIT_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
_BATCH = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_NETWORK_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25)
_HOOK_S = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2)


class Kind(StrEnum):
    """How a metric is counted; the exported name of a counter ends in ``_total``."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of the table."""

    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


def _counter(says: str, *labels: str) -> Metric:
    return Metric(Kind.COUNTER, says, labels)


def _gauge(says: str, *labels: str) -> Metric:
    return Metric(Kind.GAUGE, says, labels)


def _histogram(says: str, buckets: tuple[float, ...], *labels: str) -> Metric:
    return Metric(Kind.HISTOGRAM, says, labels, buckets)


METRICS = {
    # intake
    "alerts_accepted": _counter("Alerts that are on disk.", "source", "state"),
    "bodies_refused": _counter("Bodies that got no 2xx, by HTTP status.", "source", "status"),
    "journal_backlog": _gauge("Bodies that are on disk and not yet worked through."),
    # alerting
    "groups_due": _gauge("Groups whose time has come and that were not looked at yet."),
    "notifications": _counter("Decisions to tell a receiver.", "reason"),
    "muted": _counter("Decisions to tell nobody, by what kept quiet.", "kind"),
    # outbox
    "messages": _gauge("Messages by state.", "state"),
    "messages_stuck": _gauge("Messages that wait for a person: pilotbridge messages list --stuck."),
    "messages_oldest_due_seconds": _gauge("How long the oldest message that is due has been waiting."),
    "messages_parked": _counter("Messages whose fate stayed unknown and that were put aside."),
    "messages_sent_again": _counter("Messages sent again although an earlier copy may have arrived."),
    "attempts": _counter("Tries to hand a message over.", "gateway", "outcome"),
    "deliveries": _counter("Final words of the network.", "gateway", "outcome"),
    "status_checks_failed": _counter("Questions for statuses that got no answer.", "gateway"),
    "conversations": _gauge("Conversations by state; new ones wait for an answer.", "state"),
    "conversations_oldest_unanswered_seconds": _gauge("How long the oldest has been waiting for an answer."),
    "posts_waiting": _gauge("Posts to chats that are on their way."),
    "posts_stuck": _gauge("Posts to chats that wait for a person."),
    "post_attempts": _counter("Tries to post to a chat.", "chat", "outcome"),
    # gateways
    "gateway_seconds": _histogram("How long calls to a gateway took.", _NETWORK_S, "gateway", "call"),
    "balance_rub": _gauge("Money of an account, in roubles.", "gateway"),
    "inbound_received": _counter("SMS that came in.", "gateway"),
    "callbacks": _counter("Delivery reports that came in by callback.", "gateway", "result"),
    "orphans": _gauge("Callbacks that match no message so far."),
    # the heartbeat
    "heartbeats": _counter("Pings out, and those left out because a part does not work.", "outcome"),
    "heartbeat_part_works": _gauge("1 while this part of the bridge works, else 0.", "part"),
    # inside
    "store_commit_seconds": _histogram("How long a commit took, its fsync included.", _COMMIT_S),
    "store_commit_jobs": _histogram("How many jobs one commit carried.", _BATCH),
    "hook_seconds": _histogram("How long a plugin took to answer.", _HOOK_S, "plugin", "hook"),
    "hook_failures": _counter("Answers of plugins that did not count.", "plugin", "hook", "failure"),
    "config_reload_successful": _gauge("1 when the last reload of the configuration was taken, else 0."),
    "config_reload_success_timestamp_seconds": _gauge("When a configuration was last taken."),
    "build_info": _gauge("1, with the versions as labels.", "version", "python"),
}
"""Every metric by the name the code uses; it is exported with the prefix ``pilotbridge_``."""

CONVERSATION_STATES = ("new", "answered", "closed")
_OF_PINGS = ("sent", "withheld", "failed")
_OF_POSTS = ("refused", "moved", "post_gone", "room_gone", "thread_gone", "thread_closed", "no_threads")

LABEL_VALUES: dict[str, frozenset[str]] = {
    "state": frozenset([*State, *AlertState, *CONVERSATION_STATES]),
    "reason": frozenset(Reason),
    "status": frozenset({"400", "401", "403", "404", "405", "408", "413", "415", "422", "503"}),
    "kind": frozenset({"silence", "inhibition", "window", "flapping", "plugin", "acknowledged", "route"}),
    "outcome": frozenset(
        {*Event, "guarded", "rejected", "withheld", "deferred", "lost", *_OF_POSTS, *_OF_PINGS}
    ),
    "part": frozenset({"intake", "store", "work", "gateway"}),
    "call": frozenset({"submit", "check", "inbound", "balance", "account"}),
    "result": frozenset({"matched", "orphan", "refused"}),
    "failure": frozenset({"raised", "overran", "nonsense", "off"}),
}
"""The values a label may have. Labels that are not here take names of the configuration: see ``allow``."""

_TYPES: dict[Kind, type[Counter | Gauge | Histogram]] = {
    Kind.COUNTER: Counter,
    Kind.GAUGE: Gauge,
    Kind.HISTOGRAM: Histogram,
}


class Metrics:
    """Counts into a registry of its own. Safe to call from any thread."""

    def __init__(self, *, version: str = "", names: Mapping[str, Collection[str]] | None = None) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._values = dict(LABEL_VALUES)
        self._families = {name: _family(name, metric, self._registry) for name, metric in METRICS.items()}
        self._children: dict[tuple[str, ...], Any] = {}
        for label, values in (names or {}).items():
            self.allow(label, values)
        python = platform.python_version()
        self.allow("version", [version])
        self.allow("python", [python])
        self.gauge("build_info", 1, version=version, python=python)

    def allow(self, label: str, values: Collection[str]) -> None:
        """Let ``label`` have these values too: sources, gateways and plugins have names of their own."""
        self._values[label] = self._values.get(label, frozenset()) | frozenset(values)

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        self._child(name, Kind.COUNTER, labels).inc(amount)

    def gauge(self, name: str, value: float, **labels: str) -> None:
        self._child(name, Kind.GAUGE, labels).set(value)

    def observe(self, name: str, value: float, **labels: str) -> None:
        self._child(name, Kind.HISTOGRAM, labels).observe(value)

    def render(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self._registry)

    def _child(self, name: str, kind: Kind, labels: dict[str, str]) -> Any:
        """The series of these label values, made once.

        :raises KeyError: if the table has no such metric or label.
        """
        metric = METRICS[name]
        if metric.kind is not kind or len(labels) != len(metric.labels):
            raise KeyError(f"{name} is a {metric.kind} with the labels {metric.labels}")
        key = (name, *(self._known(label, labels[label]) for label in metric.labels))
        child = self._children.get(key)
        if child is None:
            family = self._families[name]
            child = self._children[key] = family.labels(*key[1:]) if metric.labels else family
        return child

    def _known(self, label: str, value: str) -> str:
        return value if value in self._values.get(label, ()) else OTHER


def _family(name: str, metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    more: dict[str, Any] = {"buckets": metric.buckets} if metric.buckets else {}
    return _TYPES[metric.kind](name, metric.help, metric.labels, namespace=PREFIX, registry=registry, **more)
