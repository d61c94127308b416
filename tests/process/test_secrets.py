"""No secret leaves: not by a log line, a metric, an answer or the database of what people see."""

from __future__ import annotations

import subprocess

import pytest

from pilotbridge.smspilot.wire import TEST_KEY
from tests.process.conftest import COMMAND, TOKEN, Bridge

COMMANDS = (
    ("messages", "list", "--json"),
    ("alerts", "list", "--json"),
    ("incidents", "list", "--json"),
    ("inbox", "list", "--json"),
    ("plugins", "list", "--json"),
    ("account", "--json"),
    ("check",),
)


@pytest.mark.timeout(120)
def test_a_day_in_the_life_leaves_no_secret_anywhere(bridge: Bridge):
    bridge.order("account", operator_after_s=0.1, final_after_s=0.2)
    bridge.start(level="debug")
    bridge.fire("DiskFull")
    bridge.wait_for(lambda: bridge.counts().get("delivered"), 20, "the SMS")
    bridge.order("faults", kind="code", code=101, command="send", count=1)
    bridge.order("faults", kind="html", command="balance", count=1)
    bridge.fire("WrongKey")
    callback = bridge.look("messages?limit=10")[0]["callback"]
    for path in (
        callback.partition(f":{bridge.port}")[2],
        "/in/nobody",
        "/callback/smspilot/x/1",
        "/metrics",
    ):
        bridge.ask("GET", path)
    bridge.ask("POST", "/in/alertmanager", {"token": TOKEN, "apikey": TEST_KEY})
    bridge.ask("POST", "/-/reload")
    metrics = bridge.ask("GET", "/metrics")[1].decode()
    outputs = [
        subprocess.run([COMMAND, "-c", bridge.file, *command], capture_output=True, timeout=60, check=False)
        for command in COMMANDS
    ]
    bridge.process.terminate()
    bridge.end(15)

    told = (bridge.folder / "log").read_text() + metrics
    told += "".join(output.stdout.decode() + output.stderr.decode() for output in outputs)
    secret_path = callback.split("/callback/smspilot/")[1]
    assert len(told) > 1000
    for secret in (TOKEN, TEST_KEY, secret_path, "79087964781"):
        assert secret not in told


def test_the_files_are_for_their_owner_only(bridge: Bridge):
    bridge.start()

    folder = bridge.database.parent
    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]}

    assert modes.pop("data") == 0o700
    assert all(mode & 0o077 == 0 for mode in modes.values()), {k: oct(v) for k, v in modes.items()}
