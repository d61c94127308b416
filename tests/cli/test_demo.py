"""The demo as a newcomer calls it: its story on real sockets, and a port that somebody else has."""

from __future__ import annotations

import socket
import subprocess

import pytest

from pilotbridge.demo.ground import demo_ground
from tests.cli.conftest import COMMAND, Run


def test_its_story_comes_true_in_each_language():
    """One beside the other, which finds ports of its own."""
    english = begun("en")
    first = english.stdout.readline()
    russian = begun("ru")

    told = {"en": english.communicate(timeout=60), "ru": russian.communicate(timeout=60)}

    assert (english.returncode, russian.returncode) == (0, 0), told
    assert "an alert fires" in first
    assert "SMS to Anna: CRIT DiskFull db01" in told["en"][0]
    assert "SMS to Anna: KRIT DiskFull db01" in told["ru"][0]
    assert all(story.endswith("Anna's message shows 👌: delivered\n") for story, _ in told.values())


def test_two_that_are_started_in_one_moment_do_not_take_one_port():
    """Nobody listens at either bridge's port yet."""
    with demo_ground(port=None, language="en") as first, demo_ground(port=None, language="en") as second:
        ports = {first.bridge_url, second.bridge_url, first.sandbox.url, second.sandbox.url}

        taken = int(first.bridge_url.rpartition(":")[2])
        with (
            pytest.raises(OSError, match=f"port {taken} cannot be had"),
            demo_ground(port=taken, language="en"),
        ):
            pass

    assert len(ports) == 4


def test_a_port_is_free_again_when_its_demo_has_ended():
    with demo_ground(port=None, language="en") as first:
        taken = first.bridge_url

    with demo_ground(port=int(taken.rpartition(":")[2]), language="en") as again:
        assert again.bridge_url == taken


def begun(language: str) -> subprocess.Popen[str]:
    command = [COMMAND, "--lang", language, "demo", "--once"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def test_a_port_that_cannot_be_had_is_told_with_what_to_write(pilotbridge: Run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        told = pilotbridge("demo", "--port", port)

    assert told.code == 1
    assert told.err == (
        f"pilotbridge: port {port} cannot be had; choose another with --port, or let the demo choose one\n"
    )
