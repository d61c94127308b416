"""Looking after a database: copies of it, bringing a copy back, forgetting what is old.

A copy that comes back does not know what was sent after it was made, and says so row by row; nothing here
decides what is sent.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pilotbridge.clock import Clock, Instant
from pilotbridge.config.settings import PrivacySettings
from pilotbridge.errors import ConfigurationError, Refused
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import MessageId
from pilotbridge.protocols import Rng
from pilotbridge.store import soundness
from pilotbridge.store.chat_records import PostId, PostMove
from pilotbridge.store.mending import mend
from pilotbridge.store.migrations import migrate
from pilotbridge.store.place import log_of
from pilotbridge.store.protocol import Store
from pilotbridge.store.records import Move, OutboxRow
from pilotbridge.store.salvage import salvage
from pilotbridge.store.soundness import open_existing
from pilotbridge.store.sql import ReadVerbs, WriteVerbs
from pilotbridge.store.sqlite import SqliteEngine, open_connection, take_lock
from pilotbridge.store.unopened import cause_and_fix

PAGES = 256
CHUNKS_MAX = 100
REPEATS_KEPT_MS = 3_600_000
"""Long enough to look at what a sender says; a Prometheus repeats all that fires every minute."""
CLIENT_ID_BASE = "client_id_base"
UNREADABLE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Progress = Callable[[int, int], None]
"""Called with the pages done and the pages in all."""


@dataclass(frozen=True, slots=True)
class Restored:
    """How many messages and posts came back in doubt, and what was wrong with the copy all the same."""

    in_doubt: int
    faults: tuple[str, ...] = ()


# --- copies -----------------------------------------------------------------------------------------


def backup(source: Path, target: Path, *, progress: Progress = lambda _done, _all: None) -> None:
    """Copy a database, also beside a running bridge; ``target`` appears whole or not at all.

    :raises ConfigurationError: when ``source`` is no database, or ``target`` exists or cannot be written.
    """
    if target.exists():
        raise ConfigurationError(f"{target} exists already; a backup overwrites nothing")
    with _named(source, "cannot be copied", target):
        _copy(source, target, progress)


def restore(
    copy: Path,
    path: Path,
    *,
    clock: Clock,
    rng: Rng,
    anyway: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Restored:
    """Bring ``copy`` back as the database at ``path``; the present one stays beside it as ``.replaced.db``.

    Messages that were on their way in the copy may have been sent since: they come back in doubt. Figures are
    counted anew. One that is not sound comes back only ``anyway``; of a damaged one what can be read. Then
    nothing in it names what is lost.

    :raises ConfigurationError: when a bridge runs on ``path``, or the copy is not sound.
    """
    is_damaged = _is_damaged(copy, anyway=anyway)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(take_lock(path)):
        fresh = path.with_suffix(".restoring.db")
        _remove(fresh)
        try:
            lost = _salvaged(copy, fresh) if is_damaged else []
            if not is_damaged:
                _copy(copy, fresh, progress)
            doubtful, faults = _make_doubtful(fresh, clock.now(), rng, mends=anyway)
            if faults and not anyway:
                raise _not_sound(copy, faults)
        except (sqlite3.Error, OSError) as error:
            _remove(fresh)
            why = _why(path, error)
            raise ConfigurationError(f"{copy} is not restored, and {path} is as it was: {why}") from error
        except BaseException:
            _remove(fresh)
            raise
        if path.exists():
            _put_aside(path)
        os.replace(fresh, path)
        _sync(path.parent)
    return Restored(doubtful, (*(f"rows of {name} could not be read" for name in lost), *faults))


def _is_damaged(copy: Path, *, anyway: bool) -> bool:
    """Whether pages of it are.

    :raises ConfigurationError: when they are and it is not wanted anyway, or nobody can tell.
    """
    try:
        damaged = soundness.damage(copy)
    except ConfigurationError as error:
        if _is_readable(error.__cause__):
            raise
        raise _nothing_left(copy, error.__cause__) from error
    if damaged and not anyway:
        raise _not_sound(copy, damaged)
    return bool(damaged)


def _not_sound(copy: Path, faults: list[str]) -> ConfigurationError:
    said = "; ".join([*faults[:3], *([f"and {len(faults) - 3} more"] if len(faults) > 3 else [])])
    fix = "restore an older copy, or what can be read of this one with --anyway"
    return ConfigurationError(f"{copy} is not sound and is not restored: {said}; {fix}")


def _salvaged(copy: Path, fresh: Path) -> list[str]:
    """:raises ConfigurationError: when nothing of it can be read."""
    try:
        lost = salvage(copy, fresh)
    except sqlite3.Error as error:
        if _is_readable(error):
            raise
        raise _nothing_left(copy, error) from error
    _sync(fresh)
    return lost


def _is_readable(error: BaseException | None) -> bool:
    """Whether it failed by something else than what stands in the file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF not in UNREADABLE


def _nothing_left(copy: Path, error: BaseException | None) -> ConfigurationError:
    why = f"it is damaged, or no database (SQLite: {error})"
    return ConfigurationError(f"nothing of {copy} can be read: {why}; restore an older copy")


def _copy(source: Path, target: Path, progress: Progress) -> None:
    """Copy page by page into a file beside ``target``, then give it its name."""
    part = target.with_name(target.name + ".part")
    _remove(part)
    try:
        with closing(open_existing(source)) as from_, closing(sqlite3.connect(part)) as to:
            part.chmod(0o600)
            from_.raw.backup(to, pages=PAGES, progress=lambda _, left, all_: progress(all_ - left, all_))
            to.execute("PRAGMA journal_mode = DELETE")
        _sync(part)
        os.replace(part, target)
    except BaseException:
        _remove(part)  # of a disk that is full it has what was left
        raise
    _sync(target.parent)


def _make_doubtful(path: Path, now: Instant, rng: Rng, *, mends: bool) -> tuple[int, list[str]]:
    """How many came into doubt, and what contradicted itself."""
    engine = SqliteEngine(path)
    engine.open(lambda connection: migrate(connection.raw, path))
    try:
        faults = ReadVerbs(engine.connection).oddities(figures=False)
        if mends:
            mend(engine.connection.raw, now.utc_ms)
        [(count, error)] = engine.commit([lambda tx: doubt_unsent(tx, now, rng)])
        if error is not None:
            raise error
        engine.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.close()
        path.with_suffix(".lock").unlink(missing_ok=True)
    return int(count), faults


def doubt_unsent(tx: WriteVerbs, now: Instant, rng: Rng) -> int:
    """After a restore: what was on its way may have gone since, and our names for messages start anew."""
    tx.count_anew()
    tx.set_meta(CLIENT_ID_BASE, str(int(rng.uniform(1, 2**30))))
    message_ids = tx.unsent_ids()
    for message_id in message_ids:
        _doubt(tx, message_id, Instant(now.utc_ms, 0, ""))
    post_ids = tx.unsent_posts()
    for post_id in post_ids:
        _doubt_post(tx, post_id, now.utc_ms)
    return len(message_ids) + len(post_ids)


_RESTORED = "restored from a copy: it may have been sent since the copy was made"
_TO_DOUBT = {State.HELD: Event.RELEASE, State.QUEUED: Event.CLAIM, State.SENDING: Event.LOSE}


def _doubt(tx: WriteVerbs, message_id: MessageId, since: Instant) -> None:
    """Through the table of states; no clock can tell how long ago it may have been sent."""
    while (event := _TO_DOUBT.get((row := _row(tx, message_id)).state)) is not None:
        doubt = row.doubt or (since if event is Event.LOSE else None)
        tx.move(
            Move(row.id, row.revision, row.state, event, _RESTORED, since.utc_ms, doubt=doubt), since.utc_ms
        )


def _doubt_post(tx: WriteVerbs, post_id: PostId, now_ms: int) -> None:
    """As :func:`_doubt`; the chat outbox then repeats it with a mark, or a person decides."""
    while (row := tx.post(post_id)) is not None and (event := _TO_DOUBT.get(row.state)) is not None:
        doubt_ms = row.in_doubt_since_ms or (now_ms if event is Event.LOSE else None)
        move = PostMove(row.id, row.revision, row.state, event, _RESTORED, now_ms, in_doubt_since_ms=doubt_ms)
        tx.move_post(move, now_ms)


def _row(tx: WriteVerbs, message_id: MessageId) -> OutboxRow:
    row = tx.outbox_row(message_id)
    if row is None:
        raise Refused(f"message {message_id} has gone while it was looked at")
    return row


def _put_aside(path: Path) -> None:
    """The database that is replaced stays, with what its log holds, and so do those replaced before it.

    One too damaged to be opened stays as it is, its log beside it. At no moment is ``path`` empty: a
    bridge that started then would begin anew.
    """
    kept = path.with_suffix(".replaced.db")
    if kept.exists():
        earlier = next(earlier for earlier in _numbered(kept) if not earlier.exists())
        _move_log(kept, earlier)
        os.replace(kept, earlier)
    with suppress(sqlite3.Error, ConfigurationError), closing(open_connection(path, read_only=False)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    try:
        os.link(path, kept)
    except OSError:  # not every file system has hard links
        os.replace(path, kept)
    _move_log(path, kept)
    path.with_name(path.name + "-shm").unlink(missing_ok=True)


def _move_log(of: Path, to: Path) -> None:
    with suppress(FileNotFoundError):
        os.replace(log_of(of), log_of(to))


def _numbered(kept: Path) -> Iterator[Path]:
    return (kept.with_suffix(f".{number}.db") for number in count(1))


@contextmanager
def _named(path: Path, what: str, target: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise ConfigurationError(f"{path} {what}: {_why(target, error)}") from error


def _why(target: Path, error: sqlite3.Error | OSError) -> str:
    """``target`` is what was to be written, and so what there may be no room for."""
    return cause_and_fix(target, error) if isinstance(error, sqlite3.Error) else str(error)


def _remove(path: Path) -> None:
    for tail in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + tail).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # a folder cannot be synced on every file system
            os.fsync(handle)
    finally:
        os.close(handle)


# --- forgetting -------------------------------------------------------------------------------------


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
