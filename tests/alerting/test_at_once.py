"""What waits for nothing is told of in the transaction that takes it in; else as any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pilotbridge.alerting.at_once import GROUPS_MAX
from pilotbridge.clock import to_ms
from pilotbridge.config.settings import InhibitRule, LimitsSettings, RouteNode, Templates
from pilotbridge.errors import StoreUnavailable
from pilotbridge.matcher import Matchers
from pilotbridge.model import Contact, Labels, Silence
from pilotbridge.store.records import GroupKey, NewGroup
from tests.failing_disk import FULL, Disk, put_on

from .conftest import ANNA, BORIS, NoPlugins, alert, receiver

NOW = RouteNode("root", "ops", group_by=("alertname",), group_wait=timedelta(0))
OWN_WORDS = Templates(sms="CRIT {{ name }}")


def taken_in(world, *alerts, **more):
    """One turn of who takes in, and none of who looks at due groups."""
    world.push(*alerts, settle=False, **more)
    world.ingest.turn()


def names(world):
    return [text.split()[1] for text in world.texts_to()]


@pytest.mark.parametrize("more", [{"source": "am", "group": "disk"}, {}])
def test_it_is_on_disk_together_with_its_sms(build, more):
    world = build(route=NOW)

    taken_in(world, alert("DiskFull", "db01"), alert("DiskFull", "db02"), **more)

    assert [text.split(" 03:14")[0] for text in world.texts_to()] == ["CRIT x2 DiskFull db01,db02"]
    assert [(row.alerts, row.notifications) for row in world.incidents()] == [(2, 1)]


def test_what_waits_for_others_of_its_group_is_not_told_at_once(build):
    world = build(route=replace(NOW, group_wait=timedelta(seconds=30)))

    taken_in(world, alert())

    assert world.texts_to() == []


def test_nobody_hears_of_it_a_second_time(build):
    world = build(route=NOW)

    world.push(alert(), alert("NoPing"), source="prom")
    world.run_for(minutes=5)

    assert sorted(names(world)) == ["DiskFull", "NoPing"]


def test_more_of_them_than_are_told_at_once_are_told_by_the_next_look(build):
    world = build(route=NOW)
    many = [alert(f"Alert{number}") for number in range(GROUPS_MAX + 10)]

    taken_in(world, *many)
    at_once = len(world.texts_to())
    world.run_for(seconds=1)

    assert (at_once, len(names(world))) == (GROUPS_MAX, GROUPS_MAX + 10)


def test_a_known_group_waits_for_its_interval_as_ever(build):
    world = build(route=NOW)
    world.push(alert("DiskFull", "db01"))

    taken_in(world, alert("DiskFull", "db02"), alert("NoPing"))

    assert names(world) == ["DiskFull", "NoPing"]


def test_a_group_that_went_and_comes_again_is_told_too(build):
    world = build(route=NOW)
    world.push(alert())
    world.send_all()
    world.resolve()
    world.run_for(minutes=10)

    world.push(alert(starts=to_ms(world.clock.utc_now())))
    world.run_for(minutes=1)

    assert [text.split()[0] for text in world.texts_to()] == ["CRIT", "CLEAR", "CRIT"]


class Asked(NoPlugins):
    """Plugins that are asked, and have nothing to say: nothing is told at once."""

    def is_asked(self, *hooks):
        return True


BODIES = {
    "one": ({}, [alert()]),
    "many of a group, the worst last": (
        {},
        [alert("A", f"db{n}", "warning") for n in range(25)] + [alert("A")],
    ),
    "groups": ({}, [alert("A"), alert("B", severity="info"), alert("A", "db2"), alert("C", severity="")]),
    "a sender's group, cut": (
        {"source": "am", "group": "g", "left_out": 3},
        [alert("A"), alert("B")],
    ),
    "a test": ({}, [alert(test=True)]),
    "long ago": ({}, [alert(starts=1_700_000_000_123)]),
    "a lease": ({}, [alert(lease_s=60)]),
    "over at once": ({}, [alert("A", state="resolved"), alert("B")]),
    "one is silenced": ({"source": "am", "group": "g"}, [alert("DiskFull"), alert("B")]),
    "all are silenced": ({}, [alert("DiskFull", "db1"), alert("DiskFull", "db2")]),
}
TABLES = ("alert", "member", "incident", "incident_alert", "notification", "message", "event")
GROUP = "id, key, due_at_ms, flushed_at_ms, notified_at_ms, muted, incident_id, left_out"


@pytest.mark.parametrize("body", BODIES)
def test_what_is_written_is_what_a_later_look_would_have_written(build, body):
    more, alerts = BODIES[body]
    rows = []
    for hooks in (NoPlugins(), Asked()):
        world = build(hooks, route=NOW)
        world.write(lambda tx, world=world: tx.put_silence(silence(world), world.now_ms()))
        world.push(*alerts, **more)
        found = [f"SELECT * FROM {table} ORDER BY 1, 2, 3" for table in TABLES]
        found.append(f"SELECT {GROUP} FROM alert_group")
        rows.append([world.engine.connection.raw.execute(sql).fetchall() for sql in found])

    assert rows[0] == rows[1]


# --- what stands against it -------------------------------------------------------------------------


class Muting(NoPlugins):
    """Keeps everything quiet, and looks what is on disk when it is asked."""

    def __init__(self):
        self.seen = []

    def mute_group(self, notification):
        self.seen.append(len(self.world.alert_rows()))
        return "by a plugin"


def test_a_plugin_that_is_asked_finds_the_alert_on_disk(build):
    world = build(Muting(), route=NOW)
    world.hooks.world = world

    world.push(alert())

    assert world.hooks.seen == [1]
    assert world.texts_to() == []


def test_of_two_that_begin_together_one_keeps_the_other_quiet(build):
    source, target = Matchers.parse("{alertname=ClusterDown}"), Matchers.parse("{alertname=DiskFull}")
    world = build(route=NOW, inhibit_rules=(InhibitRule(source, target),))

    world.push(alert("DiskFull"), alert("ClusterDown"))
    world.run_for(minutes=1)

    assert names(world) == ["ClusterDown"]


def test_what_is_silenced_is_not_told(build):
    world = build(route=NOW)
    world.write(lambda tx: tx.put_silence(silence(world), world.now_ms()))

    world.push(alert(), alert("NoPing"))

    assert names(world) == ["NoPing"]


def test_a_silence_that_is_added_while_the_text_is_made_counts(build):
    def silences_it(call, _deadline_s):
        world.store.write(lambda tx: tx.put_silence(silence(world), world.now_ms())).result()
        return call()

    world = build(route=NOW, templates=OWN_WORDS, ask=silences_it)

    world.push(alert())
    world.run_for(minutes=1)

    assert world.texts_to() == []


def test_what_gets_another_number_than_foreseen_is_told_under_its_own(build):
    other = NewGroup(GroupKey(b"other", "ops", "root", Labels(), ""), None, 0)

    def another_comes_first(call, _deadline_s):
        if not world.alert_rows():
            world.store.write(lambda tx: tx.add_groups([other])).result()
        return call()

    world = build(route=NOW, templates=OWN_WORDS, ask=another_comes_first)

    world.push(alert())
    world.run_for(minutes=1)

    assert names(world) == ["DiskFull"]
    assert [(each.group.id, each.ref) for each in world.incidents()] == [(2, "550")]


def silence(world) -> Silence:
    now = world.clock.utc_now()
    return Silence("s1", ("alertname=DiskFull",), now, now + timedelta(hours=1), "anna", "")


# --- what goes wrong --------------------------------------------------------------------------------


class Faulty(LimitsSettings):
    """One alert cannot be judged."""

    def is_critical(self, labels):
        if labels.get("alertname") == "Broken":
            raise ZeroDivisionError
        return False


def test_a_phone_that_may_not_be_texted_keeps_no_alert_off_the_disk(build):
    world = build(route=NOW)
    world.postage = replace(world.postage, countries=frozenset({"FI"}))

    taken_in(world, alert())

    assert [row.alert.name for row in world.alert_rows()] == ["DiskFull"]


def test_what_is_on_disk_is_counted_whatever_fails_after_it(build):
    world = build(route=NOW)
    world.push(alert(), settle=False)
    world.settings = replace(world.settings)  # a reload: who keeps whom quiet is looked at anew
    put_on(world, Disk({2}, FULL))

    with pytest.raises(StoreUnavailable):
        world.ingest.turn()

    assert names(world) == ["DiskFull"]
    assert world.meter.of("notifications", reason="first") == 1


def test_a_group_that_cannot_be_judged_keeps_no_alert_off_the_disk(build):
    world = build(route=NOW, limits=Faulty(sms_per_contact_per_hour=1000))

    taken_in(world, alert("Broken"), alert("DiskFull"))
    recorded = len(world.alert_rows())
    world.run_for(seconds=1)

    assert recorded == 2
    assert names(world) == ["DiskFull"]


def test_a_group_that_cannot_be_written_keeps_no_alert_off_the_disk(build):
    broken = replace(NOW, path="root/0", receiver="none", matchers=Matchers.parse("{alertname=Broken}"))
    unstorable = "half-a-character-\ud800"
    world = build(
        route=replace(NOW, children=(broken,)),
        contacts={unstorable: Contact(unstorable, ANNA, "UTC"), "boris": Contact("boris", BORIS, "UTC")},
        receivers={"ops": receiver("ops", "sms:boris"), "none": receiver("none", f"sms:{unstorable}")},
    )

    taken_in(world, alert("Broken"), alert("DiskFull"))
    recorded = len(world.alert_rows())
    world.run_for(seconds=1)

    assert recorded == 2
    assert [text.split()[1] for text in world.texts_to(BORIS)] == ["DiskFull"]
