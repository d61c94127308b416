"""A real Alertmanager with our URL as its webhook: firing, then resolved, as two SMS on the phone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pilotbridge.clock import SystemClock
from tests.process.conftest import COMMAND, TOKEN, Bridge

BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")

pytestmark = pytest.mark.skipif(
    BINARY is None, reason="no Alertmanager here: apt-get install prometheus-alertmanager"
)

CONFIGURATION = """
route: {{ receiver: bridge, group_by: [alertname], group_wait: 100ms, group_interval: 1s }}
receivers:
  - name: bridge
    webhook_configs:
      - url: http://127.0.0.1:{port}/in/alertmanager
        http_config: {{ authorization: {{ credentials: {token} }} }}
"""


class Alertmanager:
    """One Alertmanager on loopback."""

    def __init__(self, folder: Path, bridge: Bridge, configuration: str = CONFIGURATION) -> None:
        self.port = _free_port()
        file = folder / "alertmanager.yml"
        file.write_text(configuration.format(port=bridge.port, token=TOKEN))
        self._log = (folder / "alertmanager.log").open("wb")
        self.process = subprocess.Popen(
            [
                str(BINARY),
                f"--config.file={file}",
                f"--storage.path={folder / 'alertmanager'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--cluster.listen-address=",
            ],
            stdout=self._log,
            stderr=self._log,
        )
        bridge.wait_for(self._is_ready, 30, "Alertmanager")

    def _is_ready(self) -> bool:
        try:
            return bool(
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5).status == 200
            )
        except OSError:
            return False

    def post(self, **times: str) -> None:
        """What Prometheus would post about one alert."""
        alert = {
            "labels": {"alertname": "DiskFull", "instance": "db01", "severity": "critical"},
            "annotations": {"value": "95%"},
            **times,
        }
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/alerts",
            json.dumps([alert]).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=10).close()

    def stop(self) -> None:
        os.kill(self.process.pid, signal.SIGTERM)
        self.process.wait(10)
        self._log.close()


@pytest.fixture
def alertmanager(tmp_path: Path, bridge: Bridge) -> Iterator[Alertmanager]:
    bridge.start()
    running = Alertmanager(tmp_path, bridge)
    yield running
    running.stop()


@pytest.mark.timeout(120)
def test_firing_then_resolved_arrive_as_two_sms_and_can_be_traced(bridge: Bridge, alertmanager: Alertmanager):
    now = SystemClock().utc_now().isoformat()
    bridge.order("account", operator_after_s=0.1, final_after_s=0.3)

    alertmanager.post(startsAt=now)
    bridge.wait_for(lambda: bridge.counts().get("delivered") == 1, 30, "the first SMS")
    alertmanager.post(startsAt=now, endsAt=SystemClock().utc_now().isoformat())
    bridge.wait_for(lambda: bridge.counts().get("delivered") == 2, 30, "the second SMS")

    firing, resolved = bridge.texts_taken()
    ref = firing.partition("#")[2].split()[0]
    assert firing.startswith("CRIT DiskFull db01 95% ")
    assert resolved.startswith("CLEAR DiskFull db01 after ")
    assert resolved.endswith(f"#{ref}.2")
    listed = json.loads(_told(bridge, "messages", "list", "--json"))
    assert [message["state"] for message in listed] == ["delivered", "delivered"]
    trace = _told(bridge, "trace", ref)
    for step in ("on disk", "routed", "tell page-anna", "accepted", "delivered", "resolved"):
        assert step in trace, trace


def _told(bridge: Bridge, *command: str) -> str:
    done = subprocess.run(
        [COMMAND, "-c", bridge.file, *command], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
