"""What the bodies of monitoring senders have in common: JSON, times, and one word about one condition.

It owns how a word becomes an :class:`~pilotbridge.model.Alert`, so that every source means the same by
identity, recovery and test; it refuses to know any sender's own shape.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVar

import msgspec

from pilotbridge.clock import to_ms
from pilotbridge.model import Alert, AlertState, Fingerprint, Labels, Severity, Taken
from pilotbridge.protocols import Incoming, Malformed, Unreadable

T = TypeVar("T")

TEST_LASTS = timedelta(minutes=5)
"""Nobody ever says that a test is over: it ends by itself, as resolved."""
FIRST_YEAR, LAST_YEAR = 1970, 9998
"""The last year has no room for time zones."""
MILLISECONDS_FROM = 100_000_000_000
"""A number of a time from here on is in milliseconds: in seconds it would be the year 5138."""
LAST_SECOND = 253_370_764_800
"""The year 9999 begins; no store and no zone need it."""

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 200

_MISSING = re.compile(r"Object missing required field `(.+)`$")
_EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`$")
_KINDS = {"object": "an object", "array": "a list", "str": "a text", "int": "a whole number"}
_KINDS |= {"float": "a number", "bool": "true or false", "null": "null", "datetime": "a time"}
_BROKEN = re.compile(r"JSON is malformed: (.*) \(byte (\d+)\)$")
_NUL = b"\\u0000"
_ESCAPES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
"""Backslashes, whole pairs of surrogates, and (in the group) what is no character: NUL and half a pair."""


@dataclass(frozen=True, slots=True)
class Told:
    """One sender's word about one condition. Empty texts count as not said.

    ``identity`` is what stays the same from the word that it holds to the word that it is over. ``value`` and
    ``summary`` are what a text shows of it. ``lasts``: nobody will say that it is over, so it ends after so
    long. ``to`` is whom the sender asked for.
    """

    name: str
    identity: Mapping[str, str]
    resolved: bool = False
    severity: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    value: str = ""
    summary: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    url: str = ""
    sender_group: str = ""
    is_test: bool = False
    lasts: timedelta | None = None
    to: str = ""

    def alert(self, incoming: Incoming) -> Alert:
        """The alert; a time that was not said is the time of arrival."""
        labels = {"alertname": self.name, "severity": self.severity, **self.labels}
        lasts = self.lasts or (TEST_LASTS if self.is_test else None)
        return Alert(
            source=incoming.source,
            labels=_said(labels),
            annotations=_said({"value": self.value, "summary": self.summary, **self.annotations}),
            state=AlertState.RESOLVED if self.resolved else AlertState.FIRING,
            starts_at=self.since or incoming.received_at,
            ends_at=(self.until or incoming.received_at) if self.resolved else None,
            expires_at=incoming.received_at + lasts if lasts and not self.resolved else None,
            sender_group=self.sender_group,
            url=self.url,
            is_test=self.is_test,
            fingerprint=Fingerprint(self._identity(incoming).digest(incoming.source)),
            to=self.to,
        )

    def taken(self, incoming: Incoming, *, by: str, note: str = "") -> Taken:
        """That somebody took it, at the sender's own place."""
        fingerprint = Fingerprint(self._identity(incoming).digest(incoming.source))
        return Taken(fingerprint, by, note, self.to)

    def _identity(self, incoming: Incoming) -> Labels:
        """Every test is one of its own: whoever presses the button twice looks for two texts."""
        said = {name: value for name, value in self.identity.items() if value}
        return Labels({**said, "test": str(to_ms(incoming.received_at))} if self.is_test else said)


USUAL_SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "crit": Severity.CRITICAL,
    "page": Severity.CRITICAL,
    "emergency": Severity.CRITICAL,
    "disaster": Severity.CRITICAL,
    "error": Severity.CRITICAL,
    "high": Severity.CRITICAL,
    "major": Severity.CRITICAL,
    "warning": Severity.WARNING,
    "warn": Severity.WARNING,
    "minor": Severity.WARNING,
    "average": Severity.WARNING,
    "medium": Severity.WARNING,
    "info": Severity.INFO,
    "informational": Severity.INFO,
    "information": Severity.INFO,
    "notice": Severity.INFO,
    "low": Severity.INFO,
    "none": Severity.INFO,
    "debug": Severity.INFO,
}
"""The words that people write where a sender has none of its own."""


def _said(texts: Mapping[str, str]) -> Labels:
    return Labels({name: value for name, value in texts.items() if name and value})


# --- JSON -------------------------------------------------------------------------------------------


def read_json(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """``body`` in the shape of ``decoder``; NUL and half a character in its texts become U+FFFD.

    Whoever cuts a text in the middle of an emoji writes half of it, and may never post again what is refused.

    :raises Malformed: when it is no JSON; the sentence says what it is instead, as far as that shows.
    :raises Unreadable: when it has another shape, with the place of the fault.
    """
    try:
        return _decoded(body.removeprefix(BOM_UTF8), decoder)
    except msgspec.ValidationError as error:
        raise misshapen(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"the body is no JSON: {why_no_json(body, error)}") from error


def _decoded(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """:raises msgspec.DecodeError: (and what else a decoder raises) when it is none in that shape."""
    if _NUL in body:
        body = _with_whole_characters(body)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended = _with_whole_characters(body)
        if mended == body:
            raise
        return decoder.decode(mended)


def _with_whole_characters(body: bytes) -> bytes:
    return _ESCAPES.sub(lambda found: b"\\ufffd" if found[1] else found[0], body)


def misshapen(error: msgspec.ValidationError) -> Unreadable:
    """From msgspec's ``Expected ... - at `$.alerts[0].labels` ``."""
    told, _, place = str(error).partition(" - at `")
    return Unreadable(_plainly(told), at=place.strip("`").removeprefix("$").removeprefix("."))


def _plainly(told: str) -> str:
    """The library's sentence in the words of whoever looks after the sender."""
    if told.startswith("Invalid RFC3339"):
        return "it is no time as RFC 3339 writes it, like 2026-11-25T03:14:00Z"
    if missing := _MISSING.match(told):
        return f"the field {missing[1]} is missing"
    if wrong := _EXPECTED.match(told):
        wanted = " or ".join(_KINDS.get(kind, kind) for kind in wrong[1].split(" | "))
        return f"{wanted} is expected here, and {_KINDS.get(wrong[2], wrong[2])} came"
    return told


def why_no_json(body: bytes, error: Exception) -> str:
    """What is wrong with a body that a decoder called no JSON, in words of ours."""
    told = str(error)
    if broken := _BROKEN.match(told):
        return what_instead(body) or f"it breaks at byte {broken[2]}: {broken[1]}"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return what_instead(body) or f"it is not UTF-8 (byte {error.start} of a text)"
    return what_instead(body) or ("it ends in the middle" if "truncated" in told else told)


def what_instead(body: bytes) -> str:
    """What a body is that is no JSON, as a sender's operator would call it; empty when nothing tells."""
    head = body[:_HEAD].lstrip()
    if not body.strip():
        return "it is empty"
    if body.startswith((_GZIP, _ZIP)):
        return "it is packed (gzip or zip); send it as it is"
    if body.startswith(_UTF16):
        return "it is UTF-16; send UTF-8"
    if head[:1] == b"<":
        is_page = b"<html" in head.lower() or b"<!doctype html" in head.lower()
        return "it is a web page" if is_page else "it is XML"
    if is_form(head):
        return "it is a form (name=value&...); let the sender post JSON"
    return ""


def is_form(body: bytes) -> bool:
    """Whether ``body`` looks like the fields of a form: ``name=value``, and more of them behind ``&``."""
    name, equals, _ = body.partition(b"=")
    return bool(equals) and 0 < len(name) <= 64 and name.replace(b"_", b"").replace(b"-", b"").isalnum()


# --- times ------------------------------------------------------------------------------------------


def given_moment(written: datetime | None) -> datetime | None:
    """A time as Go writes it, in UTC; None when it is not set, which Go writes as the year 1."""
    if written is None or written.year <= FIRST_YEAR:
        return None
    if written.tzinfo is UTC or written.year > LAST_YEAR:
        return written
    return written.astimezone(UTC)


def read_moment(written: str, *, zone: tzinfo = UTC) -> datetime | None:
    """ISO 8601, or seconds or milliseconds since 1970, as UTC; None when it is no time.

    ``zone`` is that of a time that says none.
    """
    written = written.strip()
    try:
        number = float(written)
    except ValueError:
        return _iso(written, zone)
    seconds = number / 1000 if number >= MILLISECONDS_FROM else number
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < LAST_SECOND else None


def _iso(written: str, zone: tzinfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 0 < moment.timestamp() < LAST_SECOND else None
