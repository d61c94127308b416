"""What a gateway may claim at /callback, who may call it, and what is on disk when it hears OK."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass, field, replace

import pytest

from pilotbridge import logs
from pilotbridge.config.settings import GatewaySettings
from pilotbridge.lifecycle import State
from pilotbridge.logs import Redaction
from pilotbridge.metrics import Metrics
from pilotbridge.model import MessageId
from pilotbridge.phone import PhoneNumber
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.records import Draft
from pilotbridge.web.callback import (
    Callback,
    callback_url,
    install_secret,
    live_install_secrets,
    rotate_install_secret,
)
from tests.web.conftest import Reply, ask

URL = "https://bridge.example.org"


@dataclass
class Caller:
    """A callback door, its store, and a gateway that calls it."""

    disk: object
    clock: object
    settings: object
    per_minute: int = 100
    woken: list[int] = field(default_factory=list)

    def __post_init__(self):
        self.store = DirectStore(self.disk)
        self.metrics = Metrics(names={"gateway": ["smspilot"]})
        self.install = self.store.write(install_secret).result()
        self.app = Callback(
            store=self.store,
            settings=lambda: self.settings,
            installs=self.installs,
            clock=self.clock,
            meter=self.metrics,
            on_hint=lambda: self.woken.append(len(self.hints)),
            per_minute=self.per_minute,
        )

    def installs(self):
        with self.store.read() as read:
            return live_install_secrets(read)

    def message(self) -> MessageId:
        draft = Draft(
            recipient=PhoneNumber.parse("+79087964781"),
            text="disk full",
            sender="INFORM",
            gateway="smspilot",
            parts=1,
            critical=True,
            text_is_unique=True,
            prefer_duplicate=False,
            lapses_at_ms=self.clock.now_ms() + 1_000_000,
            due_at_ms=self.clock.now_ms(),
            origin="test",
            reason="test",
        )
        return self.store.write(lambda tx: tx.add_message(draft, self.clock.now_ms())).result()

    def path(self, message_id, gateway="smspilot"):
        return callback_url(URL, gateway, self.install, MessageId(message_id)).removeprefix(URL)

    def call(self, path, query="server_id=42&status=2&error=0", **more) -> Reply:
        return asyncio.run(ask(self.app, more.pop("method", "GET"), f"{path}?{query}", **more))

    @property
    def hints(self):
        with self.store.read() as read:
            return read.due_hints("smspilot", self.clock.now_ms() + 1, 1000)


@pytest.fixture
def caller(disk, clock, settings):
    return Caller(disk, clock, replace(settings, gateways={"smspilot": GatewaySettings("smspilot")}))


def test_a_claim_is_on_disk_when_the_gateway_hears_ok(caller):
    message_id = caller.message()

    reply = caller.call(caller.path(message_id))

    assert (reply.status, reply.body) == (200, b"OK")
    [hint] = caller.hints
    assert (hint.message_id, hint.server_id, hint.status) == (message_id, "42", "2")


def test_a_form_that_was_answered_takes_no_room_from_what_comes_later(caller):
    caller.call(caller.path(caller.message()), "", method="POST", body=b"server_id=43&status=2&error=0")

    assert caller.app._bodies.held_bytes == 0


def test_a_claim_sets_no_state(caller):
    message_id = caller.message()

    caller.call(caller.path(message_id))

    with caller.store.read() as read:
        assert read.outbox_row(message_id).state is State.QUEUED


def test_whoever_checks_claims_is_woken_after_the_commit(caller):
    caller.call(caller.path(caller.message()))

    assert caller.woken == [1]


def test_a_claim_may_be_posted_as_a_form(caller):
    message_id = caller.message()

    reply = caller.call(caller.path(message_id), "", method="POST", body=b"server_id=43&status=-1&error=605")

    assert reply.body == b"OK"
    assert [(hint.server_id, hint.status) for hint in caller.hints] == [("43", "-1")]


@pytest.mark.parametrize("row", ["99-", "99-0123", "x", "", "-", "99-%00", "9" * 40 + "-0"])
def test_a_row_that_is_not_ours_is_kept_as_an_orphan(caller, row):
    path = caller.path(99).rpartition("/")[0]

    reply = caller.call(f"{path}/{row}")

    assert reply.body == b"OK"
    assert [hint.message_id for hint in caller.hints] == [None]


def test_a_row_that_is_gone_is_an_orphan_though_its_token_is_right(caller):
    caller.call(caller.path(77))

    assert [hint.message_id for hint in caller.hints] == [None]


def test_the_token_of_one_row_does_not_fit_another(caller):
    first, second = caller.message(), caller.message()
    token = caller.path(first).rpartition("-")[2]

    caller.call(caller.path(second).rpartition("-")[0] + "-" + token)

    assert [hint.message_id for hint in caller.hints] == [None]


def test_an_address_shows_nothing_of_the_secret(caller):
    assert caller.install not in caller.path(1)
    assert len(caller.install) == 32


@pytest.mark.parametrize(
    "path",
    [
        "/callback/smspilot/{wrong}/1-2",
        "/callback/smspilot/é/1-2",
        "/callback/smspilot//1-2",
        "/callback/smspilot/{place}",
        "/callback/smspilot/{place}/1-2/3",
        "/callback/other/{place}/1-2",
        "/callback/",
    ],
)
def test_another_address_is_404_and_leaves_nothing(caller, path):
    place = caller.path(1).split("/")[3]

    reply = caller.call(path.format(wrong="0" * 32, place=place))

    assert reply.status == 404
    assert not caller.hints


def test_addresses_of_the_secret_before_stay_good_until_the_next_rotation(caller):
    path = caller.path(caller.message())

    caller.store.write(rotate_install_secret).result()
    after_one = caller.call(path)
    caller.store.write(rotate_install_secret).result()
    after_two = caller.call(path)

    assert (after_one.status, after_two.status) == (200, 404)


def test_the_secret_is_drawn_once(caller):
    assert caller.store.write(install_secret).result() == caller.install


def test_a_full_disk_is_never_answered_ok(caller):
    path = caller.path(caller.message())
    caller.disk.is_full = True

    reply = caller.call(path)

    assert (reply.status, reply.headers["retry-after"]) == (503, "5")
    assert not caller.woken


@pytest.mark.parametrize(
    "query",
    ["", "status=2", "server_id=", "server_id=1;drop", "server_id=" + "1" * 65, "server_id=%D0%B6"],
)
def test_a_call_that_names_no_server_id_is_400(caller, query):
    assert caller.call(caller.path(1), query).status == 400
    assert not caller.hints


def test_a_call_with_very_many_fields_is_400(caller):
    assert caller.call(caller.path(1), "&".join(f"a{n}=1" for n in range(50))).status == 400


def test_a_call_with_a_very_long_form_is_413(caller):
    assert caller.call(caller.path(1), "", method="POST", body=b"a=" + b"x" * 20_000).status == 413


def test_another_method_is_405(caller):
    assert caller.call(caller.path(1), method="DELETE").status == 405


def test_too_many_calls_in_a_minute_come_again_later(caller):
    path = caller.path(caller.message())
    statuses = [caller.call(path).status for _ in range(102)]
    caller.clock.forward(60_000)

    next_minute = caller.call(path).status

    assert statuses == [200] * 100 + [503] * 2
    assert next_minute == 200


def test_the_path_never_reaches_a_log_or_a_metric(caller):
    stream = io.StringIO()
    logs.configure(Redaction(), stream=stream, as_json=True, level="debug")
    path = caller.path(caller.message())

    for method in ("GET", "POST", "DELETE"):
        caller.call(path, method=method)
    caller.disk.is_full = True
    caller.call(path)

    place = path.split("/")[3]
    assert place not in stream.getvalue() + caller.metrics.render().decode()
    assert 'result="matched"' in caller.metrics.render().decode()


def test_an_external_url_may_have_a_path_and_a_slash_at_its_end():
    url = callback_url("https://example.org/bridge/", "smspilot", "secret", MessageId(7))

    assert url.startswith("https://example.org/bridge/callback/smspilot/")
    assert "/7-" in url
