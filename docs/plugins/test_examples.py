"""Every example of this folder at work in a bridge in miniature."""

from pathlib import Path

import pytest

from pilotbridge.testing.world import CONFIGURATION

HERE = Path(__file__).parent


@pytest.fixture
def with_plugin(make_world):
    def make(name, configuration=CONFIGURATION, **block):
        return make_world(plugins={name: block}, plugin_folder=HERE, configuration=configuration)

    return make


def test_owners_gives_an_alert_a_label_that_routes_can_use(with_plugin):
    by_owner = CONFIGURATION.replace('team="db"', 'owner="boris"')
    world = with_plugin("owners", by_owner, hosts={"db02": "boris"})

    world.fire("DiskFull", instance="db02")
    world.run_for(minutes=1)

    assert len(world.texts_to("boris")) == 1


def test_owners_refuses_a_block_that_is_not_its_own(with_plugin):
    with pytest.raises(Exception, match="hosts"):
        with_plugin("owners", hots={})


def test_maintenance_keeps_quiet_while_somebody_works_and_tells_afterwards(with_plugin):
    world = with_plugin("maintenance")
    world.sms_from("anna", "work db01")
    world.run_for(minutes=1)

    world.fire("DiskFull", instance="db01")
    world.run_for(minutes=10)
    quiet = list(world.texts_to("anna"))
    world.sms_from("anna", "done db01")
    world.run_for(minutes=10)

    assert quiet == ["Quiet about db01 till you text: done db01"]
    assert any(text.startswith("CRIT DiskFull") for text in world.texts_to("anna"))


def test_short_texts_are_the_summary_and_the_ref(with_plugin):
    world = with_plugin("short_texts")

    world.tell({"alertname": "DiskFull", "severity": "critical"}, summary="db01: clean /var")
    world.run_for(minutes=1)

    (text,) = world.texts_to("anna")
    assert text.startswith(f"db01: clean /var #{world.incidents()[0].ref}")


def test_tally_counts_alerts_texts_and_messages(with_plugin):
    world = with_plugin("tally")

    world.fire("DiskFull")
    world.sms_from("boris", "hello")
    world.run_for(minutes=2)

    tally = world.stored("tally", "tally")
    assert (tally["alerts"], tally["inbound"], tally["messages delivered"]) == (1, 1, 1)


def test_rooms_says_where_a_text_would_go(with_plugin):
    world = with_plugin("rooms")

    world.sms_from("boris", "what is the price?")
    world.run_for(minutes=1)

    assert "sales" in world.inbox()[0].reason


def test_beeper_reads_lines_of_text(with_plugin):
    beeps = CONFIGURATION.replace("sources:\n", "sources:\n  beeper: {{ token: {token} }}\n")
    world = with_plugin("beeper", beeps)

    heard = world.post(b"db01 is down\ndb02 is down", source="beeper")
    world.run_for(minutes=1)
    refused = world.post(b"db01 is tired", source="beeper")

    assert heard.json["accepted"] == 2
    assert world.texts_to("anna")[0].startswith("CRIT x2 HostDown db01,db02")
    assert (refused.status, refused.json["error"]["at"]) == (422, "line 1")


def test_paper_takes_every_sms_and_delivers_it(with_plugin, tmp_path):
    file = tmp_path / "sms.txt"
    start, end = CONFIGURATION.index("gateways:"), CONFIGURATION.index("sources:")
    on_paper = CONFIGURATION[:start] + f"gateways: {{{{ paper: {{{{ file: {file} }}}} }}}}\n" + CONFIGURATION[end:]
    world = with_plugin("paper", on_paper)

    world.fire("DiskFull")
    world.run_for(minutes=2)

    assert "CRIT DiskFull" in file.read_text()
    assert [message.state for message in world.messages()] == ["delivered"]


def test_last_words_tell_a_crash_from_an_end(with_plugin):
    world = with_plugin("last_words")
    world.run_for(minutes=2, seconds=30)

    world.crash()
    world.run_for(minutes=1)

    (text,) = world.texts_to("anna")
    assert text.startswith("WARN Crashed")
    assert "seen" in world.stored("last_words")
    world.app.tell_stopping()
    assert "seen" not in world.stored("last_words")
