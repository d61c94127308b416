"""What stands in the store, as gauges: set every few seconds, so that a scrape asks the database nothing."""

from __future__ import annotations

from pilotbridge.lifecycle import STUCK, State
from pilotbridge.protocols import Meter
from pilotbridge.store.protocol import ReadVerbs


def set_gauges(meter: Meter, read: ReadVerbs, now_ms: int) -> None:
    """Set every gauge that the store knows."""
    counts = read.message_counts()
    for state in State:
        meter.gauge("messages", counts.get(state, 0), state=state.value)
    meter.gauge("messages_stuck", sum(counts.get(state, 0) for state in STUCK))
    oldest_ms = read.oldest_due()
    overdue_s = 0 if oldest_ms is None else max(now_ms - oldest_ms, 0) / 1000
    meter.gauge("messages_oldest_due_seconds", overdue_s)
    _set_of_conversations(meter, read, now_ms)
    waiting, posts_stuck = read.count_posts()
    meter.gauge("posts_waiting", waiting)
    meter.gauge("posts_stuck", posts_stuck)
    meter.gauge("journal_backlog", read.count_waiting())
    meter.gauge("orphans", read.count_orphans())


def _set_of_conversations(meter: Meter, read: ReadVerbs, now_ms: int) -> None:
    counts, waiting_since_ms = read.count_conversations()
    for state in ("new", "answered", "closed"):
        meter.gauge("conversations", counts.get(state, 0), state=state)
    waits_s = 0 if waiting_since_ms is None else max(now_ms - waiting_since_ms, 0) / 1000
    meter.gauge("conversations_oldest_unanswered_seconds", waits_s)
