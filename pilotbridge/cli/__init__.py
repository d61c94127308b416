"""The command line: one file per group of commands, imported when it is called.

It owns how commands are found and how an error becomes an exit code; what a command does is its file's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any

import click

from pilotbridge import __version__
from pilotbridge.cli.invocation import Invocation
from pilotbridge.errors import (
    Closed,
    ConfigurationError,
    NotAllowed,
    NotFound,
    PilotBridgeError,
    Refused,
    ReplyLost,
    TryLater,
)

# Name -> (module below this one, what `--help` says). In the order in which a newcomer needs them.
COMMANDS = {
    "demo": ("demo", "See it work: a bridge, a gateway and phones on this machine."),
    "check": ("check", "Find everything that is wrong with the configuration, at once."),
    "run": ("run", "Run the bridge."),
    "sandbox": ("sandbox", "Run a gateway at home: API-2, phones, faults."),
    "send": ("send", "Send one SMS, and follow it."),
    "notify": ("notify", "For Nagios, Icinga, Monit and scripts: post a notification, or keep it."),
    "text": ("text", "What a text costs as SMS, and which characters are to blame."),
    "messages": ("messages", "The outbox: list, show, retry, cancel, resolve, pause."),
    "alerts": ("alerts", "What monitoring says: list, show."),
    "incidents": ("incidents", "What people were told of: list, show."),
    "ack": ("ack", "Take an incident, or give it back."),
    "silence": ("silence", "Keep alerts quiet for a time: add, list, expire."),
    "oncall": ("oncall", "Who is on call: show, next, take, override, overrides, end, swap, swaps, answer."),
    "inbox": ("inbox", "SMS that came in."),
    "conversations": ("conversations", "Who texts with us, and what was said: list, show, reply, close."),
    "contacts": ("contacts", "People, and what they want: list, verify, link, optouts."),
    "trace": ("trace", "The whole life of an alert or SMS, with the reason at each step."),
    "routes": ("routes", "Which alert goes to whom, and why: show, test, replay."),
    "balance": ("balance", "The gateway account's money."),
    "account": ("account", "What the gateway knows of the account."),
    "privacy": ("privacy", "What is kept about one number: export, forget."),
    "import": ("import_", "Write an Alertmanager's configuration as ours."),
    "plugins": ("plugins", "The plugins that are on, and what they answer."),
    "doctor": ("doctor", "Look for trouble on this machine."),
    "db": ("db", "Look after the database: backup, restore, verify, prune."),
}
_CONFIG_FILE = click.Path(path_type=Path, dir_okay=False, readable=False)
"""That it cannot be read is told by whoever reads it, with what to do."""
_FOLLOWING = "following_config"
_WITHOUT_CONFIG = ("demo", "sandbox", "text", "notify", "import")
_FIRST_STEPS = ("demo", "check", "run", "send", "trace", "doctor")

# The exit codes of the contract (docs/commands.md); the first kind that fits decides.
_EXIT_CODES: tuple[tuple[type[PilotBridgeError], int], ...] = (
    (NotFound, 3),
    (NotAllowed, 4),
    (Refused, 5),
    (ReplyLost, 6),
    (Closed, 69),
    (TryLater, 75),
    (ConfigurationError, 78),
)
INTERRUPTED = 130
"""As shells say it of a process that SIGINT ended."""


class _NobodyReads(Exception):
    """Whoever read our output has seen enough."""


class _Lazy(click.Group):
    """Imports a command's module when it is called, so that `--help` stays quick."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; click itself would end with 1, a failed check, when nobody reads any more."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _NobodyReads from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in COMMANDS:
            return None
        module = import_module(f"pilotbridge.cli.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, f"{name}_" if iskeyword(name) else name)
        _let_config_follow(command, _no_config if name in _WITHOUT_CONFIG else _another_config)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f"; did you mean {near[0]}?" if near else "; see pilotbridge --help"
            ctx.fail(f"there is no command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])


Named = Callable[[click.Context, click.Parameter, Path | None], None]


def _let_config_follow(command: click.Command, named: Named) -> None:
    """Let `-c FILE` stand behind the name of ``command`` and of those below it too, where people write it."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _let_config_follow(below, named)
    elif not any(option.name == _FOLLOWING for option in command.params):
        command.params.append(
            click.Option(
                ["-c", "--config", _FOLLOWING],
                type=_CONFIG_FILE,
                expose_value=False,
                callback=named,
                hidden=named is _no_config,
                help="The configuration file.",
            )
        )


def _another_config(ctx: click.Context, _option: click.Parameter, file: Path | None) -> None:
    if file is not None:
        ctx.obj = replace(ctx.obj, config=file)


def _no_config(ctx: click.Context, _option: click.Parameter, file: Path | None) -> None:
    """Better said than guessed at: click would offer an option that looks like it."""
    if file is not None:
        own = "; its own file is named with --settings" if ctx.info_name == "notify" else ""
        raise click.UsageError(f"{ctx.info_name} reads no configuration of a bridge{own}", ctx)


@click.group(
    cls=_Lazy,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-c",
    "--config",
    type=_CONFIG_FILE,
    envvar="PILOTBRIDGE_CONFIG",
    help="The configuration file.  [config/pilotbridge.yaml, /etc/pilotbridge/pilotbridge.yaml]",
)
@click.option("--json", "as_json", is_flag=True, help="Print facts as JSON, with keys that stay the same.")
@click.option("--lang", type=click.Choice(["en", "ru"]), help="The language of texts to people.")
@click.version_option(__version__, prog_name="pilotbridge", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: Path | None, *, as_json: bool, lang: str | None) -> None:
    """Alerts to phones by SMS, with nothing lost on the way; SMS back to those who watch."""
    ctx.obj = Invocation(config, as_json=as_json, language=lang)
    if ctx.invoked_subcommand is None:
        for name in _FIRST_STEPS:
            click.echo(f"pilotbridge {name:8} {COMMANDS[name][1]}")


def main() -> None:
    """The entry point: runs a command and exits with the code that its outcome has."""
    _let_nobody_listen()
    sys.exit(call())


def _let_nobody_listen() -> None:
    """Whoever starts a command with its output closed gets its exit code all the same."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - until the end


def call(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (the process's own when none is given) and return its exit code."""
    try:
        code = cli.main(arguments, prog_name="pilotbridge", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:
        # A question hides its cause, which is the context all the same.
        is_interrupted = isinstance(error.__context__, KeyboardInterrupt)
        click.echo("pilotbridge: ended before it was done", err=True)
        return INTERRUPTED if is_interrupted else 1
    except PilotBridgeError as error:
        click.echo(f"pilotbridge: {error.reason}", err=True)
        return exit_code(error)
    except PermissionError as error:
        click.echo(f"pilotbridge: {error.filename}: {error.strerror}", err=True)
        return exit_code(NotAllowed())
    except NotADirectoryError as error:
        click.echo(f"pilotbridge: {error.filename} lies below a file; change bridge.data_dir", err=True)
        return exit_code(ConfigurationError())
    except (BrokenPipeError, _NobodyReads):
        # Python must not complain while it ends and flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def exit_code(error: PilotBridgeError) -> int:
    """The exit code of a command that ended with ``error``."""
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), 1)
