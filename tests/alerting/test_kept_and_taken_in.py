"""Bodies that nothing goes before are kept, taken in and told of in one transaction; others first kept."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta

import pytest

from pilotbridge.alerting.arrivals import OFFERED_MAX
from pilotbridge.config.settings import RouteNode, Templates
from pilotbridge.errors import StoreUnavailable
from pilotbridge.protocols import Arrived, Incoming
from pilotbridge.store.records import Body
from tests.failing_disk import FULL, IO, Disk, put_on

from .conftest import NoPlugins, alert, receiver

NOW = RouteNode("root", "ops", group_by=("alertname",), group_wait=timedelta(0))
TABLES = (
    "journal",
    "journal_waiting",
    "alert",
    "alert_group",
    "member",
    "incident",
    "incident_alert",
    "notification",
    "message",
    "event",
)


def body_of(world, *alerts, source="prom", once=None, **more):
    """A body as the intake hands it over, with what its source made of it."""
    incoming = Incoming(
        source, json.dumps({"alerts": list(alerts), **more}).encode(), {}, {}, world.clock.utc_now()
    )
    parsed = world.sources[world.settings.sources[source].type].parse(incoming, None)
    return Body(incoming, max(len(alerts), 1), once), parsed


def offered(world, *bodies):
    """What whoever offers ``bodies`` hears after one turn; without a turn when the offer may not be made."""
    answer = world.ingest.offer(bodies)
    if answer is None:
        return "no"
    world.ingest.turn()
    return answer.result(0)


def rows(world):
    with world.store.read() as read:
        return {name: list(read._connection.execute(f"SELECT * FROM {name}")) for name in TABLES}


def names(world):
    return [text.split()[1] for text in world.texts_to()]


def test_whoever_offered_them_hears_their_numbers_once_all_of_it_is_on_disk(build):
    world = build(route=NOW)

    numbers = offered(world, body_of(world, alert("DiskFull")), body_of(world, alert("NoPing")))

    assert numbers == [row[0] for row in rows(world)["journal"]]
    assert names(world) == ["DiskFull", "NoPing"]


BODIES = {
    "one": [([alert()], {})],
    "two of a group": [([alert("DiskFull", "db01")], {}), ([alert("DiskFull", "db02")], {})],
    "the same one twice": [([alert()], {}), ([alert()], {})],
    "begun and over": [([alert()], {}), ([alert(state="resolved")], {})],
    "a sender's group": [([alert("A"), alert("B")], {"source": "am", "group": "g", "left_out": 3})],
    "nothing in it": [([], {})],
    "a lease": [([alert(lease_s=60)], {})],
}


@pytest.mark.parametrize("bodies", BODIES)
def test_what_is_written_is_what_keeping_them_first_would_have_written(build, bodies):
    straight, first = build(route=NOW), build(route=NOW)

    offered(straight, *(body_of(straight, *alerts, **more) for alerts, more in BODIES[bodies]))
    for alerts, more in BODIES[bodies]:
        first.push(*alerts, settle=False, **more)
    first.ingest.turn()

    assert rows(straight) == rows(first)


def test_an_end_of_what_people_were_told_of_is_told(build):
    world = build(route=NOW)
    offered(world, body_of(world, alert()))
    world.runtime.settle()
    world.send_all()

    offered(world, body_of(world, alert(state="resolved")))
    world.run_for(minutes=10)

    assert [text.split()[0] for text in world.texts_to()] == ["CRIT", "CLEAR"]


def test_a_body_that_waits_in_the_journal_goes_before(build):
    world = build(route=NOW)
    world.push(alert(), hint=False, settle=False)

    answer = offered(world, body_of(world, alert(state="resolved")))

    assert (answer, len(rows(world)["journal"])) == (None, 1)


def test_a_body_that_is_kept_in_mind_goes_before(build):
    world = build(route=NOW)
    world.push(alert(), settle=False)

    assert offered(world, body_of(world, alert(state="resolved"))) == "no"


def test_bodies_of_the_last_run_go_before(build):
    world = build(route=NOW)
    world.push(alert(), hint=False, settle=False)

    world.ingest.recover()

    assert offered(world, body_of(world, alert(state="resolved"))) == "no"


def test_one_offer_is_made_at_a_time(build):
    world = build(route=NOW)
    world.ingest.offer([body_of(world, alert("DiskFull"))])

    assert world.ingest.offer([body_of(world, alert("NoPing"))]) is None


def test_what_is_taken_back_is_not_taken_in(build):
    world = build(route=NOW)
    answer = world.ingest.offer([body_of(world, alert())])

    taken_back = answer.cancel()
    world.ingest.turn()

    assert taken_back
    assert rows(world)["journal"] == rows(world)["alert"] == []


def test_what_is_begun_cannot_be_taken_back(build):
    world = build(route=NOW)
    answer = world.ingest.offer([body_of(world, alert())])

    world.ingest.turn()

    assert not answer.cancel()
    assert names(world) == ["DiskFull"]


def test_many_alerts_are_kept_before_anybody_words_them(build):
    world = build(route=NOW)
    many = [alert(f"Alert{number}") for number in range(OFFERED_MAX + 1)]

    assert offered(world, body_of(world, *many)) == "no"
    assert offered(world, body_of(world, *many[1:])) == [1]


def test_a_body_that_may_be_known_is_kept_first(build):
    world = build(route=NOW)

    assert offered(world, body_of(world, alert(), once="key")) == "no"


class Asked(NoPlugins):
    def __init__(self, hook):
        self.hook = hook

    def is_asked(self, *hooks):
        return self.hook in hooks


@pytest.mark.parametrize("hook", ["enrich_alerts", "route_alerts", "mute_group", "compose_text"])
def test_no_sender_waits_for_a_plugin_that_is_asked(build, hook):
    world = build(Asked(hook), route=NOW)

    assert offered(world, body_of(world, alert())) == "no"


@pytest.mark.parametrize(
    "settings",
    [
        {"templates": Templates(sms="CRIT {{ name }}")},
        {"receivers": {"ops": receiver("ops", "sms:anna", templates=Templates(sms="{{ name }}"))}},
    ],
)
def test_no_sender_waits_for_texts_of_the_configuration(build, settings):
    world = build(route=NOW, **settings)

    assert offered(world, body_of(world, alert())) == "no"


def overtaken(world, body):
    """What whoever offers an alert hears when ``body`` comes into the journal while it is worded."""
    write = world.store.write

    def another_comes_first(job):
        world.store.write = write
        write(lambda tx: tx.append_journal(body)).result()
        return write(job)

    world.store.write = another_comes_first
    return offered(world, body_of(world, alert("DiskFull")))


def test_a_row_that_comes_into_the_journal_meanwhile_goes_before(build):
    world = build(route=NOW)
    other, _ = body_of(world, alert("Other"))

    answer = overtaken(world, other)
    world.run_for(seconds=5)

    assert (answer, len(rows(world)["journal"]), names(world)) == (None, 1, ["Other"])


def test_what_was_overtaken_uses_up_no_ref(build):
    world, other = build(route=NOW), build(route=NOW)
    body, _ = body_of(world, alert("Other"))

    overtaken(world, body)
    world.run_for(seconds=5)
    offered(other, body_of(other, alert("Other")))

    assert [row.ref for row in world.incidents()] == [row.ref for row in other.incidents()]


@pytest.mark.parametrize(("code", "is_kept"), [(FULL, False), (IO, False), (IO, True)])
def test_what_a_full_disk_refused_is_told_of_once_when_it_is_kept(build, code, is_kept):
    world = build(route=NOW)
    put_on(world, Disk({1}, code, is_kept=is_kept))

    with pytest.raises(StoreUnavailable):
        offered(world, body_of(world, alert()))
    world.push(alert())
    world.run_for(minutes=5)

    assert names(world) == ["DiskFull"]


def test_what_cannot_be_read_is_kept_first(build):
    world = build(route=NOW)
    world.engine._drop_reader()
    world.engine._connect_reader = lambda _path: sqlite3.connect("/nowhere/at/all")

    answer = world.ingest.offer([body_of(world, alert())])
    with pytest.raises(StoreUnavailable):
        world.ingest.turn()

    assert answer.result(0) is None


def test_a_fault_of_ours_in_the_haste_leaves_the_body_to_be_kept(build):
    world = build(route=NOW)
    world.ingest._admission.plan = None

    answer = offered(world, body_of(world, alert()))

    assert (answer, rows(world)["journal"]) == (None, [])


class Tells(NoPlugins):
    def __init__(self):
        self.told = []

    def alerts_recorded(self, alerts):
        self.told += [each.name for each in alerts]
        raise ValueError("a fault after the fact")


def test_plugins_are_told_after_it_is_on_disk_and_change_nothing_about_it(build):
    hooks = Tells()
    world = build(hooks, route=NOW)

    numbers = offered(world, body_of(world, alert()))

    assert (numbers, hooks.told, names(world)) == ([1], ["DiskFull"], ["DiskFull"])


def test_what_was_kept_in_mind_meanwhile_follows_in_the_same_turn(build):
    world = build(route=NOW)
    answer = world.ingest.offer([body_of(world, alert("DiskFull"))])
    late, parsed = body_of(world, alert("NoPing"))
    number, _ = world.write(lambda tx: tx.append_journal(late))
    world.ingest.hand_over([Arrived(number, "prom", late.incoming.received_at, parsed)])

    world.ingest.turn()

    assert (answer.result(0), names(world)) == (None, ["NoPing"])


def queued(tx):
    return len(tx.messages_listed(state="queued"))


def test_a_sender_that_rides_along_finds_what_is_told_at_once(build):
    world = build(route=NOW)
    riding = world.store.ride(queued)

    offered(world, body_of(world, alert()))

    assert riding.result(0) == 1


def test_what_is_taken_in_carries_nobody_and_what_is_told_later_does(build):
    world = build(route=RouteNode("root", "ops", group_by=("alertname",), group_wait=timedelta(minutes=1)))
    riding = world.store.ride(queued)

    offered(world, body_of(world, alert()))
    assert not riding.done()
    world.run_for(minutes=1)

    assert riding.result(0) == 1
