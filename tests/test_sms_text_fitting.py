"""Cutting a text to its parts."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pilotbridge.sms_text import Encoding, fit, is_gsm7, measure
from pilotbridge.sms_text.fitting import CUT_MARK

REF = " #417"
FAMILY = "👨\u200d👩\u200d👧"
pieces = st.sampled_from(
    ["a", "db01 ", ",", "[", "€", "я", "сервер ", "🔥", "e\u0301", FAMILY, "🇷🇺", "👍🏽", "\r\n", "\n"]
)
texts = st.lists(pieces, max_size=500).map("".join) | st.text(max_size=300)
keeps = st.sampled_from(["", REF, " #1417.12", " #417\nTake: SMS 1234 417", " №417", "я" * 60])


def test_a_text_that_fits_is_left_alone():
    assert fit("disk full", 1, keep=REF) == "disk full #417"


def test_a_text_that_ends_with_the_ref_gets_it_once():
    assert fit("disk full #417", 1, keep=REF) == "disk full #417"


def test_a_long_text_is_cut_visibly_and_keeps_the_ref():
    fitted = fit("x" * 200, 1, keep=REF)

    assert fitted == "x" * 153 + ".." + REF
    assert measure(fitted).units == 160


def test_a_host_name_is_dropped_whole_and_not_turned_into_another():
    hosts = "Disks " + ",".join(f"db{number:03}" for number in range(60))

    assert fit(hosts, 1, keep=REF).endswith(",db023.. #417")


def test_a_word_too_long_to_drop_is_cut():
    assert fit("a " + "x" * 300, 1).endswith("xxx..")


def test_a_cut_between_words_drops_no_word():
    assert fit("a" * 78 + " " + "b" * 79 + " " + "c" * 80, 1) == "a" * 78 + " " + "b" * 79 + ".."


def test_a_latin_text_stays_latin():
    assert is_gsm7(fit("disk full " * 40, 2, keep=REF))


def test_a_late_cyrillic_letter_does_not_waste_the_room():
    fitted = fit("x" * 150 + "я" * 20, 1, keep=REF)

    assert fitted == "x" * 150 + ".." + REF
    assert measure(fitted).encoding is Encoding.GSM7


def test_an_early_cyrillic_letter_is_worth_its_price():
    assert fit("я" + "x" * 150, 1, keep=REF) == "я" + "x" * 62 + ".." + REF


def test_a_cyrillic_ref_makes_all_of_it_ucs2():
    assert measure(fit("x" * 200, 1, keep=" №417")).units == 70


@pytest.mark.parametrize(
    "cluster",
    ["e\u0301", FAMILY, "🇷🇺", "👍🏽", "5\ufe0f\u20e3", "\r\n", "\ud83d\udd25", "🏴\U000e0067\U000e007f"],
)
def test_a_character_of_several_code_points_is_kept_or_dropped_whole(cluster):
    for length in range(50, 70):
        fitted = fit("я" * length + cluster + "я" * 70, 1)
        rest = fitted.removesuffix(CUT_MARK).lstrip("я")

        assert rest.strip("я") in ("", cluster)


def test_a_row_of_flags_is_cut_between_flags():
    body = fit("🇷🇺" * 40, 1).removesuffix(CUT_MARK)

    assert body == "🇷🇺" * (len(body) // 2)


def test_a_text_without_any_whole_character_leaves_the_mark_and_the_ref():
    assert fit("e" + "\u0301" * 300, 1, keep=REF) == ".." + REF


def test_when_the_mark_has_no_room_the_ref_stands_alone():
    assert fit("x", 1, keep="r" * 160) == "r" * 160


@pytest.mark.parametrize("max_parts", [-1, 0, 11])
def test_one_to_ten_parts_are_allowed(max_parts):
    with pytest.raises(ValueError, match="1 to 10"):
        fit("a", max_parts)


def test_an_end_that_is_too_long_itself_is_refused():
    with pytest.raises(ValueError, match="by itself"):
        fit("a", 1, keep="r" * 161)


@given(texts, st.integers(1, 10), keeps)
@example("x" * 2000, 10, REF)
@example("🔥" * 2000, 10, REF)
@example("[" * 2000, 10, REF)
def test_a_fitted_text_costs_what_it_may_and_ends_with_the_ref(text, max_parts, keep):
    fitted = fit(text, max_parts, keep=keep)

    assert measure(fitted).parts <= max_parts
    assert fitted.endswith(keep)


@given(texts, st.integers(1, 10), keeps)
def test_a_fitted_text_is_the_text_or_a_marked_beginning_of_it(text, max_parts, keep):
    fitted = fit(text, max_parts, keep=keep)

    body = text.removesuffix(keep)
    beginning = fitted.removesuffix(keep)
    assert beginning == body or (
        beginning.endswith(CUT_MARK) and body.startswith(beginning.removesuffix(CUT_MARK))
    )


@given(texts, st.integers(1, 10), keeps)
def test_a_cut_makes_no_latin_text_ucs2(text, max_parts, keep):
    assert is_gsm7(fit(text, max_parts, keep=keep)) or not is_gsm7(text + keep)


@given(texts, st.integers(1, 10), keeps)
def test_a_fitted_text_fits(text, max_parts, keep):
    fitted = fit(text, max_parts, keep=keep)

    assert fit(fitted, max_parts, keep=keep) == fitted


@given(texts, st.integers(1, 3))
def test_no_mark_is_left_of_what_it_belongs_to(text, max_parts):
    fitted = fit(text, max_parts)
    cut = len(fitted.removesuffix(CUT_MARK))

    if fitted != text and cut < len(text) and fitted[:cut] == fitted[:cut].rstrip():
        assert unicodedata.category(text[cut]) not in ("Mn", "Me", "Mc")


@given(st.integers(100, 400), st.integers(1, 2))
def test_a_text_without_breaks_is_filled_to_the_last_unit(length, max_parts):
    limit = 160 if max_parts == 1 else 306

    assert measure(fit("x" * length, max_parts, keep=REF)).units == min(length + len(REF), limit)
