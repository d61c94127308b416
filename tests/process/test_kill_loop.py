"""kill -9 again and again under load, with lost replies: nothing is lost, nothing is doubled."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from dataclasses import dataclass

import pytest

from tests.process.conftest import Bridge, Senders

KILLS, KILLS_MAX = 60, 180
ACKNOWLEDGED_MIN = 2_000
IN_FLIGHT_MIN = 30
SENDERS, PAUSE_S = 6, 0.01
LOST_REPLIES = 0.10
DRAINED_WITHIN_S = 150.0
WAITING = ("queued", "sending", "in_doubt")


@pytest.mark.timeout(400)
def test_sixty_kills_under_load_lose_and_double_nothing(bridge: Bridge, capsys):
    verdict = killed_again_and_again(bridge, Senders(bridge, PAUSE_S), KILLS, ACKNOWLEDGED_MIN)

    with capsys.disabled():
        verdict.print()
    verdict.check(IN_FLIGHT_MIN)


@pytest.mark.timeout(400)
def test_kills_amid_packets_lose_and_double_nothing(bridge: Bridge, capsys):
    """Warnings to many people: what one packet came to is written by the commit that claims the next."""
    _tell_many(bridge)
    senders = Senders(bridge, 0.0, severity="warning")

    verdict = killed_again_and_again(bridge, senders, KILLS // 2, ACKNOWLEDGED_MIN // 2)

    with capsys.disabled():
        verdict.print()
    verdict.check(IN_FLIGHT_MIN // 3)


def _tell_many(bridge: Bridge) -> None:
    """Every sender's alerts go to a person of their own, so that their SMS share packets."""
    written = bridge.file.read_text("utf-8")
    people = range(SENDERS)
    contacts = ", ".join(f'c{n}: {{ phone: "+7 908 796-47-{n:02d}" }}' for n in people)
    receivers = ", ".join(f"{{ name: page-c{n}, steps: [ {{ notify: [sms:c{n}] }} ] }}" for n in people)
    routes = ", ".join(f"{{ matchers: ['alertname=~\"K{n}x.*\"'], receiver: page-c{n} }}" for n in people)
    route = "route: { receiver: page-anna, group_by: [alertname], group_wait: 0s"
    for before, after in (
        ("contacts: { ", f"contacts: {{ {contacts}, "),
        ("receivers: [ ", f"receivers: [ {receivers}, "),
        (route, f"{route}, routes: [ {routes} ]"),
    ):
        assert before in written
        written = written.replace(before, after)
    bridge.file.write_text(written + "limits: { sms_per_contact_per_hour: 1000000 }\n", "utf-8")


@dataclass(frozen=True)
class Verdict:
    """What came of a loop of kills."""

    history: list[str]
    sentence: str
    lost: list[str]
    doubled: dict[str, int]
    acknowledged: int
    acknowledged_min: int
    in_flight: int

    def print(self) -> None:
        print("", *self.history, self.sentence, sep="\n")  # noqa: T201 - the verdict is the result

    def check(self, in_flight_min: int) -> None:
        assert not self.lost, f"{self.sentence}\n{self.lost[:20]}"
        assert not self.doubled, f"{self.sentence}\n{self.doubled}"
        assert self.acknowledged >= self.acknowledged_min, self.sentence
        assert self.in_flight >= in_flight_min, self.sentence


def killed_again_and_again(bridge: Bridge, senders: Senders, kills: int, acknowledged_min: int) -> Verdict:
    dice = random.Random(20260101)
    bridge.order("account", guard_s=300, balance_rub="1000000", operator_after_s=0.05, final_after_s=0.1)
    bridge.order("faults", kind="reply_lost", command="send", count=None, probability=LOST_REPLIES, seed=7)
    bridge.order("faults", kind="slow", command="send", count=None, probability=0.5, seconds=0.03, seed=8)
    history: list[str] = []
    in_flight = 0

    bridge.start()
    senders.start(SENDERS)
    kill = 0
    while kill < kills or (len(senders.acknowledged) < acknowledged_min and kill < KILLS_MAX):
        kill += 1
        lived_s = dice.uniform(0.05, 0.3)
        time.sleep(lived_s)
        bridge.kill()
        left = bridge.counts()
        in_flight += left.get("sending", 0) > 0
        acknowledged = len(senders.acknowledged)
        history.append(
            f"kill {kill:2d} after {lived_s * 1000:3.0f} ms: {acknowledged:5d} acknowledged, {left}"
        )
        bridge.start()
    senders.stop()
    bridge.order("faults/clear")
    bridge.wait_for(
        lambda: not any(bridge.counts().get(state) for state in WAITING), DRAINED_WITHIN_S, "an empty outbox"
    )

    taken = Counter(_name(text) for text in bridge.texts_taken())
    lost = [name for name in senders.acknowledged if name not in taken]
    doubled = {name: times for name, times in taken.items() if times > 1}
    sentence = (
        f"{kill} kills, {in_flight} with a send in flight; {len(senders.acknowledged)} alerts acknowledged "
        f"({senders.repeated} posts repeated); lost {len(lost)}, doubled {len(doubled)}; "
        f"at the end {bridge.counts()}; "
        f"ready after {sorted(bridge.ready_after_s)[kill // 2]:.2f} s (median)"
    )
    amount = len(senders.acknowledged)
    return Verdict(history, sentence, lost, doubled, amount, acknowledged_min, in_flight)


def _name(text: str) -> str:
    found = re.search(r"K\dx\d{5}", text)
    assert found, text
    return found.group()
