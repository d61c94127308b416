"""What an examination finds, and how it is shown: one line each, the fix below what is not well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import click

from pilotbridge.cli.facts import cell, counted, is_coloured


class Level(StrEnum):
    """``fail`` keeps the bridge from its work, or will; ``warn`` is worth a look."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    what: str
    says: str
    fix: str = ""

    def fact(self) -> dict[str, Any]:
        return asdict(self)


def well(what: str, says: str) -> Finding:
    return Finding(Level.OK, what, says)


def doubtful(what: str, says: str, fix: str) -> Finding:
    return Finding(Level.WARN, what, says, fix)


def bad(what: str, says: str, fix: str) -> Finding:
    return Finding(Level.FAIL, what, says, fix)


_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


def show(findings: Sequence[Finding]) -> None:
    """Print them in columns, and a word at the end."""
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        level = f"{finding.level:4}"
        if is_coloured():
            level = click.style(level, fg=_COLOURS[finding.level])
        click.echo(f"{level}  {finding.what:{width}}  {cell(finding.says)}")
        if finding.fix:
            click.echo(f"{'':{width + 6}}  fix: {cell(finding.fix)}")
    click.echo(_verdict(findings))


def _verdict(findings: Sequence[Finding]) -> str:
    failures = sum(finding.level is Level.FAIL for finding in findings)
    warnings = sum(finding.level is Level.WARN for finding in findings)
    if not failures and not warnings:
        return "\nAll is well."
    return f"\n{counted(failures, 'failure')}, {counted(warnings, 'warning')}."
