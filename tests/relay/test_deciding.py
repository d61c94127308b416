"""The decision about one message, by role, room and kind: strangers get nothing, everybody else a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pilotbridge.chat import ChatMessageId, Person, PersonId, Place, RoomId, ThreadId, Written
from pilotbridge.model import Contact
from pilotbridge.phone import PhoneNumber
from pilotbridge.relay.deciding import Ask, Asked, Ignore, Refuse, Seen, Send, decide
from pilotbridge.store.chat_records import Conversation, ConversationId, OptOut

PHONE = PhoneNumber("+79131437355")
OPS, THREAD = RoomId("-100"), ThreadId("t1")
TALK = Conversation(
    ConversationId(1), "ops", PHONE.e164, "team", OPS, THREAD, "+7913***7355", "new", 0, None, None
)
HELLO = Written(
    Place(OPS, THREAD),
    ChatMessageId("p1"),
    Person(PersonId("1001")),
    datetime(2026, 1, 12, 9, tzinfo=UTC),
    "hello",
)


def seen(role="responder", **changes) -> Seen:
    anna = Contact("anna", None, "Europe/Moscow", telegram=1001, role=role)
    written = {name: changes.pop(name) for name in list(changes) if hasattr(HELLO, name)}
    return replace(Seen(replace(HELLO, **written), anna, True, TALK), **changes)


def test_a_plain_text_of_somebody_who_may_goes():
    assert decide(seen()) == Send()
    assert decide(seen("admin")) == Send()


@pytest.mark.parametrize(
    "changes",
    [
        {"is_ours": False},
        {"author": None},
        {"conversation": None},
        {"is_ours": False, "author": None, "conversation": None},
    ],
)
def test_what_is_none_of_ours_is_ignored(changes):
    verdict = decide(replace(seen(), **changes))

    assert isinstance(verdict, Ignore)
    assert verdict.reason


@pytest.mark.parametrize("kind", ["sticker", "photo", "anything"])
@pytest.mark.parametrize("role", ["viewer", "responder", "admin"])
def test_what_is_refused_is_refused_with_a_sentence(role, kind):
    verdict = decide(seen(role, kind=kind))

    assert isinstance(verdict, Refuse)
    assert verdict.sentence.endswith((".", "!"))


@pytest.mark.parametrize(("role", "kind"), [("viewer", Refuse), ("responder", Refuse), ("admin", Ask)])
def test_only_an_admin_is_asked_about_an_opt_out(role, kind):
    optout = OptOut(1, "ops", PHONE, 0, "texted stop")

    assert isinstance(decide(seen(role, optout=optout)), kind)


def test_what_was_answered_with_yes_is_not_asked_again():
    long = {"text": "x" * 400, "is_equal": True}

    asked = [
        decide(seen(**long)),
        decide(seen(**long, waived=frozenset({Asked.PARTS}))),
        decide(seen(**long, waived=frozenset({Asked.PARTS, Asked.EQUAL}))),
    ]

    assert [getattr(verdict, "kind", verdict) for verdict in asked] == [
        Asked.PARTS, Asked.EQUAL, Send(is_marked=True),
    ]  # fmt: skip
