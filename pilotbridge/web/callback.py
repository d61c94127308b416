"""The door ``/callback/<gateway>/<install>/<row>``: keeps what a gateway claims, and believes none of it.

It owns the addresses that gateways are given and who may call them; it refuses to set a state, for a
callback is signed by nobody. Its path is a secret and never reaches a log.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from pilotbridge.clock import Clock
from pilotbridge.config.settings import Settings
from pilotbridge.errors import Closed, TryLater
from pilotbridge.model import MessageId
from pilotbridge.protocols import Meter
from pilotbridge.store.protocol import ReadVerbs, Store, WriteVerbs
from pilotbridge.web.asgi import TEXT, Answer, Declined, Receive, Scope, Send, error, try_later
from pilotbridge.web.bodies import Bodies, Gone

PREFIX = "/callback/"
PER_MINUTE = 6000
"""500 messages a packet change their state a few times each; the poll covers what is turned away."""
BODY_BYTES = 16 * 1024
MAX_FIELDS = 20

_INSTALL, _BEFORE = "install_secret", "install_secret_before"
_MINUTE_MS = 60_000
_SERVER_ID_CHARACTERS = 64
_WORD_CHARACTERS = 40
_OK = Answer(200, b"OK", TEXT)


# --- addresses --------------------------------------------------------------------------------------


def install_secret(tx: WriteVerbs) -> str:
    """The 128 bits that make this installation's callback addresses; drawn once."""
    known = tx.meta(_INSTALL)
    if known is None:
        known = secrets.token_hex(16)
        tx.set_meta(_INSTALL, known)
    return known


def rotate_install_secret(tx: WriteVerbs) -> str:
    """Draw a new secret; addresses of the one before stay good until the next rotation."""
    tx.set_meta(_BEFORE, install_secret(tx))
    fresh = secrets.token_hex(16)
    tx.set_meta(_INSTALL, fresh)
    return fresh


def live_install_secrets(read: ReadVerbs) -> tuple[str, ...]:
    """The secrets whose addresses are good, the newest first."""
    return tuple(known for key in (_INSTALL, _BEFORE) if (known := read.meta(key)))


def callback_url(external_url: str, gateway: str, install: str, message_id: MessageId) -> str:
    """Where ``gateway`` reports on one message. ``install`` is the secret; the address does not show it."""
    place, token = _place(install), _token(install, gateway, message_id)
    return f"{external_url.rstrip('/')}{PREFIX}{gateway}/{place}/{message_id}-{token}"


def hook_secret(install: str, chat: str) -> str:
    """The part of a chat's own address that nobody can guess."""
    return _derived(install, f"hook\0{chat}")


def _place(install: str) -> str:
    return _derived(install, "place")


def _token(install: str, gateway: str, message_id: int) -> str:
    return _derived(install, f"row\0{gateway}\0{message_id}")


def _derived(install: str, purpose: str) -> str:
    """128 bits that tell nothing about the secret: who knows one address cannot make another."""
    return hmac.new(install.encode(), purpose.encode(), hashlib.sha256).hexdigest()[:32]


def find_row(installs: tuple[str, ...], gateway: str, place: str, row: str) -> MessageId | None:
    """The message an address was made for; None when the row's token is not ours.

    :raises LookupError: when the place is not ours either.
    """
    install = _install_of(installs, place)
    number, _, token = row.partition("-")
    if not (number.isascii() and number.isdigit()) or len(number) > 18:
        return None
    expected = _token(install, gateway, int(number))
    return MessageId(int(number)) if hmac.compare_digest(token.encode(), expected.encode()) else None


def _install_of(installs: tuple[str, ...], place: str) -> str:
    given = place.encode("utf-8", "surrogateescape")
    found = [install for install in installs if hmac.compare_digest(_place(install).encode(), given)]
    if not found:
        raise LookupError
    return found[0]


# --- the door ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """What one call says."""

    gateway: str
    message_id: MessageId | None
    server_id: str
    status: str
    error: str


class Callback:
    """Keeps hints, answers ``OK`` once they are on disk, and wakes whoever checks them."""

    def __init__(
        self,
        *,
        store: Store,
        settings: Callable[[], Settings],
        installs: Callable[[], tuple[str, ...]],
        clock: Clock,
        meter: Meter,
        on_hint: Callable[[], None],
        per_minute: int = PER_MINUTE,
    ) -> None:
        self._store = store
        self._settings = settings
        self._installs = installs
        self._clock = clock
        self._meter = meter
        self._on_hint = on_hint
        self._cap = MinuteCap(clock, per_minute)
        self._bodies = Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except Gone:
            return
        except Declined as declined:
            answer = declined.answer()
        await answer.give(send, is_head=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        gateway, message_id = self._find(scope["path"])
        if scope["method"] not in ("GET", "POST"):
            return error(405, "method", "call this by GET or POST", headers=((b"allow", b"GET, POST"),))
        if not self._cap.allows():
            self._meter.count("callbacks", gateway=gateway, result="refused")
            raise try_later("too many callbacks in this minute")
        fields = await self._fields(scope, receive)
        claim = _claim(gateway, message_id, fields)
        if not claim.server_id:
            self._meter.count("callbacks", gateway=gateway, result="refused")
            raise Declined(400, "no-server-id", "a callback needs server_id, status and error")
        await self._keep(claim)
        return _OK

    def _find(self, path: str) -> tuple[str, MessageId | None]:
        parts = path.removeprefix(PREFIX).split("/")
        try:
            gateway, place, row = parts
            message_id = find_row(self._installs(), gateway, place, row)
        except (LookupError, ValueError):
            raise _nowhere() from None
        if gateway not in self._settings().gateways:
            raise _nowhere()
        return gateway, message_id

    async def _fields(self, scope: Scope, receive: Receive) -> dict[str, str]:
        """The fields of the query and of a form; the form's come last."""
        texts = [scope["query_string"]]
        if scope["method"] == "POST":
            body = await self._bodies.read(receive, BODY_BYTES)
            self._bodies.release(len(body))
            texts.append(body)
        try:
            found = [
                parse_qs(text.decode("utf-8", "replace"), max_num_fields=MAX_FIELDS, errors="replace")
                for text in texts
            ]
        except ValueError:
            raise Declined(400, "long-query", f"more than {MAX_FIELDS} fields") from None
        return {name: values[-1] for fields in found for name, values in fields.items()}

    async def _keep(self, claim: Claim) -> None:
        now_ms = self._clock.now_ms()
        try:
            kept = await asyncio.wrap_future(self._store.write(lambda tx: _add(tx, claim, now_ms)))
        except (TryLater, Closed) as failure:
            raise try_later(f"nothing was kept: {failure.reason}") from failure
        result = "orphan" if kept is None else "matched"
        self._meter.count("callbacks", gateway=claim.gateway, result=result)
        self._on_hint()


def _nowhere() -> Declined:
    return Declined(404, "not-found", "there is nothing at this address")


def _claim(gateway: str, message_id: MessageId | None, fields: dict[str, str]) -> Claim:
    server_id = fields.get("server_id", "").strip()
    if not server_id.isascii() or not server_id.isalnum() or len(server_id) > _SERVER_ID_CHARACTERS:
        server_id = ""
    status, fault = (fields.get(name, "").strip()[:_WORD_CHARACTERS] for name in ("status", "error"))
    return Claim(gateway, message_id, server_id, _printable(status), _printable(fault))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _add(tx: WriteVerbs, claim: Claim, now_ms: int) -> MessageId | None:
    """Keep ``claim``; one about a row that is not there any more is an orphan."""
    known = claim.message_id
    if known is not None and tx.outbox_row(known) is None:
        known = None
    tx.add_hint(
        gateway=claim.gateway,
        message_id=known,
        server_id=claim.server_id,
        status=claim.status,
        error=claim.error,
        now_ms=now_ms,
    )
    return known


class MinuteCap:
    """At most so many in one minute of the clock."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._minute = 0
        self._used = 0

    def allows(self) -> bool:
        minute = self._clock.now_ms() // _MINUTE_MS
        if minute != self._minute:
            self._minute, self._used = minute, 0
        self._used += 1
        return self._used <= self._per_minute
