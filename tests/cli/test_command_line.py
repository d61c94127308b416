"""The command line as a whole: how quick it is, how it helps, and how it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pilotbridge import errors
from pilotbridge.cli import COMMANDS, cli, exit_code
from tests.cli.conftest import COMMAND, Run

DOCS = Path(__file__).parents[2] / "docs" / "commands.md"
HEAVY = {
    "telegram",
    "requests",
    "sqlite_utils",
    "sqlite3",
    "pydantic",
    "starlette",
    "uvicorn",
    "rich",
}
QUICK_S = 0.2
"""What people take for at once."""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["text", "hello"], ["send", "--help"], ["notify", "--help"], []]
)
def test_what_needs_no_bridge_loads_none(arguments):
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pilotbridge.cli import call; call(sys.argv[1:]);"
            "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))",
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(found.stdout.rpartition("LOADED")[2].split())
    assert "pilotbridge" in loaded
    assert not loaded & HEAVY


def test_the_package_runs_where_its_script_is_not_on_the_path():
    by_script, by_package = (
        subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
        for command in ([COMMAND], [sys.executable, "-m", "pilotbridge"])
    )

    assert by_package == by_script


def test_help_is_there_at_once():
    bare = best_of(5, [sys.executable, "-c", "pass"])

    asked = best_of(5, [str(COMMAND), "--help"])

    assert asked - bare < QUICK_S, f"{asked:.3f} s, of which Python itself takes {bare:.3f} s"


def best_of(times: int, command: list[str]) -> float:
    """The quickest of several: what else runs on the machine only ever adds."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def test_alone_it_says_where_to_begin(pilotbridge: Run):
    told = pilotbridge()

    assert told.code == 0
    assert [line.split()[1] for line in told.out.splitlines()] == [
        "demo",
        "check",
        "run",
        "send",
        "trace",
        "doctor",
    ]


@pytest.mark.parametrize(("written", "meant"), [("mesages", "messages"), ("incident", "incidents")])
def test_an_unknown_command_is_answered_with_the_nearest(pilotbridge: Run, written, meant):
    told = pilotbridge(written, "list")

    assert told.code == 2
    assert f"there is no command '{written}'; did you mean {meant}?" in told.err


def test_an_unknown_command_below_a_group_is_answered_with_the_nearest(pilotbridge: Run):
    told = pilotbridge("messages", "lst")

    assert told.code == 2
    assert "Did you mean 'list'?" in told.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotFound("x"), 3),
        (errors.NotAllowed("x"), 4),
        (errors.Refused("x"), 5),
        (errors.ReplyLost("x"), 6),
        (errors.Closed("x"), 69),
        (errors.TryLater("x"), 75),
        (errors.StoreUnavailable("x"), 75),
        (errors.ConfigurationError("x"), 78),
        (errors.PilotBridgeError("x"), 1),
    ],
)
def test_every_kind_of_error_has_its_exit_code(error, code):
    assert exit_code(error) == code
    assert f"| {code} |" in DOCS.read_text(encoding="utf-8")


def test_whoever_has_read_enough_hears_no_complaint():
    """As in ``pilotbridge ... | head``: nobody reads any more when the command writes."""
    ours, theirs = os.pipe()
    os.close(ours)

    found = subprocess.run([COMMAND, "text", "hello"], stdout=theirs, stderr=subprocess.PIPE, check=False)

    os.close(theirs)
    assert (found.returncode, found.stderr) == (0, b"")


@pytest.mark.parametrize(("closed", "code"), [("<&-", 2), (">&-", 0), (">&- 2>&-", 0)])
def test_a_stream_that_is_closed_costs_no_more_than_itself(closed, code):
    text = "" if closed == "<&-" else "hello"

    found = subprocess.run(["sh", "-c", f"{COMMAND} text {text} {closed}"], capture_output=True, check=False)

    assert (found.returncode, b"Traceback" in found.stderr) == (code, False)


def test_a_question_that_is_interrupted_exits_130(world):
    """Unlike one that is answered with no."""
    import pty

    ours, theirs = pty.openpty()
    config = world.folder / "pilotbridge.yaml"
    asking = subprocess.Popen(
        [COMMAND, "-c", config, "privacy", "forget", "+79131437355"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    while b"[y/N]" not in seen:
        seen += os.read(ours, 4096)

    code = interrupted(asking)

    os.close(ours)
    assert code == 130


def interrupted(process: subprocess.Popen[bytes]) -> int:
    """Python overhears a signal that comes in the moment in which it begins to read; nobody is that quick."""
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(2)
    process.kill()
    return process.wait()


def test_a_configuration_that_is_not_there_is_named_with_what_to_do(pilotbridge: Run, tmp_path):
    told = pilotbridge("messages", "list", config=tmp_path / "none.yaml")

    assert told.code == 78
    assert "none.yaml: cannot be read: No such file or directory; name another with --config" in told.err


def test_the_configuration_may_be_named_behind_the_command_too(pilotbridge: Run, tmp_path):
    missing = tmp_path / "nope.yaml"

    told = [pilotbridge(*command, "-c", missing) for command in (["check"], ["messages", "list"])]

    assert [each.code for each in told] == [78, 78]
    assert all("nope.yaml: cannot be read" in each.out + each.err for each in told)


def test_a_fault_of_the_configuration_is_told_with_its_place(pilotbridge: Run, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("bridge:\n  zone: Mars/Olympus\nrout: {}\n")

    told = pilotbridge("messages", "list", config=file)

    assert told.code == 78
    assert f"{file}:2:9: bridge.zone" in told.err
    assert f"{file}:3:1: rout" in told.err


def test_a_state_that_the_sandbox_cannot_keep_is_told_without_a_lesson_in_usage(pilotbridge: Run, tmp_path):
    strange = tmp_path / "strange.jsonl"
    strange.write_text("not ours\n")

    told = [pilotbridge("sandbox", "--state", file) for file in (strange, tmp_path / "none" / "state.jsonl")]

    assert [each.code for each in told] == [78, 78]
    assert f"{strange}:1: " in told[0].err
    assert "No such file or directory; choose another file with --state" in told[1].err
    assert not any("Usage" in each.err or "listen" in each.err for each in told)


# --- help -------------------------------------------------------------------------------------------


def commands(group: click.Group = cli, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command by its full name."""
    context = click.Context(group)
    for below in group.list_commands(context):
        command = group.get_command(context, below)
        assert command is not None
        full = f"{name} {below}".strip()
        yield full, command
        if isinstance(command, click.Group):
            yield from commands(command, full)


ALL = dict(commands())


@pytest.mark.parametrize("name", ALL)
def test_every_command_says_what_it_does(name):
    command = ALL[name]

    assert command.help
    assert len(command.help.split()) >= 3
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert all(option.help for option in options if option.opts[0] != "--help")


@pytest.mark.parametrize("name", ["send", "text", "trace", "routes test", "silence add", "ack", "db backup"])
def test_a_command_whose_use_is_not_plain_shows_an_example(name):
    assert f"pilotbridge {name} " in (ALL[name].help or "")


@pytest.mark.parametrize("name", ALL)
def test_the_documentation_has_every_command_with_its_options(name):
    text = DOCS.read_text(encoding="utf-8")

    assert f"`{name}`" in text or f"`{name} " in text, f"docs/commands.md does not name {name}"
    for option in ALL[name].params:
        if isinstance(option, click.Option) and option.opts[0] not in ("--json", "--help"):
            assert f"{option.opts[-1]}" in text, f"docs/commands.md does not name {name} {option.opts[-1]}"


@pytest.mark.parametrize("name", [n for n, c in ALL.items() if not isinstance(c, click.Group)])
def test_every_command_that_prints_facts_prints_them_as_json(name):
    has_json = any("--json" in option.opts for option in ALL[name].params)

    assert has_json or name in ("demo", "run", "sandbox", "notify")


def test_the_short_help_names_each_command_below_a_group():
    for name, (_, says) in COMMANDS.items():
        command = ALL[name]
        if isinstance(command, click.Group):
            missing = [below for below in command.commands if below not in says]
            assert not missing or name in ("inbox", "plugins", "messages"), f"{name}: {missing}"
