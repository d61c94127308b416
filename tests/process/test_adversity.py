"""A full disk, a locked store, plugins that hang: what is answered 2xx is kept, and it goes on after."""

from __future__ import annotations

import resource
import sqlite3
import time

import pytest

from tests.process.conftest import Bridge

HANGS = """
import time
from pilotbridge import hookimpl

@hookimpl
def route_alerts(alerts):
    time.sleep(30)

@hookimpl
def compose_text(notification):
    raise RuntimeError("no words")

@hookimpl
def answer_inbound(inbound):
    return 42
"""


@pytest.mark.timeout(120)
def test_a_full_disk_is_503_and_what_was_accepted_stays(bridge: Bridge):
    bridge.order("account", operator_after_s=0.1, final_after_s=0.2)
    bridge.start()
    assert bridge.process is not None
    assert bridge.fire("Before") == 202
    bridge.wait_for(lambda: bridge.counts().get("delivered"), 20, "the first SMS")
    unlimited = resource.prlimit(bridge.process.pid, resource.RLIMIT_FSIZE)

    full = max(path.stat().st_size for path in bridge.database.parent.glob("pilotbridge.db*"))
    resource.prlimit(bridge.process.pid, resource.RLIMIT_FSIZE, (full, unlimited[1]))
    heard = [bridge.fire(f"Full{number}") for number in range(20)]
    resource.prlimit(bridge.process.pid, resource.RLIMIT_FSIZE, unlimited)
    bridge.wait_for(lambda: bridge.fire("After") == 202, 30, "a store that can be written again")
    bridge.wait_for(lambda: any("After" in text for text in bridge.texts_taken()), 30, "its SMS")

    kept = [f"Full{number}" for number, status in enumerate(heard) if status == 202]
    texts = " ".join(bridge.texts_taken())
    assert 503 in heard
    assert set(heard) <= {202, 503}
    assert all(f"{name} " in texts for name in ["Before", *kept])


@pytest.mark.timeout(120)
def test_a_locked_store_is_503_with_a_time_to_come_back(bridge: Bridge):
    bridge.start()
    shell = sqlite3.connect(bridge.database, isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")

    began = time.monotonic()
    locked = [bridge.fire("Locked"), bridge.fire("Locked again")]
    took_s = time.monotonic() - began
    ready, why = bridge.ask("GET", "/-/ready")
    shell.execute("ROLLBACK")
    shell.close()

    assert locked == [503, 503]
    assert took_s < 14
    assert (ready, b"the store cannot commit: another program holds it locked" in why) == (503, True)
    bridge.wait_for(lambda: bridge.fire("Free") == 202, 20, "a store that is free again")
    assert bridge.ask("GET", "/-/ready")[0] == 200


@pytest.mark.timeout(120)
def test_plugins_that_hang_and_raise_stop_no_alert_and_no_request(bridge: Bridge):
    folder = bridge.folder / "plugins"
    folder.mkdir(mode=0o700)
    (folder / "hostile.py").write_text(HANGS)
    written = bridge.file.read_text()
    bridge.file.write_text(
        written.replace("bridge: {", f'bridge: {{ plugin_folder: "{folder}", hook_deadline: 500ms,')
        + "\nplugins: { hostile: {} }\n"
    )
    bridge.start()

    began = time.monotonic()
    assert bridge.fire("DiskFull") == 202
    assert bridge.ask("GET", "/-/healthy")[0] == 200
    answered_s = time.monotonic() - began
    bridge.wait_for(lambda: bridge.texts_taken(), 20, "the SMS")
    bridge.wait_for(
        lambda: (
            b'hook="route_alerts",plugin="hostile"' in bridge.ask("GET", "/metrics")[1]
            or b'failure="overran"' in bridge.ask("GET", "/metrics")[1]
        ),
        10,
        "the failure in a metric",
    )

    assert answered_s < 2
    assert any(text.startswith("CRIT DiskFull") for text in bridge.texts_taken())


@pytest.mark.timeout(120)
def test_safe_mode_loads_no_plugin_and_still_sends(bridge: Bridge):
    folder = bridge.folder / "plugins"
    folder.mkdir(mode=0o700)
    (folder / "broken.py").write_text("raise SystemError('this plugin cannot be loaded')")
    written = bridge.file.read_text()
    bridge.file.write_text(
        written.replace("bridge: {", f'bridge: {{ plugin_folder: "{folder}",') + "\nplugins: { broken: {} }\n"
    )

    bridge.start("--safe")
    assert bridge.fire("DiskFull") == 202

    bridge.wait_for(lambda: bridge.texts_taken(), 20, "the SMS")
