"""The outbox in miniature: a real store, the real client, the sandbox behind it, a clock moved by hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pilotbridge.config.settings import (
    CallbackMode,
    GatewaySettings,
    LimitsSettings,
    RouteNode,
    Secret,
    Settings,
    StoreSettings,
)
from pilotbridge.lifecycle import State
from pilotbridge.model import InboundSms, Message, MessageId, Trouble
from pilotbridge.outbox.client_ids import client_id_base
from pilotbridge.outbox.dispatch import Dispatch
from pilotbridge.outbox.enqueue import Order, enqueue
from pilotbridge.outbox.fleet import fleet_of
from pilotbridge.outbox.postage import postage_of
from pilotbridge.outbox.tracking import Tracking
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Duty
from pilotbridge.runtime.stepped import HandClock, SteppedRuntime
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.sandbox.callbacks import Call, Heard
from pilotbridge.sandbox.core import Sandbox
from pilotbridge.sandbox.http import Request
from pilotbridge.smspilot import wire
from pilotbridge.smspilot.client import SmspilotGateway
from pilotbridge.store.migrations import migrate
from pilotbridge.store.records import OutboxRow
from pilotbridge.store.sqlite import SqliteEngine
from pilotbridge.testing.adapter import SandboxAdapter

ANNA = PhoneNumber("+79087964781")
BORIS = PhoneNumber("+79131437355")
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=5)


class NoJitter:
    """Every wait as long as it can be."""

    def uniform(self, low: float, high: float) -> float:
        return high


class Tally:
    """A meter that a test reads."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.gauges: dict[str, float] = {}

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        self.counts[name] += int(amount)

    def gauge(self, name: str, value: float, **labels: str) -> None:
        self.gauges[name] = value

    def observe(self, name: str, value: float, **labels: str) -> None: ...


class Complaints:
    """Where Troubles go in these tests."""

    def __init__(self) -> None:
        self.open: dict[tuple[str, str], Trouble] = {}

    def raise_trouble(self, trouble: Trouble) -> None:
        self.open[trouble.name, trouble.what] = trouble

    def clear(self, name: str, what: str) -> None:
        self.open.pop((name, what), None)


class Watched(SandboxAdapter):
    """The network, and what a test wants to see the moment before a request leaves."""

    def __init__(self, post: Post, name: str) -> None:
        super().__init__(post.sandboxes[name], post.hand.utc_now)
        self._post = post

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        if b'"send"' in request.body.getvalue():
            self._post.before_wire(request)
        return super().send(request, *args, **options)


class Post:
    """One bridge's outbox. ``names`` are accounts of one sandbox each; its senders may ride along."""

    def __init__(
        self,
        folder: Path,
        *names: str,
        limits: LimitsSettings | None = None,
        rides: bool = False,
        **options: Any,
    ):
        self._rides = rides
        self.path = folder / "pilotbridge.db"
        self.hand = HandClock(START)
        self.sandboxes = {name: Sandbox() for name in names}
        self.settings = Settings(
            store=StoreSettings(f"sqlite:///{self.path}"),
            route=RouteNode("root", "ops"),
            gateways={name: gateway_settings(name, **options) for name in names},
            limits=limits or LimitsSettings(),
        )
        self.meter = Tally()
        self.troubles = Complaints()
        self.settled: list[MessageId] = []
        self.before_wire: Callable[[Any], object] = lambda _request: None
        self.open()

    # -- life ------------------------------------------------------------------------------------

    def open(self) -> None:
        self.runtime = SteppedRuntime(self.hand)
        self.clock = self.runtime.clock
        self.engine = SqliteEngine(self.path)
        self.engine.open(lambda connection: migrate(connection.raw, self.path))
        self.store = DirectStore(self.engine)
        self.base = self.store.write(lambda tx: client_id_base(tx, NoJitter())).result()
        self.fleet = fleet_of(
            self.settings, lambda name, id_: f"http://bridge.example/{name}/{id_}", self.base
        )
        self.gateways = {name: self.gateway(name) for name in self.sandboxes}
        self.dispatches = [self.dispatch(self.store, name) for name in self.sandboxes]
        for dispatch in self.dispatches:
            dispatch.recover()
        self.wakes = [self.runtime.add_worker(dispatch) for dispatch in self.dispatches]
        self.fleet.wake = lambda name: self.wakes[list(self.sandboxes).index(name)]()
        self.trackings = [self._tracking(name) for name in self.sandboxes]
        asks = [self.runtime.add_worker(tracking) for tracking in self.trackings]
        self.runtime.add_duty(Duty("statuses", timedelta(seconds=60), lambda: [ask() for ask in asks]))
        self.wakes += asks

    def crash(self, *, reboot: bool = False) -> None:
        """Everything in memory is gone; the disk stays."""
        self.engine.close()
        if reboot:
            self.hand.reboot()
        self.open()

    def close(self) -> None:
        self.engine.close()

    def gateway(self, name: str) -> SmspilotGateway:
        return SmspilotGateway(
            self.settings.gateways[name],
            clock=self.clock,
            user_agent="PilotBridge/test",
            make_adapter=lambda: Watched(self, name),
        )

    def dispatch(self, store: Any, name: str = "main") -> Dispatch:
        return Dispatch(
            store,
            self.gateways[name],
            self.fleet,
            postage=lambda: postage_of(self.settings),
            clock=self.clock,
            rng=NoJitter(),
            meter=self.meter,
            on_settled=self.settled.extend,
            troubles=self.troubles,
            on_ridden=(lambda: self.wakes[list(self.sandboxes).index(name)]()) if self._rides else None,
        )

    def _tracking(self, name: str) -> Tracking:
        return Tracking(
            self.store,
            self.gateways[name],
            clock=self.clock,
            meter=self.meter,
            client_id=self.fleet.rules[name].client_id,
            on_settled=self.settled.extend,
        )

    # -- doing -----------------------------------------------------------------------------------

    def put(self, text: str = "disk full #417", to: PhoneNumber = ANNA, **fields: Any) -> MessageId:
        """Enqueue without letting anything run."""
        fields = {"reason": "a test", "origin": "somebody", "text_is_unique": True} | fields
        order = Order(to, text, **fields)
        return self.write(lambda tx: enqueue(tx, order, postage_of(self.settings), self.clock.now_ms()))

    def send(self, text: str = "disk full #417", to: PhoneNumber = ANNA, **fields: Any) -> MessageId:
        message_id = self.put(text, to, **fields)
        self.settle()
        return message_id

    def write(self, job: Callable[[Any], Any]) -> Any:
        return self.store.write(job).result()

    def settle(self) -> None:
        """Everything that is due happens now."""
        for wake in self.wakes:
            wake()
        self.runtime.settle()
        self.runtime.run_for(timedelta(milliseconds=100))

    def run_for(self, **duration: float) -> None:
        self.settle()
        self.runtime.run_for(timedelta(**duration))

    def order(self, path: str, gateway: str = "main", **fields: Any) -> Any:
        request = Request("POST", f"/sandbox/{path}", body=json.dumps(fields).encode())
        answer = self.sandboxes[gateway].handle(request, self.hand.utc_now())
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def fault(self, kind: str, gateway: str = "main", **fields: Any) -> None:
        """The next request to send fails like this."""
        self.order("faults", gateway, kind=kind, **{"command": "send"} | fields)

    def make_calls(self, gateway: str = "main", *, token: bool = True) -> int:
        """The gateway's callbacks that are due arrive, with the row's token or without."""

        def hear(call: Call) -> Heard:
            row = MessageId(int(urlsplit(call.url).path.rpartition("/")[2])) if token else None
            self.hint(str(call.server_id), row, status=call.status, gateway=gateway)
            return Heard(200, "OK")

        return self.sandboxes[gateway].make_calls(self.hand.utc_now(), hear)

    def hint(self, server_id: str, row: MessageId | None, *, status: int = 2, gateway: str = "main") -> None:
        now_ms = self.clock.now_ms()
        self.write(
            lambda tx: tx.add_hint(
                gateway=gateway,
                message_id=row,
                server_id=server_id,
                status=str(status),
                error="0",
                now_ms=now_ms,
            )
        )

    # -- looking ---------------------------------------------------------------------------------

    def look(self, path: str, gateway: str = "main") -> Any:
        request = Request("GET", f"/sandbox/{path}")
        return json.loads(self.sandboxes[gateway].handle(request, self.hand.utc_now()).body)

    def arrived(self, gateway: str = "main") -> list[str]:
        """The texts the gateway has accepted, in order."""
        return [message["text"] for message in reversed(self.look("messages", gateway))]

    def requests(self, gateway: str = "main") -> list[dict[str, Any]]:
        """Requests to send that reached the gateway, oldest first."""
        asked = reversed(self.look("requests", gateway))
        return [request for request in asked if request["command"] == "send"]

    def message(self, message_id: MessageId) -> Message:
        with self.store.read() as read:
            message = read.message(message_id)
        assert message is not None
        return message

    def row(self, message_id: MessageId) -> OutboxRow:
        with self.store.read() as read:
            row = read.outbox_row(message_id)
        assert row is not None
        return row

    def state(self, message_id: MessageId) -> State:
        return self.row(message_id).state

    def events(self, message_id: MessageId) -> list[str]:
        with self.store.read() as read:
            return [happening.event for happening in read.events_of("message", message_id)]

    def reasons(self, message_id: MessageId) -> str:
        with self.store.read() as read:
            return "\n".join(h.reason for h in read.events_of("message", message_id))


def gateway_settings(name: str, **options: Any) -> GatewaySettings:
    rules = GatewaySettings(
        name,
        api_key=Secret(wire.TEST_KEY),
        callback=CallbackMode.ON,
        duplicate_window=WINDOW,
        landing=timedelta(seconds=60),
    )
    return replace(rules, **options)


@pytest.fixture
def posts(tmp_path) -> Iterator[Callable[..., Post]]:
    opened: list[Post] = []

    def make(*names: str, **options: Any) -> Post:
        opened.append(Post(tmp_path, *(names or ("main",)), **options))
        return opened[-1]

    yield make
    for post in opened:
        post.close()


@pytest.fixture
def post(posts) -> Post:
    return posts()


@pytest.fixture
def inbound() -> Callable[[str], InboundSms]:
    def make(sender: str) -> InboundSms:
        return InboundSms("main", "1", sender, "79021121075", "hi", START)

    return make
