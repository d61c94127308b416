"""The life of a message: one table, every state reachable, doubt that does not go away by itself."""

from __future__ import annotations

import re
from pathlib import Path

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
    diagram,
    doubt_after,
)

TOP = Path(__file__).parent.parent


def test_every_state_can_be_reached_from_the_start():
    reached = {State.QUEUED, State.HELD}
    while new := {after for (state, _), after in MOVES.items() if state in reached} - reached:
        reached |= new

    assert reached == set(State)


def test_nothing_leaves_a_final_state():
    assert {State.DELIVERED, State.UNDELIVERED, State.REFUSED, State.CANCELLED, State.LAPSED} == FINAL


def test_what_may_be_forgotten_is_final_or_waited_for_by_nobody():
    assert {State.UNCONFIRMED} == FINISHED - FINAL


def test_what_holds_back_a_later_message_may_still_be_sent_before_it():
    assert {State.QUEUED, State.SENDING, State.IN_DOUBT, State.HELD} == UNSENT


def test_whoever_is_stuck_has_a_reason_to_be_looked_at():
    assert State.ACCEPTED not in STUCK
    assert {State.HELD, State.IN_DOUBT, State.PARKED} <= STUCK


@pytest.mark.parametrize(("move", "after"), MOVES.items())
def test_a_legal_move_leads_where_the_table_says(move, after):
    state, event = move

    assert advance(state, event, reason="because") is after


@pytest.mark.parametrize("move", [(s, e) for s in State for e in Event if (s, e) not in MOVES])
def test_every_other_move_is_illegal(move):
    with pytest.raises(IllegalMove, match=r"cannot happen to"):
        advance(*move, reason="because")


def test_a_move_without_a_reason_is_illegal():
    with pytest.raises(IllegalMove, match="without a reason"):
        advance(State.QUEUED, Event.CLAIM, reason="")


@pytest.mark.parametrize("event", [Event.DEFER, Event.HOLD, Event.REFUSE, Event.LOSE])
def test_in_doubt_every_outcome_of_a_retry_but_acceptance_leaves_the_doubt(event):
    assert advance(State.SENDING, event, reason="because", doubt=True) is State.IN_DOUBT
    assert doubt_after(event, doubt=True)


def test_acceptance_ends_the_doubt():
    assert advance(State.SENDING, Event.ACCEPT, reason="because", doubt=True) is State.ACCEPTED
    assert not doubt_after(Event.ACCEPT, doubt=True)


def test_only_acceptance_a_written_requeue_and_being_called_off_end_the_doubt():
    ending = {event for event in Event if not doubt_after(event, doubt=True)}

    assert ending == {Event.ACCEPT, Event.REQUEUE, Event.CANCEL}


def test_a_lost_answer_begins_the_doubt():
    beginning = {event for event in Event if doubt_after(event, doubt=False)}

    assert beginning == {Event.LOSE}


def test_the_schema_knows_the_states_of_the_table():
    schema = (TOP / "pilotbridge/store/migrations/0001_spine.sql").read_text("utf-8")
    table = schema[schema.index("CREATE TABLE message (") :]
    check = re.search(r"CHECK \(state IN \((.*?)\)\)", table, re.DOTALL)
    assert check

    assert set(re.findall(r"'(\w+)'", check[1])) == {state.value for state in State}


def test_the_diagram_in_the_docs_is_the_table():
    assert f"```mermaid\n{diagram()}\n```" in (TOP / "docs/delivery.md").read_text("utf-8")


def test_every_state_stands_in_the_docs():
    docs = (TOP / "docs/delivery.md").read_text("utf-8")

    assert not [state for state in State if f"\n| {state.value.replace('_', ' ')} |" not in docs]
