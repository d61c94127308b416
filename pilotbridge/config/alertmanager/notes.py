"""What became of each part of the file: a list that reads like a diff, and what is left to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from pilotbridge.config.diagnostics import Path, spell
from pilotbridge.config.document import Document


class Kind(StrEnum):
    """The sign a line begins with."""

    CARRIED = "+"
    LEFT_OUT = "-"
    CHANGED = "~"


@dataclass(frozen=True, slots=True)
class Note:
    """One part of the file. ``line`` and ``col`` count from 1."""

    kind: Kind
    file: str
    line: int
    col: int
    path: str
    says: str

    def __str__(self) -> str:
        return f"{self.kind} {self.file}:{self.line}:{self.col}: {self.path}: {self.says}"


@dataclass(slots=True)
class Notes:
    """Collects notes about ``document``. ``secrets`` are files to be written, with what into each."""

    document: Document
    found: list[Note] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)

    def carried(self, path: Path, says: str) -> None:
        self._add(Kind.CARRIED, path, says)

    def left_out(self, path: Path, says: str) -> None:
        self._add(Kind.LEFT_OUT, path, says)

    def changed(self, path: Path, says: str) -> None:
        self._add(Kind.CHANGED, path, says)

    def _add(self, kind: Kind, path: Path, says: str) -> None:
        line, col = self.document.place(path, key=True)
        self.found.append(Note(kind, self.document.file, line, col, spell(path), says))

    def in_order(self) -> Iterator[Note]:
        return iter(sorted(self.found, key=lambda note: (note.line, note.col)))


def place(document: Document, path: Path) -> str:
    """``alertmanager.yml:41``, for a comment."""
    return f"{document.file}:{document.place(path)[0]}"
