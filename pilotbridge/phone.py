"""Phone numbers: how people and gateways write them, kept as E.164, printed masked.

It knows a number's country and kind; it refuses to know who owns it or whether it may be texted.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import ModuleType

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015\u2212]+")
# Address books wrap a copied number in direction marks, which nobody can see.
_INVISIBLE = re.compile(r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
# Every such number is a Russian mobile (of 9300... some are not given out), as a test asks the library. Most
# numbers are of these and need no plans of all countries.
_RUSSIAN_MOBILE = re.compile(r"(?:\+7|[78])(9(?!300)[0-9]{9})")
_EXAMPLE = "write it like +7 908 796-47-81"


class InvalidPhone(ValueError):
    """The text is no phone number."""

    def __init__(self, cause: str, *, fix: str = _EXAMPLE) -> None:
        super().__init__(f"{cause}; {fix}")
        self.cause = cause
        self.fix = fix


class PhoneKind(StrEnum):
    """What the numbering plan says about a number; UNKNOWN is a range newer than our tables."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True, repr=False)
class PhoneNumber:
    """One phone in E.164, such as ``+79087964781``; made of any other spelling by :meth:`parse`."""

    e164: str

    def __post_init__(self) -> None:
        if not _E164.fullmatch(self.e164):
            raise InvalidPhone(f"{mask(self.e164)} is not in the form + and 7 to 15 digits")

    @classmethod
    def parse(cls, written: str | int, region: str = "RU") -> "PhoneNumber":
        """Read a number as people write it: +7, 8, spaces, brackets, dashes, or a bare integer.

        ``region`` (ISO 3166) decides what a number without ``+`` means; one that is no number there
        is taken in international form.

        :raises InvalidPhone: with the cause and what to write instead.
        """
        if isinstance(written, bool) or not isinstance(written, str | int):
            raise InvalidPhone(f"a phone number is text or an integer, not {type(written).__name__}")
        return _parse(str(written), region)

    @property
    def digits(self) -> str:
        """The number as the gateway wants it: international form without the plus."""
        return self.e164[1:]

    @property
    def kind(self) -> PhoneKind:
        return _kind_and_country(self.e164)[0]

    @property
    def country(self) -> str | None:
        """Two letters (ISO 3166), or None for a number of no single country."""
        return _kind_and_country(self.e164)[1]

    @property
    def is_mobile(self) -> bool:
        return self.kind is PhoneKind.MOBILE

    @property
    def is_landline(self) -> bool:
        return self.kind is PhoneKind.LANDLINE

    def __str__(self) -> str:
        return mask(self.e164)

    def __repr__(self) -> str:
        return f"PhoneNumber({self})"


NOBODY = PhoneNumber("+10000000000")
"""Stands where a number is forgotten: no country has it."""


def mask(number: str) -> str:
    """Hide the middle of a number, three characters at least: ``+7908***4781``."""
    head = max(0, min(5, len(number) - 7))
    tail = min(4, max(0, len(number) - 3))
    return f"{number[:head]}***{number[len(number) - tail :]}"


def phone_of(sender: str) -> PhoneNumber | None:
    """Return the phone that an SMS came from, or None when ``sender`` cannot be answered.

    ``sender`` is as a gateway gives it: international digits, a short code, a name or a landline.
    """
    e164 = "+" + sender.strip().removeprefix("+")
    if not _E164.fullmatch(e164):
        return None
    phone = PhoneNumber(e164)
    return phone if phone.kind in (PhoneKind.MOBILE, PhoneKind.UNKNOWN) else None


def is_answerable(sender: str) -> bool:
    """Tell whether an SMS from ``sender`` can be answered: not a name, a short code or a landline."""
    return phone_of(sender) is not None


def _library() -> ModuleType:
    """Import the numbering plans only when a number is read: they cost 40 ms."""
    import phonenumbers

    return phonenumbers


@lru_cache(maxsize=8192)
def _parse(written: str, region: str) -> PhoneNumber:
    compact = _compact(written)
    spellings = [compact] if compact.startswith("+") else [compact, "+" + compact]
    for spelling in spellings:
        e164 = _valid_e164(spelling, region)
        if e164 is not None:
            return PhoneNumber(e164)
    raise _explain(compact, region)


def _compact(written: str) -> str:
    compact = _SEPARATORS.sub("", _INVISIBLE.sub("", written))
    if not compact:
        raise InvalidPhone("the phone number is empty")
    strange = re.search(r"(?<!^)\+|[^+0-9]", compact)
    if strange:
        raise InvalidPhone(f"{strange.group()!r} does not belong in a phone number")
    return compact


def _valid_e164(spelling: str, region: str) -> str | None:
    mobile = _RUSSIAN_MOBILE.fullmatch(spelling)
    if mobile and (region == "RU" or spelling.startswith("+")):
        return f"+7{mobile[1]}"
    library = _library()
    try:
        number = library.parse(spelling, region)
    except library.NumberParseException:
        return None
    if not library.is_valid_number(number):
        return None
    return str(library.format_number(number, library.PhoneNumberFormat.E164))


def _explain(compact: str, region: str) -> InvalidPhone:
    shown, digits = mask(compact), compact.removeprefix("+")
    if compact.startswith("+8") and region == "RU" and len(digits) == 11:
        return InvalidPhone(f"{shown} has both + and the Russian trunk prefix 8", fix="write +7 or 8, not +8")
    if len(digits) < 7:
        return InvalidPhone(f"{shown} is too short for a phone number; short codes cannot be texted")
    if len(digits) > 15:
        return InvalidPhone(f"{shown} has {len(digits)} digits, more than the 15 a phone number can have")
    if compact.startswith("+"):
        return InvalidPhone(f"{shown} is not in use in any country", fix="check the digits")
    return InvalidPhone(
        f"{shown} is neither a number of {region} nor in international form",
        fix="check the digits or begin with +",
    )


@lru_cache(maxsize=8192)
def _kind_and_country(e164: str) -> tuple[PhoneKind, str | None]:
    if _RUSSIAN_MOBILE.fullmatch(e164):
        return PhoneKind.MOBILE, "RU"
    library = _library()
    try:
        number = library.parse(e164, None)
    except library.NumberParseException:
        return PhoneKind.OTHER, None
    country = library.region_code_for_number(number)
    return _kind(library, number), None if country == "001" else country


def _kind(library: ModuleType, number: object) -> PhoneKind:
    types = library.PhoneNumberType
    match library.number_type(number):
        case types.MOBILE | types.FIXED_LINE_OR_MOBILE:
            return PhoneKind.MOBILE
        case types.FIXED_LINE:
            return PhoneKind.LANDLINE
        case types.UNKNOWN if library.is_possible_number(number):
            return PhoneKind.UNKNOWN
        case _:
            return PhoneKind.OTHER
