"""Incidents in a chat: one card per incident, edited as it changes, taken by button or by SMS."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.chat import RoomId
from pilotbridge.errors import TryLater
from pilotbridge.lifecycle import State
from tests.relay.scripted import OPS

BOTH = ("steps: [ {{ notify: [sms:anna] }} ]", "steps: [ {{ notify: [sms:anna, chat:ops-room] }} ]")
ONLY_CHAT = ("steps: [ {{ notify: [sms:anna] }} ]", "steps: [ {{ notify: [chat:ops-room] }} ]")
PRIVATE = ("steps: [ {{ notify: [sms:anna] }} ]", 'steps: [ {{ notify: ["chat:@anna"] }} ]')
ACK = {"ack_by_text": {}}


@pytest.fixture
def relay(make_relay):
    return make_relay(BOTH)


def cards(relay, room=OPS):
    """What the room shows of incidents, the oldest first."""
    return [
        posted for posted in relay.chat.posted if posted.room == room and "#" in posted.text.split("\n")[0]
    ]


def ref_of(relay):
    return relay.world.incidents()[-1].ref


def test_an_alert_is_an_sms_and_a_card(relay):
    relay.world.fire("DiskFull", instance="db01:9100")

    (card,) = cards(relay)
    assert card.text.split("\n")[0] == f"🔴 CRIT DiskFull #{ref_of(relay)}"
    assert "• DiskFull db01" in card.text
    relay.world.run_for(seconds=10)
    assert len(relay.world.texts_to("anna")) == 1


def test_the_card_says_who_got_the_sms(relay):
    relay.world.fire()

    relay.world.run_for(minutes=2)

    (card,) = cards(relay)
    assert "SMS: anna delivered 12:0" in card.text


def test_one_card_follows_its_incident_to_the_end(relay):
    alert = relay.world.fire("DiskFull", instance="db01")
    relay.world.run_for(minutes=6)
    relay.world.resolve(alert)
    relay.world.run_for(minutes=6)

    (card,) = cards(relay)
    assert card.text.startswith(f"🟢 CLEAR DiskFull #{ref_of(relay)}")
    assert card.buttons == ()


def test_a_new_incident_has_a_new_card(relay):
    relay.world.resolve(relay.world.fire())
    relay.world.run_for(minutes=10)

    relay.world.fire()

    assert [card.text[0] for card in cards(relay)] == ["🟢", "🔴"]


def test_the_button_takes_it_and_the_card_says_who(relay):
    relay.world.fire()

    said = relay.presses("Take")

    assert said == f"#{ref_of(relay)} is yours. Silent till it clears"
    assert relay.world.incidents()[0].acknowledged_by == "anna"
    relay.world.run_for(seconds=5)
    assert "✋ Taken by anna at 12:00" in cards(relay)[0].text


def test_the_second_press_says_who_was_first(relay):
    relay.world.fire()
    button = relay.chat.button("Take")
    relay.presses("Take")

    relay.chat.presses(*button, who=1002)
    relay.world.settle()

    assert relay.chat.told[-1] == f"#{ref_of(relay)} is already taken by anna"


def test_an_answer_by_sms_shows_on_the_card(make_relay):
    relay = make_relay(BOTH, plugins=ACK)
    relay.world.fire()

    relay.world.sms_from("anna", f"{ref_of(relay)} looking")
    relay.world.run_for(seconds=20)

    assert "Taken by anna" in cards(relay)[0].text
    assert ": looking" in cards(relay)[0].text


def test_the_button_is_heard_by_whoever_answers_by_sms(make_relay):
    relay = make_relay(BOTH, plugins=ACK)
    relay.world.fire()
    relay.presses("Take", who=1002)

    relay.world.sms_from("anna", ref_of(relay))
    relay.world.run_for(seconds=20)

    assert "taken by boris" in relay.world.texts_to("anna")[-1]


def test_what_was_taken_can_be_given_back(relay):
    relay.world.fire()
    relay.presses("Take")
    relay.world.run_for(seconds=5)

    said = relay.presses("Give back")

    assert said == f"#{ref_of(relay)} is given back"
    relay.world.run_for(seconds=5)
    assert "Taken" not in cards(relay)[0].text
    assert relay.chat.button("Take")


def test_an_hour_of_silence_keeps_repeats_away(relay):
    relay.world.fire()

    said = relay.presses("Silence 1 h")

    assert said == f"#{ref_of(relay)} is silent for an hour"
    relay.world.run_for(seconds=5)
    assert "🔕 Silent until 13:00 by anna" in cards(relay)[0].text


def test_silence_until_clear_ends_with_the_incident(relay):
    alert = relay.world.fire()
    relay.presses("Silence until clear")
    with relay.reads() as read:
        (silence,) = read.silences(relay.world.clock.now_ms())
    assert silence.ends_at - relay.world.now > timedelta(days=7)

    relay.world.resolve(alert)
    relay.world.run_for(minutes=10)

    with relay.reads() as read:
        assert read.silences(relay.world.clock.now_ms()) == []


def test_details_are_every_label_in_reply_to_the_card(relay):
    relay.world.tell(
        {"alertname": "DiskFull", "severity": "critical", "mount": "/var"}, runbook="see the wiki"
    )

    assert relay.presses("Details") == "Details are below"
    relay.world.run_for(seconds=5)

    details = relay.chat.posted[-1]
    assert details.reply_to == cards(relay)[0].id
    assert "mount=/var" in details.text
    assert "runbook: see the wiki" in details.text


def test_a_viewer_reads_and_does_not_act(make_relay):
    relay = make_relay(BOTH, ("telegram: 1002 }}", "telegram: 1002, role: viewer }}"))
    relay.world.fire()

    assert relay.presses("Take", who=1002) == "You may read here, not act"
    assert relay.world.incidents()[0].acknowledged_by == ""


def test_a_stranger_hears_nothing(relay):
    relay.world.fire()

    assert relay.presses("Take", who=4711) == ""
    assert relay.world.incidents()[0].acknowledged_by == ""


def test_a_forged_button_means_nothing(relay):
    relay.world.fire()
    posted, token = relay.chat.button("Take")

    for forged in (token.replace(".take", ".burn"), "nonsense.take", token + "x", "."):
        relay.chat.presses(posted, forged)
        relay.world.settle()

    assert all("nothing" in said for said in relay.chat.told)
    assert relay.world.incidents()[0].acknowledged_by == ""


def test_a_button_of_an_incident_that_is_over_says_so(relay):
    alert = relay.world.fire()
    button = relay.chat.button("Take")
    relay.world.resolve(alert)
    relay.world.run_for(hours=25)

    relay.chat.presses(*button)
    relay.world.settle()

    assert "is resolved since" in relay.chat.told[-1]


def test_a_receiver_may_be_a_room_alone(make_relay):
    relay = make_relay(ONLY_CHAT)

    relay.world.fire()

    assert len(cards(relay)) == 1
    assert relay.world.messages() == []


def test_a_card_may_go_to_a_person(make_relay):
    relay = make_relay(PRIVATE)

    relay.world.fire()

    assert len(cards(relay, RoomId("1001"))) == 1


def test_a_hundred_alerts_fit_a_card(relay):
    for number in range(100):
        relay.world.fire(
            "DiskFull", instance=f"db{number:03}.very.long.name.of.a.machine.example.org", note="x" * 90
        )
    relay.world.run_for(minutes=6)

    (card,) = cards(relay)
    assert "100 firing" in card.text
    assert "and 80 more" in card.text
    assert len(card.text.encode("utf-16-le")) // 2 <= 4096


def test_what_is_worst_stands_first_on_a_card(relay):
    for number in range(30):
        severity = "critical" if number == 29 else "warning"
        relay.world.fire("DiskFull", instance=f"db{number}", severity=severity)
    relay.world.run_for(minutes=10)

    (card,) = cards(relay)
    assert next(line for line in card.text.split("\n") if line.startswith("•")) == "• DiskFull db29"


def test_a_card_that_was_deleted_comes_again_with_the_next_news(relay):
    relay.world.fire("DiskFull", instance="db01")
    relay.chat.posted.remove(cards(relay)[0])
    relay.world.run_for(minutes=5)
    relay.world.fire("DiskFull", instance="db02")

    relay.world.run_for(minutes=6)
    relay.presses("Take")
    relay.world.run_for(seconds=10)

    assert "Taken by anna" in cards(relay)[-1].text


def test_a_crash_at_any_moment_leaves_one_true_card(relay):
    alert = relay.world.fire()
    relay.world.crash()
    relay.world.run_for(seconds=30)
    relay.world.resolve(alert)
    relay.world.crash()
    relay.world.run_for(minutes=6)

    (card,) = cards(relay)
    assert card.text.startswith("🟢")


def test_a_chat_that_is_down_keeps_no_sms_waiting(relay):
    relay.chat.fails = lambda _post: TryLater("down")

    relay.world.fire()
    relay.world.run_for(minutes=2)

    assert len(relay.world.texts_to("anna")) == 1
    assert relay.world.messages()[0].state is State.DELIVERED


def test_a_muted_alert_has_no_card(relay):
    relay.world.app.desk.silence(
        ['alertname="DiskFull"'], starts=None, lasts=timedelta(hours=1), by="a test", comment=""
    )

    relay.world.fire("DiskFull")
    relay.world.run_for(minutes=1)

    assert cards(relay) == []


# --- steps ------------------------------------------------------------------------------------------

THEN_CHAT = (
    "steps: [ {{ notify: [sms:anna] }} ]",
    "steps: [ {{ notify: [sms:anna] }}, {{ after: 2h, when: unacknowledged, notify: [chat:ops-room] }} ]",
)
THEN_SMS = (
    "steps: [ {{ notify: [sms:anna] }} ]",
    "steps: [ {{ notify: [chat:ops-room] }}, {{ after: 2h, when: unacknowledged, notify: [sms:anna] }} ]",
)


def test_a_room_of_a_later_step_gets_its_card_with_that_step(make_relay):
    relay = make_relay(THEN_CHAT)
    relay.world.fire()
    relay.world.run_for(minutes=119)
    before = cards(relay)

    relay.world.run_for(minutes=2)

    assert before == []
    assert len(cards(relay)) == 1


def test_while_no_gateway_answers_the_chat_is_not_waited_for(make_relay):
    relay = make_relay(THEN_CHAT)
    relay.world.order("faults", kind="down", count=None)
    relay.world.fire()

    relay.world.run_for(seconds=60)

    assert [card.text.split("#")[0] for card in cards(relay)] == ["🔴 CRIT GatewayDown ", "🔴 CRIT DiskFull "]
    relay.world.order("faults/clear")
    relay.world.run_for(minutes=5)
    assert sum("DiskFull" in text for text in relay.world.texts_to("anna")) == 1


def test_who_has_the_sms_is_not_told_by_chat_when_the_gateway_goes_down(make_relay):
    relay = make_relay(THEN_CHAT)
    relay.world.fire()
    relay.world.run_for(minutes=5)
    relay.world.order("faults", kind="down", count=None)

    relay.world.run_for(minutes=10)

    assert sum("DiskFull" in text for text in relay.world.texts_to("anna")) == 1
    assert not any("DiskFull" in card.text for card in cards(relay))


def test_somebody_without_a_phone_is_told_in_the_chat_and_that_is_no_failed_sms(make_relay):
    relay = make_relay(
        ("contacts:\n", "contacts:\n  olga: {{ telegram: 1003 }}\n"),
        (
            "steps: [ {{ notify: [sms:anna] }} ]",
            "steps: [ {{ notify: [olga] }}, {{ when: failed, notify: [sms:anna] }} ]",
        ),
    )
    relay.world.fire()

    relay.world.run_for(minutes=10)

    assert len(cards(relay, RoomId("1003"))) == 1
    assert relay.world.texts_to("anna") == []


def test_while_the_chat_does_not_answer_people_are_told_by_sms_at_once(make_relay):
    relay = make_relay(THEN_SMS)
    relay.chat.fails = lambda _post: TryLater("no answer", after=timedelta(seconds=5))
    relay.world.fire()

    relay.world.run_for(minutes=3)

    assert len(relay.world.texts_to("anna")) == 1
    relay.chat.fails = lambda _post: None
    relay.world.run_for(minutes=10)
    assert len(cards(relay)) == 1


CHAT_THEN_SMS = (
    "steps: [ {{ notify: [sms:anna] }} ]",
    "steps: [ {{ notify: [chat:ops-room] }}, {{ after: 2h, when: unacknowledged, notify: [sms:anna] }} ]",
)


def test_while_the_chat_is_away_the_step_behind_it_is_told_by_sms(make_relay):
    relay = make_relay(CHAT_THEN_SMS)
    relay.chat.fails = lambda _post: TryLater("cannot connect")
    relay.world.fire("DiskFull")

    relay.world.run_for(minutes=10)

    assert [text for text in relay.world.texts_to("anna") if "DiskFull" in text]
