"""Several processes on one database, and orders that come while it is busy: nothing is lost or doubled."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time

import pytest

from pilotbridge.store.sqlite import SqliteEngine
from tests.process.conftest import COMMAND, Bridge, Senders

MANY = 10


def start_another(bridge: Bridge, name: str) -> subprocess.Popen[bytes]:
    with (bridge.folder / name).open("wb") as log:
        return subprocess.Popen(
            [COMMAND, "-c", bridge.file, "run"], stdout=log, stderr=log, cwd=bridge.folder
        )


def once_each(bridge: Bridge, names: list[str]) -> bool:
    texts = bridge.texts_taken()
    return all(sum(bool(re.search(rf"\b{name}\b", text)) for text in texts) == 1 for name in names)


@pytest.mark.timeout(120)
def test_of_many_that_start_at_once_exactly_one_runs(bridge: Bridge):
    started = [start_another(bridge, f"log-{number}") for number in range(MANY)]
    try:
        bridge.wait_for(
            lambda: sum(process.poll() is not None for process in started) == MANY - 1, 60, "nine ends"
        )
        bridge.wait_for(bridge._is_ready, 20, "the one that runs")
        assert bridge.fire("DiskFull") == 202
        bridge.wait_for(bridge.texts_taken, 20, "its SMS")

        assert sorted({process.poll() for process in started} - {None}) == [78]
        said = [(bridge.folder / f"log-{number}").read_text() for number in range(MANY)]
        assert sum("another PilotBridge" in text for text in said) == MANY - 1
        assert len(bridge.texts_taken()) == 1
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.timeout(120)
def test_an_owner_that_was_stopped_and_taken_over_sends_nothing_more(bridge: Bridge):
    bridge.order("faults", kind="slow", command="send", count=1, seconds=1.5)
    bridge.start()
    assert bridge.fire("Before") == 202
    bridge.wait_for(lambda: bridge.counts().get("sending"), 10, "a send under way")
    assert bridge.process is not None
    old = bridge.process
    old.send_signal(signal.SIGSTOP)

    refused = start_another(bridge, "refused")
    refused_code = refused.wait(20)
    bridge.database.with_suffix(".lock").unlink()  # somebody insists
    engine = SqliteEngine(bridge.database)
    engine.open(lambda _connection: None)
    engine.close()
    old.send_signal(signal.SIGCONT)
    code = old.wait(30)
    bridge.start()
    assert bridge.fire("After") == 202
    bridge.wait_for(lambda: set(bridge.counts()) <= {"accepted", "delivered"}, 30, "an end of all doubt")
    bridge.wait_for(lambda: len(bridge.texts_taken()) == 2, 30, "both SMS")

    assert refused_code == 78
    assert code != 0
    assert "has taken this database over" in (bridge.folder / "log").read_text("utf-8")
    assert once_each(bridge, ["Before", "After"])


@pytest.mark.timeout(120)
def test_reloads_pauses_and_silences_under_load_lose_and_double_nothing(bridge: Bridge):
    bridge.order("account", guard_s=300, balance_rub="1000000", operator_after_s=0.1, final_after_s=0.2)
    bridge.start()
    senders = Senders(bridge, pause_s=0.01)
    senders.start(3)

    ends_at = time.monotonic() + 4
    heard: list[int] = []
    while time.monotonic() < ends_at:
        heard.append(bridge.ask("POST", "/-/reload")[0])
        heard.append(bridge.ask("POST", "/api/v1/sending/pause", {"reason": "a race", "by": "a test"})[0])
        silence = {"matchers": ["alertname=Nobody"], "comment": "a race", "lasts_s": 60, "by": "a test"}
        heard.append(bridge.ask("POST", "/api/v1/silences", silence)[0])
        heard.append(bridge.ask("POST", "/api/v1/sending/resume", {"by": "a test"})[0])
    senders.stop()
    bridge.wait_for(lambda: set(bridge.counts()) == {"delivered"}, 60, "the delivery of all")

    assert set(heard) <= {200, 201}, (set(heard), json.dumps(heard[:8]))
    assert len(senders.acknowledged) > 20
    assert once_each(bridge, senders.acknowledged)
