"""Who may ask what: every endpoint with every right, and what a stranger hears."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field, replace

import pytest

from pilotbridge.config.settings import Right, Secret, Token
from pilotbridge.web.app import build, control_app, public_app
from pilotbridge.web.asgi import Answer
from pilotbridge.web.endpoints import Endpoint, Needs
from pilotbridge.web.health import health_endpoints
from pilotbridge.web.metrics_page import metrics_endpoint
from pilotbridge.web.reload import ReloadOutcome, reload_endpoint
from tests.web.conftest import ask, bearer

HERE, ELSEWHERE = ("127.0.0.1", 5000), ("192.0.2.7", 5000)


def token_of(right: Right) -> str:
    return f"the-secret-token-for-{right}"


@dataclass
class Site:
    """The endpoints of the bridge behind the tokens of every right."""

    settings: object
    missing: list[str] = field(default_factory=list)
    outcome: ReloadOutcome = ReloadOutcome()
    reloads: int = 0

    def __post_init__(self):
        self.endpoints = (
            *health_endpoints(lambda: self.missing),
            reload_endpoint(self.reload),
            metrics_endpoint(lambda: b"pilotbridge_up 1\n"),
            Endpoint("/api/v1/sends", self.echo, Right.SEND, methods=("POST",)),
            Endpoint("/api/v1/bug", self.fail, Needs.NOTHING),
        )
        self.app = self.build(build, intake_door=self.door, callback_door=self.door)

    def build(self, make, **doors):
        return make(settings=lambda: self.settings, endpoints=self.endpoints, **doors)

    async def reload(self):
        self.reloads += 1
        return self.outcome

    async def echo(self, request):
        return Answer(200, await request.body(), b"text/plain")

    async def fail(self, _request):
        raise ZeroDivisionError

    async def door(self, scope, _receive, send):
        await Answer(200, b"the door of " + scope["path"].encode()).give(send)

    def ask(self, method, path, *headers, client=ELSEWHERE, body=b"", app=None):
        return asyncio.run(ask(app or self.app, method, path, headers=headers, client=client, body=body))


@pytest.fixture
def site(settings):
    tokens = tuple(Token(right, Secret(token_of(right)), frozenset({right})) for right in Right)
    return Site(replace(settings, web=replace(settings.web, tokens=tokens)))


@pytest.mark.parametrize("right", [None, *Right])
def test_each_endpoint_opens_to_its_right_and_to_admin_and_to_nobody_else(site, right):
    headers = () if right is None else (bearer(token_of(right)),)
    for endpoint in site.endpoints[:-1]:
        for method in endpoint.methods:
            status = site.ask(method, endpoint.path, *headers).status

            may = endpoint.needs is Needs.NOTHING or right in (endpoint.needs, Right.ADMIN)
            expected = 200 if may else 401 if right is None else 403
            assert status == expected, (method, endpoint.path, right)


def test_a_token_opens_as_the_password_of_any_user(site):
    proof = base64.b64encode(f"anybody:{token_of(Right.METRICS)}".encode()).decode()

    assert site.ask("GET", "/metrics", ("Authorization", f"Basic {proof}")).status == 200


def test_an_endpoint_that_no_token_opens_names_the_line_to_add(site):
    site.settings = replace(site.settings, web=replace(site.settings.web, tokens=()))

    reply = site.ask("GET", "/metrics")

    assert reply.status == 401
    assert "may: [metrics]" in reply.error["message"]
    assert "Bearer" in reply.headers["www-authenticate"]


def test_two_authorization_headers_open_nothing(site):
    proof = bearer(token_of(Right.ADMIN))

    assert site.ask("GET", "/metrics", proof, proof).status == 401


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        (HERE, (), 200),
        (("::1", 5000), (), 200),
        (ELSEWHERE, (), 401),
        (None, (), 401),
        (HERE, (("X-Forwarded-For", "192.0.2.7"),), 401),
        (HERE, (("Via", "1.1 proxy"),), 401),
        (HERE, (("Forwarded", "for=192.0.2.7"),), 401),
    ],
)
def test_metrics_are_open_to_this_machine_but_not_to_whom_a_proxy_here_speaks_for(
    site, client, headers, status
):
    assert site.ask("GET", "/metrics", *headers, client=client).status == status


def test_only_metrics_are_open_on_loopback(site):
    assert site.ask("POST", "/-/reload", client=HERE).status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((("Origin", "https://evil.example"),), 403),
        ((("Sec-Fetch-Site", "cross-site"),), 403),
        ((("Sec-Fetch-Site", "same-site"),), 403),
        ((("Origin", "null"),), 403),
        ((("Origin", "http://["), ("Host", "bridge:8080")), 403),
        ((("Origin", "http://bridge:8080"), ("Host", "bridge:9090")), 403),
        ((("Origin", "http://bridge:8080"), ("Host", "bridge:8080")), 200),
        ((), 200),
    ],
)
def test_another_sites_page_cannot_write_with_a_browsers_credentials(site, headers, status):
    reply = site.ask("POST", "/-/reload", bearer(token_of(Right.ADMIN)), *headers)

    assert (reply.status, site.reloads) == (status, int(status == 200))


def test_the_control_socket_opens_everything_and_no_door(site):
    control = site.build(control_app)

    assert site.ask("POST", "/-/reload", app=control, client=None).status == 200
    assert site.ask("GET", "/metrics", app=control, client=None).status == 200
    assert site.ask("POST", "/in/lines", app=control, client=None).status == 404


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/reload", "/in/lines", "/api/v1/sends"])
def test_the_public_listener_knows_only_what_gateways_call(site, path):
    public = public_app(callback_door=site.door)

    for method in ("GET", "POST"):
        assert site.ask(method, path, bearer(token_of(Right.ADMIN)), app=public).status == 404
    assert site.ask("GET", "/callback/a/b/c", app=public).body == b"the door of /callback/a/b/c"


def test_doors_come_before_the_table(site):
    assert site.ask("POST", "/in/lines").body == b"the door of /in/lines"
    assert site.ask("POST", "/callback/a/b/c").body == b"the door of /callback/a/b/c"


@pytest.mark.parametrize("path", ["/nothing", "/-/", "/metrics/", "/api/v1/{id}", "/in", "/../etc/passwd"])
def test_an_unknown_address_is_404_in_json(site, path):
    reply = site.ask("GET", path, bearer(token_of(Right.ADMIN)))

    assert (reply.status, reply.error["code"]) == (404, "not-found")


def test_an_unknown_method_is_405_in_json_and_names_the_known_ones(site):
    reply = site.ask("DELETE", "/metrics", bearer(token_of(Right.ADMIN)))

    assert (reply.status, reply.error["code"]) == (405, "method")
    assert "GET" in reply.headers["allow"]


def test_a_body_is_capped_whatever_length_was_announced(site):
    proof = bearer(token_of(Right.SEND))

    announced = site.ask("POST", "/api/v1/sends", proof, ("Content-Length", "10001"))
    streamed = site.ask("POST", "/api/v1/sends", proof, body=[b"x" * 6000, b"x" * 6000])
    fits = site.ask("POST", "/api/v1/sends", proof, body=[b"x" * 6000, b"x" * 4000])

    assert (announced.status, streamed.status, fits.status) == (413, 413, 200)


def test_the_cap_is_that_of_the_present_configuration(site):
    proof = bearer(token_of(Right.SEND))
    site.settings = replace(site.settings, web=replace(site.settings.web, max_body_bytes=20_000))

    assert site.ask("POST", "/api/v1/sends", proof, ("Content-Length", "15000")).status == 200


def test_a_failure_of_ours_is_500_in_json_and_tells_nothing_of_the_inside(site):
    reply = site.ask("GET", "/api/v1/bug")

    assert (reply.status, reply.error["code"]) == (500, "failed")
    assert "Zero" not in reply.body.decode()


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/-/healthy"), ("GET", "/metrics"), ("GET", "/x"), ("PATCH", "/metrics")]
)
def test_every_answer_of_the_table_carries_the_protecting_headers(site, method, path):
    reply = site.ask(method, path)

    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in reply.headers["content-security-policy"]


# --- what the endpoints say -------------------------------------------------------------------------


def test_the_bridge_is_ready_when_nothing_is_missing(site):
    site.missing = ["the store is being opened", "no gateway was asked yet"]
    early = site.ask("GET", "/-/ready")
    site.missing = []

    late = site.ask("GET", "/-/ready")

    assert early.status == 503
    assert early.error["message"] == "the store is being opened; no gateway was asked yet"
    assert (late.status, late.body) == (200, b"OK")
    assert site.ask("GET", "/-/healthy").body == b"OK"


def test_a_reload_that_is_taken_says_what_waits_for_a_restart(site):
    site.outcome = ReloadOutcome(warnings=("weak token",), needs_restart=("web.listen",))

    reply = site.ask("POST", "/-/reload", bearer(token_of(Right.ADMIN)))

    assert reply.json == {"reloaded": True, "warnings": ["weak token"], "needs_restart": ["web.listen"]}


def test_a_bad_file_is_an_error_with_its_faults(site):
    site.outcome = ReloadOutcome(faults=("pilotbridge.yaml:3:1: there is no key 'gatways'",))

    reply = site.ask("POST", "/-/reload", bearer(token_of(Right.ADMIN)))

    assert (reply.status, reply.error["code"]) == (500, "bad-configuration")
    assert "gatways" in reply.error["message"]


def test_metrics_come_as_prometheus_reads_them(site):
    reply = site.ask("GET", "/metrics", client=HERE)

    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert reply.body == b"pilotbridge_up 1\n"
