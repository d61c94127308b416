"""The numbers that people text back."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.alerting.refs import Refs
from pilotbridge.config.settings import RelayLine, SourceSettings
from pilotbridge.model import Line

from .conftest import NoPlugins

THREE = [str(n) for n in range(100, 1000)]


class Chance:
    """A seeded Rng."""

    def __init__(self, seed=1):
        self.uniform = Random(seed).uniform


def test_refs_have_three_digits_while_half_of_them_are_free():
    assert len(Refs(set(THREE[:450]), [], Chance()).take()) == 3


def test_refs_have_four_digits_when_more_than_half_of_the_short_ones_are_taken():
    assert len(Refs(set(THREE[:451]), [], Chance()).take()) == 4


def test_refs_follow_each_other_in_mixed_order():
    refs = Refs(set(), [], Chance())
    numbers = [int(refs.take()) for _ in range(20)]

    assert len({abs(a - b) for a, b in pairwise(numbers)}) > 5


@given(
    st.sets(st.sampled_from(THREE), max_size=450),
    st.lists(st.integers(0, 9999).map(str), max_size=3),
    st.floats(0, 1),
)
def test_a_ref_is_free_and_nobodys_prefix_and_no_emergency_number(busy, prefixes, at):
    class At:
        def uniform(self, low, high):
            return low + (high - low) * at

    refs = Refs(busy, prefixes, At())
    taken = [refs.take() for _ in range(5)]

    assert not set(taken) & {*busy, *prefixes, "112"}
    assert len(set(taken)) == 5
    assert all(ref.isdigit() and not ref.startswith("0") for ref in taken)


def test_a_ref_is_never_what_a_lines_prefix_is(build):
    world = build(lines=(RelayLine("ops", Line("79021121075", "550")),))

    world.fire()
    world.run_for(minutes=1)

    assert world.incidents()[0].ref == "557"


def test_a_ref_is_not_given_out_again_for_seven_days(world):
    world.fire()
    world.run_for(minutes=1)
    world.send_all()
    world.resolve()
    world.run_for(minutes=10)
    world.fire()
    world.run_for(minutes=1)
    within = [incident.ref for incident in world.incidents()]
    world.resolve()
    world.run_for(days=8)

    world.fire()
    world.run_for(minutes=1)

    refs = [incident.ref for incident in world.incidents()]
    assert within[0] != within[1]
    assert refs[2] == refs[0]


def test_a_ref_of_an_open_incident_is_never_given_out_again(build):
    world = build(sources={"prom": SourceSettings("prom", "plain", stale_after=timedelta(days=30))})
    world.fire()
    world.run_for(days=9)

    world.fire("CpuHot")
    world.run_for(minutes=1)

    first, second = world.incidents()
    assert first.ref != second.ref


class KeptBack(NoPlugins):
    """A plugin that keeps everybody quiet but whoever is told of ``loud``."""

    loud = "CpuHot"

    def mute_group(self, notification):
        return "" if notification.incident.name == self.loud else "night: it can wait"


def test_what_a_plugin_keeps_back_uses_up_no_ref(build):
    world = build(KeptBack())
    for number in range(60):
        world.fire(f"Disk{number}")
    world.run_for(minutes=50)  # ten looks at each: 600 refs, of which there are 450 short ones

    world.fire("CpuHot")
    world.run_for(minutes=2)

    assert len(world.incidents()[-1].ref) == 3
