"""What has happened to the bridge is a Trouble, and one that is over says so."""

from __future__ import annotations

from pilotbridge.model import HAPPENED_LASTS, Trouble
from pilotbridge.testing.world import CONFIGURATION

FAILING = CONFIGURATION + "\ntemplates: {{ sms: '{{{{ 1 / 0 }}}}' }}\n"


def words(world) -> list[list[str]]:
    """The first two words of every text to Anna."""
    return [text.split()[:2] for text in world.texts_to("anna")]


def test_a_refused_body_is_over_an_hour_after_the_last_one(make_world):
    world = make_world()
    world.post(b"{nonsense")
    world.run_for(minutes=50)
    world.post(b"{nonsense")

    world.run_for(minutes=58)
    before = words(world)
    world.run_for(hours=24)

    assert before == [["WARN", "IntakeRefused"]]
    assert words(world) == [["WARN", "IntakeRefused"], ["CLEAR", "IntakeRefused"]]


def test_a_template_that_fails_no_more_is_over_and_one_that_does_does_not_keep_its_trouble_alive(make_world):
    world = make_world(configuration=FAILING)
    alert = world.fire()
    world.run_for(minutes=30)
    world.resolve(alert)

    world.run_for(hours=12)

    assert words(world) == [
        ["CRIT", "DiskFull"],
        ["WARN", "TemplateFailing"],
        ["CLEAR", "DiskFull"],
        ["CLEAR", "TemplateFailing"],
    ]


def test_a_plugin_that_raised_is_over_an_hour_later(make_world, tmp_path):
    folder = tmp_path / "plugins.d"
    folder.mkdir(mode=0o700)
    (folder / "broken.py").write_text(
        "from pilotbridge import hookimpl\n\n\n@hookimpl\ndef route_alerts(alerts, bridge):\n    1 / 0\n"
    )
    world = make_world(plugins={"broken": {}}, plugin_folder=folder)

    alert = world.fire()
    world.run_for(minutes=30)
    world.resolve(alert)
    world.run_for(hours=3)

    assert [incident.name for incident in world.incidents()] == ["DiskFull", "PluginFailing"]
    assert all(incident.closed_at for incident in world.incidents())


def test_what_ends_by_itself_and_now_stays_is_not_over_an_hour_later(make_world):
    world = make_world(plugins={"ack_by_text": {}})
    world.app.troubles.raise_trouble(
        Trouble("PluginFailing", "ack_by_text", "it was too slow", lasts=HAPPENED_LASTS)
    )
    world.app.troubles.raise_trouble(Trouble("PluginFailing", "ack_by_text", "it is off until reload"))

    world.run_for(hours=3)

    assert words(world) == [["WARN", "PluginFailing"]]


def test_a_plugin_that_was_off_is_on_again_after_a_restart(make_world):
    world = make_world(plugins={"ack_by_text": {}})
    world.app.troubles.raise_trouble(Trouble("PluginFailing", "ack_by_text", "it is off until reload"))
    world.run_for(minutes=1)

    world.crash()
    world.run_for(minutes=10)

    assert words(world) == [["WARN", "PluginFailing"], ["CLEAR", "PluginFailing"]]
