"""A measured figure with its target, and figures as a table for people.

Pure; it refuses to know how anything was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured in each round. ``target`` is a bound of the median: its least, or its most.

    With ``references`` (of the same rounds) the target bounds the ratio to them.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    target: float | None = None
    is_most: bool = False
    references: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def ratio(self) -> float | None:
        """The median of what each round came to beside its own reference."""
        if not self.references:
            return None
        return median(value / beside for value, beside in zip(self.values, self.references, strict=True))

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None when there is none."""
        if self.target is None:
            return None
        bounded = self.median if self.ratio is None else self.ratio
        return bounded <= self.target if self.is_most else bounded >= self.target


HEAD = ("figure", "median", "min..max", "rounds", "x reference", "target", "met")


def cells(figure: Figure) -> tuple[str, ...]:
    """One line of the table."""
    bound = "" if figure.target is None else ("at most " if figure.is_most else "at least ")
    goal = "" if figure.target is None else f"{bound}{number(figure.target)}"
    goal += f"{'x' if figure.references else ' ' + figure.unit}" if goal else ""
    return (
        figure.name,
        f"{number(figure.median)} {figure.unit}",
        f"{number(min(figure.values))}..{number(max(figure.values))}",
        str(len(figure.values)),
        "" if figure.ratio is None else f"{figure.ratio:.2f}x",
        goal,
        {True: "yes", False: "NO", None: ""}[figure.is_met],
    )


def number(value: float) -> str:
    """Three digits that matter."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def as_text(figures: Sequence[Figure]) -> str:
    """A table for a terminal."""
    rows = [HEAD, *map(cells, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def as_markdown(figures: Sequence[Figure]) -> str:
    """The same table for a document."""
    rows = [HEAD, ("---",) * len(HEAD), *map(cells, figures)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
