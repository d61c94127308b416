"""Every address below ``/api/v2`` with the right it needs; only a POST of alerts has a door of its own."""

from __future__ import annotations

from pilotbridge.clock import Clock
from pilotbridge.desk.desk import Desk
from pilotbridge.store.protocol import Store
from pilotbridge.web.alertmanager.alerts import AlertLists
from pilotbridge.web.alertmanager.silences import Silences
from pilotbridge.web.alertmanager.status import status_endpoints
from pilotbridge.web.endpoints import Endpoint


def alertmanager_endpoints(desk: Desk, store: Store, clock: Clock) -> tuple[Endpoint, ...]:
    """The endpoints of one bridge, by the configuration that counts when they are asked."""
    return (
        *AlertLists(store, desk.settings, clock).endpoints(),
        *Silences(desk, store, clock).endpoints(),
        *status_endpoints(desk.settings, clock),
    )
