"""Whatever a text tells somebody to type exists: commands and their options, in messages and in the docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pilotbridge.cli import COMMANDS, cli
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "pilotbridge").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")])
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", *(ROOT / "config").rglob("*.yaml")])
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
TYPED = re.compile(r"\bpilotbridge ((?:-c \S+ )?(?:[a-z]+)\b[^`'\"\n;|#<>]*)")


def texts_of(source: Path) -> Iterator[str]:
    """Every text of a program, what is filled in left out."""
    tree = ast.parse(source.read_text("utf-8"))
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "..." for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value


SAID = [(source, text) for source in SOURCES for text in texts_of(source)]
OF_OTHERS = {"--online", "--stuck"}
"""Of `check` and `messages list`, to which other commands point."""


def below(command: click.Command) -> Iterator[click.Command]:
    yield command
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        yield from below(each)


def options_of(*commands: click.Command) -> set[str]:
    every = [each for command in commands for each in below(command)]
    return {"--help"} | {
        option
        for each in [cli, *every]
        for param in each.params
        for option in (*param.opts, *param.secondary_opts)
    }


def command_of(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def called(line: str) -> tuple[click.Command | None, list[str]]:
    """The command that a typed line calls, and the words behind it."""
    words = re.sub(r"^-c \S+ ", "", line).split()
    if not words or words[0] not in COMMANDS:
        return None, words
    command, rest = command_of(words[0]), words[1:]
    while isinstance(command, click.Group) and rest and rest[0] in command.commands:
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


def unknown_in(line: str) -> set[str]:
    """The options of a typed line that its command does not have."""
    command, rest = called(line)
    return set(OPTION.findall(" ".join(rest))) - (options_of(command) if command else set())


def test_an_option_that_is_named_with_its_command_is_one_of_it():
    pages = [(page, page.read_text("utf-8")) for page in PAGES]

    typed = [(file.name, line) for file, text in [*SAID, *pages] for line in TYPED.findall(text)]

    assert len(typed) > 150
    assert {said: odd for said in typed if (odd := unknown_in(said[1]))} == {}


def test_an_option_that_is_named_alone_is_one_of_a_command():
    known = options_of(*map(command_of, COMMANDS))
    of_module = {f"{module}.py": options_of(command_of(name)) for name, (module, _) in COMMANDS.items()}

    named = [
        (file, option, of_module.get(file.name, known) if file.parent.name == "cli" else known)
        for file, text in SAID
        for option in OPTION.findall(text)
    ]

    assert {(file.name, option) for file, option, has in named if option not in has | OF_OTHERS} == set()


@pytest.mark.parametrize("name", ["demo", "sandbox", "text", "notify", "import"])
def test_what_reads_no_configuration_says_so(pilotbridge: Run, name):
    told = pilotbridge(name, "--config", "pilotbridge.yaml")

    assert told.code == 2
    assert f"Error: {name} reads no configuration of a bridge" in told.err
    assert ("--settings" in told.err) == (name == "notify")
