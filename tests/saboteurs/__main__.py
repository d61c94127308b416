"""Tests the tests: breaks one promise at a time in a copy of the tree and runs the tests that must notice.

``python -m tests.saboteurs [NAME...]``. The tree itself is never touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from tests.saboteurs.mutants import MUTANTS, Edit, Mutant

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("pilotbridge", "plugins", "tests", "config", "docs", "pyproject.toml", "README.md", "Makefile")
WITHIN_S = 180
FAILED, NOTHING_RAN = 1, (2, 3, 4, 5)


def main(names: Sequence[str]) -> int:
    if find_spec("pytest") is None:
        sys.exit("pytest is not installed here: every saboteur would seem killed; see CONTRIBUTING.md")
    chosen = _chosen(names)
    with tempfile.TemporaryDirectory(prefix="saboteurs-") as folder:
        tree = Path(folder)
        _copy(tree)
        survivors = [mutant.name for mutant in chosen if not _is_killed(tree, mutant)]
    _say(f"{len(chosen) - len(survivors)} of {len(chosen)} killed")
    return 1 if survivors else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _chosen(names: Sequence[str]) -> list[Mutant]:
    unknown = set(names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        sys.exit(f"no such saboteur: {', '.join(sorted(unknown))}; see tests/saboteurs/mutants/")
    return [mutant for mutant in MUTANTS if not names or mutant.name in names]


def _copy(tree: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, tree / name)


def _is_killed(tree: Path, mutant: Mutant) -> bool:
    began = time.monotonic()
    before = {edit.file: (tree / edit.file).read_text("utf-8") for edit in mutant.edits}
    try:
        for edit in mutant.edits:
            _apply(tree, edit)
        said = _verdict(tree, mutant)
    finally:
        for name, text in before.items():
            (tree / name).write_text(text, "utf-8")
    _say(f"{said:<9} {time.monotonic() - began:6.1f} s  {mutant.name}")
    return said == "killed"


def _apply(tree: Path, edit: Edit) -> None:
    path = tree / edit.file
    text = path.read_text("utf-8")
    if text.count(edit.old) != 1:
        sys.exit(f"{edit.file} has {text.count(edit.old)} times, not once: {edit.old!r}")
    path.write_text(text.replace(edit.old, edit.new), "utf-8")


def _verdict(tree: Path, mutant: Mutant) -> str:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-n", "0", *mutant.tests]
    here = f"{tree}{os.pathsep}{tree / 'plugins'}"
    environment = os.environ | {"PYTHONPATH": here, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ran = subprocess.run(
            command, cwd=tree, env=environment, timeout=WITHIN_S, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired:
        return "HANGS"
    if ran.returncode in NOTHING_RAN:
        _say((ran.stdout[-2000:] + ran.stderr[-2000:]).decode("utf-8", "replace"))
        return "BROKEN"
    return "killed" if ran.returncode == FAILED else "SURVIVED"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
