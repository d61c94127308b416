"""The life of one outgoing message: its states, the events that move it, and the one table of legal moves.

Nothing else in the bridge compares states to decide what may follow; it asks :func:`advance`.
"""

from __future__ import annotations

from enum import StrEnum

from pilotbridge.errors import IllegalMove


class State(StrEnum):
    """Where a message is; the docstring of each is what an operator reads."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    PARKED = "parked"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNCONFIRMED = "unconfirmed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class Event(StrEnum):
    """What can happen to a message."""

    CLAIM = "claim"
    CANCEL = "cancel"
    LAPSE = "lapse"
    HOLD = "hold"
    RELEASE = "release"
    ACCEPT = "accept"
    LOSE = "lose"
    DEFER = "defer"
    REFUSE = "refuse"
    PARK = "park"
    REQUEUE = "requeue"
    CONFIRM = "confirm"
    FAIL = "fail"
    ELAPSE = "elapse"


S, E = State, Event

MOVES: dict[tuple[State, Event], State] = {
    (S.QUEUED, E.CLAIM): S.SENDING,
    (S.QUEUED, E.CANCEL): S.CANCELLED,
    (S.QUEUED, E.LAPSE): S.LAPSED,
    (S.QUEUED, E.HOLD): S.HELD,
    (S.HELD, E.RELEASE): S.QUEUED,
    (S.HELD, E.CANCEL): S.CANCELLED,
    (S.HELD, E.LAPSE): S.LAPSED,
    (S.SENDING, E.ACCEPT): S.ACCEPTED,
    (S.SENDING, E.LOSE): S.IN_DOUBT,
    (S.SENDING, E.DEFER): S.QUEUED,
    (S.SENDING, E.HOLD): S.HELD,
    (S.SENDING, E.REFUSE): S.REFUSED,
    (S.IN_DOUBT, E.CLAIM): S.SENDING,
    (S.IN_DOUBT, E.ACCEPT): S.ACCEPTED,
    (S.IN_DOUBT, E.PARK): S.PARKED,
    (S.PARKED, E.REQUEUE): S.QUEUED,
    (S.PARKED, E.ACCEPT): S.ACCEPTED,
    (S.PARKED, E.CANCEL): S.CANCELLED,
    (S.ACCEPTED, E.CONFIRM): S.DELIVERED,
    (S.ACCEPTED, E.FAIL): S.UNDELIVERED,
    (S.ACCEPTED, E.ELAPSE): S.UNCONFIRMED,
    (S.UNCONFIRMED, E.CONFIRM): S.DELIVERED,
    (S.UNCONFIRMED, E.FAIL): S.UNDELIVERED,
}

del S, E

FINAL = frozenset(State) - {state for state, _ in MOVES}
"""States no event leaves."""

FINISHED = FINAL | {State.UNCONFIRMED}
"""States that retention may delete: final ones, and those nobody waits for any more."""

UNSENT = frozenset({State.QUEUED, State.SENDING, State.IN_DOUBT, State.HELD})
"""States that keep back a later message to the same person about the same incident."""

STUCK = frozenset({State.HELD, State.IN_DOUBT, State.PARKED, State.REFUSED, State.UNDELIVERED, State.LAPSED})
"""States that ``messages list --stuck`` shows: a person may have to act."""


def advance(state: State, event: Event, *, reason: str, doubt: bool = False) -> State:
    """The state after ``event``.

    ``doubt`` says that an earlier attempt may have been accepted. Then a clean failure of this one
    proves nothing about that copy, so every outcome of a send but *accept* counts as *lose*.

    :raises IllegalMove: if the table has no such move, or ``reason`` is empty.
    """
    if not reason:
        raise IllegalMove(f"{event} of a {state} message without a reason")
    if doubt and state is State.SENDING and event is not Event.ACCEPT:
        event = Event.LOSE
    try:
        return MOVES[state, event]
    except KeyError:
        raise IllegalMove(f"{event} cannot happen to a {state} message ({reason})") from None


def doubt_after(event: Event, *, doubt: bool) -> bool:
    """Whether the message is in doubt once ``event`` has happened: doubt is sticky, but ends with it."""
    if event is Event.LOSE:
        return True
    return doubt and event not in (Event.ACCEPT, Event.REQUEUE, Event.CANCEL)


def diagram() -> str:
    """The table as a diagram (Mermaid), with a double border around what is final."""
    lines = ["stateDiagram-v2", "    [*] --> queued: enqueue", "    [*] --> held: enqueue, with a reason"]
    lines += [f"    {state} --> {after}: {event}" for (state, event), after in MOVES.items()]
    lines += [f"    {state} --> [*]" for state in State if state in FINAL]
    return "\n".join(lines)


if __name__ == "__main__":
    import sys

    sys.stdout.write(diagram() + "\n")
