"""The plugin's block of the configuration."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pilotbridge import FilePath, ReadableFile

KEPT = frozenset({"alertname", "severity"})
"""Labels that no file may give: they say what an alert is, and have been judged by then."""


class EnrichFromCsv(BaseModel):
    """``plugins.enrich_from_csv``. ``column`` is where the values of the label ``by`` stand; the first one.

    ``labels`` and ``annotations`` name columns; without ``labels`` all that are left become labels.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: ReadableFile
    by: str = Field("instance", min_length=1)
    column: str = ""
    labels: tuple[str, ...] | None = None
    annotations: tuple[str, ...] = ()
    without_port: bool = True
    overwrite: bool = False
    delimiter: str = Field(",", min_length=1, max_length=1)

    @field_validator("file")
    @classmethod
    def _is_whole(cls, file: FilePath) -> FilePath:
        if not file.is_absolute():
            raise ValueError(f"{file}: write the whole path, from / on")
        return file

    @field_validator("labels")
    @classmethod
    def _keeps_what_it_is(cls, labels: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if KEPT & set(labels or ()):
            raise ValueError(f"a file may not give {' or '.join(sorted(KEPT))}; leave it out")
        return labels
