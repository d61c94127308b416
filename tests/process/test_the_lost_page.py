"""A page that a relay without memory loses, and that arrives here: one Alertmanager tells both at once.

The relay does what sachet does (``cmd/sachet/handlers.go``): one try, and 400 when the gateway does not take
it. Alertmanager gives a 400 up until the next look at the group, and by then the alert is over.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pilotbridge.clock import SystemClock
from pilotbridge.smspilot.wire import TEST_KEY
from tests.process.conftest import TOKEN, Bridge
from tests.process.test_alertmanager import _free_port

BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")

pytestmark = pytest.mark.skipif(
    BINARY is None, reason="no Alertmanager here: apt-get install prometheus-alertmanager"
)

BORIS = "79087964782"
AWAY_S, OVER_AFTER_S, GROUP_INTERVAL_S = 2, 6, 9
"""Ten seconds, two minutes and five minutes, shortened."""
CONFIGURATION = """
route: {{ receiver: both, group_by: [alertname], group_wait: 100ms, group_interval: {interval}s }}
receivers:
  - name: both
    webhook_configs:
      - url: http://127.0.0.1:{relay}/alert
      - url: http://127.0.0.1:{port}/in/alertmanager
        http_config: {{ authorization: {{ credentials: {token} }} }}
"""


@contextmanager
def relay(gateway: str, answers: list[int]) -> Iterator[int]:
    """A relay without memory; what it answered is appended to ``answers``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            alert = body["alerts"][0]["labels"]["alertname"]
            answers.append(200 if sent(gateway, f"{body['status'].upper()} {alert}") else 400)
            self.send_response(answers[-1])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sent(gateway: str, text: str) -> bool:
    """One SMS to Boris, tried once."""
    sms = {"apikey": TEST_KEY, "send": [{"id": 1, "from": "INFORM", "to": BORIS, "text": text}]}
    request = urllib.request.Request(
        f"{gateway}/api2.php", json.dumps(sms).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return "send" in json.loads(answer.read())
    except OSError:
        return False


@contextmanager
def alertmanager(folder: Path, bridge: Bridge, relay_port: int) -> Iterator[int]:
    port = _free_port()
    file = folder / "alertmanager.yml"
    file.write_text(
        CONFIGURATION.format(port=bridge.port, token=TOKEN, relay=relay_port, interval=GROUP_INTERVAL_S)
    )
    command = [str(BINARY), f"--config.file={file}", f"--storage.path={folder / 'alertmanager'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    with (folder / "alertmanager.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        bridge.wait_for(lambda: is_ready(port), 30, "Alertmanager")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def tell(port: int, **times: str) -> None:
    """What Prometheus would post about one alert."""
    alert = {"labels": {"alertname": "DiskFull", "instance": "db01", "severity": "critical"}, **times}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v2/alerts",
        json.dumps([alert]).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=10).close()


def texts(bridge: Bridge) -> dict[str, list[str]]:
    """What the gateway took for each phone, oldest first."""
    found: dict[str, list[str]] = {}
    for message in reversed(bridge.look("messages?limit=1000")):
        found.setdefault(message["to"], []).append(message["text"])
    return found


@pytest.mark.timeout(120)
def test_the_page_that_a_relay_without_memory_loses_arrives_at_once_when_the_gateway_is_back(
    tmp_path: Path, bridge: Bridge
):
    bridge.start()
    answers: list[int] = []
    gateway = f"http://127.0.0.1:{bridge.sandbox.port}"
    with relay(gateway, answers) as relay_port, alertmanager(tmp_path, bridge, relay_port) as port:
        now, began = SystemClock().utc_now().isoformat(), time.monotonic()
        bridge.order("faults", kind="down", count=None, for_s=AWAY_S)

        tell(port, startsAt=now)
        time.sleep(max(began + AWAY_S + 0.3 - time.monotonic(), 0))
        bridge.wait_for(lambda: "79087964781" in texts(bridge), 10, "our page")
        arrived_s = time.monotonic() - began
        time.sleep(max(began + OVER_AFTER_S - time.monotonic(), 0))
        tell(port, startsAt=now, endsAt=SystemClock().utc_now().isoformat())
        bridge.wait_for(lambda: len(texts(bridge)["79087964781"]) == 2, 30, "our end")
        time.sleep(1)

    heard = texts(bridge)
    assert answers == [400]
    assert BORIS not in heard
    assert [text.split()[0] for text in heard["79087964781"]] == ["CRIT", "CLEAR"]
    assert arrived_s < OVER_AFTER_S
