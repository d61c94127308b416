"""Plugins that are single files in ``bridge.plugin_folder``: which ones may be loaded at all.

Whoever can write such a file can do what the bridge can, so its owner and mode are judged first.
"""

from __future__ import annotations

import importlib.util
import os
import re
import stat
import sys
from pathlib import Path
from types import ModuleType

from pilotbridge.errors import ConfigurationError
from pilotbridge.plugin_manager.sound import WHATEVER_IT_RAISES, in_words

_FILE_NAME = re.compile(r"[a-z][a-z0-9_]*\.py")


def plugin_files(folder: Path | None) -> dict[str, Path]:
    """Name -> file of every plugin in ``folder``.

    :raises ConfigurationError: when the folder is not there or others may write into it.
    """
    if folder is None:
        return {}
    if not folder.is_dir():
        raise ConfigurationError(f"bridge.plugin_folder: {folder} is no folder; make it, or remove the key")
    _refuse_others(folder)
    try:
        files = sorted(path for path in folder.iterdir() if _FILE_NAME.fullmatch(path.name))
    except OSError as error:
        raise ConfigurationError(
            f"bridge.plugin_folder: {folder} cannot be read: {error.strerror}"
        ) from error
    return {path.stem: path for path in files}


def load_file(name: str, path: Path) -> ModuleType:
    """Run the file as a module of its own.

    :raises ConfigurationError: when others may write it, or it does not run.
    """
    _refuse_link_out(path)
    _refuse_others(path)
    spec = importlib.util.spec_from_file_location(f"pilotbridge_folder_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    try:
        spec.loader.exec_module(module)
    except WHATEVER_IT_RAISES as error:
        del sys.modules[module.__name__]
        raise ConfigurationError(f"plugin {name} ({path}) does not run: {in_words(error)}") from error
    return module


def _refuse_link_out(path: Path) -> None:
    target = path.resolve()
    if path.is_symlink() and target.parent != path.parent.resolve():
        raise ConfigurationError(f"{path} is a link to {target}; copy the file into the plugin folder")


def _refuse_others(path: Path) -> None:
    """Refuse what is writable by others, by a group that has members, or owned by a stranger."""
    try:
        found = path.stat()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    if found.st_uid not in (0, os.geteuid()):
        raise ConfigurationError(
            f"{path} belongs to somebody else (user {found.st_uid}); fix it with:\n"
            f"  chown {os.geteuid()} {path}"
        )
    writers = [
        who for who, bit in (("others", stat.S_IWOTH), ("its group", stat.S_IWGRP)) if found.st_mode & bit
    ]
    if "its group" in writers and not _has_other_members(found.st_gid):
        writers.remove("its group")
    if writers:
        raise ConfigurationError(
            f"{path} can be written by {' and '.join(writers)}; fix it with:\n  chmod go-w {path}"
        )


def _has_other_members(group_id: int) -> bool:
    """Whether the group has members beside the user whose own group it is."""
    import grp
    import pwd

    try:
        group = grp.getgrgid(group_id)
    except KeyError:
        return True
    # In many a container no file names the user.
    me = {entry.pw_name for entry in pwd.getpwall() if entry.pw_uid == os.geteuid()}
    primary = {entry.pw_name for entry in pwd.getpwall() if entry.pw_gid == group_id}
    return bool((set(group.gr_mem) | primary) - me)
