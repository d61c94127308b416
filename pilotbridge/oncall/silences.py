"""Silences: what is kept quiet on purpose, from when to when, and by whom.

It checks and stores them in the caller's transaction; what a silence does to a group is alerting's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pilotbridge.clock import from_ms
from pilotbridge.errors import NotFound, Refused
from pilotbridge.matcher import Matcher, Matchers
from pilotbridge.model import Silence, SilenceId
from pilotbridge.store.protocol import WriteVerbs


def add_silence(
    tx: WriteVerbs,
    matchers: Iterable[str],
    *,
    starts: datetime,
    ends: datetime,
    author: str,
    comment: str,
    id: SilenceId,  # noqa: A002 - the word people use
    now_ms: int,
) -> Silence:
    """Keep alerts that match all of ``matchers`` quiet; a known ``id`` changes that silence.

    :raises Refused: when a matcher cannot be read, all of them match alerts without labels, or the times
        make no sense.
    """
    read = read_matchers(matchers)
    if ends <= starts or ends <= from_ms(now_ms):
        raise Refused("a silence must end after it starts, and in the future")
    silence = Silence(id, tuple(map(str, read)), starts, ends, author, comment)
    is_change = tx.silence(id) is not None
    tx.put_silence(silence, now_ms)
    if is_change:
        tx.wake_muted(now_ms)
    return silence


def expire_silence(tx: WriteVerbs, silence_id: str, *, now_ms: int) -> Silence:
    """End a silence now; whatever it kept quiet is looked at again.

    :raises NotFound: when there is no such silence.
    :raises Refused: when it has ended already.
    """
    silence = tx.silence(silence_id)
    if silence is None:
        raise NotFound(f"there is no silence {silence_id}")
    if not tx.expire_silence(silence_id, now_ms):
        raise Refused(f"silence {silence_id} has already ended")
    tx.wake_muted(now_ms)
    return tx.silence(silence_id) or silence


def read_matchers(texts: Iterable[str]) -> Matchers:
    """Matchers as a silence takes them.

    :raises Refused: when one cannot be read, there is none, or all of them match an alert without labels.
    """
    try:
        found = Matchers(tuple(Matcher.parse(text) for text in texts))
    except ValueError as error:
        raise Refused(str(error)) from error
    if found.matches({}):
        raise Refused(
            'a silence needs a matcher that does not match everything, such as alertname="DiskFull"'
        )
    return found
