"""The one table of what can be done: its arguments, its paths, and what it says to nonsense."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from pilotbridge.desk.shown import plain
from pilotbridge.desk.verbs import VERBS
from pilotbridge.errors import Refused
from pilotbridge.lifecycle import State


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
    ("verb", "arguments"),
    [
        ("send", {"to": "anna"}),
        ("send", {"to": "anna", "text": "x", "colour": "red"}),
        ("send", {"to": "anna", "text": 5}),
        ("retry", {"id": "one"}),
        ("resolve", {"id": 1}),
        ("silence", {"matchers": "a=b", "lasts_s": 60}),
        ("silence", {"matchers": ["a=b"], "lasts_s": "long"}),
    ],
)
def test_arguments_that_a_verb_does_not_take_are_refused_with_their_name(world, verb, arguments):
    with pytest.raises(Refused) as refused:
        VERBS[verb].run(world.app.desk, arguments)

    assert "`" in refused.value.reason


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
