"""Shortening a text to the parts it may cost, with a visible cut and its end kept.

It cuts and never rewrites: cheaper characters are the business of ``cleaning`` and ``latin``.
"""

import re
import unicodedata

from pilotbridge.sms_text.cost import MAX_PARTS, Encoding, is_gsm7, measure

CUT_MARK = ".."
"""What stands for the missing end: in GSM-7 it is two septets, where an ellipsis would make it UCS-2."""

_WORD_LOSS_MAX = 20
_BREAKS = re.compile(r"[\s,;]")
_JOINER = "\u200d"


def fit(text: str, max_parts: int, *, keep: str = "") -> str:
    """Shorten ``text`` so that it and ``keep`` after it cost at most ``max_parts`` SMS parts.

    ``keep`` (the ref) is never cut; a text that ends with it already gets it once. A cut falls between
    words where one ends nearby, so that ``db012`` never turns into ``db01``, and never inside a
    character that is made of several code points.

    :raises ValueError: if ``max_parts`` is not 1 to 10, or ``keep`` alone costs more.
    """
    if not 1 <= max_parts <= MAX_PARTS:
        raise ValueError(f"max_parts is {max_parts}; a text may have 1 to {MAX_PARTS} parts")
    body = text.removesuffix(keep)
    if _fits(body + keep, max_parts):
        return body + keep
    if not _fits(keep, max_parts):
        raise ValueError(f"the end to keep costs more than {max_parts} parts by itself; make it shorter")
    tail = CUT_MARK + keep
    if not _fits(tail, max_parts):
        return keep
    return _cut(body, _longest_prefix(body, tail, max_parts)) + tail


def _fits(text: str, max_parts: int) -> bool:
    # A text longer than this costs more in any encoding; knowing it keeps huge inputs cheap.
    return len(text) <= max_parts * Encoding.GSM7.single and measure(text).parts <= max_parts


def _longest_prefix(body: str, tail: str, max_parts: int) -> int:
    """Find how many characters fit before ``tail``.

    One character outside GSM-7 may cost more room than all that stands before it, so the prefix that
    ends before the first of them is tried too.
    """
    body = body[: max_parts * Encoding.GSM7.single]
    longest = _search(body, tail, max_parts)
    if is_gsm7(body) or not is_gsm7(tail):
        return longest
    cheap = next(at for at, char in enumerate(body) if not is_gsm7(char))
    return max(longest, _search(body[:cheap], tail, max_parts))


def _search(body: str, tail: str, max_parts: int) -> int:
    fits, fails = 0, len(body) + 1
    while fails - fits > 1:
        middle = (fits + fails) // 2
        if _fits(body[:middle] + tail, max_parts):
            fits = middle
        else:
            fails = middle
    return fits


def _cut(body: str, length: int) -> str:
    while length and _divides_character(body, length):
        length -= 1
    kept = body[:length]
    if not _BREAKS.match(body, length):
        kept = _whole_words(kept)
    return kept.rstrip(" \r\n,;:")


def _whole_words(kept: str) -> str:
    """Drop a word begun at the end, unless that would drop much."""
    breaks = [found.start() for found in _BREAKS.finditer(kept, max(0, len(kept) - _WORD_LOSS_MAX))]
    return kept[: breaks[-1]] if breaks else kept


def _divides_character(body: str, at: int) -> bool:
    """Tell whether a cut at ``at`` would part a base from its marks, an emoji sequence or a line end."""
    before, after = body[at - 1], body[at]
    return (
        _extends(after)
        or before == _JOINER
        or (before == "\r" and after == "\n")
        or (_is_flag_half(after) and _flag_halves_before(body, at) % 2 == 1)
    )


def _extends(char: str) -> bool:
    if char.isascii():
        return False
    is_skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    is_tag = "\U000e0020" <= char <= "\U000e007f"
    is_trailing_surrogate = "\udc00" <= char <= "\udfff"
    is_mark = unicodedata.category(char) in ("Mn", "Me", "Mc")
    return is_mark or is_skin_tone or is_tag or is_trailing_surrogate or char == _JOINER


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_halves_before(body: str, at: int) -> int:
    count = 0
    while count < at and _is_flag_half(body[at - 1 - count]):
        count += 1
    return count
