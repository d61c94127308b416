"""Cheap equivalents for dear characters, and no characters that nobody can see.

What it does never changes how a text reads; it refuses to touch letters beyond composing their marks.
"""

import re
import unicodedata

_PLAIN = {
    '"': "“”„‟«»‹›〝〞＂",
    "'": "‘’‚‛′`´ʹʼʻˈ＇",
    "-": "‐‑‒–—―−⁃﹣－",
    "...": "…",
    "*": "•‣●▪◦·∙",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "->": "→⇒➔➜",
    "<-": "←⇐",
    ">=": "≥",
    "<=": "≤",
    "!=": "≠",
    "x": "×",
    "''": "″",
}
PLAIN_TABLE = {ord(char): plain for plain, chars in _PLAIN.items() for char in chars}

# Controls but for the line feed; soft hyphen; fillers; directions; joiners; selectors; tags; halves of pairs.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_LINE_ENDS = re.compile("\r\n|[\r\f\v\x85\u2028\u2029]")
# Four marks serve every language that stacks them; composing a run of thousands takes seconds.
_MARKED = re.compile("([^\\W\\d_])([\u0300-\u036f]{1,4})[\u0300-\u036f]*")


def clean(text: str) -> str:
    """Make ``text`` plain: nothing invisible, letters with their marks in one, cheap punctuation."""
    return plain_punctuation(compose(strip_invisible(text)))


def plain_punctuation(text: str) -> str:
    """Replace typographic quotes, dashes, spaces, arrows and the ellipsis by what GSM-7 has."""
    if text.isascii():
        return text.replace("\t", " ").replace("`", "'")
    return text.translate(PLAIN_TABLE)


def strip_invisible(text: str) -> str:
    """Drop control, direction and zero-width characters; every kind of line end becomes a line feed."""
    return _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))


def compose(text: str) -> str:
    """Join a letter and the marks that follow it, as file names from a Mac have them, into one."""
    if text.isascii():
        return text
    return _MARKED.sub(lambda found: unicodedata.normalize("NFC", found[1] + found[2]), text)
