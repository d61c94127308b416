"""Whatever happens on the way, in any order: nothing is lost, and nothing is sent twice."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from pilotbridge.lifecycle import State
from pilotbridge.phone import PhoneNumber

KINDS = (
    *("error_before", "error_after", "timeout_before", "timeout_after", "reset", "reply_lost", "torn"),
    *("truncated", "wrong_json", "html", "late", "down", "slow", "code"),
)
CODES = (110, 112, 241, 106, 113)
STEPS = 60
VISIBLE = {State.DELIVERED, State.PARKED, State.UNCONFIRMED}


class Course:
    """One bridge, its gateway, and a die that decides what happens next."""

    def __init__(self, post, seed: int) -> None:
        self.post = post
        self.rng = random.Random(seed)
        self.sent: dict[int, str] = {}
        self.fired: Counter[str] = Counter()

    def run(self) -> None:
        often = [self.send, self.break_something, self.wait]
        choices = [*often, *often, self.send, self.die, self.die_between, self.call_back]
        for _ in range(STEPS):
            self.rng.choice(choices)()

    def send(self) -> None:
        number = len(self.sent) + 1
        to = PhoneNumber(f"+7908796478{self.rng.randrange(4)}")
        critical = self.rng.random() < 0.3
        message = self.post.put(f"text {number}", to, critical=critical)
        self.sent[message] = f"text {number}"

    def break_something(self) -> None:
        kind = self.rng.choice(KINDS)
        self.fired[kind] += 1
        self.post.fault(
            kind,
            count=self.rng.randrange(1, 4),
            seconds=self.rng.randrange(1, 55),
            code=self.rng.choice(CODES),
        )

    def wait(self) -> None:
        self.post.run_for(seconds=self.rng.choice((0.1, 1, 7, 40, 200)))

    def die(self) -> None:
        self.post.crash(reboot=self.rng.random() < 0.2)

    def die_between(self) -> None:
        """After the answer, before it is on disk."""
        self.post.dispatches[0].turn()
        self.post.crash()

    def call_back(self) -> None:
        self.post.make_calls(token=self.rng.random() < 0.8)

    def heal(self) -> None:
        self.post.order("faults/clear")
        self.post.run_for(hours=3)
        self.post.make_calls()
        self.post.run_for(hours=26)


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_and_nothing_is_doubled(posts, seed):
    course = Course(posts(), seed)
    course.run()
    course.heal()

    arrived = Counter(course.post.arrived())
    for message, text in course.sent.items():
        state = course.post.state(message)
        assert arrived[text] <= 1, (seed, message, state, course.post.reasons(message))
        assert state in VISIBLE, (seed, message, state, course.post.reasons(message))
        if state is not State.PARKED:
            assert arrived[text] == 1, (seed, message, state, course.post.reasons(message))
    with course.post.store.read() as read:
        assert read.oddities() == []


@pytest.mark.parametrize("seed", range(6))
def test_of_two_gateways_never_both_send_a_message(posts, seed):
    post = posts("main", "second")
    course = Course(post, seed)
    course.run()
    course.heal()

    arrived = Counter(post.arrived("main")) + Counter(post.arrived("second"))
    for message, text in course.sent.items():
        state = post.state(message)
        assert arrived[text] <= 1, (seed, message, state, post.reasons(message))
        assert state is State.PARKED or arrived[text] == 1, (seed, message, state, post.reasons(message))
