"""What a text costs: encodings, units, parts."""

import itertools

import pytest
from gsm0338.charset import BASIC_CHARACTER_SET, BASIC_CHARACTER_SET_EXTENSION
from gsm0338.codec import Codec
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.sms_text import MAX_PARTS, Encoding, is_gsm7, measure, split_parts
from pilotbridge.sms_text.cost import GSM7_BASIC_CODES, GSM7_CHARACTERS, GSM7_EXTENSION_CODES

ASTRAL = "\U0001f525"
texts = st.text(st.sampled_from("ab [€|я\n" + ASTRAL), max_size=400) | st.text(max_size=50)


def test_the_tables_are_those_of_the_standard():
    codec = Codec()

    ours = {char: codec.encode(char)[0] for char in GSM7_CHARACTERS}

    assert ours == {char: bytes([code]) for char, code in GSM7_BASIC_CODES.items()} | {
        char: bytes([0x1B, code]) for char, code in GSM7_EXTENSION_CODES.items()
    }


def test_the_tables_leave_nothing_out():
    codec = Codec()
    every = [codec.decode(bytes([code]))[0] for code in BASIC_CHARACTER_SET if code != 0x1B]
    every += [codec.decode(bytes([0x1B, code]))[0] for code in BASIC_CHARACTER_SET_EXTENSION]

    assert frozenset(every) - {"\x1b"} == GSM7_CHARACTERS
    assert len(GSM7_BASIC_CODES) == 127


@given(st.characters())
def test_a_character_is_gsm7_when_the_standard_can_encode_it(char):
    try:
        Codec().encode(char)
        encodable = char != "\x1b"
    except UnicodeEncodeError:
        encodable = False

    assert is_gsm7(char) is encodable


@pytest.mark.parametrize(
    ("units", "parts"),
    [(0, 0), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (1530, 10), (1531, 11)],
)
def test_latin_text_has_160_septets_or_153_a_part(units, parts):
    measured = measure("a" * units)

    assert (measured.encoding, measured.units, measured.parts) == (Encoding.GSM7, units, parts)


@pytest.mark.parametrize(
    ("units", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (670, 10), (671, 11)]
)
def test_one_cyrillic_letter_makes_it_70_units_or_67_a_part(units, parts):
    measured = measure("a" * (units - 1) + "я")

    assert (measured.encoding, measured.units, measured.parts) == (Encoding.UCS2, units, parts)


def test_extension_characters_take_two_septets():
    assert measure("[]" * 40).units == 160
    assert measure("[]" * 40).parts == 1
    assert measure("[]" * 40 + "a").parts == 2


def test_a_septet_pair_is_not_divided():
    whole = measure("a" * 152 + "[" + "b" * 152)
    pushed = measure("a" * 152 + "[" + "b" * 151 + "[")

    assert split_parts(whole.text) == ("a" * 152, "[" + "b" * 151, "b")
    assert (whole.units, whole.parts) == (306, 3)
    assert pushed.parts == 3


def test_a_surrogate_pair_is_not_divided():
    text = "я" * 66 + ASTRAL + "я" * 66

    assert measure(text).units == 134
    assert split_parts(text) == ("я" * 66, ASTRAL + "я" * 65, "я")
    assert measure(text).parts == 3


def test_an_emoji_is_two_units():
    assert measure(ASTRAL * 35).parts == 1
    assert measure(ASTRAL * 36).parts == 2


@given(texts)
def test_parts_put_together_are_the_text(text):
    parts = split_parts(text)

    assert "".join(parts) == text
    assert len(parts) == measure(text).parts


@given(texts)
def test_no_part_holds_more_than_a_part_can(text):
    measured = measure(text)
    limit = measured.encoding.single if measured.parts == 1 else measured.encoding.chained

    assert all(_units(part, measured.encoding) <= limit for part in split_parts(text))


@given(texts)
def test_no_part_could_take_what_begins_the_next_one(text):
    measured, parts = measure(text), split_parts(text)

    for part, following in itertools.pairwise(parts):
        assert _units(part + following[0], measured.encoding) > measured.encoding.chained


@given(texts)
def test_units_are_those_of_the_codecs(text):
    measured = measure(text)

    if measured.encoding is Encoding.GSM7:
        assert measured.units == len(Codec().encode(text)[0])
    else:
        assert measured.units == len(text.encode("utf-16-be", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("text", "sendable"), [("", False), ("a", True), ("a" * 1530, True), ("a" * 1531, False)]
)
def test_one_to_ten_parts_can_be_sent(text, sendable):
    assert measure(text).is_sendable is sendable
    assert MAX_PARTS == 10


@pytest.mark.parametrize(
    ("text", "left"), [("", 160), ("a" * 150, 10), ("a" * 170, 136), ("я", 69), ("я" * 71, 63)]
)
def test_the_room_left_is_known(text, left):
    assert measure(text).units_left == left


def test_a_latin_text_blames_its_two_septet_characters():
    blamed = measure("a[b]c[").expensive

    assert [(costly.character, costly.positions, costly.forces_ucs2) for costly in blamed] == [
        ("[", (1, 5), False),
        ("]", (3,), False),
    ]


def test_a_ucs2_text_blames_what_is_outside_gsm7():
    blamed = measure("a[b… я…").expensive

    assert [(costly.character, costly.positions, costly.forces_ucs2) for costly in blamed] == [
        ("…", (3, 6), True),
        ("я", (5,), True),
    ]


def test_a_plain_text_blames_nothing():
    assert measure("CRIT x2 DiskFull db01,db02 95% 03:14 #417").expensive == ()


def test_the_text_is_not_printed():
    assert "secret" not in repr(measure("secret"))


def _units(part: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM7:
        return len(part) + sum(char in GSM7_EXTENSION_CODES for char in part)
    return len(part.encode("utf-16-be", "surrogatepass")) // 2
