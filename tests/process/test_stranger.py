"""A whole bridge against a gateway of another taste: each alert arrives once, or is plainly stuck."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.process.conftest import CONFIGURATION, TOKEN, Bridge
from tests.process.stranger import TASTES, Stranger

ANNA, BORIS = "79087964781", "79087964782"
ALERTS = 2 * len(TASTES)


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger() as running:
        yield running


@pytest.fixture
def bridge(tmp_path: Path, stranger: Stranger) -> Iterator[Bridge]:
    """Like the others', but with the stranger as its gateway and two people to tell."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    written = CONFIGURATION.format(
        folder=tmp_path, port=port, gateway=stranger.url, key="K" * 64, token=TOKEN
    )
    written = written.replace("notify: [sms:anna]", "notify: [sms:anna, sms:boris]")
    written = written.replace("contacts: {", 'contacts: { boris: { phone: "+7 908 796-47-82" },')
    written = written.replace("duplicate_window: 5m", "duplicate_window: 5m\n    status_every: 1s")
    bridge = Bridge(tmp_path, port, stranger)  # type: ignore[arg-type]
    bridge.file.touch(mode=0o600)
    bridge.file.write_text(written, encoding="utf-8")
    yield bridge
    if bridge.process is not None and bridge.process.poll() is None:
        os.kill(bridge.process.pid, signal.SIGKILL)
        bridge.process.wait()


@pytest.mark.timeout(120)
def test_every_alert_arrives_once_at_a_gateway_that_was_not_written_here(bridge, stranger):
    bridge.start()

    for number in range(ALERTS):
        assert bridge.fire(f"Strange{number:02d}", severity="warning") == 202
    bridge.wait_for(lambda: bridge.counts() == {"delivered": 2 * ALERTS}, 60, "the delivery of all")

    assert set(stranger.used) == set(TASTES)
    for phone in (ANNA, BORIS):
        names = Counter(text.split()[1] for text in stranger.texts_to(phone))
        assert names == {f"Strange{number:02d}": 1 for number in range(ALERTS)}


@pytest.mark.timeout(120)
def test_what_it_refuses_for_one_person_is_plainly_stuck_and_costs_nobody_else_anything(bridge, stranger):
    stranger.refused_numbers[BORIS] = 212
    bridge.start()

    assert bridge.fire("Strange", severity="warning") == 202
    bridge.wait_for(lambda: bridge.counts() == {"delivered": 1, "refused": 1}, 30, "an end of both")

    stuck = json.loads(bridge.ask("GET", "/api/v1/messages?stuck=1")[1])
    assert [message["state"] for message in stuck] == ["refused"]
    assert "212" in json.dumps(stuck)
    assert len(stranger.texts_to(ANNA)) == 1
