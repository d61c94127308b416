"""Groups of some alerts are quiet at some times; what is critical speaks all the same, unless a rule says so.

It keeps a whole group quiet or none of it: as soon as one alert of a group does not match, the group speaks.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pilotbridge import Bridge, MatcherList, Matchers, Notification, Severity, Spans, hookimpl

MILDER = (Severity.WARNING.value, Severity.INFO.value)


class Rule(BaseModel):
    """Which alerts are quiet, and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    matchers: MatcherList = Matchers()
    hours: Spans
    critical: bool = False

    @model_validator(mode="after")
    def _may_hold(self) -> Rule:
        grades = Matchers(tuple(each for each in self.matchers if each.name == "severity"))
        is_critical = not any(grades.matches({"severity": word}) for word in MILDER)
        if is_critical and not self.critical:
            raise ValueError("critical alerts speak all the same; write critical: true, or drop the rule")
        return self


class QuietHours(BaseModel):
    """``plugins.quiet_hours``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[Rule, ...] = Field(min_length=1)


@hookimpl
def register_config() -> type[BaseModel]:
    return QuietHours


@hookimpl
def mute_group(notification: Notification, now: datetime, bridge: Bridge) -> str | None:
    """The first rule that holds; the group is looked at again after its route's group_interval."""
    local = now.astimezone(bridge.clock.local().tzinfo)
    for rule in bridge.config(QuietHours).rules:
        if rule.hours.contain(local) and _is_quiet(notification, rule):
            return f"quiet hours of {rule.matchers}" if rule.matchers else "quiet hours"
    return None


def _is_quiet(notification: Notification, rule: Rule) -> bool:
    speaks = notification.incident.severity is Severity.CRITICAL and not rule.critical
    return not speaks and notification.is_only_about(rule.matchers)
