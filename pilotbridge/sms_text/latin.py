"""Cyrillic in Latin letters, and any text at all in GSM-7.

It spells sounds for a reader in a hurry; it refuses to be reversible.
"""

import re
import unicodedata

from pilotbridge.sms_text.cleaning import PLAIN_TABLE, compose
from pilotbridge.sms_text.cost import GSM7_CHARACTERS

# Russian first; then Ukrainian and Belarusian; then the neighbours whose phones the gateway reaches.
_SPELLING = """
    а a б b в v г g д d е e ё yo ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts
    ч ch ш sh щ shch ы y э e ю yu я ya
    і i ї yi є ye ґ g ў u
    ә a ғ g қ q ң n ө o ұ u ү u һ h җ j ҷ j ӣ i ӯ u ҳ h ђ dj ј j љ lj њ nj ћ c џ dz ѓ g ќ k ѕ dz ѣ e ѳ f ѵ i
"""
_LOWER = dict(re.findall(r"(\S+) (\S+)", _SPELLING)) | {"ъ": "", "ь": ""}
_SIGNS = {"№": "No", "°": "deg", "™": "(tm)", "©": "(c)", "®": "(r)", "₽": "RUB", "₴": "UAH", "⚠": "!"}
_REPLACEMENT = "?"
_SILENT = frozenset({"Cc", "Cf", "Cs", "Mn", "Me", "Mc"})

_CAPITALS = "A-Z" + "".join(letter.upper() for letter in _LOWER)
_CAPITAL_RUN = re.compile(f"([{_CAPITALS}]{{2,}})")


def transliterate(text: str) -> str:
    """Write ``text`` in GSM-7: Cyrillic in Latin letters, other marks dropped, the rest as ``?``.

    Capitals follow the word: ``Щит`` is ``Shchit`` and ``ЩИТ`` is ``SHCHIT``.
    """
    if text.isascii() and not _NOT_PRINTED.search(text):
        return text.replace("`", "'")
    parts = _CAPITAL_RUN.split(compose(text))
    if len(parts) > 1:  # all runs at once, on lines of their own: one by one they take twice as long
        parts[1::2] = "\n".join(parts[1::2]).translate(_ALL_CAPITALS).split("\n")
    return "".join(parts).translate(_TITLE)


class _Table(dict[int, str]):
    """A translation table that answers for every character there is."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if not unicodedata.decomposition(char):
            return "" if unicodedata.category(char) in _SILENT else _REPLACEMENT
        # Working these out is slow; Unicode has some thousands of them, so remembering has a bound.
        self[code] = "".join(map(_known, unicodedata.normalize("NFKD", char))) or _REPLACEMENT
        return self[code]


def _known(part: str) -> str:
    return part if part in GSM7_CHARACTERS else _LOWER.get(part, "")


_ALL_CAPITALS = str.maketrans({char.upper(): latin.upper() for char, latin in _LOWER.items()} | {"\n": "\n"})
_TITLE = _Table(
    {ord(char): char for char in GSM7_CHARACTERS}
    | PLAIN_TABLE
    | str.maketrans(_LOWER | {char.upper(): latin.capitalize() for char, latin in _LOWER.items()} | _SIGNS)
)
_NOT_PRINTED = re.compile("[\x00-\x09\x0b\x0e-\x1f\x7f]")
