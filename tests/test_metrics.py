"""What is counted, under which names, and that strangers' words make no series."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pilotbridge.lifecycle import State
from pilotbridge.metrics import LABEL_VALUES, METRICS, Kind, Metrics
from pilotbridge.protocols import Meter

TOP = Path(__file__).parent.parent
METHODS = {"count": Kind.COUNTER, "gauge": Kind.GAUGE, "observe": Kind.HISTOGRAM}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(version="1.2.3", names={"gateway": ["smspilot"], "source": ["alertmanager"]})


def sample(metrics: Metrics, series: str) -> float | None:
    """The value of one exported series, None when there is none."""
    lines = (line.rpartition(" ") for line in metrics.render().decode().splitlines())
    return next((float(value) for name, _, value in lines if name == series), None)


def test_it_is_the_meter_that_flows_ask_for(metrics):
    meter: Meter = metrics

    meter.count("alerts_accepted", 3, source="alertmanager", state="firing")
    meter.count("alerts_accepted", source="alertmanager", state="firing")
    meter.gauge("journal_backlog", 7)
    meter.observe("store_commit_jobs", 10)

    assert sample(metrics, 'pilotbridge_alerts_accepted_total{source="alertmanager",state="firing"}') == 4
    assert sample(metrics, "pilotbridge_journal_backlog") == 7
    assert sample(metrics, 'pilotbridge_store_commit_jobs_bucket{le="10.0"}') == 1
    assert sample(metrics, 'pilotbridge_store_commit_jobs_bucket{le="5.0"}') == 0


def test_a_value_outside_its_set_becomes_other(metrics):
    for word in ("grafana", "x" * 1000, "a\n} 1", ""):
        metrics.count("alerts_accepted", source=word, state="firing")

    assert sample(metrics, 'pilotbridge_alerts_accepted_total{source="other",state="firing"}') == 4
    assert (
        len(re.findall(r"^pilotbridge_alerts_accepted_total{", metrics.render().decode(), re.MULTILINE)) == 1
    )


def test_names_of_a_reload_are_let_in(metrics):
    metrics.allow("gateway", ["second"])

    metrics.gauge("balance_rub", 5, gateway="second")
    metrics.gauge("balance_rub", 6, gateway="smspilot")

    assert sample(metrics, 'pilotbridge_balance_rub{gateway="second"}') == 5
    assert sample(metrics, 'pilotbridge_balance_rub{gateway="smspilot"}') == 6


@pytest.mark.parametrize(
    ("method", "name", "labels"),
    [
        ("count", "no_such_metric", {}),
        ("count", "journal_backlog", {}),
        ("gauge", "balance_rub", {}),
        ("gauge", "journal_backlog", {"gateway": "smspilot"}),
        ("count", "attempts", {"gateway": "smspilot", "result": "lost"}),
    ],
)
def test_a_name_outside_the_table_is_a_programmers_mistake(metrics, method, name, labels):
    with pytest.raises(KeyError):
        getattr(metrics, method)(name, 1, **labels)


def test_each_registry_is_its_own(metrics):
    other = Metrics()

    other.gauge("journal_backlog", 1)

    assert sample(metrics, "pilotbridge_journal_backlog") == 0


def test_versions_and_the_process_are_told(metrics):
    text = metrics.render().decode()

    assert 'version="1.2.3"' in text
    assert "process_resident_memory_bytes" in text
    assert "_created" not in text


def test_every_metric_has_our_prefix_a_help_and_labels_of_known_values():
    from_configuration = {"source", "gateway", "chat", "plugin", "hook", "version", "python"}
    labels = {label for metric in METRICS.values() for label in metric.labels}

    assert [name for name in METRICS if not re.fullmatch(r"[a-z][a-z_]*[a-z]", name)] == []
    assert [name for name, metric in METRICS.items() if not metric.help.endswith((".", "--stuck."))] == []
    assert labels <= from_configuration | set(LABEL_VALUES)


def test_every_state_of_a_message_can_be_told(metrics):
    for state in State:
        metrics.gauge("messages", 1, state=state.value)

    assert sample(metrics, 'pilotbridge_messages{state="other"}') is None


def test_every_metric_that_the_code_counts_is_in_the_table_with_its_labels():
    wrong = [
        f"{where}: {name} {sorted(labels)}"
        for where, kind, name, labels in counted()
        if name not in METRICS or METRICS[name].kind is not kind or set(METRICS[name].labels) != labels
    ]

    assert not wrong, "\n" + "\n".join(wrong)


def counted() -> Iterator[tuple[str, Kind, str, set[str]]]:
    """Every call of a meter in the bridge: where, how, the metric and its labels."""
    for path in sorted((TOP / "pilotbridge").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            asked, first = ast.unparse(node.func.value), next(iter(node.args), None)
            if node.func.attr in METHODS and "meter" in asked.lower() and isinstance(first, ast.Constant):
                labels = {keyword.arg for keyword in node.keywords if keyword.arg} - {"amount", "value"}
                yield (
                    f"{path.relative_to(TOP)}:{node.lineno}",
                    METHODS[node.func.attr],
                    str(first.value),
                    labels,
                )


def test_a_message_that_the_gateway_took_is_counted_as_such(world):
    world.send_sms("anna", "hello")

    world.run_for(minutes=1)

    told = world.app.meter.render().decode()
    assert 'pilotbridge_attempts_total{gateway="smspilot",outcome="accept"} 1.0' in told
    assert 'outcome="other"' not in told


def test_what_comes_in_by_a_source_of_a_reload_is_counted_under_its_name(world):
    settings = world.app.in_force.settings
    second = replace(settings.sources["alertmanager"], name="second")

    world.app.reload(replace(settings, sources={**settings.sources, "second": second}))
    world.post(b"no body of any source", source="second")

    told = world.app.meter.render().decode()
    assert 'pilotbridge_bodies_refused_total{source="second",' in told
    assert 'source="other"' not in told


def test_a_failure_of_a_plugin_is_counted_under_its_hook(make_world, tmp_path):
    (tmp_path / "broken.py").write_text(
        "from pilotbridge import hookimpl\n\n@hookimpl\ndef compose_text():\n    raise ValueError\n"
    )
    (tmp_path / "broken.py").chmod(0o600)
    world = make_world(plugins={"broken": {}}, plugin_folder=tmp_path)

    world.fire("DiskFull")
    world.run_for(minutes=1)

    failures = 'pilotbridge_hook_failures_total{failure="raised",hook="compose_text",plugin="broken"}'
    assert failures in world.app.meter.render().decode()
