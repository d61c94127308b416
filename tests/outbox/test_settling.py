"""One outcome for one message, decided from facts alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pilotbridge.clock import Instant
from pilotbridge.lifecycle import Event, State, advance
from pilotbridge.model import MessageId
from pilotbridge.outbox.backoff import backoff_ms
from pilotbridge.outbox.settling import Terms, settle
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Accepted, Deferred, Guarded, Lost, Receipt, Rejected, Withheld
from pilotbridge.store.records import OutboxRow, changed

NOW = Instant(1_700_000_000_000, 50_000, "boot")
STARTED = Instant(NOW.utc_ms - 500, NOW.boot_ms - 500, "boot")
TERMS = Terms("main", timedelta(minutes=5), timedelta(seconds=60))
DAY_MS = 86_400_000


class Highest:
    def uniform(self, low, high):
        return high


class Lowest:
    def uniform(self, low, high):
        return low


@pytest.fixture
def row() -> OutboxRow:
    return OutboxRow(
        id=MessageId(1), state=State.SENDING, recipient=PhoneNumber("+79087964781"), contact="",
        sender="INFORM", text="Диск", text_is_unique=True, critical=False, prefer_duplicate=False, ttl_min=60,
        origin="alert", incident_id=None, gateway="main", server_id="", parts=1, attempts=1, failures=0,
        doubt_tries=0, created_at_ms=NOW.utc_ms, due_at_ms=None, lapses_at_ms=NOW.utc_ms + DAY_MS, doubt=None,
        accepted_at_ms=None, checks=0, cause="", revision=3,
    )  # fmt: skip


def settled(row, outcome, terms=TERMS, rng=None):
    return settle(row, outcome, STARTED, NOW, terms, rng or Highest())


def test_a_gateway_that_says_how_long_to_wait_is_not_asked_earlier(row):
    move = settled(row, Deferred("busy", after=timedelta(minutes=10))).move

    assert move.due_at_ms == NOW.utc_ms + 600_000


def test_a_gateway_that_calls_for_a_short_wait_again_and_again_is_asked_no_more_often(row):
    move = settled(changed(row, failures=6), Deferred("busy", after=timedelta(seconds=1))).move

    assert move.due_at_ms == NOW.utc_ms + 128_000


@pytest.mark.parametrize(("counts", "failures"), [(True, 1), (False, 0)])
def test_only_what_counts_uses_up_an_attempt(row, counts, failures):
    assert settled(row, Deferred("busy", counts=counts)).move.sets["failures"] == failures


def test_a_gateway_that_is_down_hands_over_to_the_next_at_once(row):
    terms = replace(TERMS, successor="second", successor_sender="AB", down=True)

    done = settled(changed(row, failures=4), Deferred("connection refused"), terms)

    assert done.move.sets == {"gateway": "second", "sender": "AB", "failures": 0}
    assert done.move.due_at_ms == NOW.utc_ms
    assert done.gateway_failed


CLEAN = [
    Rejected(211, "r"),
    Withheld(241, "r", "balance"),
    Deferred("r"),
    Deferred("r", alone=True),
    Guarded("r"),
]


@pytest.mark.parametrize("outcome", [*CLEAN, Lost("r")], ids=lambda o: type(o).__name__)
def test_in_doubt_every_outcome_but_acceptance_leaves_it_in_doubt(row, outcome):
    doubtful = changed(row, doubt=STARTED, text_is_unique=False, attempts=2)

    done = settled(doubtful, outcome, replace(TERMS, successor="second", down=True))

    assert (done.move.event, done.move.doubt) == (Event.LOSE, STARTED)
    assert "gateway" not in done.move.sets


@pytest.mark.parametrize(
    "outcome", [*CLEAN, Lost("r"), Accepted(Receipt("1"))], ids=lambda o: type(o).__name__
)
@pytest.mark.parametrize("doubt", [None, STARTED])
def test_every_outcome_is_a_legal_move_with_a_reason_and_a_time_to_look_again(row, outcome, doubt):
    move = settled(changed(row, doubt=doubt), outcome).move

    after = advance(move.state, move.event, reason=move.reason, doubt=doubt is not None)
    assert (move.due_at_ms is None) is (after is State.REFUSED)


@pytest.mark.parametrize("left_ms", [DAY_MS, 30_000])
@pytest.mark.parametrize("cause", ["balance", "blocked", "configuration", "request", "unknown_code"])
def test_what_is_withheld_is_looked_at_again_at_the_latest_when_it_lapses(row, cause, left_ms):
    lapses_ms = NOW.utc_ms + left_ms
    move = settled(changed(row, lapses_at_ms=lapses_ms), Withheld(1, "r", cause)).move

    assert NOW.utc_ms < move.due_at_ms <= lapses_ms
    assert move.cause == cause


@pytest.mark.parametrize(("critical", "cap_ms"), [(True, 60_000), (False, 900_000)])
def test_waits_grow_up_to_a_cap_and_never_vanish(critical, cap_ms):
    longest = [backoff_ms(n, critical=critical, rng=Highest()) for n in range(1, 40)]
    shortest = [backoff_ms(n, critical=critical, rng=Lowest()) for n in range(1, 40)]

    assert longest == sorted(longest)
    assert longest[0] == 2000
    assert longest[-1] == cap_ms
    assert min(shortest) == 1000
