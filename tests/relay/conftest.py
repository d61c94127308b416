"""Inbound in miniature: a real store, the real client, the sandbox's feed, a clock moved by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager as ContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pilotbridge.chat import ChatMessageId
from pilotbridge.config.settings import (
    GatewaySettings,
    LimitsSettings,
    RelayLine,
    RouteNode,
    Secret,
    Settings,
    StoreSettings,
)
from pilotbridge.errors import TryLater
from pilotbridge.model import Contact, InboundSms, Line, Message, Trouble
from pilotbridge.outbox.postage import postage_of
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Answered
from pilotbridge.relay.inbound import InboundFlow
from pilotbridge.relay.poll import InboundPoll
from pilotbridge.runtime.stepped import HandClock
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.sandbox.core import Sandbox
from pilotbridge.sandbox.http import Request
from pilotbridge.smspilot import wire
from pilotbridge.smspilot.client import SmspilotGateway
from pilotbridge.store.migrations import migrate
from pilotbridge.store.protocol import ReadVerbs
from pilotbridge.store.sqlite import SqliteEngine
from pilotbridge.testing.adapter import SandboxAdapter
from pilotbridge.testing.world import CONFIGURATION, World
from tests.relay.scripted import ScriptedChat, write_plugin

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANNA = PhoneNumber("+79087964781")


class Plugins:
    """Hooks with one plugin, whose answers a test sets."""

    def __init__(self) -> None:
        self.told: list[InboundSms] = []
        self.asked: list[InboundSms] = []
        self.answer: Callable[[InboundSms], Answered | None] = lambda _sms: None
        self.conversation = ""

    def inbound_recorded(self, inbound: InboundSms) -> None:
        self.told.append(inbound)

    def answer_inbound(self, inbound: InboundSms) -> Answered | None:
        self.asked.append(inbound)
        return self.answer(inbound)

    def choose_conversation(self, inbound: InboundSms) -> str:
        return self.conversation


class Complaints:
    def __init__(self) -> None:
        self.open: dict[str, Trouble] = {}

    def raise_trouble(self, trouble: Trouble) -> None:
        self.open[trouble.name] = trouble

    def clear(self, name: str, what: str) -> None:
        self.open.pop(name, None)


class Quiet:
    def count(self, *_: Any, **__: Any) -> None: ...
    def gauge(self, *_: Any, **__: Any) -> None: ...
    def observe(self, *_: Any, **__: Any) -> None: ...


class Feed:
    """A gateway that tells what a test says; ``asked`` is every ``since``."""

    name, max_packet = "main", 500

    def __init__(self) -> None:
        self.rows: list[InboundSms] = []
        self.asked: list[datetime | None] = []
        self.down = ""

    def fetch_inbound(self, since: datetime | None) -> Sequence[InboundSms]:
        self.asked.append(since)
        if self.down:
            raise TryLater(self.down)
        return [row for row in self.rows if since is None or row.created_at >= since]

    def show(self, text: str, created: datetime) -> None:
        minute = created.replace(second=0, microsecond=0)
        self.rows.append(InboundSms("main", f"id-{len(self.rows)}", ANNA.digits, "79021121075", text, minute))


class Inbox:
    """One bridge's inbound side."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "pilotbridge.db"
        self.clock = HandClock(START)
        self.sandbox = Sandbox()
        self.feed = Feed()
        self.plugins = Plugins()
        self.troubles = Complaints()
        self.woken = 0
        self.settings = Settings(
            store=StoreSettings(f"sqlite:///{self.path}"),
            route=RouteNode("root", "ops"),
            gateways={"main": GatewaySettings("main", api_key=Secret(wire.TEST_KEY))},
            contacts={"anna": Contact("anna", ANNA, "Europe/Moscow")},
            lines=(RelayLine("ops", Line("79021121075", "1234")),),
            limits=LimitsSettings(countries=frozenset({"RU"})),
        )
        self.open()

    def open(self) -> None:
        self.engine = SqliteEngine(self.path)
        self.engine.open(lambda connection: migrate(connection.raw, self.path))
        self.store = DirectStore(self.engine)
        self.flow = InboundFlow(
            store=self.store,
            settings=lambda: self.settings,
            hooks=self.plugins,
            postage=lambda: postage_of(self.settings),
            clock=self.clock,
            wake=self._wake,
        )
        self.poll = self.poll_of(self.feed)

    def restart(self) -> None:
        self.engine.close()
        self.open()

    def poll_of(self, gateway: Any) -> InboundPoll:
        return InboundPoll(
            store=self.store,
            gateway=gateway,
            clock=self.clock,
            meter=Quiet(),
            troubles=self.troubles,
            wake=self._wake,
        )

    def poll_of_sandbox(self) -> InboundPoll:
        gateway = SmspilotGateway(
            self.settings.gateways["main"],
            clock=self.clock,
            user_agent="PilotBridge/test",
            make_adapter=lambda: SandboxAdapter(self.sandbox, self.clock.utc_now),
        )
        return self.poll_of(gateway)

    def write_from_phone(self, text: str, **fields: Any) -> None:
        body = json.dumps({"text": text} | fields).encode()
        request = Request("POST", f"/sandbox/phones/{ANNA.digits}/sms", body=body)
        answer = self.sandbox.handle(request, self.clock.utc_now())
        assert answer.status == 200, answer.body

    def _wake(self) -> None:
        self.woken += 1

    def forward(self, **duration: float) -> None:
        self.clock.forward(int(timedelta(**duration).total_seconds() * 1000))

    def inbox(self) -> list[InboundSms]:
        with self.store.read() as read:
            return list(reversed(read.inbound_listed()))

    def texts(self) -> list[str]:
        return [sms.text for sms in self.inbox()]

    def messages(self) -> list[Message]:
        with self.store.read() as read:
            return list(reversed(read.messages_listed()))


@pytest.fixture
def inbox(tmp_path) -> Iterator[Inbox]:
    made = Inbox(tmp_path)
    yield made
    made.engine.close()


# --- both ways, on the whole bridge -----------------------------------------------------------------

RELAY = (
    CONFIGURATION.replace(
        'relay: {{ lines: [ {{ name: ops, number: "79021121075", prefix: "1234" }} ] }}',
        """
chats: {{ team: {{ type: scripted, rooms: {{ ops-room: {{ id: "-100" }} }} }} }}
relay: {{ lines: [ {{ name: ops, number: "79021121075", prefix: "1234", room: ops-room }} ] }}
""",
    )
    .replace("role: admin }}", "role: admin, telegram: 1001 }}")
    .replace('phone: "+7 908 796-47-82" }}', 'phone: "+7 908 796-47-82", telegram: 1002 }}')
)


class Relay:
    """A bridge between phones and a scripted chat. Anna (admin) is user 1001, Boris 1002."""

    def __init__(self, world: World, chat: ScriptedChat) -> None:
        self.world = world
        self.chat = chat

    def poll(self) -> None:
        """The gateway's feed is read, and everything due happens."""
        self.world.run_for(seconds=16)

    def writes(self, text: str, *, to: str, **more: Any) -> ChatMessageId:
        """Anna (or ``who``) writes into the thread of that title."""
        message = self.chat.writes(text, thread=self.chat.thread(to), **more)
        self.world.settle()
        return message

    def presses(self, label: str, *, who: int = 1001) -> str:
        """Somebody presses the newest button of that label; returns what they are told."""
        told = len(self.chat.told)
        self.chat.presses(*self.chat.button(label), who=who)
        self.world.settle()
        return "".join(self.chat.told[told:])

    def reads(self) -> ContextManager[ReadVerbs]:
        return self.world.engine.read()


@pytest.fixture
def make_relay(make_world, tmp_path) -> Callable[..., Relay]:
    """Makes a relay; what a test wants different is replaced in the configuration."""

    def make(*replaced: tuple[str, str], plugins: Mapping[str, Any] | None = None) -> Relay:
        text, chat = RELAY, ScriptedChat()
        for old, new in replaced:
            assert old in text, old
            text = text.replace(old, new)
        folder = write_plugin(tmp_path / "chat-plugin")
        world = make_world(configuration=text, plugins=plugins, plugin_folder=folder, chat_network=chat)
        return Relay(world, chat)

    return make


@pytest.fixture
def relay(make_relay) -> Relay:
    return make_relay()
