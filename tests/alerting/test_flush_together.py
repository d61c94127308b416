"""Groups that are due together are written together, and what is wrong with one costs the others nothing."""

from __future__ import annotations

from .conftest import NoPlugins, alert


class Unstorable(NoPlugins):
    """A plugin that keeps one group quiet for a reason that no database can hold."""

    def mute_group(self, notification):
        return "half a character: \ud800" if notification.incident.name == "Broken" else ""


def test_a_group_that_cannot_be_written_keeps_no_other_waiting(build):
    world = build(hooks=Unstorable())

    world.push(alert("Broken"), alert("DiskFull"), alert("NoPing"))
    world.run_for(seconds=31)

    assert sorted(text.split()[1] for text in world.texts_to()) == ["DiskFull", "NoPing"]


def test_a_group_that_cannot_be_written_is_looked_at_again(build):
    hooks = Unstorable()
    world = build(hooks=hooks)
    world.push(alert("Broken"))
    world.run_for(seconds=31)

    hooks.mute_group = lambda notification: ""
    world.run_for(seconds=11)

    assert [text.split()[1] for text in world.texts_to()] == ["Broken"]


def test_refs_that_are_given_out_together_differ(build):
    world = build()

    world.push(*[alert(f"Alert{number}") for number in range(60)])
    world.run_for(seconds=31)

    assert len({incident.ref for incident in world.incidents()}) == 60
