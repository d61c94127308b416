"""`pilotbridge notify` to a bridge that freezes, dies and comes back: each notification is heard once."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.process.conftest import COMMAND, CONFIGURATION, TEST_KEY, TOKEN, Bridge


@pytest.fixture
def spool(tmp_path: Path, bridge: Bridge) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir(mode=0o700)
    (tmp_path / "token").write_text(TOKEN)
    written = CONFIGURATION.format(
        folder=tmp_path, port=bridge.port, gateway=bridge.sandbox.url, key=TEST_KEY, token=TOKEN
    )
    written = written.replace("bridge: { ", f'bridge: {{ spool: "{folder}", ')
    bridge.file.write_text(written.replace("sources: { ", f"sources: {{ cron: {{ token: {TOKEN} }}, "))
    return folder


def notify(bridge: Bridge, name: str) -> subprocess.CompletedProcess[str]:
    folder, url = bridge.folder, f"http://127.0.0.1:{bridge.port}"
    ways = ("--url", url, "--token-file", str(folder / "token"), "--spool", str(folder / "spool"))
    return subprocess.run(
        [COMMAND, "notify", "--from", "cron", "--name", name, "--state", "failed", *ways],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )


def names_told(bridge: Bridge) -> list[str]:
    return sorted(text.split()[1] for text in bridge.texts_taken())


@pytest.mark.timeout(90)
def test_a_post_whose_answer_came_too_late_and_its_file_are_heard_once(bridge: Bridge, spool: Path):
    bridge.start()
    bridge.signal(signal.SIGSTOP)
    told = notify(bridge, "frozen")
    assert "did not answer within 2 s" in told.stderr
    assert len(list(spool.iterdir())) == 1

    bridge.signal(signal.SIGCONT)
    bridge.wait_for(lambda: not list(spool.iterdir()), 30, "the file to be taken in")
    notify(bridge, "after")
    bridge.wait_for(lambda: "after" in names_told(bridge), 30, "the next one")

    assert names_told(bridge) == ["after", "frozen"]


@pytest.mark.timeout(90)
def test_what_was_said_while_the_bridge_was_killed_again_and_again_is_heard_once(bridge: Bridge, spool: Path):
    said = []
    for number in range(4):
        bridge.start()
        for part in ("up", "down"):
            said.append(f"{part}{number}")
            if part == "down":
                bridge.kill()
            notify(bridge, said[-1])

    bridge.start()
    bridge.wait_for(lambda: len(names_told(bridge)) >= len(said), 30, "all of them")

    assert names_told(bridge) == sorted(said)
    assert not list(spool.iterdir())
