"""What the bridge says about itself: ordinary alerts with the source ``pilotbridge``.

It writes them into the journal like anybody's; it refuses to send them by a way of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import msgspec

from pilotbridge.clock import Clock, from_ms
from pilotbridge.config.settings import RouteNode, Settings
from pilotbridge.logs import get_logger
from pilotbridge.model import Alert, AlertState, Fingerprint, JournalId, Labels, Parsed, Severity, Trouble
from pilotbridge.protocols import Arrived, Incoming, Unreadable
from pilotbridge.store.protocol import Store
from pilotbridge.store.records import Body

OWN_SOURCE = "pilotbridge"
TROUBLES_ROUTE = "troubles"
RENEWED_EVERY_MS = 60_000

_log = get_logger(__name__)


class _Told(msgspec.Struct):
    """The body of a Trouble in the journal."""

    name: str
    what: str
    summary: str = ""
    severity: Severity = Severity.WARNING
    over: bool = False
    since_ms: int = 0
    lasts_ms: int = 0

    @classmethod
    def of(cls, trouble: Trouble) -> _Told:
        lasts_ms = int(trouble.lasts.total_seconds() * 1000) if trouble.lasts is not None else 0
        return cls(trouble.name, trouble.what, trouble.summary, trouble.severity, lasts_ms=lasts_ms)


class OwnSource:
    """Reads the bridge's own bodies."""

    options: type[Any] | None = None
    type: str = OWN_SOURCE
    groups: bool = False
    severities: Mapping[str, Severity] = {}

    def parse(self, incoming: Incoming, options: Any) -> Parsed:  # noqa: ARG002 - it has none
        try:
            told = msgspec.json.decode(incoming.body, type=_Told)
        except msgspec.MsgspecError as error:
            raise Unreadable(f"no Trouble of this PilotBridge: {error}") from error
        return Parsed((_alert(told, incoming.received_at),))


def _alert(told: _Told, at: datetime) -> Alert:
    identity = {"alertname": told.name, "what": told.what}
    return Alert(
        source=OWN_SOURCE,
        labels=Labels({**identity, "severity": told.severity.value}),
        annotations=Labels({"summary": told.summary}),
        state=AlertState.RESOLVED if told.over else AlertState.FIRING,
        starts_at=from_ms(told.since_ms) if told.since_ms else at,
        ends_at=at if told.over else None,
        expires_at=at + timedelta(milliseconds=told.lasts_ms) if told.lasts_ms else None,
        fingerprint=fingerprint_of(told.name, told.what),
    )


def fingerprint_of(name: str, what: str) -> Fingerprint:
    """What identifies a Trouble; its severity may change while it is open."""
    return Fingerprint(Labels({"alertname": name, "what": what}).digest(OWN_SOURCE))


def troubles_node(settings: Settings) -> RouteNode:
    """The node Troubles go by: the root's waits, one group for each thing that is wrong."""
    return replace(
        settings.route,
        path=TROUBLES_ROUTE,
        receiver=settings.troubles_receiver,
        group_by=("alertname", "what"),
        group_by_all=False,
        children=(),
    )


def body_of(trouble: Trouble, at: datetime) -> Body:
    """The journal's body that says that something is wrong."""
    return _body(_Told.of(trouble), at)


def _body(told: _Told, at: datetime) -> Body:
    incoming = Incoming(OWN_SOURCE, msgspec.json.encode(told), {}, {}, at)
    return Body(incoming, alerts=1)


class Troubles:
    """Raises and clears Troubles from any thread; nobody waits for the disk here.

    ``hand_over`` gets each one that is on disk, as the intake's does.
    """

    def __init__(self, *, store: Store, clock: Clock, hand_over: Callable[[Sequence[Arrived]], None]) -> None:
        self._store = store
        self._clock = clock
        self._hand_over = hand_over
        # When each was last written; None: it is cleared. What is not here is as the store has it.
        self._written_ms: dict[tuple[str, str], int | None] = {}
        self._ends_by_itself: dict[tuple[str, str], bool] = {}
        self._lock = Lock()

    def raise_trouble(self, trouble: Trouble) -> None:
        """Something is wrong. Said again it is renewed, at the price of one row a minute at most.

        But at once where it was to end by itself and now stays, lest it end although it is so.
        """
        now_ms = self._clock.now_ms()
        key = (trouble.name, trouble.what)
        with self._lock:
            written_ms = self._written_ms.get(key)
            stays = trouble.lasts is None and self._ends_by_itself.get(key, False)
            if written_ms is not None and not stays and 0 <= now_ms - written_ms < RENEWED_EVERY_MS:
                return
            self._written_ms[key] = now_ms
            self._ends_by_itself[key] = trouble.lasts is not None
        if written_ms is None:
            _log.warning("trouble", trouble=trouble.name, what=trouble.what, summary=trouble.summary)
        self._write(key, _Told.of(trouble))

    def clear(self, name: str, what: str) -> None:
        """It is right again. Costs nothing while it was."""
        key = (name, what)
        with self._lock:
            is_known = key in self._written_ms
            written_ms = self._written_ms.get(key)
            self._written_ms[key] = None
        if written_ms is None and (is_known or not self._fires(name, what)):
            return
        _log.info("trouble is over", trouble=name, what=what)
        self._write(key, _Told(name, what, over=True))

    def _fires(self, name: str, what: str) -> bool:
        """Whether it was raised before this process began."""
        fingerprint = fingerprint_of(name, what)
        with self._store.read() as read:
            known = read.known_alerts([fingerprint]).get(fingerprint)
        return known is not None and known.state is AlertState.FIRING

    def _write(self, key: tuple[str, str], told: _Told) -> None:
        at = self._clock.utc_now()
        body = _body(told, at)
        parsed = Parsed((_alert(told, at),))

        def written(done: Future[tuple[JournalId, bool]]) -> None:
            failure = done.exception()
            if failure is None:
                self._hand_over([Arrived(done.result()[0], OWN_SOURCE, at, parsed)])
                return
            with self._lock:
                self._written_ms.pop(key, None)
            _log.error(
                "a trouble could not be recorded", trouble=told.name, what=told.what, cause=str(failure)
            )

        self._store.write(lambda tx: tx.append_journal(body)).add_done_callback(written)
