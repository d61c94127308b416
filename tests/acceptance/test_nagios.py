"""A real Nagios with the commands of the docs: a problem and its end as SMS, also with the bridge down."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.process.conftest import COMMAND, CONFIGURATION, TEST_KEY, TOKEN, Bridge
from tests.process.conftest import bridge as bridge  # the fixture

BINARY = shutil.which("nagios4") or shutil.which("nagios", path="/usr/sbin")
DOCS = (Path(__file__).parents[2] / "docs" / "nagios.md").read_text("utf-8")
WITH_ENVIRONMENT, WITH_FLAGS = re.findall(r"^```cfg\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)

pytestmark = [
    pytest.mark.skipif(BINARY is None, reason="no Nagios here: apt-get install nagios4-core"),
    pytest.mark.timeout(120),
]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = "\n".join(f"  {day} 00:00-24:00" for day in DAYS)
OBJECTS = f"""
define timeperiod {{
  timeperiod_name always
  alias always
{ALWAYS}
}}
define command {{
  command_name fine
  command_line /bin/true
}}
define command {{
  command_name disk
  command_line FOLDER/check_disk
}}
define contact {{
  contact_name anna
  host_notifications_enabled 1
  service_notifications_enabled 1
  host_notification_period always
  service_notification_period always
  host_notification_options d,u,r
  service_notification_options w,u,c,r
  host_notification_commands host-by-pilotbridge
  service_notification_commands service-by-pilotbridge
}}
define host {{
  host_name db01
  address 192.0.2.10
  check_command fine
  check_period always
  max_check_attempts 1
  check_interval 1
  retry_interval 1
  contacts anna
  notification_period always
  notification_interval 0
}}
define service {{
  host_name db01
  service_description Disk /
  check_command disk
  check_period always
  max_check_attempts 1
  check_interval 1
  retry_interval 1
  contacts anna
  notification_period always
  notification_interval 0
  notification_options w,u,c,r
}}
"""
MAIN = """
log_file=FOLDER/nagios.log
cfg_file=FOLDER/objects.cfg
object_cache_file=FOLDER/objects.cache
precached_object_file=FOLDER/objects.precache
status_file=FOLDER/status.dat
check_result_path=FOLDER/results
temp_file=FOLDER/tmp
temp_path=FOLDER
lock_file=FOLDER/lock
query_socket=FOLDER/qh
command_file=FOLDER/cmd
state_retention_file=FOLDER/retention
nagios_user=USER
nagios_group=GROUP
interval_length=1
check_for_updates=0
use_syslog=0
illegal_macro_output_chars=`~$&|'"<>
enable_environment_macros=ENVIRONMENT
service_inter_check_delay_method=n
host_inter_check_delay_method=n
"""
CHECK = """#!/bin/sh
used=$(cat FOLDER/used)
echo "DISK test: $used used | used=$used"
test "$used" = 10% || exit 2
"""


class Nagios:
    """One Nagios that watches one disk."""

    def __init__(self, folder: Path, bridge: Bridge, commands: str) -> None:
        self.folder, self.bridge = folder, bridge
        (folder / "results").mkdir(parents=True)
        self.uses("10%")
        self._write("check_disk", CHECK).chmod(0o700)
        self._write("objects.cfg", OBJECTS + commands.replace("/usr/bin/pilotbridge", str(COMMAND)))
        self._write("nagios.cfg", MAIN.replace("ENVIRONMENT", "1" if commands is WITH_ENVIRONMENT else "0"))
        self._write("token", TOKEN)
        spool = bridge.folder / "spool"
        settings = f"url: http://127.0.0.1:{bridge.port}\ntoken_file: FOLDER/token\nspool: {spool}\n"
        settings_file = self._write("notify.conf", settings)
        self._log = (folder / "out").open("wb")
        self.process = subprocess.Popen(
            [str(BINARY), str(folder / "nagios.cfg")],
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, "PILOTBRIDGE_NOTIFY_SETTINGS": str(settings_file)},
        )

    def _write(self, name: str, text: str) -> Path:
        import grp
        import pwd

        text = text.replace("FOLDER", str(self.folder)).replace("USER", pwd.getpwuid(os.getuid()).pw_name)
        path = self.folder / name
        path.write_text(text.replace("GROUP", grp.getgrgid(os.getgid()).gr_name), encoding="utf-8")
        return path

    def uses(self, share: str) -> None:
        """The disk is so full from now on."""
        new = self.folder / "used.new"
        new.write_text(share)
        new.rename(self.folder / "used")

    def says(self) -> str:
        log = self.folder / "nagios.log"
        return log.read_text("utf-8", "replace") if log.exists() else (self.folder / "out").read_text()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self._log.close()


@pytest.fixture(params=[WITH_ENVIRONMENT, WITH_FLAGS], ids=["environment", "flags"])
def nagios(request: pytest.FixtureRequest, tmp_path: Path, bridge: Bridge) -> Iterator[Nagios]:
    (bridge.folder / "spool").mkdir(mode=0o700)
    written = CONFIGURATION.format(
        folder=tmp_path, port=bridge.port, gateway=bridge.sandbox.url, key=TEST_KEY, token=TOKEN
    )
    written = written.replace("sources: { ", f"sources: {{ nagios: {{ token: {TOKEN} }}, ")
    written = written.replace("bridge: { ", f'bridge: {{ spool: "{bridge.folder / "spool"}", ')
    bridge.file.write_text(written.replace("group_wait: 0s", "group_wait: 0s, group_interval: 1s"))
    bridge.start()
    bridge.order("account", operator_after_s=0.1, final_after_s=0.3)
    running = Nagios(tmp_path / "nagios", bridge, request.param)
    bridge.wait_for(lambda: "DISK test: 10%" in status(running), 30, "the first check")
    yield running
    running.stop()


def status(nagios: Nagios) -> str:
    """What Nagios knows; its log has only what changes."""
    assert nagios.process.poll() is None, nagios.says()
    file = nagios.folder / "status.dat"
    checked = file.exists() and "current_state=0" in file.read_text("utf-8", "replace")
    return "DISK test: 10%" if checked and (nagios.folder / "used").exists() else ""


def delivered(bridge: Bridge, how_many: int):
    return lambda: bridge.counts().get("delivered") == how_many


def test_a_problem_and_its_end_arrive_as_two_sms(bridge: Bridge, nagios: Nagios):
    nagios.uses("95%")
    bridge.wait_for(delivered(bridge, 1), 30, "the problem")
    nagios.uses("10%")
    bridge.wait_for(delivered(bridge, 2), 30, "its end")

    problem, over = bridge.texts_taken()
    assert problem.startswith("CRIT Disk / db01 DISK test: 95% used ")
    assert over.startswith("CLEAR Disk / db01 after ")
    assert not list((bridge.folder / "spool").iterdir())


def test_what_happens_while_the_bridge_is_down_arrives_once_when_it_is_back(bridge: Bridge, nagios: Nagios):
    bridge.kill()
    nagios.uses("95%")
    spool = bridge.folder / "spool"
    bridge.wait_for(lambda: list(spool.glob("*.json")), 30, "the file in the spool")
    assert "NOTIFICATION: anna;db01;Disk /;CRITICAL" in nagios.says()

    bridge.start()
    bridge.wait_for(delivered(bridge, 1), 30, "the problem")
    nagios.uses("10%")
    bridge.wait_for(delivered(bridge, 2), 30, "its end")

    assert [text.split()[0] for text in bridge.texts_taken()] == ["CRIT", "CLEAR"]
    assert not list(spool.iterdir())
