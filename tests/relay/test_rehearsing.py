"""A rehearsal says in which rooms an incident would have a card, too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.desk.rehearsal import Heard, Rehearsal
from pilotbridge.store.looking import look
from tests.relay.conftest import Relay

STEP = "steps: [ {{ notify: [sms:anna] }} ]"


def rehearse(relay: Relay) -> Heard:
    world = relay.world
    in_force = world.app.in_force
    with look(world.engine.path) as read:
        rehearsal = Rehearsal(in_force.settings, in_force.plugins.sources, in_force.hooks, read)
        [heard] = rehearsal.of({"alertname": "DiskFull"}, "alertmanager", world.clock.now_ms()).heard
    return heard


@pytest.mark.parametrize(
    ("told", "people", "rooms"),
    [
        ("[sms:anna]", ["anna"], ()),
        ("[chat:ops-room]", [], ("ops-room",)),
        ("[sms:anna, chat:ops-room, 'chat:@boris']", ["anna"], ("ops-room", "@boris")),
    ],
)
def test_it_names_the_rooms_that_a_real_alert_then_has_a_card_in(make_relay, told, people, rooms):
    relay = make_relay((STEP, STEP.replace("[sms:anna]", told)))

    heard = rehearse(relay)
    relay.world.fire("DiskFull")
    relay.world.run_for(minutes=1)

    assert ([letter.person.contact.name for letter in heard.letters], heard.rooms) == (people, rooms)
    assert heard.quiet == ""
    [incident] = relay.world.incidents()
    with relay.reads() as read:
        assert len(read.cards_of(incident.id)) == len(rooms)


def test_a_silence_keeps_the_card_away_as_well(make_relay):
    relay = make_relay((STEP, STEP.replace("[sms:anna]", "[chat:ops-room]")))
    relay.world.app.desk.silence(
        ["alertname=DiskFull"], starts=None, lasts=timedelta(hours=1), by="anna", comment=""
    )

    heard = rehearse(relay)

    assert heard.rooms == ()
    assert "silence" in heard.quiet
