"""One reading of one file: blocks are validated, secrets are fetched, and whatever is wrong is noted.

It turns pydantic's errors into faults with a place and a fix; it refuses to know what a block is for.
"""

from __future__ import annotations

import os
import re
import stat
import types
import typing
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pilotbridge.config.diagnostics import Fault, Path, suggest
from pilotbridge.config.document import Document, WrittenFloat, WrittenInt
from pilotbridge.config.fields import IS_READ, as_text, kind_of, why_no_name
from pilotbridge.config.names import Names
from pilotbridge.config.settings import Secret

B = TypeVar("B", bound=BaseModel)
Options = Mapping[str, type | None]

MAX_SECRET_BYTES = 64 * 1024

_SECRET_KEY = re.compile(r"(?:token|secret|password|passwd|api_?key)$", re.IGNORECASE)
_BLOCK_TYPES = {"dict_type", "mapping_type", "model_type", "model_attributes_type"}
_LIST_TYPES = {"list_type", "tuple_type"}
_CAUSES = {
    "string_type": "must be text, not {kind}",
    "path_type": "must be the path of a file, not {kind}",
    "int_type": "must be a whole number, not {kind}",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "decimal_type": "must be a number, not {kind}",
    "decimal_parsing": "must be a number",
    "float_type": "must be a number, not {kind}",
    "float_parsing": "must be a number",
    "finite_number": "must be a number that has an end",
    "bool_type": "must be true or false, not {kind}",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_long": "has more than {max_length} characters",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
}


def _only_looks_empty(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Whether a list counts as empty because what stands in it is wrong, which is said there."""
    place = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in details
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What the plugins brought: types and names, each with the pydantic model of its own keys, if any.

    None means that nobody has asked the plugins yet: every name passes and its keys are not judged.
    ``installed`` are the names that could be switched on, to be suggested; ``idle`` are plugins that were
    loaded and answer nothing.
    """

    sources: Options | None = None
    gateways: Options | None = None
    chats: Options | None = None
    plugins: Options | None = None
    installed: tuple[str, ...] = ()
    idle: frozenset[str] = frozenset()


@dataclass(slots=True)
class Reading:
    """Collects what is wrong while the blocks of ``document`` are read.

    ``folder`` is where relative file names begin. ``inline`` holds the places of secrets that stand in the
    file itself. ``nameable`` is what plugins' blocks may name.
    """

    document: Document
    folder: FilePath
    known: Known
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    secrets: set[Secret] = field(default_factory=set)
    inline: list[Path] = field(default_factory=list)
    nameable: Names = field(default_factory=Names)

    def fault(self, code: str, path: Path, cause: str, fix: str = "", *, key: bool = False) -> None:
        self.faults.append(self.document.fault(code, path, cause, fix, key=key))

    def warn(self, code: str, path: Path, cause: str, fix: str = "", *, key: bool = False) -> None:
        self.warnings.append(self.document.fault(code, path, cause, fix, key=key))

    # --- blocks ---

    def names(self, path: Path) -> list[str]:
        """The names of the block at ``path``; none when it is no block."""
        block = self.document.get(path)
        return list(block) if isinstance(block, dict) else []

    def has(self, path: Path, name: str) -> bool:
        """Whether the block at ``path`` has this name; of very many names it costs what it does of few."""
        block = self.document.get(path)
        return isinstance(block, dict) and name in block

    def entries(self, path: Path, *, in_url: bool = False) -> list[str]:
        """The names of the block at ``path``, judged as names; ``in_url`` says that they stand in a URL."""
        self.expect(path, dict)
        names = self.names(path)
        for name in names:
            fix = why_no_name(name, in_url=in_url)
            if fix:
                self.fault("bad-value", (*path, name), f"{name!r} is no name", fix, key=True)
        return names

    def text(self, path: Path) -> str:
        """The text at ``path`` as it was written; empty when there is none."""
        written = as_text(self.document.get(path))
        return written if isinstance(written, str) else ""

    def count(self, path: Path) -> int:
        """How many items the list at ``path`` has."""
        items = self.document.get(path)
        return len(items) if isinstance(items, list) else 0

    def expect(self, path: Path, kind: type[dict[str, Any]] | type[list[Any]]) -> None:
        """Note it when what stands at ``path`` is neither nothing nor a block (or list)."""
        value = self.document.get(path)
        if value is not None and not isinstance(value, kind):
            wanted = "block of keys" if kind is dict else "list"
            self.fault("bad-type", path, f"must be a {wanted}, not {kind_of(value)}")

    def block(self, model: type[B], path: Path, *, default: B | None = None) -> B | None:
        """The block at ``path``; ``default`` when it is wrong, which is noted."""
        return self.validate(model, self.document.get(path), path) or default

    def validate(self, model: type[B], value: Any, path: Path, also: Collection[str] = ()) -> B | None:
        """``value`` as ``model``; ``also`` are further keys to think of when one is unknown."""
        try:
            return model.model_validate(value, context=self.nameable)
        except ValidationError as error:
            details = error.errors(include_url=False)
            for detail in details:
                if not _only_looks_empty(detail, details):
                    self._note(detail, model, path, also)
            return None

    def options(
        self,
        known: Options | None,
        path: Path,
        values: dict[str, Any],
        common: Collection[str],
        *,
        kind: str,
    ) -> Any:
        """The keys that only a plugin knows, as its own model; plain when nobody knows yet."""
        self.note_secrets(values, path)
        if known is None or kind not in known:
            return plain(values)
        model = known[kind]
        names = set(model.model_fields) if model and issubclass(model, BaseModel) else set()
        strange = set() if model and _takes_anything(model) else set(values) - names - _aliases(model)
        for name in sorted(strange):
            self.unknown_key((*path, name), name, {*names, *common})
        if model is None or not issubclass(model, BaseModel):
            return None
        known_values = {name: values[name] for name in values if name not in strange}
        block = self.validate(model, known_values, path, common)
        if block is not None:
            self._warn_of_unread(block, path)
        return block

    def _warn_of_unread(self, block: BaseModel, path: Path) -> None:
        """Files that a plugin reads again and again: the bridge can be run while one is not there."""
        for name, known in type(block).model_fields.items():
            file = getattr(block, name) if IS_READ in known.metadata else None
            try:
                if file is not None:
                    file.open("rb").close()
            except OSError as error:
                cause = f"{file} cannot be read: {error.strerror}"
                self.warn("missing-file", (*path, name), cause, "mend the path, or let the bridge read it")

    def unknown_key(self, path: Path, name: str, known: Collection[str]) -> None:
        self.fault(
            "unknown-key", path, f"there is no key {name!r} here", suggest(name, known, what="keys"), key=True
        )

    def _note(self, error: ErrorDetails, model: type[BaseModel], base: Path, also: Collection[str]) -> None:
        loc, kind, context = error["loc"], error["type"], error.get("ctx", {})
        path = self._path(base, loc)
        if kind == "extra_forbidden":
            known = {*_keys_at(model, loc[:-1]), *(also if len(loc) == 1 else ())}
            self.unknown_key(path, str(loc[-1]), known)
        elif kind == "missing":
            self.fault("missing-key", path, f"the key {loc[-1]!r} is missing", "add it", key=True)
        elif kind == "told":
            self.fault(context["code"], path, context["cause"], context["fix"], key=loc[-1:] == ("[key]",))
        elif kind in _BLOCK_TYPES | _LIST_TYPES:
            wanted = "block of keys" if kind in _BLOCK_TYPES else "list"
            self.fault("bad-type", path, f"must be a {wanted}, not {kind_of(error['input'])}")
        else:
            known_cause = _CAUSES.get(kind, "").format(kind=kind_of(error["input"]), **context)
            cause = known_cause or error["msg"].removeprefix("Value error, ")
            self.fault("bad-type" if kind.endswith("_type") else "bad-value", path, cause)

    def _path(self, base: Path, loc: tuple[int | str, ...]) -> Path:
        """Where ``loc`` is in the file; a union's class names and what is missing are not there."""
        path = base
        for part in loc:
            here = self.document.get(path)
            if isinstance(here, list) and part in here and isinstance(part, str):
                path = (*path, here.index(part))  # a list that is read as a block of its words
            elif (isinstance(here, dict) and part in here) or (
                isinstance(here, list) and isinstance(part, int)
            ):
                path = (*path, part)
        return path

    # --- secrets ---

    def secret(self, path: Path, name: str, inline: Secret | None, file: FilePath | None) -> Secret | None:
        """The secret ``name`` of the block at ``path``, from the file itself or from ``<name>_file``."""
        if inline and file:
            self.fault("bad-credentials", (*path, name), f"both {name} and {name}_file", "keep one of them")
            return None
        if inline:
            self.note_secret(inline, (*path, name))
            return inline
        if file is None:
            return None
        secret = self._from_file((*path, f"{name}_file"), self.folder / file)
        if secret:
            self.secrets.add(secret)
        return secret

    def note_secret(self, secret: Secret, path: Path) -> None:
        self.secrets.add(secret)
        if path not in self.document.from_env:
            self.inline.append(path)

    def note_secrets(self, values: Any, path: Path) -> None:
        """Take every text whose key says that it is a secret as one."""
        if isinstance(values, dict):
            for name, value in values.items():
                if isinstance(value, str) and value and _SECRET_KEY.search(name):
                    self.note_secret(Secret(value), (*path, name))
                self.note_secrets(value, (*path, name))
        elif isinstance(values, list):
            for index, value in enumerate(values):
                self.note_secrets(value, (*path, index))

    def _from_file(self, path: Path, file: FilePath) -> Secret | None:
        try:
            with file.open("rb") as opened:
                text = opened.read(MAX_SECRET_BYTES).decode("utf-8").strip()
                is_open = os.fstat(opened.fileno()).st_mode & stat.S_IROTH
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            self.fault(
                "missing-file", path, f"{file} cannot be read: {why}", "write the secret into this file"
            )
            return None
        if not text or len(text.split()) > 1:
            what = "more than one word" if text else "nothing"
            self.fault(
                "missing-file", path, f"{file} holds {what}", "write the secret into it, and nothing else"
            )
            return None
        if is_open:
            self.warn("open-secret", path, f"everybody on this machine can read {file}", f"chmod 600 {file}")
        return Secret(text)


def plain(value: Any) -> Any:
    """``value`` with ordinary numbers, for readers who know nothing of how it was written."""
    match value:
        case dict():
            return {name: plain(item) for name, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case WrittenInt():
            return int(value)
        case WrittenFloat():
            return float(value)
    return value


def _takes_anything(model: type) -> bool:
    return issubclass(model, BaseModel) and model.model_config.get("extra") == "allow"


def _aliases(model: type | None) -> set[str]:
    if model is None or not issubclass(model, BaseModel):
        return set()
    return {info.alias for info in model.model_fields.values() if info.alias}


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> set[str]:
    """The keys of the block that ``loc`` leads to, as far as the annotations tell."""
    here: Any = model
    for part in loc:
        here = _inside(here, part)
    here = _unwrapped(here)
    if not isinstance(here, type) or not issubclass(here, BaseModel):
        return set()
    return {info.alias or name for name, info in here.model_fields.items()}


def _inside(annotation: Any, part: int | str) -> Any:
    here = _unwrapped(annotation)
    if isinstance(here, type) and issubclass(here, BaseModel):
        found = (info for name, info in here.model_fields.items() if part in (name, info.alias))
        return next((info.annotation for info in found), None)
    arguments = typing.get_args(here)
    return (arguments[-1] if typing.get_origin(here) is dict else arguments[0]) if arguments else None


def _unwrapped(annotation: Any) -> Any:
    """``annotation`` without Annotated and without its None."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _unwrapped(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return _unwrapped(next(kind for kind in typing.get_args(annotation) if kind is not type(None)))
    return annotation
