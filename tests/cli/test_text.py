"""What a text costs, told to people and to programs."""

from __future__ import annotations

import subprocess

import pytest

from tests.cli.conftest import COMMAND, Run


def test_a_plain_text_is_one_part(pilotbridge: Run):
    told = pilotbridge("text", "disk full on db01")

    assert told.code == 0
    assert told.out.split() == ["encoding", "GSM-7", "units", "17", "parts", "1"]


def test_many_letters_outside_gsm7_are_not_named_one_by_one(pilotbridge: Run):
    told = pilotbridge("text", "Съешь ещё этих мягких французских булок")

    [line] = [line for line in told.out.splitlines() if line.startswith("dear characters")]
    assert "'С' at 1, 'ъ' at 2" in line
    assert line.count(" at ") == 5
    assert "and 21 more make all of it UCS-2" in line


def test_a_single_character_to_blame_is_named_with_its_places(pilotbridge: Run):
    told = pilotbridge("text", "a [b] and [c]")

    assert "'[' at 3, 11, ']' at 5, 13 take two units each time" in told.out


def test_a_cheaper_spelling_is_offered_when_it_saves_a_part(pilotbridge: Run):
    told = pilotbridge("text", "Диск полон на db01, осталось меньше одного процента, удалите старые журналы!")

    assert "cheaper          Disk polon na db01" in told.out
    assert "(1 part instead of 2)" in told.out


def test_a_word_of_two_scripts_is_named_with_the_gateways_error(pilotbridge: Run):
    told = pilotbridge("text", "привeт")

    assert "привeт at 1: the gateway refuses such a word (error 248)" in told.out


def test_a_price_is_reckoned_only_when_it_is_given(pilotbridge: Run):
    assert "price" not in pilotbridge("text", "hi").out
    assert "price     2.96 roubles" in pilotbridge("text", "hi", "--price", "2.96").out
    assert "price     2.96 roubles" in pilotbridge("text", "hi", "--price", "2,96").out


@pytest.mark.parametrize("price", ["dear", "-1", "nan"])
def test_a_price_that_is_none_is_a_usage_error(pilotbridge: Run, price):
    told = pilotbridge("text", "hi", f"--price={price}")

    assert told.code == 2
    assert "write roubles like 2.96" in told.err


def test_json_names_at_most_five_characters_and_counts_the_others(pilotbridge: Run):
    told = pilotbridge("text", "абвгдежз", "--json").json

    assert [blamed["character"] for blamed in told["dear_characters"]] == list("абвгд")
    assert told["more_dear_characters"] == 3


def test_a_text_no_gateway_takes_exits_1(pilotbridge: Run):
    told = pilotbridge("text", "x" * 2000)

    assert told.code == 1
    assert "An SMS may have 10 parts" in told.err


@pytest.mark.parametrize(("written", "says"), [(b"  \n", "needs a text"), (b"\xff\xfe", "not UTF-8")])
def test_what_is_no_text_is_a_usage_error(written, says):
    told = subprocess.run([COMMAND, "text"], input=written, capture_output=True, check=False)

    assert told.returncode == 2
    assert says in told.stderr.decode()


def test_a_text_can_come_by_the_pipe_in_any_locale():
    told = subprocess.run(
        [COMMAND, "text"], input="Привет\n".encode(), capture_output=True, check=True, env={"LANG": "C"}
    )

    assert told.stdout.decode().split()[:4] == ["encoding", "UCS-2", "units", "6"]
