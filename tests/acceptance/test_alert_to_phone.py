"""From a webhook to a phone and back, on the whole bridge: what a user would see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pilotbridge.lifecycle import State
from pilotbridge.outbox.enqueue import Order, enqueue
from pilotbridge.outbox.postage import postage_of
from pilotbridge.phone import PhoneNumber
from pilotbridge.testing.world import CONFIGURATION


def test_an_alert_becomes_one_delivered_sms_and_one_when_it_is_over(world):
    alert = world.fire("DiskFull", instance="db01")
    world.run_for(minutes=2)
    world.resolve(alert)
    world.run_for(minutes=2)

    first, last = world.texts_to("anna")
    ref = world.incidents()[0].ref
    assert first.startswith(f"CRIT DiskFull db01 12:00 #{ref}")
    assert last == f"CLEAR DiskFull db01 after 2m #{ref}.2"
    assert [message.state for message in world.messages()] == [State.DELIVERED, State.DELIVERED]


def test_what_was_handed_over_right_before_an_orderly_end_is_in_no_doubt_afterwards(world):
    order = Order(PhoneNumber("+79087964781"), "hello", reason="a test", origin="person")
    postage, store = postage_of(world.app.in_force.settings), world.app.ground.store
    message = store.write(lambda tx: enqueue(tx, order, postage, world.clock.now_ms())).result()
    world.app.sending.dispatches[0].turn()

    world.app.finish()
    world.crash()

    with world.engine.read() as read:
        happened = [each.event for each in read.events_of("message", message)]
    assert happened[:3] == ["enqueue", "claim", "accept"]


def test_what_waits_for_an_account_that_has_another_name_now_goes_by_that(world):
    world.order("faults", kind="down", count=None)
    world.fire("DiskFull")
    renamed = "  renamed:\n    type: smspilot\n"
    world._file.write_text(world._file.read_text().replace("  smspilot:\n", renamed))

    world.crash()
    world.order("faults/clear")
    world.run_for(minutes=5)

    assert [text for text in world.texts_to("anna") if "DiskFull" in text]


def test_that_money_runs_out_is_told_without_anybody_asking(make_world):
    kept = "duplicate_window: 5m\n    balance: {{ reserve_rub: 100 }}"
    world = make_world(configuration=CONFIGURATION.replace("duplicate_window: 5m", kept))
    world.order("account", balance_rub="90")

    world.run_for(minutes=11)

    assert [text for text in world.texts_to("anna") if "90 roubles are left" in text]


def test_an_incident_knows_which_alerts_people_were_told_of(world):
    world.fire("DiskFull", instance="db01")
    world.fire("DiskFull", instance="db02")
    world.run_for(minutes=10)

    [incident] = world.incidents()
    with world.engine.read() as read:
        told = [row.alert.labels["instance"] for row, _ in read.alerts_of_incident(incident.id)]
    assert told == ["db01", "db02"]


def test_no_label_chooses_whom_it_tells(make_world):
    world = make_world(
        configuration=CONFIGURATION.replace("[alertname]", "[alertname, phone, to, contact, receiver]")
    )

    world.fire("DiskFull", phone="+79998887766", to="+79998887766", contact="boris", receiver="page-boris")
    world.run_for(minutes=2)

    assert {message.contact for message in world.messages()} == {"anna"}
    assert {message.recipient for message in world.messages()} == {world.contacts["anna"].phone}


def test_a_repeated_body_is_no_news(world):
    alert = world.fire("DiskFull")
    for _ in range(5):
        world.tell(alert["labels"])
        world.run_for(minutes=5)

    assert len(world.texts_to("anna")) == 1


@pytest.mark.parametrize("moment", ["before the send", "after the send", "after delivery"])
def test_a_crash_repeats_and_forgets_nothing(world, moment):
    if moment == "before the send":
        world.order("faults", kind="down", count=None, for_s=30)
    alert = world.fire("DiskFull")
    if moment == "after delivery":
        world.run_for(minutes=2)
    world.crash()
    world.run_for(minutes=5)
    world.resolve(alert)
    world.crash()
    world.run_for(minutes=5)

    texts = [text for text in world.texts_to("anna") if " DiskFull " in text]
    assert [text.split()[0] for text in texts] == ["CRIT", "CLEAR"]
    assert len(texts) == len(set(texts))


def test_a_gateway_that_is_down_gets_everything_when_it_is_back(world):
    world.order("faults", kind="down", count=None, for_s=480)
    for number in range(5):
        world.fire(f"Alert{number}")
    world.run_for(minutes=5)
    while_down = list(world.texts_to("anna"))
    world.run_for(minutes=10)

    told = [text for text in world.texts_to("anna") if " Alert" in text]
    assert while_down == []
    assert len(told) == len(set(told)) == 5


def test_an_alert_that_is_over_before_its_sms_was_ever_tried_wakes_nobody(world):
    world.order("faults", kind="down", count=None, for_s=60)
    world.app.desk.pause("maintenance", by="a test")
    alert = world.fire("DiskFull")
    world.run_for(seconds=30)

    world.resolve(alert)
    world.app.desk.resume(by="a test")
    world.run_for(minutes=10)

    assert world.texts_to("anna") == []
    assert {message.state for message in world.messages()} == {State.CANCELLED}


@pytest.mark.parametrize(
    "fault", ["reply_lost", "torn", "html", "wrong_json", "error_after", "timeout_after"]
)
def test_a_lost_answer_is_settled_without_a_second_sms(world, fault):
    world.order("faults", kind=fault, command="send", count=1)

    world.fire("DiskFull")
    world.run_for(minutes=5)

    assert len(world.texts_to("anna")) == 1
    assert world.taken() == 1
    assert world.messages()[0].state in (State.ACCEPTED, State.DELIVERED)


@pytest.mark.parametrize("fault", ["reset", "error_before", "timeout_before", "html"])
def test_a_request_that_was_not_taken_goes_again(world, fault):
    world.order("faults", kind=fault, command="send", count=1, taken=False)

    world.fire("DiskFull")
    world.run_for(minutes=5)

    assert len(world.texts_to("anna")) == 1


def test_money_that_runs_out_holds_and_comes_back_by_itself(world):
    world.order("account", balance_rub="0")
    world.fire("DiskFull")
    world.run_for(minutes=5)
    held = world.messages()[0]

    world.order("account", balance_rub="1000")
    world.run_for(minutes=30)

    assert (held.state, "241" in held.reason or "money" in held.reason.lower()) == (State.HELD, True)
    assert len([text for text in world.texts_to("anna") if "DiskFull" in text]) == 1


def test_an_unknown_code_is_held_and_loud_and_never_dropped(world):
    world.order("faults", kind="code", code=777, command="send", count=1)

    world.fire("DiskFull")
    world.run_for(minutes=1)

    assert "777" in world.messages()[0].reason
    assert world.messages()[0].state in (State.HELD, State.QUEUED)


def test_a_mixed_word_from_monitoring_is_no_248(world):
    world.fire("DiskFull", instance="сеpвер")
    world.run_for(minutes=2)

    assert len(world.texts_to("anna")) == 1


def test_a_silence_keeps_quiet_and_its_end_tells(world):
    world.app.desk.silence(
        ['alertname="DiskFull"'], starts=None, lasts=timedelta(minutes=10), by="anna", comment="moving disks"
    )
    world.fire("DiskFull")
    world.run_for(minutes=5)
    while_silent = list(world.texts_to("anna"))
    world.run_for(minutes=10)

    assert while_silent == []
    assert len(world.texts_to("anna")) == 1


def test_an_acknowledged_incident_stays_quiet_till_it_clears(world):
    alert = world.fire("DiskFull", instance="db01")
    world.run_for(minutes=1)
    world.app.desk.acknowledge(world.incidents()[0].ref, by="boris")
    world.run_for(hours=10)
    world.resolve(alert)
    world.run_for(minutes=5)

    assert [text.split()[0] for text in world.texts_to("anna")] == ["CRIT", "CLEAR"]


class TestInbound:
    """Texts from phones: once, with the right time, whatever happens in between."""

    @pytest.mark.parametrize(
        "start",
        [
            datetime(2026, 1, 12, 9, 0, tzinfo=UTC),
            datetime(2026, 1, 12, 20, 59, 30, tzinfo=UTC),
            datetime(2025, 12, 31, 20, 59, 45, tzinfo=UTC),
            datetime(2026, 2, 28, 20, 59, 59, tzinfo=UTC),
        ],
    )
    def test_a_text_is_in_the_inbox_once_with_its_utc_time_also_across_a_restart(self, make_world, start):
        world = make_world(start=start)
        world.sms_from("boris", "hello there")
        world.run_for(seconds=20)
        world.crash()
        world.run_for(hours=30)

        (sms,) = world.inbox()
        assert sms.created_at == start.replace(second=0)
        assert sms.text.endswith("hello there")

    def test_two_equal_texts_in_one_minute_are_two(self, world):
        world.sms_from("boris", "hello")
        world.sms_from("boris", "hello")
        world.run_for(minutes=2)

        assert len(world.inbox()) == 2

    def test_a_text_that_shows_up_late_is_found(self, world):
        world.run_for(hours=3)
        world.sms_from("boris", "late", delay_s=10 * 3600)
        world.run_for(hours=5)
        world.sms_from("boris", "on time")
        world.run_for(hours=10)

        assert sorted(sms.text.split()[-1] for sms in world.inbox()) == ["late", "time"]

    def test_a_broken_feed_loses_nothing(self, world):
        world.order("faults", kind="torn", command="inbound", count=20)
        world.sms_from("boris", "hello")
        world.run_for(minutes=30)

        assert len(world.inbox()) == 1
