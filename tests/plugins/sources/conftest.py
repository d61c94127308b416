"""One body as a source gets it, and the captures of real senders."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pilotbridge import Incoming

CAPTURES = Path(__file__).parent / "payloads"
RECEIVED = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def incoming(body: Any, source: str = "monitoring") -> Incoming:
    """``body`` as bytes, or as what is to be written as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Incoming(source, raw, {}, {}, RECEIVED)


@pytest.fixture
def captured() -> Callable[[str], Any]:
    """The body of a capture by the name of its file."""
    return lambda name: json.loads((CAPTURES / f"{name}.json").read_text(encoding="utf-8"))["body"]
