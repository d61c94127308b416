"""What the incidents of a route may cost in a day: the rest waits, with the reason."""

from __future__ import annotations

from pilotbridge.lifecycle import State
from pilotbridge.testing.world import CONFIGURATION

CHEAP = CONFIGURATION.replace(
    "matchers: [ 'team=\"db\"' ] }}", "matchers: [ 'team=\"db\"' ], budget: {{ parts_per_day: 2 }} }}"
)


def slow(world, name):
    """How many texts this person got that are not the Trouble about the cap."""
    return len([text for text in world.texts_to(name) if "Slow" in text])


def test_above_the_budget_of_a_route_its_messages_wait_and_others_go(make_world):
    assert CHEAP != CONFIGURATION
    world = make_world(configuration=CHEAP)
    for number in range(4):
        world.tell({"alertname": f"Slow{number}", "severity": "warning", "team": "db"})
        world.run_for(minutes=1)

    world.tell({"alertname": "Slow", "severity": "warning"})
    world.run_for(minutes=1)

    held = [message for message in world.messages() if message.state is State.HELD]
    assert {message.reason for message in held} == {"cap reached: the budget of root/0, parts_per_day is 2"}
    assert [slow(world, name) for name in ("boris", "anna")] == [2, 1]


def test_what_is_critical_goes_all_the_same(make_world):
    world = make_world(configuration=CHEAP)

    for number in range(4):
        world.fire(f"Down{number}", team="db")
        world.run_for(minutes=1)

    assert len(world.texts_to("boris")) == 4


BELOW = (
    "routes: [ {{ receiver: page-ops, matchers: [ 'disk=\"yes\"' ] }} ], budget: {{ parts_per_day: 2 }} }}"
)


def test_the_budget_of_a_route_counts_and_holds_what_goes_by_those_below_it(make_world):
    world = make_world(configuration=CHEAP.replace("budget: {{ parts_per_day: 2 }} }}", BELOW))
    for number, more in enumerate(({}, {"disk": "yes"}, {}, {"disk": "yes"})):
        world.tell({"alertname": f"Slow{number}", "severity": "warning", "team": "db", **more})
        world.run_for(minutes=1)

    held = [message for message in world.messages() if message.state is State.HELD]
    assert {message.reason for message in held} == {"cap reached: the budget of root/0, parts_per_day is 2"}
    assert [slow(world, name) for name in ("boris", "anna")] == [1, 1]
    assert len(held) == 2


def test_of_many_at_once_only_what_the_budget_allows_goes(make_world):
    world = make_world(configuration=CHEAP)
    world.order("faults", kind="down", for_s=90, count=None)
    for number in range(4):
        world.tell({"alertname": f"Slow{number}", "severity": "warning", "team": "db"})

    world.run_for(minutes=5)

    assert len(world.texts_to("boris")) == 2
    assert [message.state for message in world.messages()].count(State.HELD) == 2
