"""What keeps a group quiet, and that it says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.errors import NotFound, Refused
from pilotbridge.model import Route, SilenceId, Templates
from pilotbridge.oncall.silences import add_silence, expire_silence

from .conftest import NoPlugins, receiver

DISKS = 'alertname="DiskFull"'


def silence(world, *matchers, minutes=60, ident="s1", starts_in=0):
    starts = world.clock.utc_now() + timedelta(minutes=starts_in)
    return world.write(
        lambda tx: add_silence(
            tx, matchers or (DISKS,), starts=starts, ends=starts + timedelta(minutes=minutes),
            author="boris", comment="disks are being swapped", id=SilenceId(ident), now_ms=world.now_ms(),
        )
    )  # fmt: skip


def muted(world) -> list[str]:
    """What the rows of the groups say about being kept quiet."""
    return [row[0] for row in world.engine.connection.execute("SELECT muted FROM alert_group ORDER BY id")]


def test_silenced_alerts_are_told_to_nobody_and_the_group_says_why(world):
    silence(world)

    world.fire("DiskFull", "db01", "db02")
    world.run_for(minutes=30)

    assert world.texts_to() == []
    reason = "silence: 2 of 2 alerts, silence s1 by boris: disks are being swapped"
    assert muted(world) == [reason]
    assert world.meter.of("muted", kind="silence") >= 1


def test_a_silence_that_would_be_over_already_is_refused(world):
    with pytest.raises(Refused, match="must end after it starts, and in the future"):
        silence(world, starts_in=-60, minutes=60)


def test_what_still_fires_when_a_silence_ends_is_told_then(world):
    silence(world, minutes=60)
    world.fire()

    world.run_for(minutes=60)

    assert [text[:17] for text in world.texts_to()] == ["CRIT DiskFull db0"]


def test_of_two_silences_over_a_group_the_first_to_end_is_waited_for(world):
    silence(world, 'instance="db01"', minutes=120, ident="s1")
    silence(world, 'instance="db02"', minutes=10, ident="s2")
    world.fire("DiskFull", "db01", "db02")

    world.run_for(minutes=11)

    assert [text[:18] for text in world.texts_to()] == ["CRIT DiskFull db02"]


def test_a_silence_that_is_ended_by_hand_ends_the_quiet_at_once(world):
    silence(world)
    world.fire()
    world.run_for(minutes=5)

    world.write(lambda tx: expire_silence(tx, "s1", now_ms=world.now_ms()))

    assert len(world.texts_to()) == 1


def test_only_the_alerts_that_match_are_silenced(world):
    silence(world, 'instance="db01"')

    world.fire("DiskFull", "db01", "db02")
    world.run_for(minutes=1)

    assert world.texts_to()[0].startswith("CRIT DiskFull db02 ")
    assert muted(world)[0].startswith("silence: 1 of 2 alerts")


def test_a_silence_of_tomorrow_keeps_nothing_quiet_today(world):
    silence(world, starts_in=60)

    world.fire()
    world.run_for(minutes=1)

    assert len(world.texts_to()) == 1


def test_the_end_of_what_was_silenced_meanwhile_is_not_told(world):
    world.fire()
    world.run_for(minutes=1)
    world.send_all()
    silence(world)

    world.resolve()
    world.run_for(minutes=30)

    assert len(world.texts_to()) == 1
    assert world.incidents()[0].closed_at is not None


def test_a_silence_that_is_shortened_is_looked_at_again(world):
    silence(world, minutes=600)
    world.fire()
    world.run_for(minutes=5)

    silence(world, minutes=2)
    world.run_for(minutes=2)

    assert len(world.texts_to()) == 1


@pytest.mark.parametrize("matchers", [(), ("severity",), ('a=~"("',), ('nothing=""',), ('a=~".*"',)])
def test_a_silence_without_sense_is_refused(world, matchers):
    now = world.clock.utc_now()

    with pytest.raises(Refused):
        world.write(
            lambda tx: add_silence(
                tx, matchers, starts=now, ends=now + timedelta(hours=1), author="a", comment="",
                id=SilenceId("s"), now_ms=world.now_ms(),
            )
        )  # fmt: skip


def test_a_silence_that_is_over_before_it_begins_is_refused(world):
    with pytest.raises(Refused, match="must end after it starts"):
        silence(world, minutes=-5)


def test_ending_a_silence_that_does_not_exist_says_so(world):
    with pytest.raises(NotFound, match="there is no silence s9"):
        world.write(lambda tx: expire_silence(tx, "s9", now_ms=world.now_ms()))


def test_a_silence_ends_once(world):
    silence(world)
    world.write(lambda tx: expire_silence(tx, "s1", now_ms=world.now_ms()))

    with pytest.raises(Refused, match="has already ended"):
        world.write(lambda tx: expire_silence(tx, "s1", now_ms=world.now_ms()))


# --- plugins ----------------------------------------------------------------------------------------


class Muting(NoPlugins):
    """Keeps everything quiet until told otherwise."""

    reason = "night: it can wait"

    def mute_group(self, notification):
        return self.reason


def test_a_plugin_keeps_a_group_quiet_with_its_reason_and_is_asked_again(build):
    hooks = Muting()
    world = build(hooks)
    world.fire()
    world.run_for(minutes=6)
    quiet, why = world.texts_to(), muted(world)

    hooks.reason = ""
    world.run_for(minutes=5)

    assert quiet == []
    assert why == ["plugin: night: it can wait"]
    assert len(world.texts_to()) == 1


def test_a_repeat_that_a_plugin_keeps_back_is_told_as_soon_as_it_may_be(build):
    hooks = Muting()
    hooks.reason = ""
    world = build(hooks)
    world.fire()
    world.run_for(hours=3)
    hooks.reason = "night: it can wait"
    world.run_for(hours=3)
    before = len(world.texts_to())

    hooks.reason = ""
    world.run_for(minutes=5)

    assert (before, len(world.texts_to())) == (1, 2)


def told_and_then_muted(build):
    """An incident that its people were told of, and that ended after a plugin began to mute it."""
    hooks = Muting()
    hooks.reason = ""
    world = build(hooks)
    world.fire()
    world.run_for(minutes=6)
    world.send_all()
    hooks.reason = "night: it can wait"
    world.resolve()
    world.run_for(minutes=30)
    assert len(world.texts_to()) == 1
    return world, hooks


def test_an_end_that_a_plugin_keeps_back_is_told_to_whoever_heard_the_beginning(build):
    world, hooks = told_and_then_muted(build)
    why = muted(world)

    hooks.reason = ""
    world.run_for(hours=1)

    assert why == ["plugin: night: it can wait"]
    assert len(world.texts_to()) == 2
    assert world.texts_to()[1].startswith("CLEAR DiskFull")
    assert world.incidents()[0].closed_at is not None


def test_what_begins_again_before_its_end_was_told_is_the_same_incident(build):
    world, hooks = told_and_then_muted(build)
    world.fire()
    world.run_for(minutes=10)

    hooks.reason = ""
    world.run_for(minutes=10)
    world.resolve()
    world.run_for(minutes=10)

    assert len(world.incidents()) == 1
    assert [text.split()[0] for text in world.texts_to()] == ["CRIT", "CLEAR"]


class Routing(NoPlugins):
    """Gives every alert the same opinions."""

    def __init__(self, *opinions):
        self.opinions = opinions

    def route_alerts(self, alerts):
        return dict.fromkeys(alerts, self.opinions)


def test_a_plugin_that_decides_is_not_overruled_by_the_tree(build):
    world = build(Routing(("night", Route("both"))))

    world.fire()
    world.run_for(minutes=1)

    assert {message.contact for message in world.messages()} == {"anna", "boris"}
    assert world.alert_rows()[0].decided == "night -> both"


def test_a_plugin_that_adds_lets_the_tree_go_on(build):
    receivers = {"ops": receiver("ops", "sms:anna"), "too": receiver("too", "sms:boris")}
    world = build(Routing(("copy", Route("too", and_continue=True))), receivers=receivers)

    world.fire()
    world.run_for(minutes=1)

    assert {message.contact for message in world.messages()} == {"anna", "boris"}


def test_a_plugin_that_keeps_an_alert_silent_leaves_it_on_record(build):
    world = build(Routing(("calm", Route(None, reason="known and harmless"))))

    world.fire()
    world.run_for(hours=1)

    assert world.texts_to() == []
    assert world.alert_rows()[0].decided == "calm: silent, known and harmless"
    assert world.meter.of("muted", kind="route") == 1


def test_an_unknown_receiver_of_a_plugin_is_ignored_and_the_tree_is_asked(build):
    world = build(Routing(("odd", Route("nobody"))))

    world.fire()
    world.run_for(minutes=1)

    assert len(world.texts_to()) == 1
    assert world.alert_rows()[0].decided == "odd: unknown receiver nobody, ignored; root -> ops"


class Enriching(NoPlugins):
    """Adds the team to labels; remembers what it was told."""

    def __init__(self):
        self.recorded = []

    def enrich_alerts(self, alerts):
        from dataclasses import replace

        return [replace(each, labels=each.labels.with_(instance="renamed")) for each in alerts]

    def alerts_recorded(self, alerts):
        self.recorded += alerts


def test_enriched_labels_are_stored_and_keep_the_alerts_identity(build):
    hooks = Enriching()
    world = build(hooks)
    starts = world.now_ms()

    world.fire(starts=starts)
    world.fire(starts=starts)
    world.run_for(minutes=1)

    assert "CRIT DiskFull renamed " in world.texts_to()[0]
    assert [alert.labels["instance"] for alert in hooks.recorded] == ["renamed"]


class Wording(NoPlugins):
    """Words every notification by itself."""

    def compose_text(self, notification):
        return f"{notification.contact.name}: {notification.incident.name}"


def test_a_plugins_words_go_out_with_the_ref(build):
    world = build(Wording())

    world.fire()
    world.run_for(minutes=1)

    assert world.texts_to()[0].startswith("anna: DiskFull #550")


def test_texts_that_never_end_are_off_after_three_times_and_the_alerts_go_out(build):
    asked = []

    def overrun(call, deadline_s):
        asked.append(deadline_s)
        raise TimeoutError("no answer")

    world = build(ask=overrun, templates=Templates(sms="{{ name }}"))
    world.push(*({"labels": {"alertname": f"Disk{n}", "severity": "info"}} for n in range(6)))
    world.run_for(minutes=1)

    assert len(asked) == 3
    assert [text.split(" #")[0] for text in world.texts_to()] == [f"INFO Disk{n} 03:14" for n in range(6)]
