"""A real Icinga 2 with the command of the docs: a problem, taken and over, as two SMS."""

from __future__ import annotations

import grp
import json
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.process.conftest import COMMAND, CONFIGURATION, TEST_KEY, TOKEN, Bridge
from tests.process.conftest import bridge as bridge  # the fixture

BINARY = shutil.which("icinga2") or shutil.which("icinga2", path="/usr/sbin")
DOCS = (Path(__file__).parents[2] / "docs" / "nagios.md").read_text("utf-8")
[OF_SERVICES] = re.findall(
    r'^object NotificationCommand "pilotbridge-service" .*?^\}\n', DOCS, re.MULTILINE | re.DOTALL
)
[TYPES] = re.findall(r"`(types = \[.*?\])`", DOCS, re.DOTALL)

pytestmark = [
    pytest.mark.skipif(BINARY is None, reason="no Icinga here: apt-get install icinga2-bin"),
    pytest.mark.timeout(120),
]

MAIN = """
const NodeName = "test"
const ZoneName = "test"
const PluginDir = "/usr/lib/nagios/plugins"
include <itl>
object Endpoint NodeName { }
object Zone ZoneName { endpoints = [ NodeName ] }
object CheckerComponent "checker" { }
object NotificationComponent "notification" { }
object ExternalCommandListener "command" { command_path = "FOLDER/cmd" }
object CheckCommand "disk-test" { command = [ "FOLDER/check_disk" ] }
object User "anna" { }
object Host "db01" { address = "192.0.2.10"; check_command = "passive"; enable_active_checks = false }
object Service "Disk /" {
  host_name = "db01"
  check_command = "disk-test"
  check_interval = 1s
  retry_interval = 1s
  max_check_attempts = 1
}
object Notification "page" {
  host_name = "db01"
  service_name = "Disk /"
  command = "pilotbridge-service"
  users = [ "anna" ]
  interval = 0
  TYPES
}
"""
CHECK = """#!/bin/sh
used=$(cat FOLDER/used)
echo "DISK test: $used used | used=$used"
test "$used" = 10% || exit 2
"""


@dataclass
class Icinga:
    """One Icinga that watches one disk."""

    folder: Path
    process: subprocess.Popen[bytes]

    def uses(self, share: str) -> None:
        new = self.folder / "used.new"
        new.write_text(share)
        new.rename(self.folder / "used")

    def says(self) -> str:
        return (self.folder / "out").read_text("utf-8", "replace")

    def acknowledge(self, author: str) -> None:
        order = f"[1795332474] ACKNOWLEDGE_SVC_PROBLEM;db01;Disk /;1;1;0;{author};looking at it\n"
        (self.folder / "cmd").write_text(order)


@pytest.fixture
def icinga(tmp_path: Path, bridge: Bridge) -> Iterator[Icinga]:
    written = CONFIGURATION.format(
        folder=tmp_path, port=bridge.port, gateway=bridge.sandbox.url, key=TEST_KEY, token=TOKEN
    )
    written = written.replace("sources: { ", f"sources: {{ icinga: {{ token: {TOKEN} }}, ")
    bridge.file.write_text(written.replace("group_wait: 0s", "group_wait: 0s, group_interval: 1s"))
    bridge.start()
    bridge.order("account", operator_after_s=0.1, final_after_s=0.3)
    running = started(tmp_path / "icinga", bridge)
    bridge.wait_for(lambda: (running.folder / "cmd").exists(), 30, f"Icinga: {running.says()}")
    yield running
    running.process.terminate()
    running.process.wait(30)


def started(folder: Path, bridge: Bridge) -> Icinga:
    places = {name: folder / name for name in ("Data", "Log", "Cache", "InitRun", "Spool")}
    for place in places.values():
        place.mkdir(parents=True)
    (folder / "token").write_text(TOKEN)
    settings = folder / "notify.conf"
    settings.write_text(f"url: http://127.0.0.1:{bridge.port}\ntoken_file: {folder / 'token'}\n")
    command = OF_SERVICES.replace(
        '"/usr/bin/pilotbridge", "notify"', f'"{COMMAND}", "notify", "--settings", "{settings}"'
    )
    main = (MAIN + command).replace("FOLDER", str(folder)).replace("TYPES", TYPES)
    (folder / "icinga2.conf").write_text(main)
    (folder / "check_disk").write_text(CHECK.replace("FOLDER", str(folder)))
    (folder / "check_disk").chmod(0o700)
    (folder / "used").write_text("10%")
    mine = {
        "ICINGA2_USER": pwd.getpwuid(os.getuid()).pw_name,
        "ICINGA2_GROUP": grp.getgrgid(os.getgid()).gr_name,
    }
    defined = [f"-DConfiguration.{name}Dir={place}" for name, place in places.items()]
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            [str(BINARY), "daemon", "-c", str(folder / "icinga2.conf"), *defined],
            stdout=out,
            stderr=out,
            env={**os.environ, **mine},
        )
    return Icinga(folder, process)


def test_a_problem_taken_and_over_arrives_as_two_sms(bridge: Bridge, icinga: Icinga):
    icinga.uses("95%")
    bridge.wait_for(lambda: bridge.counts().get("delivered") == 1, 40, "the problem")
    icinga.acknowledge("ivan")
    bridge.wait_for(lambda: taken_by(bridge) == "ivan", 20, "the acknowledgement")
    icinga.uses("10%")
    bridge.wait_for(lambda: bridge.counts().get("delivered") == 2, 30, "its end")

    problem, over = bridge.texts_taken()
    assert problem.startswith("CRIT Disk / db01 DISK test: 95% used ")
    assert over.startswith("CLEAR Disk / db01 after ")


def taken_by(bridge: Bridge) -> str:
    _, answer = bridge.ask("GET", "/api/v1/incidents")
    [incident] = json.loads(answer)
    return incident["acknowledged_by"]
