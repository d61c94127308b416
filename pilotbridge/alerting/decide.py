"""Whether a receiver is told of a group now, why, and when the group is looked at next.

One pure decision; it refuses to know texts, people or rows.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from pilotbridge.alerting.grouping import ACKNOWLEDGED, ms
from pilotbridge.alerting.members import Standing
from pilotbridge.alerting.muting import Mute, mute_by
from pilotbridge.alerting.severity import RANK, severity_of
from pilotbridge.clock import to_ms
from pilotbridge.config.settings import ReceiverSettings, RouteNode
from pilotbridge.model import Reason, Severity
from pilotbridge.oncall.acknowledgement import holds_until_ms
from pilotbridge.store.records import DueGroup, IncidentRow

MUCH_WORSE = 2
"""More than so many times the alerts that somebody took are news to who took them."""


class Decision(msgspec.Struct, frozen=True):
    """Tell for ``reason``, or (None) do not; ``why`` says it in words in both cases.

    ``mute`` says what is kept quiet, in part or (``silently``, or no reason) as a whole. ``frees``: an
    acknowledgement has run out. ``to_taker``: whoever took it is told, and nobody else.
    """

    reason: Reason | None
    why: str
    due_at_ms: int | None
    mute: Mute | None = None
    frees: bool = False
    to_taker: bool = False
    silently: bool = False

    @property
    def closes(self) -> bool:
        return self.reason is Reason.ALL_RESOLVED


def decide(
    standing: Standing,
    group: DueGroup,
    incident: IncidentRow | None,
    node: RouteNode,
    receiver: ReceiverSettings,
    now_ms: int,
    *,
    is_step_due: bool = False,
) -> Decision:
    """What is due for ``group`` as it stands; ``is_step_due``: another step of the receiver is to be told."""
    if incident is None:
        decision = _of_new(standing, node, now_ms)
    elif standing.firing == 0:
        decision = _of_ended(standing)
    else:
        decision = _of_open(standing, group, incident, node, receiver, now_ms)
        if is_step_due and standing.audible:
            decision = _with_step(decision, now_ms)
    return _with_mutes(standing, decision)


def _with_step(decision: Decision, now_ms: int) -> Decision:
    """A step is told after the news, so that whoever was told before hears those."""
    if decision.reason in (None, Reason.SOME_RESOLVED, Reason.REPEAT) and not decision.frees:
        return replace(decision, reason=Reason.ESCALATION, why="the next step")
    return replace(decision, due_at_ms=now_ms)


def _of_new(standing: Standing, node: RouteNode, now_ms: int) -> Decision:
    if standing.audible:
        return Decision(Reason.FIRST, "the first alert of the group", now_ms + ms(node.repeat_interval))
    if standing.muted:
        return Decision(None, "all of it is kept quiet", None)
    return Decision(None, "it was over before anybody was told", None)


def _of_ended(standing: Standing) -> Decision:
    over = "stale" if standing.stale else "over"
    return Decision(Reason.ALL_RESOLVED, f"the last alert of the group is {over}", None)


def _of_open(
    standing: Standing,
    group: DueGroup,
    incident: IncidentRow,
    node: RouteNode,
    receiver: ReceiverSettings,
    now_ms: int,
) -> Decision:
    told_ms = group.notified_at_ms or to_ms(incident.incident.opened_at)
    repeat_ms = told_ms + ms(node.repeat_interval)
    next_ms = now_ms + ms(node.repeat_interval)
    if incident.incident.acknowledged_at is not None:
        return _of_taken(standing, incident, receiver, now_ms, next_ms)
    if standing.fresh:
        return Decision(Reason.NEW_ALERTS, f"more alerts: {len(standing.fresh)}", next_ms)
    if standing.ended:
        return Decision(Reason.SOME_RESOLVED, f"alerts over: {len(standing.ended)}", repeat_ms)
    if standing.audible and now_ms >= repeat_ms:
        return Decision(Reason.REPEAT, "it still fires", next_ms)
    return Decision(None, "nothing new", repeat_ms if standing.audible else None)


def _of_taken(
    standing: Standing, row: IncidentRow, receiver: ReceiverSettings, now_ms: int, next_ms: int
) -> Decision:
    """Whoever took it has quiet until it clears, gets worse, or the time for it is up."""
    taken, until_ms = row.incident, holds_until_ms(row.incident, receiver.acknowledged_for)
    if until_ms is not None and now_ms >= until_ms and standing.audible:
        reason = Reason.NEW_ALERTS if standing.fresh else Reason.REPEAT
        return Decision(reason, "it still fires and the time of who took it is up", next_ms, frees=True)
    worse = _worse_than_taken(standing, row)
    if worse:
        why = f"worse than {taken.acknowledged_by} took it: {worse}"
        return Decision(Reason.NEW_ALERTS, why, until_ms, to_taker=True)
    if until_ms is not None and now_ms >= until_ms:
        until_ms = None  # what still fires is kept quiet: the end of that comes next
    mute = Mute(ACKNOWLEDGED, f"taken by {taken.acknowledged_by}", until_ms)
    return Decision(None, str(mute), until_ms, mute=mute)


def _worse_than_taken(standing: Standing, row: IncidentRow) -> str:
    if not standing.fresh:
        return ""
    taken_as = (
        severity_of({"severity": row.acknowledged_severity}) if row.acknowledged_severity else Severity.INFO
    )
    if RANK[standing.fresh_severity] > RANK[taken_as]:
        return f"{standing.fresh_severity}, was {taken_as}"
    if standing.audible > MUCH_WORSE * max(row.acknowledged_alerts, 1):
        return f"{standing.audible} alerts, were {row.acknowledged_alerts}"
    return ""


def _with_mutes(standing: Standing, decision: Decision) -> Decision:
    """Say what is kept quiet, and look again when that ends."""
    quiet_end = decision.closes and not standing.over and bool(standing.ended_quietly)
    if not standing.muted and not quiet_end:
        return decision
    count, of = (standing.muted, standing.firing) if standing.muted else (len(standing.ended_quietly),) * 2
    mute = mute_by(standing.mutes, count, of)
    due = [at_ms for at_ms in (decision.due_at_ms, mute.until_ms) if at_ms is not None]
    due_ms = None if quiet_end else min(due, default=None)
    return replace(decision, due_at_ms=due_ms, mute=decision.mute or mute, silently=quiet_end)
