"""What people text back about a swap: ``YES K41``, ``нет k41``. A pure reading of one text.

A code has a letter, which no ref of an incident has, and it must be there: a bare yes is about no swap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pilotbridge.oncall.replies import PASS_WORDS, TAKE_WORDS
from pilotbridge.sms_text import CYRILLIC_TO_LATIN_TWINS, compose, strip_invisible

YES_WORDS = (*TAKE_WORDS, "yes", "y", "согласен", "согласна")
NO_WORDS = (*PASS_WORDS, "n", "не", "отказ")


@dataclass(frozen=True, slots=True)
class SwapReply:
    """``agrees`` None: the code alone, or with words that are neither yes nor no."""

    code: str
    agrees: bool | None


_TWINS = str.maketrans(CYRILLIC_TO_LATIN_TWINS | {"Ё": "E"})
_CODE = re.compile(r"(?<!\w)K[ -]?([0-9]{2,3})(?!\w)")
_WORDS = re.compile(r"[+]|\w+")


def _folded(text: str) -> str:
    return text.upper().translate(_TWINS)


_YES, _NO = (frozenset(map(_folded, words)) for words in (YES_WORDS, NO_WORDS))


def read_swap_reply(text: str, prefix: str = "") -> SwapReply | None:
    """What ``text`` says about a swap; None when it names no code, or more than one.

    ``prefix`` is the line's own, which gateways leave at its start.
    """
    said = _folded(compose(strip_invisible(text)).strip().removeprefix(prefix))
    codes = _CODE.findall(said)
    if len(codes) != 1:
        return None
    words = set(_WORDS.findall(_CODE.sub(" ", said)))
    if len(words) > 1:
        return SwapReply(f"K{codes[0]}", None)
    return SwapReply(f"K{codes[0]}", True if words & _YES else False if words & _NO else None)
