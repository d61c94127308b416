"""The real amtool against a running bridge, and beside it a real Alertmanager that is told the same."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from tests.process.conftest import TOKEN, Bridge
from tests.process.programs import ALERTMANAGER, AMTOOL, Amtool, alertmanager, running

pytestmark = [
    pytest.mark.skipif(
        AMTOOL is None or ALERTMANAGER is None,
        reason="no Alertmanager and amtool here: apt-get install prometheus-alertmanager",
    ),
    pytest.mark.timeout(120),
]

ROUTES = """
route:
  receiver: page-anna
  group_by: [alertname]
  group_wait: 0s
  routes:
    - { receiver: page-db, matchers: [ 'team="db"' ], continue: true }
    - receiver: page-all
      matchers: [ 'team=~"db|web"' ]
      group_by: ["..."]
      mute_time_intervals: [long-ago]
      repeat_interval: 90m
inhibit_rules:
  - source_matchers: [ 'alertname="ClusterDown"' ]
    target_matchers: [ 'severity=~"warning|info"' ]
    equal: [cluster]
time_intervals:
  - name: long-ago
    time_intervals:
      - times: [ { start_time: "00:00", end_time: "06:30" }, { start_time: "22:00", end_time: "24:00" } ]
        weekdays: ["monday:friday", saturday]
        days_of_month: ["1:5", "-3:-1"]
        months: ["january:march", december]
        years: ["2000:2001"]
        location: Europe/Moscow
"""
NAMES = ("page-anna", "page-db", "page-all")
ALERTS = [
    ("DiskFull", "instance=db01", "severity=critical", "--annotation=value=95%", "--generator-url=http://p/g?x=1"),
    ("DiskFull", "instance=db02", "severity=critical", "team=db"),
    ("ClusterDown", "cluster=eu", "severity=critical"),
    ("Slow", "cluster=eu", "severity=warning", "team=web", "--annotation=summary=It is slow"),
    ("Slow", "cluster=us", "severity=info"),
    ("ApiDown", "severity=critical", r'path="/a \"b\" \\d"', "empty="),
    ("Over", "severity=critical", "--start=2026-01-01T00:00:00Z", "--end=2026-01-01T01:00:00Z"),
]  # fmt: skip
SILENCES = [
    ("--comment=moving", "--author=anna", "--duration=2h", "instance=~db.*", "team!=web"),
    ("--comment=known", "--author=boris", "--duration=1h", "ApiDown", "cluster!~eu|us"),
    ("--comment=later", "--author=anna", "--start=2036-01-01T00:00:00Z", "--end=2036-01-02T00:00:00Z", "a=b"),
]

PAST = ("--start=2020-01-01T00:00:00Z", "--end=2020-01-02T00:00:00Z")


@pytest.fixture
def ours(bridge: Bridge) -> Amtool:
    """amtool, set up for a running bridge as the how-to says."""
    written = bridge.file.read_text("utf-8").replace(
        "sources: {", f"sources: {{ prometheus: {{ token: {TOKEN}x }},"
    )
    receivers = ", ".join(f"{{ name: {name}, steps: [ {{ notify: [sms:anna] }} ] }}" for name in NAMES)
    kept = [line for line in written.splitlines() if not line.startswith(("receivers:", "route:"))]
    bridge.file.write_text("\n".join([*kept, f"receivers: [ {receivers} ]", ROUTES]), "utf-8")
    bridge.start()
    http = bridge.folder / "http.yml"
    http.write_text(f"authorization: {{ credentials: {TOKEN} }}\n", "utf-8")
    return Amtool(f"http://127.0.0.1:{bridge.port}", [f"--http.config.file={http}"])


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Amtool]:
    """amtool for an Alertmanager with the same routes."""
    receivers = "\n".join(f"  - name: {name}" for name in NAMES)
    with running(alertmanager(tmp_path, f"{ROUTES}\nreceivers:\n{receivers}\n")) as program:
        yield Amtool(f"http://127.0.0.1:{program.port}")


# --- alone ------------------------------------------------------------------------------------------


def test_an_alert_is_added_and_queried(bridge: Bridge, ours: Amtool):
    ours("alert", "add", "DiskFull", "instance=db01", "severity=critical", "--annotation=value=95%")
    bridge.wait_for(lambda: ours.json("alert", "query"), 10, "the alert")

    [alert] = ours.json("alert", "query", "instance=~db.*")
    assert alert["labels"] == {"alertname": "DiskFull", "instance": "db01", "severity": "critical"}
    assert "DiskFull" in ours("alert", "query")
    assert 'instance="db01"' in ours("alert", "query", "--output=extended")
    assert ours.json("alert", "query", "instance=db02") == []
    bridge.wait_for(lambda: len(bridge.texts_taken()) == 1, 20, "the SMS")


def test_a_silence_lives_from_add_to_expire(bridge: Bridge, ours: Amtool):
    silence = ours("silence", "add", "DiskFull", "--comment=moving", "--author=anna").strip()
    ours("alert", "add", "DiskFull", "severity=critical")
    bridge.wait_for(lambda: ours.json("alert", "query", "--silenced"), 10, "the silenced alert")
    quiet = ours.json("alert", "query")

    ours("silence", "update", silence, "--duration=3h", "--comment=longer")
    [shown] = ours.json("silence", "query")
    ours("silence", "expire", silence)

    assert quiet == []
    assert (shown["id"], shown["comment"], shown["createdBy"]) == (silence, "longer", "anna")
    assert ours.json("silence", "query") == []
    assert [each["id"] for each in ours.json("silence", "query", "--expired")] == [silence]
    assert ours.json("alert", "query") != []


def test_silences_are_exported_and_imported(ours: Amtool, tmp_path: Path):
    for silence in SILENCES:
        ours("silence", "add", *silence)
    exported = ours("silence", "query", "--output=json")
    for silence in json.loads(exported):
        ours("silence", "expire", silence["id"])
    file = tmp_path / "silences.json"
    file.write_text(exported.replace('"id":"', '"id":"unknown-'), "utf-8")

    ids = ours("silence", "import", str(file)).split()

    assert len(ids) == len(SILENCES)
    assert plain_silences(ours.json("silence", "query")) == plain_silences(json.loads(exported))


def test_the_configuration_is_shown_and_its_routes_tested(bridge: Bridge, ours: Amtool):
    shown = ours("config", "show")

    file = bridge.folder / "shown.yml"
    file.write_text(shown, "utf-8")
    assert "receiver: page-db" in shown
    assert TOKEN not in shown
    assert "SUCCESS" in ours("check-config", str(file))
    assert ours("config", "routes", "test", "team=db").strip() == "page-db,page-all"
    assert "page-all" in ours("config", "routes", "show")
    assert "disabled" in ours("cluster", "show")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("silence", "add", "--comment=x", "a=~.*"), "does not match everything"),
        (("silence", "add", "--comment=x", *PAST, "a=b"), "in the future"),
        (("silence", "update", "nope"), "getSilenceNotFound"),
        (("silence", "expire", "nope"), "404"),
    ],
)  # fmt: skip
def test_a_fault_ends_with_1_and_a_sentence(ours: Amtool, command, says):
    code, _, faults = ours.run(*command)

    assert code == 1
    assert says in faults


def test_without_credentials_nothing_is_told(ours: Amtool):
    code, out, faults = Amtool(ours.url).run("alert", "query")

    assert (code, out) == (1, "")
    assert "401" in faults


# --- beside a real one ------------------------------------------------------------------------------

LOOKS = [
    ("alert", "query"),
    ("alert", "query", "--silenced"),
    ("alert", "query", "--inhibited"),
    ("alert", "query", "--active", "--silenced", "--inhibited"),
    ("alert", "query", "--active", "--silenced", "--inhibited", "team=~db|web"),
    ("alert", "query", "--active", "--silenced", "--inhibited", "--receiver=page-(db|all)"),
    ("alert", "query", "--active", "--silenced", "--inhibited", "cluster!=eu", "severity=critical"),
    ("alert", "query", "--active", "--silenced", "--inhibited", "team="),
    ("silence", "query"),
    ("silence", "query", "--created-by=anna"),
    ("silence", "query", "ApiDown"),
    ("silence", "query", "team!=web"),
    ("silence", "query", "--within=90m"),
    ("silence", "query", "--expired"),
]


def test_the_same_alerts_and_silences_are_shown_as_alertmanager_shows_them(
    bridge: Bridge, ours: Amtool, theirs: Amtool
):
    for amtool in (ours, theirs):
        for silence in SILENCES:
            amtool("silence", "add", *silence)
        ended = amtool("silence", "add", "--comment=over", "--author=eve", "x=y").strip()
        amtool("silence", "expire", ended)
        for alert in ALERTS:
            amtool("alert", "add", *alert)
    everything = LOOKS[3]
    bridge.wait_for(lambda: len(ours.json(*everything)) == len(theirs.json(*everything)), 10, "the alerts")

    for look in LOOKS:
        shown = [_normal(amtool, amtool.json(*look)) for amtool in (ours, theirs)]
        assert shown[0] == shown[1], look
    assert len(ours.json(*everything)) == len(ALERTS) - 1
    assert _groups(ours, bridge) == _groups(theirs, None)


def _normal(amtool: Amtool, shown: Any) -> Any:
    """Without ids and times; silences are called by their comment."""
    comments = {silence["id"]: silence["comment"] for silence in amtool.json("silence", "query")}
    return [plain(each, comments) for each in shown]


def plain(shown: dict[str, Any], comments: dict[str, str]) -> dict[str, Any]:
    left = {
        name: value for name, value in shown.items() if name not in ("id", "updatedAt", "startsAt", "endsAt")
    }
    if "fingerprint" in left:
        status = {name: value for name, value in left["status"].items() if name != "mutedBy"}
        left["status"] = status | {"silencedBy": [comments[each] for each in status["silencedBy"]]}
    return left


def plain_silences(silences: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted((plain(silence, {}) for silence in silences), key=lambda silence: silence["comment"])


def _groups(amtool: Amtool, bridge: Bridge | None) -> list[Any]:
    """The order of alerts in a group, and of an alert's receivers there, is chance with Alertmanager."""
    request = urllib.request.Request(f"{amtool.url}/api/v2/alerts/groups")
    if bridge is not None:
        request.add_header("Authorization", f"Bearer {TOKEN}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        groups = json.load(answer)
    for group in groups:
        group["alerts"] = sorted(_normal(amtool, group["alerts"]), key=itemgetter("fingerprint"))
        for alert in group["alerts"]:
            alert["receivers"].sort(key=itemgetter("name"))
    return groups
