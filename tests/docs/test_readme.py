"""What the README shows is what is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent.parent
SHOWN = re.compile(r"<!-- (docs/\S+) -->\n```\w+\n(.*?)```", re.DOTALL)


def shown() -> list[tuple[str, str]]:
    return SHOWN.findall((TOP / "README.md").read_text("utf-8"))


def test_the_readme_shows_the_plugin_and_its_test():
    files = ["docs/plugins/night_shift.py", "docs/plugins/test_night_shift.py"]

    assert [path for path, _ in shown()] == files


@pytest.mark.parametrize(("path", "block"), shown())
def test_a_block_of_the_readme_is_the_file_it_names(path, block):
    assert (TOP / path).read_text("utf-8") == block


def test_the_readmes_plugin_has_about_ten_lines():
    code = dict(shown())["docs/plugins/night_shift.py"].splitlines()

    assert len([line for line in code if line.strip()]) <= 10


@pytest.mark.parametrize("target", re.findall(r"\]\(([\w./]+)\)", (TOP / "README.md").read_text("utf-8")))
def test_every_link_of_the_readme_leads_somewhere(target):
    assert (TOP / target).exists()
