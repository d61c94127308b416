"""Forgets finished things that are past their time; whatever is unfinished stays."""

from __future__ import annotations

from collections.abc import Callable

from pilotbridge.config.settings import PrivacySettings
from pilotbridge.store.protocol import Store
from pilotbridge.store.sql import WriteVerbs

CHUNKS_MAX = 100
REPEATS_KEPT_MS = 3_600_000
"""Long enough to look at what a sender says; a Prometheus repeats all that fires every minute."""


def prune(store: Store, privacy: PrivacySettings, now_ms: int) -> int:
    """Forget finished things that are past their time, a chunk to a commit; returns how many rows went."""
    texts_ms = now_ms - int(privacy.texts.total_seconds() * 1000)
    journal_ms = now_ms - int(privacy.journal.total_seconds() * 1000)
    steps: tuple[Callable[[WriteVerbs], int], ...] = (
        lambda tx: tx.prune_repeats(max(journal_ms, now_ms - REPEATS_KEPT_MS)),
        lambda tx: tx.prune_journal(journal_ms),
        lambda tx: tx.prune_messages(texts_ms),
        lambda tx: tx.prune_posts(texts_ms),
        lambda tx: tx.prune_alerts(texts_ms),
    )
    return sum(_prune(store, step) for step in steps)


def _prune(store: Store, step: Callable[[WriteVerbs], int]) -> int:
    gone = 0
    for _ in range(CHUNKS_MAX):
        chunk = store.write(step).result()
        gone += chunk
        if not chunk:
            break
    return gone
