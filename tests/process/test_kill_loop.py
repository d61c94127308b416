"""kill -9 again and again under load, with lost replies: nothing is lost, nothing is doubled."""

from __future__ import annotations

import random
import re
import time
from collections import Counter

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
    dice = random.Random(20260101)
    bridge.order("account", guard_s=300, balance_rub="1000000", operator_after_s=0.05, final_after_s=0.1)
    bridge.order("faults", kind="reply_lost", command="send", count=None, probability=LOST_REPLIES, seed=7)
    bridge.order("faults", kind="slow", command="send", count=None, probability=0.5, seconds=0.03, seed=8)
    senders = Senders(bridge, PAUSE_S)
    history: list[str] = []
    in_flight = 0

    bridge.start()
    senders.start(SENDERS)
    kill = 0
    while kill < KILLS or (len(senders.acknowledged) < ACKNOWLEDGED_MIN and kill < KILLS_MAX):
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
    verdict = (
        f"{kill} kills, {in_flight} with a send in flight; {len(senders.acknowledged)} alerts acknowledged "
        f"({senders.repeated} posts repeated); lost {len(lost)}, doubled {len(doubled)}; "
        f"at the end {bridge.counts()}; "
        f"ready after {sorted(bridge.ready_after_s)[kill // 2]:.2f} s (median)"
    )
    with capsys.disabled():
        print("", *history, verdict, sep="\n")  # noqa: T201 - the verdict is the result
    assert not lost, f"{verdict}\n{lost[:20]}"
    assert not doubled, f"{verdict}\n{doubled}"
    assert len(senders.acknowledged) >= ACKNOWLEDGED_MIN, verdict
    assert in_flight >= IN_FLIGHT_MIN, verdict


def _name(text: str) -> str:
    found = re.search(r"K\dx\d{5}", text)
    assert found, text
    return found.group()
