"""The configuration's reference, written from the schema: ``docs/configuration.md`` and a JSON Schema.

Every key, type, default and meaning is taken from where the loader takes it; only the introduction is prose.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pilotbridge.config.diagnostics import CODES
from pilotbridge.config.fields import read_size, write_duration, write_size
from pilotbridge.config.schema import Configuration
from pilotbridge.config.settings import Listen, Secret
from pilotbridge.matcher import Matchers

_INTRODUCTION = """\
# Configuration

*Written from the schema by `python -m pilotbridge.config.reference > docs/configuration.md`;
a test compares it.*

One YAML 1.2 file: `-c PATH`, else `$PILOTBRIDGE_CONFIG`, `config/pilotbridge.yaml`,
`/etc/pilotbridge/pilotbridge.yaml`. `pilotbridge check` reads it and prints every fault at once, each with
`file:line:col`, cause, fix and code.

- Unknown and duplicate keys are faults. A key without a value counts as not written.
- `${NAME}` in a value is taken from the environment, after the YAML is read; `$${NAME}` stays `${NAME}`.
  Inside `{ }` and `[ ]` it needs quotes.
- A secret stands in a file of its own (`api_key_file`) or, less well, in place (`api_key`). This file is
  refused when it holds secrets and everybody may read it; `pilotbridge doctor` looks at the other files too.
- Names of files are relative to the folder of this file; `bridge.data_dir` is relative to the folder the
  bridge is started in.
- Durations: `500ms 30s 5m 4h 7d 2w 1y`, also joined: `1d12h`. Sizes: `16MiB`, `500KB`.
- Matchers are Alertmanager's: `severity="critical"`, `team=~"db|web"`, `env!="test"`, `host!~"dev.*"`, or
  several in braces. Patterns are RE2's and match the whole value; an absent label is the empty text.
- Alertmanager's `route` block is accepted as it is, old spellings (`match`, `match_re`) included.
- An address is a contact: `anna` (her ways in order), `sms:anna`, `sms:anna#phone2`. A number never stands
  where an address is meant.
"""

_WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    Decimal: "number",
    str: "text",
    Path: "file",
    Secret: "secret",
    timedelta: "duration",
    Matchers: "matchers",
    Listen: "host:port",
    Any: "",
}


def markdown() -> str:
    """The text of ``docs/configuration.md``."""
    parts = [_INTRODUCTION, *_blocks()]
    parts.append(
        "## Codes\n\n" + _table(("code", "meaning"), ((f"`{code}`", CODES[code]) for code in sorted(CODES)))
    )
    return "\n".join(parts)


def json_schema() -> dict[str, Any]:
    """A JSON Schema for editors. Keys that only a plugin knows are open in it."""
    schema = Configuration.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    for name in ("SourceBlock", "SmspilotBlock", "ChatBlock"):
        schema["$defs"][name]["additionalProperties"] = True
        schema["$defs"][name]["required"] = []
    return schema


def _blocks() -> Iterator[str]:
    for name, info in Configuration.model_fields.items():
        model, path = _model_in(info.annotation, name)
        if model is None:
            yield f"## `{name}`\n\n{info.description}\n"
        else:
            yield from _block(model, path, info.description or "", depth=2, above=())


def _block(
    model: type[BaseModel], path: str, says: str, *, depth: int, above: tuple[type[BaseModel], ...]
) -> Iterator[str]:
    """The table of one block, then those of the blocks inside it."""
    rows = (
        (f"`{info.alias or name}`", _kind(info), _default(info), info.description or "")
        for name, info in model.model_fields.items()
    )
    yield f"{'#' * depth} `{path}`\n\n{says}\n\n" + _table(("key", "type", "default", "meaning"), rows)
    for name, info in model.model_fields.items():
        inner, inner_path = _model_in(info.annotation, f"{path}.{info.alias or name}")
        if inner and inner not in (model, *above):
            yield from _block(inner, inner_path, info.description or "", depth=3, above=(model, *above))


def _table(head: tuple[str, ...], rows: Any) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


# --- types and defaults as people write them --------------------------------------------------------


def _model_in(annotation: Any, path: str) -> tuple[type[BaseModel] | None, str]:
    """The block inside ``annotation`` and the path that leads to it."""
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return bare, path
    arguments = typing.get_args(bare)
    if typing.get_origin(bare) is dict:
        return _model_in(arguments[1], f"{path}.NAME")
    if typing.get_origin(bare) is tuple:
        return _model_in(arguments[0], f"{path}[]")
    return None, path


def _bare(annotation: Any) -> Any:
    if typing.get_origin(annotation) is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return _bare(next(kind for kind in typing.get_args(annotation) if kind is not type(None)))
    return annotation


def _kind(info: FieldInfo) -> str:
    return "size" if _is_size(info) else _word(info.annotation)


def _is_size(info: FieldInfo) -> bool:
    return any(getattr(item, "func", None) is read_size for item in info.metadata)


def _word(annotation: Any) -> str:
    bare = _bare(annotation)
    arguments = typing.get_args(bare)
    match typing.get_origin(bare):
        case typing.Literal:
            return " or ".join(f"`{value}`" for value in arguments)
        case origin if origin is tuple:
            return f"list of {_word(arguments[0])}" if _word(arguments[0]) else "list"
        case origin if origin is dict:
            return f"NAME: {_word(arguments[1])}" if _word(arguments[1]) else "block"
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return "block"
    if isinstance(bare, type) and issubclass(bare, Enum):
        return " or ".join(f"`{item.value}`" for item in bare)
    return _WORDS[bare]


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "*needed*"
    value = info.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}) or isinstance(value, BaseModel):
        return ""
    if isinstance(value, tuple):
        return ", ".join(f"`{_written(item)}`" for item in value)
    return f"`{write_size(value) if _is_size(info) else _written(value)}`"


def _written(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case timedelta():
            return write_duration(value)
        case Enum():
            return str(value.value)
        case Matchers():
            return str(value).strip("{}") if len(value) == 1 else str(value)
    return str(value)


if __name__ == "__main__":
    import sys

    sys.stdout.write(markdown())
