"""What holds for every source we ship: its shape, its words, and what it says about another sender's body."""

from __future__ import annotations

import json
import tomllib
from importlib import import_module
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge import AlertState, Malformed, Parsed, Recognising, Unreadable
from pilotbridge.web.recognising import tell_whose
from tests.plugins.sources.conftest import incoming
from tests.plugins.sources.samples import FIRING, RESOLVED

TOP = Path(__file__).parents[3]
POINTS = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["entry-points"]["pilotbridge"]
MODULES = {name: module for name, module in POINTS.items() if ".sources." in module}
SOURCES = {name: import_module(module).register_sources()[0] for name, module in MODULES.items()}
OF_ONE_SENDER = {name: source for name, source in SOURCES.items() if isinstance(source, Recognising)}
FIELDS = st.sampled_from([name for body in FIRING.values() if isinstance(body, dict) for name in body])
SCALARS = st.none() | st.booleans() | st.integers() | st.text()
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(FIELDS | st.text(), inner), max_leaves=20
)


def test_every_shipped_source_is_found_by_its_entry_point():
    assert {name: source.type for name, source in SOURCES.items()} == {name: name for name in MODULES}


@pytest.mark.parametrize("name", FIRING)
def test_every_sender_has_a_word_for_what_is_over(name):
    assert name in RESOLVED
    assert name in OF_ONE_SENDER


@pytest.mark.parametrize("name", SOURCES)
def test_the_words_of_a_severity_table_are_lower_case(name):
    assert all(word == word.lower() for word in SOURCES[name].severities)


@pytest.mark.parametrize("name", FIRING)
def test_what_is_wrong_and_what_is_right_again_are_one_alert(name):
    [firing] = SOURCES[name].parse(incoming(FIRING[name]), None).alerts

    [resolved] = SOURCES[name].parse(incoming(RESOLVED[name]), None).alerts

    assert (firing.state, resolved.state) == (AlertState.FIRING, AlertState.RESOLVED)
    assert firing.fingerprint == resolved.fingerprint
    assert not firing.is_test


@pytest.mark.parametrize("name", FIRING)
def test_a_source_knows_its_own_senders_body_and_no_other(name):
    knows = [other for other, source in OF_ONE_SENDER.items() if source.looks_like(FIRING[name])]

    assert knows == [name]


@pytest.mark.parametrize(("given_to", "sender"), list(permutations(FIRING, 2)))
def test_another_senders_body_is_refused_and_named(given_to, sender):
    body = incoming(FIRING[sender])

    with pytest.raises(Unreadable):
        SOURCES[given_to].parse(body, None)

    told = tell_whose(body.body, given_to, SOURCES.values(), {})
    assert told == f"this looks like {SOURCES[sender].sender}; give it a source of the type {sender}"


@pytest.mark.parametrize("given_to", FIRING)
@pytest.mark.parametrize(
    ("sender", "body"),
    [
        *RESOLVED.items(),
        ("alertmanager", "alertmanager-0.25-01"),
        ("alertmanager", "alertmanager-0.25-02"),
        ("prometheus", "prometheus-2.42-alerts-api"),
    ],
    ids=lambda value: value if isinstance(value, str) else "over",
)
def test_what_is_over_and_what_was_captured_is_named_elsewhere_and_read_at_home(
    captured, given_to, sender, body
):
    posted = incoming(captured(body) if isinstance(body, str) else body)

    if given_to == sender:
        assert SOURCES[given_to].parse(posted, None).alerts
        return
    with pytest.raises(Unreadable):
        SOURCES[given_to].parse(posted, None)

    told = tell_whose(posted.body, given_to, SOURCES.values(), {})
    assert told.startswith(f"this looks like {SOURCES[sender].sender}; ")


@pytest.mark.parametrize("name", FIRING)
@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\x1f\x8b\x08\x00packed", "gzip"),
        (b"<!DOCTYPE html><html><body>502</body></html>", "a web page"),
        (b'<?xml version="1.0"?><a/>', "XML"),
        (b"a=1&b=2", "a form"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        (b"db01 is down", "no JSON"),
        (b"{" * 100_000, ""),
    ],
)
def test_what_is_no_json_is_malformed_and_called_what_it_is(name, body, says):
    with pytest.raises(Malformed) as found:
        SOURCES[name].parse(incoming(body), None)

    assert says in found.value.reason


@pytest.mark.parametrize("odd", ["\\ud83d", "\\uDE00", "\\u0000", "\\ud83d\\u0041"])
@pytest.mark.parametrize("name", [name for name in FIRING if name != "apprise"])
def test_a_text_cut_in_the_middle_of_an_emoji_costs_no_alert(name, odd):
    marked = json.loads(json.dumps(FIRING[name]), object_hook=_with_a_mark_in_each_text)
    body = json.dumps(marked).replace("MARK", odd).encode()

    [alert] = SOURCES[name].parse(incoming(body), None).alerts

    said = [*alert.labels.values(), *alert.annotations.values()]
    assert any("\ufffd" in text for text in said)
    assert not any("\0" in text for text in said)
    assert "".join(said).encode()


def _with_a_mark_in_each_text(found):
    """Where a sender puts what a check has said: a title, a summary, an output."""
    free = ("summary", "msg", "title", "event_name", "output", "alert_message", "name", "description_text")
    return {
        key: value + "MARK" if isinstance(value, str) and key in free else value
        for key, value in found.items()
    }


@pytest.mark.parametrize("name", OF_ONE_SENDER)
def test_no_json_of_any_shape_makes_a_recogniser_fail(name):
    @given(body=ANY_JSON)
    def ask(body):
        assert isinstance(OF_ONE_SENDER[name].looks_like(body), bool)

    ask()


@pytest.mark.parametrize("name", OF_ONE_SENDER)
def test_any_body_is_read_or_refused_with_a_sentence(name):
    @given(body=st.binary(max_size=300) | ANY_JSON.map(lambda value: incoming(value).body))
    def parse(body):
        try:
            parsed = SOURCES[name].parse(incoming(body), None)
        except Unreadable as refused:
            assert refused.reason  # noqa: PT017 - either outcome is right
        else:
            assert isinstance(parsed, Parsed)

    parse()


@pytest.mark.parametrize("name", [name for name, body in FIRING.items() if isinstance(body, dict)])
def test_a_body_with_one_field_changed_is_read_or_refused_with_a_sentence(name):
    @given(field=st.sampled_from(sorted(FIRING[name])), value=ANY_JSON)
    def parse(field, value):
        try:
            parsed = SOURCES[name].parse(incoming({**FIRING[name], field: value}), None)
        except Unreadable as refused:
            assert refused.reason  # noqa: PT017 - either outcome is right
        else:
            assert isinstance(parsed, Parsed)

    parse()
