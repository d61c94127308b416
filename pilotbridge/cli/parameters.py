"""Values that several commands take: durations as `30s 5m 4h 7d`, moments as people write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import click

from pilotbridge.clock import SystemClock

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST_S = 100 * 365 * 86400
_YEARS = range(1970, 9001)
_LARGEST_ID = 2**63 - 1
_LIMIT_MAX = 1_000_000

F = TypeVar("F", bound=Callable[..., Any])


class _Duration(click.ParamType[float, Any]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        parts = _DURATION.findall(str(value))
        if not parts or "".join(number + unit for number, unit in parts) != str(value):
            self.fail(f"{value!r} is no duration; write it like 30s, 5m, 4h or 1h30m", param, ctx)
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
        if seconds > _LONGEST_S:
            self.fail(f"{value} is longer than a hundred years; write less", param, ctx)
        return seconds


class _Moment(click.ParamType[datetime, Any]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return written_moment(str(value)).astimezone()
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Id(click.ParamType[int, Any]):
    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number = value if isinstance(value, int) else row_id(str(value))
        if not number:
            self.fail(f"{value!r} is no ID; write a number like 12", param, ctx)
        return number


class _Label(click.ParamType[tuple[str, str], Any]):
    name = "label"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not name.strip() or not equals:
            self.fail(f"{value!r} is no label; write it like severity=critical", param, ctx)
        return name.strip(), text


class _Price(click.ParamType[Decimal, Any]):
    name = "roubles"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        if isinstance(value, Decimal):
            return value
        try:
            price = Decimal(str(value).replace(",", "."))
        except InvalidOperation:
            price = Decimal("NaN")
        if not price.is_finite() or price < 0:
            self.fail(f"{value!r} is no price; write roubles like 2.96", param, ctx)
        return price


class _MomentOrAgo(_Moment):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, str) and _DURATION.match(value):
            ago = timedelta(seconds=DURATION.convert(value, param, ctx))
            return SystemClock().utc_now() - ago
        return super().convert(value, param, ctx)


DURATION = _Duration()
"""Seconds."""
MOMENT_OR_AGO = _MomentOrAgo()
"""An aware datetime; a duration means so long ago."""
MOMENT = _Moment()
"""An aware datetime; without a zone the machine's own is meant."""
ID = _Id()
"""The number of a row."""
LABEL = _Label()
"""A pair of name and value."""
PRICE = _Price()
"""Roubles, exact."""


def limit_option(says: str = "At most so many.", *, default: int = 100) -> Callable[[F], F]:
    """`--limit`, which is the same wherever something is listed."""
    return click.option(
        "--limit",
        metavar="N",
        type=click.IntRange(1, _LIMIT_MAX),
        default=default,
        show_default=True,
        help=says,
    )


def written_moment(written: str) -> datetime:
    """The time that ``written`` says, naive where it says no zone.

    :raises ValueError: with cause and fix.
    """
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        cause = f"{written!r} is no time"
        raise ValueError(f"{cause}; write it like 2026-11-25T03:14 or with a zone, +03:00") from None
    if moment.year not in _YEARS:
        raise ValueError(f"the year {moment.year} is out of reach; write {_YEARS[0]} to {_YEARS[-1]}")
    return moment


def row_id(name: str) -> int:
    """The ID that ``name`` is; 0 when it is none that a row can have."""
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 20 else 0
    return number if number <= _LARGEST_ID else 0


def is_utf8(text: str) -> bool:
    """Whether ``text`` came as UTF-8; Python keeps other bytes of a command line as lone surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def human(duration: timedelta) -> str:
    """``duration`` in its largest unit: 17m, 2h 5m, 3d 1h."""
    seconds = int(duration.total_seconds())
    if seconds < 60:
        return f"{seconds}s"
    units = [(seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m")]
    return " ".join(f"{amount}{unit}" for amount, unit in units if amount)
