"""From the bytes of a file to rows by key, or the line that makes no sense."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from pilotbridge_plugins.enrich_from_csv.options import KEPT, EnrichFromCsv

BYTES_MAX = 16 * 1024 * 1024

Row = Mapping[str, Mapping[str, str]]
"""The labels and the annotations that one line gives, as the bridge's storage keeps them."""


class Unusable(ValueError):
    """The file is not what the configuration says; the text names the line."""


def read_table(options: EnrichFromCsv) -> dict[str, Row]:
    """:raises Unusable: with what is wrong and where. Nothing of such a file counts."""
    lines = _lines(options)
    _, head = next(lines, (1, []))
    columns = [name.strip() for name in head]
    key = options.column or (columns[0] if columns else "")
    labels, annotations = _wanted(columns, key, options)
    table: dict[str, Row] = {}
    for number, fields in lines:
        if len(fields) != len(columns):
            raise Unusable(f"{options.file}:{number}: {len(fields)} fields, and the head has {len(columns)}")
        line = {name: field.strip() for name, field in zip(columns, fields, strict=True)}
        row = {"labels": _given(line, labels), "annotations": _given(line, annotations)}
        if line[key] and table.setdefault(line[key], row) != row:
            raise Unusable(f"{options.file}:{number}: {line[key]} stands there twice, with different values")
    if not table:
        raise Unusable(f"{options.file}: there are no rows in it; it may be half written")
    return table


def _wanted(columns: Sequence[str], key: str, options: EnrichFromCsv) -> tuple[list[str], list[str]]:
    """The columns that become labels, and annotations."""
    rest = [name for name in columns if name and name != key and name not in options.annotations]
    labels = list(rest if options.labels is None else options.labels)
    missing = [name for name in (key, *labels, *options.annotations) if name not in columns]
    if missing:
        raise Unusable(f"{options.file}:1: there is no column {missing[0]!r}; there are {', '.join(columns)}")
    if len(set(columns)) != len(columns):
        raise Unusable(f"{options.file}:1: a column stands there twice")
    if KEPT & set(labels):
        raise Unusable(
            f"{options.file}:1: {' and '.join(sorted(KEPT & set(labels)))} cannot be given; rename it"
        )
    return labels, list(options.annotations)


def _given(line: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: line[name] for name in names if line[name]}


def _lines(options: EnrichFromCsv) -> Iterator[tuple[int, list[str]]]:
    """Each line that is not empty, with its number."""
    reader = csv.reader(io.StringIO(_text(options)), delimiter=options.delimiter, strict=True)
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise Unusable(f"{options.file}:{reader.line_num}: {error}") from error
        if fields is None:
            return
        if fields:
            yield reader.line_num, fields


def _text(options: EnrichFromCsv) -> str:
    try:
        with options.file.open("rb") as opened:
            found = opened.read(BYTES_MAX + 1)
    except OSError as error:
        raise Unusable(f"{options.file} cannot be read: {error.strerror}") from error
    if len(found) > BYTES_MAX:
        raise Unusable(f"{options.file} is larger than {BYTES_MAX >> 20} MiB")
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable(f"{options.file}: byte {error.start} is no UTF-8; save it as UTF-8") from error
