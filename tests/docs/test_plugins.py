"""The pages of the shipped plugins: each is listed, and its example is a block that the plugin takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pilotbridge.config.loader import Outline
from pilotbridge.plugin_manager import load_plugins

DOCS = Path(__file__).parent.parent.parent / "docs" / "plugins"
PAGES = sorted(page.stem for page in DOCS.glob("*.md") if page.stem != "README")


def loaded(name):
    (plugin,) = load_plugins(Outline((name,), frozenset(), frozenset(), None)).loaded
    return plugin


def test_there_is_a_page_for_each_shipped_plugin():
    assert PAGES == [
        "business_hours",
        "digest",
        "enrich_from_csv",
        "heartbeat",
        "quiet_hours",
        "route_by_label",
    ]


@pytest.mark.parametrize("name", PAGES)
def test_the_list_of_plugins_names_it(name):
    assert f"[{name}]({name}.md)" in (DOCS / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_its_example_is_a_block_that_it_takes(name):
    example = re.search(r"```yaml\n(.*?)```", (DOCS / f"{name}.md").read_text("utf-8"), re.DOTALL)
    assert example
    block = YAML(typ="safe").load(example[1])["plugins"][name]

    assert loaded(name).module.register_config().model_validate(block)


@pytest.mark.parametrize(
    ("name", "hooks"),
    [
        ("business_hours", ("mute_group", "register_config", "route_alerts")),
        ("digest", ("bridge_started", "register_config", "route_alerts")),
        ("enrich_from_csv", ("bridge_started", "enrich_alerts", "register_config")),
        ("heartbeat", ("bridge_started", "register_config", "route_alerts")),
        ("quiet_hours", ("mute_group", "register_config")),
        ("route_by_label", ("register_config", "route_alerts")),
    ],
)
def test_the_list_of_what_is_on_shows_what_it_answers(name, hooks):
    assert loaded(name).hooks == hooks
