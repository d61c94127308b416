"""The object plugins get: writes that stand or fall with a question's answer, futures elsewhere."""

from __future__ import annotations

import textwrap
from datetime import timedelta

import pytest
from pydantic import BaseModel

from pilotbridge.bridge import BridgeParts, PluginBridge
from pilotbridge.errors import ConfigurationError, NotAllowed, NotFound, Refused
from pilotbridge.matcher import Matchers
from pilotbridge.model import Trouble


class Limits(BaseModel):
    most: int


@pytest.fixture
def bridge(world):
    parts = BridgeParts(
        store=world.app.ground.store,
        settings=lambda: world.app.in_force.settings,
        postage=world.app.in_force.postage,
        clock=world.runtime.clock,
        raise_trouble=world.app.troubles.raise_trouble,
        wake=world.app.wakes.senders,
        clear_trouble=world.app.troubles.clear,
        runtime=world.runtime,
    )
    return PluginBridge("mine", parts)


def test_a_plugin_sends_an_sms_by_a_contacts_name(world, bridge):
    message_id = bridge.send_sms("anna", "the backup is done").result()
    world.run_for(minutes=1)

    assert world.texts_to("anna") == ["the backup is done"]
    assert world.message(message_id).origin == "plugin:mine"


def test_an_equal_text_waits_or_is_marked(world, bridge):
    for repeat in (False, True):
        bridge.send_sms("anna", "done", repeat=repeat)
    world.run_for(minutes=1)

    assert world.texts_to("anna") == ["done", "done (2)"]


@pytest.mark.parametrize(
    ("to", "error"), [("nobody", NotFound), ("sms:anna#phone2", NotFound), ("sms:+14155550100", NotAllowed)]
)
def test_an_address_that_means_no_phone_of_ours_is_refused(bridge, to, error):
    with pytest.raises(error):
        bridge.send_sms(to, "hello")


def test_in_a_question_nothing_is_written_before_its_answer_counts(world, bridge):
    with bridge.question() as wanted:
        future = bridge.storage().set("count", 1)
        with pytest.raises(RuntimeError, match="nothing is committed yet"):
            future.result()

    assert bridge.storage().get("count") is None
    assert len(wanted) == 1


def test_outside_a_question_a_write_is_there_when_its_future_resolves(bridge):
    bridge.storage().set("count", {"a": [1, None]}).result()

    assert bridge.storage().get("count") == {"a": [1, None]}
    assert dict(bridge.storage().items()) == {"count": {"a": [1, None]}}


def test_storages_are_the_plugins_own(world, bridge):
    bridge.storage("other").set("count", 1).result()

    assert bridge.storage().get("count") is None
    bridge.storage("other").delete("count").result()
    assert bridge.storage("other").get("count") is None


def test_taking_an_incident_and_giving_it_back(world, bridge):
    world.fire("DiskFull")
    world.run_for(minutes=1)
    ref = bridge.incidents()[0].ref

    assert bridge.acknowledge(ref, by="mine").result().acknowledged_by == "mine"
    with pytest.raises(Refused, match="already taken by mine"):
        bridge.acknowledge(ref, by="another").result()
    assert bridge.unacknowledge(ref, by="mine").result().acknowledged_at is None


def test_incidents_told_to_a_number_are_those_of_the_last_twelve_hours(world, bridge):
    world.fire("DiskFull")
    world.run_for(minutes=1)
    anna, boris = world.contacts["anna"].phone, world.contacts["boris"].phone

    assert len(bridge.incidents(told_to=anna)) == 1
    assert bridge.incidents(told_to=boris) == []
    world.run_for(hours=3)
    assert len(bridge.incidents(told_to=anna)) == 1


def test_a_storm_told_to_a_number_is_among_them_for_as_long(world, bridge):
    alerts = [world.fire(f"Api{number}") for number in range(8)]
    world.run_for(minutes=1)
    for alert in alerts:
        world.resolve(alert)
    world.run_for(hours=1)
    anna = world.contacts["anna"].phone

    within = [incident.name for incident in bridge.incidents(told_to=anna)]
    world.run_for(hours=12)

    assert (within, bridge.incidents(told_to=anna)) == (["storm x3"], [])


def test_an_incident_that_was_over_before_anybody_could_be_told_was_told_to_nobody(world, bridge):
    world.app.desk.pause("we are moving house", by="boris")
    alert = world.fire("DiskFull")
    world.run_for(minutes=1)
    world.resolve(alert)
    world.run_for(minutes=10)

    told = bridge.incidents(told_to=world.contacts["anna"].phone)

    assert ([incident.name for incident in world.incidents()], told) == (["DiskFull"], [])


def test_the_block_of_a_plugin_is_read_as_its_own_model(make_world, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    (folder / "mine.py").write_text(
        "from pydantic import BaseModel\nfrom pilotbridge import hookimpl\n"
        "class Block(BaseModel):\n    most: int\n"
        "@hookimpl\ndef register_config():\n    return Block\n"
    )
    world = make_world(plugins={"mine": {"most": 3}}, plugin_folder=folder)
    bridge = world.app.in_force.hooks.bridge_of("mine")

    assert bridge.config(Limits).most == 3


def test_a_block_that_does_not_fit_says_so(bridge):
    with pytest.raises(ConfigurationError, match=r"plugins\.mine"):
        bridge.config(Limits)


def test_time_is_the_bridges_zone(world, bridge):
    assert bridge.clock.local().hour == 12
    assert bridge.clock.utc_now().hour == 9
    assert set(bridge.contacts) == {"anna", "boris"}


def test_an_update_is_known_the_second_time(world, bridge):
    kept = [bridge.store_update("telegram", number, b"{}").result() for number in (7, 8, 7)]

    assert kept == [True, True, False]


def test_without_an_external_url_nothing_is_reached_from_outside(bridge):
    assert bridge.public_url("/hooks/telegram/x") == ""


def test_a_connector_calls_and_steps_on_the_loop(world, bridge):
    taken = []

    async def step():
        taken.append(bridge.clock.steady_s())
        return 60.0

    bridge.run_forever("poll", step)
    world.run_for(seconds=61)

    assert [round(at - taken[0]) for at in taken] == [0, 60]
    assert bridge.call_async(step()).result() == 60.0


def test_a_trouble_that_a_plugin_takes_back_is_over(world, bridge):
    bridge.raise_trouble(Trouble("ChatConflict", "telegram", "another program polls this bot"))
    world.run_for(minutes=1)
    bridge.clear_trouble("ChatConflict", "telegram")
    world.run_for(minutes=10)

    assert [incident.closed_at is not None for incident in world.incidents()] == [True]


ROUNDS = """
    from datetime import timedelta
    from pilotbridge import hookimpl

    @hookimpl
    def bridge_started(bridge):
        bridge.storage().set("started", bridge.clock.utc_now().isoformat())
        bridge.every("tally", timedelta(minutes=1), lambda: tally(bridge))

    def tally(bridge):
        count = (bridge.storage().get("rounds") or 0) + 1
        bridge.storage().set("rounds", count)
        bridge.send_sms("anna", f"round {count}")
        if count == 2:
            raise RuntimeError("the second one fails")

    @hookimpl
    def bridge_stopping(bridge):
        bridge.storage().set("stopped", True)
"""


@pytest.fixture
def with_rounds(make_world, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    (folder / "rounds.py").write_text(textwrap.dedent(ROUNDS))
    return make_world(plugins={"rounds": {}}, plugin_folder=folder)


def test_every_does_the_work_of_a_plugin_each_time_once(with_rounds):
    with_rounds.run_for(seconds=90)

    assert with_rounds.texts_to("anna") == ["round 1"]
    assert with_rounds.stored("rounds")["rounds"] == 1


def test_a_round_that_fails_leaves_nothing_behind_and_the_next_one_comes(with_rounds):
    with_rounds.run_for(minutes=4, seconds=30)

    assert with_rounds.stored("rounds")["rounds"] == 1
    assert [message.text for message in with_rounds.messages() if message.origin == "plugin:rounds"] == [
        "round 1"
    ]
    assert with_rounds.incidents()[0].name == "PluginFailing"


def test_after_a_crash_a_plugin_begins_anew_with_what_it_stored(with_rounds):
    with_rounds.run_for(seconds=90)
    with_rounds.crash()
    started = with_rounds.stored("rounds")["started"]

    with_rounds.app.tell_stopping()

    assert started == with_rounds.now.isoformat()
    assert with_rounds.stored("rounds")["stopped"] is True


def test_work_that_comes_too_often_is_refused(bridge):
    with pytest.raises(ValueError, match="a second is the least"):
        bridge.every("poll", timedelta(milliseconds=10), lambda: None)


def test_alerts_are_those_that_fire_and_match(world, bridge):
    world.fire("DiskFull", instance="db01")
    over = world.fire("ApiDown", instance="db01")
    world.fire("WebDown", instance='web"01')
    began = bridge.clock.utc_now()
    world.run_for(minutes=10)
    world.resolve(over)

    def found(matchers, **since):
        return [each.alert.name for each in bridge.alerts(Matchers.parse(matchers), **since)]

    assert found('instance="db01"') == ["DiskFull"]
    assert found('instance="db01"', since=bridge.clock.utc_now()) == ["DiskFull", "ApiDown"]
    assert found(r'instance="web\"01"') == ["WebDown"]
    assert found('instance=~"db.*"') == ["DiskFull"]
    assert bridge.alerts(Matchers.parse('alertname="DiskFull"'))[0].last_seen_at == began
