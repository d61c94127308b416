"""What gets worse while it fires is news once more, also to who has taken it; what gets better is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pilotbridge.testing.world import CONFIGURATION, TOKEN
from tests.alerting.conftest import NoPlugins
from tests.plugins.sources.samples import NAGIOS

CONFIGURED = CONFIGURATION.replace(
    "sources:\n",
    f"sources:\n  nagios: {{{{ token: {TOKEN} }}}}\n  pagerduty_events_v2: {{{{ token: {TOKEN} }}}}\n",
)


@pytest.fixture
def world(make_world):
    return make_world(configuration=CONFIGURED)


def say(world, state, kind="PROBLEM", **changes):
    body = {**NAGIOS, "type": kind, "state": state, "time": str(world.clock.now_ms() // 1000), **changes}
    assert world.post(body, source="nagios").status == 202
    world.run_for(minutes=6)


def first_words(world, who="anna"):
    return [" ".join(text.split()[:2]) for text in world.texts_to(who)]


def test_a_warning_that_becomes_critical_is_told_again(world):
    say(world, "WARNING")
    say(world, "CRITICAL", output="DISK CRITICAL - 99% used")
    say(world, "OK", "RECOVERY")

    assert first_words(world) == ["WARN Disk", "WORSE CRIT", "CLEAR Disk"]
    assert "99% used" in world.texts_to("anna")[1]
    [incident] = world.incidents()
    assert incident.closed_at is not None


def test_what_gets_better_and_worse_again_is_no_news(world):
    for state in ("CRITICAL", "WARNING", "CRITICAL", "WARNING"):
        say(world, state)

    assert first_words(world) == ["CRIT Disk"]


def test_an_episode_that_begins_anew_may_get_worse_anew(world):
    for _ in range(2):
        say(world, "WARNING")
        say(world, "CRITICAL")
        say(world, "OK", "RECOVERY")

    assert first_words(world) == 2 * ["WARN Disk", "WORSE CRIT", "CLEAR Disk"]


def test_it_is_told_to_who_has_taken_it(world):
    say(world, "WARNING")
    say(world, "WARNING", "ACKNOWLEDGEMENT", author="anna")
    assert [incident.acknowledged_by for incident in world.incidents()] == ["anna"]

    say(world, "CRITICAL")

    assert first_words(world) == ["WARN Disk", "WORSE CRIT"]


def test_it_is_told_after_a_restart_too(world):
    say(world, "WARNING")
    world.crash()

    say(world, "CRITICAL")

    assert first_words(world) == ["WARN Disk", "WORSE CRIT"]


def test_a_route_for_what_is_bad_hears_of_it(make_world):
    by_severity = CONFIGURED.replace("'team=\"db\"'", "'severity=\"critical\"'")
    world = make_world(configuration=by_severity)
    say(world, "WARNING")

    say(world, "CRITICAL")
    say(world, "OK", "RECOVERY")

    assert first_words(world) == ["WARN Disk", "CLEAR Disk"]
    assert first_words(world, "boris") == ["CRIT Disk", "CLEAR Disk"]


def test_both_words_in_one_turn_are_told_once_as_bad_as_it_is(world):
    for state in ("WARNING", "CRITICAL"):
        body = {**NAGIOS, "state": state, "time": str(world.clock.now_ms() // 1000)}
        world.post(body, source="nagios", settle=False)

    world.run_for(minutes=6)

    assert first_words(world) == ["CRIT Disk"]


def test_so_are_they_of_an_episode_that_follows_one_as_bad(world):
    say(world, "CRITICAL")
    say(world, "OK", "RECOVERY")
    world.run_for(minutes=6)

    for state in ("WARNING", "CRITICAL"):
        body = {**NAGIOS, "state": state, "time": str(world.clock.now_ms() // 1000)}
        world.post(body, source="nagios", settle=False)
    world.run_for(minutes=6)

    assert first_words(world) == ["CRIT Disk", "CLEAR Disk", "CRIT Disk"]


# --- what plugins make of it ------------------------------------------------------------------------


class Calms(NoPlugins):
    """A plugin for which nothing is worse than ``worst``."""

    worst = "warning"

    def enrich_alerts(self, alerts):
        return [replace(alert, labels=alert.labels.with_(severity=self.worst)) for alert in alerts]


@pytest.fixture
def calm(build):
    """A world with such a plugin, in which one alert of a Prometheus was told as a warning."""
    world = build(hooks=Calms())
    world.fire(lease_s=240)
    world.run_for(minutes=1)
    assert first_words_of(world) == ["WARN DiskFull"]
    return world


def first_words_of(world):
    return [" ".join(text.split()[:2]) for text in world.texts_to()]


def test_what_a_plugin_made_less_bad_is_no_worse_each_time_its_sender_repeats_it(calm):
    for _ in range(10):
        calm.fire(lease_s=240, starts=calm.now_ms() - 60_000)
        calm.run_for(minutes=1)

    assert first_words_of(calm) == ["WARN DiskFull"]


def test_such_a_repeat_is_kept_as_one(calm):
    calm.fire(lease_s=240)
    calm.run_for(minutes=1)

    [repeats] = calm.engine.connection.execute("SELECT count(*) FROM journal_repeat").fetchone()
    assert repeats == 1


def test_what_a_plugin_does_not_make_less_bad_any_more_is_worse(calm):
    calm.hooks.worst = "critical"

    calm.fire(lease_s=3600)
    calm.run_for(minutes=6)

    assert first_words_of(calm) == ["WARN DiskFull", "WORSE CRIT"]
