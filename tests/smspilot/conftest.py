"""A gateway client whose network is the sandbox in the same process."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pilotbridge.config.settings import GatewaySettings, Secret
from pilotbridge.logs import Redaction, configure
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Outcome, OutgoingSms
from pilotbridge.runtime.stepped import HandClock
from pilotbridge.sandbox.core import Sandbox
from pilotbridge.sandbox.http import Request
from pilotbridge.smspilot import wire
from pilotbridge.smspilot.client import SmspilotGateway
from pilotbridge.testing.adapter import SandboxAdapter

ANNA = PhoneNumber("+79087964781")
BORIS = PhoneNumber("+79131437355")
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Line:
    """One account at the sandbox, and the client that talks to it."""

    def __init__(self) -> None:
        self.clock = HandClock(START)
        self.sandbox = Sandbox()
        self.settings = GatewaySettings("main", api_key=Secret(wire.TEST_KEY))

    def gateway(self, adapter: Any = None, **changes: Any) -> SmspilotGateway:
        options = {key: changes.pop(key) for key in ("debug", "referral", "meter") if key in changes}
        return SmspilotGateway(
            replace(self.settings, **changes),
            clock=self.clock,
            user_agent="PilotBridge/test",
            make_adapter=lambda: adapter or SandboxAdapter(self.sandbox, self.clock.utc_now),
            **options,
        )

    def order(self, path: str, **fields: Any) -> Any:
        """One order to the sandbox's control."""
        request = Request("POST", f"/sandbox/{path}", body=json.dumps(fields).encode())
        answer = self.sandbox.handle(request, self.clock.utc_now())
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def look(self, path: str) -> Any:
        return json.loads(self.sandbox.handle(Request("GET", f"/sandbox/{path}"), self.clock.utc_now()).body)

    def submit(self, *messages: OutgoingSms, **changes: Any) -> list[Outcome]:
        """The outcomes of one packet, in its order."""
        submitted = self.gateway(**changes).submit(messages)
        assert list(submitted.outcomes) == [sms.client_id for sms in messages]
        return list(submitted.outcomes.values())


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def sms() -> Callable[..., OutgoingSms]:
    def make(
        client_id: int = 7, text: str = "disk full", to: PhoneNumber = ANNA, **fields: Any
    ) -> OutgoingSms:
        return OutgoingSms(client_id, to, text, **fields)

    return make


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged; afterwards logging is as before."""
    handlers, level = list(logging.root.handlers), logging.root.level
    written = io.StringIO()
    configure(Redaction(), stream=written, as_json=True)
    yield written
    logging.root.handlers = handlers
    logging.root.setLevel(level)
    logging.captureWarnings(False)
