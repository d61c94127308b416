"""`pilotbridge plugins`: which plugins are on, where they come from and what they answer."""

from __future__ import annotations

import os

import click

from pilotbridge.cli.facts import json_option, show_list
from pilotbridge.cli.invocation import Invocation

_COLUMNS = {"name": "NAME", "origin": "FROM", "hooks": "ANSWERS", "sha256": "SHA-256"}


@click.group()
def plugins() -> None:
    """The plugins that are on, in the order they are asked."""


@plugins.command("list")
@json_option
@click.pass_obj
def list_plugins(invocation: Invocation) -> None:
    """List plugins, and files of the plugin folder that nobody switched on."""
    from pilotbridge.config.loader import outline
    from pilotbridge.plugin_manager.loading import load_plugins, unnamed_files

    found = outline(invocation.path, env=os.environ)
    plugins = load_plugins(found).loaded
    loaded = [
        {
            "name": plugin.name,
            "origin": plugin.origin,
            "hooks": list(plugin.hooks),
            "sha256": plugin.sha256 if invocation.as_json else plugin.sha256[:12],
        }
        for plugin in plugins
    ]
    show_list(loaded, _COLUMNS, invocation, empty="No plugin is on.")
    for plugin in plugins:
        if not plugin.hooks:
            click.echo(
                f"{plugin.name} answers no hook, so that it does nothing: write @hookimpl above a function "
                "that is called like a hook (docs/plugins/README.md), or remove it",
                err=True,
            )
    for path in unnamed_files(found):
        click.echo(f"off: {path}; to switch it on write  plugins: {{ {path.stem}: {{}} }}", err=True)
