"""The measurements at their very smallest: that they run, count right, and leave nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.bodies import numbered, template
from bench.brain import BrainScale
from bench.figures import Figure, as_markdown
from bench.ground import Gateway, Process, bridge_and_gateway, load
from bench.looking import LookingScale
from bench.relay import RelayScale
from bench.replaying import ReplayScale
from bench.results import replaced
from bench.scenarios import SCENARIOS, Scale

TINY = Scale(
    rounds=1,
    warm_s=0.1,
    seconds=0.3,
    connections=4,
    teams=4,
    bodies=5,
    latency_s=0.3,
    latency_rates=(50,),
    queued=12,
    starts=1,
    active_alerts=200,
    brain=BrainScale(rounds=1, people=4, posts=2, groups=3, active=200, more=100, routes=10, routed=2_000),
    replay=ReplayScale(rounds=1, bodies=10, alerts=2),
    looks=LookingScale(messages=200),
    relay=RelayScale(rounds=1, phones=1, answers=3, sms=1, conversations=3, texts=8),
)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_measures_something_of_the_installed_bridge(name: str, tmp_path: Path) -> None:
    figures = SCENARIOS[name](tmp_path, TINY)

    assert figures
    assert all(value > 0 for figure in figures for value in figure.values)


def test_every_body_arrives_at_the_gateway_as_one_sms(tmp_path: Path) -> None:
    with bridge_and_gateway(tmp_path / "b", teams=3) as (bridge, gateway):
        sent = load(bridge.job(amount=7, alerts=2, connections=2))
        bridge.wait_until_accepted(7, 30)
        arrived = gateway.arrived_ns()

    assert sent.statuses == {"202": 7}
    assert sorted(arrived) == list(range(7))
    assert min(arrived.values()) > sent.began_ns


def test_a_held_gateway_answers_nothing_until_it_is_released(tmp_path: Path) -> None:
    with bridge_and_gateway(tmp_path / "b", teams=3) as (bridge, gateway):
        gateway.order("hold")
        load(bridge.job(amount=3, connections=1))
        before = gateway.order("count")["messages"]
        gateway.order("release")
        bridge.wait_until_accepted(3, 30)
        after = gateway.order("count")["messages"]

    assert (before, after) == (0, 3)


def test_what_was_started_is_ended_by_its_process_id(tmp_path: Path) -> None:
    with Gateway(tmp_path) as gateway:
        pid = gateway.pid

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_program_that_ends_at_once_is_named_with_its_last_words(tmp_path: Path) -> None:
    program = Process(tmp_path, "stillborn")

    with pytest.raises(RuntimeError, match=r"stillborn did not start.*no such thing"):
        program.start(["sh", "-c", "echo no such thing; exit 1"], lambda: False)


def test_bodies_are_alike_but_for_their_number() -> None:
    written = template(2, 5)

    assert numbered(written, 41) == numbered(written, 7).replace(b"0000007", b"0000041")


def test_a_figure_is_held_to_its_ratio_where_it_has_a_reference() -> None:
    figure = Figure("accepted", "alerts/s", (20.0, 30.0, 10.0), 0.25, references=(100.0, 100.0, 100.0))

    assert figure.ratio == 0.2
    assert figure.is_met is False


def test_a_bound_from_above_is_met_by_less() -> None:
    assert Figure("start", "s", (0.5,), 0.6, is_most=True).is_met


def test_results_keep_what_people_wrote_around_them() -> None:
    document = "before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n"
    figures = [Figure("start", "s", (0.7, 0.8, 0.9), 0.6, is_most=True)]

    written = replaced(document, {"system": "here"}, figures)

    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "old" not in written
    assert as_markdown(figures) in written
    assert "What falls short: start." in written


def test_results_without_their_marks_are_left_alone() -> None:
    with pytest.raises(ValueError, match="put them back"):
        replaced("nothing here", {}, [])
