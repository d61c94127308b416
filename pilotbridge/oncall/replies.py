"""What people text back about an incident: ``417``, ``ok 417 on it``, ``нет``, ``?``.

A pure reading of one text; whose text it is, and whether that number knows of the incident, others ask.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pilotbridge.sms_text import CYRILLIC_TO_LATIN_TWINS, compose, strip_invisible


@dataclass(frozen=True, slots=True)
class Take:
    """I take it. An empty ``ref`` means the one incident this number was told of."""

    ref: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PassOn:
    """Not me: ask the next one."""

    ref: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """I give it back."""

    ref: str = ""


@dataclass(frozen=True, slots=True)
class ListOpen:
    """Which incidents are open?"""


@dataclass(frozen=True, slots=True)
class NotAReply:
    """Something else: it acknowledges nothing."""


Reply = Take | PassOn | Undo | ListOpen | NotAReply

TAKE_WORDS = ("ok", "ок", "+", "да", "беру", "взял", "a", "ack")
PASS_WORDS = ("no", "нет", "пас")
UNDO_WORDS = ("undo", "отмена")
LIST_WORDS = ("?", "list", "статус")
NOT_WORDS = ("not", "cannot", "can't", "cant", "won't", "wont", "don't", "dont", "не", "нельзя")
"""What no note begins with that takes anything."""

# Case is folded to capitals first: more letters of the two alphabets look alike there.
_TWINS = str.maketrans(CYRILLIC_TO_LATIN_TWINS | {"Ё": "E"})
_DIGIT_TWINS = str.maketrans({"O": "0", "o": "0", "О": "0", "о": "0", "l": "1", "I": "1", "З": "3", "з": "3"})
_REF = re.compile(r"#?([0-9OoОоlIЗз]{3,5})(?:\.[0-9]{1,4})?(?![\w.]*\w)")
_DIGIT = re.compile(r"[0-9]")
_PUNCTUATION = " \t\n.,;:!\"'`«»“”„()[]<>-–—*_/"


def _folded(word: str) -> str:
    return word.upper().translate(_TWINS)


_MEANING = {
    _folded(word): kind
    for kind, words in ((Take, TAKE_WORDS), (PassOn, PASS_WORDS), (Undo, UNDO_WORDS), (ListOpen, LIST_WORDS))
    for word in words
}
_NOT = frozenset(map(_folded, NOT_WORDS))
_WORD = re.compile(r"[+?]|[^\W\d_]+")
_NAME = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def read_reply(text: str, prefix: str = "") -> Reply:
    """What ``text`` says; ``prefix`` is the line's own, which gateways leave at its start."""
    said = _bare(compose(strip_invisible(text)).strip().removeprefix(prefix))
    kind, rest = _leading_word(said)
    ref, note = _leading_ref(rest)
    if kind is ListOpen:
        return ListOpen() if not rest else NotAReply()
    if not ref:
        return _meant(kind, "", "") if kind and not rest else NotAReply()
    return _meant(kind, ref, note) if kind else _of_what_follows(ref, note)


def _of_what_follows(ref: str, note: str) -> Reply:
    """A ref without a word before it takes, unless what follows says otherwise.

    ``417 no`` and ``417 no, I am ill`` pass it on. ``417 no light there`` may be a no, and ``417 not me`` is
    one: neither acknowledges anything.
    """
    kind, more = _leading_word(note)
    if kind is PassOn or kind is Undo:
        is_apart = not more or not note[_end_of_word(note)].isspace()
        return _meant(kind, ref, more) if is_apart else NotAReply()
    if kind is Take and not more:
        return Take(ref)
    found = _NAME.match(note)
    is_no = found is not None and _folded(found[0].replace("’", "'")) in _NOT
    return NotAReply() if is_no else Take(ref, note)


def _end_of_word(text: str) -> int:
    found = _WORD.match(text)
    return found.end() if found else 0


def _bare(text: str) -> str:
    return text.strip(_PUNCTUATION)


def _leading_word(text: str) -> tuple[type[Reply] | None, str]:
    """The kind of a known first word, and what follows it."""
    found = _WORD.match(text)
    kind = _MEANING.get(_folded(found[0])) if found else None
    if found is None or kind is None or text[found.end() : found.end() + 1] == "_":
        return None, text
    return kind, _bare(text[found.end() :])


def _leading_ref(text: str) -> tuple[str, str]:
    """A ref at the start and the note after it; letters that look like digits are read as digits."""
    found = _REF.match(text)
    if found is None or not _DIGIT.search(found[1]):
        return "", text
    return found[1].translate(_DIGIT_TWINS), _bare(text[found.end() :])


def _meant(kind: type[Reply], ref: str, note: str) -> Reply:
    if kind is Take:
        return Take(ref, note)
    if kind is PassOn:
        return PassOn(ref, note)
    return Undo(ref)
