"""Commands that show facts: to people on a terminal, in a pipe, and as JSON."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from pilotbridge.testing.world import World
from tests.cli.conftest import Run, on_terminal

DOCS = Path(__file__).parents[2] / "docs" / "commands.md"


@pytest.fixture
def told(world: World) -> World:
    """A world in which Anna was told of an incident."""
    world.fire("DiskFull", instance="db01")
    world.run_for(minutes=1)
    return world


def test_messages_are_listed_with_masked_phones(pilotbridge: Run, told):
    listed = pilotbridge("messages", "list", config=told)

    assert listed.code == 0
    assert listed.out.splitlines()[0].split() == ["ID", "STATE", "TO", "CONTACT", "TEXT", "CREATED", "REASON"]
    assert "+7908***4781" in listed.out
    assert "9087964781" not in listed.out


def test_json_has_the_same_facts_with_keys_and_whole_values(pilotbridge: Run, told):
    [message] = pilotbridge("messages", "list", "--json", config=told).json

    assert (message["id"], message["state"], message["contact"]) == (1, "delivered", "anna")
    assert message["created_at"].endswith("Z")
    assert message["cost_rub"] == "2.96"


def test_json_may_be_asked_for_before_the_command_too(pilotbridge: Run, told):
    before = pilotbridge("--json", "messages", "list", config=told)

    assert before.json == pilotbridge("messages", "list", "--json", config=told).json


def test_a_message_is_shown_with_its_attempts(pilotbridge: Run, told):
    shown = pilotbridge("messages", "show", 1, config=told)

    assert "state           delivered" in shown.out
    assert "attempt 1: accept" in shown.out


def test_nothing_stuck_exits_0_and_says_so(pilotbridge: Run, told):
    stuck = pilotbridge("messages", "list", "--stuck", config=told)

    assert (stuck.code, stuck.out) == (0, "Nothing is stuck.\n")


def test_a_stuck_message_exits_1_for_scripts_that_watch(pilotbridge: Run, world):
    world.order("scripts", phone="79087964781", outcome="undelivered")
    world.send_sms("anna", "are you there")
    world.run_for(minutes=5)

    stuck = pilotbridge("messages", "list", "--stuck", config=world)

    assert stuck.code == 1
    assert "undelivered" in stuck.out


def test_what_is_stuck_is_asked_for_without_a_state(pilotbridge: Run, told):
    """Else one of both would count for nothing, and nobody would see it."""
    asked = pilotbridge("messages", "list", "--stuck", "--state", "delivered", config=told)

    assert (asked.code, "write one of --stuck and --state" in asked.err) == (2, True)


def test_alerts_are_listed_and_shown_with_what_was_decided(pilotbridge: Run, told):
    listed = pilotbridge("alerts", "list", "--state", "firing", config=told)
    shown = pilotbridge("alerts", "show", 1, config=told)

    assert "DiskFull" in listed.out
    assert "root -> page-ops" in shown.out
    assert "instance=db01" in shown.out


def test_open_incidents_can_be_asked_for_alone(pilotbridge: Run, world):
    world.resolve(world.fire("DiskFull"))
    world.fire("ApiDown")
    world.run_for(minutes=1)

    every = pilotbridge("incidents", "list", "--json", config=world).json
    still_open = pilotbridge("incidents", "list", "--open", "--json", config=world).json

    assert {fact["name"] for fact in every} == {"DiskFull", "ApiDown"}
    assert {fact["name"] for fact in still_open} == {"ApiDown"}


def test_one_that_is_open_is_not_lost_behind_newer_ones_that_are_over(pilotbridge: Run, world):
    world.fire("DiskFull")
    world.run_for(minutes=1)
    newer = world.fire("HighLoad")
    world.run_for(minutes=1)
    world.resolve(newer)
    world.run_for(minutes=10)

    listed = pilotbridge("incidents", "list", "--open", "--limit", 1, "--json", config=world).json

    assert [incident["name"] for incident in listed] == ["DiskFull"]


def test_an_incident_is_shown_by_its_ref_with_or_without_the_sign(pilotbridge: Run, told):
    ref = told.incidents()[0].ref

    assert (
        pilotbridge("incidents", "show", f"#{ref}", config=told).out
        == pilotbridge("incidents", "show", ref, config=told).out
    )


def test_what_came_in_is_listed(pilotbridge: Run, world):
    world.sms_from("anna", "who is there")
    world.run_for(minutes=1)

    listed = pilotbridge("inbox", "list", config=world)

    assert "who is there" in listed.out
    assert "7908***4781" in listed.out


@pytest.mark.parametrize(
    "asked",
    [
        ("messages", "show", 99),
        ("alerts", "show", 99),
        ("incidents", "show", 999),
        ("trace", 999),
        ("balance", "--gateway", "none"),
    ],
)
def test_what_does_not_exist_exits_3(pilotbridge: Run, world, asked):
    told = pilotbridge(*asked, config=world)

    assert told.code == 3
    assert told.err.startswith("pilotbridge: there is no ")


def test_before_the_first_start_there_is_nothing_to_show(pilotbridge: Run, bridge):
    told = pilotbridge("messages", "list", config=bridge.file)

    assert told.code == 3
    assert "is made when the bridge runs for the first time" in told.err


@pytest.mark.parametrize("asked", [("messages", "list"), ("send", "anna", "x"), ("db", "verify")])
def test_a_folder_that_is_a_file_is_a_sentence_and_no_traceback(pilotbridge: Run, bridge, asked):
    (bridge.file.parent / "data").write_text("in its place")

    told = pilotbridge(*asked, config=bridge.file)

    assert (told.code, "lies below a file; change bridge.data_dir" in told.err) == (78, True)


def test_a_database_that_is_none_is_a_sentence_and_no_traceback(pilotbridge: Run, bridge):
    bridge.database.parent.mkdir(mode=0o700)
    bridge.database.write_bytes(b"not a database at all" * 100)

    told = pilotbridge("messages", "list", config=bridge.file)

    assert told.code == 78
    assert "cannot be read: it is damaged, or no database (SQLite: file is not a database); " in told.err


# --- trace ------------------------------------------------------------------------------------------


def test_a_trace_tells_the_whole_life_of_an_incident_in_order(pilotbridge: Run, told):
    ref = told.incidents()[0].ref

    steps = pilotbridge("trace", f"#{ref}", "--json", config=told).json

    kinds = [step["step"] for step in steps]
    told_of = ("routed", "queued", "sending", "smspilot: accept", "accepted", "delivered")
    assert [kind for kind in kinds if kind in told_of] == list(told_of)
    assert all(step["reason"] for step in steps)


def test_a_trace_of_what_is_over_tells_nothing_of_the_next_time(pilotbridge: Run, world):
    alert = world.fire("DiskFull")
    world.run_for(minutes=1)
    world.resolve(alert)
    world.run_for(minutes=10)
    world.fire("DiskFull")
    world.run_for(minutes=1)

    ref = world.incidents()[0].ref
    steps = pilotbridge("trace", ref, "--json", config=world).json

    [closed] = [step["at"] for step in steps if step["step"] == "close"]
    assert [step for step in steps if step["what"].startswith("alert") and step["at"] > closed] == []


def test_a_trace_of_a_large_incident_tells_of_three_alerts_unless_all_are_asked_for(pilotbridge: Run, world):
    for n in range(10):
        world.fire("DiskFull", instance=f"db{n}")
    world.run_for(minutes=10)
    ref = world.incidents()[0].ref

    few, each = (pilotbridge("trace", ref, *words, config=world).out for words in ((), ("--all",)))

    assert (few.count("began"), each.count("began")) == (3, 10)
    assert "7 more of it; --all tells of each" in few
    assert few.count("delivered") == each.count("delivered") > 0


def test_a_trace_says_why_nobody_hears_of_an_alert(pilotbridge: Run, world):
    world.app.desk.silence(
        ["alertname=DiskFull"], starts=None, lasts=timedelta(hours=1), by="anna", comment="moving racks"
    )
    world.fire("DiskFull")
    world.run_for(minutes=1)

    told = pilotbridge("trace", "--alert", 1, config=world)

    assert "kept quiet  silence: 1 of 1 alerts, silence" in told.out
    assert "by anna: moving racks" in told.out


def test_a_trace_of_an_sms_tells_each_attempt(pilotbridge: Run, world):
    message_id = world.send_sms("boris", "hello")

    told = pilotbridge("trace", "--message", message_id, config=world)

    assert "smspilot: accept" in told.out


# --- for people -------------------------------------------------------------------------------------


def test_on_a_terminal_what_is_short_is_never_folded(told):
    seen = on_terminal("messages", "list", config=told.folder / "pilotbridge.yaml", columns=72)

    assert "+7908***4781" in seen
    assert "delivered" in seen


def test_a_terminal_too_narrow_for_columns_still_shows_whole_numbers(told):
    seen = on_terminal("incidents", "list", config=told.folder / "pilotbridge.yaml", columns=40)

    assert f"REF       {told.incidents()[0].ref}\n" in seen
    assert "SEVERITY  critical\n" in seen


def test_what_strangers_wrote_cannot_steer_the_terminal(pilotbridge: Run, world):
    world.sms_from("anna", "red \x1b[31m alarm\x07")
    world.run_for(minutes=1)

    listed = pilotbridge("inbox", "list", config=world)

    assert "\x1b" not in listed.out
    assert "\x07" not in listed.out
    assert "red" in listed.out


def test_a_silence_that_ended_is_only_listed_when_asked_for(pilotbridge: Run, world):
    world.app.desk.silence(
        ["alertname=X"],
        starts=None,
        lasts=timedelta(days=1),
        by="anna",
        comment="old",
    )

    now = pilotbridge("silence", "list", config=world)
    ever = pilotbridge("silence", "list", "--expired", "--json", config=world)

    assert now.out == "No silences.\n"
    assert json.loads(ever.out)[0]["comment"] == "old"


@pytest.mark.parametrize("asked", [("messages", "list"), ("alerts", "list"), ("incidents", "list", "--json")])
def test_a_list_that_is_cut_says_so_beside_it(pilotbridge: Run, told, asked):
    told.fire("ApiDown", instance="web01")
    told.run_for(minutes=1)

    cut = pilotbridge(*asked, "--limit", 1, config=told)
    whole = pilotbridge(*asked, config=told)

    assert cut.err == "no more than 1 are shown; to see others: --limit 10\n"
    assert whole.err == ""
    assert "no more than" not in cut.out


def test_plugins_are_listed_in_the_order_they_are_asked(pilotbridge: Run, make_world):
    world = make_world(plugins={"ack_by_text": {}})

    [first, *_] = pilotbridge("plugins", "list", "--json", config=world).json

    assert (first["name"], first["hooks"]) == ("ack_by_text", ["answer_inbound"])
    assert len(first["sha256"]) == 64


def test_a_file_that_nobody_switched_on_is_listed_with_the_line_to_add(pilotbridge: Run, world):
    (world.folder / "plugins" / "night_shift.py").write_text("")

    listed = pilotbridge("plugins", "list", config=world)

    assert "plugins: { night_shift: {} }" in listed.err


def test_a_plugin_that_answers_nothing_is_said_to_do_nothing(pilotbridge: Run, world):
    (world.folder / "plugins" / "forgotten.py").write_text("def quiet_at_night(alerts): return {}\n")
    config = world.folder / "pilotbridge.yaml"
    config.write_text(config.read_text() + "\nplugins: { forgotten: {} }\n")

    listed = pilotbridge("plugins", "list", config=world)
    checked = pilotbridge("check", config=world)

    assert "forgotten answers no hook, so that it does nothing: write @hookimpl" in listed.err
    assert "plugins.forgotten: it answers no hook, so that it does nothing" in checked.out


# --- the promise to scripts -------------------------------------------------------------------------


def promised_keys(printed_by: str) -> set[str]:
    """What docs/commands.md promises for the commands named in a row of its last table."""
    text = DOCS.read_text(encoding="utf-8").rpartition("| printed by | keys |")[2]
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    [keys] = [keys for commands, keys in rows if f"`{printed_by}`" in commands]
    return set(re.findall(r"`(\w+)`", keys))


@pytest.mark.parametrize(
    ("printed_by", "asked"),
    [
        ("messages", ("messages", "list")),
        ("alerts", ("alerts", "list")),
        ("incidents", ("incidents", "list")),
        ("inbox", ("inbox", "list")),
        ("silence", ("silence", "list", "--expired")),
        ("trace", ("trace", "--alert", "1")),
        ("plugins list", ("plugins", "list")),
        ("doctor", ("doctor",)),
    ],
)
def test_the_keys_are_the_ones_that_are_promised(pilotbridge: Run, told, printed_by, asked):
    told.sms_from("anna", "hello")
    told.run_for(minutes=1)
    told.app.desk.silence(["a=b"], starts=None, lasts=timedelta(hours=1), by="anna", comment="")

    first = pilotbridge(*asked, "--json", config=told).json[0]

    assert set(first) == promised_keys(printed_by) - {"ok", "warn", "fail"}


def test_the_keys_of_a_rehearsal_are_the_ones_that_are_promised(pilotbridge: Run, told):
    fact = pilotbridge("routes", "test", "alertname=X", "--json", config=told).json

    assert {*fact, *fact["told"][0]} == promised_keys("routes test")


def test_the_ref_of_a_storm_is_traced_to_its_incidents_and_its_sms(pilotbridge: Run, make_world):
    world = make_world()
    for number in range(8):
        world.fire(f"Api{number}")
    world.run_for(minutes=1)
    ref = next(text for text in world.texts_to("anna") if text.startswith("STORM")).split("#")[1].split()[0]
    world.engine.close()

    told = pilotbridge("trace", ref, config=world)

    world.crash()
    assert told.code == 0, told.err
    assert "storm #" in told.out
    assert "Api7, open" in told.out
    assert "a storm begins: one SMS for 3 incidents" in told.out
