"""The worker that sees to it that shifts change hands: phones are tested, both are told, nobody is skipped.

What it has said and what it waits for are rows, so that a restart repeats nothing and misses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pilotbridge.clock import Clock, from_ms, to_ms
from pilotbridge.config.settings import ScheduleSettings, Settings
from pilotbridge.lifecycle import State
from pilotbridge.logs import get_logger
from pilotbridge.model import Incident, MessageId, Severity, Trouble
from pilotbridge.oncall.escalation import receiver_of
from pilotbridge.oncall.handover import Deed, Here, Verdict, decide
from pilotbridge.oncall.roster import Roster, roster_of, schedule_of
from pilotbridge.oncall.swaps import Desk, changed_swaps, lapse_swaps
from pilotbridge.oncall.telling import tell, tell_in_chat
from pilotbridge.oncall.words import Words, words_for
from pilotbridge.outbox.enqueue import Postage
from pilotbridge.rota import AHEAD, Kind, Override, Shift
from pilotbridge.store.oncall_records import HandOverRow, HandOverState, Holder, NewOverride
from pilotbridge.store.protocol import ReadVerbs, Store, WriteVerbs

UNPROVED, GAP = "HandoverUnproved", "OncallGap"
ROUNDS = 8
"""One thing after the other about one schedule; more than these in one turn would be going in a circle."""
_FAILED = frozenset({State.REFUSED, State.UNDELIVERED, State.LAPSED, State.CANCELLED, State.UNCONFIRMED})

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """One schedule as it was read, and what was decided about it."""

    schedule: ScheduleSettings
    here: Here
    decided: tuple[Override, ...]
    verdict: Verdict


class HandOvers:
    """The worker ``handover``. ``ask`` has the gateways asked for statuses now, ``wake`` wakes whoever sends,
    ``trouble`` and ``clear`` say what is wrong and that it is right again."""

    name = "handover"

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        *,
        postage: Callable[[], Postage],
        clock: Clock,
        ask: Callable[[], None],
        wake: Callable[[], None],
        trouble: Callable[[Trouble], None],
        clear: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._postage = postage
        self._clock = clock
        self._ask = ask
        self._wake = wake
        self._trouble = trouble
        self._clear = clear

    def turn(self) -> int | None:
        """Do whatever is due about every schedule; returns when to look again."""
        settings = self._settings()
        if not settings.schedules:
            return None
        now_ms = self._clock.now_ms()
        self._lapse(settings, now_ms)
        for _ in range(ROUNDS):
            seen = self._look(settings, now_ms)
            deeds = [each for each in seen if each.verdict.deed is not None]
            if not deeds:
                break
            self._carry_out(deeds, settings, now_ms)
        self._say(seen)
        return self._again(seen, now_ms)

    def _look(self, settings: Settings, now_ms: int) -> list[Seen]:
        with self._store.read() as read:
            roster = roster_of(read, settings, now_ms)
            holders, rows = read.holders(), read.handovers_open()
            return [
                _seen(read, roster, schedule, holders.get(schedule.name), rows.get(schedule.name))
                for schedule in settings.schedules.values()
            ]

    def _carry_out(self, deeds: list[Seen], settings: Settings, now_ms: int) -> None:
        postage = self._postage()

        def job(tx: WriteVerbs) -> None:
            roster = roster_of(tx, settings, now_ms)
            for seen in deeds:
                if _is_as_seen(tx, roster, seen):
                    _Doing(tx, seen, settings, postage, now_ms).do()

        self._store.write(job).result()
        self._wake()
        for seen in deeds:
            log.info("a hand-over goes on", schedule=seen.schedule.name, deed=str(seen.verdict.deed))

    def _lapse(self, settings: Settings, now_ms: int) -> None:
        with self._store.read() as read:
            due_ms = read.next_swap_due()
            is_changed = due_ms is not None and bool(changed_swaps(read, roster_of(read, settings, now_ms)))
        if is_changed or (due_ms is not None and due_ms <= now_ms):
            postage = self._postage()
            self._store.write(
                lambda tx: lapse_swaps(tx, Desk(roster_of(tx, settings, now_ms), postage))
            ).result()
            self._wake()

    def _say(self, seen: list[Seen]) -> None:
        """Troubles that stand and those that are over, and questions to the gateway."""
        for each in seen:
            name, row = each.schedule.name, each.here.row
            if row is not None and row.state is HandOverState.KEPT:
                summary = f"{row.comer}'s phone is not proved; {row.leaver} stays on call"
                self._trouble(Trouble(UNPROVED, name, summary, Severity.WARNING))
            else:
                self._clear(UNPROVED, name)
            if not each.here.shift.is_gap:
                self._clear(GAP, name)
        hurried = [each.here.row for each in seen if each.verdict.hurries and each.here.row is not None]
        if hurried and any(self._store.write(lambda tx: _hurry(tx, hurried, self._clock.now_ms())).result()):
            self._ask()

    def _again(self, seen: list[Seen], now_ms: int) -> int | None:
        with self._store.read() as read:
            swap_ms = read.next_swap_due()
        due = [to_ms(each.verdict.again) for each in seen if each.verdict.again is not None]
        due += [now_ms + 1000 for each in seen if each.verdict.deed is not None]
        return min([*due, *([swap_ms] if swap_ms is not None else [])], default=None)


def _hurry(tx: WriteVerbs, rows: list[HandOverRow], now_ms: int) -> list[bool]:
    return [tx.hurry_message(row.message, now_ms) for row in rows if row.message is not None]


# --- gathering --------------------------------------------------------------------------------------


def _seen(
    read: ReadVerbs,
    roster: Roster,
    schedule: ScheduleSettings,
    holder: Holder | None,
    row: HandOverRow | None,
) -> Seen:
    name = schedule.name
    shift = bare = roster.shift(name)
    if shift.override is not None and shift.override.kind is Kind.KEPT:
        bare = roster.without(shift.override).shift(name)
    here = Here(
        schedule.handover,
        holder,
        row,
        shift,
        bare,
        _following(roster, name, holder),
        is_proved=row is not None and _is_proved(read, roster, row),
        is_failed=row is not None and _is_failed(read, row),
        now=roster.at,
        is_holder_gone=holder is not None and holder.contact not in roster.settings.contacts,
    )
    return Seen(schedule, here, tuple(roster.decided(name)), decide(here))


def _following(roster: Roster, name: str, holder: Holder | None) -> Shift | None:
    """The next shift of somebody other than who was last said to be on call."""
    names = ("", holder.contact if holder else "")
    return next((shift for shift in roster.upcoming(name) if shift.contact not in names), None)


def _is_proved(read: ReadVerbs, roster: Roster, row: HandOverRow) -> bool:
    """Whether the test has arrived at the comer's phone, or any SMS since it was sent."""
    message = read.message(row.message) if row.message is not None else None
    if message is not None and message.state is State.DELIVERED:
        return True  # whatever the clocks say: one may have been set back in between
    contact = roster.settings.contacts.get(row.comer)
    if contact is None or contact.phone is None:
        return False
    delivered_ms = read.last_delivered_ms(contact.phone)
    return delivered_ms is not None and delivered_ms >= row.asked_ms


def _is_failed(read: ReadVerbs, row: HandOverRow) -> bool:
    message = read.message(row.message) if row.message is not None else None
    return message is None or message.state in _FAILED


def _is_as_seen(tx: WriteVerbs, roster: Roster, seen: Seen) -> bool:
    """Whether nothing has changed since it was decided; else it is decided once more."""
    name = seen.schedule.name
    return (
        tx.holders().get(name) == seen.here.holder
        and tx.handovers_open().get(name) == seen.here.row
        and tuple(roster.decided(name)) == seen.decided
    )


# --- doing ------------------------------------------------------------------------------------------


class _Doing:
    """One deed about one schedule, within one transaction."""

    def __init__(self, tx: WriteVerbs, seen: Seen, settings: Settings, postage: Postage, now_ms: int) -> None:
        self._tx = tx
        self._name = seen.schedule.name
        self._handover = seen.schedule.handover
        self._here = seen.here
        self._verdict = seen.verdict
        self._settings = settings
        self._postage = postage
        self._now_ms = now_ms

    def do(self) -> None:
        row, shift = self._here.row, self._verdict.shift
        match self._verdict.deed:
            case Deed.NOTE if shift is not None:
                self._hold(shift)
            case Deed.TEST if shift is not None:
                self._test(shift)
            case Deed.TEST_AGAIN if shift is not None and row is not None:
                self._test_again(shift, row)
            case Deed.BEGIN if shift is not None:
                self._begin(shift, row)
            case Deed.KEEP if shift is not None and row is not None:
                self._keep(shift, row)
            case Deed.DROP if row is not None:
                self._drop(row)

    def _hold(self, shift: Shift) -> None:
        since_ms = self._now_ms if shift.starts is None else to_ms(shift.starts)
        until_ms = None if shift.ends is None else to_ms(shift.ends)
        self._tx.put_holder(self._name, Holder(shift.contact, since_ms, until_ms))

    def _test(self, shift: Shift) -> None:
        """Whoever comes gets an SMS; that it is delivered proves their phone."""
        assert self._here.holder is not None
        at = shift.starts or self._here.now
        message = self._tell(shift.contact, lambda words: words.tested(self._name, at), "proves the phone")
        row = HandOverRow(
            self._name,
            to_ms(at),
            None if shift.ends is None else to_ms(shift.ends),
            self._here.holder.contact,
            shift.contact,
            self._now_ms,
            self._now_ms,
            message,
        )
        self._note(self._tx.add_handover(row), "test", "asked", f"is {shift.contact}'s phone reachable?")

    def _test_again(self, shift: Shift, row: HandOverRow) -> None:
        at = from_ms(row.at_ms)
        message = self._tell(
            shift.contact, lambda words: words.tested(self._name, at), "proves the phone, once more"
        )
        if message is None:
            message = row.message
        self._tx.ask_again(row.id, message, self._now_ms)
        self._note(row.id, "test", row.state.value, f"{shift.contact}'s phone is tested once more")

    def _begin(self, shift: Shift, row: HandOverRow | None) -> None:
        """The shift has changed hands; both hear so."""
        leaver = self._here.holder.contact if self._here.holder is not None else ""
        was_kept = row is not None and row.state is HandOverState.KEPT
        if row is not None:
            self._release(row)
            self._tx.settle_handover(row, HandOverState.DONE)
            self._note(row.id, "begin", "done", f"{shift.contact} is on call")
        self._hold(shift)
        self._tell_what_is_open(shift.contact)
        if self._handover.sms or was_kept:
            self._tell(
                shift.contact,
                lambda words: words.begins(self._name, shift.ends),
                "the shift begins",
                chat=True,
            )
            self._tell(
                leaver, lambda words: words.ended(self._name, shift.contact), "the shift has ended", chat=True
            )

    def _tell_what_is_open(self, comer: str) -> None:
        """What nobody has taken is told again, so that whoever is on call now knows of it."""
        contact = self._settings.contacts.get(comer)
        for row in self._tx.incidents_open(self._now_ms + 1):
            incident = row.incident
            if incident.acknowledged_at is not None or not self._is_told_by_schedule(incident):
                continue
            if contact is None or contact.phone not in self._tx.told_recipients(incident.id):
                self._tx.tell_again(incident.group.id, self._now_ms)

    def _is_told_by_schedule(self, incident: Incident) -> bool:
        """Whether a step of its receiver that was told so far names this schedule."""
        steps = receiver_of(incident.group.receiver, self._settings).steps
        known = self._tx.escalations([incident.id]).get(incident.id)
        told = [steps[index] for index in (known.told if known else (0,)) if index < len(steps)]
        return any(schedule_of(address) == self._name for step in told for address in step.notify)

    def _keep(self, shift: Shift, row: HandOverRow) -> None:
        """Whoever was on call stays, for the next one's phone is not proved; both hear so."""
        leaver = self._here.holder.contact if self._here.holder is not None else row.leaver
        ends = shift.ends or self._here.now + AHEAD
        new = NewOverride(
            self._name, leaver, self._now_ms, to_ms(ends), Kind.KEPT, "pilotbridge", stands_for=row.comer
        )
        number = self._tx.add_override(new, self._now_ms)
        self._tx.settle_handover(row, HandOverState.KEPT, override=number)
        self._note(row.id, "keep", "kept", f"{row.comer}'s phone is not proved; {leaver} stays on call")
        self._tell(leaver, lambda words: words.stays(self._name, row.comer), "stays on call", chat=True)
        self._tell(
            row.comer, lambda words: words.not_proved(self._name, leaver), "is not on call yet", chat=True
        )

    def _drop(self, row: HandOverRow) -> None:
        """It is not to be: somebody else is on call now, or the shift is over."""
        self._release(row)
        self._tx.settle_handover(row, HandOverState.DROPPED)
        self._note(row.id, "drop", "dropped", "the shift is another's, or over")

    def _release(self, row: HandOverRow) -> None:
        if row.override is not None:
            self._tx.end_override(row.override, self._now_ms)

    def _tell(
        self, name: str, say: Callable[[Words], str], reason: str, *, chat: bool = False
    ) -> MessageId | None:
        """By SMS; with ``chat`` in the private chat too. Whoever left the configuration hears nothing."""
        contact = self._settings.contacts.get(name)
        if contact is None:
            return None
        body, why = say(words_for(contact)), f"{self._name}: {reason}"
        if chat:
            tell_in_chat(self._tx, contact, body, why, self._settings, self._now_ms)
        return tell(self._tx, contact, body, why, self._postage, self._now_ms)

    def _note(self, number: int, event: str, state: str, reason: str) -> None:
        self._tx.add_event("handover", number, self._now_ms, event, state=state, reason=reason)
