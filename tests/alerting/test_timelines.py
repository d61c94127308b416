"""Timelines: what is pushed when, and which texts a phone gets for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.config.settings import LimitsSettings, RouteNode, SourceSettings
from pilotbridge.errors import Refused
from pilotbridge.lifecycle import State
from pilotbridge.matcher import Matchers
from pilotbridge.model import Severity
from pilotbridge.oncall.acknowledgement import unacknowledge
from pilotbridge.protocols import Arrived

from .conftest import ANNA, BORIS, alert, receiver

HINT = " Take: SMS 1234 550 to +79021121075"


def test_the_first_text_waits_for_the_group_to_gather(world):
    world.fire("DiskFull", "db01", annotations={"value": "95%"})
    world.run_for(seconds=20)
    world.fire("DiskFull", "db02", annotations={"value": "95%"})
    world.run_for(seconds=9)
    before = world.texts_to()

    world.run_for(seconds=1)

    assert before == []
    assert world.texts_to() == ["CRIT x2 DiskFull db01,db02 95% 03:14 #550" + HINT]


def test_news_of_a_group_is_told_once_in_a_group_interval(world):
    world.fire("DiskFull", "db01", "db02")
    world.run_for(minutes=1)
    world.fire("DiskFull", "db03", "db04")
    world.run_for(minutes=4)
    before = len(world.texts_to())

    world.run_for(minutes=2)

    assert before == 1
    assert world.texts_to()[1].removesuffix(HINT) == "+2 DiskFull db03,db04 (now 4) 03:15 #550.2"


def test_the_end_is_told_once_with_how_long_it_took(world):
    world.fire("DiskFull", "db01", "db02")
    world.run_for(minutes=17)
    world.send_all()

    world.resolve("DiskFull", "db01", "db02")
    world.run_for(hours=1)

    assert world.texts_to()[1:] == ["CLEAR DiskFull db01,db02 after 17m #550.2"]
    assert world.incidents()[0].ended == "resolved"


def test_that_some_are_over_costs_no_sms(world):
    world.fire("DiskFull", "db01", "db02")
    world.run_for(minutes=6)
    world.send_all()

    world.resolve("DiskFull", "db01")
    world.run_for(minutes=30)
    world.resolve("DiskFull", "db02")
    world.run_for(minutes=30)

    assert world.texts_to()[1:] == ["CLEAR DiskFull db01,db02 after 36m #550.2"]


def test_one_that_comes_back_before_the_others_are_over_is_news(world):
    world.fire("DiskFull", "db01", "db02")
    world.run_for(minutes=6)
    world.resolve("DiskFull", "db01")
    world.run_for(minutes=6)

    world.fire("DiskFull", "db01")
    world.run_for(minutes=6)

    assert world.texts_to()[1].startswith("+1 DiskFull db01 (now 2) ")
    assert len(world.texts_to()) == 2


def test_what_was_over_before_anybody_was_told_is_told_to_nobody(world):
    world.fire()
    world.run_for(seconds=10)
    world.resolve()

    world.run_for(hours=5)

    assert world.texts_to() == []
    assert world.incidents() == []


def test_flapping_between_two_looks_is_no_news(world):
    world.fire()
    world.run_for(minutes=1)

    world.resolve()
    world.run_for(seconds=20)
    world.fire()
    world.run_for(hours=1)

    assert len(world.texts_to()) == 1


def test_what_fires_again_after_its_end_was_told_is_news_of_another_incident(world):
    world.fire()
    world.run_for(minutes=1)
    world.send_all()
    world.resolve()
    world.run_for(minutes=10)
    world.send_all()

    world.fire()
    world.run_for(minutes=1)

    first, second = world.incidents()
    assert [text.split("#")[1][:3] for text in world.texts_to()] == [first.ref, first.ref, second.ref]
    assert first.ref != second.ref


def test_what_goes_on_is_said_again_at_the_repeat_interval(world):
    world.fire()
    world.run_for(hours=4, minutes=1)

    texts = world.texts_to()

    assert [text.removesuffix(HINT) for text in texts[1:]] == ["STILL CRIT DiskFull db01 03:14 #550.2"]


def test_a_repeat_of_the_sender_is_no_news(world):
    starts = world.now_ms()
    for _ in range(30):
        world.fire(starts=starts)
        world.run_for(minutes=4)

    assert len(world.texts_to()) == 1
    assert world.incidents()[0].notifications == 1


def test_a_sender_that_groups_itself_has_waited_already(world):
    world.fire("DiskFull", "db01", "db02", source="am", group="disk")

    assert [text.removesuffix(HINT) for text in world.texts_to()] == ["CRIT x2 DiskFull db01,db02 03:14 #550"]


def test_regroup_takes_the_configured_groups_and_waits_instead(build):
    world = build(sources={"am": SourceSettings("am", "grouped", regroup=True)})
    world.push(alert("DiskFull"), alert("CpuHot"), source="am", group="all")
    before = world.texts_to()

    world.run_for(seconds=30)

    assert before == []
    assert len(world.texts_to()) == 2


def test_the_end_of_the_senders_group_ends_what_it_had_cut_off(world):
    world.fire("DiskFull", "db01", "db02", "db03", source="am", group="disk")
    world.send_all()
    world.run_for(minutes=3)

    world.push(alert(instance="db01", state="resolved"), source="am", group="disk", ended="disk")
    world.run_for(minutes=1)

    assert world.texts_to()[1:] == ["CLEAR DiskFull db01,db02,db03 after 3m #550.2"]


def test_the_same_senders_group_at_another_source_goes_on(build):
    world = build(sources={"am": SourceSettings("am", "grouped"), "eu": SourceSettings("eu", "grouped")})
    world.fire(source="am", group="disk")
    world.fire(source="eu", group="disk")

    world.push(alert(instance="db09", state="resolved"), source="am", group="disk", ended="disk")

    assert [row.alert.source for row in world.alert_rows("firing")] == ["eu"]


def test_nor_does_it_end_what_comes_in_with_it(build):
    """Bodies of one turn; what the first source had cut off is over at once, the other's is not."""
    world = build(sources={"am": SourceSettings("am", "grouped"), "eu": SourceSettings("eu", "grouped")})
    for source in ("am", "eu"):
        world.fire("DiskFull", "db01", source=source, group="disk", settle=False)

    world.push(alert(instance="db09", state="resolved"), source="am", group="disk", ended="disk")

    assert [row.alert.source for row in world.alert_rows("firing")] == ["eu"]


def test_what_the_sender_cut_off_is_counted_in_the_text(world):
    world.fire("DiskFull", "db01", source="am", group="disk", left_out=7)

    assert "(7 more cut off by the sender)" in world.texts_to()[0]


def test_it_is_counted_where_the_bridge_groups_itself_too(build):
    world = build(sources={"am": SourceSettings("am", "grouped", regroup=True)})

    world.fire("DiskFull", "db01", source="am", group="disk", left_out=7)
    world.run_for(minutes=1)

    assert "(7 more cut off by the sender)" in world.texts_to()[0]


def test_it_is_counted_of_the_source_that_cut_it_off(build):
    world = build(sources={"am": SourceSettings("am", "grouped"), "eu": SourceSettings("eu", "grouped")})

    world.fire("DiskFull", "db01", source="am", group="disk", left_out=7, settle=False)
    world.fire("DiskFull", "db02", source="eu", group="disk")

    assert ["cut off" in text for text in world.texts_to()] == [True, False]


def test_a_resolved_that_was_never_firing_changes_nothing_and_is_on_record(world):
    world.resolve()
    world.run_for(hours=1)

    (row,) = world.alert_rows()
    assert row.decided == "resolved, but nobody said that it fired"
    assert world.texts_to() == []


def test_a_lease_that_nobody_renews_ends_as_resolved(world):
    world.fire(lease_s=240)
    world.run_for(minutes=3)
    world.fire(lease_s=240)
    world.run_for(minutes=1, seconds=30)
    still = len(world.alert_rows("firing"))
    world.send_all()

    world.run_for(minutes=6)

    assert still == 1
    assert world.texts_to()[1:] == ["CLEAR DiskFull db01 after 7m #550.2"]


def test_who_speaks_again_after_the_lease_ran_out_is_believed(world):
    starts = world.now_ms()
    world.fire(lease_s=240, starts=starts)
    world.run_for(minutes=5)
    ended = len(world.alert_rows("firing"))

    world.fire(lease_s=240, starts=starts)

    assert ended == 0
    assert len(world.alert_rows("firing")) == 1


def test_silence_of_the_sender_ends_an_alert_as_stale_and_never_as_resolved(build):
    world = build(sources={"prom": SourceSettings("prom", "plain", stale_after=timedelta(hours=1))})
    world.fire()
    world.run_for(minutes=1)
    world.send_all()

    world.run_for(hours=2)

    assert world.texts_to()[1:] == ["STALE DiskFull db01 no more word of it, firing since 03:14 #550.2"]
    assert world.incidents()[0].ended == "stale"


@pytest.mark.parametrize("times", [2, 3])
def test_a_body_that_comes_again_has_no_second_effect(world, times):
    starts = world.now_ms()
    for _ in range(times):
        world.fire(starts=starts)
    world.run_for(minutes=1)
    world.send_all()
    for _ in range(times):
        world.resolve(starts=starts)
    world.run_for(minutes=6)
    world.send_all()

    world.fire(starts=starts)
    world.run_for(hours=1)

    assert [text.split()[0] for text in world.texts_to()] == ["CRIT", "CLEAR"]
    assert len(world.alert_rows()) == 1


@pytest.mark.parametrize("before_ms", [3_540_000, 0])
def test_a_late_word_about_an_earlier_end_does_not_end_the_new_episode(world, before_ms):
    old, began = world.now_ms() - 3_600_000, world.now_ms()
    world.fire(starts=began)

    world.push(alert(state="resolved", starts=old, ends=began - before_ms))
    still = len(world.alert_rows("firing"))
    world.run_for(hours=25)

    assert still == 1
    assert world.alert_rows("firing") == []


def test_two_receivers_of_one_alert_are_told_apart(build):
    children = (
        RouteNode("root/0", "both", Matchers.parse('team="db"'), ("alertname",), goes_on=True),
        RouteNode("root/1", "ops", Matchers.parse('team="db"'), ("alertname",)),
    )
    world = build(route=RouteNode("root", "ops", children=children))

    world.fire(labels={"team": "db"})
    world.run_for(minutes=1)

    assert len(world.texts_to(ANNA)) == 2
    assert len(world.texts_to(BORIS)) == 1
    assert world.alert_rows()[0].decided == "root/0 -> both; root/1 -> ops"


# --- severity ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "severity", "raw"),
    [
        ("critical", "critical", ""),
        ("Disaster", "critical", "Disaster"),
        ("Average ", "warning", "Average "),
        ("p3", "info", "p3"),
        ("unheard-of", "critical", "unheard-of"),
        (None, "critical", ""),
    ],
)
def test_a_senders_own_word_is_mapped_and_kept(build, word, severity, raw):
    world = build(sources={"prom": SourceSettings("prom", "plain", severity={"P3": Severity.INFO})})

    world.fire(severity=word)

    labels = world.alert_rows()[0].alert.labels
    assert (labels.get("severity"), labels.get("severity_raw")) == (severity, raw)


def test_what_has_no_severity_counts_as_configured(build):
    world = build(limits=LimitsSettings(no_severity=Severity.INFO))

    world.fire(severity=None)
    world.run_for(minutes=1)

    assert world.texts_to()[0].startswith("INFO ")
    assert not world.messages()[0].critical


# --- who took it ------------------------------------------------------------------------------------


def test_who_took_it_has_quiet_until_it_clears(world):
    world.fire()
    world.run_for(minutes=1)
    world.send_all()
    world.take()

    world.fire("DiskFull", "db02")
    world.run_for(hours=9)
    quiet = len(world.texts_to())
    world.resolve("DiskFull", "db01", "db02")
    world.run_for(minutes=10)

    assert quiet == 1
    assert world.texts_to()[1:] == ["CLEAR DiskFull db01 after 9h1m #550.2"]
    assert world.meter.of("muted", kind="acknowledged") >= 1


def test_a_new_severity_pages_the_taker_again_and_nobody_else(build):
    world = build(route=RouteNode("root", "both", group_by=("alertname",)))
    world.fire(severity="warning")
    world.run_for(minutes=1)
    world.take(by="boris")

    world.fire("DiskFull", "db02", severity="critical")
    world.run_for(minutes=1)

    assert len(world.texts_to(ANNA)) == 1
    assert world.texts_to(BORIS)[1].startswith("+1 CRIT DiskFull db02 (now 2)")


def test_more_than_double_the_alerts_page_the_taker_once(world):
    world.fire("DiskFull", "db01", "db02")
    world.run_for(minutes=1)
    world.take()

    world.fire("DiskFull", "db03", "db04")
    world.run_for(minutes=30)
    twice = len(world.texts_to())
    world.fire("DiskFull", "db05")
    world.run_for(minutes=30)
    world.fire("DiskFull", "db06")
    world.run_for(minutes=30)

    assert twice == 1
    assert [text.split(" (")[0] for text in world.texts_to()[1:]] == ["+3 DiskFull db03,db04,db05"]


def test_an_acknowledgement_for_a_time_pages_again_after_it(build):
    world = build(receivers={"ops": receiver("ops", "sms:anna", acknowledged_for=timedelta(hours=2))})
    world.fire()
    world.run_for(minutes=1)
    world.take()

    world.run_for(hours=1, minutes=59)
    quiet = len(world.texts_to())
    world.run_for(minutes=2)

    assert quiet == 1
    assert world.texts_to()[1].startswith("STILL CRIT DiskFull")
    assert world.incidents()[0].acknowledged_at is None


def test_what_is_given_back_pages_again(world):
    world.fire()
    world.run_for(minutes=1)
    world.take()
    world.fire("DiskFull", "db02")
    world.run_for(minutes=10)

    world.write(lambda tx: unacknowledge(tx, "550", by="anna", now_ms=world.now_ms()))
    world.run_for(minutes=6)

    assert len(world.texts_to()) == 2


def test_only_one_can_take_it(world):
    world.fire()
    world.run_for(minutes=1)
    world.take()

    with pytest.raises(Refused, match="already taken by anna"):
        world.take(by="boris")


# --- what was never sent ----------------------------------------------------------------------------


def test_an_end_that_overtakes_its_beginning_cancels_both(world):
    world.fire()
    world.run_for(minutes=1)

    world.resolve()
    world.run_for(minutes=10)

    (message,) = world.messages()
    assert (message.state, message.reason) == (State.CANCELLED, "it was over before this was sent")


def test_a_receiver_that_wants_no_end_gets_none(build):
    world = build(receivers={"ops": receiver("ops", "sms:anna", send_resolved=False)})
    world.fire()
    world.run_for(minutes=1)
    world.send_all()

    world.resolve()
    world.run_for(minutes=10)

    assert len(world.texts_to()) == 1
    assert world.incidents()[0].closed_at is not None


# --- restarts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 1, 29, 30, 31, 200, 330, 400])
def test_a_restart_at_any_moment_repeats_nothing_and_forgets_nothing(world, seconds):
    starts = world.now_ms()
    script = [(0, world.fire), (200, world.resolve), (330, None)]

    def play(at_s, step):
        world.run_for(seconds=at_s - (world.now_ms() - starts) / 1000)
        if step:
            step("DiskFull", "db01", starts=starts)
        world.send_all()

    for at_s, step in script:
        if at_s >= seconds > (world.now_ms() - starts) / 1000:
            world.run_for(seconds=seconds - (world.now_ms() - starts) / 1000)
            world.restart()
        play(at_s, step)
    world.restart()
    world.run_for(minutes=30)

    assert [text.split()[0] for text in world.texts_to()] == ["CRIT", "CLEAR"]


def test_a_body_that_nobody_was_told_of_is_found_in_the_journal(world):
    world.push(alert(), hint=False)

    world.restart()
    world.run_for(minutes=1)

    assert len(world.texts_to()) == 1


def test_bodies_are_taken_in_in_order_after_a_restart(world):
    world.push(alert(), hint=False)
    world.push(alert(state="resolved"), hint=False)

    world.restart()
    world.run_for(minutes=1)

    assert world.texts_to() == []
    assert [row.alert.state for row in world.alert_rows()] == ["resolved"]


def test_a_hint_about_a_body_that_was_read_from_the_table_has_no_second_effect(world):
    journal = world.push(alert(lease_s=240), hint=False)
    world.restart()
    world.run_for(minutes=5)
    ended = world.alert_rows("firing")

    with world.store.read() as read:
        body = read.journal_body(journal)
    parsed = world.sources["plain"].parse(body.incoming, None)
    world.hand_over([Arrived(journal, "prom", body.incoming.received_at, parsed)])
    world.run_for(minutes=1)

    assert ended == []
    assert world.alert_rows("firing") == []


def test_a_lease_that_ran_out_before_its_body_was_read_does_not_end_it_unheard(world):
    world.push(alert(lease_s=240), hint=False)
    world.engine.close()
    world.hand.forward(3_600_000)

    world.start()
    world.ingest.recover()
    world.run_for(minutes=1)

    assert len(world.texts_to()) == 1


def test_a_lease_that_ran_out_while_its_body_waited_does_not_end_it_unheard(world):
    world.push(alert(lease_s=5), settle=False)
    world.hand.forward(10_000)

    world.run_for(minutes=1)

    assert [text.split()[0] for text in world.texts_to()] == ["CRIT"]
    assert len(world.alert_rows("firing")) == 1


def test_a_lease_that_ran_out_in_a_short_stop_gets_time_to_be_renewed(world):
    world.fire(lease_s=240)
    world.run_for(seconds=235)
    world.hand.forward(10_000)

    world.restart()
    world.run_for(minutes=4)

    assert [row.alert.state for row in world.alert_rows()] == ["firing"]


def test_a_lease_that_ran_out_while_nobody_was_here_gets_time_to_be_renewed(world):
    world.fire(lease_s=240)
    world.run_for(minutes=1)
    world.engine.close()
    world.hand.forward(3_600_000)

    world.start()
    world.ingest.recover()
    world.run_for(minutes=4)

    assert len(world.alert_rows("firing")) == 1
