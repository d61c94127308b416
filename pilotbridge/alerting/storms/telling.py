"""The SMS of storms: looked at when due, worded, and queued in one commit with the storm's row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pilotbridge.alerting.compose import Wording, finish
from pilotbridge.alerting.deliver import ORIGIN
from pilotbridge.alerting.storms.watch import StormWatch
from pilotbridge.alerting.storms.word import Kind, Word, decide, new_names, text
from pilotbridge.clock import from_ms
from pilotbridge.config.settings import Settings
from pilotbridge.errors import NotAllowed
from pilotbridge.logs import get_logger
from pilotbridge.model import Contact, Ref, Severity
from pilotbridge.outbox.enqueue import Order, Postage, enqueue
from pilotbridge.store.protocol import Store, WriteVerbs
from pilotbridge.store.records import Storm, StormMember

STORMS_PER_TURN = 500
UNHEARD_AGAIN_MS = 600_000

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Looked:
    """A storm, its incidents, and what there is to say of it; ``order`` says it."""

    storm: Storm
    members: Sequence[StormMember]
    word: Word
    ref: Ref
    order: Order | None


def tell_storms(
    store: Store,
    watch: StormWatch,
    settings: Settings,
    postage: Postage,
    new_ref: Callable[[], Ref],
    now_ms: int,
) -> bool:
    """Look at every storm that is due; whether anything was put into the outbox."""
    if not watch.is_raging:
        return False
    with store.read() as read:
        due = read.due_storms(now_ms, STORMS_PER_TURN)
    looked = [_look(store, storm, settings, new_ref, now_ms) for storm in due]
    if looked:
        store.write(lambda tx: _write_all(tx, looked, postage, now_ms)).result()
    with store.read() as read:
        watch.rage_over(storm.recipient for storm in read.open_storms())
    for each in looked:
        if each.order is not None:
            kind, count = str(each.word.kind), len(each.members)
            log.info("a storm was told", ref=each.ref, contact=each.storm.contact, kind=kind, incidents=count)
    return any(each.order is not None for each in looked)


def _look(store: Store, storm: Storm, settings: Settings, new_ref: Callable[[], Ref], now_ms: int) -> Looked:
    with store.read() as read:
        members = read.storm_members(storm.id)
        has_written = read.has_written(storm.recipient.digits)
    word = decide(storm, members, settings.storm, now_ms)
    if word.kind is None:
        return Looked(storm, members, word, storm.ref, None)
    known = settings.contacts.get(storm.contact)
    contact = known or Contact(storm.contact, storm.recipient, settings.bridge.zone)
    ref, number = storm.ref or new_ref(), storm.notifications + 1
    wording = Wording.of(settings, "")
    body = text(word.kind, storm, members, contact, from_ms(now_ms), wording.parts)
    may_hint = word.kind is not Kind.OVER and not has_written
    written = finish(body, contact, wording, ref, number, may_hint=may_hint)
    return Looked(storm, members, word, ref, _order(storm, members, word, written))


def _order(storm: Storm, members: Sequence[StormMember], word: Word, written: str) -> Order:
    is_critical = any(each.severity is Severity.CRITICAL for each in members)
    return Order(
        storm.recipient,
        written,
        reason=f"a storm {word.kind}: one SMS for {len(members)} incidents",
        origin=ORIGIN,
        critical=is_critical and word.kind is not Kind.OVER,
        text_is_unique=True,
        contact=storm.contact,
    )


def _write_all(tx: WriteVerbs, looked: Sequence[Looked], postage: Postage, now_ms: int) -> None:
    for each in looked:
        _write(tx, each, postage, now_ms)


def _write(tx: WriteVerbs, each: Looked, postage: Postage, now_ms: int) -> None:
    storm, word = each.storm, each.word
    if each.order is not None:
        _say(tx, each, each.order, postage, now_ms)
    if word.due_ms is None:
        tx.close_storm(storm.id, now_ms)
    elif word.kind is None:
        tx.await_storm(storm.id, word.due_ms)


def _say(tx: WriteVerbs, each: Looked, order: Order, postage: Postage, now_ms: int) -> None:
    storm = each.storm
    try:
        message = enqueue(tx, order, postage, now_ms)
    except NotAllowed as error:
        log.error("a storm reaches nobody", contact=storm.contact, cause=error.reason)
        tx.await_storm(storm.id, now_ms + UNHEARD_AGAIN_MS)
        return
    names = [*storm.names, *new_names(storm, each.members)]
    due_ms = now_ms if each.word.due_ms is None else each.word.due_ms
    count = len(each.members)
    tx.storm_told(storm.id, each.ref, message, count=count, names=names, now_ms=now_ms, due_ms=due_ms)
