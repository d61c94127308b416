"""The part of RESULTS.md that is measured: it stands between two marks and is written whole.

It refuses to touch what people wrote around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.figures import Figure, as_markdown

FILE = Path(__file__).with_name("RESULTS.md")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def replaced(document: str, where: Mapping[str, str], figures: Sequence[Figure]) -> str:
    """``document`` with these figures between its marks.

    :raises ValueError: when it has lost its marks.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"RESULTS.md needs the lines {BEGIN} and {END}; put them back")
    machine = "\n".join(f"* {name}: {fact}" for name, fact in where.items())
    return f"{before}{BEGIN}\n{machine}\n\n{as_markdown(figures)}\n\n{_short(figures)}\n{END}{after}"


def _short(figures: Sequence[Figure]) -> str:
    missed = [figure.name.strip() for figure in figures if figure.is_met is False]
    return f"What falls short: {'; '.join(missed)}." if missed else "Every target was met."


def write(where: Mapping[str, str], figures: Sequence[Figure]) -> None:
    FILE.write_text(replaced(FILE.read_text("utf-8"), where, figures), encoding="utf-8")
