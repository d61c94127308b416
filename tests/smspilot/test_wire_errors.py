"""The error table is total, and says what the reliability rules say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.smspilot import wire
from pilotbridge.smspilot.wire import Kind, Meaning

MEANT = {
    Meaning.SUCCESS: {0},
    Meaning.TRANSIENT: {110},
    Meaning.BALANCE: {105, 112, 241, 242},
    Meaning.CONFIGURATION: {100, 101, 102, 106, 107, 113, 115, 122, 200, 201, 202, 204, 226, 400, 401},
    Meaning.CONTENT: {220, 221, 223, 224, 225, 247, 248},
    Meaning.RECIPIENT: {108, 111, 210, 211, 212, 213, 215, 605},
    Meaning.GUARD: {243},
    Meaning.DUPLICATE_RECIPIENT: {214},
    Meaning.LOOKUP: {300, 301, 302, 303, 304},
    Meaning.UNDELIVERED: {600, 601, 602, 603, 604},
    Meaning.REQUEST: {
        *range(10, 15), 230, 231, 240, 250, 260, 270, 275, 500, *range(630, 635), *range(640, 646)
    },
}  # fmt: skip


@pytest.mark.parametrize("meaning", MEANT)
def test_a_code_tells_the_sender_what_to_do_next(meaning):
    assert {code.number for code in wire.CODES.values() if code.meaning is meaning} == MEANT[meaning]


@given(st.integers())
def test_every_number_has_a_row_and_an_unknown_one_is_called_so(number):
    code = wire.code_of(number)

    assert code.number == number
    assert code.english
    assert code.russian
    assert (code.meaning is Meaning.UNKNOWN) == (code.kind is Kind.UNKNOWN) == (number not in wire.CODES)


def test_codes_of_later_lists_are_marked():
    seed = {number for number, code in wire.CODES.items() if not code.newer}

    assert {0, 10, 101, 106, 110, 113, 204, 243, 300, 302, 500, 603} <= seed
    assert not {102, 105, 107, 112, 115, 214, 247, 248, 604, 605, 630} & seed


def test_what_is_assumed_is_said_once_each():
    says = [assumption.says for assumption in wire.ASSUMPTIONS]

    assert len(says) == len(set(says)) > 20
    assert all(assumption.topic for assumption in wire.ASSUMPTIONS)
