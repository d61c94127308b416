"""Takes in what could not be posted: files of a spool folder, each once, as if it had come by the door.

It owns the folder: a file is removed once its body is in the journal, and set aside, loudly, when it cannot
be read; it refuses to drop one. Who may write into the folder may speak for every source.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pilotbridge.clock import Clock, to_ms
from pilotbridge.config.settings import Settings
from pilotbridge.errors import Closed, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import JournalId, Parsed, Trouble
from pilotbridge.protocols import Arrived, Incoming, Source, Troubles
from pilotbridge.spooled import SUFFIX, BadSpoolFile, Spooled
from pilotbridge.store.protocol import Store
from pilotbridge.store.records import Body, Refusal
from pilotbridge.web.asgi import Declined
from pilotbridge.web.posted import read_trusted

FILES_PER_TURN = 500
ASIDE = "aside"
SET_ASIDE, STUCK = "SpoolSetAside", "SpoolStuck"
HEAD_BYTES = 2048
CODE = "spool"

_log = get_logger(__name__)


class Spool:
    """The folder ``bridge.spool``. ``tell_whose`` says what a body looks like that its source cannot read."""

    def __init__(
        self,
        *,
        store: Store,
        settings: Callable[[], Settings],
        sources: Callable[[], Mapping[str, Source]],
        clock: Clock,
        troubles: Troubles,
        on_arrived: Callable[[Sequence[Arrived]], None],
        tell_whose: Callable[[bytes, str], str],
    ) -> None:
        self._store = store
        self._settings = settings
        self._sources = sources
        self._clock = clock
        self._troubles = troubles
        self._on_arrived = on_arrived
        self._tell_whose = tell_whose

    def turn(self) -> None:
        """Take in what waits, oldest first. What the store cannot keep now stays where it is."""
        folder = self._settings().bridge.spool_folder
        if not folder.exists() and self._settings().bridge.spool is None:
            return
        try:
            stuck = self._take_all(folder)
        except (TryLater, Closed) as failure:
            _log.warning("the spool waits for the store", reason=failure.reason)
            return
        self._tell_stuck(stuck)
        self._tell_set_aside(folder / ASIDE)

    def _take_all(self, folder: Path) -> str:
        """Returns what is wrong with the folder or a file in it; the others are taken in all the same.

        :raises TryLater: when the store cannot keep anything now.
        """
        stuck = ""
        try:
            names = _waiting(folder)
        except OSError as error:
            return f"{folder}: {error.strerror}"
        for name in names[:FILES_PER_TURN]:
            try:
                self._take(folder, name)
            except OSError as error:
                stuck = f"{folder / _shown(name)}: {error.strerror}"
        return stuck

    def _take(self, folder: Path, name: str) -> None:
        """One file into the journal, or aside.

        :raises OSError: when it can be neither read nor removed.
        :raises TryLater: when the store cannot keep it; nothing has changed.
        """
        path = folder / name
        written = b""
        try:
            written = _read(path, self._settings().web.max_body_bytes)
            spooled = Spooled.decode(written)
            body, parsed = self._read_body(spooled)
            journal_id, is_new = self._keep(body)
        except BadSpoolFile as bad:
            self._set_aside(folder, name, Declined(422, CODE, str(bad)), written)
            return
        except Declined as declined:
            self._set_aside(folder, name, declined, written)
            return
        path.unlink()
        if is_new:
            self._on_arrived([Arrived(journal_id, spooled.source, body.incoming.received_at, parsed)])
        _log.info(
            "taken in from the spool",
            file=_shown(name),
            source=spooled.source,
            journal=journal_id,
            new=is_new,
        )

    def _read_body(self, spooled: Spooled) -> tuple[Body, Parsed]:
        """:raises Declined: when no source of the configuration reads it."""
        door = self._settings().sources.get(spooled.source)
        source = self._sources().get(door.type) if door else None
        if door is None or source is None:
            why = f"there is no source {spooled.source!r} in the configuration; add it and move the file back"
            raise Declined(422, CODE, why)
        incoming = Incoming(spooled.source, spooled.body.encode(), {}, {}, self._clock.utc_now())
        try:
            return read_trusted(door, source, incoming, spooled.key, self._tell_whose)
        except Declined:
            raise
        except Exception as error:  # a source is a plugin: it may cost this body and no other
            told = f"the source {door.type} failed on this body: {type(error).__name__}"
            raise Declined(500, CODE, told) from error

    def _keep(self, body: Body) -> tuple[JournalId, bool]:
        """:raises TryLater: when nothing can be kept now.

        :raises Declined: when this body cannot be written.
        """
        try:
            return self._store.write(lambda tx: tx.append_journal(body)).result()
        except (TryLater, Closed):
            raise
        except Exception as error:  # a tick: one body that cannot be written costs no other
            _log.exception("a body could not be written", source=body.incoming.source)
            told = f"it could not be written ({type(error).__name__}); the log says why"
            raise Declined(500, CODE, told) from error

    # -- what cannot be read ---------------------------------------------------------------------

    def _set_aside(self, folder: Path, name: str, declined: Declined, written: bytes) -> None:
        """:raises OSError: when it cannot be moved; then it is looked at again."""
        (folder / ASIDE).mkdir(mode=0o700, exist_ok=True)
        (folder / name).rename(folder / ASIDE / name)
        shown = _shown(name)
        refusal = Refusal(
            at_ms=to_ms(self._clock.utc_now()),
            source="spool",
            status=declined.status,
            code=CODE,
            message=f"{shown}: {declined.message}",
            place=declined.at,
            head=written[:HEAD_BYTES],
        )
        self._store.write(lambda tx: tx.add_refusal(refusal)).result()
        _log.warning("set aside from the spool", file=shown, reason=declined.message, place=declined.at)

    def _tell_stuck(self, what: str) -> None:
        if not what:
            self._troubles.clear(STUCK, "spool")
            return
        told = f"{what}; the bridge must be able to read and remove what lies in its spool, and nobody else"
        self._troubles.raise_trouble(Trouble(STUCK, "spool", told))

    def _tell_set_aside(self, aside: Path) -> None:
        """A Trouble as long as a file lies there: somebody has to read it."""
        try:
            count = len(os.listdir(aside))
        except OSError:
            count = 0
        if not count:
            self._troubles.clear(SET_ASIDE, "spool")
            return
        with self._store.read() as read:
            last = next((each.message for each in read.refusals(0) if each.code == CODE), "unknown")
        told = f"{count} in {aside} could not be taken in; the last: {last}. Move them back or remove them"
        self._troubles.raise_trouble(Trouble(SET_ASIDE, "spool", told))


def _waiting(folder: Path) -> list[str]:
    """The names of whole files, oldest first.

    :raises OSError: when the folder is not there, or anybody may write into it.
    """
    if folder.stat().st_mode & stat.S_IWOTH:
        raise PermissionError(0, "everybody may write into it, and so speak for every source", str(folder))
    return sorted(name for name in os.listdir(folder) if name.endswith(SUFFIX) and not name.startswith("."))


def _shown(name: str) -> str:
    """A file's name as it can be kept and shown: bytes that are no UTF-8 are written out."""
    return name.encode("utf-8", "backslashreplace").decode()


def _read(path: Path, limit_bytes: int) -> bytes:
    """:raises BadSpoolFile: when it is no plain file, or too large.

    :raises OSError: when it cannot be read.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise BadSpoolFile("it is no plain file")
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        written = file.read(limit_bytes + 1)
    if len(written) > limit_bytes:
        raise BadSpoolFile(f"it is larger than {limit_bytes} bytes")
    return written
