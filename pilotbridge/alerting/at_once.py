"""Groups that nobody saw before and that wait for nothing: told of in the transaction that takes them in.

Their rows would be read back a moment after they were written. Here they are decided and worded from what is
about to be written, under the numbers it will get. Whatever stands against it, even in the last moment,
leaves the group to :mod:`flush`, for which it is due like any other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

from msgspec.structs import replace

from pilotbridge.alerting.deliver import Delivered
from pilotbridge.alerting.members import standing_of
from pilotbridge.alerting.muting import Quiet
from pilotbridge.alerting.plan import Plan
from pilotbridge.alerting.recording import Plan as Intake
from pilotbridge.alerting.recording import Recorded
from pilotbridge.alerting.rules import Rules
from pilotbridge.alerting.teller import Look, Teller
from pilotbridge.alerting.work import Work, works_of
from pilotbridge.clock import from_ms
from pilotbridge.errors import Closed, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import Alert, GroupId, Silence
from pilotbridge.protocols import Hooks
from pilotbridge.store.protocol import ReadVerbs, Store, WriteVerbs
from pilotbridge.store.records import FIRST_REVISION, AlertChange, DueGroup, GroupKey, Member, Told

GROUPS_MAX = 64
"""What else is taken in waits for their texts."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told at once, on the condition that what was foreseen comes true.

    ``numbers`` are those of the changed alerts, in order; ``silences`` are all there were.
    """

    look: Look
    plans: Sequence[Plan]
    numbers: Sequence[int]
    groups: Mapping[bytes, GroupId]
    silences: Sequence[Silence]

    def holds(self, tx: WriteVerbs, recorded: Recorded) -> bool:
        """Whether all of it is as foreseen, now that it is written."""
        groups = recorded.groups
        return (
            list(recorded.alerts) == self.numbers
            and all(groups.get(digest) == number for digest, number in self.groups.items())
            and tx.silences(self.look.now_ms) == self.silences
        )


class AtOnce:
    """Belongs to the thread that takes in and tells."""

    def __init__(self, store: Store, hooks: Hooks, teller: Teller) -> None:
        self._store = store
        self._hooks = hooks
        self._teller = teller

    def prepare(self, intake: Intake, rules: Rules, now_ms: int) -> Telling | None:
        """Word what ``intake`` begins and what waits for nothing; None when there is no such thing.

        Nor where it has to be on disk before: for plugins that are asked, for alerts that keep others quiet.
        """
        try:
            return self._prepare(intake, rules, now_ms)
        except (TryLater, Closed):
            raise
        except Exception:  # noqa: BLE001 - a fault of ours in one group may keep no alert off the disk
            _log.exception("nothing could be told of at once")
            return None

    def _prepare(self, intake: Intake, rules: Rules, now_ms: int) -> Telling | None:
        keys = intake.keys
        due = [key for key in keys.values() if intake.first_look_ms(key, rules, now_ms) <= now_ms]
        if not due or rules.settings.inhibit_rules or self._hooks.is_asked("mute_group", "compose_text"):
            return None
        with self._store.read() as read:
            known = read.known_groups(list(keys))
            due = [key for key in due if key.digest not in known][:GROUPS_MAX]
            if not due:
                return None
            numbers, groups = _foreseen(read, intake, known)
            silences = read.silences(now_ms)
            look = self._teller.look(rules.settings, Quiet(silences, now_ms), now_ms)
            works = _works(read, intake, due, numbers, groups, look)
        plans = [plan for work in works if (plan := _planned(work, look)) is not None]
        if not plans:
            return None
        chosen = {key.digest: groups[key.digest] for key in due}
        return Telling(look, self._teller.bundled(plans, look), numbers, chosen, silences)

    def write(self, tx: WriteVerbs, telling: Telling, recorded: Recorded) -> list[Delivered | None]:
        """Within the transaction that wrote it. Empty when anything came in between: then it is due."""
        return self._teller.writes(telling.plans, telling.look)(tx) if telling.holds(tx, recorded) else []

    def lost(self) -> None:
        """The store failed."""
        self._teller.lost()

    def say(self, telling: Telling, told: Sequence[Delivered | None]) -> None:
        """What became of it is on disk; it is empty when nothing did."""
        self._teller.say(zip(telling.plans, told or repeat(None), strict=False))


def _foreseen(
    read: ReadVerbs, intake: Intake, known: Mapping[bytes, object]
) -> tuple[list[int], dict[bytes, GroupId]]:
    """The numbers that alerts and new groups get if nobody writes in between."""
    alert_id, group_id = read.last_numbers()
    numbers = []
    for change in intake.changes:
        alert_id += not change.id
        numbers.append(change.id or alert_id)
    fresh = [digest for digest in intake.keys if digest not in known]
    return numbers, {digest: GroupId(group_id + at) for at, digest in enumerate(fresh, start=1)}


def _works(
    read: ReadVerbs,
    intake: Intake,
    due: Sequence[GroupKey],
    numbers: Sequence[int],
    groups: Mapping[bytes, GroupId],
    look: Look,
) -> list[Work]:
    changes = dict(zip(numbers, intake.changes, strict=True))
    members: dict[bytes, list[int]] = defaultdict(list)
    for number, keys in zip(numbers, intake.joins, strict=True):
        for key in dict.fromkeys(keys):
            members[key.digest].append(number)
    ground = look.ground
    standings = {
        groups[key.digest]: standing_of(
            [_member(number, changes[number]) for number in sorted(members[key.digest])],
            ground.quiet,
            ground.settings.limits,
        )
        for key in due
    }

    def alerts_in(wanted: Sequence[int]) -> dict[int, Alert]:
        return {number: _as_recorded(changes[number]) for number in wanted}

    due_groups = [_due(key, groups[key.digest], intake, look.now_ms) for key in due]
    return works_of(read, due_groups, standings, alerts_in, ground)


def _member(number: int, change: AlertChange) -> Member:
    return Member(number, Told.NOTHING, change.state, change.alert.labels)


def _due(key: GroupKey, number: GroupId, intake: Intake, now_ms: int) -> DueGroup:
    return DueGroup(
        id=number,
        receiver=key.receiver,
        route=key.route,
        labels=key.labels,
        sender_group=key.sender_group,
        revision=FIRST_REVISION,
        due_at_ms=now_ms,
        flushed_at_ms=None,
        notified_at_ms=None,
        left_out=intake.left_out.get(key.digest, 0),
        incident_id=None,
    )


def _as_recorded(change: AlertChange) -> Alert:
    """The alert as its row has it: the word that changed something, and what holds now."""
    ends_ms, expires_ms = change.ends_at_ms, change.expires_at_ms
    return replace(
        change.alert,
        state=change.state,
        starts_at=from_ms(change.starts_at_ms),
        ends_at=None if ends_ms is None else from_ms(ends_ms),
        expires_at=None if expires_ms is None else from_ms(expires_ms),
        to="",
    )


def _planned(work: Work, look: Look) -> Plan | None:
    try:
        return look.planner.plan(work, look.now_ms)
    except (TryLater, Closed):
        raise
    except Exception:  # noqa: BLE001 - a fault in one group: flush meets it again and knows what to do
        _log.debug("a group could not be told of at once", receiver=work.group.receiver)
        return None
