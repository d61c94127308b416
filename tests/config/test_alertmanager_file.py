"""A configuration as an alertmanager.yml: what Alertmanager knows of it is there, and reads back the same."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from pilotbridge.config.alertmanager_file import as_alertmanager_file

TOLD = "steps: [ { notify: [sms:anna] } ]"
RECEIVERS = f"receivers: [ {{ name: ops, {TOLD} }}, {{ name: db, {TOLD} }} ]"
BLOCKS = """
route:
  receiver: ops
  group_by: [alertname, cluster]
  group_wait: 0s
  routes:
    - { receiver: db, matchers: ['team=~"db|web"', '"имя"!="x"'], continue: true, repeat_interval: 90m,
        mute_time_intervals: [night], routes: [ { matchers: [severity=critical], group_by: ["..."] } ] }
    - { matchers: [severity=info], active_time_intervals: [office] }
inhibit_rules:
  - { source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [cluster, job] }
time_intervals:
  - name: night
    time_intervals:
      - { times: [ { start_time: "00:00", end_time: "06:30" }, { start_time: "22:00", end_time: "24:00" } ] }
  - name: office
    time_intervals:
      - { weekdays: ["monday:friday"], months: ["january:march", december], location: Asia/Yekaterinburg }
      - { days_of_month: ["1", "-3:-1"], years: ["2026:2030"] }
"""
"""Alertmanager's blocks with all that they may hold."""


@pytest.fixture
def ours(settings):
    return settings(receivers=RECEIVERS, route=BLOCKS)


def test_routes_rules_and_times_read_back_as_the_same(ours, settings):
    written = as_alertmanager_file(ours)
    without_names = written.replace("receivers:\n- name: ops\n- name: db\n", "")

    again = settings(receivers=RECEIVERS, route=without_names)

    assert again.route == ours.route
    assert again.inhibit_rules == ours.inhibit_rules
    assert again.time_intervals == ours.time_intervals


def test_receivers_have_a_name_and_nothing_else(ours):
    written = YAML(typ="safe").load(as_alertmanager_file(ours))

    assert written["receivers"] == [{"name": "ops"}, {"name": "db"}]
    assert set(written) == {"route", "inhibit_rules", "receivers", "time_intervals"}


def test_what_a_route_inherits_is_not_written_again(ours):
    [first, last] = YAML(typ="safe").load(as_alertmanager_file(ours))["route"]["routes"]

    assert "group_wait" not in first
    assert (first["repeat_interval"], last["receiver"]) == ("90m", "ops")
    assert first["routes"][0]["group_by"] == ["..."]


def test_clock_times_and_spans_are_quoted_for_older_yaml(ours):
    written = as_alertmanager_file(ours)

    assert 'start_time: "22:00"' in written
    assert '"2026:2030"' in written
