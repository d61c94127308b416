"""The words of severity in the docs are those of the sources."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pilotbridge import USUAL_SEVERITIES
from tests.plugins.sources.test_all_sources import OF_ONE_SENDER

DOCS = (Path(__file__).parent.parent.parent / "docs" / "sources.md").read_text("utf-8")
SECTIONS = {title: text for title, _, text in (part.partition("\n") for part in DOCS.split("\n## "))}
TITLES = {
    "alertmanager": "Alertmanager",
    "prometheus": "Prometheus",
    "grafana": "Grafana",
    "uptime_kuma": "Uptime Kuma",
    "healthchecks": "Healthchecks",
    "sentry": "Sentry",
    "apprise": "Apprise",
    "nagios": "Nagios and Icinga",
    "icinga": "Nagios and Icinga",
    "monit": "Monit",
    "cron": "Cron and scripts",
    "zabbix": "Zabbix",
    "pagerduty_events_v2": "PagerDuty's Events API",
}
"""The section of each type. A table of words that another sender shares stands with the first one."""


@pytest.mark.parametrize("name", TITLES)
def test_the_docs_have_every_word_of_severity_a_sender_may_use(name):
    section = SECTIONS[TITLES[name]]
    rows = re.findall(r"^\| ([^|]+?) \| (critical|warning|info) \|$", section, re.MULTILINE)
    documented = {word: severity for words, severity in rows for word in words.split(", ")}
    is_usual = "Words of severity: as Alertmanager's" in section

    expected = {word: severity.value for word, severity in OF_ONE_SENDER[name].severities.items()}
    usual = {word: severity.value for word, severity in USUAL_SEVERITIES.items()} if is_usual else {}
    assert usual | documented == expected


@pytest.mark.parametrize("name", TITLES)
def test_the_docs_say_how_the_sender_is_set_up_and_how_the_source_is(name):
    section = SECTIONS[TITLES[name]]

    assert re.search(rf"^\s*(sources: {{ )?{name}:|type: {name}\b", section, re.MULTILINE)
