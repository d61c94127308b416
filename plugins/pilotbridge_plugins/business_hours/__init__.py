"""Outside of business hours some alerts go to another receiver, or wait for the morning.

Where an alert goes is decided once, when it begins; one that waits is looked at again and again. What is
critical never waits, unless a rule says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pilotbridge import (
    Alert,
    Bridge,
    MatcherList,
    Matchers,
    Notification,
    Route,
    Severity,
    Spans,
    hookimpl,
    names_a,
)

WAIT = "wait"


class Rule(BaseModel):
    """Which alerts, their hours, and what becomes of them outside: a receiver, or ``wait``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    matchers: MatcherList = Matchers()
    hours: Spans
    outside: Annotated[str, names_a("receiver", WAIT)]
    critical: bool = False


class BusinessHours(BaseModel):
    """``plugins.business_hours``; of each alert the first rule that matches counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[Rule, ...] = Field(min_length=1)


@hookimpl
def register_config() -> type[BaseModel]:
    return BusinessHours


@hookimpl
def route_alerts(alerts: Sequence[Alert], bridge: Bridge) -> Mapping[Alert, Route]:
    """An alert that waits has the route it would have had."""
    rules, local = bridge.config(BusinessHours).rules, bridge.clock.local()
    found = ((alert, _rule_of(alert, rules)) for alert in alerts)
    return {
        alert: Route(rule.outside, reason="outside of business hours")
        for alert, rule in found
        if rule is not None and rule.outside != WAIT and not rule.hours.contain(local)
    }


def _rule_of(alert: Alert, rules: Sequence[Rule]) -> Rule | None:
    return next((rule for rule in rules if rule.matchers.matches(alert.labels)), None)


@hookimpl
def mute_group(notification: Notification, now: datetime, bridge: Bridge) -> str | None:
    local = now.astimezone(bridge.clock.local().tzinfo)
    for rule in bridge.config(BusinessHours).rules:
        if notification.is_only_about(rule.matchers):
            waits = rule.outside == WAIT and not rule.hours.contain(local)
            return "it waits for business hours" if waits and _may_wait(notification, rule) else None
    return None


def _may_wait(notification: Notification, rule: Rule) -> bool:
    return rule.critical or notification.incident.severity is not Severity.CRITICAL
