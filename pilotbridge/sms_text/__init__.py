"""The text of an SMS: what it costs, how it is cut, and which characters a network or filter dislikes.

Everything here is pure and quick on any input; nothing here knows who writes, or why.
"""

from pilotbridge.sms_text.cleaning import clean, compose, plain_punctuation, strip_invisible
from pilotbridge.sms_text.cost import (
    MAX_PARTS,
    Costly,
    Encoding,
    Measured,
    is_gsm7,
    measure,
    split_parts,
)
from pilotbridge.sms_text.fitting import fit
from pilotbridge.sms_text.latin import transliterate
from pilotbridge.sms_text.scripts import CYRILLIC_TO_LATIN_TWINS, MixedWord, mixed_words, unmix

__all__ = [
    "CYRILLIC_TO_LATIN_TWINS",
    "MAX_PARTS",
    "Costly",
    "Encoding",
    "Measured",
    "MixedWord",
    "clean",
    "compose",
    "fit",
    "is_gsm7",
    "measure",
    "mixed_words",
    "plain_punctuation",
    "split_parts",
    "strip_invisible",
    "transliterate",
    "unmix",
]
