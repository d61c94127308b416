"""Plans into the database: the group, its incident, the notification and every message, or nothing of it.

It runs inside the writer's transaction and asks nobody; it refuses a plan whose group has changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from pilotbridge.alerting.grouping import ms
from pilotbridge.alerting.plan import Letter, Plan
from pilotbridge.alerting.work import Work
from pilotbridge.lifecycle import Event
from pilotbridge.model import IncidentId, NotificationId, Reason
from pilotbridge.outbox.enqueue import Order, Postage, enqueue
from pilotbridge.store.protocol import WriteVerbs
from pilotbridge.store.records import DueGroup, FlushedGroup, Move, NewNotification, Told, changed

ORIGIN = "alert"
REMEMBERED_MAX = 1_000
"""So many alerts that are over stay with an open incident, to be named when it clears."""

_NEVER_SENT = "it was over before this was sent"


class Delivered(msgspec.Struct, frozen=True):
    """What was written: messages put into the outbox, and those taken out of it."""

    queued: int = 0
    cancelled: int = 0


Bundle = Callable[[WriteVerbs, Plan, Letter, IncidentId, int], bool]
"""Whether a letter is spoken for by a storm, which it then joins."""


def deliver(
    tx: WriteVerbs,
    plans: Sequence[Plan],
    postage: Postage,
    now_ms: int,
    *,
    insists: bool = False,
    bundle: Bundle = lambda *_: False,
) -> list[Delivered | None]:
    """Write ``plans``, each of another group; None, and nothing done, where the group has changed meanwhile.

    A group that changes all the time would never be told of: ``insists`` takes the changes for later.
    """
    flushed = [_flushed(plan, now_ms) for plan in plans]
    if insists:
        flushed = _as_they_are(tx, plans, flushed, now_ms)
    return [
        _write(tx, plan, postage, now_ms, bundle) if is_current else None
        for plan, is_current in zip(plans, tx.flushed_groups(flushed), strict=True)
    ]


def _as_they_are(
    tx: WriteVerbs, plans: Sequence[Plan], flushed: Sequence[FlushedGroup], now_ms: int
) -> list[FlushedGroup]:
    """What has changed meanwhile is looked at once more after the group's interval."""
    newest = tx.group_revisions([each.group.id for each in flushed])
    found = []
    for plan, each in zip(plans, flushed, strict=True):
        revision = newest.get(each.group.id, each.group.revision)
        if revision != each.group.revision and _is_taken_as_planned(tx, plan):
            later_ms = now_ms + ms(plan.work.node.group_interval)
            due_ms = later_ms if each.due_at_ms is None else min(each.due_at_ms, later_ms)
            each = changed(each, group=changed(each.group, revision=revision), due_at_ms=due_ms)
        found.append(each)
    return found


def _is_taken_as_planned(tx: WriteVerbs, plan: Plan) -> bool:
    """Whether nobody took the incident, or gave it back, meanwhile."""
    planned = plan.work.incident
    if planned is None:
        return True
    now = tx.incidents([planned.incident.id]).get(planned.incident.id)
    return now is not None and now.incident.acknowledged_at == planned.incident.acknowledged_at


def _flushed(plan: Plan, now_ms: int) -> FlushedGroup:
    group, decision = plan.work.group, plan.work.decision
    has_news = decision.reason is not None or plan.mute is not None
    return FlushedGroup(
        group,
        due_at_ms=plan.due_at_ms,
        flushed_at_ms=now_ms if has_news or group.flushed_at_ms is None else group.flushed_at_ms,
        notified_at_ms=now_ms if plan.work.is_told and plan.is_recorded else None,
        incident_id=None if decision.closes and plan.is_recorded else group.incident_id,
        muted=str(plan.mute) if plan.mute else "",
    )


def _write(tx: WriteVerbs, plan: Plan, postage: Postage, now_ms: int, bundle: Bundle) -> Delivered:
    """Whatever else becomes of a group that was looked at."""
    group = plan.work.group
    _note_mute(tx, group, plan, now_ms)
    tx.leave_group(group.id, plan.work.standing.gone)
    return _tell(tx, plan, postage, now_ms, bundle) if plan.is_recorded else Delivered()


def _note_mute(tx: WriteVerbs, group: DueGroup, plan: Plan, now_ms: int) -> None:
    """Keep why a group is quiet, and that it is not any more; how many of its alerts are is no news."""
    was, now = group.muted.partition(":")[0], plan.mute.kind if plan.mute else ""
    if was != now:
        happened, why = ("kept quiet", str(plan.mute)) if now else ("speaks again", f"no {was} any more")
        tx.add_event("group", group.id, now_ms, happened, reason=why)


def _tell(tx: WriteVerbs, plan: Plan, postage: Postage, now_ms: int, bundle: Bundle) -> Delivered:
    work = plan.work
    incident_id = _incident(tx, plan, now_ms)
    notification_id = _record(tx, plan, incident_id, now_ms)
    queued = cancelled = 0
    for letter in plan.letters:
        if letter.in_storm and bundle(tx, plan, letter, incident_id, now_ms):
            continue
        if work.decision.closes and not tx.was_sent_anything(incident_id, letter.person.phone):
            cancelled += _cancel(tx, incident_id, letter, now_ms)
        else:
            enqueue(tx, _order(plan, letter, incident_id, notification_id), postage, now_ms)
            queued += 1
    if work.is_told and not (plan.letters or work.has_card or work.decision.closes):
        why = f"receiver {work.receiver.name} reaches nobody"
        tx.add_event("incident", incident_id, now_ms, "nobody", state="open", reason=why)
    _remember(tx, work, incident_id)
    _climb(tx, work, incident_id, notification_id, now_ms)
    if work.decision.closes:
        tx.close_incident(incident_id, now_ms, "stale" if work.standing.stale else "resolved")
    return Delivered(queued, cancelled)


def _climb(
    tx: WriteVerbs, work: Work, incident_id: IncidentId, notification_id: NotificationId, now_ms: int
) -> None:
    """Note which step was told, so that the next one is waited for."""
    known, decision = work.escalation, work.decision
    if decision.closes:
        if known is not None:
            tx.end_escalation(incident_id)
    elif decision.reason is Reason.ESCALATION and known is not None and known.wanted is not None:
        tx.step_told(known, known.wanted, notification_id, now_ms)
    elif len(work.receiver.steps) > 1 and (work.incident is None or decision.frees):
        tx.begin_escalation(incident_id, notification_id, now_ms)


def _incident(tx: WriteVerbs, plan: Plan, now_ms: int) -> IncidentId:
    """The number of the incident told of: a new one, or the open one as it is now."""
    work, incident = plan.work, plan.incident
    assert incident is not None
    if work.incident is None:
        return tx.open_incident(
            work.group,
            incident.ref,
            name=incident.name,
            severity=incident.severity,
            alerts=work.standing.audible,
            now_ms=now_ms,
        )
    assert work.decision.reason is not None
    tx.incident_told(
        incident.id,
        notifications=plan.number,
        alerts=work.standing.audible,
        severity=incident.severity,
        reason=work.decision.reason,
        now_ms=now_ms,
    )
    if work.decision.frees:
        tx.unacknowledge_incident(incident.id, by="the time set by acknowledged_for", now_ms=now_ms)
    if work.decision.to_taker:
        tx.incident_worsened(incident.id, alerts=work.standing.audible, severity=incident.severity)
    return incident.id


def _record(tx: WriteVerbs, plan: Plan, incident_id: IncidentId, now_ms: int) -> NotificationId:
    work, reason = plan.work, plan.work.decision.reason
    assert reason is not None
    for fault in dict.fromkeys(letter.fault for letter in plan.letters if letter.fault):
        tx.add_event("incident", incident_id, now_ms, "template_error", state="open", reason=fault)
    row = NewNotification(
        incident_id,
        plan.number,
        reason,
        work.receiver.name,
        firing=work.standing.audible,
        fresh=len(work.standing.fresh),
        resolved=len(work.standing.over),
        step=work.step.number - 1 if work.step else 0,
    )
    return tx.add_notification(row, now_ms)


def _order(plan: Plan, letter: Letter, incident_id: IncidentId, notification_id: NotificationId) -> Order:
    work = plan.work
    critical = work.standing.critical and not work.decision.closes
    return Order(
        letter.person.phone,
        letter.text,
        reason=f"{work.decision.reason}: {work.decision.why}",
        origin=ORIGIN,
        critical=critical,
        prefer_duplicate=work.receiver.prefers_duplicate(critical=critical),
        text_is_unique=True,
        contact=letter.person.contact.name,
        incident_id=incident_id,
        notification_id=notification_id,
    )


def _cancel(tx: WriteVerbs, incident_id: IncidentId, letter: Letter, now_ms: int) -> int:
    """Nobody at this number heard that it fired: neither that nor its end is worth an SMS any more."""
    rows = tx.unsent_to(incident_id, letter.person.phone)
    moves = [Move(row.id, row.revision, row.state, Event.CANCEL, _NEVER_SENT) for row in rows]
    return sum(tx.move(move, now_ms) for move in moves)


def _remember(tx: WriteVerbs, work: Work, incident_id: IncidentId) -> None:
    """What the receiver was told of each alert."""
    standing, group_id = work.standing, work.group.id
    if work.decision.closes:
        tx.leave_group(group_id, [*standing.over, *standing.ended_quietly])
        return
    told = [] if work.decision.reason is Reason.SOME_RESOLVED else standing.fresh
    tx.tell_members(Told.FIRING, group_id, told)
    tx.tell_alerts(incident_id, told)
    tx.tell_members(Told.ENDED, group_id, standing.ended)
    tx.leave_group(group_id, standing.over[:-REMEMBERED_MAX])
