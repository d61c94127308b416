"""What the bridge says about itself, and what becomes of bodies and groups that go wrong."""

from __future__ import annotations

from dataclasses import replace

from pilotbridge.alerting.troubles import OwnSource
from pilotbridge.config.settings import BridgeSettings, RouteNode
from pilotbridge.model import Severity, Trouble

from .conftest import ANNA, BORIS, NoPlugins, receiver

DOWN = Trouble("GatewayDown", "smspilot", "smspilot does not answer: check the network", Severity.CRITICAL)


def journal_rows(world) -> int:
    return next(iter(world.engine.connection.execute("SELECT count(*) FROM journal")))[0]


def events(world, subject: str) -> list[tuple]:
    query = "SELECT event, reason FROM event WHERE subject = ? ORDER BY id"
    return list(world.engine.connection.execute(query, (subject,)))


def test_a_trouble_goes_the_way_of_every_alert_to_the_receiver_of_troubles(build):
    receivers = {"ops": receiver("ops", "sms:anna"), "self": receiver("self", "sms:boris")}
    world = build(receivers=receivers, bridge=BridgeSettings(troubles="self"))

    world.troubles.raise_trouble(DOWN)
    world.run_for(minutes=1)

    assert world.texts_to(ANNA) == []
    assert world.texts_to(BORIS)[0].startswith("CRIT GatewayDown smspilot smspilot does not answer")


def test_without_a_receiver_of_its_own_a_trouble_goes_where_the_root_goes(world):
    world.troubles.raise_trouble(DOWN)
    world.run_for(minutes=1)

    assert len(world.texts_to()) == 1


def test_a_trouble_raised_again_and_again_costs_a_row_a_minute(world):
    for _ in range(180):
        world.troubles.raise_trouble(DOWN)
        world.run_for(seconds=1)

    assert journal_rows(world) == 3
    assert len(world.texts_to()) == 1


def test_a_trouble_that_is_cleared_resolves_and_clearing_twice_costs_nothing(world):
    world.troubles.raise_trouble(DOWN)
    world.run_for(minutes=1)
    world.send_all()

    world.troubles.clear("GatewayDown", "smspilot")
    world.troubles.clear("GatewayDown", "smspilot")
    world.run_for(minutes=10)

    assert journal_rows(world) == 2
    assert world.texts_to()[1].startswith("CLEAR GatewayDown smspilot after 1m")


def test_a_trouble_of_the_last_run_can_be_cleared(world):
    world.troubles.raise_trouble(DOWN)
    world.run_for(minutes=1)
    world.restart()

    world.troubles.clear("GatewayDown", "smspilot")
    world.run_for(minutes=1)

    assert world.alert_rows("firing") == []


def test_two_troubles_of_one_name_are_two_incidents(world):
    world.troubles.raise_trouble(DOWN)
    world.troubles.raise_trouble(replace(DOWN, what="other"))
    world.run_for(minutes=1)

    assert len(world.incidents()) == 2


def test_a_worse_trouble_is_still_the_same_one(world):
    world.troubles.raise_trouble(replace(DOWN, severity=Severity.WARNING))
    world.run_for(minutes=2)
    world.troubles.raise_trouble(DOWN)
    world.run_for(minutes=2)

    assert len(world.alert_rows()) == 1


def test_a_body_that_nobody_can_read_any_more_leaves_loudly(world):
    world.push(hint=False, broken=True)

    world.restart()
    world.run_for(minutes=1)

    assert events(world, "journal") == [("unreadable", "there is no word of alerts in it")]
    assert (
        world.texts_to()[0].startswith("CRIT JournalUnreadable prom")
        or "JournalUnreadable" in (world.texts_to()[0])
    )
    with world.store.read() as read:
        assert read.count_waiting() == 0


def test_a_body_of_a_source_that_is_gone_leaves_loudly_and_the_others_go_on(world):
    world.push({"labels": {"alertname": "Old"}}, source="am", hint=False)
    world.fire("Kept", hint=False)
    world.settings = replace(world.settings, sources={"prom": world.settings.sources["prom"]})

    world.restart()
    world.run_for(minutes=1)

    names = {row.alert.name for row in world.alert_rows()}
    assert names == {"Kept", "JournalUnreadable"}


def test_a_source_that_raises_on_an_old_body_costs_that_body_only(world):
    world.push({"nonsense": 1}, hint=False)
    world.fire("Kept", hint=False)

    world.restart()
    world.run_for(minutes=1)

    assert events(world, "journal")[0][1].startswith("the source failed on it: KeyError")
    assert "Kept" in {row.alert.name for row in world.alert_rows()}


def test_a_body_that_cannot_be_stored_costs_itself_only(world):
    world.push({"labels": {"alertname": "half a pair: \ud800"}}, settle=False)
    world.fire("Kept", settle=False)

    world.runtime.settle()
    world.run_for(minutes=1)

    assert events(world, "journal")[0][1].startswith("UnicodeEncodeError")
    assert {row.alert.name for row in world.alert_rows()} == {"Kept", "JournalUnreadable"}


def test_a_body_whose_hint_never_came_is_found_all_the_same(world):
    world.push({"labels": {"alertname": "Overlooked"}}, hint=False)

    world.wake_ingest()
    world.run_for(seconds=2)

    assert [row.alert.name for row in world.alert_rows()] == ["Overlooked"]


def test_more_hints_than_memory_allows_are_read_from_the_table(world):
    for n in range(30):
        world.fire("DiskFull", *(f"db{n:02}{m:03}" for m in range(700)), settle=False)

    world.runtime.settle()

    assert world.engine.connection.execute("SELECT count(*) FROM alert").fetchone()[0] == 21_000


class Failing(NoPlugins):
    """Something in one group's notification trips a fault of ours."""

    broken = True

    def mute_group(self, notification):
        if self.broken and notification.incident.name == "Poison":
            raise RuntimeError("a fault nobody foresaw")
        return ""


def test_a_group_that_cannot_be_looked_at_keeps_no_other_waiting_and_is_tried_again(build):
    hooks = Failing()
    world = build(hooks)
    world.fire("Poison")
    world.fire("Fine")
    world.run_for(minutes=1)
    at_first = [incident.name for incident in world.incidents()]

    hooks.broken = False
    world.run_for(minutes=1)

    assert at_first == ["Fine"]
    assert {incident.name for incident in world.incidents()} == {"Fine", "Poison"}


def test_a_group_that_changes_all_the_time_is_told_all_the_same(build):
    class Busy(NoPlugins):
        number = 0

        def mute_group(self, notification):
            Busy.number += 1
            world.fire("DiskFull", f"db{Busy.number:03}", settle=False)
            world.ingest.turn()
            return ""

    world = build(Busy())
    world.fire("DiskFull", "db000")
    world.run_for(seconds=30)
    told_first = world.texts_to()
    Busy.mute_group = NoPlugins.mute_group
    world.run_for(minutes=5)

    assert len(told_first) == 1
    assert len(world.texts_to()) == 2
    assert "db003" in world.texts_to()[1]


def test_a_receiver_and_a_route_that_left_the_configuration_are_stood_in_for_by_the_root(world):
    world.settings = replace(
        world.settings,
        route=RouteNode("root", "ops", children=(RouteNode("root/0", "both", group_by=("alertname",)),)),
    )
    world.fire()
    world.settings = replace(
        world.settings, route=RouteNode("root", "ops"), receivers={"ops": receiver("ops", "sms:anna")}
    )

    world.run_for(minutes=1)

    assert len(world.texts_to(ANNA)) == 1
    assert world.texts_to(BORIS) == []


def test_the_bridges_own_bodies_are_read_as_they_are_written(world):
    world.troubles.raise_trouble(DOWN)
    with world.store.read() as read:
        body = read.journal_body(1)

    (alert,) = OwnSource().parse(body.incoming, None).alerts

    assert (alert.name, alert.labels.get("what"), alert.labels.get("severity")) == (
        "GatewayDown",
        "smspilot",
        "critical",
    )
