"""A real client of PagerDuty's Events API, the one in Alertmanager, pages the bridge instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pilotbridge.clock import SystemClock
from tests.process import test_alertmanager
from tests.process.conftest import CONFIGURATION, TEST_KEY, TOKEN, Bridge
from tests.process.conftest import bridge as bridge  # the fixture

pytestmark = test_alertmanager.pytestmark

ALERTMANAGER = """
route: {{ receiver: pages, group_by: [alertname], group_wait: 100ms, group_interval: 1s }}
receivers:
  - name: pages
    pagerduty_configs:
      - routing_key: {token}
        url: http://127.0.0.1:{port}/in/pages/v2/enqueue
        severity: critical
"""


@pytest.fixture
def alertmanager(tmp_path: Path, bridge: Bridge) -> Iterator[test_alertmanager.Alertmanager]:
    written = CONFIGURATION.format(
        folder=tmp_path, port=bridge.port, gateway=bridge.sandbox.url, key=TEST_KEY, token=TOKEN
    )
    pages = f"sources: {{ pages: {{ type: pagerduty_events_v2, token: {TOKEN} }}, "
    written = written.replace("sources: { ", pages)
    bridge.file.write_text(written.replace("group_wait: 0s", "group_wait: 0s, group_interval: 1s"))
    bridge.start()
    running = test_alertmanager.Alertmanager(tmp_path, bridge, ALERTMANAGER)
    yield running
    running.stop()


@pytest.mark.timeout(120)
def test_a_page_and_its_end_arrive_as_two_sms(bridge: Bridge, alertmanager: test_alertmanager.Alertmanager):
    now = SystemClock().utc_now().isoformat()
    bridge.order("account", operator_after_s=0.1, final_after_s=0.3)

    alertmanager.post(startsAt=now)
    bridge.wait_for(lambda: bridge.counts().get("delivered") == 1, 30, "the page")
    alertmanager.post(startsAt=now, endsAt=SystemClock().utc_now().isoformat())
    bridge.wait_for(lambda: bridge.counts().get("delivered") == 2, 30, "its end")

    page, over = bridge.texts_taken()
    assert page.startswith("CRIT ")
    assert "DiskFull" in page
    assert over.startswith("CLEAR ")
    assert TOKEN.encode() not in bridge.database.read_bytes()
