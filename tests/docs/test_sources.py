"""The words of severity in the docs are those of the source."""

from __future__ import annotations

import re
from pathlib import Path

from pilotbridge_plugins.sources.alertmanager import Alertmanager

DOCS = (Path(__file__).parent.parent.parent / "docs" / "sources.md").read_text("utf-8")


def test_the_docs_have_every_word_of_severity_alertmanagers_may_use():
    rows = re.findall(r"^\| ([\w, ]+) \| (critical|warning|info) \|$", DOCS, re.MULTILINE)
    documented = {word: severity for words, severity in rows for word in words.split(", ")}

    assert documented == {word: severity.value for word, severity in Alertmanager.severities.items()}
