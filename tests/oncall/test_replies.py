"""What people text back, and what it is taken to mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.oncall.replies import ListOpen, NotAReply, PassOn, Take, Undo, read_reply


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("417", Take("417")),
        ("#417", Take("417")),
        ("417.2", Take("417")),
        ("ok 417", Take("417")),
        ("OK 417", Take("417")),
        ("ок 417", Take("417")),
        ("Oк, 417!", Take("417")),
        ("да 4170", Take("4170")),
        ("Беру 417", Take("417")),
        ("взял 417", Take("417")),
        ("a 417", Take("417")),
        ("а 417", Take("417")),
        ("ack 417", Take("417")),
        ("+ 417", Take("417")),
        ("+417", Take("417")),
        ("ok417", Take("417")),
        ("«417»", Take("417")),
        ("417 еду, буду через час", Take("417", "еду, буду через час")),
        ("ok 417 on it", Take("417", "on it")),
        ("417 ok", Take("417")),
        ("417\nсмотрю", Take("417", "смотрю")),
        ("no 417", PassOn("417")),
        ("нет 417 я в отпуске", PassOn("417", "я в отпуске")),
        ("пас 417", PassOn("417")),
        ("417 нет", PassOn("417")),
        ("417 нет, я в отпуске", PassOn("417", "я в отпуске")),
        ("417 no. I am ill", PassOn("417", "I am ill")),
        ("417 отмена, ошибся", Undo("417")),
        ("417 ok, on it", Take("417", "ok, on it")),
        ("ok 417 не дозвонился до дц", Take("417", "не дозвонился до дц")),
        ("417 нетбук взял, еду", Take("417", "нетбук взял, еду")),
        ("undo 417", Undo("417")),
        ("Отмена 417", Undo("417")),
        ("417 отмена", Undo("417")),
    ],
)
def test_a_ref_is_taken_passed_on_or_given_back(text, reply):
    assert read_reply(text) == reply


@pytest.mark.parametrize(
    ("text", "ref"),
    [("4O7", "407"), ("4о7", "407"), ("4l7", "417"), ("4I7", "417"), ("41З", "413"), ("ок З17", "317")],
)
def test_letters_that_look_like_digits_are_read_as_digits(text, ref):
    assert read_reply(text) == Take(ref)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("ok", Take()),
        ("ОК", Take()),
        ("+", Take()),
        ("да.", Take()),
        ("no", PassOn()),
        ("нет", PassOn()),
        ("undo", Undo()),
        ("?", ListOpen()),
        ("list", ListOpen()),
        ("Статус", ListOpen()),
    ],
)
def test_a_bare_word_names_no_incident(text, reply):
    assert read_reply(text) == reply


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "не ок 417",
        "417 не могу",
        "417 Не я",
        "417 not me",
        "417 can't, driving",
        "417 can’t",
        "417 нет связи с сервером",
        "417 no idea",
        "not ok 417",
        "но 417",
        "ок спасибо",
        "да, но завтра",
        "нет времени",
        "Liked “CRIT x2 DiskFull db01,db02 95% 03:14 #417”",
        "Понравилось «CRIT x2 DiskFull db01 #417»",
        "> CRIT DiskFull #417",
        "CRIT x2 DiskFull db01,db02 95% 03:14 #417",
        "+79087964781",
        "12",
        "123456",
        "417руб",
        "Зло",
        "когда почините? 417",
        "? 417 что это",
    ],
)
def test_anything_else_acknowledges_nothing(text):
    assert read_reply(text) == NotAReply()


@pytest.mark.parametrize("text", ["1234 417", "1234417", "1234 ok 417", "1234 ок417"])
def test_the_prefix_of_the_line_is_no_part_of_the_reply(text):
    assert read_reply(text, prefix="1234") == Take("417")


@given(st.text(max_size=200), st.sampled_from(["", "1234"]))
def test_any_text_at_all_is_read(text, prefix):
    assert isinstance(read_reply(text, prefix), Take | PassOn | Undo | ListOpen | NotAReply)


@given(st.integers(100, 99_999).map(str), st.sampled_from(["", "ok ", "ОК ", "+", "Беру "]))
def test_a_take_word_and_a_ref_are_always_understood(ref, word):
    assert read_reply(f"{word}{ref}") == Take(ref)
