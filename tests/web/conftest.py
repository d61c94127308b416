"""A small ASGI client without sockets, and an intake on a real store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import pytest

from pilotbridge.config.settings import (
    RouteNode,
    Secret,
    Settings,
    SourceSettings,
    StoreSettings,
    WebSettings,
)
from pilotbridge.metrics import Metrics
from pilotbridge.model import Alert, AlertState, JournalId, Labels, Parsed, Severity, Trouble
from pilotbridge.protocols import Arrived, Incoming, Malformed, Unreadable
from pilotbridge.runtime.stepped import HandClock
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.migrations import migrate
from pilotbridge.store.records import Body, Refusal
from pilotbridge.store.sqlite import SqliteEngine
from pilotbridge.web.asgi import Answer, App, Receive, Scope, Send
from pilotbridge.web.bodies import Bodies
from pilotbridge.web.fast_path import WholePost
from pilotbridge.web.intake import Intake

START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TOKEN = "the-token-of-the-lines-source"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as the client saw it; status 0 when there was none."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]


Headers = Sequence[tuple[str, str]]


async def ask(
    app: App,
    method: str,
    target: str,
    *,
    body: bytes | Sequence[bytes] = b"",
    headers: Headers = (),
    client: tuple[str, int] | None = ("192.0.2.7", 40000),
    stays: bool = False,
) -> Reply:
    """One request; ``body`` in several parts comes as it would when it is streamed.

    A client that ``stays`` waits for the answer's end; any other has gone once it has sent its request.
    """
    path, _, query = target.partition("?")
    parts = [body] if isinstance(body, bytes) else list(body)
    events = [
        {"type": "http.request", "body": part, "more_body": index + 1 < len(parts)}
        for index, part in enumerate(parts)
    ]
    if not stays:
        events.append({"type": "http.disconnect"})
    sent: list[Any] = []

    async def receive() -> Any:
        return events.pop(0) if events else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": client,
        "server": ("127.0.0.1", 8080),
    }
    await app(scope, receive, send)
    return _reply(sent)


def fast_first(intake: Intake) -> App:
    """The intake as it is reached through a socket: a post that is whole is shown to its fast door first."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        first = [await receive()]
        if scope["method"] == "POST" and first[0]["type"] == "http.request" and not first[0]["more_body"]:
            told: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            post = WholePost(scope["path"], scope["query_string"], scope["headers"], first[0]["body"])
            if intake.fast.take(post, lambda answer: None if told.done() else told.set_result(answer)):
                await (await told).give(send)
                return

        async def again() -> Any:
            return first.pop() if first else await receive()

        await intake(scope, again, send)

    return app


def by_asgi(intake: Intake) -> App:
    return intake


WAYS = {"asgi": by_asgi, "fast": fast_first}


def _reply(sent: list[Any]) -> Reply:
    if not sent:
        return Reply(0, {}, b"")
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:]))


class LinesSource:
    """A sender that writes one alert a line: ``name state``."""

    type = "lines"
    options = None
    groups = False
    severities: Mapping[str, Severity] = {}

    def parse(self, incoming: Incoming, options: Any) -> Parsed:
        lines = incoming.body.decode().splitlines()
        if lines[:1] == ["bug"]:
            raise ZeroDivisionError
        if lines[:1] == ["<html>"]:
            raise Malformed("this is a page")
        return Parsed(tuple(self._alert(line, at, incoming) for at, line in enumerate(lines)))

    def _alert(self, line: str, at: int, incoming: Incoming) -> Alert:
        name, _, state = line.partition(" ")
        if state not in ("firing", "resolved"):
            raise Unreadable(f"no state: {state!r}", at=f"lines[{at}]")
        return Alert(
            incoming.source, Labels({"alertname": name}), Labels(), AlertState(state), incoming.received_at
        )


@dataclass
class Switch:
    """The engine of a store whose disk can be full."""

    engine: SqliteEngine
    is_full: bool = False
    commits: int = 0

    @property
    def epoch(self) -> int:
        return self.engine.epoch

    def read(self) -> Any:
        return self.engine.read()

    def commit(self, jobs: Sequence[Callable[[Any], Any]]) -> Any:
        self.commits += 1
        if not self.is_full:
            return self.engine.commit(jobs)

        def with_nothing_left(tx: Any) -> None:
            tx._connection.execute("PRAGMA max_page_count = 1")
            for job in jobs:
                job(tx)
            tx._connection.execute("CREATE TABLE large AS SELECT zeroblob(100000000)")

        try:
            return [self.engine.commit([with_nothing_left])[0] for _ in jobs]
        finally:
            # A connection that lost its transaction was closed; the next one has no such limit.
            if self.engine.connection is not None:
                self.engine.connection.execute("PRAGMA max_page_count = 1073741823")


@dataclass
class Door:
    """An intake with everything around it that a test wants to see; ``way`` is how requests reach it."""

    disk: Switch
    clock: HandClock
    settings: Settings
    metrics: Metrics
    bodies: Bodies
    sources: dict[str, Any] = field(default_factory=lambda: {"lines": LinesSource()})
    arrived: list[list[Arrived]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    way: Callable[[Intake], App] = by_asgi

    def __post_init__(self) -> None:
        self.store = DirectStore(self.disk)
        self.intake = Intake(
            store=self.store,
            settings=lambda: self.settings,
            sources=lambda: self.sources,
            clock=self.clock,
            meter=self.metrics,
            on_arrived=lambda arrived: self.arrived.append(list(arrived)),
            raise_trouble=self.troubles.append,
            bodies=self.bodies,
        )
        self.app = self.way(self.intake)

    def change(self, source: str = "lines", **changes: Any) -> None:
        """Another configuration of one source."""
        changed = replace(self.settings.sources[source], **changes)
        self.settings = replace(self.settings, sources={**self.settings.sources, source: changed})

    def post(self, body: bytes | Sequence[bytes], *headers: tuple[str, str], to: str = "/in/lines") -> Reply:
        """One body with the right token, unless ``headers`` say how it is proved."""
        proof = () if any(name.lower() == "authorization" for name, _ in headers) else (bearer(TOKEN),)
        return self.ask("POST", to, body=body, headers=[*proof, *headers])

    def ask(self, method: str, target: str, **more: Any) -> Reply:
        return asyncio.run(ask(self.app, method, target, **more))

    @property
    def journal(self) -> list[Body]:
        with self.store.read() as read:
            rows = (read.journal_body(JournalId(number)) for number in count(1))
            return list(takewhile(lambda body: body is not None, rows))  # type: ignore[arg-type]

    @property
    def refusals(self) -> list[Refusal]:
        with self.store.read() as read:
            return read.refusals(0)


def bearer(token: str) -> tuple[str, str]:
    return ("Authorization", f"Bearer {token}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Switch]:
    engine = SqliteEngine(tmp_path / "data" / "bridge.db")
    engine.open(lambda connection: migrate(connection.raw, engine.path))
    yield Switch(engine)
    engine.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
def settings() -> Settings:
    return Settings(
        store=StoreSettings("sqlite:///unused"),
        route=RouteNode("root", "ops"),
        web=WebSettings(max_body_bytes=10_000),
        sources={"lines": SourceSettings("lines", "lines", token=Secret(TOKEN))},
    )


@pytest.fixture(params=sorted(WAYS))
def door(disk: Switch, clock: HandClock, settings: Settings, request: pytest.FixtureRequest) -> Door:
    """Whatever holds of one way holds of the other."""
    metrics = Metrics(names={"source": ["lines"]})
    return Door(disk, clock, settings, metrics, Bodies(100_000), way=WAYS[request.param])
