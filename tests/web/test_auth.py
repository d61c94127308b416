"""How a sender proves who it is, and that nothing else will do."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from pilotbridge.config.settings import BasicAuth, HmacAuth, Secret
from tests.web.conftest import TOKEN, Door, bearer

BODY = b"DiskFull firing"
KEY, KEY_BEFORE = "the shared secret", "ключ до него"
SIGNATURE, TIME = "X-Signature", "X-Time"


def sign(body: bytes = BODY, *, key: str = KEY, time: int | None = None) -> str:
    prefix = b"" if time is None else b"%d:" % time
    return hmac.new(key.encode(), prefix + body, hashlib.sha256).hexdigest()


def basic(user: str, password: str) -> tuple[str, str]:
    return ("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())


def seconds(door: Door) -> int:
    return door.clock.now_ms() // 1000


@pytest.fixture
def signed(door):
    door.change(
        token=None,
        hmac=HmacAuth((Secret(KEY), Secret(KEY_BEFORE)), header="x-signature", timestamp_header="x-time"),
    )
    return door


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (bearer("another token"),),
        (bearer(""),),
        (bearer(TOKEN[:-1]),),
        (bearer(TOKEN + "x"),),
        (("Authorization", TOKEN),),
        (("Authorization", f"Digest {TOKEN}"),),
        (("Authorization", "Basic !!!"),),
        (("Authorization", "Bearer \xe9\xff"),),
        (bearer(TOKEN), bearer(TOKEN)),
        (bearer(TOKEN), bearer("another")),
    ],
)
def test_without_its_token_a_body_is_401_and_leaves_no_trace(door, headers):
    reply = door.ask("POST", "/in/lines", body=BODY, headers=headers)

    assert (reply.status, reply.error["code"]) == (401, "unauthorized")
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert TOKEN not in reply.body.decode()
    assert not [*door.journal, *door.refusals, *door.troubles]


def test_a_token_outside_ascii_can_be_used(door):
    door.change(token=Secret("пароль-для-алертов"))

    reply = door.post(BODY, ("Authorization", "bearer " + "пароль-для-алертов".encode().decode("latin-1")))

    assert reply.status == 202


def test_a_source_without_credentials_is_open_to_nobody(door):
    door.change(token=None)

    assert door.post(BODY).status == 401


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (basic("am", "secret:with:colons"), 202),
        (basic("am", "secret"), 401),
        (basic("other", "secret:with:colons"), 401),
        (basic("", ""), 401),
        (bearer("secret:with:colons"), 401),
        (("Authorization", "Basic " + base64.b64encode(b"am").decode()), 401),
    ],
)
def test_basic_needs_the_right_user_and_the_right_password(door, header, status):
    door.change(token=None, basic=BasicAuth("am", Secret("secret:with:colons")))

    assert door.post(BODY, header).status == status


# --- signatures -------------------------------------------------------------------------------------


def test_a_signed_body_is_taken(signed):
    assert signed.post(BODY, (SIGNATURE, sign())).status == 202


def test_both_secrets_are_live_while_one_replaces_the_other(signed):
    assert signed.post(BODY, (SIGNATURE, sign(key=KEY_BEFORE))).status == 202


def test_the_prefix_that_github_writes_is_understood(signed):
    assert signed.post(BODY, (SIGNATURE, "sha256=" + sign())).status == 202


def test_a_signed_body_may_come_in_parts(signed):
    assert signed.post([BODY[:4], BODY[4:9], BODY[9:]], (SIGNATURE, sign())).status == 202


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((SIGNATURE, ""),),
        ((SIGNATURE, sign(key="another")),),
        ((SIGNATURE, sign(BODY + b"!")),),
        ((SIGNATURE, sign()[:-1]),),
        ((SIGNATURE, "é" * 64),),
        ((SIGNATURE, sign()), (SIGNATURE, sign())),
        ((SIGNATURE, sign()), (SIGNATURE, "0" * 64)),
    ],
)
def test_a_wrong_signature_is_401_and_leaves_no_trace(signed, headers):
    reply = signed.post(BODY, *headers)

    assert reply.status == 401
    assert not [*signed.journal, *signed.refusals, *signed.troubles]


def test_one_changed_bit_breaks_the_signature(signed):
    changed = bytes([BODY[0] ^ 1]) + BODY[1:]

    assert signed.post(changed, (SIGNATURE, sign())).status == 401


@pytest.mark.parametrize(("off_s", "status"), [(0, 202), (-299, 202), (299, 202), (-302, 401), (302, 401)])
def test_a_signed_time_may_be_five_minutes_off(signed, off_s, status):
    time = seconds(signed) + off_s

    reply = signed.post(BODY, (SIGNATURE, sign(time=time)), (TIME, str(time)))

    assert reply.status == status


@pytest.mark.parametrize("time", ["", "yesterday", "-5", "1e9", "9" * 400, "1 2"])
def test_a_time_that_is_no_time_is_401(signed, time):
    reply = signed.post(BODY, (SIGNATURE, sign(time=seconds(signed))), (TIME, time))

    assert reply.status == 401


def test_a_time_cannot_be_taken_away_from_its_signature(signed):
    assert signed.post(BODY, (SIGNATURE, sign(time=seconds(signed)))).status == 401


def test_a_required_time_must_be_there(signed):
    required = HmacAuth((Secret(KEY),), "x-signature", "x-time", require_timestamp=True)
    signed.change(hmac=required)

    assert signed.post(BODY, (SIGNATURE, sign())).status == 401


def test_the_same_signed_body_answers_the_first_row_and_changes_nothing(signed):
    time = seconds(signed)
    proof = ((SIGNATURE, sign(time=time)), (TIME, str(time)))
    first = signed.post(BODY, *proof)

    again = signed.post(BODY, *proof)

    assert (again.status, again.json) == (202, first.json)
    assert len(signed.journal) == len(signed.arrived) == 1


def test_the_signature_is_not_kept_with_the_body(signed):
    signed.post(BODY, (SIGNATURE, sign()))

    [body] = signed.journal
    assert sign() not in str(body.incoming.headers)


def test_too_large_a_body_of_nobody_is_refused_without_a_row(signed):
    reply = signed.post(b"x" * 10_001, (SIGNATURE, "0" * 64))

    assert reply.status == 413
    assert not [*signed.refusals, *signed.troubles]


def test_a_signed_body_that_cannot_be_read_leaves_its_row(signed):
    body = b"DiskFull burning"

    signed.post(body, (SIGNATURE, sign(body)))

    assert [refusal.status for refusal in signed.refusals] == [422]


# --- Standard Webhooks ------------------------------------------------------------------------------


def standard(door: Door, *, message_id: str = "msg_1", off_s: int = 0, key: bytes = b"0123456789abcdef"):
    time = seconds(door) + off_s
    digest = hmac.new(key, f"{message_id}.{time}.".encode() + BODY, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return (
        ("webhook-id", message_id),
        ("webhook-timestamp", str(time)),
        ("webhook-signature", f"v1a,xyz {signature}"),
    )


@pytest.fixture
def standard_door(door):
    secret = Secret("whsec_" + base64.b64encode(b"0123456789abcdef").decode())
    door.change(token=None, hmac=HmacAuth((secret,), header="webhook-signature"))
    return door


def test_a_standard_webhook_is_taken_once(standard_door):
    first = standard_door.post(BODY, *standard(standard_door))
    again = standard_door.post(BODY, *standard(standard_door, off_s=1))

    assert (first.status, again.json) == (202, first.json)
    assert len(standard_door.journal) == 1


@pytest.mark.parametrize("changes", [{"off_s": 301}, {"off_s": -301}, {"key": b"another"}])
def test_a_standard_webhook_with_a_wrong_time_or_key_is_401(standard_door, changes):
    assert standard_door.post(BODY, *standard(standard_door, **changes)).status == 401


@pytest.mark.parametrize("missing", range(3))
def test_a_standard_webhook_needs_all_three_headers(standard_door, missing):
    headers = [header for place, header in enumerate(standard(standard_door)) if place != missing]

    assert standard_door.post(BODY, *headers).status == 401


def test_a_configured_secret_that_is_no_base64_is_said_so(standard_door):
    standard_door.change(hmac=HmacAuth((Secret("whsec_abc"),), header="webhook-signature"))

    reply = standard_door.post(BODY, *standard(standard_door))

    assert reply.status == 401
    assert "whsec_" in reply.error["message"]
