"""/who, /oncall and /swap: for people of ours, in their language, within what their role may."""

from __future__ import annotations

import pytest

from pilotbridge.chat import RoomId
from tests.relay.test_commands import asks

SCHEDULE = (
    "contacts:\n",
    "schedules: {{ primary: {{ rotation: "
    "{{ every: 7d, start: '2026-01-05T13:00', members: [anna, boris] }} }} }}\n"
    "contacts:\n"
    '  vera: {{ phone: "+79087964783", telegram: 1003, language: ru }}\n'
    '  gleb: {{ phone: "+79087964784", telegram: 1004, role: viewer }}\n',
)
BORIS = RoomId("1002")


@pytest.fixture
def relay(make_relay):
    """Anna (an admin, 1001) is on call until 13:00, in an hour; then Boris (1002) for a week."""
    return make_relay(SCHEDULE, plugins={"ack_by_text": {}})


def test_who_is_on_call(relay):
    assert asks(relay, "who") == "primary: anna"
    assert asks(relay, "who", who=1003) == "primary: anna"


def test_until_when_and_who_then(relay):
    assert asks(relay, "oncall") == (
        "primary: anna until 12.01 13:00, then boris until 19.01 13:00, then anna until 26.01 13:00"
    )


def test_the_same_in_russian(relay):
    assert asks(relay, "oncall", "primary", who=1003) == (
        "primary: anna до 12.01 13:00, потом boris до 19.01 13:00, потом anna до 26.01 13:00"
    )


def test_a_viewer_may_look(relay):
    assert asks(relay, "oncall", who=1004).startswith("primary: anna")


@pytest.mark.parametrize("said", ["take primary 2h", "swap boris", "put primary vera 8h"])
def test_and_may_not_act(relay, said):
    assert asks(relay, "oncall", said, who=1004) == "You may read here, not act: your role is viewer."
    assert asks(relay, "who") == "primary: anna"


@pytest.mark.parametrize("said", ["take", "take 2h", "take primary 2h"])
def test_somebody_takes_over(relay, said):
    told = asks(relay, "oncall", said, who=1003)

    assert told.startswith("Вы дежурите: primary до 12.01 1")
    assert asks(relay, "who") == "primary: vera"


def test_an_admin_puts_somebody_on_call_and_nobody_else_does(relay):
    refused = asks(relay, "oncall", "put primary vera 8h", who=1003)

    assert refused == "Других ставит только admin; /oncall take ставит вас."
    assert asks(relay, "oncall", "put primary vera 8h") == "vera is on call for primary until 12.01 20:00."
    assert asks(relay, "who") == "primary: vera"


def test_a_swap_is_asked_and_answered_in_the_chat(relay):
    asked = asks(relay, "oncall", "swap boris")
    question = next(posted.text for posted in relay.chat.posted if posted.room == BORIS)
    code = asked.split(" as ")[1].split(",")[0]

    answered = asks(relay, "swap", f"{code} yes", who=1002)

    assert asked == f"boris is asked as {code}, and has until 12.01 12:30 to answer."
    assert question.endswith(f". /swap {code} yes, /swap {code} no")
    assert answered == f"{code}: agreed, your shifts are traded."
    assert asks(relay, "who") == "primary: boris"


def test_only_whoever_was_asked_answers(relay):
    code = asks(relay, "oncall", "swap boris").split(" as ")[1].split(",")[0]

    assert asks(relay, "swap", f"{code} yes", who=1003) == f"{code} was asked of boris, not of vera"
    assert asks(relay, "swap", f"{code} no", who=1002) == f"{code}: declined, nothing has changed."


@pytest.mark.parametrize(
    ("command", "said", "answered"),
    [
        ("oncall", "none", "there is no schedule 'none'; the configuration has: primary"),
        ("oncall", "swap", "With whom? /oncall swap boris [SCHEDULE]"),
        ("oncall", "swap nobody", "there is no contact 'nobody'"),
        ("oncall", "put primary vera", "Whom, and for how long? /oncall put SCHEDULE CONTACT 8h"),
        ("oncall", "take", "anna is on call by primary already"),
        ("swap", "", "Which one? /swap K41 yes, or /swap K41 no"),
        ("swap", "K41 yes", "nobody asked anything as K41"),
    ],
)
def test_what_cannot_be_done_is_said(relay, command, said, answered):
    assert asks(relay, command, said).startswith(answered)


def test_a_stranger_hears_nothing(relay):
    assert asks(relay, "who", who=9999) == ""


def test_without_schedules(make_relay):
    relay = make_relay()

    assert (asks(relay, "who"), asks(relay, "oncall")) == ("No schedule is configured.",) * 2


def test_a_card_goes_to_the_private_chat_of_whoever_is_on_call(make_relay):
    steps = ("steps: [ {{ notify: [sms:anna] }} ]", "steps: [ {{ notify: ['chat:schedule/primary'] }} ]")
    relay = make_relay(SCHEDULE, steps)

    relay.world.fire("DiskFull")
    relay.world.run_for(minutes=61)
    relay.world.fire("ApiDown")
    relay.world.run_for(minutes=1)

    named = [(posted.room, posted.text.split()[2]) for posted in relay.chat.posted]
    assert named == [("1001", "DiskFull"), ("1002", "DiskFull"), ("1002", "ApiDown")]
