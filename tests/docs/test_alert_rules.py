"""The shipped rules watch metrics that exist, and the promise's metric among them."""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml import YAML

from pilotbridge.metrics import METRICS, PREFIX, Kind

FILE = Path(__file__).parent.parent.parent / "config" / "prometheus-alerts.yml"


def rules() -> list[dict]:
    return YAML(typ="safe").load(FILE)["groups"][0]["rules"]


def exported() -> dict[str, tuple[str, ...]]:
    suffix = {Kind.COUNTER: "_total", Kind.GAUGE: "", Kind.HISTOGRAM: "_bucket"}
    return {f"{PREFIX}_{name}{suffix[metric.kind]}": metric.labels for name, metric in METRICS.items()}


def test_every_rule_watches_metrics_that_exist():
    watched = {name for rule in rules() for name in re.findall(rf"{PREFIX}_\w+", rule["expr"])}

    assert watched <= set(exported())


def test_every_label_a_rule_sums_by_is_one_the_metric_has():
    for rule in rules():
        for labels, metric in re.findall(rf"by \(([\w, ]+)\) \(\w+\(({PREFIX}_\w+)", rule["expr"]):
            assert set(labels.split(", ")) <= set(exported()[metric]), rule["alert"]


def test_what_is_stuck_is_watched():
    assert any("messages_stuck > 0" in rule["expr"] for rule in rules())


def test_every_rule_says_what_it_means_and_how_bad_it_is():
    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] for rule in rules())
