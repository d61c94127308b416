"""A label that names who is told: what is listed decides, anything else is only on the record."""

from __future__ import annotations

import pytest

from pilotbridge import ConfigurationError
from pilotbridge.testing.world import CONFIGURATION

LISTED = {"label": "owner", "receivers": {"dba": "page-boris", "ops": "page-ops"}}


@pytest.fixture
def routing(make_world):
    return lambda **changes: make_world(plugins={"route_by_label": LISTED | changes})


def told(world):
    return {who: len(world.texts_to(who)) for who in ("anna", "boris")}


def decided(world):
    with world.engine.read() as read:
        return read.alerts_listed()[0].decided


def test_a_listed_word_names_the_receiver(routing):
    world = routing()
    world.fire("DiskFull", owner="dba")
    world.run_for(minutes=1)

    assert told(world) == {"anna": 0, "boris": 1}
    assert decided(world) == "route_by_label -> page-boris (owner=dba)"


def test_a_list_names_receivers_by_their_own_names(routing):
    world = routing(receivers=["page-boris"])
    world.fire("DiskFull", owner="page-boris")
    world.fire("ApiDown", owner="page-ops")
    world.run_for(minutes=1)

    assert told(world) == {"anna": 1, "boris": 1}


@pytest.mark.parametrize("word", ["webs", "page-boris", "+79087964782", "sms:boris", "x" * 5000, "a\nb"])
def test_a_word_that_is_not_listed_decides_nothing_and_is_on_the_record(routing, word):
    world = routing()
    world.fire("DiskFull", owner=word)
    world.run_for(minutes=1)

    assert told(world) == {"anna": 1, "boris": 0}
    assert decided(world).startswith(f"route_by_label: owner={word[:60]!r} is not listed, ignored; ")


def test_an_alert_without_the_label_goes_its_usual_way(routing):
    world = routing()
    world.fire("DiskFull", team="db")
    world.run_for(minutes=1)

    assert told(world) == {"anna": 0, "boris": 1}
    assert "route_by_label" not in decided(world)


def test_it_may_add_to_what_the_routes_say(routing):
    world = routing(and_continue=True)
    world.fire("DiskFull", owner="dba")
    world.run_for(minutes=1)

    assert told(world) == {"anna": 1, "boris": 1}


@pytest.mark.parametrize(
    ("receivers", "where"), [({"dba": "page-bors"}, "receivers.dba"), (["page-bors"], r"receivers\[0\]")]
)
def test_a_listed_receiver_has_to_be_there(routing, receivers, where):
    with pytest.raises(ConfigurationError, match=f"{where}: there is no receiver.*did you mean page-boris"):
        routing(receivers=receivers)


@pytest.mark.parametrize(
    "receivers", [["+7 908 796-47-82"], {"dba": "sms:+79087964782"}, {"89087964782": "page-ops"}]
)
def test_a_phone_number_is_no_receiver(routing, receivers):
    with pytest.raises(Exception, match="a label never chooses a number"):
        routing(receivers=receivers)


def test_a_plugin_asked_after_it_decides_what_it_leaves_open(make_world):
    both = {
        "route_by_label": LISTED,
        "business_hours": {"rules": [{"hours": "01:00-02:00", "outside": "page-boris"}]},
    }
    world = make_world(plugins=both, configuration=CONFIGURATION)
    world.fire("DiskFull", owner="nobody")
    world.run_for(minutes=1)

    assert told(world) == {"anna": 0, "boris": 1}
