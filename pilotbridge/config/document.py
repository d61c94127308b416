"""A YAML 1.2 file as plain values, with the position of every key and value.

It reports broken YAML, duplicate keys and unset variables; it refuses to know what any key means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from pilotbridge.config.diagnostics import Fault, Path, spell

MAX_DEPTH = 60
MAX_VALUES = 500_000
MAX_DIGITS = 100

_VARIABLE = re.compile(r"\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TAG = "tag:yaml.org,2002:"


class WrittenInt(int):
    """A whole number that remembers how it was written: ``0123`` may be the prefix of a line."""

    text: str


class WrittenFloat(float):
    """A number that remembers how it was written: ``1.10`` may be a version or money."""

    text: str


@dataclass(slots=True)
class Document:
    """The plain values of one file. ``faults`` are those of the file itself.

    ``from_env`` holds the paths of the values that a ``${VAR}`` contributed to.
    """

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    from_env: set[Path] = field(default_factory=set)
    _keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _values: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def place(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Line and column of the value (or key) at ``path``, or of the nearest thing that holds it."""
        if key and path in self._keys:
            return self._keys[path]
        for length in range(len(path), 0, -1):
            known = self._values if length == len(path) else self._keys
            found = known.get(path[:length]) or self._values.get(path[:length])
            if found:
                return found
        return 0, 0

    def get(self, path: Path) -> Any:
        """The value at ``path``, or None."""
        value: Any = self.values
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def paths(self) -> Iterator[Path]:
        """Every path of the file, in order."""
        return iter(self._values)

    def fault(self, code: str, path: Path, cause: str, fix: str = "", *, key: bool = False) -> Fault:
        line, col = self.place(path, key=key)
        return Fault(code, self.file, line, col, spell(path), cause, fix)


def read_document(text: str, *, file: str, env: Mapping[str, str] | None, begins: str = "bridge") -> Document:
    """Read ``text``; ``${VAR}`` in values is taken from ``env`` (``$${VAR}`` stays ``${VAR}``).

    Without ``env`` every value is the text as it is written, for a file that is another program's.
    """
    document = Document(file)
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    yaml.composer.warn_double_anchors = False
    try:
        node = yaml.compose(StringIO(text))
    except MarkedYAMLError as error:
        document.faults.append(_broken(text, file, error))
        return document
    except ReaderError as error:
        document.faults.append(_unprintable(text, file, error.position))
        return document
    except YAMLError as error:
        document.faults.append(Fault("bad-yaml", file, 0, 0, "", str(error).split("\n")[0], ""))
        return document
    if node is None:
        return document
    if not isinstance(node, MappingNode):
        line, col = _mark(node)
        cause = "the file must be a block of keys"
        document.faults.append(Fault("bad-type", file, line, col, "", cause, f"begin with `{begins}:`"))
        return document
    values = _Plain(document, env)
    document.values = values.value(node, ())
    if values.are_too_many:
        cause = f"aliases make more than {MAX_VALUES} values of it"
        document.faults = [Fault("bad-yaml", file, 1, 1, "", cause, "write what they stand for")]
    return document


_PLAINLY = (
    (
        "quoted scalar, found unexpected end",
        "a quote that is not closed",
        "close it, or write it twice inside",
    ),
    (
        "but found another document",
        "a second document begins with ---",
        "one file holds one; remove the line",
    ),
    (
        "found undefined alias",
        "an alias (*) of what is not there",
        "write & and its name where it is, above this",
    ),
    ("expected ':'", "a key without its colon", "write it like key: value"),
    ("<block mapping start>", "this line does not begin where those above do", "indent it as they are"),
    ("found '<scalar>'", "text behind the end of a value", "check the quotes, here and in the lines above"),
    ("expected ',' or ']'", "a [ that is not closed", "close it with ]"),
    ("expected ',' or '}'", "a { that is not closed", "close it with }, or put a text with : in quotes"),
    (
        "mapping values are not allowed",
        "a colon where none can be",
        "put a text with : in quotes; or the line is indented too deep, or the one above has no colon",
    ),
    ("'\\t'", "a tab", "YAML is indented with spaces"),
)
"""What the reader's words mean to whoever wrote the file: (part of its words, cause, fix)."""


def _broken(text: str, file: str, error: MarkedYAMLError) -> Fault:
    cause = ", ".join(part for part in (error.context, error.problem) if part)
    # Only the next line shows that a key had no colon; the context is where it stands.
    is_in_context = "expected ':'" in cause or "quoted scalar" in cause
    mark = (error.context_mark if is_in_context else error.problem_mark) or error.context_mark
    line, col = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    fix = "check indentation, quotes and brackets here"
    if mark and "${" in "".join(text.splitlines()[mark.line : mark.line + 1])[: mark.column + 1]:
        fix = 'inside { } and [ ] a variable needs quotes: "${NAME}"'
    else:
        plainly = (found[1:] for found in _PLAINLY if found[0] in cause)
        cause, fix = next(plainly, (cause, fix))
    return Fault("bad-yaml", file, line, col, "", cause, fix)


def _unprintable(text: str, file: str, position: int) -> Fault:
    """A character that no text has: a NUL, or what colours a terminal."""
    before = text[:position]
    line, col = before.count("\n") + 1, position - before.rfind("\n")
    cause = f"the character {ord(text[position]):#04x}, which nobody can see"
    return Fault("bad-yaml", file, line, col, "", cause, "remove it, or write the line anew")


def _mark(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


class _Plain:
    """Turns nodes into plain values and notes where each stood."""

    def __init__(self, document: Document, env: Mapping[str, str] | None) -> None:
        self._document = document
        self._env = env
        self._open: list[Node] = []
        self._count = 0

    @property
    def are_too_many(self) -> bool:
        """Whether it is not read to its end, for it would fill the memory."""
        return self._count > MAX_VALUES

    def value(self, node: Node, path: Path) -> Any:
        self._document._values[path] = _mark(node)
        self._count += 1
        if self.are_too_many:
            return None
        if any(node is other for other in self._open):
            return self._refuse("bad-yaml", path, "an alias that holds itself", "write what it stands for")
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        self._open.append(node)
        plain = self._list(node, path) if isinstance(node, SequenceNode) else self._block(node, path)
        self._open.pop()
        return plain

    def _refuse(self, code: str, path: Path, cause: str, fix: str = "", *, key: bool = False) -> None:
        self._document.faults.append(self._document.fault(code, path, cause, fix, key=key))

    def _list(self, node: Node, path: Path) -> list[Any]:
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _block(self, node: Node, path: Path) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        merged: list[Node] = []
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._refuse("bad-yaml", path, "a key that is a list or a block", "write a plain word")
            elif str(key.tag) == _TAG + "merge":
                merged.append(value)
            elif key.value in plain:
                self._repeated(key, (*path, key.value))
            else:
                self._document._keys[(*path, key.value)] = _mark(key)
                plain[key.value] = self.value(value, (*path, key.value))
        for value in merged:
            self._merge(plain, value, path)
        return plain

    def _merge(self, plain: dict[str, Any], node: Node, path: Path) -> None:
        """Take in the blocks behind ``<<``; keys that stand in the block itself win."""
        for source in node.value if isinstance(node, SequenceNode) else [node]:
            if not isinstance(source, MappingNode):
                self._refuse("bad-yaml", path, "<< must name a block", "write <<: *anchor")
                continue
            for key, value in source.value:
                if key.value not in plain:
                    self._document._keys[(*path, key.value)] = _mark(key)
                    plain[key.value] = self.value(value, (*path, key.value))

    def _repeated(self, key: Node, path: Path) -> None:
        line, col = _mark(key)
        first = self._document.place(path, key=True)[0]
        cause = f"the key {key.value} stood in line {first} already"
        fault = Fault(
            "duplicate-key", self._document.file, line, col, spell(path), cause, "keep one of the two"
        )
        self._document.faults.append(fault)

    def _scalar(self, node: Node, path: Path) -> Any:
        kind = str(node.tag).removeprefix(_TAG)
        text: str = node.value
        if self._env is None and kind != "null":
            return text
        match kind:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" if len(text) < MAX_DIGITS:
                return _written_int(text)
            case "float":
                return _written_float(text)
            case (
                "str" | "int" | "timestamp"
            ):  # an unquoted date stays the text it is; who wants a date reads it
                return self._expanded(text, path)
        return self._refuse("bad-yaml", path, f"the tag {node.tag} means nothing here", "remove it")

    def _expanded(self, text: str, path: Path) -> str:
        return _VARIABLE.sub(lambda found: self._variable(found, path), text) if "${" in text else text

    def _variable(self, found: re.Match[str], path: Path) -> str:
        if found[1]:
            return found[0][1:]
        self._document.from_env.add(path)
        env = self._env or {}
        if found[2] not in env:
            self._refuse("missing-env", path, f"the variable {found[2]} is not set", f"export {found[2]}=...")
        return env.get(found[2], "")


def _written_int(text: str) -> int:
    plain = text.replace("_", "")
    based = plain.lower().lstrip("+-").startswith(("0x", "0o", "0b"))
    number = WrittenInt(int(plain, 0) if based else int(plain))
    number.text = text
    return number


def _written_float(text: str) -> float:
    plain = text.replace("_", "").lower()
    number = WrittenFloat(float(plain.replace(".inf", "inf").replace(".nan", "nan")))
    number.text = text
    return number
