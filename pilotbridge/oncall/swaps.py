"""One asks another to trade places on call; the other says yes or no, or the question lapses, visibly.

Every step is in the caller's transaction, and whoever waits for it is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pilotbridge.clock import from_ms, to_ms
from pilotbridge.config.settings import Settings
from pilotbridge.errors import NotAllowed, NotFound, Refused
from pilotbridge.oncall.overrides import schedule_named, somebody
from pilotbridge.oncall.roster import Roster
from pilotbridge.oncall.telling import tell, tell_in_chat
from pilotbridge.oncall.words import Piece, Words, line_to_answer, words_for
from pilotbridge.outbox.enqueue import Postage
from pilotbridge.rota import AHEAD, Kind, Shift, Stretch, shifts
from pilotbridge.store.oncall_records import NewOverride, Swap, SwapState
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs

ANSWER_WITHIN = timedelta(hours=12)
ANSWER_LEAST = timedelta(minutes=30)
"""Also when the time that is traded begins before."""
CODE_LETTER = "K"
"""One that both alphabets have, so that it is found on any keyboard; no ref of an incident has a letter."""
CODE_KEPT = timedelta(days=7)
_CODES = [f"{CODE_LETTER}{10 + number * 37 % 90}" for number in range(90)]


Span = tuple[datetime, datetime]
"""From when to when."""


@dataclass(frozen=True, slots=True)
class Trade:
    """What ``asker`` wants; ``ends`` None: their shift at ``starts`` against the other's next one."""

    asker: str
    other: str
    starts: datetime
    ends: datetime | None = None
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the steps are taken with."""

    roster: Roster
    postage: Postage

    @property
    def settings(self) -> Settings:
        return self.roster.settings

    @property
    def now_ms(self) -> int:
        return to_ms(self.roster.at)


def ask_swap(tx: WriteVerbs, wanted: Trade, desk: Desk, *, by: str) -> Swap:
    """Ask the other by SMS (and in the chat); nothing changes before they say yes.

    :raises NotFound: when there is no such schedule or contact.
    :raises Refused: when there is nothing to trade, or nobody to ask.
    """
    asker, other = somebody(wanted.asker, desk.settings), somebody(wanted.other, desk.settings)
    if asker.name == other.name:
        raise Refused(f"{asker.name} cannot trade with themselves")
    schedule = _schedule_of(wanted, desk.roster)
    spans = _spans(wanted, schedule, desk.roster)
    pieces = pieces_of(desk.roster, schedule, (asker.name, other.name), spans)
    if not pieces:
        raise Refused(f"neither {asker.name} nor {other.name} is on call by {schedule} in that time")
    due = max(desk.roster.at + ANSWER_LEAST, min(desk.roster.at + ANSWER_WITHIN, pieces[0].starts))
    asked = Swap(
        _free_code(tx, desk.now_ms),
        schedule,
        asker.name,
        other.name,
        to_ms(pieces[0].starts),
        to_ms(pieces[-1].ends),
        made_by=by,
        asked_ms=desk.now_ms,
        due_ms=to_ms(due),
        traded=_stretches(pieces),
    )
    swap = replace(asked, id=tx.add_swap(asked))
    words = words_for(other)
    body = words.asked(asker.name, schedule, pieces, other.name)
    tx.add_event("swap", swap.id, desk.now_ms, "ask", state="asked", reason=f"by {by}: {swap.code}")
    by_sms = f"{body}{words.how(swap.code, line_to_answer(desk.settings), due)}"
    message = tell(tx, other, by_sms, f"asks about swap {swap.code}", desk.postage, desk.now_ms)
    if message is not None:
        tx.name_question(swap.id, message)
    in_chat = f"{body}. /swap {swap.code} yes, /swap {swap.code} no"
    tell_in_chat(tx, other, in_chat, f"asks about swap {swap.code}", desk.settings, desk.now_ms)
    return replace(swap, message=message)


def answer_swap(tx: WriteVerbs, code: str, desk: Desk, *, by: str, agrees: bool) -> Swap:
    """The other says yes or no; with yes each is on call in the other's place.

    What is taken is what was asked: when the schedule has changed so that it would be something else, nothing
    is traded, the swap lapses and both hear so.

    :raises NotFound: when nothing of that code was asked.
    :raises NotAllowed: when somebody else was asked.
    :raises Refused: when it was answered already, came too late, or there is nothing left to trade.
    """
    swap = open_swap(tx.swap_by_code(code.upper()), code, by)
    if agrees and not fits(swap, desk.roster):
        return call_off(tx, swap, desk)
    pieces = _pieces_now(swap, desk.roster) if agrees else []
    if agrees and not pieces:
        raise Refused(f"{swap.code}: there is nothing left to trade")
    state = SwapState.AGREED if agrees else SwapState.DECLINED
    tx.settle_swap(swap.id, state, desk.now_ms)
    tx.add_event("swap", swap.id, desk.now_ms, state.value, state=state.value, reason=f"by {by}")
    for piece in pieces:
        _trade(tx, swap, piece, desk.now_ms)
    _tell_asker(tx, swap, desk, state)
    return replace(swap, state=state, answered_ms=desk.now_ms)


def open_swap(swap: Swap | None, code: str, by: str) -> Swap:
    """``swap`` as long as ``by`` may answer it; raises as :func:`answer_swap` does."""
    if swap is None:
        raise NotFound(f"nobody asked anything as {code.upper()}")
    if swap.other != by:
        raise NotAllowed(f"{swap.code} was asked of {swap.other}, not of {by}")
    if swap.state is not SwapState.ASKED:
        raise Refused(f"{swap.code} is {swap.state} already")
    return swap


def fits(swap: Swap, roster: Roster) -> bool:
    """Whether a yes would trade what was asked, as far as it lies ahead."""
    is_there = swap.schedule in roster.settings.schedules
    return is_there and swap.still_means(_stretches(_pieces_now(swap, roster)), to_ms(roster.at))


def changed_swaps(read: ReadVerbs, roster: Roster) -> list[Swap]:
    """Those that wait for an answer while what was asked is no more."""
    waiting = read.swaps_due(to_ms(roster.at + AHEAD))
    return [swap for swap in waiting if not fits(swap, roster)]


def call_off(tx: WriteVerbs, swap: Swap, desk: Desk) -> Swap:
    """Nothing is traded, for what was asked is no more; whoever asked and whoever was asked hear so."""
    tx.settle_swap(swap.id, SwapState.LAPSED, desk.now_ms)
    reason = "the schedule has changed since it was asked"
    tx.add_event("swap", swap.id, desk.now_ms, "call_off", state="lapsed", reason=reason)
    for name in (swap.asker, swap.other):
        if contact := desk.settings.contacts.get(name):
            body = words_for(contact).called_off(swap.code, swap.schedule)
            tell(tx, contact, body, f"swap {swap.code}: {reason}", desk.postage, desk.now_ms)
            tell_in_chat(tx, contact, body, f"swap {swap.code}: {reason}", desk.settings, desk.now_ms)
    return replace(swap, state=SwapState.LAPSED, answered_ms=desk.now_ms)


def lapse_swaps(tx: WriteVerbs, desk: Desk) -> int:
    """What nobody answered in time changes nothing, nor what is no more as it was asked. Returns how many.

    Whoever asked hears so.
    """
    changed = changed_swaps(tx, desk.roster)
    for swap in changed:
        call_off(tx, swap, desk)
    due = tx.swaps_due(desk.now_ms)
    for swap in due:
        tx.settle_swap(swap.id, SwapState.LAPSED, desk.now_ms)
        tx.add_event("swap", swap.id, desk.now_ms, "lapse", state="lapsed", reason="nobody answered in time")
        _tell_asker(tx, swap, desk, SwapState.LAPSED)
    return len(due) + len(changed)


def pieces_of(roster: Roster, schedule: str, both: tuple[str, str], spans: Sequence[Span]) -> list[Piece]:
    """The stretches within ``spans`` in which either of ``both`` is on call, in order."""
    return [
        Piece(shift.contact, both[shift.contact == both[0]], shift.starts, shift.ends)
        for starts, ends in spans
        for shift in shifts(roster.rota(schedule), roster.decided(schedule), starts, ends)
        if shift.contact in both and shift.starts is not None and shift.ends is not None
    ]


def _stretches(pieces: Sequence[Piece]) -> tuple[Stretch, ...]:
    return tuple(Stretch(each.giver, to_ms(each.starts), to_ms(each.ends)) for each in pieces)


def _pieces_now(swap: Swap, roster: Roster) -> list[Piece]:
    """What of it lies ahead: a question takes its time."""
    now_ms = to_ms(roster.at)
    spans = [(each.starts_ms, each.ends_ms) for each in swap.traded] or [(swap.starts_ms, swap.ends_ms)]
    ahead = [(from_ms(max(starts, now_ms)), from_ms(ends)) for starts, ends in spans if ends > now_ms]
    return pieces_of(roster, swap.schedule, (swap.asker, swap.other), ahead)


def _trade(tx: WriteVerbs, swap: Swap, piece: Piece, now_ms: int) -> None:
    starts_ms, ends_ms = to_ms(piece.starts), to_ms(piece.ends)
    new = NewOverride(
        swap.schedule, piece.taker, starts_ms, ends_ms, Kind.SWAP, swap.other, piece.giver, swap.id
    )
    number = tx.add_override(new, now_ms)
    reason = f"{piece.taker} in place of {piece.giver}, as agreed by {swap.code}"
    tx.add_event("override", number, now_ms, "swap", reason=reason)


def _tell_asker(tx: WriteVerbs, swap: Swap, desk: Desk, state: SwapState) -> None:
    asker = desk.settings.contacts.get(swap.asker)
    if asker is None:
        return
    body, reason = _outcome(words_for(asker), swap, state), f"swap {swap.code} is {state}"
    tell(tx, asker, body, reason, desk.postage, desk.now_ms)
    tell_in_chat(tx, asker, body, reason, desk.settings, desk.now_ms)


def _outcome(words: Words, swap: Swap, state: SwapState) -> str:
    match state:
        case SwapState.AGREED:
            return words.agreed(swap.other, swap.code, swap.schedule)
        case SwapState.DECLINED:
            return words.declined(swap.other, swap.code)
        case _:
            return words.lapsed(swap.other, swap.code)


# --- which time is meant ----------------------------------------------------------------------------


def _schedule_of(wanted: Trade, roster: Roster) -> str:
    """The schedule that is named, else the only one by which the asker is on call then or next."""
    if wanted.schedule:
        return schedule_named(wanted.schedule, roster.settings).name
    names = [name for name in roster.settings.schedules if _shift_of(wanted, name, roster) is not None]
    if len(names) != 1:
        found = f"is on call by several: {', '.join(names)}" if names else "is on call by no schedule"
        raise Refused(f"{wanted.asker} {found}; say which with --schedule")
    return names[0]


def _spans(wanted: Trade, schedule: str, roster: Roster) -> list[Span]:
    """From when to when; without an end: the asker's shift, and the other's next one."""
    starts = max(wanted.starts, roster.at)
    if wanted.ends is not None:
        if not starts < wanted.ends <= starts + AHEAD:
            raise Refused("that time makes no sense; write FROM before TO, and TO in the future")
        return [(starts, wanted.ends)]
    mine = _shift_of(wanted, schedule, roster)
    if mine is None or mine.starts is None or mine.ends is None:
        raise Refused(f"{wanted.asker} has no shift by {schedule} from then on; write FROM and TO")
    spans = [(max(mine.starts, starts), mine.ends)]
    after = _from(roster, schedule, mine.ends)
    theirs = next((shift for shift in after if shift.contact == wanted.other), None)
    if theirs is not None and theirs.starts is not None and theirs.ends is not None:
        spans.append((max(theirs.starts, mine.ends), theirs.ends))
    return spans


def _shift_of(wanted: Trade, schedule: str, roster: Roster) -> Shift | None:
    """The asker's shift at ``starts``, else their first one after it."""
    found = _from(roster, schedule, max(wanted.starts, roster.at))
    return next((shift for shift in found if shift.contact == wanted.asker), None)


def _from(roster: Roster, schedule: str, at: datetime) -> Iterator[Shift]:
    """The shift at ``at`` and those after it, as far as anybody can tell."""
    there = roster.moved_to(at)
    shift = there.shift(schedule)
    yield replace(shift, starts=shift.starts or at)
    for following in there.upcoming(schedule):
        if following.starts is not None and following.starts - at > AHEAD:
            return
        yield following


def _free_code(tx: WriteVerbs, now_ms: int) -> str:
    taken = tx.codes_of_swaps(now_ms - int(CODE_KEPT.total_seconds() * 1000))
    longer: Sequence[str] = [f"{CODE_LETTER}{number}" for number in range(100, 1000)]
    code = next((code for code in [*_CODES, *longer] if code not in taken), None)
    if code is None:
        raise Refused("too many swaps wait for an answer")
    return code
