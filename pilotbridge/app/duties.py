"""What is done again and again by the clock: gateways are asked, the spool is read, the old is pruned."""

from __future__ import annotations

from datetime import timedelta

from pilotbridge.app.doors import Doors
from pilotbridge.app.ground import Shared
from pilotbridge.app.sending import Sending
from pilotbridge.gauges import set_gauges
from pilotbridge.heartbeat import DUTY as HEARTBEAT
from pilotbridge.heartbeat import Heartbeat
from pilotbridge.outbox.capped import tell_capped
from pilotbridge.pinging import PingWay
from pilotbridge.protocols import Duty
from pilotbridge.store.forgetting import prune
from pilotbridge.store.room import tell_room
from pilotbridge.store.watching import Soundness

SPOOL_EVERY = timedelta(seconds=5)
GAUGES_EVERY = timedelta(seconds=15)
WAYS_EVERY = timedelta(seconds=10)
"""So often it is seen whether a way is down, for the sake of steps that go another one."""
PRUNE_EVERY = timedelta(minutes=10)
CAPS_EVERY = timedelta(minutes=1)
ROOM_EVERY = timedelta(minutes=1)
SOUNDNESS_EVERY = timedelta(minutes=1)
"""So long after the start the database is looked through; after that seldom, which it knows itself."""


def add_duties(shared: Shared, sending: Sending, doors: Doors) -> None:
    """As often as the configuration at the start says."""
    runtime, wakes = shared.ground.runtime, shared.wakes
    for name, gateway in shared.settings().gateways.items():
        runtime.add_duty(Duty(_inbound(name), gateway.inbound_every, doors.polls[name].turn))
        runtime.add_duty(Duty(f"balance {name}", gateway.balance.check_every, sending.balances[name].turn))
        runtime.add_duty(Duty(f"statuses {name}", gateway.status_every, wakes.tracking))
    runtime.add_duty(Duty("ways", WAYS_EVERY, lambda: wakes.one("escalation")))
    runtime.add_duty(Duty("spool", SPOOL_EVERY, doors.spool.turn))
    runtime.add_duty(Duty("gauges", GAUGES_EVERY, lambda: gauge(shared)))
    runtime.add_duty(Duty("prune", PRUNE_EVERY, lambda: _prune(shared)))
    runtime.add_duty(Duty("caps", CAPS_EVERY, lambda: tell_capped(shared.store, shared.troubles)))
    folder = shared.settings().store.sqlite_path.parent
    runtime.add_duty(Duty("room", ROOM_EVERY, lambda: tell_room(folder, shared.troubles)))
    path = shared.settings().store.sqlite_path
    soundness = Soundness(path, shared.troubles, shared.clock, runtime.do_aside)
    runtime.add_duty(Duty("soundness", SOUNDNESS_EVERY, soundness.turn))
    _add_heartbeat(shared, sending)


def ask_gateways(shared: Shared, sending: Sending) -> None:
    """Statuses and what came in are asked for now, out of turn."""
    shared.wakes.tracking()
    for name in sending.gateways:
        shared.ground.runtime.hurry(_inbound(name))


def gauge(shared: Shared) -> None:
    """What the metrics say of the store is as it is now."""
    with shared.store.read() as read:
        set_gauges(shared.meter, read, shared.clock.now_ms())


def _inbound(gateway: str) -> str:
    return f"inbound {gateway}"


def _prune(shared: Shared) -> None:
    prune(shared.store, shared.settings().privacy, shared.clock.now_ms())


def _add_heartbeat(shared: Shared, sending: Sending) -> None:
    ground, settings = shared.ground, shared.settings()
    beat = settings.bridge.heartbeat
    if beat is None or (ground.make_adapter is not None and ground.ping_adapter is None):
        return
    heartbeat = Heartbeat(
        beat,
        PingWay(beat.proxy, settings.network.ca_file, make_adapter=ground.ping_adapter),
        store=shared.store,
        gateways=sending.answering,
        door=ground.door,
        work=shared.overseer.why,
        clock=shared.clock,
        meter=shared.meter,
        troubles=shared.troubles,
    )
    ground.runtime.add_duty(Duty(HEARTBEAT, beat.every, heartbeat.turn))
