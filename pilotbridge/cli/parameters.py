"""Values that several commands take: durations as `30s 5m 4h 7d`, moments as people write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from pilotbridge.clock import SystemClock

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class _Duration(click.ParamType[float, Any]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        parts = _DURATION.findall(str(value))
        if not parts or "".join(number + unit for number, unit in parts) != str(value):
            self.fail(f"{value!r} is no duration; write it like 30s, 5m, 4h or 1h30m", param, ctx)
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)


class _Moment(click.ParamType[datetime, Any]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f"{value!r} is no time; write it like 2026-11-25T03:14 or with a zone, +03:00", param, ctx
            )
        return moment.astimezone()


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
LABEL = _Label()
"""A pair of name and value."""
PRICE = _Price()
"""Roubles, exact."""


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
