"""The worker that leads an open incident through its receiver's steps until somebody has taken it.

It asks the gateway once more before a step on silence or on a missing delivery is told, and marks the group;
that somebody is told, and in which words, is alerting's, as for every other notification.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from pilotbridge.clock import Clock
from pilotbridge.config.settings import ReceiverSettings, Settings
from pilotbridge.errors import Refused
from pilotbridge.logs import get_logger
from pilotbridge.model import Address, Incident, MessageId, NotificationId, Way
from pilotbridge.oncall.acknowledgement import free_incident
from pilotbridge.oncall.roster import Roster, roster_of
from pilotbridge.oncall.steps import HURRIES_FOR_MS, Cause, Situation, Verdict, fared, next_step
from pilotbridge.store.protocol import ReadVerbs, Store, WriteVerbs
from pilotbridge.store.records import Escalation, IncidentRow, StepSms

LOOKED_AT_ONCE = 500

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Looked:
    """One escalation and what was decided; no verdict: its incident is over, or is nobody's."""

    known: Escalation
    row: IncidentRow | None
    verdict: Verdict | None


class Escalate:
    """The worker ``escalation``. ``down`` says which ways reach nobody now, ``ask`` has the gateways asked
    for what came in and for statuses, ``wake`` wakes whoever looks at groups."""

    name = "escalation"

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        *,
        clock: Clock,
        down: Callable[[], Collection[Way]],
        ask: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._down = down
        self._ask = ask
        self._wake = wake
        self._news: deque[MessageId] = deque()
        self._seen: Settings | None = None
        self._were_down: frozenset[Way] = frozenset()

    def hand_over(self, message_ids: Sequence[MessageId]) -> None:
        """These have a verdict; from any thread. After a start all are looked at, so none need be kept."""
        self._news.extend(message_ids)

    def turn(self) -> int | None:
        """Look at what is due and at what has news; returns when the next one is due."""
        settings, now_ms = self._settings(), self._clock.now_ms()
        down = frozenset(self._down())
        if settings is not self._seen or down != self._were_down:
            self._store.write(lambda tx: _look_anew(tx, settings, now_ms)).result()
            self._seen, self._were_down = settings, down
        news = [self._news.popleft() for _ in range(len(self._news))]
        try:
            self._heed(news, settings, down, now_ms)
        except Exception:  # a tick: no time is noted for these anywhere, so they are looked at again
            self._news.extendleft(reversed(news))
            raise
        with self._store.read() as read:
            return read.next_escalation_due()

    def _heed(
        self, news: Sequence[MessageId], settings: Settings, down: Collection[Way], now_ms: int
    ) -> None:
        with self._store.read() as read:
            looked = _look(read, news, settings, down, now_ms) if read.has_escalations() else []
        if looked:
            self._carry_out(looked, now_ms)

    def _carry_out(self, looked: Sequence[Looked], now_ms: int) -> None:
        asked = self._store.write(lambda tx: [_apply(tx, each, now_ms) for each in looked]).result()
        if any(asked):
            self._ask()
        for each in looked:
            if each.row is not None and each.verdict is not None and each.verdict.step is not None:
                number, cause = each.verdict.step + 1, str(each.verdict.cause)
                log.info("the next step is due", ref=each.row.incident.ref, step=number, cause=cause)
                self._wake()


def _look_anew(tx: WriteVerbs, settings: Settings, now_ms: int) -> None:
    """Another configuration counts, or another way: every open incident is looked at, also by new steps."""
    with_steps = [name for name, receiver in settings.receivers.items() if len(receiver.steps) > 1]
    tx.begin_missing_escalations(with_steps, now_ms)
    tx.wake_escalations(now_ms)


def _look(
    read: ReadVerbs, news: Sequence[MessageId], settings: Settings, down: Collection[Way], now_ms: int
) -> list[Looked]:
    """Decide about every escalation that is due, and about those whose messages have news."""
    due = {each.incident: each for each in read.due_escalations(now_ms, LOOKED_AT_ONCE)}
    touched = [each for each in read.incidents_of_messages(list(dict.fromkeys(news))) if each not in due]
    waiting = {id_: each for id_, each in read.escalations(touched).items() if each.wanted is None}
    all_of_them = [*due.values(), *waiting.values()]
    ids = [each.incident for each in all_of_them]
    rows, sms = read.incidents(ids), read.step_sms(ids)
    in_storms, roster = read.incidents_in_storms(ids), roster_of(read, settings, now_ms)
    return [
        Looked(each, row, _verdict(each, row, sms, each.incident in in_storms, roster, down, now_ms))
        for each in all_of_them
        for row in [rows.get(each.incident)]
    ]


def _verdict(
    known: Escalation,
    row: IncidentRow | None,
    sms: Mapping[NotificationId, Sequence[StepSms]],
    is_in_storm: bool,
    roster: Roster,
    down: Collection[Way],
    now_ms: int,
) -> Verdict | None:
    if row is None or row.incident.closed_at is not None:
        return None
    receiver = receiver_of(row.incident.group.receiver, roster.settings)
    ways = [ways_of(step.notify, roster) for step in receiver.steps]
    newest = ways[min(known.told[-1], len(ways) - 1)]
    situation = Situation(
        receiver.steps,
        ways,
        known,
        fared(sms.get(known.notification, ()), expects_sms=Way.SMS in newest and not is_in_storm),
        is_taken=row.incident.acknowledged_at is not None,
        down=down,
        now_ms=now_ms,
    )
    return next_step(situation)


def _apply(tx: WriteVerbs, each: Looked, now_ms: int) -> bool:
    """Write what was decided; whether the gateway is to be asked now."""
    known, verdict = each.known, each.verdict
    if verdict is None or each.row is None:
        tx.end_escalation(known.incident)
        return False
    if verdict.step is not None:
        assert verdict.cause is not None
        if not _is_as_it_was(tx, each.row.incident):
            return False  # whoever took it, gave it back or ended it meanwhile has made it due again
        tx.want_step(known.incident, verdict.step, verdict.cause)
        why = f"step {verdict.step + 1} is due: {verdict.cause}"
        tx.add_event("incident", known.incident, now_ms, "step", state="open", reason=why)
        tx.wake_group(each.row.incident.group.id, now_ms)
        return False
    tx.await_step(known.incident, verdict.again_ms, now_ms if verdict.asks else None)
    is_young = now_ms - known.told_at_ms <= HURRIES_FOR_MS
    hurries = verdict.again_ms is not None and (verdict.asks or is_young)
    return (tx.hurry_statuses(known, now_ms) if hurries else False) or verdict.asks


def _is_as_it_was(read: ReadVerbs, incident: Incident) -> bool:
    """Whether it is still open, and taken or free as it was when it was looked at."""
    row = read.incidents([incident.id]).get(incident.id)
    if row is None:
        return False
    now = row.incident
    return (now.closed_at, now.acknowledged_at) == (incident.closed_at, incident.acknowledged_at)


def receiver_of(name: str, settings: Settings) -> ReceiverSettings:
    """A receiver that left the configuration is stood in for by the root's."""
    return settings.receiver(name) or settings.receivers[settings.route.receiver]


def ways_of(addresses: Sequence[Address], roster: Roster) -> frozenset[Way]:
    """The ways by which these addresses reach people; a bare name goes by SMS when they have a phone."""
    return frozenset(_way_of(roster.resolved(address), roster.settings) for address in addresses)


def _way_of(address: Address, settings: Settings) -> Way:
    contact = settings.contacts.get(address.name)
    has_chat_only = contact is not None and contact.phone is None
    return address.way or (Way.CHAT if has_chat_only else Way.SMS)


# --- passing it on ----------------------------------------------------------------------------------


def who_is_next(read: ReadVerbs, incident: Incident, settings: Settings, now_ms: int) -> tuple[str, ...]:
    """Whom the next step of an open incident would tell, as names of contacts and rooms; empty: nobody."""
    index = _untold(read, incident, settings)
    if index is None or incident.closed_at is not None:
        return ()
    steps = receiver_of(incident.group.receiver, settings).steps
    addresses = map(roster_of(read, settings, now_ms).resolved, steps[index].notify)
    return tuple(dict.fromkeys(address.name for address in addresses))


def pass_on(tx: WriteVerbs, ref: str, *, by: str, settings: Settings, now_ms: int) -> Incident:
    """Tell the next step now, for somebody who was told will not take it.

    :raises NotFound: when no incident carries the ref.
    :raises Refused: when it is over, somebody has it, or there is nobody next.
    """
    incident = free_incident(tx, ref)
    index = _untold(tx, incident, settings)
    if index is None:
        raise Refused(f"#{incident.ref} stays open: there is no further step in {incident.group.receiver}")
    tx.want_step(incident.id, index, Cause.PASSED_ON)
    tx.add_event("incident", incident.id, now_ms, "pass_on", state="open", reason=f"by {by}")
    tx.wake_group(incident.group.id, now_ms)
    return incident


def _untold(read: ReadVerbs, incident: Incident, settings: Settings) -> int | None:
    known = read.escalations([incident.id]).get(incident.id)
    if known is None or known.wanted is not None:
        return None
    steps = receiver_of(incident.group.receiver, settings).steps
    return next((index for index in range(len(steps)) if index not in known.told), None)
