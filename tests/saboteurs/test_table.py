"""The table of saboteurs stays true to the tree: a saboteur that finds no place would kill nothing."""

from collections import Counter

import pytest

from tests.saboteurs.__main__ import ROOT
from tests.saboteurs.mutants import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_saboteur_finds_its_place(mutant):
    texts = {edit.file: (ROOT / edit.file).read_text("utf-8") for edit in mutant.edits}

    found = {edit: texts[edit.file].count(edit.old) for edit in mutant.edits}

    assert {edit.old: times for edit, times in found.items() if times != 1} == {}
    assert all(edit.old != edit.new for edit in mutant.edits)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_saboteur_leaves_can_be_run(mutant):
    texts = {edit.file: (ROOT / edit.file).read_text("utf-8") for edit in mutant.edits}
    for edit in mutant.edits:
        texts[edit.file] = texts[edit.file].replace(edit.old, edit.new)

    for name, text in texts.items():
        if name.endswith(".py"):
            compile(text, name, "exec", dont_inherit=True)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_saboteur_has_tests_that_must_notice(mutant):
    assert mutant.tests
    assert [name for name in mutant.tests if not (ROOT / name).is_file()] == []


def test_no_two_saboteurs_have_one_name():
    assert [name for name, times in Counter(each.name for each in MUTANTS).items() if times > 1] == []
