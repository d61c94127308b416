"""What is measured, one function each: set up, load, and figures.

It owns the question behind a figure; processes and tables are made elsewhere.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import bodies, brain, looking, replaying
from bench.figures import Figure
from bench.ground import COMMAND, SENDER_TOKEN, Bridge, Gateway, Reference, ask, bridge_and_gateway, load
from bench.loader import Job, Sent
from bench.relay import RelayScale, measure

SETTLES_WITHIN_S = 300.0
ACTIVE_ALERTS = 100_000


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything; ``--quick`` and the tests take less."""

    rounds: int = 5
    warm_s: float = 1.0
    seconds: float = 6.0
    connections: int = 128
    teams: int = 500
    bodies: int = 2_000
    latency_s: float = 20.0
    latency_rates: tuple[int, ...] = (500, 1_000, 2_000)
    queued: int = 10_000
    starts: int = 9
    active_alerts: int = ACTIVE_ALERTS
    relay: RelayScale = RelayScale()
    brain: brain.BrainScale = brain.BrainScale()
    replay: replaying.ReplayScale = replaying.ReplayScale()
    looks: looking.LookingScale = looking.LookingScale()


QUICK = Scale(
    rounds=2,
    seconds=3.0,
    bodies=500,
    latency_s=5.0,
    queued=2_000,
    starts=3,
    active_alerts=20_000,
    relay=RelayScale(rounds=1, answers=100, sms=10, texts=100_000),
    brain=brain.BrainScale(rounds=1, active=20_000, more=2_000),
    replay=replaying.ReplayScale(rounds=1, bodies=1_000),
    looks=looking.LookingScale(messages=100_000),
)


def accept(folder: Path, scale: Scale) -> list[Figure]:
    """How many alerts a second are on disk and answered 202, beside a server that keeps nothing.

    They are routed, grouped and put into the tables at the same time; nobody is told of them yet.
    """
    reference: list[float] = []
    ones: list[float] = []
    hundreds: list[float] = []
    for turn in range(scale.rounds):
        with Reference(_new(folder, f"reference-{turn}")) as bare:
            job = Job(bare.port, "/in/any", SENDER_TOKEN, connections=scale.connections)
            reference.append(_rate(load(_timed(job, scale))))
        for alerts, rates in ((1, ones), (100, hundreds)):
            at = folder / f"accept-{alerts}-{turn}"
            with bridge_and_gateway(at, teams=scale.teams) as (bridge, _):
                job = bridge.job(kind=bodies.COUNTED, alerts=alerts, connections=scale.connections)
                rates.append(_rate(load(_timed(job, scale))) * alerts)
    return [
        Figure("reference: read the body, answer 202", "requests/s", tuple(reference)),
        Figure("accepted, 1 alert a body", "alerts/s", tuple(ones), 0.18, references=tuple(reference)),
        Figure("accepted, 100 alerts a body", "alerts/s", tuple(hundreds), 1.3, references=tuple(reference)),
    ]


def _timed(job: Job, scale: Scale) -> Job:
    return replace(job, warm_s=scale.warm_s, seconds=scale.seconds)


def _rate(sent: Sent) -> float:
    _check(sent)
    return sent.answered / sent.seconds


def _check(sent: Sent) -> None:
    if set(sent.statuses) != {"202"}:
        raise RuntimeError(f"not every body was accepted: {sent.statuses}")


def process(folder: Path, scale: Scale) -> list[Figure]:
    """Everything: from the first body sent to the last SMS settled; a body is a group and one SMS."""
    rates, packets = [], []
    for turn in range(scale.rounds):
        with bridge_and_gateway(folder / f"process-{turn}", teams=scale.teams) as (bridge, gateway):
            sent = load(bridge.job(alerts=100, amount=scale.bodies, connections=32))
            _check(sent)
            ended_s = bridge.wait_until_accepted(scale.bodies, SETTLES_WITHIN_S)
            _check_once(gateway, scale.bodies)
            rates.append(scale.bodies * 100 / (ended_s - sent.began_ns / 1e9))
            packets.append(scale.bodies / gateway.order("count")["packets"])
    return [
        Figure("processed to the end, 100 alerts a body", "alerts/s", tuple(rates), 20_000),
        Figure("  SMS in a packet meanwhile", "SMS", tuple(packets)),
    ]


def _check_once(gateway: Gateway, messages: int) -> None:
    """Every message arrived, and none twice."""
    told = gateway.order("count")
    if told["messages"] != messages or told["repeated"]:
        raise RuntimeError(f"{messages} SMS were to arrive once; the gateway has {told}")


def latency(folder: Path, scale: Scale) -> list[Figure]:
    """From the moment a body was due to be sent to the moment the gateway has read its SMS."""
    figures = []
    for rate in scale.latency_rates:
        halves, most, longest = [], [], []
        for turn in range(scale.rounds):
            found = _latencies_ms(folder / f"latency-{rate}-{turn}", rate, scale)
            halves.append(_share(found, 0.50))
            most.append(_share(found, 0.99))
            longest.append(found[-1])
        is_bound = rate == 1_000
        figures += [
            Figure(f"POST to gateway at {rate}/s, p50", "ms", tuple(halves), 8 if is_bound else None, True),
            Figure(f"POST to gateway at {rate}/s, p99", "ms", tuple(most), 50 if is_bound else None, True),
            Figure(f"POST to gateway at {rate}/s, longest", "ms", tuple(longest)),
        ]
    return figures


def _latencies_ms(folder: Path, rate: int, scale: Scale) -> list[float]:
    with bridge_and_gateway(folder, teams=scale.teams) as (bridge, gateway):
        warm = int(rate * scale.warm_s)
        _check(load(bridge.job(rate=rate, seconds=scale.warm_s, connections=64)))
        bridge.wait_until_accepted(warm, SETTLES_WITHIN_S)
        sent = load(bridge.job(rate=rate, seconds=scale.latency_s, first=warm, connections=64))
        _check(sent)
        bridge.wait_until_accepted(warm + sent.answered, SETTLES_WITHIN_S)
        _check_once(gateway, warm + sent.answered)
        arrived_ns = gateway.arrived_ns()
    return sorted((arrived_ns[sent.first + n] - due_ns) / 1e6 for n, due_ns in enumerate(sent.due_ns))


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def drain(folder: Path, scale: Scale) -> list[Figure]:
    """How fast a full outbox empties into a gateway that answers at once.

    The gateway keeps its first answer back until everything is queued.
    """
    rates = []
    for turn in range(scale.rounds):
        with bridge_and_gateway(folder / f"drain-{turn}", teams=scale.teams) as (bridge, gateway):
            gateway.order("hold")
            _check(load(bridge.job(amount=scale.queued, connections=64)))
            _wait_until_queued(bridge, scale.queued)
            began_s = time.monotonic()
            gateway.order("release")
            ended_s = bridge.wait_until_accepted(scale.queued, SETTLES_WITHIN_S)
            _check_once(gateway, scale.queued)
            rates.append(scale.queued / (ended_s - began_s))
    return [Figure("drain of a full outbox", "SMS/s", tuple(rates))]


def _wait_until_queued(bridge: Bridge, messages: int) -> None:
    ends_at = time.monotonic() + SETTLES_WITHIN_S
    while sum(bridge.counts().values()) < messages:
        if time.monotonic() > ends_at:
            raise RuntimeError(f"the outbox did not fill: {bridge.counts()}")
        time.sleep(0.05)


def start(folder: Path, scale: Scale) -> list[Figure]:
    """How long ``run`` takes until it is ready, with a configuration of a few people, and what it holds."""
    fresh, again, idle = [], [], []
    with Gateway(_new(folder, "start")) as gateway:
        for turn in range(scale.starts):
            bridge = Bridge(_new(folder, f"start-{turn}"), gateway_port=gateway.port, teams=3)
            with bridge:
                fresh.append(bridge.run())
            with bridge:
                again.append(bridge.run())
                time.sleep(scale.warm_s)
                idle.append(bridge.rss_mib)
    return [
        Figure("run until ready, no database yet", "s", tuple(fresh), 0.6, True),
        Figure("run until ready, database there", "s", tuple(again), 0.6, True),
        Figure("memory, idle", "MiB", tuple(idle), 90, True),
        *(_command(words, scale) for words in (["--version"], ["--help"], ["text", "disk full on db01"])),
    ]


def _command(words: list[str], scale: Scale) -> Figure:
    took = []
    for _ in range(scale.starts):
        began = time.monotonic()
        subprocess.run([COMMAND, *words], check=True, stdout=subprocess.DEVNULL)
        took.append(time.monotonic() - began)
    return Figure(f"pilotbridge {words[0]}", "s", tuple(took), 0.2, True)


def memory(folder: Path, scale: Scale) -> list[Figure]:
    """What it holds with very many active alerts, after all of them were told of."""
    with bridge_and_gateway(folder / "memory", teams=scale.teams) as (bridge, _):
        amount = scale.active_alerts // 100
        _check(load(bridge.job(alerts=100, amount=amount, connections=32)))
        bridge.wait_until_accepted(amount, SETTLES_WITHIN_S)
        held = bridge.rss_mib
    return [Figure(f"memory, {scale.active_alerts:,} active alerts", "MiB", (held,), 300, True)]


def lists(folder: Path, scale: Scale) -> list[Figure]:
    """How long Alertmanager's lists of very many active alerts take, and what the bridge holds after them."""
    found: dict[str, list[float]] = {"alerts": [], "alerts/groups": [], "alerts?filter=alertname=nothing": []}
    with bridge_and_gateway(folder / "lists", teams=scale.teams) as (bridge, _):
        amount = scale.active_alerts // 100
        _check(load(bridge.job(kind=bodies.COUNTED, alerts=100, amount=amount, connections=32)))
        bridge.wait_until_taken_in(SETTLES_WITHIN_S)
        for _ in range(scale.rounds):
            for what, took in found.items():
                began = time.monotonic()
                status, _body = ask(bridge.port, f"/api/v2/{what}")
                took.append(time.monotonic() - began)
                if status != 200:
                    raise RuntimeError(f"{what} was answered {status}")
        held = bridge.rss_mib
    named = f"of {scale.active_alerts:,} active alerts"
    return [
        Figure(f"list {named}", "s", tuple(found["alerts"])),
        Figure(f"list {named}, by group", "s", tuple(found["alerts/groups"])),
        Figure(f"none {named}, by a filter", "s", tuple(found["alerts?filter=alertname=nothing"])),
        Figure("memory after the lists", "MiB", (held,), 300, True),
    ]


def _new(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir(mode=0o700, parents=True)
    return made


Scenario = Callable[[Path, Scale], list[Figure]]
SCENARIOS: Mapping[str, Scenario] = {
    "accept": accept,
    "process": process,
    "latency": latency,
    "drain": drain,
    "start": start,
    "memory": memory,
    "lists": lists,
    "brain": lambda folder, scale: brain.measure(folder, scale.brain),
    "replay": lambda folder, scale: replaying.measure(folder, scale.replay),
    "looks": lambda folder, scale: looking.measure(folder, scale.looks),
    "relay": lambda folder, scale: measure(folder, scale.relay),
}
