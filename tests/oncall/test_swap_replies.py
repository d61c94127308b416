"""Answers about swaps: only a code with one clear word says anything, and never about an incident."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.oncall.replies import NotAReply, read_reply
from pilotbridge.oncall.swap_replies import SwapReply, read_swap_reply

YES = [
    "yes K41",
    "YES k41",
    "K41 yes",
    "да К41",
    "Да, к41!",
    "ok K-41",
    "K 41 ок",
    "+ K41",
    "беру к41",
    "a K41",
]
NO = ["no K41", "нет К41", "K41 нет", "пас к41", "НЕТ. K41", "n k41", "не к41"]
UNCLEAR = ["K41", "к41?", "yes K41 but not on Sunday", "да нет K41", "не согласен K41", "K41 when?"]
NOTHING = ["", "yes", "да", "41", "417", "yes 41", "K4", "K4100", "K41 K42", "yes OK41", "K41a", "kk41", "?"]


@pytest.mark.parametrize("text", YES)
def test_it_says_yes(text):
    assert read_swap_reply(text) == SwapReply("K41", agrees=True)


@pytest.mark.parametrize("text", NO)
def test_it_says_no(text):
    assert read_swap_reply(text) == SwapReply("K41", agrees=False)


@pytest.mark.parametrize("text", UNCLEAR)
def test_it_is_about_a_swap_and_says_nothing_clear(text):
    assert read_swap_reply(text) == SwapReply("K41", agrees=None)


@pytest.mark.parametrize("text", NOTHING)
def test_it_is_about_no_swap(text):
    assert read_swap_reply(text) is None


def test_the_lines_own_prefix_is_left_out():
    assert read_swap_reply("1234 yes K41", "1234") == SwapReply("K41", agrees=True)


@pytest.mark.parametrize("text", [*YES, *NO, *UNCLEAR])
def test_no_answer_about_a_swap_takes_an_incident(text):
    assert read_reply(text) == NotAReply()


@given(st.text(max_size=40))
def test_any_text_is_read(text):
    found = read_swap_reply(text)

    assert found is None or found.code.startswith("K")
