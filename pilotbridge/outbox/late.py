"""What starts late says so, and a backlog is one SMS: nobody needs five old texts in a row.

Nor does anybody read as going on what is over: its end, if that waits too, tells both.

Only alerts' own texts that surely were not accepted are touched; each of them ends CANCELLED, with the number
of the SMS that speaks for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pilotbridge.clock import from_ms
from pilotbridge.intervals import contains
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import Contact, MessageId
from pilotbridge.outbox.enqueue import Order, enqueue, lapses_after_ms
from pilotbridge.outbox.turn import Turn
from pilotbridge.sms_text import clean, fit, transliterate
from pilotbridge.store.records import LateSms, Move, OutboxRow

LATE_AFTER_MS = 10 * 60_000
ALERTS, ORIGIN = "alert", "late"
NAMED_MAX = 8
KEPT_MS = 72 * 3_600_000
"""Nothing waits longer: by then even a critical text has lapsed."""

_REF = re.compile(r"#\d+(?:\.\d+)?")


def is_late(turn: Turn, row: OutboxRow) -> bool:
    """Whether an alert's text waited so long that it has to say so; one that was in doubt may be there."""
    if row.origin != ALERTS or row.doubt is not None:
        return False
    is_old = turn.now_ms - begun_ms(row) > LATE_AFTER_MS
    if not is_old and not _was_quiet(turn, row):
        return False
    late = _late(turn, row)
    return any(each.row.id == row.id for each in late) and (is_old or len({each.ref for each in late}) > 1)


def _was_quiet(turn: Turn, row: OutboxRow) -> bool:
    """Whether its reader wanted it later: what the end of quiet hours lets go is one digest, old or not."""
    contact = turn.sender.postage().contacts.get(row.recipient)
    quiet = contact.quiet_hours if contact else ()
    return bool(quiet) and not row.critical and contains(quiet, from_ms(row.created_at_ms))


def begun_ms(row: OutboxRow) -> int:
    """When it was to go: told from when it lapses, which follows a clock that is set."""
    return row.lapses_at_ms - lapses_after_ms(critical=row.critical)


def _late(turn: Turn, row: OutboxRow) -> list[LateSms]:
    since_ms, before_ms = turn.now_ms - KEPT_MS, turn.now_ms - LATE_AFTER_MS
    found = turn.tx.late_messages(row.recipient, turn.gateway, since_ms=since_ms)
    waited = [
        each
        for each in found
        if each.row.state is not State.QUEUED or begun_ms(each.row) < before_ms or _was_quiet(turn, each.row)
    ]
    about = {each.ref for each in waited}
    ends = [each for each in found if each.ref in about and not each.is_open and each not in waited]
    return sorted([*waited, *ends], key=lambda each: each.row.id)


def is_behind(turn: Turn, row: OutboxRow) -> bool:
    """Whether more has become late since this summary was made, or something that it names is over since.

    One that was in doubt may be there: it goes once more as it is, or not at all.
    """
    if row.origin != ORIGIN or row.doubt is not None:
        return False
    is_news = any(
        each.row.state is State.QUEUED or (each.ended_ms is not None and row.created_at_ms < each.ended_ms)
        for each in _late(turn, row)
    )
    replaced = turn.tx.late_summaries(row.recipient, turn.gateway, turn.now_ms - KEPT_MS) if is_news else ()
    return any(each.id == row.id for each in replaced)


def leave_to_end(turn: Turn, row: OutboxRow) -> bool:
    """Whether ``row`` gives way to the text behind it that says that it is over, and so tells both."""
    if row.origin != ALERTS or row.incident_id is None or row.doubt is not None:
        return False
    since_ms = turn.now_ms - KEPT_MS
    found = turn.tx.late_messages(row.recipient, turn.gateway, since_ms=since_ms)
    ref = next((each.ref for each in found if each.row.id == row.id and each.is_overtaken), "")
    end = _end_of([each for each in found if ref and each.ref == ref])
    if end is None:
        return False
    why = f"it was over before it could be sent; message {end.id} tells both"
    if turn.move(Move(row.id, row.revision, row.state, Event.CANCEL, why)):
        turn.tx.supersede(row, end.id, since_ms)
    return True


def _end_of(about_one: Sequence[LateSms]) -> OutboxRow | None:
    """The queued text that says that what all these are about is over."""
    last = about_one[-1] if about_one else None
    is_end = last is not None and not last.is_open and not last.is_overtaken
    return last.row if last is not None and is_end and last.row.state is State.QUEUED else None


def speak_for_late(turn: Turn, row: OutboxRow) -> MessageId:
    """Put one SMS in place of all late ones to the same number; returns its number.

    An earlier such SMS that has not left yet is one of them: at any time there is one. Where all are about
    one incident that is over, the text that says so is that SMS.
    """
    tx, since_ms = turn.tx, turn.now_ms - KEPT_MS
    late = _late(turn, row)
    earlier = tx.late_summaries(row.recipient, turn.gateway, since_ms)
    contact = turn.sender.postage().contacts.get(row.recipient) or Contact(row.contact, row.recipient, "UTC")
    end = _end_of(late) if len({each.ref for each in late}) == 1 else None
    if end is not None and turn.now_ms - begun_ms(end) <= LATE_AFTER_MS:
        new = end.id
    else:
        new = _enqueued(turn, end or row, late if end is None else late[-1:], contact)
    for each in [*earlier, *(sms.row for sms in late if sms.row.state is State.QUEUED)]:
        if each.id == new:
            continue
        why = f"it was late; message {new} speaks for it"
        if turn.move(Move(each.id, each.revision, each.state, Event.CANCEL, why)):
            tx.supersede(each, new, since_ms)
    tx.look_again(new, turn.now_ms)  # what it stands for counted against it when it was put in
    return new


def _enqueued(turn: Turn, row: OutboxRow, late: Sequence[LateSms], contact: Contact) -> MessageId:
    """A new SMS: the same text once more, unless there are several or it is not true any more."""
    is_single = len(late) == 1 and not late[0].is_overtaken
    order = _single(turn, late[0].row, contact) if is_single else _summary(turn, row, late, contact)
    new = enqueue(turn.tx, order, turn.sender.postage(), turn.now_ms)
    if is_single:
        turn.tx.take_place(late[0].row, new)
    return new


def _single(turn: Turn, row: OutboxRow, contact: Contact) -> Order:
    """The same text, which says that it is late; it keeps its place in the order of its incident."""
    refs = _REF.findall(row.text)
    keep = f" {refs[-1]}" if refs else ""
    body = f"{_words(contact).late} {row.text}"
    parts = max(row.parts, turn.sender.postage().parts)
    return Order(
        row.recipient,
        body if not keep else _fitted(body, keep, parts),
        reason=f"message {row.id} was late",
        origin=ORIGIN,
        critical=row.critical,
        prefer_duplicate=row.prefer_duplicate,
        text_is_unique=row.text_is_unique,
        contact=row.contact,
        incident_id=row.incident_id,
    )


def _fitted(body: str, keep: str, parts: int) -> str:
    """Whole when it is small enough, else cut before its ref."""
    head = body.rpartition(keep)[0]
    return body if fit(body, parts, keep="") == body else fit(head, parts, keep=keep)


def _summary(turn: Turn, row: OutboxRow, late: Sequence[LateSms], contact: Contact) -> Order:
    is_critical = any(each.row.critical for each in late)
    return Order(
        row.recipient,
        fit(summary(late, contact, turn.now_ms), turn.sender.postage().parts, keep=""),
        reason=f"a summary of {len(late)} late messages",
        origin=ORIGIN,
        critical=is_critical,
        contact=row.contact,
    )


# --- words ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Words:
    late: str
    digest: str
    since: str
    over: str
    severities: tuple[tuple[str, str], ...]


_ENGLISH = _Words(
    "LATE", "DIGEST", "since", "over", (("critical", "CRIT"), ("warning", "WARN"), ("info", "INFO"))
)
_RUSSIAN = _Words(
    "ПОЗДНО", "СВОДКА", "с", "прошло", (("critical", "КРИТ"), ("warning", "ВНИМ"), ("info", "ИНФО"))
)


def summary(late: Sequence[LateSms], contact: Contact, now_ms: int) -> str:
    """``LATE 4 since 01:10: CRIT ApiDown #417, WARN DiskFull #418; over: Cpu #419``."""
    words = _words(contact)
    subjects = {each.ref: each for each in late}
    open_ones = [each for each in subjects.values() if each.is_open]
    over = [each for each in subjects.values() if not each.is_open]
    severities = dict(words.severities)
    named = [f"{severities.get(each.severity, each.severity)} {each.name} #{each.ref}" for each in open_ones]
    ended = [f"{each.name} #{each.ref}" for each in over]
    room = max(NAMED_MAX - len(named), 1)
    said = [_listed(named, NAMED_MAX)] if named else []
    said += [f"{words.over}: {_listed(ended, room)}"] if ended else []
    zone = ZoneInfo(contact.zone)
    began, now = (
        from_ms(ms).astimezone(zone) for ms in (min(each.row.created_at_ms for each in late), now_ms)
    )
    since = f"{began:%H:%M}" if began.date() == now.date() else f"{began:%d.%m %H:%M}"
    head = words.digest if _were_quiet(late, contact) else words.late
    text = clean(f"{head} {len(subjects)} {words.since} {since}: {'; '.join(said)}")
    return text if contact.sms_text == "ru" else transliterate(text)


def _words(contact: Contact) -> _Words:
    return _RUSSIAN if "ru" in (contact.language, contact.sms_text) else _ENGLISH


def _were_quiet(late: Sequence[LateSms], contact: Contact) -> bool:
    """Whether all of it came in the quiet hours of its reader, who wanted it later."""
    return bool(contact.quiet_hours) and all(
        contains(contact.quiet_hours, from_ms(each.row.created_at_ms)) for each in late
    )


def _listed(names: Sequence[str], most: int) -> str:
    more = f" +{len(names) - most}" if len(names) > most else ""
    return ", ".join(names[:most]) + more
