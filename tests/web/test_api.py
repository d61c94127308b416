"""``/api/v1`` on a bridge with a relay: each route with its right, and the facts that commands show too."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from pilotbridge.config.settings import Right, Secret, Token
from pilotbridge.desk.verbs import VERBS
from pilotbridge.web.api import api_endpoints
from pilotbridge.web.app import build
from tests.relay.conftest import make_relay, relay
from tests.web.conftest import ask, bearer

__all__ = ["make_relay", "relay"]

CUSTOMER, TOPIC = "+79131437355", "+7913***7355"


def token_of(right: Right) -> str:
    return f"the-secret-token-for-{right}"


class Api:
    """The routes of one bridge behind a token for every right."""

    def __init__(self, world):
        self.world = world
        self.endpoints = api_endpoints(world.app.desk, world.app.ground.store)
        tokens = tuple(Token(right, Secret(token_of(right)), frozenset({right})) for right in Right)
        settings = world.app.in_force.settings
        guarded = replace(settings, web=replace(settings.web, tokens=tokens))
        self.app = build(
            settings=lambda: guarded, endpoints=self.endpoints, intake_door=_no_door, callback_door=_no_door
        )

    def ask(self, method, path, body=None, *, right=Right.ADMIN, headers=()):
        sent = b"" if body is None else json.dumps(body).encode()
        proof = () if right is None else (bearer(token_of(right)),)
        reply = asyncio.run(ask(self.app, method, path, headers=(*proof, *headers), body=sent))
        self.world.settle()
        return reply


async def _no_door(_scope, _receive, _send):
    raise AssertionError("no door is meant")


@pytest.fixture
def api(relay):
    relay.world.sms_from(CUSTOMER, "Where is my parcel?")
    relay.poll()
    return Api(relay.world)


RIGHTS = {
    ("GET", "/api/v1/messages"): Right.READ,
    ("GET", "/api/v1/messages/{id}"): Right.READ,
    ("GET", "/api/v1/posts/{id}"): Right.READ,
    ("GET", "/api/v1/alerts"): Right.READ,
    ("GET", "/api/v1/incidents"): Right.READ,
    ("GET", "/api/v1/inbox"): Right.READ,
    ("GET", "/api/v1/conversations"): Right.READ,
    ("GET", "/api/v1/conversations/{id}"): Right.READ,
    ("GET", "/api/v1/contacts"): Right.READ,
    ("GET", "/api/v1/contacts/{name}"): Right.READ,
    ("GET", "/api/v1/optouts"): Right.READ,
    ("GET", "/api/v1/oncall"): Right.READ,
    ("GET", "/api/v1/oncall/next"): Right.READ,
    ("GET", "/api/v1/oncall/overrides"): Right.READ,
    ("GET", "/api/v1/oncall/swaps"): Right.READ,
    ("GET", "/api/v1/silences"): Right.READ,
    ("POST", "/api/v1/messages"): Right.SEND,
    ("POST", "/api/v1/messages/{id}/retry"): Right.ADMIN,
    ("POST", "/api/v1/messages/{id}/cancel"): Right.ADMIN,
    ("POST", "/api/v1/messages/{id}/resolve"): Right.ADMIN,
    ("POST", "/api/v1/sending/pause"): Right.ADMIN,
    ("POST", "/api/v1/sending/resume"): Right.ADMIN,
    ("POST", "/api/v1/incidents/{ref}/ack"): Right.SILENCES,
    ("POST", "/api/v1/incidents/{ref}/unack"): Right.SILENCES,
    ("POST", "/api/v1/silences"): Right.SILENCES,
    ("DELETE", "/api/v1/silences/{id}"): Right.SILENCES,
    ("POST", "/api/v1/conversations/{id}/reply"): Right.SEND,
    ("POST", "/api/v1/conversations/{id}/close"): Right.SEND,
    ("POST", "/api/v1/contacts/{name}/link"): Right.ADMIN,
    ("POST", "/api/v1/posts/{id}/retry"): Right.ADMIN,
    ("POST", "/api/v1/posts/{id}/cancel"): Right.ADMIN,
    ("POST", "/api/v1/privacy/export"): Right.ADMIN,
    ("POST", "/api/v1/privacy/forget"): Right.ADMIN,
    ("POST", "/api/v1/optouts"): Right.ADMIN,
    ("POST", "/api/v1/optouts/end"): Right.ADMIN,
    ("POST", "/api/v1/oncall/overrides"): Right.ADMIN,
    ("DELETE", "/api/v1/oncall/overrides/{id}"): Right.ADMIN,
    ("POST", "/api/v1/oncall/take"): Right.ADMIN,
    ("POST", "/api/v1/oncall/swaps"): Right.ADMIN,
    ("POST", "/api/v1/oncall/swaps/{code}/answer"): Right.ADMIN,
}
"""Each route and the right it needs, written down a second time: a new route has to be added by hand."""


def test_every_route_is_in_the_table_of_rights(api):
    declared = {
        (method, endpoint.path): endpoint.needs for endpoint in api.endpoints for method in endpoint.methods
    }

    assert declared == RIGHTS
    assert {(verb.method, verb.path) for verb in VERBS.values()} <= set(RIGHTS)


@pytest.mark.parametrize(("route", "needs"), RIGHTS.items(), ids=" ".join)
def test_each_route_opens_to_its_right_and_to_admin_and_to_nobody_else(api, route, needs):
    method, path = route
    for name in ("id", "ref", "name", "code"):
        path = path.replace(f"{{{name}}}", "1")

    opened = {right for right in Right if b'"forbidden"' not in api.ask(method, path, right=right).body}

    assert opened == {needs, Right.ADMIN}
    assert api.ask(method, path, right=None).status == 401


def test_a_route_that_fits_is_asked_and_answers_with_no_whole_number(api):
    for method, path in RIGHTS:
        if method == "GET":
            reply = api.ask("GET", path.replace("{id}", "1").replace("{name}", "anna"))

            assert reply.status in (200, 404), path
            assert CUSTOMER[1:] not in reply.body.decode(), path


# --- conversations ----------------------------------------------------------------------------------


def test_a_conversation_is_listed_shown_and_answered(api):
    [listed] = api.ask("GET", "/api/v1/conversations?state=new&line=ops").json
    told = api.ask("POST", "/api/v1/conversations/1/reply", {"text": "Soon"}, right=Right.SEND)
    shown = api.ask("GET", "/api/v1/conversations/1").json

    assert (listed["id"], listed["phone"], listed["unanswered"]) == (1, TOPIC, 1)
    assert (told.status, told.json["conversation"]) == (200, 1)
    assert [text["text"] for text in shown["texts"]] == ["Where is my parcel?", "Soon"]


def test_a_reply_with_a_key_goes_once(api):
    key = ("Idempotency-Key", "k1")

    first = api.ask("POST", "/api/v1/conversations/1/reply", {"text": "Soon"}, headers=(key,))
    again = api.ask("POST", "/api/v1/conversations/1/reply", {"text": "Soon"}, headers=(key,))

    assert first.json["id"] == again.json["id"]
    assert len(api.world.messages()) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/conversations?state=old", None, 422),
        ("GET", "/api/v1/conversations?line=none", None, 404),
        ("GET", "/api/v1/conversations?limit=0", None, 422),
        ("GET", "/api/v1/conversations/77", None, 404),
        ("GET", "/api/v1/posts/x", None, 404),
        ("GET", "/api/v1/inbox?since=yesterday", None, 422),
        ("GET", "/api/v1/messages?way=pigeon", None, 422),
        ("GET", "/api/v1/contacts/nobody", None, 404),
        ("POST", "/api/v1/conversations/1/reply", {}, 422),
        ("POST", "/api/v1/conversations/77/reply", {"text": "x"}, 404),
        ("POST", "/api/v1/conversations/1/reply", {"text": "x" * 500}, 403),
        ("POST", "/api/v1/contacts/nobody/link", {}, 404),
        ("POST", "/api/v1/optouts", {"phone": "nobody"}, 404),
        ("POST", "/api/v1/optouts/end", {"phone": CUSTOMER}, 404),
    ],
)
def test_what_cannot_be_done_has_its_status_and_a_sentence(api, method, path, body, status):
    reply = api.ask(method, path, body)

    assert reply.status == status
    assert len(reply.error["message"].split()) > 3


# --- the rest ---------------------------------------------------------------------------------------


FAR = "9999-12-31T23:59:59-12:00"
SMS = {"to": "sms:boris", "text": "x"}
QUIET = {"matchers": ["a=b"], "lasts_s": 60}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/api/v1/messages?limit={'9' * 5000}", None),
        ("GET", "/api/v1/inbox?since=0001-01-01T00:00:00%2B14:00", None),
        ("GET", "/api/v1/oncall?at=0001-01-01T00:00:00%2B14:00", None),
        ("GET", f"/api/v1/oncall/next?at={FAR}", None),
        ("POST", "/api/v1/messages", {**SMS, "send_at": FAR}),
        ("POST", "/api/v1/messages", {**SMS, "ttl_min": 10**30}),
        ("POST", "/api/v1/messages", {**SMS, "ttl_min": -5}),
        ("POST", "/api/v1/messages/99999999999999999999/retry", {}),
        ("POST", "/api/v1/posts/99999999999999999999/cancel", {}),
        ("DELETE", "/api/v1/oncall/overrides/99999999999999999999", {}),
        ("POST", "/api/v1/silences", {**QUIET, "lasts_s": 1e300}),
        ("POST", "/api/v1/silences", {**QUIET, "starts": FAR}),
        ("POST", "/api/v1/oncall/take", {"schedule": "x", "contact": "anna", "lasts_s": 1e300}),
    ],
)
def test_figures_and_times_beyond_reason_are_refused_with_a_sentence(api, method, path, body):
    reply = api.ask(method, path, body)

    assert reply.status == 422
    assert reply.error["message"]


def test_a_time_without_a_zone_is_utc_as_in_every_answer(api):
    sent = api.ask("POST", "/api/v1/messages", {**SMS, "send_at": "2026-01-12T12:00:00"})
    silence = api.ask("POST", "/api/v1/silences", {**QUIET, "starts": "2026-01-12T12:00:00"})

    assert sent.json["due_at"] == "2026-01-12T12:00:00Z"
    assert silence.json["starts_at"] == "2026-01-12T12:00:00Z"


def test_the_inbox_is_filtered_by_sender_and_time(api):
    api.world.sms_from("anna", "hello")
    api.world.run_for(seconds=16)

    [fact] = api.ask("GET", "/api/v1/inbox?from=anna&since=2026-01-12T09:00:00Z&state=routed").json

    assert (fact["text"], fact["line"], fact["conversation"]) == ("1234 hello", "ops", 2)


def test_posts_stand_among_the_messages_and_can_be_asked_for_alone(api):
    api.world.send_sms("anna", "hello")

    assert {fact["way"] for fact in api.ask("GET", "/api/v1/messages").json} == {"sms", "chat"}
    assert {fact["way"] for fact in api.ask("GET", "/api/v1/messages?way=sms").json} == {"sms"}
    assert api.ask("GET", "/api/v1/posts/1").json["history"][0]["event"] == "enqueue"


def test_an_optout_is_written_down_heeded_and_lifted(api):
    added = api.ask("POST", "/api/v1/optouts", {"phone": CUSTOMER, "reason": "by letter"})
    refused = api.ask("POST", "/api/v1/conversations/1/reply", {"text": "Soon"})
    [listed] = api.ask("GET", "/api/v1/optouts").json
    lifted = api.ask("POST", "/api/v1/optouts/end", {"phone": CUSTOMER})

    assert added.json["changed"] == ["ops"]
    assert (refused.status, "by letter" in refused.error["message"]) == (403, True)
    assert (listed["phone"], listed["reason"]) == (TOPIC, "api: by letter")
    assert lifted.json["stands"] == []


def test_a_contact_is_shown_with_what_is_missing_and_gets_a_code(api):
    checks = api.ask("GET", "/api/v1/contacts/boris").json
    code = api.ask("POST", "/api/v1/contacts/boris/link", {}).json

    assert {check["level"] for check in checks} == {"ok", "warn"}
    assert code["send"] == f"/link {code['code']}"
