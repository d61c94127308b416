"""Where the figures were measured: processors, system, file system, what an fsync takes, who else was busy.

It only looks.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median


def facts(folder: Path) -> dict[str, str]:
    """What a reader has to know to compare; ``folder`` is where the databases lie."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("uvicorn", "uvloop", "httptools"))
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "processors": f"{os.cpu_count()} x {_processor()}",
        "system": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_version()}; SQLite {sqlite3.sqlite_version}; {libraries}",
        "file system": _file_system(folder),
        "write of 4 KiB and fsync": f"{_fsync_ms(folder):.2f} ms (median)",
        "load average before": load_average(),
    }


def load_average() -> str:
    """How busy the machine was in the last minute, by the measurements themselves too."""
    return f"{os.getloadavg()[0]:.1f}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(folder: Path) -> str:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    path = str(folder.resolve())
    above = [mount for mount in mounts if path == mount[1] or path.startswith(mount[1].rstrip("/") + "/")]
    best = max(above, key=lambda mount: len(mount[1]))
    return f"{best[2]} ({best[3]})"


def _fsync_ms(folder: Path, times: int = 200) -> float:
    path, took = folder / "fsync", []
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(times):
            began = time.monotonic()
            os.write(descriptor, b"x" * 4096)
            os.fsync(descriptor)
            took.append((time.monotonic() - began) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    return median(took)
