"""The start loads what this configuration uses, and no more before alerts are taken."""

from __future__ import annotations

import subprocess
import sys

import pytest

LATER = {
    "pilotbridge.web.api": "the API is loaded once alerts are taken",
    "pilotbridge.desk": "and so is what people can have done",
    "pilotbridge.app.connected": "no chat is configured",
    "pilotbridge.relay.updates": "no chat is configured",
    "pilotbridge.alerting.cards.keeper": "no chat is configured",
    "jinja2": "no text is filled in before an alert is there",
    "starlette": "no person or tool asks before alerts are taken",
    "requests": "no SMS goes before an alert is there",
    "apscheduler": "nothing is due again before anything was done",
    "phonenumbers": "a Russian mobile needs no plans of all countries",
    "pilotbridge.re2": "no matcher is a regular expression",
    "xml.etree.ElementTree": "the gateway is asked for JSON",
    "pilotbridge.sandbox": "it is for trying out",
    "telegram": "only its plugin needs it",
    "icalendar": "no calendar is configured",
    "rich": "nothing is printed for a terminal",
    "sqlite_utils": "no database is looked after",
}


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """What the service has loaded before it has read a configuration."""
    program = "import sys, pilotbridge.service; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", LATER)
def test_what_no_alert_waits_for_is_not_loaded_at_the_start(loaded, module):
    assert "pilotbridge.app.whole" in loaded

    assert module not in loaded, LATER[module]
