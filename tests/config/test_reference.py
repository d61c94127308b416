"""The reference and the example are what the schema says they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pilotbridge.config.diagnostics import CODES
from pilotbridge.config.loader import load, parse
from pilotbridge.config.reference import json_schema, markdown
from pilotbridge.config.schema import Configuration

TOP = Path(__file__).parent.parent.parent
EXAMPLE = TOP / "config" / "pilotbridge.yaml"


def test_the_reference_in_docs_is_the_present_one():
    written = (TOP / "docs" / "configuration.md").read_text(encoding="utf-8")

    assert written == markdown(), "run: python -m pilotbridge.config.reference > docs/configuration.md"


def test_the_reference_names_every_block_and_code():
    text = markdown()

    assert [name for name in Configuration.model_fields if f"`{name}" not in text] == []
    assert [code for code in CODES if f"`{code}`" not in text] == []


def test_every_key_has_a_meaning():
    rows = re.findall(r"^\| `.*\|$", markdown(), flags=re.MULTILINE)

    assert [row for row in rows if row.endswith("|  |")] == []


def test_the_schema_for_editors_is_complete():
    schema = json_schema()

    assert set(schema["properties"]) == set(Configuration.model_fields)
    assert "continue" in schema["$defs"]["RouteBlock"]["properties"]


def test_the_example_is_right_once_its_secrets_are_there(tmp_path):
    copy = tmp_path / "pilotbridge.yaml"
    copy.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    for name in ("smspilot", "alertmanager"):
        (tmp_path / "secrets" / name).write_text("0123456789abcdef0123456789abcdef\n")
        (tmp_path / "secrets" / name).chmod(0o600)

    loaded = load(copy, env={})

    assert loaded.faults == ()
    assert {warning.code for warning in loaded.warnings} == {"one-way", "no-callback"}


def test_what_is_commented_out_in_the_example_is_right_too():
    """Every line that begins with ``# `` and a key is switched on."""
    text = re.sub(r"^( +)# ( *[a-z_]+:)", r"\1\2", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    inline = re.sub(r"(\w+)_file: secrets/\w+", r"\1: 0123456789abcdef0123456789abcdef", text)

    settings = parse(inline).settled()

    assert settings.web.external_url
    assert settings.web.tokens
    assert settings.limits.in_all.rub_per_day
    assert settings.sources["alertmanager"].severity


def test_what_interface_promises_as_defaults_is_known():
    """The second block of the configuration's contract: each key that is built, at its default."""
    settings = parse(
        """
bridge:    { data_dir: ./data, plugin_folder: null, heartbeat: null }
web:       { listen: 127.0.0.1:8080, public_listen: null, external_url: null, max_body: 16MiB, tokens: {} }
store:     { url: "sqlite:///{data_dir}/pilotbridge.db" }
network:   { ca_file: null }
gateways:
  smspilot: { url: "https://smspilot.ru/api2.php", proxy: direct, format: json, callback: auto, duplicate_window: 0, connect_timeout: 5s, read_timeout: 20s, status_every: 60s, inbound_every: 15s, balance: { check_every: 10m, warn_below: 7d, reserve_rub: 0 }, api_key: a-key }
sources: { alertmanager: { token: a-token-of-sixteen, stale_after: 24h, regroup: false, severity: {} } }
contacts: { anna: { phone: "+7 908 796-47-81" } }
receivers: [ { name: ops, send_resolved: true, acknowledged_for: 0, steps: [ { notify: [sms:anna] } ] } ]
route: { receiver: ops }
storm:     { over: 5, within: 1m, then_every: 10m }
limits:    { parts_per_sms: 2, sms_per_contact_per_hour: 30, rub_per_day: null, sms_ttl: 60m, critical: ['severity="critical"'], no_severity: critical }
privacy:   { texts: 180d, journal: 14d }
"""  # noqa: E501 - as it is written there
    ).settled()

    plain = parse(
        "gateways: { smspilot: { api_key: a-key } }\n"
        "sources: { alertmanager: { token: a-token-of-sixteen } }\n"
        "contacts: { anna: { phone: '+7 908 796-47-81' } }\n"
        "receivers: [ { name: ops, steps: [ { notify: [sms:anna] } ] } ]\n"
        "route: { receiver: ops }\n"
    ).settled()

    assert settings == plain


@pytest.mark.parametrize("name", ["bridge", "web", "limits"])
def test_a_block_of_the_reference_lists_its_keys(name):
    text = markdown()
    section = text[text.index(f"## `{name}`") :].split("\n## ")[0]

    annotation = Configuration.model_fields[name].annotation
    assert annotation
    assert [key for key in annotation.model_fields if f"| `{key}` |" not in section] == []
