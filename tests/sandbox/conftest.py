"""A sandbox without a socket, under a clock that moves by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pilotbridge.sandbox.callbacks import Call, Heard
from pilotbridge.sandbox.core import Sandbox
from pilotbridge.sandbox.http import Fault, Request, Response
from pilotbridge.sandbox.state_file import StateFile
from pilotbridge.sandbox.world import World
from pilotbridge.smspilot import wire

PHONE = "79087964781"
START = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)


class Box:
    """A sandbox, the time, and one client of it."""

    def __init__(self, world: World | None = None) -> None:
        self.sandbox = Sandbox(world)
        self.now = START
        self.called: list[Call] = []
        self.scripts_answer = [Heard(200, "OK")]

    def run_for(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def request(
        self, body: bytes = b"", *, query: str = "", client: str = "127.0.0.1", **headers: str
    ) -> Response | Fault:
        return self.sandbox.handle(Request("POST", "/api2.php", query, headers, body, client), self.now)

    def ask(self, *, key: str = wire.TEST_KEY, **document: Any) -> Any:
        """One command as a JSON client sends it; its answer read."""
        answer = self.request(json.dumps({"apikey": key} | document).encode())
        assert isinstance(answer, Response), answer
        return json.loads(answer.body)

    def send(self, *texts: str, to: str = PHONE, **fields: Any) -> list[dict[str, Any]]:
        return self.ask(send=[{"to": to, "text": text} | fields for text in texts])["send"]

    def error_of(self, text: str = "hi", **fields: Any) -> int:
        return self.send(text, **fields)[0]["error"]

    def status_of(self, server_id: str | int) -> tuple[int, int]:
        entry = self.ask(check=[{"server_id": server_id}])["check"][0]
        return entry["status"], entry["error"]

    def order(self, path: str, **fields: Any) -> Any:
        """One order of the control, which must be carried out."""
        status, told = self.try_order(path, **fields)
        assert status == 200, told
        return told

    def try_order(self, path: str, **fields: Any) -> tuple[int, Any]:
        request = Request("POST", f"/sandbox/{path}", body=json.dumps(fields).encode())
        answer = self.sandbox.handle(request, self.now)
        return answer.status, json.loads(answer.body)

    def look(self, path: str, query: str = "") -> Any:
        answer = self.sandbox.handle(Request("GET", f"/sandbox/{path}", query), self.now)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def make_calls(self) -> list[tuple[int, int]]:
        """Make the callbacks that are due; what they told, as (status, error)."""
        before = len(self.called)
        self.sandbox.make_calls(self.now, self._perform)
        return [(call.status, call.error) for call in self.called[before:]]

    def _perform(self, call: Call) -> Heard:
        self.called.append(call)
        return self.scripts_answer.pop(0) if len(self.scripts_answer) > 1 else self.scripts_answer[0]


class Kept(Box):
    """A sandbox that a file keeps."""

    def __init__(self, path: Path) -> None:
        self.file = StateFile(path)
        super().__init__(self.file.open())


@pytest.fixture
def box() -> Box:
    return Box()
