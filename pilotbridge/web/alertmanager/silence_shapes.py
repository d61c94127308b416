"""A silence as this API writes it, and back: matchers are four fields here, and a text with us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from pilotbridge.clock import to_ms
from pilotbridge.errors import Refused
from pilotbridge.matcher import Matcher, Op
from pilotbridge.model import Silence, SilenceId
from pilotbridge.senders import misshapen, why_no_json
from pilotbridge.web.alertmanager.pages import moment

FIRST_YEAR, LAST_YEAR = 1970, 9998

Moment = Annotated[datetime, msgspec.Meta(tz=True)]

_OPS = {
    (True, False): Op.EQUAL,
    (False, False): Op.NOT_EQUAL,
    (True, True): Op.MATCHES,
    (False, True): Op.NOT_MATCHES,
}
_FLAGS = {op: flags for flags, op in _OPS.items()}


class JsonMatcher(msgspec.Struct, rename="camel"):
    """A matcher as this API writes it."""

    name: str
    value: str
    is_regex: bool
    is_equal: bool | None = True


class _Posted(msgspec.Struct, rename="camel"):
    matchers: list[JsonMatcher]
    starts_at: Moment
    ends_at: Moment
    created_by: str
    comment: str
    id: str | None = ""


class _State(msgspec.Struct):
    state: str


class _Shown(msgspec.Struct, rename="camel"):
    id: str
    status: _State
    updated_at: str
    comment: str
    created_by: str
    ends_at: str
    matchers: Sequence[JsonMatcher]
    starts_at: str


_decode = msgspec.json.Decoder(_Posted).decode


def read_silence(body: bytes) -> Silence:
    """:raises Refused: when it is no silence; what its matchers mean is judged later."""
    try:
        posted = _decode(body)
    except msgspec.ValidationError as error:
        fault = misshapen(error)
        place = f"{fault.at}: " if fault.at else ""
        raise Refused(f"the body is no silence: {place}{fault.reason}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(f"the body is no JSON: {why_no_json(body, error)}") from error
    for name, at in (("startsAt", posted.starts_at), ("endsAt", posted.ends_at)):
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            raise Refused(f"{name} is out of reach: the year {at.year}")
    return Silence(
        SilenceId(posted.id or ""),
        tuple(str(from_json(matcher)) for matcher in posted.matchers),
        posted.starts_at,
        posted.ends_at,
        posted.created_by,
        posted.comment,
    )


def from_json(matcher: JsonMatcher) -> Matcher:
    """:raises Refused: when it is none."""
    try:
        op = _OPS[matcher.is_equal is not False, matcher.is_regex]
        return Matcher(matcher.name, op, matcher.value)
    except ValueError as error:
        raise Refused(f"invalid label matcher {matcher.name!r}: {error}") from error


def to_json(matcher: Matcher) -> JsonMatcher:
    is_equal, is_regex = _FLAGS[matcher.op]
    return JsonMatcher(matcher.name, matcher.value, is_regex, is_equal)


def shown(silence: Silence, now: datetime, written_ms: int) -> _Shown:
    """As this API shows it; ``written_ms``: when it was written down."""
    return _Shown(
        id=silence.id,
        status=_State(state_of(silence, now)),
        updated_at=moment(written_ms),
        comment=silence.comment,
        created_by=silence.author,
        ends_at=moment(to_ms(silence.ends_at)),
        matchers=[to_json(Matcher.parse(text)) for text in silence.matchers],
        starts_at=moment(to_ms(silence.starts_at)),
    )


def state_of(silence: Silence, now: datetime) -> str:
    """Its state in Alertmanager's words."""
    if silence.ends_at <= now:
        return "expired"
    return "active" if silence.starts_at <= now else "pending"
