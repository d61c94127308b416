"""What a chat brings to /hooks by itself: who may call, how much, and what is on disk when it hears yes."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

import pytest

from pilotbridge.chat import WebhookAnswer
from pilotbridge.errors import Closed, StoreUnavailable
from pilotbridge.web.bodies import TOTAL_BYTES
from pilotbridge.web.hooks import BODY_BYTES, HooksDoor, hook_path
from tests.web.conftest import ask

INSTALL, BEFORE = "a" * 32, "b" * 32


class Connector:
    """Takes every body, or fails as a test says."""

    name = "team"

    def __init__(self):
        self.heard = []
        self.failure = None

    def webhook(self, headers, body):
        self.heard.append((headers, body))
        answer = Future()
        if self.failure:
            answer.set_exception(self.failure)
        else:
            answer.set_result(WebhookAnswer(200, b"OK"))
        return answer


@pytest.fixture
def connector():
    return Connector()


@pytest.fixture
def post(connector):
    door = HooksDoor(chats=lambda: {"team": connector}, installs=lambda: (INSTALL, BEFORE))

    def post(path, body=b"{}", *, method="POST", headers=None):
        return asyncio.run(ask(door, method, path, body=body, headers=list((headers or {}).items())))

    return post


def test_what_was_answered_takes_no_room_from_what_comes_later(connector):
    door = HooksDoor(chats=lambda: {"team": connector}, installs=lambda: (INSTALL,))
    statuses = set()

    for _ in range(TOTAL_BYTES // BODY_BYTES + 1):
        reply = asyncio.run(ask(door, "POST", hook_path("team", INSTALL), body=bytes(BODY_BYTES)))
        statuses.add(reply.status)
        connector.heard.clear()

    assert statuses == {200}


@pytest.mark.parametrize("install", [INSTALL, BEFORE])
def test_a_chat_brings_an_update_to_its_own_address(post, connector, install):
    reply = post(hook_path("team", install), b'{"update_id": 1}', headers={"X-Secret": "s"})

    assert (reply.status, reply.body) == (200, b"OK")
    (headers, body) = connector.heard[0]
    assert (headers["x-secret"], body) == ("s", b'{"update_id": 1}')


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/team/x",
        "/hooks/team/",
        "/hooks/team",
        "/hooks/",
        hook_path("other", INSTALL),
        hook_path("team", "c" * 32),
        hook_path("team", INSTALL) + "/more",
        hook_path("other", INSTALL).replace("other", "team"),
    ],
)
def test_whoever_does_not_know_the_address_learns_nothing(post, connector, path):
    reply = post(path)

    assert reply.status == 404
    assert b"there is nothing at this address" in reply.body
    assert connector.heard == []


def test_only_a_whole_plain_small_post_is_taken(post, connector):
    path = hook_path("team", INSTALL)

    refused = [
        post(path, method="GET").status,
        post(path, b"x" * (BODY_BYTES + 1)).status,
        post(path, headers={"Content-Encoding": "gzip"}).status,
        post(path, headers={"Content-Type": "multipart/form-data"}).status,
    ]

    assert refused == [405, 413, 415, 415]
    assert connector.heard == []


@pytest.mark.parametrize(
    "failure", [StoreUnavailable("the disk is full"), Closed(), RuntimeError("a plugin's own fault")]
)
def test_what_is_not_on_disk_is_not_answered_with_yes(post, connector, failure):
    connector.failure = failure

    reply = post(hook_path("team", INSTALL))

    assert reply.status == 503
    assert reply.headers["retry-after"]
