"""The bridge in miniature: real store, real client, the sandbox in the same process, time moved by hand.

It is what plugin authors test against and what PilotBridge's own promises are held by; nothing in it is a
stand-in but the network and the clock.
"""

from __future__ import annotations

import asyncio
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pilotbridge.app import App, Ground, new_meter
from pilotbridge.clock import SteadyClock, from_ms
from pilotbridge.config.loader import load, outline
from pilotbridge.errors import TryLater
from pilotbridge.lifecycle import State
from pilotbridge.model import Contact, InboundSms, Incident, Message, MessageId
from pilotbridge.phone import PhoneNumber
from pilotbridge.plugin_manager import load_plugins
from pilotbridge.runtime.stepped import HandClock, SteppedRuntime
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.sandbox.callbacks import Call
from pilotbridge.sandbox.callbacks import Heard as CalledBack
from pilotbridge.sandbox.core import Sandbox
from pilotbridge.sandbox.http import Request, Response
from pilotbridge.sandbox.telegram.updates import Delivery
from pilotbridge.smspilot.wire import TEST_KEY
from pilotbridge.store.migrations import migrate
from pilotbridge.store.sqlite import SqliteEngine
from pilotbridge.testing.adapter import SandboxAdapter
from pilotbridge.testing.asgi import Heard, ask
from pilotbridge.testing.pings import Pings
from pilotbridge.web.hooks import PREFIX as HOOKS

START = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
"""A Monday morning; noon in Moscow."""
TOKEN = "a-token-of-the-world"

CONFIGURATION = """
bridge: {{ zone: Europe/Moscow, troubles: page-ops, data_dir: "{folder}", plugin_folder: "{plugins}" }}
gateways:
  smspilot:
    url: http://sandbox/api2.php
    api_key: {key}
    sender: INFORM
    reply_to: {{ number: "79021121075", prefix: "1234" }}
    duplicate_window: 5m
sources:
  alertmanager: {{ token: {token} }}
contacts:
  anna:  {{ phone: "+7 908 796-47-81", role: admin }}
  boris: {{ phone: "+7 908 796-47-82" }}
receivers:
  - {{ name: page-ops, steps: [ {{ notify: [sms:anna] }} ] }}
  - {{ name: page-boris, steps: [ {{ notify: [sms:boris] }} ] }}
route:
  receiver: page-ops
  group_by: [alertname]
  group_wait: 0s
  routes: [ {{ receiver: page-boris, matchers: [ 'team="db"' ] }} ]
relay: {{ lines: [ {{ name: ops, number: "79021121075", prefix: "1234" }} ] }}
"""
"""What a world runs on when a test says nothing else; ``plugins:`` is added to it."""


class Steady:
    """Chance without chance: always the middle."""

    def uniform(self, low: float, high: float) -> float:
        return (low + high) / 2


class World:
    """One bridge and everything around it. Text a configuration, or take :data:`CONFIGURATION`."""

    def __init__(
        self,
        folder: Path,
        *,
        configuration: str = CONFIGURATION,
        plugins: Mapping[str, Mapping[str, Any]] | None = None,
        plugin_folder: Path | None = None,
        start: datetime = START,
        chat_network: Any = None,
    ) -> None:
        self.folder = folder
        self.clock = HandClock(start)
        # The gateway's clock is its own: setting ours does not set it.
        self.gateway_clock = SteadyClock(self.clock)
        self.sandbox = Sandbox()
        self._chat_network = chat_network
        self.pings = Pings(self.clock.utc_now)
        """Who expects the bridge's heartbeat."""
        self.door_fault = ""
        """Why nobody gets through to the intake."""
        self.calendars: dict[str, bytes] = {}
        """What stands at the addresses of calendars; one that is not here cannot be reached."""
        self._file = folder / "pilotbridge.yaml"
        self._write_configuration(configuration, plugins or {}, plugin_folder)
        self._loop = asyncio.new_event_loop()
        self._numbers = count(1)
        self._open()

    def _write_configuration(
        self, text: str, plugins: Mapping[str, Mapping[str, Any]], plugin_folder: Path | None
    ) -> None:
        written = textwrap.dedent(text).format(
            folder=self.folder / "data",
            plugins=plugin_folder or self._empty_folder(),
            key=TEST_KEY,
            token=TOKEN,
        )
        blocks = json.dumps({name: dict(block) for name, block in plugins.items()})
        self._file.write_text(written + (f"\nplugins: {blocks}\n" if plugins else ""), encoding="utf-8")
        self._file.chmod(0o600)

    def _empty_folder(self) -> Path:
        folder = self.folder / "plugins"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    # -- life ------------------------------------------------------------------------------------

    def _open(self) -> None:
        plugins = load_plugins(outline(self._file, env={}))
        settings = load(self._file, env={}, known=plugins.known()).settled()
        self.engine = SqliteEngine(settings.store.sqlite_path)
        self.engine.open(lambda connection: migrate(connection.raw, settings.store.sqlite_path))
        self.runtime = SteppedRuntime(self.clock)
        ground = Ground(
            store=DirectStore(self.engine),
            runtime=self.runtime,
            rng=Steady(),
            new_id=lambda: f"id-{next(self._numbers)}",
            timer_s=lambda: self.clock.now_ms() / 1000,
            make_adapter=lambda: SandboxAdapter(self.sandbox, self.gateway_clock.utc_now),
            chat_network=self._chat_network or self._bot_request,
            fetch_calendar=self._calendar,
            door=self._look_at_door,
            ping_adapter=lambda: self.pings,
        )
        self.app = App(settings, plugins, ground, new_meter(settings, plugins))
        self._wake_sandbox = self.runtime.add_worker(_SandboxCalls(self))
        self.app.recover()
        self.app.tell_started()

    def _bot_request(self, patience: Any) -> Any:
        """What a Telegram bot has for a network."""
        from pilotbridge.testing.bot_request import SandboxBotRequest

        return SandboxBotRequest(self.sandbox, self.gateway_clock.utc_now, read_s=patience.read_s)

    def _calendar(self, url: str, _ca_file: Path | None) -> bytes:
        if url not in self.calendars:
            raise TryLater("the calendar cannot be read: nothing answers")
        return self.calendars[url]

    def _look_at_door(self) -> str:
        heard = self._ask(self.app.doors.intake, "GET", "/in/alertmanager", b"", {})
        return self.door_fault or ("" if heard.status < 500 else f"it answers {heard.status}")

    def close(self) -> None:
        self.app.tell_stopping()
        self.app.finish()
        self.runtime.close()
        self.engine.close()
        self._loop.close()

    def crash(self) -> None:
        """Everything in memory is lost, as by kill -9; what is on disk is found again."""
        self.runtime.close()
        self.engine.close()
        self._open()

    def run_for(self, **duration: float) -> None:
        """Let time pass: ``world.run_for(minutes=10)``."""
        self.runtime.run_for(timedelta(**duration))

    def settle(self) -> None:
        """Let everything happen that is due now."""
        self.runtime.settle()

    # -- monitoring ------------------------------------------------------------------------------

    def post(
        self,
        body: Any,
        *,
        source: str = "alertmanager",
        headers: Mapping[str, str] | None = None,
        settle: bool = True,
    ) -> Heard:
        """Post a body to ``/in/<source>`` as its sender would."""
        written = body if isinstance(body, bytes) else json.dumps(body).encode()
        credentials = {"authorization": f"Bearer {TOKEN}"} | dict(headers or {})
        heard = self._ask(self.app.doors.intake, "POST", f"/in/{source}", written, credentials)
        if settle:
            self.settle()
        return heard

    def fire(self, name: str = "DiskFull", **labels: str) -> dict[str, Any]:
        """An Alertmanager says that ``name`` fires; returns the alert, for :meth:`resolve`."""
        return self.tell({"alertname": name, "severity": "critical", **labels})

    def tell(self, labels: Mapping[str, str], **annotations: str) -> dict[str, Any]:
        """The same with any labels and annotations."""
        alert = {
            "status": "firing",
            "labels": dict(labels),
            "annotations": annotations,
            "startsAt": self.clock.utc_now().isoformat().replace("+00:00", "Z"),
            "endsAt": "0001-01-01T00:00:00Z",
        }
        self._tell([alert])
        return alert

    def say_again(self, alert: Mapping[str, Any]) -> None:
        """The Alertmanager says that it still fires."""
        self._tell([alert])

    def resolve(self, alert: Mapping[str, Any]) -> None:
        """The Alertmanager says that it is over."""
        ended = self.clock.utc_now().isoformat().replace("+00:00", "Z")
        self._tell([{**alert, "status": "resolved", "endsAt": ended}])

    def _tell(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        labels = alerts[0]["labels"]
        is_over = all(alert["status"] == "resolved" for alert in alerts)
        heard = self.post(
            {
                "version": "4",
                "groupKey": f'{{}}:{{alertname="{labels["alertname"]}"}}',
                "truncatedAlerts": 0,
                "status": "resolved" if is_over else "firing",
                "receiver": "bridge",
                "groupLabels": {"alertname": labels["alertname"]},
                "commonLabels": {},
                "commonAnnotations": {},
                "externalURL": "http://alertmanager",
                "alerts": list(alerts),
            }
        )
        assert heard.status == 202, heard.body

    # -- phones ----------------------------------------------------------------------------------

    def texts_to(self, who: str) -> list[str]:
        """What arrived at a contact's phone, or at a number, oldest first."""
        phone = self._phone(who)
        sent = self.sandbox.world.to_phone.get(phone.digits, [])
        at_ms = self.gateway_clock.now_ms() + self.sandbox.world.offset_ms
        return [message.text for message in sent if message.is_on_phone(at_ms)]

    def sms_from(self, who: str, text: str, **fields: Any) -> None:
        """A contact, or a number, texts to the service number; the prefix is put before the text."""
        digits = self._phone(who).digits
        self.order(f"phones/{digits}/sms", text=text, **fields)

    def order(self, path: str, **fields: Any) -> Any:
        """One order of the sandbox's control, such as ``order("faults", kind="reset")``."""
        told = self._control(Request("POST", f"/sandbox/{path}", body=json.dumps(fields).encode()))
        self._wake_sandbox()
        self.runtime.wake_steps()
        return told

    def look(self, path: str) -> Any:
        """What the sandbox's control shows, such as ``look("telegram/limits")``."""
        place, _, query = path.partition("?")
        return self._control(Request("GET", f"/sandbox/{place}", query))

    def _control(self, request: Request) -> Any:
        answer = self.sandbox.handle(request, self.gateway_clock.utc_now())
        assert isinstance(answer, Response), answer
        told = json.loads(answer.body)
        assert answer.status == 200, told
        return told

    def _phone(self, who: str) -> PhoneNumber:
        contact = self.contacts.get(who)
        if contact is not None:
            assert contact.phone is not None
            return contact.phone
        return PhoneNumber.parse(who)

    # -- the bridge's own facts ------------------------------------------------------------------

    @property
    def contacts(self) -> Mapping[str, Contact]:
        return self.app.in_force.settings.contacts

    def send_sms(self, to: str, text: str) -> MessageId:
        """Somebody sends ``text`` to a contact or ``sms:+7...``."""
        from pilotbridge.desk.desk import Wanted

        fact = self.app.desk.send(Wanted(to, text), by="a test")
        self.settle()
        return MessageId(fact["id"])

    def message(self, message_id: int) -> Message:
        with self.engine.read() as read:
            found = read.message(message_id)
        assert found is not None, f"no message {message_id}"
        return found

    def state_of(self, message_id: int) -> State:
        return self.message(message_id).state

    def messages(self) -> list[Message]:
        """Every message, oldest first."""
        with self.engine.read() as read:
            return list(reversed(read.messages_listed(limit=100_000)))

    def incidents(self) -> list[Incident]:
        """Every incident, oldest first."""
        with self.engine.read() as read:
            return [row.incident for row in reversed(read.incidents_listed(100_000))]

    def inbox(self) -> list[InboundSms]:
        """Every SMS that came in, oldest first."""
        with self.engine.read() as read:
            return list(reversed(read.inbound_listed(100_000)))

    def stored(self, plugin: str, name: str = "default") -> Mapping[str, Any]:
        """What a plugin keeps in one of its storages."""
        with self.engine.read() as read:
            return read.plugin_items(plugin, name)

    def taken(self, text: str = "") -> int:
        """How many messages with this text (any) the gateway took."""
        return sum(1 for sms in self.sandbox.world.messages.values() if not text or sms.text == text)

    @property
    def now(self) -> datetime:
        return from_ms(self.clock.now_ms())

    # -- inside ----------------------------------------------------------------------------------

    def _ask(self, app: Any, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Heard:
        return self._loop.run_until_complete(ask(app, method, url, body=body, headers=headers))

    def call_back(self, call: Call | Delivery) -> CalledBack:
        """Carry one of the gateway's callbacks, or an update for a bot's webhook, to the bridge."""
        headers = {name.lower(): value for name, value in call.headers.items()}
        doors = self.app.doors
        door = doors.hooks if urlsplit(call.address).path.startswith(HOOKS) else doors.callback
        heard = self._ask(door, call.method.upper(), call.address, call.body, headers)
        return CalledBack(heard.status, heard.body.decode())


class _SandboxCalls:
    """The sandbox's own time: callbacks and late requests when they are due."""

    name = "sandbox"

    def __init__(self, world: World) -> None:
        self._world = world

    def turn(self) -> int | None:
        world, now = self._world, self._world.gateway_clock.utc_now()
        world.sandbox.make_calls(now, world.call_back)
        due_s = world.sandbox.next_due_s(now)
        return None if due_s is None else world.runtime.clock.now_ms() + max(int(due_s * 1000), 1)


Make = Callable[..., World]
