"""What `pilotbridge notify` posts for Nagios, Icinga, Monit and scripts, and what it becomes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pilotbridge import AlertState, Unreadable
from pilotbridge_plugins.sources.notify import cron, icinga, monit, nagios
from tests.plugins.sources.conftest import CAPTURES, RECEIVED, incoming
from tests.plugins.sources.samples import CRON, MONIT, NAGIOS, RESOLVED

SOURCES = {
    source.type: source for module in (cron, icinga, monit, nagios) for source in module.register_sources()
}
CAPTURED = json.loads((CAPTURES / "nagios-4.4.6-notify.json").read_text("utf-8"))


def parse(changes=(), sender="nagios"):
    body = {**NAGIOS, "notify": sender, **dict(changes)}
    return SOURCES[sender].parse(incoming(body), None)


def alert_of(changes=(), sender="nagios"):
    [alert] = parse(changes, sender).alerts
    return alert


def of_captured(number):
    """The body that `pilotbridge notify` makes of the captured command line."""
    argv = CAPTURED[number]["argv"]
    flags = {name.removeprefix("--"): value for name, value in zip(argv[::2], argv[1::2], strict=True)}
    return {
        "notify": "nagios",
        **{name: flags[name] for name in flags if "problem-id" not in name and flags[name]},
    }


# --- Nagios and Icinga ------------------------------------------------------------------------------


def test_a_problem_of_a_service_fires_with_what_its_check_said():
    alert = alert_of()

    assert (alert.name, alert.state) == ("Disk /", AlertState.FIRING)
    assert dict(alert.labels) == {
        "alertname": "Disk /",
        "severity": "CRITICAL",
        "instance": "db01",
        "service": "Disk /",
        "host_ip": "192.0.2.10",
    }
    assert alert.annotations["value"] == "DISK CRITICAL - 95% used"
    assert alert.starts_at == datetime(2026, 11, 25, 11, tzinfo=UTC)


def test_a_host_is_an_alert_of_its_own():
    alert = alert_of({"service": "", "state": "DOWN"})

    assert (alert.name, alert.labels["severity"]) == ("Host", "DOWN")
    assert alert.fingerprint != alert_of().fingerprint


def test_a_captured_run_of_nagios_is_one_problem_taken_and_over():
    [problem] = parse(of_captured(0)).alerts
    taken = parse(of_captured(1)).taken
    [over] = parse(of_captured(2)).alerts

    assert problem.to == "+79000000000"
    assert (problem.state, over.state) == (AlertState.FIRING, AlertState.RESOLVED)
    assert [each.fingerprint for each in taken] == [problem.fingerprint] == [over.fingerprint]
    assert (taken[0].by, taken[0].note) == ("ivan", "looking at it")
    assert (over.ends_at - problem.starts_at).total_seconds() == 8


@pytest.mark.parametrize("begin", ["FLAPPINGSTART", "flappingstart"])
@pytest.mark.parametrize("end", ["FLAPPINGSTOP", "FLAPPINGEND", "FLAPPINGDISABLED"])
def test_flapping_is_a_condition_of_its_own(begin, end):
    flapping, no_more = alert_of({"type": begin}), alert_of({"type": end})

    assert (flapping.name, flapping.labels["severity"]) == ("Disk / flapping", "flapping")
    assert (flapping.state, no_more.state) == (AlertState.FIRING, AlertState.RESOLVED)
    assert flapping.fingerprint == no_more.fingerprint != alert_of().fingerprint


@pytest.mark.parametrize("kind", ["DOWNTIMESTART", "DOWNTIMEEND", "DOWNTIMECANCELLED", "DOWNTIMEREMOVED"])
def test_downtime_is_no_alert(kind):
    assert parse({"type": kind}).alerts == ()


def test_what_a_person_sends_by_hand_is_told_and_ends_by_itself():
    alert = alert_of({"type": "CUSTOM", "author": "ivan", "comment": "moving db01 now"})

    assert alert.annotations["value"] == "ivan moving db01 now"
    assert alert.expires_at is not None
    assert (alert.expires_at - RECEIVED).total_seconds() == 300
    assert alert.fingerprint != alert_of().fingerprint


@pytest.mark.parametrize(
    ("state", "expected"), [("OK", "resolved"), ("UP", "resolved"), ("WARNING", "firing")]
)
def test_without_a_type_the_state_tells(state, expected):
    assert alert_of({"type": "", "state": state}).state is AlertState(expected)


def test_a_macro_that_was_not_filled_in_shows_nowhere():
    alert = alert_of(
        {"address": "$HOSTADDRESS$", "service": "$SERVICEDESC$", "state": "$FOO$", "contact": "$X$"}
    )

    assert (alert.name, alert.to, "host_ip" in alert.labels) == ("Host", "", False)
    assert "severity" not in alert.labels


@pytest.mark.parametrize(
    ("changes", "at", "says"),
    [
        ({"host": "$HOSTNAME$"}, "host", "'$HOSTNAME$'"),
        ({"host": ""}, "host", "identity"),
        ({"type": "SOMETHING"}, "type", "'SOMETHING'"),
        ({"type": "$NOTIFICATIONTYPE$", "notify": "icinga"}, "notify", "--from icinga"),
        ({"output": 5}, "output", "a text"),
    ],
)
def test_a_notification_without_what_it_must_have_is_refused_with_its_place(changes, at, says):
    with pytest.raises(Unreadable) as found:
        parse(changes)

    assert found.value.at == at
    assert says in found.value.reason


def test_icinga_says_the_same():
    assert alert_of(sender="icinga").fingerprint == alert_of().fingerprint


# --- Monit and scripts ------------------------------------------------------------------------------


def test_an_event_of_monit_fires_and_its_recovery_has_another_name():
    [firing] = SOURCES["monit"].parse(incoming(MONIT), None).alerts
    [over] = SOURCES["monit"].parse(incoming(RESOLVED["monit"]), None).alerts

    assert (firing.name, firing.annotations["value"]) == ("nginx", "process is not running")
    assert (firing.state, over.state) == (AlertState.FIRING, AlertState.RESOLVED)
    assert firing.fingerprint == over.fingerprint
    assert firing.labels["severity"] == "critical"


def test_two_checks_of_one_service_are_told_apart_by_their_name():
    [cpu], [memory] = (
        SOURCES["monit"].parse(incoming({**MONIT, "name": name}), None).alerts for name in ("cpu", "memory")
    )

    assert cpu.fingerprint != memory.fingerprint
    assert (cpu.name, memory.name) == ("cpu", "memory")


def test_monit_has_no_other_type():
    with pytest.raises(Unreadable, match="PROBLEM or RECOVERY") as found:
        SOURCES["monit"].parse(incoming({**MONIT, "type": "ACTION"}), None)

    assert found.value.at == "type"


@pytest.mark.parametrize(
    ("state", "expected", "severity"),
    [
        ("failed", "firing", "failed"),
        ("warning", "firing", "warning"),
        ("23", "firing", "failed"),
        ("0", "resolved", "failed"),
        ("OK", "resolved", "ok"),
    ],
)
def test_a_job_says_how_it_ended_by_a_word_or_its_exit_code(state, expected, severity):
    [alert] = SOURCES["cron"].parse(incoming({**CRON, "state": state}), None).alerts

    assert (alert.state, alert.labels["severity"]) == (AlertState(expected), severity)


@pytest.mark.parametrize(("changes", "at"), [({"name": ""}, "name"), ({"state": ""}, "state")])
def test_a_job_without_a_name_or_a_state_is_refused_with_its_place(changes, at):
    with pytest.raises(Unreadable) as found:
        SOURCES["cron"].parse(incoming({**CRON, **changes}), None)

    assert found.value.at == at
