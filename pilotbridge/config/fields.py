"""The types a configuration is written in: durations, sizes, addresses of servers, names, matchers.

Each reads what a person writes and says what to write instead; none looks at another value.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from pilotbridge.config.document import WrittenFloat, WrittenInt
from pilotbridge.config.exclusion import excluding
from pilotbridge.config.settings import Listen, Secret
from pilotbridge.intervals import Times, comes
from pilotbridge.matcher import Matchers

# The units of Prometheus, in its order; a year has 365 days there too.
_UNITS_S = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile("".join(rf"(?:(\d{{1,9}}){unit}(?!s))?" for unit in _UNITS_S) + r"(?:(\d{1,9})ms)?")
_SIZE = re.compile(r"(\d{1,12})\s*([KMG]i?B|[KMG]|B)?")
_SIZES = {"": 1, "B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
_SIZES |= {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_NAME = re.compile(r"\w[\w.-]*")
_WEB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_NAME_FIX = "use letters, digits, _ . - and no spaces"
_WEB_NAME_FIX = "use Latin letters, digits, _ . -: it stands in a URL"
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_PREFIX = re.compile(r"\S{0,20}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_IPV6 = re.compile(r"\[([0-9A-Fa-f:.]+)\]")


BLANK = "FILL IN"
"""Stands where only a person knows what belongs there; a configuration that has one is not run."""


def bad_value(cause: str, fix: str, *, code: str = "bad-value") -> PydanticCustomError:
    """The error whose code, cause and fix reach the reader as they are."""
    return PydanticCustomError("told", "{cause}; {fix}", {"code": code, "cause": cause, "fix": fix})


def as_text(value: Any) -> Any:
    """Numbers as they were written, for they may be names, prefixes or numbers of phones."""
    if isinstance(value, WrittenInt | WrittenFloat):
        return value.text
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def read_duration(value: Any) -> timedelta:
    """Read ``30s``, ``1d12h``, ``500ms`` or a bare 0."""
    if isinstance(value, timedelta):
        return value
    text = as_text(value)
    if text == "0":
        return timedelta(0)
    found = _DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if not found:
        raise bad_value(f"{_shown(text)} is no duration", "write it like 30s, 5m, 4h, 7d or 1d12h")
    *numbers, millis = (int(number or 0) for number in found.groups())
    seconds = sum(number * unit for number, unit in zip(numbers, _UNITS_S.values(), strict=True))
    if seconds > 100 * _UNITS_S["y"]:
        raise bad_value(f"{text} is longer than a hundred years", "write less")
    return timedelta(seconds=seconds, milliseconds=millis)


def between(low: timedelta, high: timedelta | None = None) -> AfterValidator:
    """Both ends are allowed."""

    def check(value: timedelta) -> timedelta:
        if value < low or (high is not None and value > high):
            limits = f"at least {write_duration(low)}" + (
                f" and at most {write_duration(high)}" if high else ""
            )
            raise bad_value(f"{write_duration(value)} is out of range", limits)
        return value

    return AfterValidator(check)


def write_duration(duration: timedelta) -> str:
    """The shortest way to write ``duration``: ``90m``, not ``1h30m``."""
    millis = round(duration.total_seconds() * 1000)
    if millis % 1000:
        return f"{millis}ms"
    seconds = millis // 1000
    unit = next((unit for unit in "dhm" if seconds and seconds % _UNITS_S[unit] == 0), "s")
    return f"{seconds // _UNITS_S[unit]}{unit}" if seconds else "0s"


def read_size(value: Any) -> int:
    """Read ``16MiB``, ``500KB`` or a bare number of bytes."""
    text = as_text(value)
    found = _SIZE.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise bad_value(f"{_shown(text)} is no size", "write it like 16MiB")
    return int(found[1]) * _SIZES[found[2] or ""]


def write_size(size: int) -> str:
    unit = next((unit for unit in ("GiB", "MiB", "KiB") if size and size % _SIZES[unit] == 0), "")
    return f"{size // _SIZES[unit]}{unit}"


def read_listen(value: Any) -> Listen:
    """Read ``127.0.0.1:8080``, ``[::1]:8080`` or ``:8080`` (every IPv4 address of this machine)."""
    if isinstance(value, Listen):
        return value
    text = str(as_text(value))
    host, colon, port = text.rpartition(":")
    ipv6 = _IPV6.fullmatch(host)
    if not colon or not (ipv6 or not host or _HOST.fullmatch(host)):
        raise bad_value(f"{text!r} is no address to listen on", "write it like 127.0.0.1:8080")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise bad_value(f"{port!r} is no port", "ports are 1 to 65535, or 0 for a free one")
    return Listen(ipv6[1] if ipv6 else host or "0.0.0.0", int(port))


def read_zone(value: Any) -> str:
    name = str(as_text(value))
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        fix = _near_zone(name) or "write it like Europe/Moscow"
        raise bad_value(f"{name!r} is no known time zone", fix) from None
    return name


def _near_zone(name: str) -> str:
    import difflib

    by_city = {zone.rpartition("/")[2].lower(): zone for zone in sorted(zoneinfo.available_timezones())}
    near = difflib.get_close_matches(name.rpartition("/")[2].lower(), by_city, n=1, cutoff=0.7)
    return f"did you mean {by_city[near[0]]}?" if near else ""


def read_url(*schemes: str) -> Callable[[Any], str]:
    """A reader of absolute URLs; what it complains about never shows a password inside one."""

    def read(value: Any) -> str:
        text = str(as_text(value))
        example = f"write it like {schemes[0]}://host/path"
        try:
            parts = urlsplit(text)
            usable = parts.scheme in schemes and parts.hostname and (parts.port or 1)
        except ValueError:
            usable = False
        if not usable or text != text.strip() or re.search(r"[\s\x00-\x1f]", text):
            raise bad_value(f"no {' or '.join(schemes)} address", example)
        return text

    return read


def read_proxy(value: Any) -> str:
    if value in ("direct", "env"):
        return str(value)
    try:
        return read_url("http", "https", "socks5", "socks5h")(value)
    except PydanticCustomError:
        raise bad_value("no proxy", "write direct, env or an address like socks5h://host:1080") from None


def read_matchers(value: Any) -> Matchers:
    """Read one matcher or ``{a="b", c="d"}``."""
    if isinstance(value, Matchers):
        return value
    try:
        return Matchers.parse(str(as_text(value)))
    except ValueError as error:
        raise bad_value(str(error), "", code="bad-matcher") from None


def read_matcher_list(value: Any) -> Matchers:
    """Read one or several matchers that must all hold."""
    if isinstance(value, Matchers):
        return value
    found = Matchers(tuple(matcher for each in as_list(value) or () for matcher in read_matchers(each)))
    if clash := excluding(found):
        cause = f"{' and '.join(map(str, clash))} exclude each other"
        raise bad_value(cause, "mend one of them", code="bad-matcher")
    return found


def read_spans(value: Any) -> Times:
    """Read ``22:00-07:00``, blocks as in ``time_intervals``, or several of both."""
    if isinstance(value, Times):
        return value
    times = Times(
        tuple(each if isinstance(each, Mapping) else str(as_text(each)) for each in as_list(value) or ())
    )
    if not times.written:
        raise bad_value("there is no time in it", "write 22:00-07:00, or { weekdays: ['saturday'] }")
    try:
        intervals = times.intervals("UTC")
    except ValueError as error:
        raise bad_value(str(error.args[0]), "write 22:00-07:00, or { weekdays: ['saturday'] }") from None
    if not any(comes(each, date(2000, 1, 1)) for each in intervals):
        raise bad_value("there is no such day", "look at days_of_month, months and years")
    return times


def read_time_of_day(value: Any) -> time:
    if isinstance(value, time):
        return value
    try:
        found = time.fromisoformat(str(as_text(value)))
    except ValueError:
        raise bad_value(f"{_shown(value)} is no time of the day", "write '09:00'") from None
    if found.tzinfo is not None:
        raise bad_value(f"{_shown(value)} has a zone of its own", "write '09:00'; the zone is another key")
    return found


def as_list(value: Any) -> Any:
    """One value where a list may stand is a list of one."""
    return value if isinstance(value, list | tuple) or value is None else [value]


def _written(pattern: re.Pattern[str], what: str, fix: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        text = as_text(value)
        if isinstance(text, str) and not pattern.fullmatch(text):
            raise bad_value(f"{text!r} is no {what}", fix)
        return text

    return BeforeValidator(check)


def why_no_name(text: str, *, in_url: bool) -> str:
    """What to write instead of ``text``; empty when it is a name."""
    pattern, fix = (_WEB_NAME, _WEB_NAME_FIX) if in_url else (_NAME, _NAME_FIX)
    return "" if pattern.fullmatch(text) else fix


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str | int | float) else f"a {kind_of(value)}"


def kind_of(value: Any) -> str:
    """What a value is, in a configuration's words."""
    words = {dict: "block", list: "list", bool: "true or false", str: "text", type(None): "nothing"}
    return words.get(type(value), "number")


def _text_schema(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example]})


def read_count_or_never(written: Any) -> int | str | None:
    is_count = isinstance(written, int) and not isinstance(written, bool) and written >= 1
    if is_count or written in ("never", None):
        return written  # type: ignore[no-any-return]
    raise ValueError("a whole number of at least 1, or never")


Text = Annotated[str, BeforeValidator(as_text)]
Name = Annotated[str, _written(_NAME, "name", _NAME_FIX)]
WebName = Annotated[str, _written(_WEB_NAME, "name", _WEB_NAME_FIX)]
ServiceNumber = Annotated[str, _written(_NUMBER, "service number", "write digits only, like 79021121075")]
Prefix = Annotated[str, _written(_PREFIX, "prefix", "write at most 20 characters without spaces")]
Country = Annotated[str, _written(_COUNTRY, "country", "write two capital letters, like RU")]
Duration = Annotated[timedelta, BeforeValidator(read_duration), _text_schema("5m")]
Positive = Annotated[Duration, between(timedelta(milliseconds=1))]
CountOrNever = Annotated[Any, BeforeValidator(read_count_or_never), WithJsonSchema({"type": "integer"})]
Size = Annotated[int, BeforeValidator(read_size), _text_schema("16MiB")]
ListenAt = Annotated[Listen, BeforeValidator(read_listen), _text_schema("127.0.0.1:8080")]
Zone = Annotated[str, BeforeValidator(read_zone)]
WebUrl = Annotated[str, BeforeValidator(read_url("https", "http"))]
Proxy = Annotated[str, BeforeValidator(read_proxy)]
MatcherList = Annotated[
    Matchers,
    BeforeValidator(read_matcher_list),
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "examples": [['severity="critical"']]}),
]
Spans = Annotated[
    Times, BeforeValidator(read_spans), WithJsonSchema({"type": "array", "examples": [["22:00-07:00"]]})
]
TimeOfDay = Annotated[time, BeforeValidator(read_time_of_day), _text_schema("09:00")]
MatcherText = Annotated[Matchers, BeforeValidator(read_matchers), _text_schema('severity="critical"')]
FilePath = Annotated[Path, BeforeValidator(as_text)]
IS_READ = "this file is read"
ReadableFile = Annotated[FilePath, IS_READ]
"""A file that is read while the bridge runs: `check` warns when it cannot be read now."""


def _read_secret(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    text = as_text(value)
    if not isinstance(text, str) or not text.strip():
        raise bad_value("must be a text that is not empty", "or name a file that holds it")
    return Secret(text)


SecretText = Annotated[Secret, BeforeValidator(_read_secret), _text_schema("${NAME}")]
