"""What starts late says so; a backlog is one SMS; quiet hours end with a digest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pilotbridge.lifecycle import State
from pilotbridge.model import Message
from pilotbridge.testing.world import CONFIGURATION

MIDNIGHT = datetime(2026, 1, 12, 21, 0, tzinfo=UTC)
APART = CONFIGURATION.replace("troubles: page-ops", "troubles: page-boris")
ASLEEP = APART.replace('phone: "+7 908 796-47-81"', 'quiet_hours: "22:00-07:00", phone: "+7 908 796-47-81"')
SAYS_NO_END = APART.replace("name: page-ops,", "name: page-ops, send_resolved: false,")


@pytest.fixture
def world(make_world):
    """Troubles about the gateway itself go to Boris."""
    return make_world(configuration=APART, plugins={"ack_by_text": {}})


def down(world) -> None:
    world.order("faults", kind="down", count=None)


def up(world) -> None:
    world.order("faults/clear")


def texts(world, who="anna") -> list[str]:
    """What a phone got, without hints."""
    return [text.partition(" Take: ")[0] for text in world.texts_to(who)]


def test_a_text_that_starts_late_says_so(world):
    down(world)
    world.fire("ApiDown")
    world.run_for(minutes=12)
    up(world)
    world.run_for(minutes=3)

    assert texts(world) == [f"LATE CRIT ApiDown 12:00 #{world.incidents()[0].ref}"]


def test_a_late_text_is_among_what_was_told_of_its_incident(world):
    down(world)
    world.fire("ApiDown")
    world.run_for(minutes=12)
    up(world)
    world.run_for(minutes=3)

    incident = next(each for each in world.incidents() if each.name == "ApiDown")
    with world.engine.read() as read:
        messages = read.messages_of_incident(incident.id)
    told = [message for message in messages if message.state is not State.CANCELLED]
    assert [message.text.split()[0] for message in told] == ["LATE"]


def test_what_followed_a_late_text_still_follows_it(world):
    down(world)
    world.fire("ApiDown", instance="web1")
    world.run_for(minutes=3)
    world.fire("ApiDown", instance="web2")
    world.run_for(minutes=8)
    up(world)
    world.run_for(minutes=5)

    first, second = texts(world)
    assert first.startswith("LATE CRIT ApiDown web1 12:00")
    assert second.startswith("+1 ApiDown web2 (now 2)")


def test_a_short_outage_makes_nothing_late(world):
    down(world)
    world.fire("ApiDown")
    world.run_for(minutes=5)
    up(world)
    world.run_for(minutes=3)

    assert texts(world) == [f"CRIT ApiDown 12:00 #{world.incidents()[0].ref}"]


def test_after_a_long_outage_each_person_gets_one_summary(world):
    down(world)
    alerts = []
    for number in range(5):
        alerts.append(world.fire(f"Api{number}"))
        world.run_for(minutes=20)
    up(world)
    world.run_for(minutes=5)

    refs = [incident.ref for incident in world.incidents() if incident.name.startswith("Api")]
    late = [text for text in world.texts_to("anna") if text.startswith("LATE ")]
    assert len(late) == 1
    assert late[0].startswith("LATE 5 since 12:00: CRIT Api0 #")
    assert all(f"#{ref}" in late[0] for ref in refs)
    assert len([text for text in world.texts_to("anna") if "Api" in text]) == 1


def test_what_a_summary_supersedes_is_cancelled_with_its_number(world):
    down(world)
    world.fire("Api1")
    world.fire("Api2")
    world.run_for(minutes=30)
    up(world)
    world.run_for(minutes=5)

    old = [message for message in world.messages() if message.text.startswith("CRIT Api")]
    (summary,) = [
        each for each in world.messages() if each.contact == "anna" and each.text.startswith("LATE")
    ]
    assert {message.state for message in old} == {State.CANCELLED}
    assert {message.reason for message in old} == {f"it was late; message {summary.id} speaks for it"}


def test_whoever_got_a_summary_takes_by_ref_and_hears_the_end(world):
    down(world)
    alert = world.fire("Api1")
    world.fire("Api2")
    world.run_for(minutes=30)
    up(world)
    world.run_for(minutes=5)
    first = next(incident for incident in world.incidents() if incident.name == "Api1")

    world.sms_from("anna", first.ref)
    world.run_for(minutes=1)
    world.resolve(alert)
    world.run_for(minutes=6)

    assert any(text.startswith(f"Taken #{first.ref} Api1") for text in world.texts_to("anna"))
    assert any(text.startswith("CLEAR Api1") for text in world.texts_to("anna"))


def test_the_end_is_told_to_whoever_got_only_the_summary(world):
    down(world)
    alerts = [world.fire("Api1"), world.fire("Api2")]
    world.run_for(minutes=30)
    up(world)
    world.run_for(minutes=5)

    for alert in alerts:
        world.resolve(alert)
    world.run_for(minutes=6)

    assert [text.split()[0] for text in texts(world)] == ["LATE", "CLEAR", "CLEAR"]


@pytest.mark.parametrize(("others", "told"), [(0, ["CLEAR"]), (1, ["LATE"])])
@pytest.mark.parametrize("crashes", [False, True])
def test_an_end_tells_for_what_was_late_too(world, others, told, crashes):
    down(world)
    alert = world.fire("Api0")
    for number in range(others):
        world.fire(f"Other{number}")
    world.run_for(minutes=8)
    world.resolve(alert)
    if crashes:
        world.crash()
    world.run_for(minutes=4)

    up(world)
    world.run_for(minutes=5)

    assert [text.split()[0] for text in texts(world)] == told
    assert all("CRIT Api0" not in text for text in texts(world))


@pytest.mark.parametrize("crashes", [False, True])
def test_a_summary_that_waits_is_worded_anew_when_something_in_it_is_over(world, crashes):
    down(world)
    alerts = [world.fire(f"Api{number}") for number in range(3)]
    world.run_for(minutes=30)
    made = [message for message in world.messages() if message.text.startswith("LATE 3")]
    world.resolve(alerts[1])
    world.run_for(minutes=7)
    if crashes:
        world.crash()
    up(world)
    world.run_for(minutes=5)

    (late,) = texts(world)
    assert late.startswith("LATE 3 since 12:00: CRIT Api0 #")
    assert "CRIT Api1" not in late
    assert late.partition("; over: ")[2].startswith("Api1 #")
    assert made
    assert all(world.state_of(message.id) is State.CANCELLED for message in made)


@pytest.mark.parametrize("others", [0, 1])
def test_what_is_over_and_has_no_text_of_its_own_is_said_to_be_over(make_world, others):
    world = make_world(configuration=SAYS_NO_END)
    down(world)
    alert = world.fire("ApiDown")
    for number in range(others):
        world.fire(f"Other{number}")
    world.run_for(minutes=30)
    world.resolve(alert)
    world.run_for(minutes=7)
    up(world)
    world.run_for(minutes=5)

    (late,) = texts(world)
    assert late.startswith(f"LATE {1 + others} since 12:00: ")
    assert f"over: ApiDown #{world.incidents()[0].ref}" in late


def test_a_late_text_that_waits_is_worded_anew_when_it_is_over(world):
    down(world)
    alert = world.fire("ApiDown")
    world.run_for(minutes=30)
    world.resolve(alert)
    world.run_for(minutes=7)
    up(world)
    world.run_for(minutes=5)

    ref = world.incidents()[0].ref
    assert texts(world) == [f"CLEAR ApiDown after 30m #{ref}.2"]
    assert [message.reason for message in world.messages() if "CRIT ApiDown" in message.text][-1].endswith(
        "speaks for it"
    )


def test_what_begins_and_ends_while_the_gateway_is_away_is_one_text(world):
    down(world)
    alert = world.fire("ApiDown")
    world.run_for(minutes=2)
    world.resolve(alert)
    world.run_for(minutes=6)
    up(world)
    world.run_for(minutes=5)

    ref = world.incidents()[0].ref
    first, end = sorted((m for m in world.messages() if "ApiDown" in m.text), key=lambda m: m.id)
    assert texts(world) == [f"CLEAR ApiDown after 2m #{ref}.2"]
    assert (first.state, first.reason) == (
        State.CANCELLED,
        f"it was over before it could be sent; message {end.id} tells both",
    )


def test_what_may_have_arrived_is_followed_by_its_end(world):
    world.order("account", guard_s=0)
    world.order("faults", kind="reply_lost", command="send", count=1)
    alert = world.fire("ApiDown")
    world.run_for(seconds=5)
    down(world)
    world.resolve(alert)
    world.run_for(minutes=8)
    up(world)
    world.run_for(minutes=10)

    assert [message.state for message in world.messages() if message.text.startswith("CRIT ApiDown")] != [
        State.CANCELLED
    ]
    assert any(text.startswith("CLEAR ApiDown") for text in texts(world))


def test_what_was_over_meanwhile_is_named_apart_or_not_at_all(world):
    down(world)
    alert = world.fire("Api1")
    world.fire("Api2")
    world.run_for(minutes=30)
    world.resolve(alert)
    world.run_for(minutes=10)
    up(world)
    world.run_for(minutes=5)

    (late,) = [text for text in world.texts_to("anna") if text.startswith("LATE ")]
    assert "Api2" in late
    assert "CRIT Api1" not in late


def test_a_text_in_doubt_is_left_alone(world):
    world.order("account", guard_s=0)
    world.order("faults", kind="reply_lost", command="send", count=1)
    world.fire("Api1")
    world.run_for(seconds=1)
    down(world)
    world.fire("Api2")
    world.run_for(minutes=30)
    up(world)
    world.run_for(minutes=10)

    arrived = [sms.text for sms in world.sandbox.world.messages.values() if "79087964781" in str(sms)]
    assert sum("Api2" in text for text in arrived) == 1
    assert not any("Api1" in text and text.startswith("LATE") for text in arrived)


@pytest.mark.parametrize("fault", ["reply_lost", "timeout_before"])
@pytest.mark.parametrize("is_over", [False, True])
def test_a_summary_that_was_in_doubt_is_not_summed_up_again(world, fault, is_over):
    world.order("account", guard_s=7200)
    summary = put_in_doubt(world, fault)
    world.app.desk.resolve(summary.id, accepted=False, by="anna")
    third = world.fire("Api3")
    world.run_for(minutes=12)
    if is_over:
        world.resolve(third)

    up(world)
    world.run_for(minutes=12)

    taken = [sms.text for sms in world.sandbox.world.messages.values()]
    assert [sum(name in text for text in taken) for name in ("Api1", "Api2", "Api3")] == [1, 1, 1]
    assert summary.text in taken


def put_in_doubt(world, fault: str) -> Message:
    """Two late texts in one SMS of which nobody knows whether the gateway has it; it takes nothing now."""
    down(world)
    for name in ("Api1", "Api2"):
        world.fire(name)
    world.run_for(minutes=12)
    up(world)
    world.order("faults", kind=fault, command="send", count=None)
    world.run_for(minutes=12)
    up(world)
    down(world)
    return next(each for each in world.messages() if each.origin == "late" and each.state is State.PARKED)


def test_an_operators_own_text_goes_as_it_was_written(world):
    down(world)
    world.send_sms("anna", "come to the office")
    world.send_sms("anna", "and bring the keys")
    world.run_for(minutes=40)
    up(world)
    world.run_for(minutes=5)

    assert sorted(texts(world)) == ["and bring the keys", "come to the office"]


@pytest.mark.parametrize("minutes", [5, 15, 45])
def test_a_restart_in_the_outage_changes_nothing(world, minutes):
    down(world)
    world.fire("Api1")
    world.fire("Api2")
    world.run_for(minutes=minutes)
    world.crash()
    world.run_for(minutes=60 - minutes)
    up(world)
    world.run_for(minutes=10)

    late = [text for text in world.texts_to("anna") if text.startswith("LATE ")]
    assert len(late) == 1
    assert sum("Api" in text for text in world.texts_to("anna")) == 1


def test_paused_for_an_hour_a_person_gets_one_summary(world):
    world.app.desk.pause("we are moving house", by="anna")
    world.fire("Api1")
    world.fire("Api2")
    world.run_for(minutes=60)

    world.app.desk.resume(by="anna")
    world.run_for(minutes=15)

    assert [text.split()[0] for text in world.texts_to("anna")] == ["LATE"]


def test_whoever_got_a_summary_of_texts_that_were_never_tried_hears_the_end(world):
    world.app.desk.pause("we are moving house", by="anna")
    alerts = [world.fire("Api1"), world.fire("Api2")]
    world.run_for(minutes=60)
    world.app.desk.resume(by="anna")
    world.run_for(minutes=15)

    for alert in alerts:
        world.resolve(alert)
    world.run_for(minutes=6)

    assert [text.split()[0] for text in texts(world)] == ["LATE", "CLEAR", "CLEAR"]


# --- quiet hours ------------------------------------------------------------------------------------


@pytest.fixture
def night(make_world):
    """Midnight in Moscow; Anna sleeps until seven."""
    assert ASLEEP != APART
    return make_world(configuration=ASLEEP, start=MIDNIGHT, plugins={"ack_by_text": {}})


def test_at_night_only_critical_is_told_and_the_rest_is_a_digest(night):
    for name in ("Slow", "Disk", "Cpu"):
        night.tell({"alertname": name, "severity": "warning"})
        night.run_for(minutes=30)
    night.fire("ApiDown")
    night.run_for(minutes=1)
    before = night.texts_to("anna")

    night.run_for(hours=12)

    assert [text.split()[1] for text in before] == ["ApiDown"]
    digests = [text for text in night.texts_to("anna") if text.startswith("DIGEST")]
    assert len(digests) == 1
    assert digests[0].startswith("DIGEST 3 since ")
    assert all(name in digests[0] for name in ("Slow", "Disk", "Cpu"))


def test_what_came_right_before_the_end_of_the_night_is_in_the_digest_too(night):
    night.tell({"alertname": "Slow", "severity": "warning"})
    night.run_for(hours=6, minutes=55)
    for name in ("Disk", "Cpu"):
        night.tell({"alertname": name, "severity": "warning"})

    night.run_for(minutes=30)

    [text] = night.texts_to("anna")
    assert text.startswith("DIGEST 3 since ")
    assert all(name in text for name in ("Slow", "Disk", "Cpu"))


def test_two_of_the_last_minutes_of_the_night_are_a_digest(night):
    night.run_for(hours=6, minutes=55)
    for name in ("Disk", "Cpu"):
        night.tell({"alertname": name, "severity": "warning"})

    night.run_for(minutes=30)

    assert [text.split(" since")[0] for text in night.texts_to("anna")] == ["DIGEST 2"]


def test_one_of_the_last_minutes_of_the_night_comes_as_it_is(night):
    night.run_for(hours=6, minutes=55)
    night.tell({"alertname": "Disk", "severity": "warning"})

    night.run_for(minutes=30)

    assert [text.split()[:2] for text in night.texts_to("anna")] == [["WARN", "Disk"]]


def test_others_are_told_at_night(night):
    night.tell({"alertname": "Slow", "severity": "warning", "team": "db"})

    night.run_for(minutes=2)

    assert len(night.texts_to("boris")) == 1


def test_an_answer_to_somebody_who_writes_at_night_does_not_wait(night):
    night.fire("ApiDown")
    night.run_for(minutes=1)

    night.sms_from("anna", night.incidents()[0].ref)
    night.run_for(minutes=1)

    assert night.texts_to("anna")[-1].startswith("Taken #")


def test_a_night_that_is_over_before_anybody_was_told_is_no_digest(night):
    alert = night.tell({"alertname": "Slow", "severity": "warning"})
    night.run_for(minutes=30)
    night.resolve(alert)

    night.run_for(hours=12)

    assert night.texts_to("anna") == []


CAPPED = "limits: {{ sms_per_contact_per_hour: 3 }}\n"


def test_a_cap_does_not_count_what_a_summary_stands_for(make_world):
    world = make_world(configuration=APART + CAPPED)
    down(world)
    for name in ("Slow", "Disk", "Cpu"):
        world.tell({"alertname": name, "severity": "warning"})
    world.run_for(minutes=20)

    up(world)
    world.run_for(minutes=2)

    assert [text.split(" since")[0] for text in texts(world)] == ["LATE 3"]


def test_a_digest_of_as_many_as_a_cap_allows_comes_in_the_morning(make_world):
    world = make_world(configuration=ASLEEP + CAPPED, start=MIDNIGHT.replace(hour=3))
    for name in ("Slow", "Disk", "Cpu"):
        world.tell({"alertname": name, "severity": "warning"})

    world.run_for(hours=1, minutes=1)

    assert [text.split(" since")[0] for text in texts(world)] == ["DIGEST 3"]
