"""A source that keeps its sender's word: routes see it, and texts and limits see what it means."""

from __future__ import annotations

import pytest

from pilotbridge.alerting.severity import Grades, severity_of
from pilotbridge.config.settings import LimitsSettings, RouteNode, SourceSettings
from pilotbridge.matcher import Matchers
from pilotbridge.model import Alert, AlertState, Labels, Severity

from .conftest import BORIS, START, receiver

WORDS = {"page": Severity.CRITICAL, "ticket": Severity.WARNING}
KEEPS = Grades.of({}, WORDS, Severity.CRITICAL, keeps=True)


def an_alert(**labels: str) -> Alert:
    return Alert("prom", Labels(labels), Labels(), AlertState.FIRING, START)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ({"severity": "critical"}, Severity.CRITICAL),
        ({"severity": "page"}, Severity.CRITICAL),
        ({"severity": "ticket"}, Severity.WARNING),
        ({"severity": "whatever"}, Severity.CRITICAL),
        ({}, Severity.CRITICAL),
        ({"severity": "info", "severity_grade": "critical"}, Severity.INFO),
    ],
)
def test_a_kept_word_stays_in_its_label_and_means_what_the_table_says(sent, meant):
    graded = KEEPS.grade(an_alert(**sent)).labels

    assert graded.get("severity") == sent.get("severity", "")
    assert severity_of(graded) is meant
    assert LimitsSettings().is_critical(graded) is (meant is Severity.CRITICAL)


def test_nobody_else_says_what_we_think_of_it():
    says = an_alert(severity="critical", severity_grade="info")

    graded = Grades.of({}, WORDS, Severity.CRITICAL).grade(says).labels

    assert severity_of(graded) is Severity.CRITICAL


@pytest.mark.parametrize(("keeps", "told"), [(True, "boris"), (False, "anna")])
def test_a_route_on_a_word_of_the_senders_own_is_found_where_it_is_kept(build, keeps, told):
    to_boris = RouteNode("root/0", "db", Matchers.parse('severity="disaster"'), group_by=("alertname",))
    root = RouteNode("root", "ops", group_by=("alertname",), children=(to_boris,))
    receivers = {"ops": receiver("ops", "sms:anna"), "db": receiver("db", "sms:boris")}
    sources = {"prom": SourceSettings("prom", "plain", keep_severity=keeps)}
    world = build(route=root, receivers=receivers, sources=sources)

    world.fire(severity="disaster")
    world.run_for(minutes=1)

    heard = {"boris": world.texts_to(BORIS), "anna": world.texts_to()}
    assert [name for name, texts in heard.items() if texts] == [told]
    assert heard[told][0].startswith("CRIT DiskFull db01 ")
