"""Alerting in miniature: a real store in a temporary file, both workers, a clock that is moved by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from pilotbridge.alerting.at_once import AtOnce
from pilotbridge.alerting.flush import Flush
from pilotbridge.alerting.ingest import Ingest
from pilotbridge.alerting.teller import Teller, ask_here
from pilotbridge.alerting.troubles import Troubles
from pilotbridge.clock import from_ms, to_ms
from pilotbridge.config.settings import (
    GatewaySettings,
    LimitsSettings,
    ReceiverSettings,
    RouteNode,
    Settings,
    SourceSettings,
    Step,
    StoreSettings,
    StormSettings,
)
from pilotbridge.lifecycle import Event
from pilotbridge.model import Address, Alert, AlertState, Contact, Labels, Line, Parsed, Severity
from pilotbridge.oncall.acknowledgement import acknowledge
from pilotbridge.outbox.enqueue import Postage
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Arrived, Incoming, Unreadable
from pilotbridge.runtime.stepped import HandClock, SteppedRuntime
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.migrations import migrate
from pilotbridge.store.records import AttemptStart, Body, Move
from pilotbridge.store.sqlite import SqliteEngine

START = datetime(2026, 11, 25, 0, 14, tzinfo=UTC)
ANNA = PhoneNumber.parse("+79087964781")
BORIS = PhoneNumber.parse("+79087964782")


class FakeSource:
    """A second source beside the shipped ones: its body is our own words in JSON."""

    options = None
    severities: Mapping[str, Severity] = {"disaster": Severity.CRITICAL, "average": Severity.WARNING}

    def __init__(self, kind: str, *, groups: bool = False) -> None:
        self.type = kind
        self.groups = groups

    def parse(self, incoming: Incoming, options) -> Parsed:
        told = json.loads(incoming.body)
        if "broken" in told:
            raise Unreadable("there is no word of alerts in it")
        group = told.get("group", "") if self.groups else ""
        alerts = tuple(_alert(each, incoming, group) for each in told["alerts"])
        return Parsed(alerts, told.get("ended", ""), told.get("left_out", 0))


def _alert(told: dict, incoming: Incoming, group: str) -> Alert:
    state = AlertState(told.get("state", "firing"))
    starts = from_ms(told["starts"]) if "starts" in told else incoming.received_at
    lease = timedelta(seconds=told["lease_s"]) if "lease_s" in told else None
    return Alert(
        source=incoming.source,
        labels=Labels(told["labels"]),
        annotations=Labels(told.get("annotations", {})),
        state=state,
        starts_at=starts,
        ends_at=_ends(told, incoming) if state is AlertState.RESOLVED else None,
        expires_at=incoming.received_at + lease if lease else None,
        sender_group=group,
        is_test=told.get("test", False),
    )


def _ends(told: dict, incoming: Incoming) -> datetime:
    return from_ms(told["ends"]) if "ends" in told else incoming.received_at


class NoPlugins:
    """Hooks that nobody implements; a test's plugin overrides the one it wants."""

    def is_asked(self, *hooks):
        return any(getattr(self, hook).__func__ is not getattr(NoPlugins, hook) for hook in hooks)

    def enrich_alerts(self, alerts):
        return alerts

    def route_alerts(self, alerts):
        return {}

    def mute_group(self, notification):
        return ""

    def compose_text(self, notification):
        return ""

    def answer_inbound(self, inbound):
        return None

    def choose_conversation(self, inbound):
        return ""

    def alerts_recorded(self, alerts):
        pass

    def inbound_recorded(self, inbound):
        pass

    def message_settled(self, message):
        pass


@dataclass
class Counted:
    """A meter that remembers its counts."""

    counts: dict[tuple, float] = field(default_factory=dict)

    def count(self, name, amount=1, **labels):
        key = (name, *sorted(labels.items()))
        self.counts[key] = self.counts.get(key, 0) + amount

    def gauge(self, name, value, **labels):
        pass

    def observe(self, name, value, **labels):
        pass

    def of(self, name, **labels) -> float:
        return self.counts.get((name, *sorted(labels.items())), 0)


class Middle:
    """No chance: always the middle of the range."""

    def uniform(self, low, high):
        return (low + high) / 2


def settings_for(**changes) -> Settings:
    """A small configuration: one source, two contacts, one receiver, one root route."""
    contacts = {
        "anna": Contact("anna", ANNA, "Europe/Moscow"),
        "boris": Contact("boris", BORIS, "Europe/Moscow"),
    }
    defaults = Settings(
        store=StoreSettings("sqlite:///unused.db"),
        route=RouteNode("root", "ops", group_by=("alertname",)),
        gateways={
            "smspilot": GatewaySettings("smspilot", sender="INFORM", reply_to=Line("79021121075", "1234"))
        },
        sources={
            "prom": SourceSettings("prom", "plain"),
            "am": SourceSettings("am", "grouped"),
        },
        contacts=contacts,
        receivers={"ops": receiver("ops", "sms:anna"), "both": receiver("both", "sms:anna", "sms:boris")},
        limits=LimitsSettings(sms_per_contact_per_hour=1000),
        storm=StormSettings(over=None),
    )
    return replace(defaults, **changes)


def receiver(name: str, *addresses: str, **more) -> ReceiverSettings:
    return ReceiverSettings(name, (Step(tuple(map(Address.parse, addresses))),), **more)


class Alerting:
    """Ingest and flush on one store; what they would send is read from the outbox."""

    def __init__(self, path, settings: Settings, hooks=None, ask=ask_here) -> None:
        self.path = path
        self.postage = Postage("smspilot", "INFORM")
        self.ask = ask
        self.settings = settings
        self.hooks = hooks or NoPlugins()
        self.meter = Counted()
        self.hand = HandClock(START)
        self.start()

    def start(self) -> None:
        """Open the database and build everything that lives in memory."""
        self.engine = SqliteEngine(self.path)
        self.engine.open(lambda connection: migrate(connection.raw, self.path))
        self.store = DirectStore(self.engine)
        self.runtime = SteppedRuntime(self.hand)
        self.clock = self.runtime.clock
        sources = {"plain": FakeSource("plain"), "grouped": FakeSource("grouped", groups=True)}
        self.teller = Teller(
            store=self.store, settings=lambda: self.settings, hooks=self.hooks, clock=self.clock,
            meter=self.meter, rng=Middle(), postage=lambda: self.postage, wake=lambda: None,
            ask=self.ask,
        )  # fmt: skip
        self.flush = Flush(
            store=self.store, settings=lambda: self.settings, clock=self.clock, meter=self.meter,
            teller=self.teller, inhibition=lambda: self.ingest.inhibition(),
        )  # fmt: skip
        self.wake_flush = self.runtime.add_worker(self.flush)
        self.ingest = Ingest(
            store=self.store, settings=lambda: self.settings, sources=lambda: sources, hooks=self.hooks,
            clock=self.clock, meter=self.meter, at_once=AtOnce(self.store, self.hooks, self.teller),
            wake=self.wake_flush,
        )  # fmt: skip
        self.wake_ingest = self.runtime.add_worker(self.ingest)
        self.troubles = Troubles(store=self.store, clock=self.clock, hand_over=self.hand_over)
        self.sources = sources

    def restart(self) -> None:
        """Everything in memory is gone; only the file stays."""
        self.engine.close()
        self.start()
        self.ingest.recover()
        self.wake_ingest()

    def hand_over(self, arrived: Sequence[Arrived]) -> None:
        if self.ingest.hand_over(arrived):
            self.wake_ingest()

    # -- what comes in ---------------------------------------------------------------------------

    def push(self, *alerts: dict, source: str = "prom", hint: bool = True, settle: bool = True, **more):
        """A body on disk as the intake leaves it; ``hint``: ingest is told, too."""
        body = json.dumps({"alerts": list(alerts), **more}).encode()
        incoming = Incoming(source, body, {}, {}, self.clock.utc_now())
        count = max(len(alerts), 1)
        journal_id, _ = self.store.write(lambda tx: tx.append_journal(Body(incoming, count))).result()
        if hint:
            parsed = self.sources[self.settings.sources[source].type].parse(incoming, None)
            self.hand_over([Arrived(journal_id, source, incoming.received_at, parsed)])
        if settle:
            self.runtime.settle()
        return journal_id

    def fire(self, name: str = "DiskFull", *instances: str, severity: str = "critical", **more):
        """One body with an alert for each instance."""
        push = {
            key: more.pop(key) for key in ("source", "hint", "settle", "group", "left_out") if key in more
        }
        return self.push(*(alert(name, each, severity, **more) for each in instances or ("db01",)), **push)

    def resolve(self, name: str = "DiskFull", *instances: str, **more):
        return self.fire(name, *instances, state="resolved", **more)

    def run_for(self, **duration: float) -> None:
        self.runtime.run_for(timedelta(**duration))

    def take(self, by: str = "anna") -> None:
        """Somebody acknowledges the newest incident."""
        ref = self.incidents()[-1].ref
        self.write(lambda tx: acknowledge(tx, ref, by=by, now_ms=self.now_ms()))

    def send_all(self) -> None:
        """The gateway takes whatever waits, as the outbox's own flow would have it."""

        def job(tx):
            for message in tx.messages_listed(state="queued", limit=1000):
                start = AttemptStart(message.id, 1, "smspilot", 1, 1, self.clock.now())
                row = tx.outbox_row(message.id)
                tx.claim([row], [start], reason="due", lease_ms=self.now_ms() + 60_000, epoch=1)
                row = tx.outbox_row(message.id)
                move = Move(row.id, row.revision, row.state, Event.ACCEPT, "the gateway has it")
                tx.move(move, self.now_ms())

        self.store.write(job).result()

    # -- what comes out --------------------------------------------------------------------------

    def messages(self):
        with self.store.read() as read:
            return list(reversed(read.messages_listed(limit=10_000)))

    def texts_to(self, phone: PhoneNumber = ANNA) -> list[str]:
        """What this phone gets, in order; what was cancelled it does not get."""
        return [m.text for m in self.messages() if m.recipient == phone and m.state != "cancelled"]

    def incidents(self):
        with self.store.read() as read:
            return [row.incident for row in reversed(read.incidents_listed())]

    def alert_rows(self, state: str = ""):
        with self.store.read() as read:
            return read.alerts_listed(state)

    def write(self, job):
        """A change from outside, as a person or a plugin makes it; the flows are woken."""
        result = self.store.write(job).result()
        self.wake_flush()
        self.runtime.settle()
        return result

    def now_ms(self) -> int:
        return to_ms(self.clock.utc_now())


def alert(name="DiskFull", instance="db01", severity="critical", labels=None, **more) -> dict:
    given = {"alertname": name, "instance": instance} | ({"severity": severity} if severity else {})
    return {"labels": given | (labels or {}), **more}


@pytest.fixture
def build(tmp_path):
    """Make a world with its own configuration or plugins."""
    made: list[Alerting] = []

    def build(hooks=None, *, ask=ask_here, **changes) -> Alerting:
        made.append(Alerting(tmp_path / f"{len(made)}.db", settings_for(**changes), hooks, ask))
        return made[-1]

    yield build
    for world in made:
        world.engine.close()


@pytest.fixture
def world(build) -> Alerting:
    return build()
