"""The verbs of the relay and about people, a part of the one table."""

from __future__ import annotations

from pilotbridge.config.settings import Right
from pilotbridge.desk.desk import Desk, Fact
from pilotbridge.desk.verb import By, Number, Verb
from pilotbridge.relay.answering import Answer


class _Reply(By, kw_only=True):
    id: str
    text: str
    repeat: bool = False
    max_parts: int = 0
    once: str = ""


class _Link(By, kw_only=True):
    name: str


class _OptOut(By, kw_only=True):
    phone: str
    line: str = ""
    reason: str = ""


class _OnPost(By, kw_only=True):
    id: Number


class _Close(By, kw_only=True):
    id: str


class _Number(By, kw_only=True):
    phone: str


def _reply(desk: Desk, a: _Reply) -> Fact:
    wanted = Answer(a.text, a.by, repeat=a.repeat, max_parts=a.max_parts)
    return desk.people.reply(a.id, wanted, once=a.once)


def _add_optout(desk: Desk, a: _OptOut) -> Fact:
    return desk.people.add_optout(a.phone, line=a.line, reason=a.reason, by=a.by)


def _end_optout(desk: Desk, a: _OptOut) -> Fact:
    return desk.people.end_optout(a.phone, line=a.line, reason=a.reason, by=a.by)


PEOPLE_VERBS: dict[str, Verb] = {
    "close": Verb(
        "/api/v1/conversations/{id}/close",
        Right.SEND,
        _Close,
        lambda desk, a: desk.people.close(a.id, by=a.by),
    ),
    "reply": Verb("/api/v1/conversations/{id}/reply", Right.SEND, _Reply, _reply),
    "link": Verb(
        "/api/v1/contacts/{name}/link",
        Right.ADMIN,
        _Link,
        lambda desk, a: desk.people.link(a.name, by=a.by),
    ),
    "retry_post": Verb(
        "/api/v1/posts/{id}/retry",
        Right.ADMIN,
        _OnPost,
        lambda desk, a: desk.people.retry_post(a.id, by=a.by),
    ),
    "cancel_post": Verb(
        "/api/v1/posts/{id}/cancel",
        Right.ADMIN,
        _OnPost,
        lambda desk, a: desk.people.cancel_post(a.id, by=a.by),
    ),
    "export": Verb(
        "/api/v1/privacy/export", Right.ADMIN, _Number, lambda desk, a: desk.privacy.export(a.phone)
    ),
    "forget": Verb(
        "/api/v1/privacy/forget",
        Right.ADMIN,
        _Number,
        lambda desk, a: desk.privacy.forget(a.phone, by=a.by),
    ),
    "add_optout": Verb("/api/v1/optouts", Right.ADMIN, _OptOut, _add_optout),
    "end_optout": Verb("/api/v1/optouts/end", Right.ADMIN, _OptOut, _end_optout),
}
