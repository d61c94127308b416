"""The verbs about who is on call, a part of the one table."""

from __future__ import annotations

from datetime import datetime, timedelta

from pilotbridge.config.settings import Right
from pilotbridge.desk.desk import Desk, Fact
from pilotbridge.desk.verb import By, Number, Seconds, Verb
from pilotbridge.oncall.swaps import Trade


class _Override(By, kw_only=True):
    schedule: str
    contact: str
    ends: datetime
    starts: datetime | None = None


class _Take(By, kw_only=True):
    schedule: str
    contact: str
    lasts_s: Seconds | None = None


class _End(By, kw_only=True):
    id: Number


class _Swap(By, kw_only=True):
    asker: str
    other: str
    starts: datetime
    ends: datetime | None = None
    schedule: str = ""


class _Answer(By, kw_only=True):
    code: str
    contact: str
    agrees: bool


def _take(desk: Desk, a: _Take) -> Fact:
    lasts = None if a.lasts_s is None else timedelta(seconds=a.lasts_s)
    return desk.oncall.take(a.schedule, a.contact, lasts)


def _swap(desk: Desk, a: _Swap) -> Fact:
    return desk.oncall.swap(Trade(a.asker, a.other, a.starts, a.ends, a.schedule), by=a.by)


ONCALL_VERBS: dict[str, Verb] = {
    "oncall_override": Verb(
        "/api/v1/oncall/overrides",
        Right.ADMIN,
        _Override,
        lambda desk, a: desk.oncall.override(a.schedule, a.contact, a.starts, a.ends, by=a.by),
    ),
    "oncall_end": Verb(
        "/api/v1/oncall/overrides/{id}",
        Right.ADMIN,
        _End,
        lambda desk, a: desk.oncall.end(a.id, by=a.by),
        method="DELETE",
    ),
    "oncall_take": Verb("/api/v1/oncall/take", Right.ADMIN, _Take, _take),
    "oncall_swap": Verb("/api/v1/oncall/swaps", Right.ADMIN, _Swap, _swap),
    "oncall_answer": Verb(
        "/api/v1/oncall/swaps/{code}/answer",
        Right.ADMIN,
        _Answer,
        lambda desk, a: desk.oncall.answer(a.code, by=a.contact, agrees=a.agrees),
    ),
}
