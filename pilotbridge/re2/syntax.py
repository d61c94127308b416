"""The grammar of RE2, the regular expressions of Prometheus and Alertmanager, read into a small tree.

It knows what a pattern means and how Python spells it; it refuses what RE2 refuses (look-around,
back-references, atomic groups) and never matches anything itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pilotbridge.re2.properties import inside_of

MAX_LENGTH = 1000
MAX_DEPTH = 50
MAX_REPEAT = 1000


class BadPattern(ValueError):
    """The text is no regular expression that RE2 would take."""


@dataclass(frozen=True, slots=True)
class Char:
    """Exactly one character; ``python`` matches it."""

    python: str


@dataclass(frozen=True, slots=True)
class Assertion:
    """A place between two characters: one of ``^ $ A z b B``, where ^ and $ are those of a line."""

    kind: str


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    item: Node
    low: int
    high: int | None


Node = Char | Assertion | Sequence | Choice | Repeat

_ASSERTIONS = {"^": r"(?m:^)", "$": r"(?m:$)", "A": r"\A", "z": r"\Z", "b": r"(?a:\b)", "B": r"(?a:\B)"}
# RE2's Perl and POSIX classes hold ASCII only; Python's \d and \w would take every script's.
_PERL = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_CONTROL = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_REPEAT = re.compile(r"\{(\d{1,9})(,?)(\d{0,9})\}")
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(-[a-zA-Z]+)?([:)])")
_NAMED = re.compile(r"\(\?P?<(\w+)>", re.ASCII)
_POSIX_CLASS = re.compile(r"\[:(\^?)([a-z]+):\]")
_QUOTED = re.compile(r"(\\[^Q])|\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_CATEGORY = re.compile(r"([pP])(?:([A-Z])|\{(\^?)([A-Za-z]+)\})")
_HEX = re.compile(r"x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})")
_OCTAL = re.compile(r"0[0-7]{0,2}")


@dataclass(frozen=True, slots=True)
class _Flags:
    ignore_case: bool = False
    dot_all: bool = False
    lines: bool = False


def parse(pattern: str) -> Node:
    """The tree of ``pattern``.

    :raises BadPattern: with what RE2 does not take, and where.
    """
    if len(pattern) > MAX_LENGTH:
        raise BadPattern(f"the pattern has {len(pattern)} characters; at most {MAX_LENGTH} are allowed")
    reader = _Reader(_QUOTED.sub(_unquoted, pattern))
    node = reader.choice(_Flags(), 0)
    if reader.more():
        raise reader.bad("a ) that closes nothing")
    return node


def to_python(node: Node) -> str:
    """The same pattern as Python's ``re`` spells it."""
    match node:
        case Char(python):
            return python
        case Assertion(kind):
            return _ASSERTIONS[kind]
        case Sequence(items):
            return "".join(map(to_python, items))
        case Choice(items):
            return "(?:" + "|".join(map(to_python, items)) + ")"
        case Repeat(item, low, high):
            return f"(?:{to_python(item)}){{{low},{'' if high is None else high}}}"


def _unquoted(found: re.Match[str]) -> str:
    r"""What stands between ``\Q`` and ``\E``, each character escaped; other escapes as they are."""
    return found[1] or re.escape(found[2])


class _Reader:
    """Reads a pattern from left to right; one method per rule of the grammar."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0

    def bad(self, what: str) -> BadPattern:
        return BadPattern(f"{what} at character {self.at + 1} of {self.text!r}")

    def more(self) -> bool:
        return self.at < len(self.text)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        char = self.peek()
        if not char:
            raise self.bad("the pattern ends too early")
        self.at += 1
        return char

    def took(self, regex: re.Pattern[str]) -> re.Match[str] | None:
        found = regex.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def choice(self, flags: _Flags, depth: int) -> Node:
        """Alternatives up to the end or a closing bracket; ``(?i)`` holds from there on."""
        if depth > MAX_DEPTH:
            raise self.bad(f"more than {MAX_DEPTH} brackets inside each other")
        branches: list[tuple[Node, ...]] = []
        items: list[Node] = []
        while self.more() and self.peek() != ")":
            if self.peek() == "|":
                self.take()
                branches.append(tuple(items))
                items = []
            elif (found := _FLAGS.match(self.text, self.at)) and found[3] == ")":
                self.at = found.end()
                flags = self.changed(flags, found)
            else:
                items.append(self.repeated(flags, depth))
        branches.append(tuple(items))
        nodes = tuple(Sequence(branch) if len(branch) != 1 else branch[0] for branch in branches)
        return nodes[0] if len(nodes) == 1 else Choice(nodes)

    def changed(self, flags: _Flags, found: re.Match[str]) -> _Flags:
        names = {"i": "ignore_case", "s": "dot_all", "m": "lines"}
        for letters, value in ((found[1], True), ((found[2] or "-")[1:], False)):
            for letter in letters:
                if letter == "U":  # lazy or greedy is the same to a match of the whole text
                    continue
                if letter not in names:
                    raise self.bad(f"there is no flag {letter!r}, only i, m, s and U,")
                flags = replace(flags, **{names[letter]: value})
        return flags

    def repeated(self, flags: _Flags, depth: int) -> Node:
        item = self.atom(flags, depth)
        bounds = self.bounds()
        if bounds is None:
            return item
        if self.peek() == "?":  # lazy or greedy is the same to a match of the whole text
            self.take()
        if (self.peek() and self.peek() in "*+?") or _REPEAT.match(self.text, self.at):
            raise self.bad("two repetitions in a row")
        return Repeat(item, *bounds)

    def bounds(self) -> tuple[int, int | None] | None:
        if self.peek() and self.peek() in "*+?":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[self.take()]
        found = self.took(_REPEAT)
        if not found:
            return None
        low = int(found[1])
        high = (int(found[3]) if found[3] else None) if found[2] else low
        if max(low, high or 0) > MAX_REPEAT or (high is not None and high < low):
            raise self.bad(f"the repetition {found[0]} is out of range (0 to {MAX_REPEAT})")
        return low, high

    def atom(self, flags: _Flags, depth: int) -> Node:
        char = self.take()
        match char:
            case "(":
                return self.group(flags, depth)
            case "[":
                return _char(self.bracket(), flags)
            case ".":
                return Char("(?s:.)" if flags.dot_all else r"[^\n]")
            case "^":
                return Assertion("^" if flags.lines else "A")
            case "$":
                return Assertion("$" if flags.lines else "z")
            case "\\":
                return self.escape(flags)
            case "*" | "+" | "?":
                raise self.bad(f"a {char} that repeats nothing")
        return _char(re.escape(char), flags)

    def group(self, flags: _Flags, depth: int) -> Node:
        self.at -= 1
        if found := self.took(_FLAGS):
            flags = self.changed(flags, found)
        elif not self.took(_NAMED):
            if self.text.startswith("(?", self.at):
                raise self.bad("look-around, back-references and other Perl groups are not supported (RE2)")
            self.at += 1
        node = self.choice(flags, depth + 1)
        if self.peek() != ")":
            raise self.bad("a ( that is never closed")
        self.at += 1
        return node

    def escape(self, flags: _Flags) -> Node:
        char = self.peek()
        if char and char in "AzbB":
            return Assertion(self.take())
        if char and char.lower() in _PERL:
            return Char(f"[{'^' if self.take().isupper() else ''}{_PERL[char.lower()]}]")
        if inside := self.category():
            return _char(f"[{inside}]", flags)
        return _char(re.escape(self.escaped_char()), flags)

    def category(self) -> str:
        r"""The inside of the class that a ``\p`` here stands for; empty when none stands here."""
        found = _CATEGORY.match(self.text, self.at)
        if not found:
            return ""
        negated = (found[1] == "P") != (found[3] == "^")
        inside = inside_of(found[2] or found[4], negated=negated)
        if inside:
            self.at = found.end()
        return inside

    def escaped_char(self) -> str:
        """The one character that the escape after a backslash stands for."""
        if found := self.took(_HEX):
            return self.code_point(int(found[1] or found[2], 16))
        if found := self.took(_OCTAL):
            return chr(int(found[0], 8))
        char = self.take()
        if char in _CONTROL:
            return _CONTROL[char]
        if char in "pP":
            raise self.bad(r"\p knows categories only, like \pL or \p{Lu}; list the letters, like [а-яё]")
        if char.isdigit():
            raise self.bad("back-references are not supported (RE2)")
        if char.isalpha() and char.isascii():
            raise self.bad(f"the escape \\{char} is not known")
        return char

    def code_point(self, number: int) -> str:
        if number > 0x10FFFF:
            raise self.bad("there is no such character")
        return chr(number)

    def bracket(self) -> str:
        """A character class, from behind its opening bracket."""
        negated = self.peek() == "^" and bool(self.take())
        parts: list[str] = []
        while self.peek() != "]" or not parts:
            parts.append(self.class_item())
        self.take()
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def class_item(self) -> str:
        if found := self.took(_POSIX_CLASS):
            if found[2] not in _POSIX:
                raise self.bad(f"the class [:{found[2]}:] is not known")
            return _complement(_POSIX[found[2]]) if found[1] else _POSIX[found[2]]
        low = self.class_char()
        if len(low) > 1 or self.peek() != "-" or self.text[self.at + 1 : self.at + 2] in ("]", ""):
            return low if len(low) > 1 else _in_class(low)
        self.take()
        high = self.class_char()
        if len(high) > 1 or high < low:
            raise self.bad("a range in [ ] that runs backwards")
        return f"{_in_class(low)}-{_in_class(high)}"

    def class_char(self) -> str:
        """One character, or several: the inside of a Perl class."""
        char = self.take()
        if char != "\\":
            return char
        kind = self.peek()
        if kind and kind.lower() in _PERL:
            self.take()
            return _complement(_PERL[kind.lower()]) if kind.isupper() else _PERL[kind]
        return self.category() or self.escaped_char()


def _char(python: str, flags: _Flags) -> Char:
    return Char(f"(?i:{python})" if flags.ignore_case else python)


def _in_class(char: str) -> str:
    """``char`` inside [ ]: always escaped, for Python warns of ``[``, ``&&``, ``--``, ``||``, ``~~``."""
    return char if char.isalnum() else f"\\U{ord(char):08x}"


def _complement(inside: str) -> str:
    """The inside of the class of all characters that ``inside`` does not hold (ASCII classes only)."""
    member = re.compile(f"[{inside}]")
    outside = [chr(code) for code in range(128) if not member.match(chr(code))]
    return "".join(map(_in_class, outside)) + "\\U00000080-\\U0010ffff"
