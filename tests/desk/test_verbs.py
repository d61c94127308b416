"""The one table of what can be done: its arguments, its paths, and what it says to nonsense."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from pilotbridge.desk.expected import expected
from pilotbridge.desk.shown import plain
from pilotbridge.desk.verbs import VERBS
from pilotbridge.errors import Refused
from pilotbridge.lifecycle import State

TO_ANNA = {"to": "anna", "text": "x"}


@pytest.mark.parametrize("name", VERBS)
def test_what_a_verb_takes_can_be_said_in_words(name):
    takes = VERBS[name].takes

    said = {field.name: expected(field.name, takes) for field in msgspec.structs.fields(takes)}

    assert "something else" not in said.values()


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_asks_who_wants_it(name):
    assert "by" in {field.name for field in msgspec.structs.fields(VERBS[name].takes)}


@pytest.mark.parametrize("name", VERBS)
def test_what_stands_in_a_path_is_an_argument(name):
    named = set(re.findall(r"{(\w+)}", VERBS[name].path))

    assert named <= {field.name for field in msgspec.structs.fields(VERBS[name].takes)}


def test_no_two_verbs_share_an_address():
    addresses = [(verb.method, verb.path) for verb in VERBS.values()]

    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize(
    ("verb", "arguments", "says"),
    [
        ("send", {"to": "anna"}, "text is missing; write a text"),
        ("send", TO_ANNA | {"text": 5}, "text must be a text"),
        ("send", TO_ANNA | {"send_at": "soon"}, "send_at must be a time like 2026-11-25T03:14:00Z"),
        ("send", TO_ANNA | {"ttl_min": 5}, "ttl_min must be a whole number from 10 to 1440"),
        ("send", TO_ANNA | {"ttl_min": "x"}, "ttl_min must be a whole number from 10 to 1440"),
        ("send", TO_ANNA | {"repeat": "maybe"}, "repeat must be true or false"),
        ("send", TO_ANNA | {"txet": "x"}, "txet is nothing that can be said here; did you mean text?"),
        ("pause", {"colour": "red"}, "colour is nothing that can be said here; there are by, reason"),
        ("retry", {"id": "one"}, "id must be a whole number from 0"),
        ("resolve", {"id": 1}, "accepted is missing; write true or false"),
        ("silence", {"matchers": "a=b", "lasts_s": 60}, "matchers must be a list of texts, each in quotes"),
        (
            "silence",
            {"matchers": ["a=b", 5], "lasts_s": 60},
            "matchers must be a list of texts, each in quotes",
        ),
        (
            "silence",
            {"matchers": ["a=b"], "lasts_s": "long"},
            "lasts_s must be a number from 0 to 3162240000",
        ),
    ],
)
def test_arguments_that_a_verb_does_not_take_are_refused_in_words(world, verb, arguments, says):
    with pytest.raises(Refused) as refused:
        VERBS[verb].run(world.app.desk, arguments)

    assert refused.value.reason == says


def test_a_number_from_an_address_may_be_text(world):
    world.app.desk.pause("so that it waits", by="boris")
    message_id = world.send_sms("anna", "hello")

    fact = VERBS["cancel"].run(world.app.desk, {"id": str(message_id), "by": "boris"})

    assert fact["state"] is State.CANCELLED


def test_facts_are_plain_for_json():
    fact = {
        "state": State.HELD,
        "money": Decimal("2.960"),
        "at": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        "parts": (1, None, True),
    }

    assert plain(fact) == {
        "state": "held",
        "money": "2.960",
        "at": "2026-01-02T03:04:05Z",
        "parts": [1, None, True],
    }
