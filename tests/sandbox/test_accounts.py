"""Who may use the gateway, and what it says to those who may not."""

import pytest

from pilotbridge.smspilot import wire

OTHER_KEY = "A" * 64


def code_of(answer):
    return answer["error"]["code"]


def test_the_documented_test_key_works_out_of_the_box(box):
    told = box.ask(info=True)["info"]

    assert told["name"] == "Букин Геннадий"
    assert told["any_sender"] == "0"
    assert told["senders"] == "INFORM, SMSPILOT"
    assert all(isinstance(value, str) for value in told.values())


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        ({"apikey": ""}, "100"),
        ({"apikey": None}, "100"),
        ({"apikey": "short"}, "101"),
        ({"apikey": "Ё" * 64}, "101"),
        ({"apikey": OTHER_KEY}, "101"),
        ({"apikey": ["x"]}, "101"),
        ({"apikey": "", "login": "stranger", "password": "x"}, "400"),
        ({"apikey": "", "login": "test", "password": ""}, "401"),
        ({"apikey": "", "login": "", "password": "test"}, "401"),
        ({"apikey": "", "login": "test", "password": "wrong"}, "401"),
    ],
)
def test_whoever_is_not_known_is_told_why(box, credentials, code):
    assert code_of(box.ask(**credentials, balance="rur")) == code


def test_login_and_password_count_when_the_key_is_empty(box):
    assert "balance" in box.ask(apikey="", login="test", password="test", balance="rur")
    assert code_of(box.ask(apikey="short", login="test", password="test", balance="rur")) == "101"


def test_a_newer_gateway_says_102_to_an_unknown_key(box):
    box.order("account", unknown_key=102)

    assert code_of(box.ask(key=OTHER_KEY, balance="rur")) == "102"
    assert code_of(box.ask(key="short", balance="rur")) == "101"


@pytest.mark.parametrize("code", [105, 106, 107])
def test_a_blocked_account_does_nothing(box, code):
    box.order("account", blocked=code)

    assert code_of(box.ask(send=[{"to": "79087964781", "text": "hi"}])) == str(code)
    assert not box.look("messages")


def test_an_address_that_is_not_allowed_is_113(box):
    box.order("account", allowed_addresses=["10.0.0.1"])
    document = b'{"apikey":"%s","balance":"rur"}' % wire.TEST_KEY.encode()

    assert b'"113"' in box.request(document, client="10.0.0.2").body
    assert b"balance" in box.request(document, client="10.0.0.1").body


def test_credentials_are_judged_before_the_command(box):
    assert code_of(box.ask(key="short", check=[])) == "101"
    assert code_of(box.ask(check=[])) == "303"


def test_two_accounts_do_not_see_each_other(box):
    box.order("account", name="second", apikeys=[OTHER_KEY], balance_rub="10", lines=[])
    first = box.send("hi")[0]["server_id"]

    box.run_for(seconds=10)
    box.order("phones/79087964781/sms", text="hello")

    assert box.ask(key=OTHER_KEY, check=[{"server_id": first}])["check"][0]["error"] == 302
    assert box.ask(key=OTHER_KEY, check=True, server_packet_id="10000")["error"]["code"] == "304"
    assert box.ask(key=OTHER_KEY, inbound=True) == {"inbound": []}
    assert box.ask(key=OTHER_KEY, balance="rur") == {"balance": 10}


def test_the_answer_speaks_the_accounts_version(box):
    box.order("account", version="2.4.13")

    entry = box.send("hi")[0]

    assert (entry["id"], entry["parts"], entry["status"], entry["price"]) == ("0", "1", "0", "2.96")
    assert entry["send_datetime"] == "0000-00-00 00:00:00"


def test_balance_comes_in_roubles_or_as_a_count(box):
    assert box.ask(balance="rur") == {"balance": 20006.97}
    assert box.ask(balance="sms") == {"balance": 6759}
    assert box.ask(balance=True) == {"balance": 6759}

    box.order("account", price_rub="0")

    assert box.ask(balance="sms") == {"balance": 20006}
