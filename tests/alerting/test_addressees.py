"""Whom a sender asked for: contacts and receivers by name, a contact's own phone, and nobody else."""

from __future__ import annotations

import pytest

from pilotbridge.testing.world import CONFIGURATION
from tests.plugins.sources.samples import ZABBIX

CONFIGURED = CONFIGURATION.replace("sources:\n", "sources:\n  zabbix: {{ token: a-token-of-the-world }}\n")


@pytest.fixture
def world(make_world):
    return make_world(configuration=CONFIGURED)


def send(world, to="", **changes):
    body = {**ZABBIX, "event_tags_json": "[]", "to": to, **changes}
    assert world.post(body, source="zabbix").status == 202


def told(world):
    return {who: len(world.texts_to(who)) for who in ("anna", "boris")}


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("", {"anna": 1, "boris": 0}),
        ("default", {"anna": 1, "boris": 0}),
        ("boris", {"anna": 0, "boris": 1}),
        ("Boris ", {"anna": 0, "boris": 1}),
        ("page-boris", {"anna": 0, "boris": 1}),
        ("+79087964782", {"anna": 0, "boris": 1}),
        ("8 908 796-47-82", {"anna": 0, "boris": 1}),
        ("{ALERT.SENDTO}", {"anna": 1, "boris": 0}),
        ("somebody", {"anna": 1, "boris": 0}),
    ],
)
def test_a_sender_may_ask_for_people_and_receivers_by_name(world, to, expected):
    send(world, to)

    world.run_for(minutes=1)

    assert told(world) == expected


def test_a_number_that_is_no_contacts_is_never_texted_nor_shown(world, capsys):
    send(world, "+79000000000")

    world.run_for(minutes=1)

    assert told(world) == {"anna": 1, "boris": 0}
    assert world.texts_to("+79000000000") == []
    with world.engine.read() as read:
        [row] = read.alerts_listed()
    assert row.alert.labels["to"] == "+7900***0000"
    assert "somebody the configuration does not know" in row.decided
    assert "+79000000000" not in capsys.readouterr().err


def test_each_of_those_asked_for_is_told_once_and_of_the_end(world):
    for to in ("anna", "boris", "boris"):
        send(world, to)
    world.run_for(minutes=6)

    for to in ("anna", "boris"):
        send(world, to, event_value="0")
    world.run_for(minutes=6)

    assert [text.split()[0] for text in world.texts_to("boris")] == ["CRIT", "CLEAR"]
    assert [text.split()[0] for text in world.texts_to("anna")] == ["CRIT", "CLEAR"]


def test_several_who_ask_for_nobody_we_know_are_one_alert(world):
    for to in ("x", "y", "z"):
        send(world, to)
    world.run_for(minutes=6)

    [text] = world.texts_to("anna")
    assert "x3" not in text


def test_who_takes_it_there_takes_their_own_incident(world):
    send(world, "anna")
    send(world, "boris")

    send(world, "boris", event_update_status="1", event_ack_status="Yes", event_update_user="Boris")

    assert [incident.acknowledged_by for incident in world.incidents()] == ["", "Boris"]


def test_the_steps_of_one_contact_alone_survive_a_restart(world):
    send(world, "boris")
    world.run_for(minutes=1)
    world.crash()

    send(world, "boris", event_value="0")
    world.run_for(minutes=6)

    assert [text.split()[0] for text in world.texts_to("boris")] == ["CRIT", "CLEAR"]
    assert world.texts_to("anna") == []
