"""A message on its way out: the intent first, one outcome each, nothing lost and nothing sent twice."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from pilotbridge.config.settings import LimitsSettings
from pilotbridge.lifecycle import State
from pilotbridge.outbox.claiming import packet_of
from pilotbridge.outbox.client_ids import new_client_id_base
from pilotbridge.phone import PhoneNumber

ANNA = PhoneNumber("+79087964781")
BORIS = PhoneNumber("+79131437355")
DAY_MS = 24 * 3_600_000


def test_a_message_is_handed_over_with_its_price_and_then_delivered(post):
    message = post.send()

    sent = post.message(message)
    assert (sent.state, sent.server_id, sent.parts, str(sent.cost_rub)) == (
        State.ACCEPTED,
        "10000",
        1,
        "2.96",
    )
    post.run_for(minutes=2)
    assert post.state(message) is State.DELIVERED
    assert post.events(message) == ["enqueue", "claim", "accept", "confirm"]


def test_the_intent_is_on_disk_before_the_first_byte_leaves(post):
    seen = []
    message = post.put()
    post.before_wire = lambda _request: seen.append((post.state(message), attempts_of(post, message)))

    post.dispatches[0].turn()

    assert seen == [(State.SENDING, 1)]


def attempts_of(post, message):
    with post.store.read() as read:
        return len(read.attempts_of(message))


def test_a_message_goes_by_its_own_sender_name_and_lives_as_long_as_it_may(post):
    documents = []
    post.before_wire = lambda request: documents.append(json.loads(request.body.getvalue()))

    post.send(sender="SMSPILOT", ttl_min=30)

    [sms] = documents[0]["send"]
    assert (sms["from"], sms["ttl"]) == ("SMSPILOT", 30)


def test_the_network_tries_for_as_long_as_the_limits_say(posts):
    post, documents = posts(limits=LimitsSettings(sms_ttl=timedelta(minutes=90))), []
    post.before_wire = lambda request: documents.append(json.loads(request.body.getvalue()))

    post.send()

    assert [sms["ttl"] for sms in documents[0]["send"]] == [90]


def test_a_message_for_later_goes_at_its_time(post):
    message = post.send(send_at_ms=post.clock.now_ms() + 3_600_000)

    post.run_for(minutes=59)
    assert post.state(message) is State.QUEUED
    post.run_for(minutes=1, seconds=1)
    assert post.arrived() == ["disk full #417"]


def test_a_message_for_the_day_after_tomorrow_is_still_of_use_then(post):
    post.send(send_at_ms=post.clock.now_ms() + 2 * DAY_MS)

    post.run_for(days=2, seconds=1)

    assert post.arrived() == ["disk full #417"]


def test_a_message_for_a_time_that_is_long_over_goes_now(post):
    post.send(send_at_ms=post.clock.now_ms() - 2 * DAY_MS)

    post.run_for(seconds=1)

    assert post.arrived() == ["disk full #417"]


def test_critical_messages_go_first_and_alone(post):
    post.put("a", BORIS)
    post.put("b", ANNA)
    post.put("c", ANNA, critical=True)
    post.put("d", BORIS, critical=True)

    post.settle()

    assert [request["messages"] for request in post.requests()] == [1, 1, 2]
    assert post.arrived()[:2] == ["c", "d"]


def test_a_number_stands_once_in_a_packet(post):
    for text in ("a", "b", "c"):
        post.put(text, ANNA)

    post.settle()

    assert [request["messages"] for request in post.requests()] == [1, 1, 1]
    assert post.arrived() == ["a", "b", "c"]


def test_messages_of_one_sender_share_a_packet(post):
    rows = [post.row(post.put(str(n), PhoneNumber(f"+7908796478{n}"), sender="AB"[n % 2])) for n in range(4)]

    assert [row.text for row in packet_of(rows)] == ["0", "2"]


def test_500_numbers_are_one_packet(post):
    for n in range(501):
        post.put(str(n), PhoneNumber(f"+790879{n:05}"))

    post.settle()

    assert [request["messages"] for request in post.requests()] == [500, 1]


def test_a_later_message_waits_for_the_one_before_about_the_same_incident(post):
    post.fault("down", count=None)
    first = post.send("fire #417", incident_id=1)
    second = post.send("clear #417.2", incident_id=1)
    post.order("faults/clear")

    post.run_for(minutes=20)

    assert post.arrived() == ["fire #417", "clear #417.2"]
    assert post.row(second).attempts == 1
    assert post.row(first).attempts > 1


def test_a_later_message_waits_while_nobody_knows_about_the_one_before(posts):
    post = posts(duplicate_window=timedelta())
    post.fault("timeout_before")
    first = post.send("fire #417", incident_id=1)
    second = post.send("clear #417.2", incident_id=1)
    waiting = post.state(first), post.state(second), post.row(second).attempts

    post.run_for(minutes=5)

    assert waiting == (State.IN_DOUBT, State.QUEUED, 0)
    assert post.state(first) is State.PARKED
    assert post.arrived() == ["clear #417.2"]


def test_a_refused_message_is_never_tried_again(post):
    post.order("scripts", phone=ANNA.digits, outcome="refused", error=212)

    message = post.send()
    post.run_for(days=2)

    assert post.state(message) is State.REFUSED
    assert "212" in post.message(message).reason
    assert len(post.requests()) == 1


def test_others_in_the_packet_go_whatever_becomes_of_one(post):
    post.order("scripts", phone=ANNA.digits, outcome="refused", error=212)
    poison, good = post.put("a", ANNA), post.put("b", BORIS)

    post.settle()

    assert (post.state(poison), post.state(good)) == (State.REFUSED, State.ACCEPTED)


def test_a_message_nobody_could_send_for_a_day_lapses(post):
    post.fault("down", count=None)
    message = post.send()

    post.run_for(hours=25)

    assert post.state(message) is State.LAPSED
    assert post.arrived() == []


def test_a_critical_message_is_of_use_for_three_days(post):
    post.fault("down", count=None)
    message = post.send(critical=True)

    post.run_for(hours=71)
    assert post.state(message) is State.QUEUED
    post.run_for(hours=2)
    assert post.state(message) is State.LAPSED


def test_whoever_waits_is_told_of_every_message_that_moved(post):
    message = post.send()

    post.run_for(minutes=2)

    assert post.settled == [message, message]


# --- surely not accepted ----------------------------------------------------------------------------


def test_a_gateway_that_is_down_is_probed_and_then_everything_goes_at_once(post):
    post.fault("down", count=None)
    for n in range(20):
        post.put(str(n), PhoneNumber(f"+790879647{n:02}"))
    post.run_for(minutes=10)
    assert all(request["messages"] == 1 for request in post.requests()[1:])
    post.order("faults/clear")

    post.run_for(minutes=1, seconds=1)

    assert len(post.arrived()) == 20


def test_what_waited_for_a_dead_gateway_goes_as_soon_as_it_answers_about_another(post):
    post.fault("down", count=None)
    post.send("a")
    post.run_for(hours=1)
    post.order("faults/clear")

    post.send("b", BORIS, critical=True)
    post.run_for(seconds=61)

    assert sorted(post.arrived()) == ["a", "b"]


def test_the_end_of_an_outage_sends_nothing_before_its_time(post):
    post.fault("down")
    post.put("later", BORIS, send_at_ms=post.clock.now_ms() + 3_600_000)
    post.send("now")

    post.run_for(minutes=30)

    assert post.arrived() == ["now"]


def test_a_dead_gateway_is_asked_no_more_often_than_the_backoff_says(post):
    post.fault("down", count=None)
    message = post.send(critical=True)

    post.run_for(minutes=10)

    assert 10 <= post.row(message).attempts <= 20


def test_an_outage_that_is_over_shortens_no_later_wait(post):
    post.fault("down")
    post.send("a")
    post.run_for(minutes=1)
    assert post.arrived() == ["a"]
    post.fault("down", count=None)

    message = post.send("b", BORIS)
    post.run_for(hours=1)

    assert post.row(message).attempts <= 12


def test_a_rate_limit_uses_up_no_attempt(post):
    post.fault("error_before", status=429)
    message = post.send()

    post.run_for(seconds=30)

    assert post.state(message) is State.ACCEPTED


def test_a_number_that_was_said_to_stand_twice_goes_alone(post):
    post.fault("code", code=214)
    a, b = post.put("a", ANNA), post.put("b", BORIS)

    post.settle()

    assert [request["messages"] for request in post.requests()] == [2, 1, 1]
    assert (post.state(a), post.state(b)) == (State.ACCEPTED, State.ACCEPTED)


@pytest.mark.parametrize("code", [247, 248])
def test_a_critical_text_the_filter_refused_goes_once_more_in_latin(post, code):
    post.fault("code", code=code)

    message = post.send("Диск полон #417", critical=True)

    assert post.arrived() == ["Disk polon #417"]
    assert "plain Latin" in post.reasons(message)


def test_a_critical_text_refused_for_its_number_is_not_sent_again_in_other_letters(post):
    post.fault("code", code=211)

    message = post.send("Диск полон #417", critical=True)

    assert post.state(message) is State.REFUSED
    assert len(post.requests()) == 1


def test_a_text_the_filter_refused_twice_is_refused(post):
    post.fault("code", code=247, count=None)

    message = post.send("Диск полон #417", critical=True)
    post.run_for(hours=1)

    assert post.state(message) is State.REFUSED
    assert len(post.requests()) == 2


def test_an_ordinary_text_the_filter_refused_is_not_rewritten(post):
    post.fault("code", code=248)

    assert post.state(post.send("Диск полон #417")) is State.REFUSED


def test_an_unknown_error_holds_the_message_until_a_person_looks_or_it_is_of_no_use(post):
    post.fault("code", code=999)
    message = post.send()

    post.run_for(hours=23)
    held = post.row(message)
    assert (held.state, held.cause, held.attempts) == (State.HELD, "unknown_code", 1)
    post.run_for(hours=2)
    assert post.state(message) is State.LAPSED


def test_a_wrong_sender_name_is_tried_again_now_and_then(post):
    message = post.send(sender="NOBODY")
    assert (post.state(message), post.row(message).cause) == (State.HELD, "configuration")

    post.order("account", senders=["INFORM", "NOBODY"])
    post.run_for(minutes=6)

    assert post.state(message) in (State.ACCEPTED, State.DELIVERED)


# --- without a gateway ------------------------------------------------------------------------------


def test_without_a_gateway_a_message_waits_and_goes_when_there_is_one(posts):
    nowhere = posts()
    with_gateway = nowhere.settings
    nowhere.settings = replace(with_gateway, gateways={})
    message = nowhere.put(contact="anna")
    assert nowhere.message(message).reason == "no gateway is configured"
    assert nowhere.state(message) is State.HELD

    nowhere.settings = with_gateway
    nowhere.crash()
    nowhere.settle()

    assert nowhere.arrived() == ["disk full #417"]


def test_what_waits_for_a_gateway_that_left_the_configuration_goes_by_the_first_there_is(posts):
    post = posts("old", "main")
    post.fault("down", "old", count=None)
    post.put("a", send_at_ms=post.clock.now_ms() + 3_600_000)

    leave(post, "old")
    post.run_for(hours=2)

    assert post.arrived("main") == ["a"]


def test_what_may_have_been_sent_by_a_gateway_that_left_is_put_aside_for_a_person(posts):
    post = posts("old", "main")
    post.fault("reply_lost", "old")
    sending, doubtful = post.put("a", BORIS), post.put("b", critical=True)
    post.dispatches[0].turn()
    post.dispatches[0].turn()

    leave(post, "old")
    post.run_for(hours=2)

    assert (post.state(doubtful), post.state(sending)) == (State.PARKED, State.PARKED)
    assert "not configured any more" in post.reasons(sending)
    assert post.arrived("main") == []


def leave(post, name):
    """The account is taken out of the configuration while the bridge is down."""
    kept = {other: rules for other, rules in post.settings.gateways.items() if other != name}
    post.settings = replace(post.settings, gateways=kept)
    del post.sandboxes[name]
    post.crash()


def test_the_names_of_a_billion_messages_have_31_bits(post):
    class Highest:
        def uniform(self, low, high):
            return high

    base = post.write(lambda tx: new_client_id_base(tx, Highest()))

    assert base > 0
    assert base + 10**9 < 2**31
