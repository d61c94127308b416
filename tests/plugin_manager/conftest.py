"""Plugins as files of a folder, asked by the real plugin manager."""

from __future__ import annotations

import io
import logging
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pilotbridge.config.loader import Outline
from pilotbridge.logs import Redaction, configure
from pilotbridge.metrics import Metrics
from pilotbridge.model import (
    Alert,
    AlertState,
    Contact,
    Group,
    GroupId,
    InboundSms,
    Incident,
    IncidentId,
    Labels,
    Notification,
    Reason,
    Ref,
    Trouble,
)
from pilotbridge.plugin_manager import PluginHooks, Plugins, load_plugins
from pilotbridge.runtime.hook_thread import PluginThreads

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class WritingBridge:
    """As much of a bridge as a question needs: it collects what is to be written."""

    def __init__(self) -> None:
        self.wanted: list[Any] = []

    @contextmanager
    def question(self):
        self.wanted = []
        yield self.wanted

    def write(self, job: str) -> None:
        self.wanted.append(job)


class Shop:
    """A plugin folder, the plugins in it, and what they cause."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: list[str] = []
        self.troubles: list[Trouble] = []
        self.applied: list[Any] = []
        self.threads = PluginThreads()

    def write(self, name: str, code: str) -> Path:
        """A file in the folder, not named in the configuration."""
        path = self.folder / f"{name}.py"
        path.write_text(
            "from pilotbridge import Reply, Route, hookimpl\n" + textwrap.dedent(code), encoding="utf-8"
        )
        path.chmod(0o600)
        return path

    def add(self, name: str, code: str) -> Path:
        """A plugin that the configuration names after those before it."""
        self.names.append(name)
        return self.write(name, code)

    def outline(self) -> Outline:
        return Outline(tuple(self.names), frozenset(), frozenset(), self.folder)

    def load(self, *, safe: bool = False) -> Plugins:
        return load_plugins(self.outline(), safe=safe)

    def hooks(
        self, plugins: Plugins | None = None, *, deadline_s: float = 10.0, apply: Any = None
    ) -> PluginHooks:
        ticks = iter(range(1_000_000))
        return PluginHooks(
            plugins or self.load(),
            bridge_of=lambda _name: WritingBridge(),
            thread=self.threads,
            meter=Metrics(),
            apply=apply or self.applied.extend,
            raise_trouble=self.troubles.append,
            timer_s=lambda: float(next(ticks)),
            deadline_s=deadline_s,
        )

    def wait_until_told(self) -> None:
        told = threading.Event()
        self.threads.tell(told.set, 10.0)
        assert told.wait(10.0)


@pytest.fixture
def shop(tmp_path):
    tmp_path.chmod(0o700)
    shop = Shop(tmp_path)
    yield shop
    shop.threads.close()


@pytest.fixture
def alert() -> Callable[..., Alert]:
    def make(name: str = "DiskFull", **labels: str) -> Alert:
        return Alert("am", Labels({"alertname": name, **labels}), Labels(), AlertState.FIRING, NOON)

    return make


@pytest.fixture
def notification(alert) -> Notification:
    group = Group(GroupId(1), "page", "root", Labels({"alertname": "DiskFull"}))
    incident = Incident(IncidentId(1), Ref("417"), group, NOON, name="DiskFull")
    firing = (alert(),)
    contact = Contact("anna", None, "UTC")
    return Notification(incident, "page", Reason.FIRST, 1, firing, firing, (), contact, NOON)


@pytest.fixture
def inbound() -> InboundSms:
    return InboundSms("smspilot", "1", "79087964781", "79021121075", "417", NOON)


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
