"""A dry run: the real bridge, a gateway that sends nothing, a database that is gone afterwards."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

from tests.cli.conftest import TOKEN, Bridge, Run

ALERT = {
    "version": "4",
    "status": "firing",
    "groupKey": "g",
    "receiver": "r",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "DiskFull", "instance": "db01", "severity": "critical"},
            "annotations": {},
            "startsAt": "2026-01-01T00:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
        }
    ],
}


def fire(bridge: Bridge) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{bridge.port}/in/alertmanager",
        json.dumps(ALERT).encode(),
        {"Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def lines_of(bridge: Bridge, event: str, *, within_s: float = 10.0) -> list[dict[str, Any]]:
    """Lines of the log with ``event``, as soon as there are any."""
    ends_at = time.monotonic() + within_s
    while True:
        lines = [json.loads(line) for line in bridge.log().splitlines() if line.startswith("{")]
        found = [line for line in lines if line["event"] == event]
        if found or time.monotonic() > ends_at:
            return found
        time.sleep(0.05)


def test_what_would_have_gone_is_logged_and_nothing_goes(make_bridge, sandbox):
    bridge = make_bridge(key="A-KEY-OF-NO-SANDBOX", sender="OURNAME").start("--dry-run")

    assert fire(bridge) == 202
    [line] = lines_of(bridge, "an SMS would have gone")

    assert line["text"].startswith("CRIT DiskFull db01")
    assert (line["to"], line["sender"], line["level"]) == ("+7908***4781", "OURNAME", "info")
    assert sandbox.sandbox.world.messages == {}
    assert bridge.stop() == 0


def test_the_real_data_is_not_touched(make_bridge):
    bridge = make_bridge().start("--dry-run")
    fire(bridge)
    lines_of(bridge, "an SMS would have gone")

    assert bridge.stop() == 0

    assert not bridge.database.parent.exists()


def test_an_address_that_is_taken_is_a_sentence(pilotbridge: Run, bridge):
    bridge.start()

    told = pilotbridge("run", "--dry-run", config=bridge.file)

    assert told.code == 78
    assert "is taken by another program; stop it, or change web.listen" in told.err
    assert bridge.stop() == 0
