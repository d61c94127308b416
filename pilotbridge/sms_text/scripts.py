"""Words that mix Cyrillic and Latin letters: the gateway refuses them (error 248), readers misread them.

It finds and parts them; which alphabet a whole text should have is not its question.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from pilotbridge.sms_text.latin import transliterate

_CYRILLIC = "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f"
_LATIN = (
    "A-Za-zªº\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff"
    "\u2c60-\u2c7f\ua720-\ua7ff\uff21-\uff3a\uff41-\uff5a"
)
_MARKS = "\u0300-\u036f"
_OTHER = f"(?:[^\\W{_CYRILLIC}{_LATIN}]|[{_MARKS}])"
_NOT_CYRILLIC = f"(?:[^\\W{_CYRILLIC}]|[{_MARKS}])"
_NOT_LATIN = f"(?:[^\\W{_LATIN}]|[{_MARKS}])"
# A hyphen parts words here: "IT-отдел" is ordinary writing. What the gateway takes is not documented.
_MIXED_WORD = (
    f"(?<![\\w{_MARKS}]){_OTHER}*+"
    f"(?:[{_LATIN}]{_NOT_CYRILLIC}*+[{_CYRILLIC}]|[{_CYRILLIC}]{_NOT_LATIN}*+[{_LATIN}])[\\w{_MARKS}]*+"
)
_BORDER = f"(?<=[{_CYRILLIC}]){_OTHER}*+(?=[{_LATIN}])|(?<=[{_LATIN}]){_OTHER}*+(?=[{_CYRILLIC}])"
_BORDERS_MAX = 2

_CYRILLIC_TWINS = "АВЕЁКМНОРСТУХІЇЅЈҺԌԚԜаеёорсухіїѕјһԛԝ"
_LATIN_TWINS = "ABEËKMHOPCTYXIÏSJHGQWaeëopcyxiïsjhqw"
CYRILLIC_TO_LATIN_TWINS = dict(zip(_CYRILLIC_TWINS, _LATIN_TWINS, strict=True))
"""Letters that look the same in both alphabets."""

_TO_LATIN = str.maketrans(CYRILLIC_TO_LATIN_TWINS)
# Of two Cyrillic twins of one letter the Russian one is meant.
_TO_CYRILLIC = str.maketrans({twin: char for char, twin in reversed(CYRILLIC_TO_LATIN_TWINS.items())})
_ANY_CYRILLIC = f"[{_CYRILLIC}]"
_ANY_LATIN = f"[{_LATIN}]"
_ONLY_CYRILLIC = f"(?![{_CYRILLIC_TWINS}])[{_CYRILLIC}]"
_ONLY_LATIN = f"(?![{_LATIN_TWINS}])[{_LATIN}]"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled with the first text that is not ASCII: large sets of characters take a while."""
    return re.compile(pattern)


@dataclass(frozen=True, slots=True)
class MixedWord:
    """A word with letters of both alphabets, and where it begins in the text."""

    position: int
    word: str


def mixed_words(text: str) -> tuple[MixedWord, ...]:
    """Find every word that has Cyrillic and Latin letters."""
    if text.isascii():
        return ()
    return tuple(MixedWord(at.start(), at.group()) for at in _compiled(_MIXED_WORD).finditer(text))


def unmix(text: str) -> str:
    """Rewrite each mixed word in one alphabet or part it, and leave every other word as it is.

    A word whose strangers all look like letters of its own alphabet gets those; one that is two or
    three pieces (``db01сервер``) is parted by spaces; anything wilder is transliterated.
    """
    if text.isascii():
        return text
    return _compiled(_MIXED_WORD).sub(lambda found: _unmixed(found.group()), text)


@lru_cache(maxsize=4096)
def _unmixed(word: str) -> str:
    folded = _folded(word)
    if folded is not None:
        return folded
    if len(_compiled(_BORDER).findall(word)) <= _BORDERS_MAX:
        return _compiled(_BORDER).sub(lambda between: between.group() + " ", word)
    return transliterate(word)


def _folded(word: str) -> str | None:
    """Return the word in one alphabet by twins alone; when both will do, in that of most of its letters."""
    into_latin, into_cyrillic = (
        not _compiled(_ONLY_CYRILLIC).search(word),
        not _compiled(_ONLY_LATIN).search(word),
    )
    if into_latin and into_cyrillic:
        into_latin = len(_compiled(_ANY_LATIN).findall(word)) >= len(_compiled(_ANY_CYRILLIC).findall(word))
    if into_latin:
        return word.translate(_TO_LATIN)
    return word.translate(_TO_CYRILLIC) if into_cyrillic else None
