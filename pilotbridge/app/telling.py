"""Alerting's parts, and those of on call: who takes alerts in, who tells of them, who climbs the steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pilotbridge.alerting.at_once import AtOnce
from pilotbridge.alerting.flush import Flush
from pilotbridge.alerting.ingest import Ingest
from pilotbridge.alerting.notices import Notices
from pilotbridge.alerting.teller import Teller
from pilotbridge.alerting.worker import Alerting
from pilotbridge.app.ground import Shared
from pilotbridge.calendars import Calendars
from pilotbridge.model import Way
from pilotbridge.oncall.escalation import Escalate
from pilotbridge.oncall.handing_over import HandOvers


def build_alerting(shared: Shared) -> Ingest:
    """Returns the worker's way in."""
    ground, wakes = shared.ground, shared.wakes
    common: dict[str, Any] = {
        "store": shared.store,
        "settings": shared.settings,
        "clock": shared.clock,
        "meter": shared.meter,
    }
    hooks = shared.in_force.hooks
    teller = Teller(
        **common,
        hooks=hooks,
        postage=shared.postage,
        rng=ground.rng,
        wake=wakes.told,
        ask=ground.runtime.hook_thread.ask,
        raise_trouble=shared.troubles.raise_trouble,
    )
    # Whoever looks at the groups follows in the same turn: nobody is to be woken.
    ingest = Ingest(
        **common,
        hooks=hooks,
        sources=lambda: shared.in_force.plugins.sources,
        at_once=AtOnce(shared.store, hooks, teller),
        wake=lambda: None,
    )
    flush = Flush(**common, teller=teller, inhibition=ingest.inhibition)
    notices = Notices(
        shared.store, shared.settings, postage=shared.postage, clock=shared.clock, wake=wakes.senders
    )
    wakes.add(Alerting(ingest, flush))
    wakes.add(notices)
    return ingest


def build_on_call(shared: Shared, *, down: Callable[[], list[Way]], ask: Callable[[], None]) -> Escalate:
    """``down`` tells the ways that do not work now, ``ask`` has the gateways asked out of turn."""
    wakes, troubles = shared.wakes, shared.troubles
    escalate = Escalate(
        shared.store, shared.settings, clock=shared.clock, down=down, ask=ask, wake=wakes.alerting
    )
    hand_overs = HandOvers(
        shared.store,
        shared.settings,
        postage=shared.postage,
        clock=shared.clock,
        ask=wakes.tracking,
        wake=wakes.outboxes,
        trouble=troubles.raise_trouble,
        clear=troubles.clear,
    )
    calendars = Calendars(
        shared.store,
        shared.settings,
        clock=shared.clock,
        fetch=shared.ground.fetch_calendar,
        trouble=troubles.raise_trouble,
        clear=troubles.clear,
        changed=wakes.on_call,
    )
    # Woken with every SMS that is told of or settled; a step never hurries so.
    for worker in (escalate, hand_overs, calendars):
        wakes.add(worker, unhurried=True)
    return escalate
