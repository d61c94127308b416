"""Which step of a receiver is told next, why, and when to look again: one pure decision.

A step counts from when the one before it in time was told. Its condition is about the SMS of that one, and
about whether anybody took the incident; rows and texts are others' business.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pilotbridge.config.settings import Step, When
from pilotbridge.lifecycle import State
from pilotbridge.model import Way
from pilotbridge.store.records import Escalation, StepSms

ASKS_AHEAD_MS = 5_000
"""So long before a step is due the gateway is asked once more: for statuses and for what came in."""
HURRY_EVERY_MS = 10_000
HURRIES_FOR_MS = 10 * 60_000
"""For so long after a step was told the gateway is asked for its statuses every ten seconds."""
HANDED_OVER_WITHIN_MS = 60_000
"""An SMS that the gateway has not got by then counts as if it had got it then."""

_FAILED = frozenset({State.REFUSED, State.UNDELIVERED, State.LAPSED, State.HELD, State.CANCELLED})


class Cause(StrEnum):
    """Why a further step is told."""

    SILENT = "silent"
    UNREACHED = "unreached"
    WAY_DOWN = "way_down"
    TIME = "time"
    PASSED_ON = "passed_on"


@dataclass(frozen=True, slots=True)
class Fared:
    """How the SMS of the newest step fare. A step without SMS is neither delivered nor failed.

    Failed: none of them can arrive any more. ``handed_over_ms``: when the gateway had the last of them.
    """

    delivered: bool = False
    failed: bool = False
    handed_over_ms: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether a verdict may still come."""
        return not self.delivered and not self.failed


def fared(sms: Sequence[StepSms], *, expects_sms: bool) -> Fared:
    """Where SMS were expected and there is none, nobody can be reached by this step."""
    if not sms:
        return Fared(failed=expects_sms)
    handed_over = [each.accepted_at_ms for each in sms]
    known = [at_ms for at_ms in handed_over if at_ms is not None]
    return Fared(
        delivered=any(each.state is State.DELIVERED for each in sms),
        failed=all(each.state in _FAILED for each in sms),
        handed_over_ms=max(known) if len(known) == len(handed_over) else None,
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Tell ``step`` now because of ``cause``; or (None) look again then. ``asks``: ask the gateway first."""

    step: int | None
    cause: Cause | None = None
    again_ms: int | None = None
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the decision is made of; ``down`` are the ways nobody can be reached by just now.

    ``ways`` are those of each step.
    """

    steps: Sequence[Step]
    ways: Sequence[frozenset[Way]]
    known: Escalation
    fared: Fared
    is_taken: bool
    down: Collection[Way]
    now_ms: int

    def untold(self) -> list[int]:
        return [index for index in range(len(self.steps)) if index not in self.known.told]

    @property
    def newest(self) -> int:
        """The step told last; the last of all when the configuration has fewer now."""
        return min(self.known.told[-1], len(self.steps) - 1)


def next_step(here: Situation) -> Verdict:
    """The first step whose time has come, in the order in which they are written."""
    again: list[int] = []
    asks = False
    for index in here.untold():
        step = here.steps[index]
        cause, at_ms = _when(here, index)
        if cause is None or at_ms is None:
            continue
        fires_ms, asks_ms = _with_a_last_question(here, step, cause, at_ms)
        if here.now_ms >= fires_ms:
            return Verdict(index, cause)
        is_to_ask = asks_ms is not None and here.now_ms >= asks_ms
        asks = asks or is_to_ask
        again.append(fires_ms if is_to_ask or asks_ms is None else asks_ms)
    if _awaits_a_verdict(here):
        again.append(here.now_ms + HURRY_EVERY_MS)
    return Verdict(None, again_ms=min(again, default=None), asks=asks)


def _when(here: Situation, index: int) -> tuple[Cause | None, int | None]:
    """What would make this step due, and when that is; (None, None) while nothing would."""
    step = here.steps[index]
    by_time_ms = here.known.told_at_ms + _ms(step)
    if step.when is When.ALWAYS and here.is_taken:
        return Cause.TIME, by_time_ms
    if here.is_taken:
        return None, None
    if _is_cut_off(here, index):
        return Cause.WAY_DOWN, here.now_ms
    match step.when:
        case When.ALWAYS:
            return Cause.TIME, by_time_ms
        case When.UNACKNOWLEDGED:
            return Cause.SILENT, by_time_ms
        case When.FAILED:
            return (Cause.UNREACHED, here.now_ms) if here.fared.failed else (None, None)
        case When.UNDELIVERED:
            return _undelivered(here, step)


def _undelivered(here: Situation, step: Step) -> tuple[Cause | None, int | None]:
    if here.fared.failed:
        return Cause.UNREACHED, here.now_ms
    if here.fared.delivered:
        return None, None
    handed_over_ms = here.fared.handed_over_ms
    since_ms = here.known.told_at_ms + HANDED_OVER_WITHIN_MS if handed_over_ms is None else handed_over_ms
    return Cause.UNREACHED, since_ms + _ms(step)


def _is_cut_off(here: Situation, index: int) -> bool:
    """Whether the newest step can reach nobody for now, while this one can."""
    ways, down = here.ways[here.newest], frozenset(here.down)
    return bool(ways) and not here.fared.delivered and ways <= down and bool(here.ways[index] - down)


def _with_a_last_question(here: Situation, step: Step, cause: Cause, at_ms: int) -> tuple[int, int | None]:
    """When it fires, and when the gateway is to be asked before that; None when it was, or need not be."""
    if cause in (Cause.TIME, Cause.WAY_DOWN) or at_ms <= here.known.told_at_ms or here.fared.failed:
        return at_ms, None
    ahead_ms = min(ASKS_AHEAD_MS, _ms(step) // 2)
    asked_ms = here.known.asked_at_ms
    if asked_ms is None or asked_ms < at_ms - ahead_ms:
        return max(at_ms, here.now_ms + ahead_ms), at_ms - ahead_ms
    return max(at_ms, asked_ms + ahead_ms), None


def _awaits_a_verdict(here: Situation) -> bool:
    if here.is_taken or not here.fared.is_open or here.now_ms - here.known.told_at_ms > HURRIES_FOR_MS:
        return False
    return any(here.steps[index].when in (When.FAILED, When.UNDELIVERED) for index in here.untold())


def _ms(step: Step) -> int:
    return int(step.after.total_seconds() * 1000)
