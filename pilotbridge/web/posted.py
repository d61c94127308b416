"""One posted body on its way to the journal: proved, read by its source, and fit to be stored.

Pure, so that a large one can be read on another thread; it refuses to write anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from re import compile as pattern
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec

from pilotbridge.config.settings import SourceSettings
from pilotbridge.model import Alert, Parsed
from pilotbridge.protocols import Answering, Incoming, Malformed, SecretInBody, Source, Unreadable
from pilotbridge.store.records import Body
from pilotbridge.web.asgi import Declined, Head, RepeatedHeader
from pilotbridge.web.auth import AUTHORIZATION, check_secret_in_body, check_signature

IDEMPOTENCY_KEY = b"idempotency-key"
MAX_KEY = 255
MAX_QUERY_FIELDS = 100
FIRST_YEAR, LAST_YEAR = 1970, 9998

_BACKSLASH, _PERCENT = b"\\%"
_SECRET_NAME = pattern(r"(?:^|[-_])(?:authorization|auth|key|token|secret|password|cookie|signature)$")
_WIRE_NAMES = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept", "accept-encoding", "expect"}
)


class Posted(msgspec.Struct, frozen=True):
    """A request to ``/in/<source>`` with its whole body.

    ``tell_whose`` says what a body that its source cannot read looks like.
    """

    door: SourceSettings
    source: Source
    head: Head
    query: bytes
    body: bytes
    received_at: datetime
    tell_whose: Callable[[bytes, str], str]


class ReadBody(msgspec.Struct, frozen=True):
    """What goes into the journal, what the source has read, and what its sender is to read.

    ``doubt`` says that it may be another sender's body, and whose.
    """

    body: Body
    parsed: Parsed
    says: Mapping[str, Any]
    doubt: str


def read_posted(posted: Posted) -> ReadBody:
    """The body as its source reads it.

    :raises Declined: 401 when the signature is wrong, 400 and 422 when the body is.
    """
    signed = _prove(posted)
    once = _key_of(posted.head) or signed or None
    incoming = Incoming(
        source=posted.door.name,
        body=without_secret(posted.door, posted.body),
        headers=kept_headers(posted.head),
        query=_read_query(posted.query),
        received_at=posted.received_at,
    )
    parsed = _parse(posted, incoming)
    answering = _answering(posted.source)
    says = answering.answer(incoming, parsed) if answering else {}
    doubt = _doubt(posted)
    warnings = [*parsed.warnings, doubt] if doubt else parsed.warnings
    says = {**says, "warnings": warnings} if warnings else says
    return ReadBody(Body(incoming, alerts=len(parsed.alerts), once=once), parsed, says, doubt)


def _doubt(posted: Posted) -> str:
    """Whose body it looks like, where the source takes any and was told nothing of its own sender's."""
    source = posted.source
    if hasattr(source, "looks_like") or source.options is None:
        return ""
    try:
        is_told = posted.door.options not in (None, source.options())
    except ValueError:  # it has to be told something, and was
        return ""
    return "" if is_told else posted.tell_whose(posted.body, source.type)


def _answering(source: Source) -> Answering | None:
    """Asked for every body, and ``isinstance`` of a protocol would cost as much as reading a small one."""
    return cast(Answering, source) if hasattr(source, "answer") else None


def read_trusted(
    door: SourceSettings,
    source: Source,
    incoming: Incoming,
    key: str,
    tell_whose: Callable[[bytes, str], str],
) -> tuple[Body, Parsed]:
    """The same for a body whose sender needs no proof, with the key that it would have been posted with.

    :raises Declined: 400 or 422.
    """
    head = Head([])
    posted = Posted(door, source, head, b"", incoming.body, incoming.received_at, tell_whose)
    parsed = _parse(posted, incoming)
    return Body(incoming, alerts=len(parsed.alerts), once=f"key:{key}"), parsed


def proves_later(door: SourceSettings, source: Source, head: Head) -> bool:
    """Whether only the whole body proves who sent it: by its signature, or by a secret in it."""
    has_header = AUTHORIZATION in head.fields
    in_body = door.token is not None and not has_header and isinstance(source, SecretInBody)
    return door.hmac is not None or in_body


def _prove(posted: Posted) -> str:
    """What names this very request, when a signature does.

    :raises Declined: 401.
    """
    door = posted.door
    if door.hmac is not None:
        return check_signature(door.hmac, posted.head, posted.body, posted.received_at)
    if proves_later(door, posted.source, posted.head):
        assert isinstance(posted.source, SecretInBody)
        check_secret_in_body(door, posted.source.secret_in(posted.body))
    return ""


def without_secret(door: SourceSettings, body: bytes) -> bytes:
    """``body`` as it may be kept: where the door's own token stands in it, there are stars."""
    secret = door.token.reveal().encode("utf-8", "surrogateescape") if door.token else b""
    if not secret:
        return body
    kept = body.replace(secret, b"***")
    # Some writers of JSON put a backslash before each slash.
    return kept.replace(secret.replace(b"/", b"\\/"), b"***") if b"/" in secret else kept


def _key_of(head: Head) -> str:
    try:
        key = head.one(IDEMPOTENCY_KEY).strip()
    except RepeatedHeader:
        raise Declined(400, "repeated-header", "there are two Idempotency-Key headers; send one") from None
    if len(key) > MAX_KEY:
        raise Declined(400, "long-key", f"the Idempotency-Key is longer than {MAX_KEY} characters")
    return f"key:{key.decode('latin-1')}" if key else ""


def _parse(posted: Posted, incoming: Incoming) -> Parsed:
    try:
        parsed = posted.source.parse(incoming, posted.door.options)
        _check_storable(incoming.body, parsed)
    except Malformed as malformed:
        raise _refused(posted, 400, "malformed", malformed) from malformed
    except Unreadable as unreadable:
        raise _refused(posted, 422, "unreadable", unreadable) from unreadable
    except UnicodeDecodeError as error:
        raise Declined(400, "malformed", f"the body is not UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise Declined(400, "malformed", "the body is nested too deeply") from error
    return parsed


def _refused(posted: Posted, status: int, code: str, unreadable: Unreadable) -> Declined:
    whose = posted.tell_whose(posted.body, posted.source.type)
    # Whose it is comes first: a text on a phone has no room for both.
    reason = f"{whose} ({unreadable.reason})" if whose else unreadable.reason
    return Declined(status, code, reason, at=unreadable.at)


# --- fit to be stored -------------------------------------------------------------------------------


def _check_storable(body: bytes, parsed: Parsed) -> None:
    """No store keeps NUL or half a character, and no phone shows them.

    :raises Unreadable: naming the alert.
    """
    is_plain = not _is_suspicious(body) and _is_utf8(body)
    for index, alert in enumerate(parsed.alerts):
        _check_times(alert, f"alerts[{index}]")
        if not is_plain:
            _check_texts(alert, f"alerts[{index}]")


def _is_suspicious(body: bytes) -> bool:
    """Whether NUL or half a character may be in it: as a byte, escaped in JSON, escaped in a form.

    Looking for one byte first is what makes it cheap.
    """
    return 0 in body or (_BACKSLASH in body and b"\\u" in body) or (_PERCENT in body and b"%00" in body)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _check_times(alert: Alert, at: str) -> None:
    for moment in (alert.starts_at, alert.ends_at, alert.expires_at):
        if moment is not None and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise Unreadable(f"the year {moment.year} is out of reach", at=at)


def _check_texts(alert: Alert, at: str) -> None:
    labels, annotations = alert.labels, alert.annotations
    text = "".join(
        (*labels, *labels.values(), *annotations, *annotations.values(), alert.url, alert.sender_group)
    )
    if "\0" in text:
        raise Unreadable("a text holds the character NUL", at=at)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable("a text holds half a character (a lone surrogate)", at=at) from None


# --- what of a request is kept ----------------------------------------------------------------------


def kept_headers(head: Head) -> dict[str, str]:
    """The headers a source may need again; credentials and those of the connection are not kept."""
    return {
        kept: value.decode("latin-1") for name, value in head.fields.items() if (kept := _kept_name(name))
    }


@lru_cache(maxsize=512)
def _kept_name(name: bytes) -> str:
    text = name.decode("latin-1")
    return "" if text in _WIRE_NAMES or _SECRET_NAME.search(text) else text


def _read_query(query: bytes) -> dict[str, str]:
    if not query:
        return {}
    try:
        pairs = parse_qsl(
            query.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MAX_QUERY_FIELDS,
            errors="replace",
        )
    except ValueError:
        raise Declined(400, "long-query", f"the query has more than {MAX_QUERY_FIELDS} fields") from None
    return {name: value for name, value in pairs if not _SECRET_NAME.search(name.lower())}
