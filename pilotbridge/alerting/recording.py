"""One turn's worth of bodies into the tables: alerts, their groups, and what nobody could read.

It runs inside the writer's transaction and asks nobody; what is written was decided before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pilotbridge.alerting.batch import Batch
from pilotbridge.alerting.grouping import DOUBTED_MS, first_look_ms, next_look_ms
from pilotbridge.alerting.rules import Rules
from pilotbridge.alerting.taking import take
from pilotbridge.alerting.troubles import body_of
from pilotbridge.clock import from_ms
from pilotbridge.logs import get_logger
from pilotbridge.model import HAPPENED_LASTS, AlertState, GroupId, JournalId, Trouble
from pilotbridge.store.protocol import WriteVerbs
from pilotbridge.store.records import (
    AlertChange,
    AlertEnd,
    Body,
    GroupKey,
    KnownGroup,
    NewGroup,
    Told,
    TouchedGroup,
)

_log = get_logger(__name__)


class Overtaken(Exception):
    """The journal has got a row meanwhile."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A body that cannot be taken in, and why."""

    id: JournalId
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one turn writes: rows of alerts, the groups each new one joins, and the bodies that are done.

    ``keys`` has every group that is joined, by its digest, in order.
    ``again`` are known alerts that are news once more, to whoever was told of them. All that is new in the
    groups ``doubted`` was said to be over a moment ago: they wait for another word. ``left_out`` counts by
    group what senders have cut off. ``kept`` are the bodies themselves where the same transaction keeps them,
    under the numbers in ``done``; others wait in the journal.
    """

    batch: Batch
    changes: Sequence[AlertChange]
    joins: Sequence[tuple[GroupKey, ...]]
    keys: Mapping[bytes, GroupKey]
    ended: Sequence[AlertEnd]
    done: Sequence[JournalId]
    unread: Sequence[Unread] = ()
    again: Collection[int] = ()
    doubted: Collection[bytes] = ()
    left_out: Mapping[bytes, int] = field(default_factory=dict)
    kept: Sequence[Body] = ()

    def first_look_ms(self, key: GroupKey, rules: Rules, now_ms: int) -> int:
        """When the group is looked at if nobody knows it yet."""
        wanted_ms = first_look_ms(rules.node(key.route), sender_group=key.sender_group, now_ms=now_ms)
        return self.no_sooner(key.digest, wanted_ms, now_ms)

    def is_hurried(self, rules: Rules, now_ms: int) -> bool:
        """Whether somebody is to be told of it at once."""
        return any(self.first_look_ms(key, rules, now_ms) <= now_ms for key in self.keys.values())

    def no_sooner(self, digest: bytes, due_ms: int, now_ms: int) -> int:
        """``due_ms``, later where all that is new is doubted."""
        return max(due_ms, now_ms + DOUBTED_MS) if digest in self.doubted else due_ms


@dataclass(frozen=True, slots=True)
class Recorded:
    """The numbers of the changed alerts, in order, and those of the groups they joined."""

    alerts: Sequence[int]
    groups: Mapping[bytes, GroupId]


def record(tx: WriteVerbs, plan: Plan, rules: Rules, now_ms: int) -> Recorded:
    """Write one turn.

    Whatever is in it is in no other: this worker alone writes alerts and new groups.
    """
    _keep(tx, plan)
    ids = tx.save_alerts(plan.changes)
    tx.see_alerts(plan.batch.seen())
    tx.end_alerts(plan.ended)
    groups = _groups(tx, plan.keys, plan, rules, now_ms)
    pairs = zip(ids, plan.joins, strict=True)
    joined = [(groups[key.digest], alert_id) for alert_id, keys in pairs for key in keys]
    tx.join_groups(joined)
    for group, alert_id in joined if plan.again else ():
        if alert_id in plan.again:
            tx.tell_members(Told.NOTHING, group, [alert_id])
    touch_groups_of(tx, _over(plan), rules, now_ms)
    take(tx, plan.batch.taken, now_ms)
    _take_out(tx, plan.unread, now_ms)
    tx.mark_repeats(number for number in plan.done if number not in plan.batch.news)
    if not plan.kept:
        tx.taken_in([*plan.done, *(each.id for each in plan.unread)])
    return Recorded(ids, groups)


def _keep(tx: WriteVerbs, plan: Plan) -> None:
    """:raises Overtaken: when somebody else has used a number that was foreseen."""
    for number, body in zip(plan.done, plan.kept, strict=False):
        if tx.append_journal(body, waits=False) != (number, True):
            raise Overtaken


def _over(plan: Plan) -> list[int]:
    """Known alerts that are over, also those that began once more and ended within this turn."""
    again = (change.id for change in plan.changes if change.id and change.state is not AlertState.FIRING)
    return [*(end.id for end in plan.ended), *again]


def _groups(
    tx: WriteVerbs,
    keys: Mapping[bytes, GroupKey],
    plan: Plan,
    rules: Rules,
    now_ms: int,
) -> dict[bytes, GroupId]:
    """The rows of the groups with these keys, each made due."""
    known, left_out = tx.known_groups(list(keys)), plan.left_out
    tx.touch_groups(
        TouchedGroup(
            group.id,
            plan.no_sooner(digest, next_look_ms(group, rules.node(group.route), now_ms=now_ms), now_ms),
            left_out.get(digest, 0),
        )
        for digest, group in known.items()
    )
    fresh = [key for digest, key in keys.items() if digest not in known]
    added = tx.add_groups(
        [NewGroup(key, plan.first_look_ms(key, rules, now_ms), left_out.get(key.digest, 0)) for key in fresh]
    )
    groups = {digest: group.id for digest, group in known.items()}
    return groups | {key.digest: group_id for key, group_id in zip(fresh, added, strict=True)}


def touch_groups_of(tx: WriteVerbs, alert_ids: Sequence[int], rules: Rules, now_ms: int) -> None:
    """Alerts ended: their groups have news."""
    groups: Mapping[GroupId, KnownGroup] = tx.groups_of_alerts(alert_ids)
    tx.touch_groups(
        TouchedGroup(group.id, next_look_ms(group, rules.node(group.route), now_ms=now_ms))
        for group in groups.values()
    )


def _take_out(tx: WriteVerbs, unread: Sequence[Unread], now_ms: int) -> None:
    """What nobody can read leaves the queue, loudly: an event, a line and a Trouble in its place."""
    for each in unread:
        tx.add_event("journal", each.id, now_ms, "unreadable", reason=each.why)
        _log.error(
            "a body in the journal cannot be taken in", journal=each.id, source=each.source, cause=each.why
        )
        summary = f"body {each.id} of {each.source} stays in the journal and was not taken in: {each.why}"
        trouble = Trouble("JournalUnreadable", each.source, summary, lasts=HAPPENED_LASTS)
        tx.append_journal(body_of(trouble, from_ms(now_ms)))
