"""The installed command as a process, a sandbox beside it, and senders that behave like real ones."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pilotbridge.sandbox.server import ThreadedServer
from pilotbridge.smspilot.wire import TEST_KEY
from pilotbridge.store.sqlite import SqliteEngine

COMMAND = Path(sys.executable).with_name("pilotbridge")
TOKEN = "the-token-of-the-process-tests"
READY_WITHIN_S = 20.0
AGAIN_S = 0.03

CONFIGURATION = """
bridge: {{ data_dir: "{folder}/data" }}
web:
  listen: 127.0.0.1:{port}
  external_url: http://127.0.0.1:{port}
  tokens: {{ test: {{ token: {token}, may: admin }} }}
gateways:
  smspilot:
    url: {gateway}/api2.php
    api_key: {key}
    sender: INFORM
    callback: on
    duplicate_window: 5m
    inbound_every: 1s
    read_timeout: 2s
sources: {{ alertmanager: {{ token: {token} }} }}
contacts: {{ anna: {{ phone: "+7 908 796-47-81" }} }}
receivers: [ {{ name: page-anna, steps: [ {{ notify: [sms:anna] }} ] }} ]
route: {{ receiver: page-anna, group_by: [alertname], group_wait: 0s }}
storm: {{ over: never }}
relay: {{ lines: [ {{ name: ops, number: "79021121075", prefix: "1234" }} ] }}
"""


@dataclass(slots=True)
class Bridge:
    """One bridge: its files, its port, and the process that runs it at the moment."""

    folder: Path
    port: int
    sandbox: ThreadedServer
    process: subprocess.Popen[bytes] | None = None
    ready_after_s: list[float] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "pilotbridge.yaml"

    @property
    def database(self) -> Path:
        return self.folder / "data" / "pilotbridge.db"

    def start(self, *options: str, level: str = "warning") -> float:
        """Run it until it is ready; returns the seconds that took."""
        began = time.monotonic()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [COMMAND, "-c", self.file, "run", "--log-level", level, *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        while not self._is_ready():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() - began < READY_WITHIN_S, self.log()
            time.sleep(0.005)
        self.ready_after_s.append(time.monotonic() - began)
        return self.ready_after_s[-1]

    def _is_ready(self) -> bool:
        try:
            return self.ask("GET", "/-/ready")[0] == 200
        except OSError:
            return False

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def end(self, within_s: float) -> int:
        """Wait for its own end; returns its exit code."""
        assert self.process is not None
        return self.process.wait(within_s)

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")[-4000:]

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """One request of its own connection.

        :raises OSError: when nobody answers.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            written = None if body is None else json.dumps(body).encode()
            connection.request(method, path, written, {"Authorization": f"Bearer {TOKEN}"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()

    def fire(self, name: str, status: str = "firing", **labels: str) -> int:
        """Post one alert as Alertmanager would; returns the HTTP status."""
        return self.ask("POST", "/in/alertmanager", webhook(name, status, **labels))[0]

    # -- what became of it -----------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """How many messages stand in each state, read beside or without a running bridge."""
        engine = SqliteEngine(self.database)
        try:
            with engine.read() as read:
                return {state.value: amount for state, amount in read.message_counts().items() if amount}
        finally:
            engine.close()

    def order(self, path: str, **fields: Any) -> Any:
        """One order of the sandbox's control."""
        return self._control("POST", path, fields)

    def look(self, path: str) -> Any:
        return self._control("GET", path, None)

    def _control(self, method: str, path: str, body: Any) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.sandbox.port, timeout=30)
        with contextlib.closing(connection):
            written = None if body is None else json.dumps(body).encode()
            connection.request(method, f"/sandbox/{path}", written)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            assert answer.status == 200, told
            return told

    def texts_taken(self) -> list[str]:
        """The text of every message the gateway took, oldest first."""
        return [message["text"] for message in reversed(self.look("messages?limit=1000000"))]

    def wait_for(self, is_true: Any, within_s: float, what: str) -> None:
        ends_at = time.monotonic() + within_s
        while not is_true():
            assert time.monotonic() < ends_at, f"{what} did not come within {within_s} s\n{self.log()}"
            time.sleep(0.05)


def webhook(name: str, status: str = "firing", **labels: str) -> dict[str, Any]:
    """Alertmanager's body about one alert, a group of its own."""
    alert = {
        "status": status,
        "labels": {"alertname": name, "severity": "critical", **labels},
        "annotations": {},
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2026-01-01T01:00:00Z" if status == "resolved" else "0001-01-01T00:00:00Z",
        "generatorURL": "",
    }
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{name}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "bridge",
        "groupLabels": {"alertname": name},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager",
        "alerts": [alert],
    }


@dataclass(slots=True)
class Senders:
    """Several Alertmanagers: each posts one alert after the other, and again until it hears 2xx."""

    bridge: Bridge
    pause_s: float
    severity: str = "critical"
    acknowledged: list[str] = field(default_factory=list)
    repeated: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, how_many: int) -> None:
        for sender in range(how_many):
            thread = threading.Thread(target=self._post, args=(sender,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """No new alert; the last of each is still posted until it is heard."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)

    def _post(self, sender: int) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            name = f"K{sender}x{number:05d}"
            while not self._is_heard(name):
                with self._lock:
                    self.repeated += 1
                time.sleep(AGAIN_S)
            with self._lock:
                self.acknowledged.append(name)
            time.sleep(self.pause_s)

    def _is_heard(self, name: str) -> bool:
        try:
            return 200 <= self.bridge.fire(name, severity=self.severity) < 300
        except OSError:
            return False


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Bridge]:
    """A bridge that is not running yet, and a sandbox that is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with ThreadedServer() as sandbox:
        bridge = Bridge(tmp_path, port, sandbox)
        written = CONFIGURATION.format(
            folder=tmp_path, port=port, gateway=sandbox.url, key=TEST_KEY, token=TOKEN
        )
        bridge.file.touch(mode=0o600)
        bridge.file.write_text(written, encoding="utf-8")
        yield bridge
        if bridge.process is not None and bridge.process.poll() is None:
            os.kill(bridge.process.pid, signal.SIGKILL)
            bridge.process.wait()
