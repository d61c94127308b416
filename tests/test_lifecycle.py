"""The one table of states: every state reachable, every illegal move refused, doubt sticky."""

import itertools

import pytest

from pilotbridge.errors import IllegalMove
from pilotbridge.lifecycle import (
    FINAL,
    FINISHED,
    MOVES,
    STUCK,
    UNSENT,
    Event,
    State,
    advance,
    doubt_after,
)
from pilotbridge.store.migrations import numbered


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_a_move_is_in_the_table_or_refused_with_its_reason(state, event):
    if (state, event) in MOVES:
        assert advance(state, event, reason="a test") is MOVES[state, event]
    else:
        with pytest.raises(IllegalMove, match=f"{event} cannot happen to a {state} message"):
            advance(state, event, reason="a test")


def test_nothing_moves_without_a_reason():
    with pytest.raises(IllegalMove, match="without a reason"):
        advance(State.QUEUED, Event.CLAIM, reason="")


@pytest.mark.parametrize("start", [State.QUEUED, State.HELD])
def test_every_state_can_be_reached(start):
    reached, waiting = {start}, [start]
    while waiting:
        state = waiting.pop()
        for (before, _), after in MOVES.items():
            if before is state and after not in reached:
                reached.add(after)
                waiting.append(after)

    assert reached == set(State)


@pytest.mark.parametrize("event", [Event.DEFER, Event.HOLD, Event.REFUSE, Event.LOSE])
def test_in_doubt_only_an_acceptance_counts(event):
    assert advance(State.SENDING, event, reason="a test", doubt=True) is State.IN_DOUBT
    assert advance(State.SENDING, Event.ACCEPT, reason="a test", doubt=True) is State.ACCEPTED


@pytest.mark.parametrize("event", Event)
def test_doubt_begins_with_a_lost_answer_and_ends_with_an_acceptance_or_a_decision(event):
    assert doubt_after(event, doubt=False) is (event is Event.LOSE)
    assert doubt_after(event, doubt=True) is (event not in (Event.ACCEPT, Event.REQUEUE))


def test_final_states_have_no_way_out_and_only_finished_ones_may_be_forgotten():
    assert not {state for state, _ in MOVES} & FINAL
    assert FINAL | {State.UNCONFIRMED} == FINISHED
    assert not UNSENT & FINISHED
    assert State.DELIVERED not in STUCK


def test_the_schema_knows_the_same_states():
    schema = numbered()[1]

    listed = schema.split("CREATE TABLE message (")[1].split("CHECK (state IN (")[1].split("))")[0]
    assert {word.strip(" \n'") for word in listed.split(",")} == set(State)
