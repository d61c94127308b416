"""`doctor`: what it finds on a machine that is well, and on one that is not."""

from __future__ import annotations

import socket
import sqlite3
from typing import Any

import pytest

from pilotbridge.testing.world import CONFIGURATION
from tests.cli.conftest import Ended, Run, free_port


def finding(told: Ended, what: str) -> dict[str, Any]:
    """The last finding about ``what``."""
    return [each for each in told.json if each["what"] == what][-1]


def test_a_machine_on_which_nothing_must_be_mended_exits_0(pilotbridge: Run, bridge):
    bridge.start()

    told = pilotbridge("doctor", config=bridge.file)

    assert told.code == 0, told.out
    assert "fail" not in {line.split()[0] for line in told.out.splitlines() if line}
    assert "it runs (process" in told.out


def test_every_finding_says_level_what_and_fix(pilotbridge: Run, bridge):
    told = pilotbridge("doctor", "--json", config=bridge.file)

    assert all(set(each) == {"level", "what", "says", "fix"} for each in told.json)
    assert {"python", "sqlite", "clock", "disk", "bridge", "database", "files"} <= {
        e["what"] for e in told.json
    }
    assert all(each["fix"] for each in told.json if each["level"] != "ok")


def test_it_leaves_no_trace(pilotbridge: Run, bridge):
    pilotbridge("doctor", config=bridge.file)

    assert sorted(path.name for path in bridge.file.parent.iterdir()) == ["pilotbridge.yaml"]


def test_a_bridge_that_does_not_run_is_said_with_its_free_address(pilotbridge: Run, bridge):
    told = pilotbridge("doctor", "--json", config=bridge.file)

    assert finding(told, "bridge")["fix"] == "start it: pilotbridge run"
    assert finding(told, "address")["level"] == "ok"


def test_an_address_that_somebody_else_has_must_be_mended(pilotbridge: Run, bridge):
    with socket.create_server(("127.0.0.1", bridge.port)):
        told = pilotbridge("doctor", "--json", config=bridge.file)

    assert told.code == 1
    assert "is taken by another program" in finding(told, "address")["says"]


def test_a_process_that_has_the_database_and_does_not_answer_is_doubtful(pilotbridge: Run, world):
    told = pilotbridge("doctor", "--json", config=world)

    assert finding(told, "bridge")["level"] == "warn"
    assert "nobody answers" in finding(told, "bridge")["says"]


def test_open_files_are_named_with_the_line_that_closes_them(pilotbridge: Run, world):
    world.engine.path.chmod(0o644)
    world.engine.path.parent.chmod(0o755)

    told = pilotbridge("doctor", "--json", config=world)

    fixes = {each["fix"] for each in told.json if each["what"] == "files"}
    assert told.code == 1
    assert fixes == {f"chmod 700 {world.engine.path.parent}", f"chmod 600 {world.engine.path}"}


def test_a_secret_that_everybody_can_read_must_be_mended(pilotbridge: Run, bridge):
    secret = bridge.file.parent / "key"
    secret.write_text("x" * 64)
    secret.chmod(0o644)
    written = bridge.file.read_text()
    bridge.file.write_text(written.replace("    api_key: ", "    api_key_file: key # "))

    told = pilotbridge("doctor", "--json", config=bridge.file)

    assert finding(told, "files")["fix"] == f"chmod o= {secret}"


def test_a_gateway_that_cannot_be_reached_must_be_mended(pilotbridge: Run, make_bridge):
    port = free_port()
    bridge = make_bridge(gateway=f"http://127.0.0.1:{port}")

    told = pilotbridge("doctor", "--json", config=bridge.file)

    assert told.code == 1
    assert f"127.0.0.1:{port} cannot be reached" in finding(told, "gateway smspilot")["says"]


def test_only_a_connection_is_made_to_the_gateway(pilotbridge: Run, bridge, sandbox):
    pilotbridge("doctor", config=bridge.file)

    assert len(sandbox.sandbox.world.journal) == 0


def test_messages_that_need_a_look_are_counted(pilotbridge: Run, world):
    world.order("scripts", phone="79087964781", outcome="undelivered")
    world.send_sms("anna", "are you there")
    world.run_for(minutes=5)

    told = pilotbridge("doctor", "--json", config=world)

    assert finding(told, "messages")["says"].startswith("1 message to look at")
    assert finding(told, "messages")["fix"] == "pilotbridge messages list --stuck"


def test_paused_sending_is_not_forgotten(pilotbridge: Run, world):
    world.app.desk.pause("a drill", by="boris")

    told = pilotbridge("doctor", "--json", config=world)

    assert "paused by boris: a drill" in finding(told, "sending")["says"]


def test_a_folder_that_cannot_be_made_is_said_before_a_bridge_fails_of_it(pilotbridge: Run, bridge):
    (bridge.file.parent / "data").write_text("in its place")

    told = pilotbridge("doctor", "--json", config=bridge.file)

    assert told.code == 1
    says = [each["says"] for each in told.json if each["what"] == "data_dir"]
    assert says[0].endswith("/data cannot be written into by this user")


def test_a_broken_database_must_be_mended(pilotbridge: Run, bridge):
    bridge.database.parent.mkdir(mode=0o700)
    bridge.database.write_bytes(b"no database" * 1000)
    bridge.database.chmod(0o600)

    told = pilotbridge("doctor", "--json", config=bridge.file)

    assert told.code == 1
    assert "file is not a database" in finding(told, "database")["says"]


def test_a_database_of_a_newer_version_is_said_to_be_one(pilotbridge: Run, world):
    world.engine.close()
    with sqlite3.connect(world.engine.path) as raw:
        raw.execute("PRAGMA user_version = 999")
    raw.close()

    told = pilotbridge("doctor", "--json", config=world)

    assert "made by a newer PilotBridge (schema 999" in finding(told, "database")["says"]


@pytest.mark.parametrize("text", ["bridge: [", "bridge:\n  zone: Mars\n"])
def test_a_faulty_configuration_is_a_finding_among_others(pilotbridge: Run, tmp_path, text):
    file = tmp_path / "bad.yaml"
    file.write_text(text)

    told = pilotbridge("doctor", "--json", config=file)

    assert told.code == 1
    assert finding(told, "configuration")["fix"] == "pilotbridge check names each with its fix"
    assert finding(told, "python")["level"] == "ok"


def test_a_spool_that_cannot_be_read_or_has_something_aside_is_said(pilotbridge: Run, bridge):
    folder = bridge.file.parent / "spool"
    written = bridge.file.read_text().replace("bridge: { ", f'bridge: {{ spool: "{folder}", ')
    bridge.file.write_text(written)
    assert finding(pilotbridge("doctor", "--json", config=bridge.file), "spool")["level"] == "fail"
    folder.mkdir(mode=0o700)
    assert finding(pilotbridge("doctor", "--json", config=bridge.file), "spool")["says"].startswith(
        "0 files in"
    )
    (folder / "aside").mkdir()
    (folder / "aside" / "1-a.json").touch()
    told = pilotbridge("doctor", "--json", config=bridge.file).json
    assert [each["level"] for each in told if each["what"] == "spool"] == ["warn", "ok"]

    folder.chmod(0o777)

    assert (
        "everybody may write" in finding(pilotbridge("doctor", "--json", config=bridge.file), "spool")["says"]
    )


@pytest.mark.parametrize(
    ("noted", "level", "says"),
    [
        (None, "warn", "none was due yet"),
        ("1768208400000 sent ", "ok", "the last ping went out at 2026-01-12 09:00:00 UTC"),
        ("1768208400000 withheld gateway: smspilot is silent", "fail", "gateway: smspilot is silent"),
        (
            "1768208400000 failed pings.example answers 404",
            "fail",
            "did not get through: pings.example answers 404",
        ),
    ],
)
def test_the_heartbeat_says_which_part_fails(pilotbridge: Run, make_world, noted, level, says):
    beating = "bridge: {{ heartbeat: {{ url: https://pings.example/x }},"
    world = make_world(configuration=CONFIGURATION.replace("bridge: {{", beating))
    if noted is not None:
        world.app.ground.store.write(lambda tx: tx.set_meta("heartbeat", noted)).result()
    world.engine.close()

    told = finding(pilotbridge("doctor", "--json", config=world.folder / "pilotbridge.yaml"), "heartbeat")

    assert told["level"] == level
    assert says in told["says"]
