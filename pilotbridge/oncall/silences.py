"""Silences: what is kept quiet on purpose, from when to when, and by whom.

It checks and stores them in the caller's transaction; what a silence does to a group is alerting's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from pilotbridge.clock import from_ms
from pilotbridge.errors import NotFound, Refused
from pilotbridge.matcher import Matcher, Matchers, Op
from pilotbridge.model import Silence, SilenceId
from pilotbridge.store.protocol import WriteVerbs


def new_silence_id(word: str) -> SilenceId:
    """An id as Alertmanager's clients know it, made of a ``word`` that nobody can guess."""
    return SilenceId(str(uuid5(NAMESPACE_OID, word)))


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
    tells: str = "",
) -> Silence:
    """Keep alerts that match all of ``matchers`` quiet; a known ``id`` changes that silence.

    ``tells`` is a receiver that hears when it begins and when it ends.

    :raises Refused: when a matcher cannot be read, all of them ask for absent labels, or the times make no
        sense.
    """
    read = read_matchers(matchers)
    if ends <= starts or ends <= from_ms(now_ms):
        raise Refused("a silence must end after it starts, and in the future")
    silence = Silence(id, tuple(map(str, read)), starts, ends, author, comment)
    is_change = tx.silence(id) is not None
    tx.put_silence(silence, now_ms)
    if tells:
        tx.tell_of_silence(id, tells)
    if is_change:
        tx.wake_muted(now_ms)
    return silence


def set_silence(tx: WriteVerbs, wanted: Silence, *, fresh: SilenceId, now_ms: int) -> Silence:
    """Add ``wanted`` as the silence ``fresh`` when its id is empty, else change the one with its id.

    As in Alertmanager a change never rewrites what was kept quiet: one of the matchers, or of a start that
    has passed, ends the old silence, and another one begins as ``fresh``. Whoever heard
    of the old one hears of both.

    :raises NotFound: when there is no such silence.
    :raises Refused: as :func:`add_silence`.
    """
    old, now = tx.silence(wanted.id) if wanted.id else None, from_ms(now_ms)
    if wanted.id and old is None:
        raise NotFound("silence not found")
    stays = old is not None and _may_become(old, wanted, now)
    if old is not None and not stays and old.ends_at > now:
        expire_silence(tx, old.id, now_ms=now_ms)
    return add_silence(
        tx,
        wanted.matchers,
        starts=wanted.starts_at if stays else max(wanted.starts_at, now),
        ends=wanted.ends_at,
        author=wanted.author,
        comment=wanted.comment,
        id=wanted.id if stays else fresh,
        now_ms=now_ms,
        tells="" if stays or old is None else tx.notice_of(old.id),
    )


def _may_become(old: Silence, wanted: Silence, now: datetime) -> bool:
    """Whether ``old`` may be changed into ``wanted`` and stay the same silence."""
    if old.ends_at <= now or tuple(map(str, read_matchers(wanted.matchers))) != old.matchers:
        return False
    if old.starts_at > now:
        return wanted.starts_at >= now
    return int(wanted.starts_at.timestamp()) == int(old.starts_at.timestamp())


def expire_silence(tx: WriteVerbs, silence_id: str, *, now_ms: int) -> Silence:
    """End a silence now; whatever it kept quiet is looked at again.

    :raises NotFound: when there is no such silence.
    :raises Refused: when it has ended already.
    """
    silence = tx.silence(silence_id)
    if silence is None:
        raise NotFound(f"there is no silence {silence_id}; see pilotbridge silence list")
    if not tx.expire_silence(silence_id, now_ms):
        raise Refused(f"silence {silence_id} has already ended")
    tx.wake_muted(now_ms)
    return tx.silence(silence_id) or silence


def read_matchers(texts: Iterable[str]) -> Matchers:
    """Matchers as a silence takes them.

    :raises Refused: when one cannot be read, there is none, or all of them ask for absent labels.
    """
    try:
        found = Matchers(tuple(Matcher.parse(text) for text in texts))
    except ValueError as error:
        raise Refused(str(error)) from error
    if all(matcher.op in (Op.EQUAL, Op.MATCHES) and matcher.matches({}) for matcher in found):
        raise Refused(
            'a silence needs a matcher that does not match everything, such as alertname="DiskFull"'
        )
    return found
