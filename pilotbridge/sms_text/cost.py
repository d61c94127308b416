"""What a text costs as SMS: its encoding, its units, its parts, and the characters to blame.

It measures and splits as a network does (3GPP TS 23.038 and 23.040); it refuses to change a text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import islice

# Both tables in the order of their codes, sixteen a line (3GPP TS 23.038, 6.2.1 and 6.2.1.1).
# The escape code 0x1B is no character: its place is held by U+FFFF and taken out again.
_BASIC_BY_CODE = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\uffffÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
GSM7_EXTENSION_CODES = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
GSM7_BASIC_CODES = {char: code for code, char in enumerate(_BASIC_BY_CODE) if char != "\uffff"}
GSM7_CHARACTERS = frozenset(GSM7_BASIC_CODES) | frozenset(GSM7_EXTENSION_CODES)

MAX_PARTS = 10
"""More than this the gateway refuses (error 221)."""

_OUTSIDE_GSM7 = re.compile(f"[^{re.escape(''.join(sorted(GSM7_CHARACTERS)))}]")
_EXTENSION = re.compile(f"[{re.escape(''.join(GSM7_EXTENSION_CODES))}]")
_ESCAPE = "\x1b"
_BLAMED_MAX = 2_000


class Encoding(StrEnum):
    """How the text travels; one character outside GSM-7 makes all of it UCS-2."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"

    @property
    def single(self) -> int:
        """Units in a text of one part."""
        return 160 if self is Encoding.GSM7 else 70

    @property
    def chained(self) -> int:
        """Units in each part of several; the rest of the part says which one it is."""
        return 153 if self is Encoding.GSM7 else 67


@dataclass(frozen=True, slots=True)
class Costly:
    """A character that makes the text dearer, and where it stands (indexes into the text)."""

    character: str
    positions: tuple[int, ...]
    encoding: Encoding

    @property
    def forces_ucs2(self) -> bool:
        """True: it makes the whole text UCS-2. False: it takes two septets instead of one."""
        return self.encoding is Encoding.UCS2


@dataclass(frozen=True, slots=True)
class Measured:
    """The cost of one text. Units are septets in GSM-7 and UTF-16 units in UCS-2."""

    text: str = field(repr=False)
    encoding: Encoding
    units: int
    parts: int

    @property
    def is_sendable(self) -> bool:
        return 1 <= self.parts <= MAX_PARTS

    @property
    def units_left(self) -> int:
        """Units that may be added before another part begins, pairs at the borders not reckoned."""
        limit = self.encoding.single if self.parts <= 1 else self.encoding.chained * self.parts
        return max(0, limit - self.units)

    @property
    def expensive(self) -> tuple[Costly, ...]:
        """Each character to blame once, in order of appearance; of a huge text the first places only."""
        blamed = _EXTENSION if self.encoding is Encoding.GSM7 else _OUTSIDE_GSM7
        positions: dict[str, list[int]] = {}
        for found in islice(blamed.finditer(self.text), _BLAMED_MAX):
            positions.setdefault(found.group(), []).append(found.start())
        return tuple(Costly(char, tuple(at), self.encoding) for char, at in positions.items())


def is_gsm7(text: str) -> bool:
    """Tell whether every character is in the GSM-7 tables."""
    return _OUTSIDE_GSM7.search(text) is None


@lru_cache(maxsize=256)
def measure(text: str) -> Measured:
    """Reckon what ``text`` costs; an empty text has no parts and cannot be sent.

    Remembered for a moment: who words a text asks, and who puts it into the outbox asks again.
    """
    if is_gsm7(text):
        septets = _with_escapes(text)
        return _measured(text, Encoding.GSM7, len(septets), lambda at: septets[at - 1] == _ESCAPE)
    units = _utf16(text)
    return _measured(text, Encoding.UCS2, len(units) // 2, lambda at: _is_high_surrogate(units, at - 1))


def split_parts(text: str) -> tuple[str, ...]:
    """Cut ``text`` where a network does: full parts, no septet pair and no surrogate pair divided."""
    if is_gsm7(text):
        septets = _with_escapes(text)
        cuts = _cuts(len(septets), Encoding.GSM7, lambda at: septets[at - 1] == _ESCAPE)
        return tuple(septets[start:end].replace(_ESCAPE, "") for start, end in cuts)
    units = _utf16(text)
    cuts = _cuts(len(units) // 2, Encoding.UCS2, lambda at: _is_high_surrogate(units, at - 1))
    return tuple(units[2 * start : 2 * end].decode("utf-16-be", "surrogatepass") for start, end in cuts)


def _measured(text: str, encoding: Encoding, units: int, divides_pair: Callable[[int], bool]) -> Measured:
    if units <= encoding.single:
        return Measured(text, encoding, units, 1 if units else 0)
    return Measured(text, encoding, units, sum(1 for _ in _cuts(units, encoding, divides_pair)))


def _cuts(units: int, encoding: Encoding, divides_pair: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each part; a pair at a border moves whole into the next one."""
    per_part = encoding.single if units <= encoding.single else encoding.chained
    start = 0
    while start < units:
        end = min(start + per_part, units)
        if end < units and divides_pair(end):
            end -= 1
        yield start, end
        start = end


def _with_escapes(text: str) -> str:
    """Spell each character of the extension table as the two septets it takes."""
    return _EXTENSION.sub(lambda found: _ESCAPE + found.group(), text)


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _is_high_surrogate(units: bytes, at: int) -> bool:
    return units[2 * at] & 0xFC == 0xD8
