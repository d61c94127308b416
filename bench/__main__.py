"""``python -m bench [SCENARIO ...] [--quick] [--write]``: measure, print the table, keep it in RESULTS.md.

It owns the order; the exit code says nothing about targets, because a busy machine is no fault.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import results
from bench.figures import Figure, as_text
from bench.machine import facts, load_average
from bench.scenarios import QUICK, SCENARIOS, Scale


def main(words: Sequence[str] | None = None) -> int:
    asked = _arguments(words)
    folder = Path(tempfile.mkdtemp(prefix="pilotbridge-bench-", dir=asked.folder))
    try:
        where = facts(folder)
        for name, fact in where.items():
            print(f"{name}: {fact}", flush=True)
        figures = _measured(asked.scenarios or list(SCENARIOS), folder, QUICK if asked.quick else Scale())
    finally:
        shutil.rmtree(folder)
    print("\n" + as_text(figures))
    if asked.write:
        scale = "a quick one (--quick)" if asked.quick else "a whole one"
        results.write(where | {"load average after": load_average(), "run": scale}, figures)
    return 0


def _measured(names: Sequence[str], folder: Path, scale: Scale) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        began = time.monotonic()
        at = folder / name
        at.mkdir(mode=0o700)
        found = SCENARIOS[name](at, scale)
        shutil.rmtree(at)
        figures += found
        print(f"\n{name} ({time.monotonic() - began:.0f} s)\n{as_text(found)}", flush=True)
    return figures


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the installed bridge.")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(SCENARIOS)}; all")
    parser.add_argument("--quick", action="store_true", help="less of everything, to see that it works")
    parser.add_argument("--write", action="store_true", help="put the figures into bench/RESULTS.md")
    parser.add_argument("--folder", type=Path, help="where databases are made; it must be a real disk")
    asked = parser.parse_args(words)
    if unknown := [name for name in asked.scenarios if name not in SCENARIOS]:
        parser.error(f"there is no scenario {unknown[0]}; there are {', '.join(SCENARIOS)}")
    if asked.write and asked.scenarios:
        parser.error("--write keeps a whole run only: leave out the scenarios")
    return asked


if __name__ == "__main__":
    sys.exit(main())
