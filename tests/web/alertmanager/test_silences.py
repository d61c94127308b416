"""Silences by Alertmanager's API: made, changed, ended, filtered, and what is no silence."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from pilotbridge.errors import Refused
from pilotbridge.matcher import Matcher, Op
from pilotbridge.web.alertmanager.silence_shapes import JsonMatcher, from_json, read_silence, to_json
from tests.web.alertmanager.conftest import matcher

FIELDS = st.sampled_from(["matchers", "startsAt", "endsAt", "createdBy", "comment", "id"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner),
    max_leaves=10,
)
UNKNOWN = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


def wanted(api, **changes):
    """A silence as amtool posts it."""
    return {
        "matchers": [matcher("alertname", "DiskFull")],
        "startsAt": api.at(0),
        "endsAt": api.at(60),
        "createdBy": "anna",
        "comment": "moving disks",
    } | changes


def states(api, **query):
    return {silence["id"]: silence["status"]["state"] for silence in api.get("/silences", **query)}


# --- made -------------------------------------------------------------------------------------------


def test_a_silence_is_shown_as_alertmanager_shows_it(api):
    silence_id = api.silence(
        ("instance", "db.*", True), ("team", "web", False, False), ("имя", "x", True, False)
    )

    [shown] = api.get("/silences")

    assert shown == {
        "id": silence_id,
        "status": {"state": "active"},
        "updatedAt": "2026-01-12T09:00:00.000Z",
        "comment": "moving disks",
        "createdBy": "anna",
        "startsAt": "2026-01-12T09:00:00.000Z",
        "endsAt": "2026-01-12T10:00:00.000Z",
        "matchers": [
            {"name": "instance", "value": "db.*", "isRegex": True, "isEqual": True},
            {"name": "team", "value": "web", "isRegex": False, "isEqual": False},
            {"name": "имя", "value": "x", "isRegex": True, "isEqual": False},
        ],
    }
    assert api.get(f"/silence/{silence_id}") == shown


def test_an_id_has_the_form_of_a_uuid(api):
    parts = api.silence(("a", "b")).split("-")

    assert [len(part) for part in parts] == [8, 4, 4, 4, 12]


def test_what_is_silenced_is_told_to_nobody_until_it_ends(api):
    silence_id = api.silence(("alertname", "DiskFull"))
    api.fire(minutes=120)
    api.world.run_for(minutes=5)
    before = list(api.world.texts_to("anna"))

    ended = api.ask("DELETE", f"/silence/{silence_id}")
    api.world.run_for(minutes=5)

    assert (before, ended.status, ended.body) == ([], 200, b"")
    assert len(api.world.texts_to("anna")) == 1


def test_a_silence_that_only_excludes_is_one(api):
    api.silence(("alertname", "Watchdog", False, False))
    api.fire("DiskFull")
    api.fire("Watchdog")

    assert [alert["labels"]["alertname"] for alert in api.get("/alerts", silenced="false")] == ["Watchdog"]


def test_a_start_that_has_passed_is_now(api):
    api.silence(("a", "b"), begins=-60)

    assert api.get("/silences")[0]["startsAt"] == "2026-01-12T09:00:00.000Z"


def test_silences_of_the_commands_and_of_this_api_are_the_same(api):
    made = api.world.app.desk.silence(["a=b"], starts=None, lasts=timedelta(hours=1), by="boris", comment="x")

    assert [silence["id"] for silence in api.get("/silences")] == [made["id"]]
    assert api.ask("DELETE", f"/silence/{made['id']}").status == 200


# --- changed ----------------------------------------------------------------------------------------


def test_another_end_or_comment_leaves_it_the_same_silence(api):
    silence_id = api.silence(("a", "b"))
    [shown] = api.get("/silences")
    api.world.run_for(minutes=10)

    reply = api.ask("POST", "/silences", shown | {"endsAt": api.at(120), "comment": "longer"})

    assert reply.json == {"silenceID": silence_id}
    [changed] = api.get("/silences")
    assert changed == shown | {"endsAt": "2026-01-12T11:10:00.000Z", "comment": "longer"}


@pytest.mark.parametrize(
    "change",
    [{"matchers": [matcher("a", "c")]}, {"startsAt": "2026-01-12T09:30:00Z"}],
    ids=["matchers", "start"],
)
def test_another_matcher_or_start_ends_it_and_begins_another(api, change):
    silence_id = api.silence(("a", "b"))
    api.world.run_for(minutes=10)

    fresh = api.silence(("a", "b"), id=silence_id, **({"startsAt": "2026-01-12T09:00:00Z"} | change))

    assert fresh != silence_id
    assert states(api)[silence_id] == "expired"
    assert api.get(f"/silence/{silence_id}")["matchers"] == [matcher("a", "b")]


def test_one_that_is_still_to_come_may_begin_at_another_time(api):
    silence_id = api.silence(("a", "b"), begins=30)

    assert api.silence(("a", "b"), id=silence_id, begins=10) == silence_id
    assert states(api) == {silence_id: "pending"}


def test_one_that_is_still_to_come_cannot_have_begun_before_now(api):
    silence_id = api.silence(("a", "b"), begins=30)

    fresh = api.silence(("a", "b"), id=silence_id, begins=-10)

    assert states(api) == {fresh: "active", silence_id: "expired"}
    assert api.get(f"/silence/{fresh}")["startsAt"] == "2026-01-12T09:00:00.000Z"


def test_one_that_has_ended_begins_anew_as_another(api):
    silence_id = api.silence(("a", "b"), minutes=1)
    api.world.run_for(minutes=2)

    fresh = api.silence(("a", "b"), id=silence_id, begins=-2)

    assert states(api) == {fresh: "active", silence_id: "expired"}
    assert api.get(f"/silence/{fresh}")["startsAt"] == "2026-01-12T09:02:00.000Z"


def test_a_change_that_is_refused_changes_nothing(api):
    silence_id = api.silence(("a", "b"))
    [shown] = api.get("/silences")

    reply = api.ask("POST", "/silences", shown | {"matchers": [matcher("a", "")]})

    assert reply.status == 400
    assert api.get("/silences") == [shown]
    assert states(api) == {silence_id: "active"}


# --- ended ------------------------------------------------------------------------------------------


def test_to_end_it_twice_is_no_fault(api):
    silence_id = api.silence(("a", "b"))

    replies = [api.ask("DELETE", f"/silence/{silence_id}").status for _ in range(2)]

    assert replies == [200, 200]
    assert states(api) == {silence_id: "expired"}


def test_one_that_never_began_ends_too(api):
    silence_id = api.silence(("a", "b"), begins=30)
    api.ask("DELETE", f"/silence/{silence_id}")

    assert states(api) == {silence_id: "expired"}


# --- listed -----------------------------------------------------------------------------------------


def test_those_that_hold_come_first_then_those_to_come_then_the_ended(api):
    ended = [api.silence(("a", "b"), minutes=minutes) for minutes in (2, 1)]
    later = [api.silence(("a", "b"), begins=begins, minutes=90) for begins in (60, 30)]
    holds = [api.silence(("a", "b"), minutes=minutes) for minutes in (80, 70)]
    api.world.run_for(minutes=5)

    assert list(states(api)) == [*reversed(holds), *reversed(later), *ended]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"filter": ["instance=~db.*"]}, ["first"]),
        ({"filter": ['instance=~"db.*"', "team!=web"]}, ["first"]),
        ({"filter": ["instance=db.*"]}, []),
        ({"filter": ["team!=web"]}, ["first", "second"]),
        ({"creator": ["boris"]}, ["second"]),
        ({"creator": ["boris", "anna"]}, ["first", "second"]),
    ],
)
def test_a_filter_names_matchers_that_it_has(api, query, found):
    ids = {
        api.silence(("instance", "db.*", True), ("team", "web", False, False)): "first",
        api.silence(("team", "web", False, False), createdBy="boris"): "second",
    }

    assert sorted(ids[each] for each in states(api, **query)) == found


# --- refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"matchers": []}, "does not match everything"),
        ({"matchers": [matcher("a", "")]}, "does not match everything"),
        ({"matchers": [matcher("a", ".*", True), matcher("b", "")]}, "does not match everything"),
        ({"matchers": [matcher("a", "(", True)]}, "invalid label matcher 'a'"),
        ({"matchers": [matcher("a", "(?!x)", True)]}, "invalid label matcher 'a'"),
        ({"matchers": [matcher("", "x")]}, "needs the name"),
        ({"matchers": [{"name": "a"}]}, "matchers[0]: the field value is missing"),
        ({"matchers": None}, "matchers: a list is expected here, and null came"),
        ({"startsAt": "2026-01-12T12:00:00Z"}, "must end after it starts"),
        ({"startsAt": "2025-01-12T12:00:00Z", "endsAt": "2025-01-13T12:00:00Z"}, "in the future"),
        ({"endsAt": "tomorrow"}, "endsAt: it is no time as RFC 3339 writes it"),
        ({"endsAt": "9999-12-31T23:59:59Z"}, "out of reach"),
        ({"endsAt": None}, "endsAt"),
        ({"createdBy": None}, "createdBy"),
        ({"comment": 7}, "comment: a text is expected here, and a whole number came"),
    ],
)
def test_what_is_no_silence_is_400_with_a_sentence(api, change, says):
    reply = api.ask("POST", "/silences", wanted(api, **change))

    assert reply.status == 400
    assert says in reply.json
    assert api.get("/silences") == []


@pytest.mark.parametrize("left_out", ["matchers", "startsAt", "endsAt", "createdBy", "comment"])
def test_what_is_left_out_is_named(api, left_out):
    body = wanted(api)
    del body[left_out]

    assert left_out in api.ask("POST", "/silences", body).json


@pytest.mark.parametrize("silence_id", [UNKNOWN, "nope", "имя"])
def test_an_unknown_silence_is_404_in_the_words_that_amtool_looks_for(api, silence_id):
    replies = [
        api.ask("POST", "/silences", wanted(api, id=silence_id)),
        api.ask("GET", f"/silence/{silence_id}"),
        api.ask("DELETE", f"/silence/{silence_id}"),
    ]

    assert {(reply.status, reply.json) for reply in replies} == {(404, "silence not found")}


@tries(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=100) | ANY_JSON.map(lambda body: json.dumps(body).encode()))
def test_any_body_is_a_silence_or_400_with_a_sentence(api, body):
    reply = api.ask("POST", "/silences", body)

    assert reply.status == 400
    assert len(reply.json.split()) > 3


# --- matchers, ours and theirs ----------------------------------------------------------------------

NAMES = st.text(min_size=1, max_size=8)
PLAIN = st.tuples(NAMES, st.text(max_size=8), st.just(False), st.booleans())
PATTERNS = st.tuples(
    NAMES, st.sampled_from(["a.*", "db|web", "", r"\d+", r'"\\n', "[a-z]{2}"]), st.just(True), st.booleans()
)


@given(written=(PLAIN | PATTERNS).map(lambda parts: JsonMatcher(*parts)))
def test_a_matcher_goes_into_our_words_and_back(written):
    ours = from_json(written)

    assert to_json(ours) == written
    assert Matcher.parse(str(ours)) == ours


@given(matchers=st.lists((PLAIN | PATTERNS), min_size=1, max_size=4))
def test_a_posted_silence_holds_the_matchers_that_were_posted(matchers):
    body = {
        "matchers": [matcher(*parts) for parts in matchers],
        "startsAt": "2026-01-12T09:00:00Z",
        "endsAt": "2026-01-12T09:00:00Z",
        "createdBy": "",
        "comment": "",
    }

    silence = read_silence(json.dumps(body).encode())

    assert [to_json(Matcher.parse(text)) for text in silence.matchers] == [
        JsonMatcher(*each) for each in matchers
    ]


@pytest.mark.parametrize(
    ("flags", "op"),
    [
        ({"isRegex": False}, Op.EQUAL),
        ({"isRegex": False, "isEqual": None}, Op.EQUAL),
        ({"isRegex": False, "isEqual": False}, Op.NOT_EQUAL),
        ({"isRegex": True}, Op.MATCHES),
        ({"isRegex": True, "isEqual": False}, Op.NOT_MATCHES),
    ],
)
def test_two_flags_say_how_a_matcher_compares(api, flags, op):
    silence = read_silence(json.dumps(wanted(api, matchers=[{"name": "a", "value": "b", **flags}])).encode())

    assert silence.matchers == (f'a{op}"b"',)


def test_whether_it_is_a_pattern_has_to_be_said(api):
    with pytest.raises(Refused, match="isRegex"):
        read_silence(json.dumps(wanted(api, matchers=[{"name": "a", "value": "b"}])).encode())
