"""The gateway as the outbox sees it: real client code against the sandbox, one outcome per message."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import PreparedRequest
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.response import HTTPResponse

from pilotbridge.config.settings import GatewaySettings, Secret
from pilotbridge.errors import Refused, TryLater
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import (
    Accepted,
    Deferred,
    Guarded,
    Lost,
    OutgoingSms,
    Receipt,
    Rejected,
    StatusReport,
    Withheld,
)
from pilotbridge.runtime.stepped import HandClock
from pilotbridge.smspilot import outcomes, wire
from pilotbridge.smspilot.client import MAX_PACKET, SmspilotGateway

GOLDEN = Path(__file__).parent / "golden" / "answers"
ANNA = PhoneNumber("+79087964781")
BORIS = PhoneNumber("+79131437355")
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Said(BaseAdapter):
    """A network that answers every request with the same bytes, and keeps what it was asked."""

    def __init__(self, body: bytes, status: int = 200, **headers: str) -> None:
        super().__init__()
        self.body, self.status, self.headers = body, status, headers
        self.requests: list[PreparedRequest] = []

    def send(self, request, *_args, **_options):
        request.body.read()
        self.requests.append(request)
        raw = HTTPResponse(BytesIO(self.body), self.headers, self.status, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None: ...


def entry(client_id: int = 7, to: str = "79087964781", **fields) -> dict:
    return {"id": client_id, "to": to, "server_id": "10000", "status": 0, "error": 0} | fields


def answer(*entries: dict, **fields) -> bytes:
    return json.dumps({"server_packet_id": "1", "send": list(entries)} | fields).encode()


# --- sending ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "xml"])
def test_what_the_gateway_takes_is_accepted_with_its_id_parts_and_price(line, sms, form):
    outcome = line.submit(sms(), format=form)[0]

    assert outcome == Accepted(Receipt("10000", 1, Decimal("2.96")))
    assert line.look("messages")[0]["text"] == "disk full"


def test_every_field_of_a_message_reaches_the_gateway(line, sms):
    line.submit(sms(sender="SMSPILOT", ttl_min=60, callback="http://host/callback/t0ken"))

    sent = line.look("messages")[0]
    assert (sent["from"], sent["to"], sent["text"]) == ("SMSPILOT", "79087964781", "disk full")
    assert sent["callback"] == "http://host/callback/t0ken"


def test_how_long_a_message_lives_and_when_it_goes_reach_the_gateway(line, sms):
    said = Said(answer(entry()))

    line.submit(sms(ttl_min=60, send_at=START + timedelta(hours=1)), adapter=said)

    (written,) = json.loads(said.requests[0].body.getvalue())["send"]
    assert (written["ttl"], written["send_datetime"]) == (60, "2026-11-24 10:00:00")


def test_the_balance_comes_with_the_answer(line, sms):
    assert line.gateway().submit([sms()]).balance_rub == Decimal("20004.01")


def test_an_empty_packet_asks_nothing(line):
    assert line.gateway().submit([]).outcomes == {}
    assert line.look("requests") == []


def test_debug_and_contract_number_go_with_every_request(line, sms):
    said = Said(answer(entry()))

    line.gateway(said, debug="ops@example.org", referral="42").submit([sms()])

    assert said.requests[0].url.endswith("?debug=ops%40example.org&r=42")


def test_login_and_password_stand_in_for_a_key(line, sms):
    outcome = line.submit(sms(), api_key=None, login="test", password=Secret("test"))[0]

    assert isinstance(outcome, Accepted)


def test_each_message_has_its_own_outcome(line, sms):
    line.order("scripts", phone="79131437355", outcome="refused", error=212)
    line.submit(sms(text="said before"))

    taken, refused, guarded = line.submit(sms(1), sms(2, to=BORIS), sms(3, text="said before"))

    assert isinstance(taken, Accepted)
    assert refused == Rejected(212, "the gateway says 212: TO is deprecated")
    assert isinstance(guarded, Guarded)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "down"}, Deferred),
        ({"kind": "error_before", "status": 429}, Deferred),
        ({"kind": "code", "code": 110}, Deferred),
        ({"kind": "code", "code": 241}, Withheld),
        ({"kind": "code", "code": 101}, Withheld),
        ({"kind": "code", "code": 999}, Withheld),
        ({"kind": "error_before", "status": 400}, Withheld),
        ({"kind": "error_before", "status": 404}, Withheld),
        ({"kind": "error_before", "status": 408}, Lost),
        ({"kind": "error_before", "status": 503}, Lost),
        ({"kind": "error_after", "status": 500}, Lost),
        ({"kind": "timeout_before"}, Lost),
        ({"kind": "timeout_after"}, Lost),
        ({"kind": "slow", "seconds": 60}, Lost),
        ({"kind": "reset"}, Lost),
        ({"kind": "reply_lost"}, Lost),
        ({"kind": "torn"}, Lost),
        ({"kind": "truncated"}, Lost),
        ({"kind": "wrong_json"}, Lost),
        ({"kind": "html"}, Lost),
        ({"kind": "late"}, Lost),
    ],
    ids=str,
)
def test_a_failure_is_sorted_by_whether_the_gateway_could_have_it(line, sms, fault, kind):
    line.order("faults", **fault)

    both = line.submit(sms(1), sms(2, to=BORIS))

    assert [type(outcome) for outcome in both] == [kind, kind]


def test_a_rate_limit_uses_up_no_attempt(line, sms):
    line.order("faults", kind="error_before", status=429)

    assert line.submit(sms())[0] == Deferred("HTTP 429: too many requests", counts=False)


def test_an_answer_that_is_slow_but_in_time_counts(line, sms):
    line.order("faults", kind="slow", seconds=19)

    assert isinstance(line.submit(sms())[0], Accepted)


def test_a_redirect_is_a_fault_of_the_configuration_and_surely_sent_nothing(line, sms):
    outcome = line.submit(sms(), adapter=Said(b"", 302, Location="https://elsewhere/"))[0]

    assert isinstance(outcome, Withheld)
    assert outcome.cause == "configuration"
    assert "redirect" in outcome.reason


def test_a_5xx_is_in_doubt_even_when_its_body_reads_like_an_error(line, sms):
    outcome = line.submit(sms(), adapter=Said(b'{"error":{"code":"110"}}', 502))[0]

    assert isinstance(outcome, Lost)


def test_what_cannot_be_read_is_kept_without_secrets(line, sms):
    body = f'<html>{wire.TEST_KEY} 79087964781 "text":"disk full"</html>'.encode()

    outcome = line.submit(sms(), adapter=Said(body))[0]

    assert isinstance(outcome, Lost)
    assert outcome.head == '<html>*** 7908***4781 "text":"***"</html>'


# --- matching rows ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        ([], Lost),
        ([entry(8)], Lost),
        ([entry(to="79131437355")], Lost),
        ([entry(0)], Lost),
        ([entry(server_id="")], Lost),
        ([entry(server_id="0")], Lost),
        ([entry(status=-2, error=0, server_id="")], Withheld),
        ([entry(error=211)], Lost),
        ([entry(status=-2, error=211)], Lost),
        ([entry(status=-2)], Lost),
        ([entry(status=-2, error=211, server_id="0")], Rejected),
        ([entry(), entry(8), entry(9)], Accepted),
        ([entry(), entry()], Accepted),
        ([entry(status=-2, error=243, server_id=""), entry()], Accepted),
        ([entry(status=-2, error=243, server_id=""), entry(status=-2, error=211, server_id="")], Lost),
        ([entry(status=3)], Accepted),
        ([entry(to="+7 908 796-47-81")], Accepted),
        ([entry(to="", status=-2, error=211, server_id="")], Rejected),
        ([entry(8, to="", status=-2, error=211, server_id="")], Lost),
        ([entry("7", server_id=10000)], Accepted),
    ],
)
def test_a_row_counts_for_a_message_by_id_and_number_and_never_by_its_place(line, sms, entries, kind):
    assert type(line.submit(sms(), adapter=Said(answer(*entries)))[0]) is kind


PACKET = [OutgoingSms(n, PhoneNumber(f"+7908796478{n}"), f"text {n}") for n in range(1, 8)]


@given(rows=st.lists(st.sampled_from(range(1, 10))))
def test_any_rows_in_any_order_leave_the_missing_in_doubt(rows):
    body = answer(*(entry(n, f"7908796478{n}", server_id=str(100 + n)) for n in rows))

    told = outcomes.submitted(PACKET, wire.read_send_answer(body)).outcomes

    assert [n for n, outcome in told.items() if isinstance(outcome, Accepted)] == sorted({*rows} & {*told})
    assert all(
        outcome.receipt.server_id == str(100 + n)
        for n, outcome in told.items()
        if isinstance(outcome, Accepted)
    )
    assert all(isinstance(outcome, Accepted | Lost) for outcome in told.values())


# --- the error table --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 1000))
def test_every_error_number_has_an_outcome_that_says_not_accepted(number):
    outcome = outcomes.refused(wire.code_of(number))

    assert isinstance(outcome, Deferred | Guarded | Rejected | Withheld)
    assert str(number) in outcome.reason


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (110, Deferred("the gateway says 110: SYSTEM ERROR")),
        (243, Guarded("the gateway says 243: Loop protection")),
        (211, Rejected(211, "the gateway says 211: TO is invalid")),
        (248, Rejected(248, "the gateway says 248: CyrLat filter")),
        (241, Withheld(241, "the gateway says 241: You don't have enough money", "balance")),
        (105, Withheld(105, "the gateway says 105: User is blocked (balance)", "balance")),
        (106, Withheld(106, "the gateway says 106: APIKEY is blocked (spam)", "blocked")),
        (204, Withheld(204, "the gateway says 204: FROM not found", "configuration")),
        (270, Withheld(270, "the gateway says 270: Invalid ttl", "request")),
        (
            999,
            Withheld(
                999, "the gateway says 999: error 999, which no list of the gateway's errors has",
                "unknown_code",
            ),
        ),
    ],
)  # fmt: skip
def test_an_error_number_tells_what_to_do_next(number, outcome):
    assert outcomes.refused(wire.code_of(number)) == outcome


@pytest.mark.parametrize("number", [106, 107, 122])
def test_a_blocked_account_is_told_apart_from_a_wrong_configuration(number):
    assert outcomes.refused(wire.code_of(number)).cause == "blocked"


def test_a_number_that_stood_twice_in_a_packet_goes_alone_and_it_costs_no_attempt(line, sms):
    row = entry(status=-2, error=214, server_id="")

    outcome = line.submit(sms(), adapter=Said(answer(row)))[0]

    assert (type(outcome), outcome.counts, outcome.alone) == (Deferred, False, True)


@pytest.mark.parametrize(
    ("code", "alone"), [(211, Rejected), (248, Rejected), (243, Guarded), (214, Deferred)]
)
def test_an_error_about_one_message_that_fails_the_packet_sends_each_alone(line, sms, code, alone):
    line.order("faults", kind="code", code=code, count=2)

    both = line.submit(sms(1), sms(2, to=BORIS))
    one = line.submit(sms(1))

    assert all((type(each), each.counts, each.alone) == (Deferred, False, True) for each in both)
    assert type(one[0]) is alone


def test_of_an_unknown_error_number_the_gateways_words_are_told_without_our_secrets(line, sms):
    words = f"tariff of {wire.TEST_KEY} has\nended for 79087964781: {'write to us ' * 50}"
    said = json.dumps({"error": {"code": 777, "description": words}}).encode()

    outcome = line.submit(sms(), adapter=Said(said))[0]
    with pytest.raises(Refused) as refused:
        line.gateway(Said(said)).balance_rub()

    for reason in (outcome.reason, refused.value.reason):
        assert reason.startswith("the gateway says 777: tariff of *** has ended for 7908***4781: write to us")
        assert reason.endswith("(error 777, which no list of the gateway's errors has)")
        assert len(reason) < 200


def test_an_unknown_error_number_is_said_aloud(line, sms, log):
    line.order("faults", kind="code", code=999)

    line.submit(sms())

    assert "an error number nobody knows" in log.getvalue()


def test_an_answer_about_messages_nobody_asked_for_is_said_aloud(line, sms, log):
    line.submit(sms(), adapter=Said(answer(entry(), entry(8))))

    assert "answered about messages not asked for" in log.getvalue()


# --- prefixes ---------------------------------------------------------------------------------------

RECORDED = sorted(GOLDEN.glob("send.*"))


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.name)
def test_every_beginning_of_a_recorded_answer_is_in_doubt_or_right(recorded):
    whole = recorded.read_bytes()
    packet = [
        OutgoingSms(row.id or 7, PhoneNumber(f"+{row.to}"), "hi")
        for row in wire.read_send_answer(whole).entries
    ]
    right = judged(packet, whole)

    for length in range(len(whole)):
        told = judged(packet, whole[:length])
        assert told == right or all(isinstance(outcome, Lost) for outcome in told.values()), whole[:length]


@pytest.mark.parametrize("recorded", sorted(GOLDEN.glob("error*")), ids=lambda path: path.name)
def test_every_beginning_of_a_recorded_error_is_in_doubt_or_right(recorded):
    whole = recorded.read_bytes()
    packet = [OutgoingSms(7, ANNA, "hi")]
    right = judged(packet, whole)

    assert not any(isinstance(outcome, Lost) for outcome in right.values())
    for length in range(len(whole)):
        told = judged(packet, whole[:length])
        assert told == right or all(isinstance(outcome, Lost) for outcome in told.values()), whole[:length]


def judged(packet, body):
    gateway = SmspilotGateway(
        GatewaySettings("main", api_key=Secret("KEY")),
        clock=HandClock(START),
        user_agent="x",
        make_adapter=lambda: Said(body),
    )
    return gateway.submit(packet).outcomes


@pytest.mark.parametrize("name", ["inbound.json", "inbound.xml", "balance.json", "info.xml", "info.json"])
def test_every_beginning_of_a_recorded_answer_to_a_question_is_no_answer(line, name):
    whole = (GOLDEN / name).read_bytes().rstrip()
    ask = {"inbound": lambda g: g.fetch_inbound(None), "balance": lambda g: g.balance_rub()}.get(
        name.partition(".")[0], lambda g: g.account()
    )

    for length in range(len(whole)):
        with pytest.raises(TryLater):
            ask(line.gateway(Said(whole[:length])))


# --- asking -----------------------------------------------------------------------------------------


def test_check_tells_status_our_own_id_and_the_networks_reason(line, sms):
    line.order("scripts", phone="79131437355", outcome="undelivered", error=600)
    line.submit(sms(7), sms(8, to=BORIS))
    line.clock.forward(5_000)

    first, second = line.gateway().check(["10000", "10001"])

    assert first == StatusReport("10000", 2, 7, modified="2026-11-24 12:00:03")
    assert (second.status, second.client_id, second.error) == (-1, 8, 600)
    assert second.reason == "the gateway says 600: Expired"


def test_check_by_packet_tells_of_every_message(line, sms):
    line.submit(sms(7), sms(8, to=BORIS))
    packet = line.look("messages")[0]["server_packet_id"]

    assert {report.client_id for report in line.gateway().check_packet(str(packet))} == {7, 8}


def test_checking_nothing_asks_nothing(line):
    assert line.gateway().check([]) == ()
    assert line.look("requests") == []


def test_the_balance_is_told_in_roubles_and_in_messages(line):
    assert line.gateway().balance_rub() == Decimal("20006.97")
    assert line.gateway().balance_sms() == 6759


def test_the_account_is_told_with_its_senders(line):
    account = line.gateway().account()

    assert account.senders == ("INFORM", "SMSPILOT")
    assert (account.default_sender, account.any_sender) == ("INFORM", False)
    assert account.balance_rub == Decimal("20006.97")
    assert account.extra["email"] == "bukin@example.org"


def test_a_balance_in_words_is_no_balance(line):
    account = line.gateway(Said(b'{"info":{"balance":"much"}}')).account()

    assert account.balance_rub is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "down"}, TryLater),
        ({"kind": "reply_lost"}, TryLater),
        ({"kind": "html"}, TryLater),
        ({"kind": "error_before", "status": 503}, TryLater),
        ({"kind": "error_before", "status": 429}, TryLater),
        ({"kind": "error_before", "status": 403}, Refused),
        ({"kind": "code", "code": 110}, TryLater),
        ({"kind": "code", "code": 101}, Refused),
    ],
)
def test_a_question_without_an_answer_may_be_asked_again(line, fault, error):
    line.order("faults", **fault)

    with pytest.raises(error):
        line.gateway().balance_rub()


@pytest.mark.parametrize(("status", "counts"), [(429, False), (408, True), (503, True)])
def test_a_question_that_met_a_rate_limit_used_up_no_attempt(line, status, counts):
    line.order("faults", kind="error_before", status=status)

    with pytest.raises(TryLater) as later:
        line.gateway().balance_rub()

    assert later.value.counts is counts


def test_a_refusal_carries_the_gateways_number(line):
    with pytest.raises(Refused, match=r"the gateway says 101: .*; mend api_key of this gateway$") as refused:
        line.gateway(api_key=Secret("short")).balance_rub()

    assert refused.value.code == 101


def test_a_redirected_question_says_what_to_change(line):
    with pytest.raises(Refused, match="write the final address into the gateway's url"):
        line.gateway(Said(b"", 301, Location="/new")).account()


# --- inbound ----------------------------------------------------------------------------------------


def test_an_sms_that_came_in_has_its_moscow_time_told_as_utc(line):
    line.order("phones/79087964781/sms", text="417")

    (sms,) = line.gateway().fetch_inbound(START - timedelta(hours=1))

    assert (sms.sender, sms.number, sms.text) == ("79087964781", "79021121075", "1234 417")
    assert sms.created_at == START
    assert (sms.gateway, sms.gateway_id) == ("main", "10000")


def test_one_strange_row_of_the_feed_keeps_no_other_back(line):
    rows = [
        {"id": "1", "phone": "", "num": "7902", "text": "who", "created": "2026-11-24 11:00"},
        {"id": "2", "phone": "79087964781", "num": "7902", "text": "when", "created": "soon"},
        {"id": "3", "phone": "79087964781", "num": "7902", "text": "ok 417", "created": "2026-11-24 11:59"},
    ]
    since = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)

    told = line.gateway(Said(json.dumps({"inbound": rows}).encode())).fetch_inbound(since)

    assert [(sms.text, sms.created_at.hour) for sms in told] == [("who", 8), ("when", 7), ("ok 417", 8)]
    assert [sms.phone is None for sms in told] == [True, False, False]


def test_a_feed_without_ids_names_its_rows_the_same_on_every_reading(line):
    row = {"id": "", "phone": "79087964781", "num": "7902", "text": "ok", "created": "2026-11-24 12:00"}
    zeros = [row | {"id": "0", "text": text} for text in ("no", "417")]
    feed = json.dumps({"inbound": [row, row, *zeros]}).encode()

    first, second = (
        [sms.gateway_id for sms in line.gateway(Said(feed)).fetch_inbound(None)] for _ in range(2)
    )

    assert first == second
    assert len(set(first)) == 4


@pytest.mark.parametrize(
    "differs", [{"num": "7903"}, {"created": "2026-11-24 12:01"}, {"phone": "79131437355"}]
)
def test_a_row_without_an_id_has_its_name_whatever_stands_beside_it(line, differs):
    row = {"id": "", "phone": "79087964781", "num": "7902", "text": "ok", "created": "2026-11-24 12:00"}

    def names(*rows):
        feed = json.dumps({"inbound": rows}).encode()
        return [sms.gateway_id for sms in line.gateway(Said(feed)).fetch_inbound(None)]

    assert names(row | differs) == names(row, row | differs)[1:]


def test_a_packet_holds_at_most_500_messages():
    assert SmspilotGateway.max_packet == MAX_PACKET == 500


def test_every_call_is_timed(line, sms):
    seen = []

    class Meter:
        def observe(self, name, value, **labels):
            seen.append((name, labels["call"]))

    gateway = line.gateway(meter=Meter())
    gateway.submit([sms()])
    gateway.account()
    gateway.close()

    assert seen == [("gateway_seconds", "submit"), ("gateway_seconds", "account")]
