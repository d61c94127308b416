"""Commands in chat: for people of ours, in rooms of ours; everybody else gets nothing."""

from __future__ import annotations

import pytest

from pilotbridge.chat import RoomId
from tests.relay.scripted import OPS
from tests.relay.test_cards import BOTH, ref_of


@pytest.fixture
def relay(make_relay):
    return make_relay(BOTH)


def asks(relay, command, text="", *, who=1001, room=OPS, **more):
    """Somebody writes a command; what is answered, '' for nothing."""
    before = len(relay.chat.posted)
    message = relay.chat.writes(text, who=who, room=room, command=command, **more)
    relay.world.settle()
    answers = [posted for posted in relay.chat.posted[before:] if posted.reply_to == message]
    return answers[0].text if answers else ""


def test_status_tells_what_is_open_and_what_waits(relay):
    relay.world.fire("DiskFull")
    relay.presses("Take")

    told = asks(relay, "status")

    assert told == f"#{ref_of(relay)} CRITICAL DiskFull x1, taken by anna\nSMS: nothing waits"


def test_a_status_that_is_longer_than_a_post_is_several(relay):
    for number in range(22):
        relay.world.fire("Disk" * 100 + str(number))
    relay.world.run_for(minutes=1)
    before = len(relay.chat.posted)

    asks(relay, "status")

    told = [posted.text for posted in relay.chat.posted[before:]]
    assert max(map(len, told)) <= 4096
    assert "".join(told).count("CRITICAL") == 20
    assert told[-1].endswith("SMS: nothing waits")


def test_status_when_nothing_is_open(relay):
    assert asks(relay, "status") == "No incident is open.\nSMS: nothing waits"


def test_ack_takes_an_incident_with_its_note(relay):
    relay.world.fire("DiskFull")
    ref = ref_of(relay)

    assert asks(relay, "ack", f"{ref} on my way") == f"Taken #{ref} DiskFull. Silent till it clears."

    (incident,) = relay.world.incidents()
    assert (incident.acknowledged_by, incident.note) == ("anna", "on my way")


def test_what_follows_may_stand_on_another_line(relay):
    relay.world.fire("DiskFull")

    asks(relay, "ack", f"{ref_of(relay)}\non my way")
    asks(relay, "sms", "boris\nback at nine\nor ten")

    relay.world.run_for(minutes=1)
    assert relay.world.incidents()[0].note == "on my way"
    assert relay.world.texts_to("boris")[-1] == "back at nine\nor ten"


@pytest.mark.parametrize(("said", "answered"), [("", "Which one?"), ("999", "there is no incident #999")])
def test_ack_of_nothing_says_so(relay, said, answered):
    assert answered in asks(relay, "ack", said)


def test_silence_by_ref_for_a_while(relay):
    relay.world.fire("DiskFull")

    told = asks(relay, "silence", f"{ref_of(relay)} 2h")

    assert told == 'Silent for 120 min: alertname="DiskFull"'


def test_silence_by_matcher_for_an_hour(relay):
    assert asks(relay, "silence", 'alertname="Slow"') == 'Silent for 60 min: alertname="Slow"'


@pytest.mark.parametrize("said", ["", "nonsense{", 'alertname=~".*"'])
def test_silence_of_everything_or_nothing_is_refused_in_words(relay, said):
    told = asks(relay, "silence", said)

    assert told
    assert not told.startswith("Silent for")


def test_sms_goes_to_a_contact(relay):
    told = asks(relay, "sms", "boris back at nine")

    relay.world.run_for(seconds=10)
    assert told == "SMS 1 to boris is on its way."
    assert relay.world.texts_to("boris") == ["back at nine"]


def test_a_command_shows_how_its_sms_fares(relay):
    message = relay.chat.writes("boris back at nine", command="sms")

    relay.world.run_for(minutes=2)

    assert relay.chat.marks[message] == ["taken", "sent", "delivered"]


def test_an_sms_by_command_that_does_not_arrive_is_told_where_it_was_written(relay):
    relay.world.order("scripts", phone="79087964782", outcome="undelivered", error=605, count=1)
    message = relay.chat.writes("boris back at nine", command="sms")

    relay.world.run_for(minutes=2)

    assert relay.chat.marks[message] == ["taken", "sent", "failed"]
    told = [posted.text for posted in relay.chat.posted if posted.reply_to == message]
    assert told[0] == "SMS 1 to boris is on its way."
    assert told[1].startswith("Not delivered: ")


def test_doubt_about_an_sms_by_command_is_asked_about_where_it_was_written(relay):
    relay.world.order("faults", kind="reset", command="send", count=None)
    relay.chat.writes("boris back at nine", command="sms")
    relay.world.run_for(minutes=10)
    relay.world.order("faults/clear")

    assert relay.presses("Send again") == "sent again"
    relay.world.run_for(minutes=10)
    assert relay.world.texts_to("boris") == ["back at nine"]


@pytest.mark.parametrize("said", ["", "boris", "nobody hello", "boris сoвсем"])
def test_sms_that_cannot_go_is_refused_in_words(relay, said):
    told = asks(relay, "sms", said)

    assert told
    assert relay.world.messages() == []


def test_balance_is_what_the_gateway_told_last(relay):
    relay.world.run_for(minutes=11)

    assert asks(relay, "balance").startswith("smspilot: ")
    assert "roubles" in asks(relay, "balance")


def test_id_tells_the_ids_to_people_of_ours_in_any_chat(relay):
    assert asks(relay, "id", room=RoomId("-777")) == "chat -777, you 1001"


def test_help_names_every_command(relay):
    told = asks(relay, "help")

    for command in ("status", "ack", "silence", "sms", "balance", "id", "link"):
        assert f"/{command}" in told


@pytest.mark.parametrize("command", ["status", "ack", "silence", "sms", "balance", "id", "help", "link"])
def test_a_stranger_gets_nothing(relay, command):
    relay.world.fire()

    assert asks(relay, command, "417 1h", who=4711) == ""
    assert asks(relay, command, "417 1h", who=4711, room=RoomId("4711"), is_private=True) == ""


@pytest.mark.parametrize("command", ["status", "ack", "silence", "sms", "balance"])
def test_a_room_that_is_none_of_ours_gets_nothing(relay, command):
    assert asks(relay, command, "417", room=RoomId("-777")) == ""


@pytest.mark.parametrize("command", ["ack", "silence", "sms"])
def test_a_viewer_reads_only(make_relay, command):
    relay = make_relay(BOTH, ("telegram: 1002 }}", "telegram: 1002, role: viewer }}"))
    relay.world.fire()

    assert "viewer" in asks(relay, command, f"{ref_of(relay)} hello", who=1002)
    assert asks(relay, "status", who=1002).startswith("#")
    assert relay.world.incidents()[0].acknowledged_by == ""


def test_a_command_nobody_knows_is_left_alone(relay):
    assert asks(relay, "weather") == ""


@pytest.mark.parametrize("who", [1001, 1002])
def test_a_text_that_begins_with_a_slash_is_no_text_for_a_phone_and_its_writer_hears_so(relay, who):
    relay.world.sms_from("+79131437355", "hello")
    relay.poll()

    told = asks(relay, "var", "/log is full", who=who, thread=relay.chat.thread("+7913***7355"))

    assert told == "Not sent: there is no command /var. To text this, put something before the slash."
    assert relay.world.messages() == []


def test_a_stranger_who_writes_such_a_thing_hears_nothing(relay):
    relay.world.sms_from("+79131437355", "hello")
    relay.poll()

    assert asks(relay, "var", "/log is full", who=4711, thread=relay.chat.thread("+7913***7355")) == ""


@pytest.mark.parametrize("lasts", ["\u00b2h", "\u0662h", "99999h", "0h", "-1h"])
def test_a_time_that_is_none_is_said_so(relay, lasts):
    told = asks(relay, "silence", f'alertname="Slow" {lasts}')

    assert "neither an open incident nor a matcher" in told
    assert relay.world.incidents() == []


def test_a_command_takes_effect_once(relay):
    relay.chat.writes("boris hello", command="sms")
    relay.world.crash()
    relay.world.run_for(seconds=10)

    assert relay.world.texts_to("boris") == ["hello"]
