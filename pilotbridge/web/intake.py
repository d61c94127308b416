"""The door ``/in/<source>``: who is it, what is it, on disk, and only then 202.

It owns the order of these steps and what a sender hears; it refuses to route, group or tell anybody. Raw
ASGI: a framework's router would cost more than all of this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from pilotbridge.clock import Clock
from pilotbridge.config.settings import Settings, SourceSettings
from pilotbridge.errors import Closed, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import HAPPENED_LASTS, Parsed, Trouble
from pilotbridge.protocols import Answering, Arrived, Meter, Source
from pilotbridge.store.protocol import Store
from pilotbridge.store.records import Body
from pilotbridge.web.asgi import Answer, Declined, Head, Receive, Scope, Send, try_later
from pilotbridge.web.auth import check_source
from pilotbridge.web.bodies import Bodies, Gone, check_form, check_length
from pilotbridge.web.complaints import Complaints
from pilotbridge.web.fast_path import FastDoor, Tell, WholePost
from pilotbridge.web.journal_door import JournalDoor, Kept, Takes, takes_nothing
from pilotbridge.web.posted import Posted, ReadBody, proves_later, read_posted
from pilotbridge.web.recognising import tell_whose
from pilotbridge.web.refusals import Refusals

PREFIX = "/in/"
METHODS = ("POST", "PUT")
READ_ASIDE_BYTES = 64 * 1024
"""Longer bodies are read on another thread, so that the loop stays with the others."""
DOUBTED = "IntakeDoubted"

_log = get_logger(__name__)


class Intake:
    """Takes bodies in. ``sources`` are by the word of their type; one trouble a minute is raised at most.

    ``recognisable`` are those that know their own sender's body when another one was given it.
    """

    def __init__(
        self,
        *,
        store: Store,
        settings: Callable[[], Settings],
        sources: Callable[[], Mapping[str, Source]],
        clock: Clock,
        meter: Meter,
        on_arrived: Callable[[Sequence[Arrived]], None],
        raise_trouble: Callable[[Trouble], None],
        bodies: Bodies | None = None,
        takes: Takes = takes_nothing,
        recognisable: Callable[[], Iterable[Source]] | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._sources = sources
        self._recognisable = recognisable or (lambda: sources().values())
        self._clock = clock
        self._meter = meter
        self._raise_trouble = raise_trouble
        self._bodies = bodies or Bodies()
        self._door = JournalDoor(store=store, meter=meter, on_arrived=on_arrived, takes=takes)
        self._complaints = Complaints(clock)
        self._refusals = Refusals(
            store=store, clock=clock, complaints=self._complaints, raise_trouble=raise_trouble
        )
        self._refusing: set[asyncio.Task[None]] = set()
        self.fast = FastDoor(PREFIX.encode(), self.take)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].removeprefix(PREFIX)
        try:
            kept = await self.accept(name, scope, receive)
        except Gone:
            return
        except Declined as declined:
            await declined.answer().give(send)
            return
        await _accepted(kept).give(send)

    def take(self, post: WholePost, tell: Tell) -> bool:
        """The same for a post that is all there; False when anything is wrong: the other way tells what."""
        settings, size = self._settings(), len(post.body)
        try:
            door, source = self._find(settings, post.path.removeprefix(PREFIX))
            head = Head(post.headers)
            _let_in(door, source, head, settings.web.max_body_bytes)
            if size > READ_ASIDE_BYTES:
                return False
            self._bodies.hold(size, settings.web.max_body_bytes)
        except Declined:
            return False
        try:
            now = self._clock.utc_now()
            posted = Posted(door, source, head, post.query, post.body, now, self.tell_whose)
            found = read_posted(posted)
            keeping = self._door.keep(found.body, found.parsed)
        except Exception:  # noqa: BLE001 - the other way finds it again, and tells
            self._bodies.release(size)
            return False
        keeping.add_done_callback(partial(self._kept, posted, found, tell))
        return True

    def _kept(self, posted: Posted, found: ReadBody, tell: Tell, keeping: asyncio.Future[Kept]) -> None:
        self._bodies.release(len(posted.body))
        error = keeping.exception()
        if error is None:
            tell(_accepted(self._said(keeping.result(), found)))
            return
        declined = _not_kept(found.body, error)
        refusing = asyncio.ensure_future(self._refuse_whole(posted, declined, tell))
        self._refusing.add(refusing)
        refusing.add_done_callback(self._refusing.discard)

    async def _refuse_whole(self, posted: Posted, declined: Declined, tell: Tell) -> None:
        try:
            await self._refusals.add(posted.door, declined, posted.body, is_known=True)
        except Declined as worse:
            declined = worse
        self._meter.count("bodies_refused", source=posted.door.name, status=str(declined.status))
        tell(declined.answer())

    async def accept(self, name: str, scope: Scope, receive: Receive, *, is_proved: bool = False) -> Kept:
        """Take the body of a request in by the source ``name``; it is on disk on return.

        ``is_proved``: another door has let its sender in already.

        :raises Declined: with what the sender hears instead.
        :raises Gone: when nobody hears any more.
        """
        try:
            return await self._accept(name, scope, receive, is_proved=is_proved)
        except Declined as declined:
            self._meter.count("bodies_refused", source=name, status=str(declined.status))
            raise

    async def _accept(self, name: str, scope: Scope, receive: Receive, *, is_proved: bool) -> Kept:
        settings = self._settings()
        door, source = self._find(settings, name)
        if scope["method"] not in METHODS:
            allow = (b"allow", ", ".join(METHODS).encode())
            raise Declined(405, "method", "post the body here", headers=(allow,), is_known=False)
        head = Head(scope["headers"])
        body = b""
        try:
            _let_in(door, source, head, settings.web.max_body_bytes, is_proved=is_proved)
            body = await self._bodies.read(receive, settings.web.max_body_bytes)
            now, query = self._clock.utc_now(), scope["query_string"]
            posted = Posted(door, source, head, query, body, now, self.tell_whose)
            found = await self._read(posted)
            kept = await self._keep(found.body, found.parsed)
            return self._said(kept, found)
        except Declined as declined:
            # What was refused before the whole body proved who sent it may be a stranger's.
            is_early = declined.status in (413, 415) and proves_later(door, source, head)
            await self._refusals.add(door, declined, body, is_known=declined.is_known and not is_early)
            raise
        finally:
            self._bodies.release(len(body))

    def tell_whose(self, body: bytes, given_to: str) -> str:
        """What a body that its source cannot read looks like."""
        return tell_whose(body, given_to, self._recognisable(), self._settings().sources)

    def _find(self, settings: Settings, name: str) -> tuple[SourceSettings, Source]:
        name, slash, tail = name.partition("/")
        door = settings.sources.get(name)
        if door is None:
            raise Declined(404, "no-source", "there is no such source; see sources: in the configuration")
        source = self._sources().get(door.type)
        if source is None:
            raise try_later(f"the plugin that reads {door.type} is not loaded")
        if slash and not (isinstance(source, Answering) and slash + tail in source.tails):
            raise Declined(404, "no-source", f"the address of this source ends with {name}")
        return door, source

    async def _read(self, posted: Posted) -> ReadBody:
        try:
            if len(posted.body) <= READ_ASIDE_BYTES:
                return read_posted(posted)
            return await asyncio.get_running_loop().run_in_executor(None, read_posted, posted)
        except Declined:
            raise
        except Exception as error:  # a web request: somebody's plugin may cost this body and no other
            if self._complaints.may_say(posted.door.name, "raised"):
                _log.exception("a source failed on a body", source=posted.door.name)
            fault = f"the source {posted.door.type} failed on this body: {type(error).__name__}"
            raise Declined(500, "source-failed", fault) from error

    async def _keep(self, body: Body, parsed: Parsed) -> Kept:
        try:
            return await self._door.keep(body, parsed)
        except Exception as error:  # a web request: one body that cannot be written costs no other
            raise _not_kept(body, error) from error

    def _said(self, kept: Kept, found: ReadBody) -> Kept:
        """With what its sender is to read; what people should know is told to them."""
        if found.doubt:
            self._doubt(found.body.incoming.source, found.doubt)
        return msgspec.structs.replace(kept, says=found.says) if found.says else kept

    def _doubt(self, source: str, doubt: str) -> None:
        """It was taken all the same: an alert that is read badly is better than none."""
        if not self._complaints.may_say(source, "doubted"):
            return
        _log.warning("a body may be another sender's", source=source, reason=doubt)
        summary = f"a body was read as any JSON, and nobody may hear when it is over: {doubt}, or map it"
        self._raise_trouble(Trouble(DOUBTED, source, summary, lasts=HAPPENED_LASTS))


def _let_in(
    door: SourceSettings, source: Source, head: Head, max_bytes: int, *, is_proved: bool = False
) -> None:
    """:raises Declined: when its headers say that this request is not to be read."""
    if not (is_proved or proves_later(door, source, head)):
        check_source(door, head)
    check_form(head)
    check_length(head, max_bytes)


def _not_kept(body: Body, error: BaseException) -> Declined:
    if isinstance(error, TryLater | Closed):
        return try_later(f"nothing was kept: {error.reason}")
    source = body.incoming.source
    _log.error("a body could not be written", source=source, exc_info=error)
    told = f"PilotBridge failed to keep this body: {type(error).__name__}; its log says why"
    return Declined(500, "not-kept", told)


def _accepted(kept: Kept) -> Answer:
    return Answer(202, b'{"accepted": %d, "journal": %d%s}' % (kept.alerts, kept.id, _more(kept.says)))


def _more(says: Mapping[str, Any]) -> bytes:
    """Further fields of an answer that is put together by hand."""
    return b", " + msgspec.json.encode(says)[1:-1] if says else b""
