"""A real Prometheus with the bridge as its Alertmanager: a rule fires, and ends, on a phone."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.process.conftest import TOKEN, Bridge
from tests.process.programs import PROMETHEUS, Program, prometheus, running

pytestmark = [
    pytest.mark.skipif(PROMETHEUS is None, reason="no Prometheus here: apt-get install prometheus"),
    pytest.mark.timeout(120),
]

PROMTOOL = shutil.which("promtool")
TOP = Path(__file__).parents[2]
RULES = """
groups:
  - name: disks
    rules:
      - alert: DiskFull
        expr: vector({value}) > 90
        labels: {{ severity: critical, instance: "db01:9100" }}
        annotations: {{ value: "{{{{ $value }}}}%" }}
"""


@pytest.fixture
def watched(tmp_path: Path, bridge: Bridge) -> Iterator[tuple[Bridge, Program]]:
    """A bridge, and a Prometheus whose rule fires."""
    written = bridge.file.read_text("utf-8")
    written = written.replace("sources: {", f"sources: {{ prometheus: {{ token: {TOKEN} }},")
    bridge.file.write_text(written.replace("group_wait: 0s", "group_wait: 0s, group_interval: 1s"), "utf-8")
    bridge.start()
    bridge.order("account", operator_after_s=0.1, final_after_s=0.3)
    with running(prometheus(tmp_path, bridge.port, TOKEN, RULES.format(value=95))) as program:
        bridge.wait_for(lambda: bridge.counts().get("delivered") == 1, 30, "the first SMS")
        yield bridge, program


def test_a_rule_fires_on_the_phone_and_ends_there(watched, tmp_path: Path):
    bridge, program = watched
    (tmp_path / "rules.yml").write_text(RULES.format(value=50), encoding="utf-8")
    assert posted(program, "/-/reload") == 200

    bridge.wait_for(lambda: bridge.counts().get("delivered") == 2, 30, "the second SMS")

    firing, resolved = bridge.texts_taken()
    ref = firing.partition("#")[2].split()[0]
    assert firing.startswith("CRIT DiskFull db01 95% ")
    assert resolved.startswith("CLEAR DiskFull db01 after ")
    assert resolved.endswith(f"#{ref}.2")


def test_a_prometheus_that_dies_ends_its_alerts_by_the_lease(watched):
    bridge, program = watched
    program.kill()

    bridge.wait_for(lambda: bridge.counts().get("delivered") == 2, 30, "the second SMS")

    assert bridge.texts_taken()[-1].startswith("CLEAR DiskFull db01 after ")


def test_it_goes_on_for_as_long_as_prometheus_repeats_it(watched):
    bridge, _ = watched
    seen = alert_of(bridge)["updatedAt"]

    bridge.wait_for(lambda: alert_of(bridge)["updatedAt"] > seen, 30, "a repeat")

    assert alert_of(bridge)["generatorURL"].startswith("http://")
    assert len(bridge.texts_taken()) == 1


def test_a_bridge_that_is_killed_says_nothing_twice_and_hears_on(watched):
    bridge, _ = watched
    seen = alert_of(bridge)["updatedAt"]
    bridge.kill()
    bridge.start()

    bridge.wait_for(lambda: alert_of(bridge)["updatedAt"] > seen, 30, "a repeat")

    assert alert_of(bridge)["status"]["state"] == "active"
    assert len(bridge.texts_taken()) == 1


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool here: apt-get install prometheus")
def test_the_how_to_is_a_configuration_that_prometheus_takes(tmp_path: Path):
    how_to = (TOP / "docs" / "sources.md").read_text("utf-8").partition("## Prometheus\n")[2]
    written = next(block for block in how_to.split("```yaml\n")[1:] if block.startswith("alerting:"))
    file, token = tmp_path / "prometheus.yml", tmp_path / "token"
    token.write_text(TOKEN, "utf-8")
    shown = written.partition("```")[0].replace("/etc/prometheus/pilotbridge.token", str(token))
    file.write_text(shown, "utf-8")

    checked = subprocess.run(
        [str(PROMTOOL), "check", "config", file], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stderr


def alert_of(bridge: Bridge) -> Any:
    [alert] = json.loads(bridge.ask("GET", "/api/v2/alerts?filter=alertname=DiskFull")[1])
    return alert


def posted(program: Program, path: str) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{program.port}{path}", method="POST", data=b"")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)
