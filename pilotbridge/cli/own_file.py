"""A file that a command writes for whoever called it: for its owner only, and never over another."""

from __future__ import annotations

import os
from pathlib import Path

from pilotbridge.errors import NotAllowed


def write_own(path: Path, text: str) -> None:
    """:raises NotAllowed: when ``path`` is there already, or cannot be written; then nothing is there."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise NotAllowed(f"{path} exists already; name another, this overwrites nothing") from None
    except OSError as error:
        raise NotAllowed(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise NotAllowed(f"{path} cannot be written: {error.strerror}") from error
