"""What `doctor` looks at on the machine: programs, clock, limits, room on the disk, and who may read files.

It only looks; each look is a generator of findings.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from pilotbridge.cli.findings import Finding, bad, doubtful, well
from pilotbridge.clock import SystemClock, to_ms
from pilotbridge.config.settings import Settings
from pilotbridge.store.room import FREE_MIN_MIB, free_mib

OLDEST_SQLITE = (3, 35, 0)
"""RETURNING, which the queries need, came with it."""
FREE_FEW_MIB = 1024
OPEN_FILES_FEW = 4096
"""One Alertmanager was seen to open 884 connections at once; each of them is an open file."""
WRITTEN_IN_MS = 1_767_225_600_000
"""The first of January 2026: this program is younger, so is every honest clock."""
_TIME_ERROR = 5  # adjtimex(2): nobody keeps this clock right
_TIMEX_BYTES = 256  # more than struct timex has on any platform


def programs() -> Iterator[Finding]:
    """Python and SQLite."""
    from pilotbridge.store.looking import SAFE_WITH_SEVERAL_WRITERS, sqlite_version

    yield well("python", f"{platform.python_version()} at {sys.executable}")
    found = sqlite_version()
    written = ".".join(map(str, found))
    if found < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        yield bad("sqlite", f"{written} is too old", f"use a Python that has SQLite {oldest} or newer")
    elif found < SAFE_WITH_SEVERAL_WRITERS:
        safe = ".".join(map(str, SAFE_WITH_SEVERAL_WRITERS))
        yield well(
            "sqlite",
            f"{written}; before {safe} two writers could corrupt a database, the bridge is the only one: "
            "let no other tool write into it",
        )
    else:
        yield well("sqlite", written)


def clock() -> Iterator[Finding]:
    """Whether the clock can be right: alerts, statuses and schedules go by it."""
    now = SystemClock().utc_now()
    written = f"{now:%Y-%m-%d %H:%M} UTC"
    if to_ms(now) < WRITTEN_IN_MS:
        yield bad(
            "clock", f"it says {written}, before this program was written", "set it; start a time service"
        )
    elif _is_unkept():
        yield doubtful(
            "clock", f"{written}, and no time service keeps it", "start chrony or systemd-timesyncd"
        )
    else:
        yield well("clock", written)


def _is_unkept() -> bool:
    """Ask the kernel whether a time service has disciplined the clock; where it does not tell, believe so."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    return adjtimex is not None and adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) == _TIME_ERROR


def limits() -> Iterator[Finding]:
    """How many files may be open at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < OPEN_FILES_FEW:
        yield doubtful(
            "open files",
            f"{soft} at once for this user; a burst of senders may need more",
            f"LimitNOFILE={OPEN_FILES_FEW} in the unit, or ulimit -n {OPEN_FILES_FEW}",
        )
    else:
        yield well("open files", "no limit" if soft == resource.RLIM_INFINITY else f"{soft} at once")


def room(settings: Settings) -> Iterator[Finding]:
    """Whether the database's folder can be written into, and how much goes in."""
    folder = settings.store.sqlite_path.parent
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        what = "written into" if there == folder else f"made in {there}"
        fix = "give it to the user that runs the bridge, as whom doctor is called; or change bridge.data_dir"
        yield bad("data_dir", f"{folder} cannot be {what} by this user", fix)
    left_mib = free_mib(there)
    says = f"{left_mib} MiB free at {folder}"
    if left_mib < FREE_MIN_MIB:
        yield bad("disk", f"{says}; below {FREE_MIN_MIB} MiB nothing is safe", "make room, or move data_dir")
    elif left_mib < FREE_FEW_MIB:
        yield doubtful("disk", says, f"make room before it is less than {FREE_MIN_MIB} MiB")
    else:
        yield well("disk", says)


# --- who may read what ------------------------------------------------------------------------------


def files(config: Path, settings: Settings) -> Iterator[Finding]:
    """Whether strangers can read secrets, texts and phones, or change what is run."""
    found = [
        *_refusals(config, stat.S_IWOTH | stat.S_IWGRP, "can be changed by others", "go-w"),
        *(
            finding
            for secret in secret_files(config)
            for finding in _refusals(secret, stat.S_IRWXO, "holds a secret and is open to everybody", "o=")
        ),
        *_refusals(settings.bridge.data_dir, 0o077, "can be entered by others", "700"),
        *_refusals(settings.store.sqlite_path, 0o077, "holds phones and texts and is open to others", "600"),
    ]
    yield from found or [well("files", "nobody else can read secrets or texts, or change the configuration")]


def _refusals(path: Path, bits: int, says: str, mode: str) -> Iterator[Finding]:
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & bits:
        yield bad("files", f"{path} {says}", f"chmod {mode} {path}")


def secret_files(config: Path) -> list[Path]:
    """The files that the configuration takes secrets from."""
    from pilotbridge.config.document import read_document

    document = read_document(config.read_text(encoding="utf-8"), file=str(config), env=os.environ)
    named = (document.get(path) for path in document.paths() if path and str(path[-1]).endswith("_file"))
    public = document.get(("network", "ca_file"))
    return [config.parent / name for name in named if isinstance(name, str) and name != public]
