"""A dry run: the real bridge, a gateway that sends nothing, a database that is gone afterwards."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import replace
from typing import Any

import pytest

from pilotbridge.cli.dry_run import dry_ground
from pilotbridge.clock import SystemClock
from pilotbridge.config.loader import parse
from pilotbridge.config.settings import Settings
from pilotbridge.gateways import open_gateway
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Accepted, OutgoingSms
from tests.cli.conftest import TOKEN, Bridge, Run

ALERT = {
    "version": "4",
    "status": "firing",
    "groupKey": "g",
    "receiver": "r",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "DiskFull", "instance": "db01", "severity": "critical"},
            "annotations": {},
            "startsAt": "2026-01-01T00:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
        }
    ],
}


def fire(bridge: Bridge) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{bridge.port}/in/alertmanager",
        json.dumps(ALERT).encode(),
        {"Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def lines_of(bridge: Bridge, event: str, *, within_s: float = 10.0) -> list[dict[str, Any]]:
    """Lines of the log with ``event``, as soon as there are any."""
    ends_at = time.monotonic() + within_s
    while True:
        lines = [json.loads(line) for line in bridge.log().splitlines() if line.startswith("{")]
        found = [line for line in lines if line["event"] == event]
        if found or time.monotonic() > ends_at:
            return found
        time.sleep(0.05)


def test_what_would_have_gone_is_logged_and_nothing_goes(make_bridge, sandbox):
    bridge = make_bridge(key="A-KEY-OF-NO-SANDBOX", sender="OURNAME").start("--dry-run")

    assert fire(bridge) == 202
    [line] = lines_of(bridge, "an SMS would have gone")

    assert line["text"].startswith("CRIT DiskFull db01")
    assert (line["to"], line["sender"], line["level"]) == ("+7908***4781", "OURNAME", "info")
    assert sandbox.sandbox.world.messages == {}
    assert bridge.stop() == 0


def test_nothing_is_posted_in_a_chat_and_nothing_fetched_from_it(make_bridge, sandbox):
    bridge = make_bridge()
    text = bridge.file.read_text().replace("[sms:anna]", "[sms:anna, chat:ops-room]")
    account = f"token: '1:x', api_url: {sandbox.url}"
    room = f"chats: {{ telegram: {{ {account}, rooms: {{ ops-room: {{ id: -100 }} }} }} }}"
    bridge.file.write_text(f"{text}\n{room}\n")
    bridge.start("--dry-run")

    fire(bridge)
    [line] = lines_of(bridge, "a chat post would have gone")

    assert (line["chat"], line["room"]) == ("telegram", "-100")
    assert "DiskFull" in line["text"]
    assert sandbox.sandbox.world.telegram.journal.total == 0
    assert bridge.stop() == 0


def test_the_real_data_is_not_touched(make_bridge):
    bridge = make_bridge().start("--dry-run")
    fire(bridge)
    lines_of(bridge, "an SMS would have gone")

    assert bridge.stop() == 0

    assert not bridge.database.parent.exists()


def test_an_address_that_is_taken_is_a_sentence(pilotbridge: Run, bridge):
    bridge.start()

    told = pilotbridge("run", "--dry-run", config=bridge.file)

    assert told.code == 78
    assert "is taken by another program; stop it, or change web.listen" in told.err
    assert bridge.stop() == 0


# --- what stands in ---------------------------------------------------------------------------------

CREDENTIALS = {
    "a key": "api_key: A-KEY-OF-OURS",
    "a login": "login: ours, password: secret-of-ours",
}


@pytest.mark.parametrize("credentials", CREDENTIALS.values(), ids=CREDENTIALS)
def test_whatever_a_gateway_is_configured_with_is_taken(credentials):
    configured = settings_of(f"gateways: {{ smspilot: {{ {credentials}, sender: OURNAME }} }}")

    with dry_ground() as ground:
        dry = ground.settings(configured)
        gateway = open_gateway(
            dry.gateways["smspilot"], dry, {}, clock=SystemClock(), make_adapter=ground.adapter
        )
        submitted = gateway.submit([OutgoingSms(1, PhoneNumber("+79087964781"), "hello", "OURNAME")])

    assert isinstance(submitted.outcomes[1], Accepted)


def test_a_gateway_of_another_kind_is_stood_in_for_too():
    configured = settings_of("gateways: { smspilot: { api_key: A-KEY-OF-OURS } }")
    strange = replace(configured.gateways["smspilot"], type="strange", api_key=None, options=object())

    with dry_ground() as ground:
        dry = ground.settings(replace(configured, gateways={"strange": strange}))

    assert dry.gateways["strange"].type == "smspilot"
    assert dry.gateways["strange"].options is None


def test_no_file_of_the_configuration_is_left_in_use():
    configured = settings_of("bridge: { data_dir: /var/lib/pilotbridge }")

    with dry_ground() as ground:
        dry = ground.settings(configured)
        folder = ground.folder

    assert dry.bridge.data_dir == folder
    assert dry.store.sqlite_path.parent == folder
    assert not folder.exists()


def settings_of(text: str) -> Settings:
    people = """
contacts: { anna: { phone: "+7 908 796-47-81" } }
receivers: [ { name: page-anna, steps: [ { notify: [sms:anna] } ] } ]
route: { receiver: page-anna }
"""
    gateways = "" if "gateways" in text else "gateways: { smspilot: { api_key: A-KEY-OF-OURS } }\n"
    return parse(f"{text}\n{gateways}{people}").settled()
