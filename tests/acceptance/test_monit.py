"""A real Monit with the lines of the docs: what is missing, and that it is back, as two SMS."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.process.conftest import COMMAND, CONFIGURATION, TEST_KEY, TOKEN, Bridge
from tests.process.conftest import bridge as bridge  # the fixture

BINARY = shutil.which("monit") or shutil.which("monit", path="/usr/sbin:/usr/bin")
DOCS = (Path(__file__).parents[2] / "docs" / "nagios.md").read_text("utf-8")
[CHECK] = re.findall(r"^check process nginx .*\n((?:  .*\n){3})", DOCS, re.MULTILINE)

pytestmark = [
    pytest.mark.skipif(BINARY is None, reason="no Monit here: apt-get install monit"),
    pytest.mark.timeout(120),
]

MAIN = """
set daemon 1
set pidfile {folder}/pid
set statefile {folder}/state
set idfile {folder}/id
set log {folder}/log
check file nginx with path {folder}/watched
{check}
"""


@dataclass
class Monit:
    """One Monit that watches one file."""

    folder: Path
    process: subprocess.Popen[bytes]

    def is_there(self, yes: bool) -> None:
        watched = self.folder / "watched"
        watched.touch() if yes else watched.unlink()


@pytest.fixture
def monit(tmp_path: Path, bridge: Bridge) -> Iterator[Monit]:
    written = CONFIGURATION.format(
        folder=tmp_path, port=bridge.port, gateway=bridge.sandbox.url, key=TEST_KEY, token=TOKEN
    )
    written = written.replace("sources: { ", f"sources: {{ monit: {{ token: {TOKEN} }}, ")
    bridge.file.write_text(written.replace("group_wait: 0s", "group_wait: 0s, group_interval: 1s"))
    bridge.start()
    bridge.order("account", operator_after_s=0.1, final_after_s=0.3)
    folder = tmp_path / "monit"
    folder.mkdir()
    (folder / "token").write_text(TOKEN)
    settings = folder / "notify.conf"
    settings.write_text(f"url: http://127.0.0.1:{bridge.port}\ntoken_file: {folder / 'token'}\n")
    check = CHECK.replace("/usr/bin/pilotbridge notify", f"{COMMAND} notify --settings {settings}")
    file = folder / "monitrc"
    file.touch(mode=0o600)
    file.write_text(MAIN.format(folder=folder, check=check))
    (folder / "watched").touch()
    running = Monit(folder, subprocess.Popen([str(BINARY), "-I", "-c", str(file)], stdout=subprocess.DEVNULL))
    bridge.wait_for(lambda: (folder / "state").exists(), 30, "the first cycle")
    yield running
    running.process.terminate()
    running.process.wait(20)


def test_what_is_missing_and_is_back_arrives_as_two_sms(bridge: Bridge, monit: Monit):
    monit.is_there(False)
    bridge.wait_for(lambda: bridge.counts().get("delivered") == 1, 30, "the event")
    monit.is_there(True)
    bridge.wait_for(lambda: bridge.counts().get("delivered") == 2, 30, "its end")

    missing, back = bridge.texts_taken()
    assert missing.startswith("CRIT nginx ")
    assert "exist" in missing
    assert back.startswith("CLEAR nginx ")
