"""Reads the webhooks of a Sentry integration: issue alerts, metric alerts, and issues that end.

It owns which of Sentry's many webhooks mean an alert; the others are taken and mean none. Facts: docs
"integration-platform/webhooks", ``sentry_apps/tasks/sentry_apps.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from pilotbridge import Incoming, Parsed, Severity, Told, Unreadable, hookimpl, read_json, read_moment

RESOURCE = "sentry-hook-resource"
OVER = ("resolved", "ignored", "archived")
"""What somebody does to an issue after which it is no alert any more."""
SAMPLE = ["sample_event", "yes"]
"""The tag of the event that the rule's test button sends."""

Id = str | int


class _Event(msgspec.Struct):
    issue_id: Id
    title: str | None = ""
    level: str | None = ""
    web_url: str | None = ""
    culprit: str | None = ""
    project: Id | None = ""
    environment: str | None = ""
    tags: list[Any] | None = None


class _Issue(msgspec.Struct):
    id: Id
    title: str | None = ""
    level: str | None = ""
    web_url: str | None = ""


class _MetricAlert(msgspec.Struct):
    id: Id
    title: str | None = ""
    date_started: str | None = ""
    projects: list[str] | None = None


class _Data(msgspec.Struct):
    event: _Event | None = None
    metric_alert: _MetricAlert | None = None
    issue: _Issue | None = None
    triggered_rule: str | None = ""
    description_text: str | None = ""
    web_url: str | None = ""


class _Hook(msgspec.Struct):
    action: str
    data: _Data


_decoder = msgspec.json.Decoder(_Hook)


class Sentry:
    """The source type ``sentry``."""

    type = "sentry"
    sender = "a webhook of Sentry"
    options = None
    groups = False
    severities: Mapping[str, Severity] = {
        "fatal": Severity.CRITICAL,
        "critical": Severity.CRITICAL,
        "error": Severity.CRITICAL,
        "warning": Severity.WARNING,
        "info": Severity.INFO,
        "debug": Severity.INFO,
        "sample": Severity.INFO,
    }

    def looks_like(self, body: Any) -> bool:
        if not isinstance(body, dict) or not {"action", "data"} <= body.keys():
            return False
        about = body["data"].keys() if isinstance(body["data"], dict) else ()
        return "actor" in body or not _READERS.keys().isdisjoint(about)

    def parse(self, incoming: Incoming, _options: Any) -> Parsed:
        """:raises Unreadable: when this is no webhook of Sentry."""
        hook = read_json(incoming.body, _decoder)
        told = _told(hook, incoming.headers.get(RESOURCE, ""))
        return Parsed((told.alert(incoming),) if told else ())


@hookimpl
def register_sources() -> list[Sentry]:
    return [Sentry()]


def _told(hook: _Hook, resource: str) -> Told | None:
    """The alert in ``hook``; None when it is about something else."""
    if not resource:
        resource = next((name for name in _READERS if getattr(hook.data, name, None)), "")
    reader = _READERS.get("event" if resource == "event_alert" else resource)
    return reader(hook) if reader else None


def _of_event(hook: _Hook) -> Told:
    event = hook.data.event
    if event is None:
        raise Unreadable("an issue alert without its event", at="data.event")
    return Told(
        name=event.title or f"issue {event.issue_id}",
        identity={"issue": str(event.issue_id)},
        severity=event.level or "",
        labels={
            "project": str(event.project or ""),
            "environment": event.environment or "",
            "rule": hook.data.triggered_rule or "",
        },
        summary=event.culprit or "",
        url=event.web_url or "",
        is_test=SAMPLE in (event.tags or ()),
    )


def _of_issue(hook: _Hook) -> Told | None:
    """An issue that is over; that there is one, only a rule of Sentry's decides to tell."""
    issue = hook.data.issue
    if issue is None:
        raise Unreadable("a webhook about an issue without the issue", at="data.issue")
    if hook.action not in OVER:
        return None
    return Told(
        name=issue.title or f"issue {issue.id}",
        identity={"issue": str(issue.id)},
        resolved=True,
        severity=issue.level or "",
        url=issue.web_url or "",
    )


def _of_metric(hook: _Hook) -> Told:
    metric = hook.data.metric_alert
    if metric is None:
        raise Unreadable("a metric alert without the alert", at="data.metric_alert")
    is_over = hook.action == "resolved"
    return Told(
        name=metric.title or f"metric alert {metric.id}",
        identity={"metric_alert": str(metric.id)},
        resolved=is_over,
        severity="" if is_over else hook.action,
        labels={"project": ",".join(metric.projects or ())},
        value=hook.data.description_text or "",
        since=read_moment(metric.date_started or ""),
        url=hook.data.web_url or "",
    )


_READERS: dict[str, Callable[[_Hook], Told | None]] = {
    "event": _of_event,
    "metric_alert": _of_metric,
    "issue": _of_issue,
}
