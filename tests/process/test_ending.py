"""How the process ends: in order when asked, at once when asked twice, and with what was said on disk."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.process.conftest import COMMAND, Bridge, Senders

ENDS_WITHIN_S = 10.0


@pytest.mark.timeout(120)
def test_sigterm_under_load_ends_in_order_with_every_send_settled(bridge: Bridge):
    bridge.order("account", guard_s=300, balance_rub="1000000")
    bridge.order("faults", kind="slow", command="send", count=None, seconds=0.2)
    senders = Senders(bridge, pause_s=0.005)
    bridge.start()
    senders.start(4)
    bridge.wait_for(lambda: bridge.counts().get("accepted", 0) >= 3, 20, "a few accepted messages")

    began = time.monotonic()
    bridge.signal(signal.SIGTERM)
    code = bridge.end(ENDS_WITHIN_S)
    took_s = time.monotonic() - began
    left = bridge.counts()
    bridge.start()
    senders.stop()
    bridge.order("faults/clear")
    bridge.wait_for(lambda: not bridge.counts().get("queued"), 60, "an empty outbox")

    assert code == 0, bridge.log()
    assert took_s < ENDS_WITHIN_S
    assert not left.get("sending"), left
    assert not left.get("in_doubt"), left
    texts = bridge.texts_taken()
    assert all(sum(name in text for text in texts) == 1 for name in senders.acknowledged)


def test_a_second_sigterm_ends_at_once_and_loses_nothing(bridge: Bridge):
    bridge.order("faults", kind="slow", command="send", count=1, seconds=1.5)
    bridge.start()
    assert bridge.fire("Slow") == 202
    bridge.wait_for(lambda: bridge.counts().get("sending"), 10, "a send under way")

    bridge.signal(signal.SIGTERM)
    time.sleep(0.2)
    began = time.monotonic()
    bridge.signal(signal.SIGTERM)
    code = bridge.end(ENDS_WITHIN_S)
    took_s = time.monotonic() - began
    bridge.start()
    bridge.wait_for(lambda: bridge.counts().get("delivered"), 60, "its delivery")

    assert code == 128 + signal.SIGTERM
    assert took_s < 1.0
    assert len(bridge.texts_taken()) == 1


def test_a_second_bridge_on_the_same_database_is_refused_by_name(bridge: Bridge):
    bridge.start()
    assert bridge.process is not None

    second = subprocess.run(
        [COMMAND, "-c", bridge.file, "run"], capture_output=True, text=True, timeout=30, check=False
    )

    assert second.returncode == 78
    assert f"in use by another PilotBridge (process {bridge.process.pid})" in second.stderr
    assert bridge.fire("StillHere") == 202


def test_a_bad_configuration_changes_nothing_when_it_is_read_again(bridge: Bridge):
    bridge.start()
    written = bridge.file.read_text()
    bridge.file.write_text(written + "\nnonsense: 1\n")

    status, told = bridge.ask("POST", "/-/reload")
    bridge.signal(signal.SIGHUP)

    assert status == 500
    assert b"nonsense" in told
    assert bridge.fire("StillHere") == 202
    bridge.wait_for(
        lambda: b"pilotbridge_config_reload_successful 0.0" in bridge.ask("GET", "/metrics")[1],
        10,
        "the metric",
    )


def test_a_good_configuration_counts_without_a_restart(bridge: Bridge):
    bridge.start()
    written = bridge.file.read_text()
    bridge.file.write_text(
        written.replace(
            "sources: {", "sources: { second: { type: alertmanager, token: another-token-of-16 },"
        )
    )

    assert bridge.ask("POST", "/-/reload")[0] == 200

    bridge.wait_for(lambda: bridge.ask("POST", "/in/second", {})[0] == 401, 10, "the new source")


def test_a_configuration_that_is_again_as_at_the_start_needs_no_restart(bridge: Bridge):
    bridge.start()
    written = bridge.file.read_text()
    bridge.file.write_text(written.replace("callback: on", "callback: off"))
    _, changed = bridge.ask("POST", "/-/reload")
    bridge.file.write_text(written)

    _, restored = bridge.ask("POST", "/-/reload")

    assert json.loads(changed)["needs_restart"] == ["gateways"]
    assert json.loads(restored)["needs_restart"] == []


def test_a_source_of_a_type_that_is_not_loaded_waits_for_a_restart_and_says_so(bridge: Bridge):
    bridge.start()
    written = bridge.file.read_text()
    lines = "lines: { type: generic_json, token: another-token-of-16 }"
    bridge.file.write_text(written.replace("sources: {", f"sources: {{ {lines},"))

    _, told = bridge.ask("POST", "/-/reload")

    assert json.loads(told)["needs_restart"] == ["sources.lines"]


def test_when_a_configuration_was_taken_is_a_metric(bridge: Bridge):
    before = time.time()

    bridge.start()

    _, metrics = bridge.ask("GET", "/metrics")
    [taken] = re.findall(
        rb"^pilotbridge_config_reload_success_timestamp_seconds (\S+)", metrics, re.MULTILINE
    )
    assert before - 1 <= float(taken) <= time.time()


LIVES = """
from datetime import timedelta
from pathlib import Path
from pilotbridge import hookimpl

@hookimpl
def bridge_started(bridge):
    note("started")
    bridge.every("pulse", timedelta(seconds=1), lambda: pulse(bridge))

def pulse(bridge):
    note("alive")
    bridge.storage().set("beats", (bridge.storage().get("beats") or 0) + 1)

@hookimpl
def bridge_stopping(bridge):
    note("stopping after %d" % bridge.storage().get("beats"))

def note(word):
    with Path(__file__).with_suffix(".txt").open("a") as file:
        file.write(word + "\\n")
"""


def test_a_plugin_hears_of_the_start_and_the_end_and_works_in_between(bridge: Bridge, tmp_path):
    folder = tmp_path / "plugins.d"
    folder.mkdir(mode=0o700)
    (folder / "lives.py").write_text(LIVES)
    (folder / "lives.py").chmod(0o600)
    written = bridge.file.read_text()
    bridge.file.write_text(
        written.replace("bridge: {", f"bridge: {{ plugin_folder: {folder}, ", 1)
        + "\nplugins: { lives: {} }\n"
    )
    noted = folder / "lives.txt"

    bridge.start()
    bridge.wait_for(lambda: noted.exists() and noted.read_text().count("alive") > 1, 20, "two rounds")
    bridge.signal(signal.SIGTERM)
    code = bridge.end(ENDS_WITHIN_S)

    assert code == 0
    first, *beats, last = noted.read_text().split("\n")[:-1]
    assert (first, set(beats), last) == ("started", {"alive"}, f"stopping after {len(beats)}")


def test_the_heartbeat_goes_out_while_the_bridge_runs_and_its_address_is_not_logged(bridge: Bridge):
    heard: list[str] = []

    class Expects(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Expects) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        beats = (
            f"heartbeat: {{ url: http://127.0.0.1:{server.server_port}/ping/a-token-of-mine, every: 1s }}, "
        )
        written = bridge.file.read_text().replace("inbound_every:", "#", 1)
        bridge.file.write_text(written.replace("bridge: {", f"bridge: {{ {beats}", 1))
        bridge.start()
        bridge.wait_for(lambda: len(heard) > 2, 40, "three pings")
        bridge.signal(signal.SIGTERM)
        code = bridge.end(ENDS_WITHIN_S)
        server.shutdown()

    assert code == 0
    assert set(heard) == {"/ping/a-token-of-mine"}
    assert "a-token-of-mine" not in bridge.log()
